"""Sections 4 and 5.1, and their echoes in Section 1: data needs and the critical batch."""

from scaling_utils.claims.recompute import Recomputed, digits, recomputes, span
from scaling_utils.laws import KaplanND
from scaling_utils.published import constant, law
from scaling_utils.transformer import Architecture, kaplan_parameters

# Section 4.2: the full training set, which Figure 9 writes 22.0B, and its smallest part.
_SMALLEST_SHARE = 1 / 1024


def _full_set() -> float:
    return digits("22.0e9")


def _joint_law() -> KaplanND:
    return law("kaplan2020/L(N,D)")


def _batch() -> float:
    sequences = constant("kaplan2020/training", "batch_sequences").value
    return sequences * constant("kaplan2020/training", "context").value


@recomputes("kaplan-s42-training-set")
def training_set() -> float:
    tokens = constant("kaplan2020/WebText2", "tokens").value
    return tokens - constant("kaplan2020/WebText2", "test_tokens").value


@recomputes("kaplan-s42-smallest-set")
def smallest_set() -> float:
    return _full_set() * _SMALLEST_SHARE


@recomputes("kaplan-s42-updates-per-epoch")
def updates_per_epoch() -> Recomputed:
    # The legends of Figures 9 and 16 write 21M for the smallest part.
    return Recomputed(_full_set() * _SMALLEST_SHARE / _batch(), from_rounded=21e6 / _batch())


@recomputes("kaplan-eq44-exponent")
def no_overfitting_exponent() -> float:
    return _joint_law().data_exponent


@recomputes("kaplan-s12-data-exponent")
def data_exponent_from_table_5() -> float:
    return law("kaplan2020/L(N)").exponent / law("kaplan2020/L(D)").exponent


@recomputes("kaplan-eq44-scale")
def no_overfitting_scale() -> Recomputed:
    def scale(overfitting: float) -> float:
        return float(_joint_law().tokens_needed(1.0, overfitting))

    noise = constant("kaplan2020/Eq. 4.4", "overfitting")
    return Recomputed(scale(noise.value), from_rounded=span(scale, noise))


@recomputes("kaplan-s11-eight-times-model")
def eight_times_model() -> float:
    joint = _joint_law()
    return float(joint.tokens_needed(8e6)) / float(joint.tokens_needed(1e6))


@recomputes("kaplan-s42-largest-without-overfitting")
def largest_without_overfitting() -> float:
    joint = _joint_law()
    return float((_full_set() / joint.tokens_needed(1.0)) ** (1 / joint.data_exponent))


@recomputes("kaplan-eq66-exponent")
def no_overfitting_exponent_in_compute() -> float:
    return _joint_law().data_exponent * law("kaplan2020/allocation").p_N


@recomputes("kaplan-eq14-batch-scale")
def batch_scale() -> float:
    return law("kaplan2020/B_crit").B_star


@recomputes("kaplan-fig10-loss-exponent")
def loss_exponent() -> float:
    return 1 / law("kaplan2020/B_crit").alpha_B


@recomputes("kaplan-fig10-doubling")
def doubling() -> Recomputed:
    def drop(inverse_alpha_B: float) -> float:
        return 100 * (1 - 2 ** (-1 / inverse_alpha_B))

    label = constant("kaplan2020/Fig. 10", "inverse_alpha_B").value
    return Recomputed(drop(1 / law("kaplan2020/B_crit").alpha_B), from_rounded=drop(label))


@recomputes("kaplan-s11-batch-at-convergence")
def batch_at_convergence() -> float:
    largest = kaplan_parameters(Architecture.kaplan(48, 1600))
    return float(law("kaplan2020/B_crit").size(law("kaplan2020/L(N)").loss(largest)))


@recomputes("kaplan-s51-steps-at-critical-batch")
def steps_at_critical_batch() -> float:
    batch = law("kaplan2020/B_crit")
    at = batch.size(3.0)
    return float(max(batch.steps(1.0, at, 3.0), batch.compute(1.0, at, 3.0)))
