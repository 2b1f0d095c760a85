"""Claims of the Llama Team 2024, *The Llama 3 Herd of Models*: the model for its budget.

The runs of Figure 2 are the points that Czech et al. 2026 digitised.
"""

from functools import cache

import numpy as np
from scipy.stats import spearmanr

from claims.recompute import Recipe
from scaling_utils.datasets import load
from scaling_utils.frontier import IsoFlops, isoflops
from scaling_utils.published import constant
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN, training_flops


def _budget() -> float:
    return constant("llama3", "C").value


@cache
def approach_2() -> IsoFlops:
    """Parabolas through the points of each budget, and the power laws of their minima."""
    runs = load("llama2024_figure2_points")
    return isoflops(runs["N"], runs["loss"], runs["C"], sorted(runs["C"].unique()))


@cache
def curvatures() -> dict[float, float]:
    """How sharply each parabola bends: loss per squared factor of ten in size, by budget."""
    runs = load("llama2024_figure2_points")
    found = {}
    for C in sorted(runs["C"].unique()):
        curve = runs[runs["C"] == C]
        found[float(C)] = float(np.polyfit(np.log10(curve["N"]), curve["loss"], 2)[0])
    return found


def _predicted(ending: str) -> float:
    scale, exponent = (constant("llama3", f"{s}{ending}").value for s in ("D_scale", "exponent"))
    return float(scale * _budget() ** exponent)


def _flagship_compute() -> float:
    models = load("llm_params_tokens")
    (flagship,) = models[models["model"] == "Llama-3.1-405B"].to_dict("records")
    return float(training_flops(flagship["params"], flagship["tokens"]))


VALUES: dict[str, Recipe] = {
    "llama-s321-tokens": lambda: _predicted(""),
    "llama-fig3-tokens": lambda: _predicted("_legend"),
    "llama-fig3-scale": lambda: approach_2().D_fit.scale,
    "llama-fig3-exponent": lambda: approach_2().D_fit.exponent,
    "llama-s321-size": lambda: (
        _budget() / (FLOPS_PER_PARAMETER_TOKEN * constant("llama3", "D").value)
    ),
    "llama-s32-flagship-compute": _flagship_compute,
    "llama-s321-flat": lambda: (
        spearmanr(list(curvatures()), list(curvatures().values())).statistic
    ),
}
