"""Sections 1.1, 3.2 and 3.2.2, Figure 8 and Appendix D.8, on our runs: the loss on other text."""

from experiments.analysis import travel
from experiments.analysis.our_runs import depths, measured, over_texts, runs, sizes
from experiments.analysis.shape import depth_elsewhere_by_text
from scaling_utils.claims.effect import Measured
from scaling_utils.claims.recompute import recomputes


@recomputes("kaplan-s11-transfer-offset")
def transfer_offset() -> Measured:
    return over_texts(travel.slopes(sizes()), runs(sizes()))


@recomputes("kaplan-s11-transfer-correlated")
def transfer_correlated() -> Measured:
    return measured(travel.least_correlation(sizes()), runs(sizes()))


@recomputes("kaplan-s32-transfer-exponent")
def transfer_exponent() -> Measured:
    near = travel.near_convergence(sizes())
    return over_texts(travel.exponent_ratios(sizes()), int(sum(n in near for n in sizes().label)))


@recomputes("kaplan-fig8-improves-with-size")
def improves_with_size() -> Measured:
    return measured(travel.greatest_rise_with_size(sizes()), runs(sizes()))


@recomputes("kaplan-s322-training-loss-decides")
def training_loss_decides() -> Measured:
    return over_texts(travel.distances_along(sizes()), runs(sizes()))


@recomputes("kaplan-s322-not-convergence")
def not_convergence() -> Measured:
    return over_texts(travel.closeness_by_text(sizes()), runs(sizes()))


@recomputes("kaplan-d8-nowhere-else")
def nowhere_else() -> Measured:
    return measured(travel.greatest_rise_in_training(sizes()), runs(sizes()))


@recomputes("kaplan-d8-no-effect-of-depth")
def no_effect_of_depth() -> Measured:
    return over_texts(depth_elsewhere_by_text(depths(), sizes()), runs(sizes(), depths()))
