"""Claims of Kaplan et al. 2020, *Scaling Laws for Neural Language Models*.

What only training can test stands in `claims.kaplan2020_runs`.
"""

import math

import numpy as np

from claims.kaplan2020_runs import MEASURED
from claims.recompute import Recipe, Recomputed, digits, within_digits
from scaling_utils.constants import PrintedNumber, span
from scaling_utils.laws import Allocation, CriticalBatch, KaplanND, PowerLaw, training_flops
from scaling_utils.laws.convergence import (
    ConvergenceComparison,
    EfficientTraining,
    compare_convergence,
    compute_ratio,
    size_interval,
    steps_ratio,
)
from scaling_utils.laws.kaplan import PowerWithFloor
from scaling_utils.published import constant, figure_20, law
from scaling_utils.transformer import (
    KAPLAN_CONTEXT,
    Architecture,
    context_share,
    kaplan_parameters,
    kaplan_shapes,
    released_parameters,
)
from scaling_utils.units import PF_DAY

_SMALLEST_SHARE = 1 / 1024  # of the training set (Section 4.2)

_B12, _B13 = 2.7, 0.13
"""Equations B.12 and B.13 as printed: the paper goes on with these rounded factors."""


def _of(place: str, symbol: str) -> float:
    return constant(f"kaplan2020/{place}", symbol).value


def _L_C_min() -> PowerLaw:
    return law("kaplan2020/L(C_min)")


def _L_ND() -> KaplanND:
    return law("kaplan2020/L(N,D)")


def _batch_law() -> CriticalBatch:
    return law("kaplan2020/B_crit")


def _table_6() -> Allocation:
    return law("kaplan2020/allocation")


def _theory() -> EfficientTraining:
    """Appendix B with the constants of Table 5."""
    return EfficientTraining(law("kaplan2020/L(N,S) Table 5"), _batch_law())


def _against_convergence() -> ConvergenceComparison:
    return compare_convergence(_theory().law, f_other=_of("Appendix B.3", "f_practice"))


def _batch() -> float:
    """Tokens of a batch of the default run."""
    return _of("training", "batch_sequences") * _of("training", "context")


def _full_set() -> float:
    """Section 4.2: the full training set, which Figure 9 writes 22.0B."""
    return digits("22.0e9")


def _size(n_layers: int, d_model: int) -> float:
    return kaplan_parameters(Architecture.kaplan(n_layers, d_model))


def _size_that_fits(printed: str, d_model: int) -> float:
    """Parameters of the whole number of layers nearest to a printed size, at a width."""
    return _size(round(float(printed) / _size(1, d_model)), d_model)


def _characters_per_token() -> Recomputed:
    # Bytes, for want of the characters; a GB may have 10^9 bytes or 2^30.
    text, tokens = (constant("kaplan2020/WebText2", symbol) for symbol in ("text", "tokens"))
    low, _ = span(lambda size, count: size / count, text.printed, tokens.printed)
    _, high = span(lambda size, count: size / 1e9 * 2**30 / count, text.printed, tokens.printed)
    return Recomputed(text.value / tokens.value, from_rounded=(low, high))


def _steps_formula() -> float:
    # C / (6 B S) as printed, for the default run of a model of 1.5e9 parameters.
    read = _batch() * _of("training", "steps")
    return float(training_flops(digits("1.5e9"), read)) / (6 * read)


def _context_term() -> float:
    # Eq. 2.2: the context term over 2 N is the context over 12 widths.
    shape = Architecture.kaplan(6, 4288)
    return shape.context / (shape.d_model * context_share(shape))


def _sizes_between() -> float:
    apart = []
    for symbol, width in zip(("N_2", "N_3", "N_4", "N_5"), (256, 512, 768, 1024), strict=True):
        printed = PrintedNumber.parse(constant("kaplan2020/Fig. 4", symbol).printed)
        size = _size_that_fits(printed.text, width)
        apart.append(abs(size - float(printed.value)) / float(printed.unit))
    return max(apart)


