"""One-factor laws and Kaplan's Table 6, against the paper's own numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaling_utils import published
from scaling_utils.laws import Allocation, PowerLaw
from scaling_utils.units import PF_DAY

sizes = st.floats(1e2, 1e15)
exponents = st.floats(0.03, 0.8)
L_N = published.law("kaplan2020/L(N)")
TABLE_6 = published.law("kaplan2020/allocation")


@pytest.mark.parametrize(
    ("name", "x", "loss"),
    [
        # Values of the fits of Kaplan et al. 2020, Table 5.
        ("kaplan2020/L(N)", 768, 6.93),
        ("kaplan2020/L(N)", 1e4, 5.70),
        ("kaplan2020/L(N)", 1e6, 4.02),
        ("kaplan2020/L(N)", 1e8, 2.83),
        ("kaplan2020/L(N)", 1e9, 2.38),
        ("kaplan2020/L(N)", 1.5e9, 2.30),
        ("kaplan2020/L(D)", 2.15e7, 4.06),
        ("kaplan2020/L(D)", 1e8, 3.50),
        ("kaplan2020/L(D)", 1e9, 2.82),
        ("kaplan2020/L(D)", 1e10, 2.26),
        ("kaplan2020/L(D)", 2.29e10, 2.09),
        ("kaplan2020/L(C_min)", 1e-8 * PF_DAY, 6.68),
        ("kaplan2020/L(C_min)", 1e-4 * PF_DAY, 4.21),
        ("kaplan2020/L(C_min)", 1e-2 * PF_DAY, 3.35),
        ("kaplan2020/L(C_min)", PF_DAY, 2.66),
        ("kaplan2020/L(C_min)", 10 * PF_DAY, 2.37),
    ],
)
def test_losses_of_table_5(name, x, loss):
    assert published.law(name).loss(x) == pytest.approx(loss, abs=0.0051)


@pytest.mark.parametrize(
    ("name", "factor"),
    [
        ("kaplan2020/L(N)", 0.9487),
        ("kaplan2020/L(D)", 0.9363),
        ("kaplan2020/L(C_min)", 0.9659),
    ],
)
def test_doubling_a_factor(name, factor):
    law = published.law(name)
    assert law.factor(2) == pytest.approx(factor, abs=5e-5)
    assert law.loss(2e20) / law.loss(1e20) == pytest.approx(factor, abs=5e-5)


@given(x=st.floats(1e6, 1e12), excess=st.floats(0.001, 1.0))
def test_so_many_times_the_factor_make_up_for_a_higher_loss(x, excess):
    assert L_N.loss(x * L_N.worth(excess)) * (1 + excess) == pytest.approx(L_N.loss(x))


@pytest.mark.parametrize(
    ("variable", "unit", "equation"),
    [
        ("N", "parameters", r"L(N) = (N_c/N)^{\alpha_N}"),
        ("D", "tokens", r"L(D) = (D_c/D)^{\alpha_D}"),
        ("C", "FLOPs", r"L(C) = (C_c/C)^{\alpha_C}"),
        ("C_min", "FLOPs", r"L(C_{\min}) = (C_c^{\min}/C_{\min})^{\alpha_C^{\min}}"),
    ],
)
def test_unit_and_formula_are_those_of_the_factor(variable, unit, equation):
    law = PowerLaw(1e13, 0.08, variable)
    assert law.units() == {"scale": unit, "exponent": "1"}
    assert law.to_dict()["equation"] == equation


def test_the_label_of_figure_13_moves_the_loss_by_one_and_a_half_per_cent():
    for variable, ratio in (("C_min", 1.015), ("C", 1.013)):
        table = published.law(f"kaplan2020/L({variable})")
        label = published.law(f"kaplan2020/L({variable}) Fig. 13")
        larger = max(label.loss(PF_DAY), table.loss(PF_DAY))
        smaller = min(label.loss(PF_DAY), table.loss(PF_DAY))
        assert larger / smaller == pytest.approx(ratio, abs=5e-4)


@given(scale=sizes, exponent=exponents, x=sizes)
def test_inverse_undoes_loss(scale, exponent, x):
    law = PowerLaw(scale, exponent, "N")
    assert law.inverse(law.loss(x)) == pytest.approx(x, rel=1e-10)


@given(scale=sizes, exponent=exponents, x=sizes, unit=st.floats(1e-3, 1e3))
def test_a_change_of_unit_changes_nothing(scale, exponent, x, unit):
    here, there = PowerLaw(scale, exponent, "C"), PowerLaw(scale * unit, exponent, "C")
    assert there.loss(x * unit) == pytest.approx(here.loss(x), rel=1e-12)


def test_the_scale_is_where_the_loss_is_one_nat():
    assert L_N.loss(8.8e13) == 1.0
    assert L_N.inverse(1.0) == pytest.approx(8.8e13, rel=1e-12)


def test_scalar_in_float_out_and_array_in_array_out():
    assert type(L_N.loss(10**8)) is float
    assert type(L_N.inverse(2.5)) is float
    assert type(L_N.factor(2)) is float
    grid = np.array([[1e6, 1e7], [1e8, 1e9]])
    assert L_N.loss(grid).shape == grid.shape
    assert L_N.loss(grid)[1, 0] == L_N.loss(1e8)
    assert TABLE_6.N_opt([1e19, 1e20]).shape == (2,)


def test_table_6_at_one_pf_day_and_per_decade():
    assert TABLE_6.N_opt(PF_DAY) == 1.3e9
    assert TABLE_6.batch(PF_DAY) == 2.0e6
    assert TABLE_6.steps(PF_DAY) == 5.4e3
    assert TABLE_6.D_opt(PF_DAY) == 2e10
    # Section 6: ten times the compute is five times the model and twice the data.
    assert TABLE_6.N_opt(10 * PF_DAY) / TABLE_6.N_opt(PF_DAY) == pytest.approx(5.37, abs=5e-3)
    assert TABLE_6.D_opt(10 * PF_DAY) / TABLE_6.D_opt(PF_DAY) == pytest.approx(1.86, abs=5e-3)
    # Fig. 3: a billion times the compute.
    assert TABLE_6.N_opt(1e9 * PF_DAY) / 1.3e9 == pytest.approx(3.7e6, rel=0.02)
    assert TABLE_6.batch(1e9 * PF_DAY) / 2e6 == pytest.approx(145, rel=0.01)
    assert TABLE_6.steps(1e9 * PF_DAY) / 5.4e3 == pytest.approx(1.9, abs=0.05)


@given(C=st.floats(1e12, 1e26))
def test_table_6_spends_the_compute_it_is_given(C):
    # The exponents 0.73, 0.24 and 0.03 add up to one, so the ratio is the same everywhere.
    spent = 6 * TABLE_6.N_opt(C) * TABLE_6.batch(C) * TABLE_6.steps(C)
    assert spent / C == pytest.approx(0.975, abs=5e-4)
    assert 2 * TABLE_6.batch(C) * TABLE_6.steps(C) / TABLE_6.D_opt(C) == pytest.approx(1.08)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: PowerLaw(1e13, 0.076, "X"), r"variable 'X' is not known; expected one of C, "),
        (lambda: PowerLaw(-1e13, 0.076, "N"), r"PowerLaw\.scale must be positive, got -1e\+13.*p"),
        (lambda: PowerLaw(1e13, 0.0, "N"), r"PowerLaw\.exponent must be positive, got 0"),
        (lambda: PowerLaw(np.nan, 0.076, "N"), r"PowerLaw\.scale must be finite, got nan"),
        (lambda: PowerLaw(1e13, [0.1, 0.2], "N"), r"exponent must be one number, got an array"),
        (lambda: PowerLaw(1e13, 0.1, "N", source=""), r"source must say where the constants"),
        (lambda: L_N.loss(0), r"N must be positive, got 0; expected parameters, such as"),
        (lambda: L_N.loss(np.inf), r"N must be finite, got inf"),
        (lambda: L_N.loss([1e6, -1.0]), r"N must be positive, got -1 at index 1"),
        (lambda: L_N.loss([]), r"N is empty"),
        (lambda: L_N.loss("many"), r"N must be a number or an array of numbers"),
        (lambda: L_N.inverse(-2.0), r"loss must be positive, got -2; expected nats per token"),
        (lambda: L_N.inverse(1e-30), r"N would be about 10\^409, beyond double precision"),
        (lambda: L_N.factor(0), r"ratio must be positive"),
        (lambda: published.law("kaplan2020/L(C_min)").loss(0), r"C_min must be positive.*FLOPs"),
        (lambda: TABLE_6.N_opt(-1), r"C must be positive, got -1; expected FLOPs"),
        (lambda: Allocation(0, 0.7, 1, 0.2, 1, 0.0, 1, 0.3), r"Allocation\.N_e must be positive"),
        (lambda: Allocation(1, np.inf, 1, 0.2, 1, 0.0, 1, 0.3), r"Allocation\.p_N must be finite"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_an_exponent_of_the_allocation_may_be_zero_or_negative():
    flat = Allocation(1e9, 0.73, 2e6, 0.24, 5e3, 0.0, 2e10, -0.1)
    assert flat.steps(1e10) == flat.steps(1e25) == 5e3
    assert flat.D_opt(1e25) < flat.D_opt(1e20)
