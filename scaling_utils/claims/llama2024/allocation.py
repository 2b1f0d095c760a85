"""Section 3.2.1 and Figures 2 and 3: the compute-optimal model at Llama 3's budget.

The runs of Figure 2 are the points that Czech et al. 2026 digitised.
"""

from functools import cache

import numpy as np
from scipy.stats import spearmanr

from scaling_utils.claims.recompute import recomputes
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


@recomputes("llama-s321-tokens")
def tokens_by_the_text() -> float:
    return _predicted("")


@recomputes("llama-fig3-tokens")
def tokens_by_the_legend() -> float:
    return _predicted("_legend")


@recomputes("llama-fig3-scale")
def scale_of_the_legend() -> float:
    return float(approach_2().D_fit.scale)


@recomputes("llama-fig3-exponent")
def exponent_of_the_legend() -> float:
    return float(approach_2().D_fit.exponent)


@recomputes("llama-s321-size")
def size_that_the_tokens_leave() -> float:
    return _budget() / (FLOPS_PER_PARAMETER_TOKEN * constant("llama3", "D").value)


@recomputes("llama-s32-flagship-compute")
def flagship_compute() -> float:
    models = load("llm_params_tokens")
    (flagship,) = models[models["model"] == "Llama-3.1-405B"].to_dict("records")
    return float(training_flops(flagship["params"], flagship["tokens"]))


@recomputes("llama-s321-flat")
def rank_correlation_of_curvature() -> float:
    return float(spearmanr(list(curvatures()), list(curvatures().values())).statistic)
