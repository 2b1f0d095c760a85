"""Sections 1.1, 3.2 and 5 and Appendix D, on our runs: learning curves and the trend of size."""

from functools import cache

from experiments.analysis import curve_shape, size_trend
from experiments.analysis.our_runs import measured, runs, sizes
from experiments.analysis.travel import near_convergence
from experiments.analysis.two_terms import TwoTerms
from scaling_utils.claims.effect import Measured
from scaling_utils.claims.recompute import recomputes


@cache
def steps_law() -> TwoTerms:
    """Equation 1.6 through all learning curves, in every draw."""
    return curve_shape.steps_law(sizes())


def _runs_near_convergence() -> int:
    near = near_convergence(sizes())
    return sum(int(label) in near for label in sizes().label)


@recomputes("kaplan-s11-sample-efficient")
def sample_efficient() -> Measured:
    return measured(size_trend.sample_exponent(sizes()), runs(sizes()))


@recomputes("kaplan-eq11-straight")
def size_law_is_straight() -> Measured:
    return measured(size_trend.bend(sizes()), _runs_near_convergence())


@recomputes("kaplan-fig23-power-beats-logarithm")
def power_beats_logarithm() -> Measured:
    return measured(size_trend.logarithm_against_power(sizes()), _runs_near_convergence())


@recomputes("kaplan-eq16-fit")
def one_equation() -> Measured:
    return measured(100.0 * steps_law().misfit, runs(sizes()))


@recomputes("kaplan-s11-extrapolation")
def foretold() -> Measured:
    return measured(curve_shape.read_ahead(sizes()), runs(sizes()))


@recomputes("kaplan-s11-curve-parameters")
def curve_parameters() -> Measured:
    return measured(curve_shape.exponent_drift(sizes()), runs(sizes()))