def _aspect_ratio_tried() -> float:
    shapes = kaplan_shapes()
    large = shapes[(shapes["kind"] == "named") & (shapes["N"] > 1e9)]
    return float(large["aspect_ratio"].max() / large["aspect_ratio"].min())


def _all_but_first() -> Recomputed:
    *smaller, fifth, sixth = figure_20()
    # The two largest models are closest; printed digits allow them to lie further apart.
    apart = (*smaller, _at_the_end_of_its_digits(5, +1), _at_the_end_of_its_digits(6, -1))
    return Recomputed(_out_of_order((*smaller, fifth, sixth)), from_rounded=_out_of_order(apart))


def _out_of_order(curves: tuple[PowerWithFloor, ...]) -> int:
    """The last position at which a larger model is not better than the next smaller; 0 if none."""
    positions = np.arange(1, KAPLAN_CONTEXT + 1)
    losses = np.array([curve.loss(positions) for curve in curves])
    wrong = (np.diff(losses, axis=0) >= 0).any(axis=0)
    return int(positions[wrong].max(initial=0))


def _at_the_end_of_its_digits(curve: int, sign: int) -> PowerWithFloor:
    """The highest (+1) or lowest (-1) curve that the printed digits of Fig. 20 allow."""
    ends = {}
    for symbol, raises in (("floor", +1), ("scale", +1), ("exponent", -1)):
        number = PrintedNumber.parse(constant(f"kaplan2020/Fig. 20 curve {curve}", symbol).printed)
        ends[symbol] = float(number.high if raises == sign else number.low)
    return PowerWithFloor(ends["floor"], ends["scale"], ends["exponent"], "T")


def _drop_at_doubling(inverse_alpha_B: float) -> float:
    return 100 * (1 - 2 ** (-1 / inverse_alpha_B))


def _steps_at_critical_batch() -> float:
    at = _batch_law().size(3.0)
    return float(max(_batch_law().steps(1.0, at, 3.0), _batch_law().compute(1.0, at, 3.0)))


def _crossing() -> float:
    """Compute at which L(D_opt(C)) of Tables 5 and 6 rises above L(C_min), in FLOPs."""
    by_data = law("kaplan2020/L(D)")
    at_one = float(by_data.loss(_table_6().D_e)) / float(_L_C_min().loss(PF_DAY))
    faster = _L_C_min().exponent - by_data.exponent * _table_6().p_D
    return float(PF_DAY * at_one ** (-1 / faster))


