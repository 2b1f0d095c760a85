"""Sections 1.1, 4 and 5.3 and Figures 9 and 16, on our runs: text that repeats."""

from dataclasses import replace
from functools import cache

from experiments.analysis import early_stop
from experiments.analysis import little_text as grid
from experiments.analysis.our_runs import little_text, measured, repeated, runs, sizes
from scaling_utils._validate import FloatArray
from scaling_utils.claims.effect import Measured
from scaling_utils.claims.kaplan2020.measured_curves import steps_law
from scaling_utils.claims.recompute import recomputes


@cache
def _combination() -> grid.Combination:
    return grid.combination(little_text())


def _on_the_grid(draws: FloatArray) -> Measured:
    """An effect that compares the runs on repeated text with fresh text of the same sizes."""
    return measured(draws, runs(repeated()) + grid.runs_beside(repeated(), sizes()))


@recomputes("kaplan-s11-diminishing-parameters")
def diminishing_parameters() -> Measured:
    return _on_the_grid(grid.parameters_pay(little_text()))


@recomputes("kaplan-s11-diminishing-data")
def diminishing_data() -> Measured:
    return measured(grid.data_pay(little_text()), runs(repeated()))


@recomputes("kaplan-s41-larger-better")
def larger_better() -> Measured:
    return measured(grid.greatest_rise(little_text()), runs(repeated()))


@recomputes("kaplan-fig9-one-combination")
def one_combination() -> Measured:
    return _on_the_grid(_combination().unexplained)


@recomputes("kaplan-eq43-exponent-measured")
def combined_power() -> Measured:
    return _on_the_grid(_combination().power)


@recomputes("kaplan-s53-follows-unlimited")
def follows_unlimited() -> Measured:
    return _on_the_grid(early_stop.follows_fresh(repeated(), sizes()))


@recomputes("kaplan-eq57-lower-bound")
def lower_bound() -> Measured:
    draws = early_stop.stop_ratio(repeated(), steps_law())
    return measured(draws, early_stop.runs_turned(repeated()) + runs(sizes()))


@recomputes("kaplan-fig16-gap-overestimates")
def gap_overestimates() -> Measured:
    # The training loss is that of weights that are not averaged: too high, the gap too small.
    draws = early_stop.gap_over_penalty(repeated(), sizes())
    return replace(measured(draws, early_stop.runs_turned(repeated())), too_low=True)
