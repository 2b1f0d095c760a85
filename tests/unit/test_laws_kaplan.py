"""Kaplan's L(N, D) and L(N, S), against the paper's numbers and against calculus."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaling_utils import published
from scaling_utils.laws import KaplanND, KaplanNS

ND = published.law("kaplan2020/L(N,D)")
NS = published.law("kaplan2020/L(N,S)")
sizes = st.floats(1e3, 1e12)
tokens = st.floats(1e6, 1e14)
steps = st.floats(1e2, 1e8)


def nd_formula(N, D):
    inside = (ND.N_c / N) ** (ND.alpha_N / ND.alpha_D) + ND.D_c / D
    return inside**ND.alpha_D


def ns_formula(N, S):
    return (NS.N_c / N) ** NS.alpha_N + (NS.S_c / S) ** NS.alpha_S


@given(N=sizes, D=tokens)
def test_loss_of_eq_1_5(N, D):
    assert ND.loss(N, D) == pytest.approx(nd_formula(N, D), rel=1e-13)


@given(N=sizes, S=steps)
def test_loss_of_eq_1_6(N, S):
    assert NS.loss(N, S) == pytest.approx(ns_formula(N, S), rel=1e-13)


@given(N=sizes, D=tokens)
def test_limits_of_eq_1_5(N, D):
    assert ND.loss(N, 1e40) == pytest.approx(ND.loss_infinite_data(N), rel=1e-12)
    assert ND.loss(1e60, D) == pytest.approx(ND.loss_infinite_model(D), rel=1e-12)
    assert ND.loss(N, D) >= max(ND.loss_infinite_data(N), ND.loss_infinite_model(D))


@given(N=sizes)
def test_limit_of_eq_1_6(N):
    assert NS.loss(N, 1e30) == pytest.approx(NS.converged_loss(N), rel=1e-12)


@given(N=sizes, D=tokens)
def test_eq_4_3_is_exact(N, D):
    from_definition = ND.loss(N, D) / ND.loss_infinite_data(N) - 1
    assert ND.overfitting(N, D) == pytest.approx(from_definition, rel=1e-9, abs=1e-13)


def test_overfitting_keeps_its_digits_where_it_is_small():
    # To first order alpha_D (N / N_c)**p D_c / D; the definition would round to zero.
    ratio = (1e6 / ND.N_c) ** (ND.alpha_N / ND.alpha_D) * ND.D_c / 1e25
    assert ND.overfitting(1e6, 1e25) == pytest.approx(ND.alpha_D * ratio, rel=1e-10, abs=0)
    assert ND.overfitting(1e6, 1e25) < 1e-16


@given(N=sizes, D=tokens, factor=st.floats(1e-2, 1e2))
def test_overfitting_depends_on_one_ratio_only(N, D, factor):
    # Section 4.2: on N**(alpha_N / alpha_D) / D.
    grown = ND.overfitting(N * factor, D * factor**ND.data_exponent)
    assert grown == pytest.approx(ND.overfitting(N, D), rel=1e-9)


@pytest.mark.parametrize(("N", "excess"), [(1e8, 0.0043), (1e9, 0.0218), (1.5e9, 0.0285)])
def test_overfitting_on_22_billion_tokens(N, excess):
    assert ND.overfitting(N, 22e9) == pytest.approx(excess, abs=5e-5)


@given(N=sizes, excess=st.floats(1e-6, 2.0))
def test_tokens_needed_undoes_overfitting(N, excess):
    assert ND.overfitting(N, ND.tokens_needed(N, excess)) == pytest.approx(excess, rel=1e-9)


def test_data_rule_of_eq_4_4():
    # Printed: 5e3 N**0.74; Table 2 gives 5.5e3 and the exponent 0.738.
    assert ND.data_exponent == pytest.approx(0.738, abs=5e-4)
    coefficient = ND.tokens_needed(1e9) / 1e9**ND.data_exponent
    assert coefficient == pytest.approx(5.5e3, rel=0.01)
    # To first order in the excess: 6.0e3.
    first_order = ND.tokens_needed(1e9, 1e-9) * 1e-9 / 0.02 / 1e9**ND.data_exponent
    assert first_order == pytest.approx(6.0e3, rel=0.01)
    # Section 1.1: eight times the model needs about five times the data.
    growth = ND.tokens_needed(8e9) / ND.tokens_needed(1e9)
    assert growth == pytest.approx(4.64, abs=5e-3)


@pytest.mark.parametrize(
    ("N", "at_1e4", "at_1e5", "converged"),
    [
        (1e6, 4.30, 4.05, 4.00),
        (1e7, 3.65, 3.40, 3.35),
        (1e8, 3.11, 2.86, 2.80),
        (1e9, 2.65, 2.40, 2.35),
    ],
)
def test_losses_of_table_3(N, at_1e4, at_1e5, converged):
    assert NS.loss(N, 1e4) == pytest.approx(at_1e4, abs=0.0051)
    assert NS.loss(N, 1e5) == pytest.approx(at_1e5, abs=0.0051)
    assert NS.converged_loss(N) == pytest.approx(converged, abs=0.0051)


@given(N=sizes, S=st.floats(1e2, 1e6))
def test_steps_to_loss_undoes_loss(N, S):
    assert NS.steps_to_loss(N, NS.loss(N, S)) == pytest.approx(S, rel=1e-9)


def test_the_tables_are_different_fits():
    table_5 = published.law("kaplan2020/L(N,S) Table 5")
    assert {ND.N_c, NS.N_c, table_5.N_c} == {6.4e13, 6.5e13, 8.8e13}
    assert (NS.alpha_N, table_5.alpha_N) == (0.077, 0.076)
    assert len({ND.source, NS.source, table_5.source}) == 3


def test_scalars_arrays_and_grids():
    assert type(ND.loss(10**9, 22e9)) is float
    assert ND.loss([1e8, 1e9], 22e9).shape == (2,)
    grid = ND.loss(np.logspace(6, 9, 4)[:, None], np.logspace(8, 10, 3))
    assert grid.shape == (4, 3)
    assert grid[0, 2] == ND.loss(1e6, 1e10)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: KaplanND(6.4e13, 1.8e13, -0.076, 0.103), r"KaplanND\.alpha_N must be positive"),
        (lambda: KaplanNS(6.5e13, 0, 0.077, 0.76), r"KaplanNS\.S_c must be positive.*steps"),
        (lambda: ND.loss(-1e9, 1e9), r"N must be positive, got -1e\+09"),
        (lambda: ND.loss(1e9, np.nan), r"D must be finite, got nan; expected tokens"),
        (lambda: ND.loss([1e8, 1e9], [1e9] * 3), r"N has \(2,\), D has \(3,\)"),
        (lambda: ND.overfitting(0, 1e9), r"N must be positive"),
        (lambda: ND.tokens_needed(1e9, 0.0), r"overfitting must be positive, got 0"),
        (lambda: ND.loss_infinite_data(0), r"N must be positive"),
        (lambda: ND.loss_infinite_model(0), r"D must be positive"),
        (lambda: NS.loss(1e9, 0), r"S_min must be positive, got 0; expected parameter updates"),
        (lambda: NS.converged_loss(-1), r"N must be positive"),
        (
            lambda: NS.steps_to_loss(1e9, 2.0),
            r"^loss 2 is never reached: this model converges to 2\.34\d*$",
        ),
        (lambda: NS.steps_to_loss([1e9, 1e8], 2.5), r"loss 2\.5 .* converges to 2\.80"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
