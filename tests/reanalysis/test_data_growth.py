"""The data exponent as a remainder, and the crossing of Kaplan et al. 2020, Eq. 6.8."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import brentq

from reanalysis.data_growth import (
    crossing,
    equation_67,
    exponents_by_remainder,
    one_pass_tokens,
)
from scaling_utils import published
from scaling_utils.laws import PowerLaw
from scaling_utils.units import PF_DAY

TABLE_6 = published.law("kaplan2020/allocation")
BY_COMPUTE = published.law("kaplan2020/L(C_min)")
BY_DATA = published.law("kaplan2020/L(D)")
EQ_6_7 = equation_67()


@pytest.mark.parametrize(
    ("law", "growth", "C_star", "N_star", "D_star", "loss"),
    [
        ("kaplan2020/L(C_min)", TABLE_6, 1.1e4, 1.2e12, 2.5e11, 1.67),
        ("kaplan2020/L(C_min)", EQ_6_7, 1.1e5, 6.1e12, 8.1e11, 1.49),
        ("kaplan2020/L(C_min) Fig. 13", TABLE_6, 6.1e3, 7.5e11, 2.1e11, 1.69),
        ("kaplan2020/L(C_min) Fig. 13", EQ_6_7, 5.9e4, 4.0e12, 7.0e11, 1.51),
    ],
)
def test_crossing_of_the_four_sets_of_constants(law, growth, C_star, N_star, D_star, loss):
    star = crossing(published.law(law), BY_DATA, growth)
    assert star.C_min / PF_DAY == pytest.approx(C_star, rel=0.04)
    assert pytest.approx(N_star, rel=0.03) == star.N
    assert pytest.approx(D_star, rel=0.03) == star.D
    assert star.loss == pytest.approx(loss, abs=0.005)
    assert growth.source in star.source


@given(
    st.floats(1e25, 1e29),
    st.floats(0.04, 0.08),
    st.floats(1e12, 1e15),
    st.floats(0.06, 0.12),
    st.floats(1e9, 1e11),
    st.floats(0.1, 0.4),
)
def test_both_losses_agree_at_the_crossing(C_c, alpha_C, D_c, alpha_D, D_e, p_D):
    by_compute, by_data = PowerLaw(C_c, alpha_C, "C_min"), PowerLaw(D_c, alpha_D, "D")
    growth = TABLE_6.with_values(D_e=D_e, p_D=p_D)
    assume(alpha_C - alpha_D * p_D > 5e-3)
    star = crossing(by_compute, by_data, growth)

    def gap(log_C):
        C = np.exp(log_C)
        return np.log(by_compute.loss(C)) - np.log(by_data.loss(growth.D_opt(C)))

    at = np.log(star.C_min)
    assert at == pytest.approx(brentq(gap, at - 9, at + 5, xtol=1e-11), abs=1e-7)
    assert by_data.loss(star.D) == pytest.approx(star.loss, rel=1e-9)


@given(st.floats(0.3, 1.0), st.floats(0.02, 0.1), st.floats(0.1, 0.5))
def test_the_batch_drops_out_of_the_data_exponent(p_N, alpha_C, alpha_B):
    chain = exponents_by_remainder(p_N, alpha_C, alpha_B)
    assert pytest.approx(1) == chain.N + chain.B + chain.S
    assert pytest.approx(chain.B + chain.S) == chain.D
    assert 1 - p_N == chain.D
    assert alpha_C / alpha_B == chain.B


def test_one_pass_follows_the_allocation_of_table_6():
    C_min = PF_DAY * np.array([1e-3, 1.0, 1e3])
    tokens = one_pass_tokens(C_min, TABLE_6.N_opt(C_min))
    # 2 B S and 2 C / 6 N differ by the rounding of Table 6 alone.
    by_steps = 2 * TABLE_6.batch(C_min) * TABLE_6.steps(C_min)
    np.testing.assert_allclose(tokens, by_steps, rtol=0.03)
    np.testing.assert_allclose(tokens, TABLE_6.D_opt(C_min), rtol=0.12)
    assert EQ_6_7.D_opt(PF_DAY) / tokens[1] == pytest.approx(1.8, abs=0.01)


def test_hoffmann_d4_is_table_6_at_half_the_compute():
    """Hoffmann et al. 2022, Appendix D.4, call 4.68e9 Kaplan's optimum at 1e21 FLOPs."""
    C = published.constant("hoffmann2022/Appendix D.4", "C").value
    printed = published.constant("hoffmann2022/Appendix D.4", "N_Kaplan").value
    assert TABLE_6.N_opt(C / 2) == pytest.approx(printed, rel=0.002)
    assert TABLE_6.N_opt(C) > 1.6 * printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((BY_DATA, BY_DATA, TABLE_6), "variable of by_compute 'D'"),
        ((BY_COMPUTE, BY_COMPUTE, TABLE_6), "variable of by_data 'C_min'"),
        ((BY_COMPUTE, BY_DATA, BY_DATA), "allocation must be a Allocation"),
        (
            (PowerLaw(1e28, 0.05, "C_min"), PowerLaw(1e13, 0.1, "D"),
             TABLE_6.with_values(D_e=1e10, p_D=0.5)),
            "never cross",
        ),
    ],
)  # fmt: skip
def test_crossing_refuses_laws_that_do_not_fit(arguments, message):
    with pytest.raises(ValueError, match=message):
        crossing(*arguments)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: one_pass_tokens(PF_DAY, 0.0), "N must be positive"),
        (lambda: exponents_by_remainder(np.nan, 0.05, 0.21), "p_N must be finite"),
        (lambda: exponents_by_remainder(0.7, 0.05, 0.0), "alpha_B must be positive"),
        (lambda: exponents_by_remainder([0.7, 0.8], 0.05, 0.2), "p_N must be one number"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
