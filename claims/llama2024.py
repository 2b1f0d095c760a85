"""Claims of the Llama Team 2024, *The Llama 3 Herd of Models*: the model for its budget.

The runs of Figure 2 are the points that Czech et al. 2026 digitised.
"""

from functools import cache

import numpy as np
from scipy.stats import spearmanr

from claims.recompute import Recipe
from scaling_utils.datasets import load
from scaling_utils.isoflop import IsoFlops, isoflops
from scaling_utils.laws import training_flops
from scaling_utils.power_fit import parabola
from scaling_utils.published import constant
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN


def _of(symbol: str) -> float:
    return constant("llama3", symbol).value


@cache
def approach_2() -> IsoFlops:
    """Parabolas through the points of each budget, and the power laws of their minima."""
    runs = load("llama2024_figure2_points")
    return isoflops(runs["N"], runs["D"], runs["loss"], runs["C"])


@cache
def curvatures() -> dict[float, float]:
    """How sharply each parabola bends: loss per squared factor of ten in size, by budget."""
    runs = load("llama2024_figure2_points")
    found = {}
    for C in sorted(runs["C"].unique()):
        x, loss = runs.loc[runs["C"] == C, ["N", "loss"]].to_numpy(dtype=float).T
        x = np.log10(x)
        found[float(C)] = float(parabola(x - x.mean(), loss)[2])
    return found


def _predicted(ending: str) -> float:
    return float(_of(f"D_scale{ending}") * _of("C") ** _of(f"exponent{ending}"))


def _flagship_compute() -> float:
    models = load("llm_params_tokens")
    (flagship,) = models[models["model"] == "Llama-3.1-405B"].to_dict("records")
    return float(training_flops(flagship["params"], flagship["tokens"]))


VALUES: dict[str, Recipe] = {
    "llama-s321-tokens": lambda: _predicted(""),
    "llama-fig3-tokens": lambda: _predicted("_legend"),
    "llama-fig3-scale": lambda: approach_2().D_fit.scale,
    "llama-fig3-exponent": lambda: approach_2().D_fit.exponent,
    "llama-s321-size": lambda: _of("C") / (FLOPS_PER_PARAMETER_TOKEN * _of("D")),
    "llama-s32-flagship-compute": _flagship_compute,
    "llama-s321-flat": lambda: (
        spearmanr(list(curvatures()), list(curvatures().values())).statistic
    ),
}