VALUES: dict[str, Recipe] = {
    # Sections 1 to 3: shapes and sizes, data, the laws of one variable.
    "kaplan-s13-pf-day": lambda: PF_DAY,
    "kaplan-s12-double-model": lambda: law("kaplan2020/L(N)").factor(2),
    "kaplan-s12-range-of-sizes": lambda: _size(48, 1600) / _size(1, 8),
    # Section 3: 22 million to 23 billion tokens.
    "kaplan-s12-range-of-data": lambda: digits("23e9") / digits("22e6"),
    "kaplan-s3-smallest-model": lambda: _size(1, 8),
    "kaplan-s23-tokens-per-word": lambda: _of("WebText2", "tokens") / _of("WebText2", "words"),
    "kaplan-s63-characters-per-token": _characters_per_token,
    "kaplan-s33-steps-formula": _steps_formula,
    "kaplan-table5-compute-scale": lambda: law("kaplan2020/L(C_min) Fig. 13").scale / PF_DAY,
    "kaplan-fig5-compute-for-loss": lambda: (
        100 * (float(_L_C_min().inverse(1.0)) / float(_L_C_min().inverse(1.01)) - 1)
    ),
    # With the natural logarithm; the paper does not state the base.
    "kaplan-d6-learning-rate-limit": lambda: math.exp(
        -_of("Eq. D.1", "intercept") / _of("Eq. D.1", "slope")
    ),
    "kaplan-fig4-smallest-curve": lambda: _size(2, 128),
    "kaplan-fig4-largest-curve": lambda: _size(36, 1280),
    "kaplan-s31-gpt2-size": lambda: _size(48, 1600),
    "kaplan-s31-deepest-size": lambda: _size(207, 768),
    "kaplan-s21-context-term": _context_term,
    # The excess over unlimited data, at two amounts so large that higher powers vanish.
    "kaplan-s41-inverse-data": lambda: math.log2(
        _L_ND().overfitting(1e8, 1e15) / _L_ND().overfitting(1e8, 2e15)
    ),
    # Section 3 and Appendix D: shapes and their sizes, and the loss along the context.
    "kaplan-fig4-sizes-between": _sizes_between,
    "kaplan-fig5-head-dimension-size": lambda: max(
        (_size_that_fits("25e6", width) for width in (256, 512, 1024)),
        key=lambda size: abs(size - 25e6),
    ),
    "kaplan-fig20-size-in-training": lambda: released_parameters(Architecture.kaplan(36, 1280)),
    "kaplan-s32-billion-parameters": lambda: min(_size(6, 4288), _size(207, 768)),
    "kaplan-fig5-aspect-ratio-tried": _aspect_ratio_tried,
    "kaplan-d5-all-but-first": _all_but_first,
    # Sections 4 and 5.1, and their echoes in Section 1: data needs and the critical batch.
    "kaplan-s42-training-set": lambda: _of("WebText2", "tokens") - _of("WebText2", "test_tokens"),
    "kaplan-s42-smallest-set": lambda: _full_set() * _SMALLEST_SHARE,
    # The legends of Figures 9 and 16 write 21M for the smallest part.
    "kaplan-s42-updates-per-epoch": lambda: Recomputed(
        _full_set() * _SMALLEST_SHARE / _batch(), from_rounded=21e6 / _batch()
    ),
    "kaplan-eq44-exponent": lambda: _L_ND().data_exponent,
    "kaplan-s12-data-exponent": lambda: (
        law("kaplan2020/L(N)").exponent / law("kaplan2020/L(D)").exponent
    ),
    "kaplan-eq44-scale": lambda: within_digits(
        lambda excess: float(_L_ND().tokens_needed(1.0, excess)),
        constant("kaplan2020/Eq. 4.4", "overfitting"),
    ),
    "kaplan-s11-eight-times-model": lambda: (
        float(_L_ND().tokens_needed(8e6)) / float(_L_ND().tokens_needed(1e6))
    ),
    "kaplan-s42-largest-without-overfitting": lambda: (
        (_full_set() / _L_ND().tokens_needed(1.0)) ** (1 / _L_ND().data_exponent)
    ),
    "kaplan-eq66-exponent": lambda: _L_ND().data_exponent * _table_6().p_N,
    "kaplan-eq14-batch-scale": lambda: _batch_law().B_star,
    "kaplan-fig10-loss-exponent": lambda: 1 / _batch_law().alpha_B,
    "kaplan-fig10-doubling": lambda: Recomputed(
        _drop_at_doubling(1 / _batch_law().alpha_B),
        from_rounded=_drop_at_doubling(_of("Fig. 10", "inverse_alpha_B")),
    ),
    "kaplan-s11-batch-at-convergence": lambda: _batch_law().size(
        law("kaplan2020/L(N)").loss(_size(48, 1600))
    ),
    "kaplan-s51-steps-at-critical-batch": _steps_at_critical_batch,
    # Section 6 and Table 6: how all grows with compute, and where the laws contradict themselves.
    "kaplan-table6-batch-exponent": lambda: _L_C_min().exponent / _batch_law().alpha_B,
    "kaplan-table6-steps-exponent": lambda: (
        1 - _table_6().p_N - _L_C_min().exponent / _batch_law().alpha_B
    ),
    "kaplan-table6-batch-prefactor": lambda: _batch_law().size(_L_C_min().loss(PF_DAY)),
    "kaplan-table6-steps-prefactor": lambda: within_digits(
        lambda N_e, B_e: PF_DAY / (6 * N_e * B_e),
        constant("kaplan2020/allocation", "N_e"),
        constant("kaplan2020/allocation", "B_e"),
    ),
    "kaplan-table6-data-prefactor": lambda: 2 * _table_6().B_e * _table_6().S_e,
    "kaplan-s12-size-exponent": lambda: _theory().exponents.N,
    "kaplan-s12-batch-exponent": lambda: _theory().exponents.B,
    "kaplan-s12-steps-exponent": lambda: _theory().exponents.S,
    # Equation 6.1 has the fitted 0.73; compute is six times parameters times tokens.
    "kaplan-s11-data-exponent": lambda: 1 - _table_6().p_N,
    "kaplan-eq64-loss-exponent": lambda: _theory().alpha_C,
    "kaplan-eq65-size-exponent": lambda: _theory().exponents.N,
    "kaplan-fig14-model-per-decade": lambda: float(_table_6().N_opt(10 * PF_DAY)) / _table_6().N_e,
    "kaplan-fig14-data-per-decade": lambda: float(_table_6().D_opt(10 * PF_DAY)) / _table_6().D_e,
    "kaplan-fig3-model-growth": lambda: float(_table_6().N_opt(1e9 * PF_DAY)) / _table_6().N_e,
    "kaplan-fig3-batch-growth": lambda: float(_table_6().batch(1e9 * PF_DAY)) / _table_6().B_e,
    "kaplan-fig3-steps-growth": lambda: float(_table_6().steps(1e9 * PF_DAY)) / _table_6().S_e,
    "kaplan-eq67-prefactor": lambda: 2 * PF_DAY / (6 * _table_6().N_e),
    "kaplan-eq67-exponent": lambda: 1 - _table_6().p_N,
    "kaplan-s63-data-limited-exponent": lambda: law("kaplan2020/L(D)").exponent * _table_6().p_D,
    "kaplan-eq68-compute": lambda: _crossing() / PF_DAY,
    "kaplan-eq68-size": lambda: _table_6().N_opt(_crossing()),
    "kaplan-eq68-data": lambda: _table_6().D_opt(_crossing()),
    "kaplan-eq68-loss": lambda: _L_C_min().loss(_crossing()),
    # Appendix B: where efficient training stops, what it saves, what a wrong size costs.
    "kaplan-b5-excess": lambda: 100 * _theory().excess,
    "kaplan-b7-loss-exponent": lambda: _theory().alpha_C,
    "kaplan-b12-size-ratio": lambda: _against_convergence().size_ratio,
    "kaplan-b13-steps-ratio": lambda: _against_convergence().steps_ratio,
    "kaplan-b14-compute-ratio": lambda: Recomputed(
        _against_convergence().compute_ratio, from_rounded=_B12 * _B13
    ),
    "kaplan-b3-fewer-updates": lambda: Recomputed(
        _against_convergence().fewer_steps, from_rounded=1 / _B13
    ),
    "kaplan-b3-compute-saved": lambda: Recomputed(
        100 * _against_convergence().compute_saved, from_rounded=100 * (1 - _B12 * _B13)
    ),
    "kaplan-b4-smallest-size": lambda: size_interval(_theory().law, 0.20).low,
    "kaplan-b4-largest-size": lambda: size_interval(_theory().law, 0.20).high,
    "kaplan-b4-larger-model-compute": lambda: (
        100 * (float(compute_ratio(_theory().law, digits("2.2"))) - 1)
    ),
    "kaplan-b4-larger-model-steps": lambda: (
        100 * (1 - float(steps_ratio(_theory().law, digits("2.2"))))
    ),
    **MEASURED,
}
