"""Claims of Kaplan et al. 2020 that only training can test, on our own runs.

N is counted without embeddings and compute as 6 N D, as in the paper. Our batch is far below the
critical one, so that this is the compute of Table 6.
"""

from dataclasses import replace
from functools import cache

from claims.recompute import Recipe
from experiments.analysis import curve_shape, early_stop, recipe, shape, size_trend, travel
from experiments.analysis import little_text as grid
from experiments.analysis.best_sizes import BestSizes, frontier_bend, mean_over, more_compute
from experiments.analysis.converged import above_unlimited, later_gains
from experiments.analysis.counts import BODY
from experiments.analysis.effect import Measured
from experiments.analysis.our_runs import (
    SEEDS_AND_FIT,
    best_sizes,
    depths,
    group,
    little_text,
    measured,
    over_texts,
    repeated,
    runs,
    sizes,
)
from experiments.analysis.two_terms import TwoTerms
from scaling_utils.check import FloatArray

SMALLER, LARGER = 0.6, 2.2
"""Multiples of the best size in Appendix B.4 and Figure 12."""

WITH_DECAY, RATES = 3, 9
"""Set-ups that the claims need: sizes with a decay of their own; sizes times rates."""


@cache
def _steps_law() -> TwoTerms:
    """Equation 1.6 through all learning curves, in every draw."""
    return curve_shape.steps_law(sizes())


@cache
def _combination() -> grid.Combination:
    return grid.combination(little_text())


def _best() -> BestSizes:
    return best_sizes(BODY)


def _near_convergence() -> int:
    """How many runs trained long enough for a claim about convergence."""
    near = travel.near_convergence(sizes())
    return sum(int(label) in near for label in sizes().label)


def _sizes(draws: FloatArray) -> Measured:
    """An effect that rests on all sizes on fresh text."""
    return measured(draws, runs(sizes()))


def _over_texts(each: FloatArray) -> Measured:
    return over_texts(each, runs(sizes()))


def _depths(draws: FloatArray) -> Measured:
    return measured(draws, runs(depths()))


def _grid(draws: FloatArray) -> Measured:
    """An effect that compares the runs on repeated text with fresh text of the same sizes."""
    return measured(draws, runs(repeated()) + grid.runs_beside(repeated(), sizes()))


def _repeated(draws: FloatArray) -> Measured:
    return measured(draws, runs(repeated()))


def _lower_bound() -> Measured:
    draws = early_stop.stop_ratio(repeated(), _steps_law())
    return measured(draws, early_stop.runs_turned(repeated()) + runs(sizes()))


def _gap_overestimates() -> Measured:
    # The training loss is that of weights that are not averaged: too high, the gap too small.
    draws = early_stop.gap_over_penalty(repeated(), sizes())
    return replace(measured(draws, early_stop.runs_turned(repeated())), too_low=True)


def _schedule() -> Measured:
    decay = group("dedicated decay", WITH_DECAY)
    beside = grid.runs_beside(decay, sizes())
    return measured(recipe.decay_excess(decay, sizes()), runs(decay) + beside)


def _smaller_rate() -> Measured:
    rates = group("learning rate", RATES)
    return measured(recipe.rate_exponent(rates), runs(rates))


MEASURED: dict[str, Recipe] = {
    # Sections 1.1, 3.2 and 5 and Appendix D: learning curves and the trend of size.
    "kaplan-s11-sample-efficient": lambda: _sizes(size_trend.sample_exponent(sizes())),
    "kaplan-eq11-straight": lambda: measured(size_trend.bend(sizes()), _near_convergence()),
    "kaplan-fig23-power-beats-logarithm": lambda: measured(
        size_trend.logarithm_against_power(sizes()), _near_convergence()
    ),
    "kaplan-eq16-fit": lambda: _sizes(100.0 * _steps_law().misfit),
    "kaplan-s11-extrapolation": lambda: _sizes(curve_shape.read_ahead(sizes())),
    "kaplan-s11-curve-parameters": lambda: _sizes(curve_shape.exponent_drift(sizes())),
    # Sections 3.1 and 3.2 and Figures 5 and 6: depth at a fixed number of parameters.
    "kaplan-fig5-few-percent": lambda: _depths(shape.few_percent(depths(), sizes())),
    "kaplan-fig6-few-layers": lambda: _depths(shape.few_layers(depths(), sizes())),
    "kaplan-fig6-extreme-ratio": lambda: _depths(shape.extreme_ratio(depths(), sizes())),
    "kaplan-fig6-one-trend": lambda: measured(
        shape.one_trend(depths(), sizes()), runs(depths(), sizes())
    ),
    # Sections 1.1, 3.3 and 6 and Appendix B: the best models at equal compute.
    "kaplan-eq33-straight": lambda: _sizes(frontier_bend(_best())),
    "kaplan-table6-size-exponent-measured": lambda: _sizes(_best().a),
    "kaplan-s11-stops-short": lambda: _sizes(mean_over(later_gains(sizes()).gain)),
    "kaplan-b5-excess-measured": lambda: measured(
        mean_over(above_unlimited(_best(), sizes())), runs(sizes()), SEEDS_AND_FIT
    ),
    "kaplan-b4-smaller-model-measured": lambda: _sizes(more_compute(_best(), SMALLER)),
    "kaplan-b4-larger-model-measured": lambda: _sizes(more_compute(_best(), LARGER)),
    # Sections 1.1, 4 and 5.3 and Figures 9 and 16: text that repeats.
    "kaplan-s11-diminishing-parameters": lambda: _grid(grid.parameters_pay(little_text())),
    "kaplan-s11-diminishing-data": lambda: _repeated(grid.data_pay(little_text())),
    "kaplan-s41-larger-better": lambda: _repeated(grid.greatest_rise(little_text())),
    "kaplan-fig9-one-combination": lambda: _grid(_combination().unexplained),
    "kaplan-eq43-exponent-measured": lambda: _grid(_combination().power),
    "kaplan-s53-follows-unlimited": lambda: _grid(early_stop.follows_fresh(repeated(), sizes())),
    "kaplan-eq57-lower-bound": _lower_bound,
    "kaplan-fig16-gap-overestimates": _gap_overestimates,
    # Appendix D.6: schedule and learning rate.
    "kaplan-d6-schedule": _schedule,
    "kaplan-d6-smaller-rate": _smaller_rate,
    # Sections 1.1, 3.2 and 3.2.2, Figure 8 and Appendix D.8: the loss on other text.
    "kaplan-s11-transfer-offset": lambda: _over_texts(travel.slopes(sizes())),
    "kaplan-s11-transfer-correlated": lambda: _sizes(travel.least_correlation(sizes())),
    "kaplan-s32-transfer-exponent": lambda: over_texts(
        travel.exponent_ratios(sizes()), _near_convergence()
    ),
    "kaplan-fig8-improves-with-size": lambda: _sizes(travel.greatest_rise_with_size(sizes())),
    "kaplan-s322-training-loss-decides": lambda: _over_texts(travel.distances_along(sizes())),
    "kaplan-s322-not-convergence": lambda: _over_texts(travel.closeness_by_text(sizes())),
    "kaplan-d8-nowhere-else": lambda: _sizes(travel.greatest_rise_in_training(sizes())),
    "kaplan-d8-no-effect-of-depth": lambda: over_texts(
        shape.depth_elsewhere_by_text(depths(), sizes()), runs(sizes(), depths())
    ),
}
