"""Claims of Porian et al. 2024, *Resolving Discrepancies in Compute-Optimal Scaling*.

The exponents are slopes through the best sizes that the authors have released, each weighted by
its error, as in their code. The rest is what the ladder says of itself, of Kaplan's set-up, and
of the models' shapes.
"""

import math

import numpy as np

from scaling_utils.claims.recompute import recomputes
from scaling_utils.counting.families import porian_count, porian_models
from scaling_utils.datasets import load
from scaling_utils.published import constant


def exponent(dataset: str, change: str) -> float:
    """Slope of log N against log C at one step of the ladder, weighted by the errors of log N."""
    pairs = load("porian2024_best_sizes")
    pairs = pairs[(pairs["dataset"] == dataset) & (pairs["change"] == change)]
    slope, _ = np.polyfit(np.log(pairs["C"]), np.log(pairs["N"]), 1, w=1 / pairs["log_error"])
    return float(slope)


def _decay_effect(dataset: str) -> float:
    return exponent(dataset, "warm-up") - exponent(dataset, "decay")


def _kaplan_tokens(steps: str) -> float:
    batch = constant("kaplan2020/training", "batch_sequences").value
    context = constant("kaplan2020/training", "context").value
    return constant("kaplan2020/training", steps).value * batch * context


@recomputes("porian-kaplan-exponent-owt2")
def kaplan_on_openwebtext() -> float:
    return exponent("OpenWebText2", "reproduction")


@recomputes("porian-kaplan-exponent-rw")
def kaplan_on_refinedweb() -> float:
    return exponent("RefinedWeb", "reproduction")


@recomputes("porian-tuned-exponent-owt2")
def tuned_on_openwebtext() -> float:
    return exponent("OpenWebText2", "tuning")


@recomputes("porian-tuned-exponent-rw")
def tuned_on_refinedweb() -> float:
    return exponent("RefinedWeb", "tuning")


@recomputes("porian-kaplan-reproduced-owt2")
def kaplan_in_the_interval() -> float:
    return constant("kaplan2020/Fig. 14", "p_N_naive").value


@recomputes("porian-hoffmann-reached-owt2")
def hoffmann_on_openwebtext() -> float:
    return constant("hoffmann2022/Approach 1", "a").value


@recomputes("porian-hoffmann-reached-rw")
def hoffmann_on_refinedweb() -> float:
    return constant("hoffmann2022/Approach 1", "a").value


@recomputes("porian-decay-effect-owt2")
def decay_on_openwebtext() -> float:
    return _decay_effect("OpenWebText2")


@recomputes("porian-decay-effect-rw")
def decay_on_refinedweb() -> float:
    return _decay_effect("RefinedWeb")


@recomputes("porian-kaplan-warm-up")
def kaplan_warm_up() -> float:
    return _kaplan_tokens("warmup")


@recomputes("porian-kaplan-hardly-decayed")
def kaplan_decay_at_ten_billion() -> float:
    return 100 * (1 - math.cos(math.pi * 10e9 / _kaplan_tokens("steps"))) / 2


@recomputes("porian-head-share-small")
def share_of_the_last_layer_small() -> float:
    return 100 * float(porian_models()["share"].max())


@recomputes("porian-head-share-large")
def share_of_the_last_layer_large() -> float:
    return 100 * float(porian_models()["share"].min())


@recomputes("porian-models-counted")
def models_counted() -> float:
    table = load("porian2024_models").astype(int)
    rows = zip(table["n_layers"], table["d_model"], table["params"], strict=True)
    return float(sum(porian_count(depth, width) == params for depth, width, params in rows))


@recomputes("porian-last-budget")
def last_budget() -> float:
    return constant("porian2024/range", "C_low").value * 2**11
