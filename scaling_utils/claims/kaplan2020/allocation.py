"""Section 6 and Table 6: how all grows with compute, and where the laws contradict themselves."""

from scaling_utils.claims.recompute import Recomputed, recomputes, span
from scaling_utils.convergence import EfficientTraining
from scaling_utils.laws import Allocation
from scaling_utils.published import constant, law
from scaling_utils.units import PF_DAY, flops_to_pf_days


def theory() -> EfficientTraining:
    """Appendix B with the constants of Table 5."""
    return EfficientTraining(law("kaplan2020/L(N,S) Table 5"), law("kaplan2020/B_crit"))


def _table_6() -> Allocation:
    return law("kaplan2020/allocation")


@recomputes("kaplan-table6-batch-exponent")
def batch_exponent() -> float:
    return law("kaplan2020/L(C_min)").exponent / law("kaplan2020/B_crit").alpha_B


@recomputes("kaplan-table6-steps-exponent")
def steps_exponent() -> float:
    return 1 - _table_6().p_N - batch_exponent().value


@recomputes("kaplan-table6-batch-prefactor")
def batch_prefactor() -> float:
    return float(law("kaplan2020/B_crit").size(law("kaplan2020/L(C_min)").loss(PF_DAY)))


@recomputes("kaplan-table6-steps-prefactor")
def steps_prefactor() -> Recomputed:
    def steps(N_e: float, B_e: float) -> float:
        return PF_DAY / (6 * N_e * B_e)

    inputs = [constant("kaplan2020/allocation", symbol) for symbol in ("N_e", "B_e")]
    return Recomputed(steps(*(c.value for c in inputs)), from_rounded=span(steps, *inputs))


@recomputes("kaplan-table6-data-prefactor")
def data_prefactor() -> float:
    return 2 * _table_6().B_e * _table_6().S_e


@recomputes("kaplan-s12-size-exponent")
def predicted_size_exponent() -> float:
    return theory().exponents.N


@recomputes("kaplan-s12-batch-exponent")
def predicted_batch_exponent() -> float:
    return theory().exponents.B


@recomputes("kaplan-s12-steps-exponent")
def predicted_steps_exponent() -> float:
    return theory().exponents.S


@recomputes("kaplan-s11-data-exponent")
def left_over_data_exponent() -> float:
    # Equation 6.1 has the fitted 0.73; compute is six times parameters times tokens.
    return 1 - _table_6().p_N


@recomputes("kaplan-eq64-loss-exponent")
def predicted_loss_exponent() -> float:
    return theory().alpha_C


@recomputes("kaplan-eq65-size-exponent")
def predicted_size_exponent_eq65() -> float:
    return theory().exponents.N


@recomputes("kaplan-fig14-model-per-decade")
def model_per_decade() -> float:
    return float(_table_6().N_opt(10 * PF_DAY)) / _table_6().N_e


@recomputes("kaplan-fig14-data-per-decade")
def data_per_decade() -> float:
    return float(_table_6().D_opt(10 * PF_DAY)) / _table_6().D_e


@recomputes("kaplan-fig3-model-growth")
def model_growth() -> float:
    return float(_table_6().N_opt(1e9 * PF_DAY)) / _table_6().N_e


@recomputes("kaplan-fig3-batch-growth")
def batch_growth() -> float:
    return float(_table_6().batch(1e9 * PF_DAY)) / _table_6().B_e


@recomputes("kaplan-fig3-steps-growth")
def steps_growth() -> float:
    return float(_table_6().steps(1e9 * PF_DAY)) / _table_6().S_e


@recomputes("kaplan-eq67-prefactor")
def one_epoch_prefactor() -> float:
    return 2 * PF_DAY / (6 * law("kaplan2020/allocation").N_e)


@recomputes("kaplan-eq67-exponent")
def one_epoch_exponent() -> float:
    return 1 - law("kaplan2020/allocation").p_N


@recomputes("kaplan-s63-data-limited-exponent")
def data_limited_exponent() -> float:
    return law("kaplan2020/L(D)").exponent * law("kaplan2020/allocation").p_D


def _crossing() -> float:
    """Compute at which L(D_opt(C)) of Tables 5 and 6 rises above L(C_min), in FLOPs."""
    allocation, by_data = law("kaplan2020/allocation"), law("kaplan2020/L(D)")
    by_compute = law("kaplan2020/L(C_min)")
    at_one = float(by_data.loss(allocation.D_e)) / float(by_compute.loss(PF_DAY))
    faster = by_compute.exponent - by_data.exponent * allocation.p_D
    return float(PF_DAY * at_one ** (-1 / faster))


@recomputes("kaplan-eq68-compute")
def crossing_compute() -> float:
    return float(flops_to_pf_days(_crossing()))


@recomputes("kaplan-eq68-size")
def crossing_size() -> float:
    return float(law("kaplan2020/allocation").N_opt(_crossing()))


@recomputes("kaplan-eq68-data")
def crossing_data() -> float:
    return float(law("kaplan2020/allocation").D_opt(_crossing()))


@recomputes("kaplan-eq68-loss")
def crossing_loss() -> float:
    return float(law("kaplan2020/L(C_min)").loss(_crossing()))
