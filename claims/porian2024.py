"""Claims of Porian et al. 2024, *Resolving Discrepancies in Compute-Optimal Scaling*.

The exponents are slopes through the best sizes that the authors have released, each weighted by
its error, as in their code. The rest is what the ladder says of itself, of Kaplan's set-up, and
of the models' shapes.
"""

import math

import numpy as np
import pandas as pd

from claims.recompute import Recipe
from scaling_utils.check import FloatArray
from scaling_utils.datasets import load
from scaling_utils.power_fit import straight
from scaling_utils.published import constant


def exponent(dataset: str, change: str) -> float:
    """Slope of log N against log C at one step of the ladder, weighted by the errors of log N."""
    pairs = load("porian2024_best_sizes")
    pairs = pairs[(pairs["dataset"] == dataset) & (pairs["change"] == change)]
    C, N, error = pairs[["C", "N", "log_error"]].to_numpy(dtype=float).T
    return float(straight(np.log(C), np.log(N), error**-2).slope[0])


def _decay_effect(dataset: str) -> float:
    return exponent(dataset, "warm-up") - exponent(dataset, "decay")


def _kaplan_tokens(steps: str) -> float:
    read = (
        constant("kaplan2020/training", s).value for s in (steps, "batch_sequences", "context")
    )
    return math.prod(read)


def _models() -> pd.DataFrame:
    """Their models, with the parameters of the output layer: a padded vocabulary."""
    models = load("porian2024_models").astype(int)
    return models.assign(head=50432 * models["d_model"])


def _head_shares() -> FloatArray:
    models = _models()
    return np.asarray(100 * models["head"] / models["params"], dtype=np.float64)


def _models_counted() -> float:
    """How many models have as many parameters as the shape of the OpenLM library says.

    Four attention matrices, three of a gated feed-forward block whose width is a multiple of 256,
    four norms per layer and one at the end, each with scale and shift, and an output layer.
    """
    models = _models()
    depth, width = models["n_layers"], models["d_model"]
    inner = 256 * -(-8 * width // 768)
    layer = 4 * width**2 + 3 * width * inner + 8 * width
    return float((models["head"] + depth * layer + 2 * width == models["params"]).sum())


VALUES: dict[str, Recipe] = {
    "porian-kaplan-exponent-owt2": lambda: exponent("OpenWebText2", "reproduction"),
    "porian-kaplan-exponent-rw": lambda: exponent("RefinedWeb", "reproduction"),
    "porian-tuned-exponent-owt2": lambda: exponent("OpenWebText2", "tuning"),
    "porian-tuned-exponent-rw": lambda: exponent("RefinedWeb", "tuning"),
    "porian-kaplan-reproduced-owt2": lambda: constant("kaplan2020/Fig. 14", "p_N_naive").value,
    "porian-hoffmann-reached-owt2": lambda: constant("hoffmann2022/Approach 1", "a").value,
    "porian-hoffmann-reached-rw": lambda: constant("hoffmann2022/Approach 1", "a").value,
    "porian-decay-effect-owt2": lambda: _decay_effect("OpenWebText2"),
    "porian-decay-effect-rw": lambda: _decay_effect("RefinedWeb"),
    "porian-kaplan-warm-up": lambda: _kaplan_tokens("warmup"),
    "porian-kaplan-hardly-decayed": lambda: (
        100 * (1 - math.cos(math.pi * 10e9 / _kaplan_tokens("steps"))) / 2
    ),
    "porian-head-share-small": lambda: float(_head_shares().max()),
    "porian-head-share-large": lambda: float(_head_shares().min()),
    "porian-models-counted": _models_counted,
    "porian-last-budget": lambda: constant("porian2024/range", "C_low").value * 2**11,
}
