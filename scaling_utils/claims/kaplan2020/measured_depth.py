"""Sections 3.1 and 3.2 and Figures 5 and 6, on our runs: depth at a fixed number of parameters."""

from experiments.analysis import shape
from experiments.analysis.our_runs import depths, measured, runs, sizes
from scaling_utils.claims.effect import Measured
from scaling_utils.claims.recompute import recomputes


@recomputes("kaplan-fig5-few-percent")
def few_percent() -> Measured:
    return measured(shape.few_percent(depths(), sizes()), runs(depths()))


@recomputes("kaplan-fig6-few-layers")
def few_layers() -> Measured:
    return measured(shape.few_layers(depths(), sizes()), runs(depths()))


@recomputes("kaplan-fig6-extreme-ratio")
def extreme_ratio() -> Measured:
    return measured(shape.extreme_ratio(depths(), sizes()), runs(depths()))


@recomputes("kaplan-fig6-one-trend")
def one_trend() -> Measured:
    return measured(shape.one_trend(depths(), sizes()), runs(depths(), sizes()))
