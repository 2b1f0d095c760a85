"""Appendix B: where efficient training stops, what it saves, what a wrong size costs."""

from scaling_utils.claims.kaplan2020.allocation import theory
from scaling_utils.claims.recompute import Recomputed, digits, recomputes
from scaling_utils.convergence import (
    ConvergenceComparison,
    compare_convergence,
    compute_ratio,
    size_interval,
    steps_ratio,
)
from scaling_utils.published import constant

# Equations B.12 and B.13 as printed: the paper goes on with these rounded factors.
_B12, _B13 = 2.7, 0.13


def _against_convergence() -> ConvergenceComparison:
    return compare_convergence(
        theory().law, f_other=constant("kaplan2020/Appendix B.3", "f_practice").value
    )


@recomputes("kaplan-b5-excess")
def excess() -> float:
    return 100 * theory().excess


@recomputes("kaplan-b7-loss-exponent")
def loss_exponent() -> float:
    return theory().alpha_C


@recomputes("kaplan-b12-size-ratio")
def size_ratio() -> float:
    return _against_convergence().size_ratio


@recomputes("kaplan-b13-steps-ratio")
def steps_ratio_at_equal_loss() -> float:
    return _against_convergence().steps_ratio


@recomputes("kaplan-b14-compute-ratio")
def compute_ratio_at_equal_loss() -> Recomputed:
    return Recomputed(_against_convergence().compute_ratio, from_rounded=_B12 * _B13)


@recomputes("kaplan-b3-fewer-updates")
def fewer_updates() -> Recomputed:
    return Recomputed(_against_convergence().fewer_steps, from_rounded=1 / _B13)


@recomputes("kaplan-b3-compute-saved")
def compute_saved() -> Recomputed:
    saved = 100 * _against_convergence().compute_saved
    return Recomputed(saved, from_rounded=100 * (1 - _B12 * _B13))


@recomputes("kaplan-b4-smallest-size")
def smallest_size() -> float:
    return size_interval(theory().law, 0.20).low


@recomputes("kaplan-b4-largest-size")
def largest_size() -> float:
    return size_interval(theory().law, 0.20).high


@recomputes("kaplan-b4-larger-model-compute")
def larger_model_compute() -> float:
    return 100 * (float(compute_ratio(theory().law, digits("2.2"))) - 1)


@recomputes("kaplan-b4-larger-model-steps")
def larger_model_steps() -> float:
    return 100 * (1 - float(steps_ratio(theory().law, digits("2.2"))))
