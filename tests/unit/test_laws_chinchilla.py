"""The Chinchilla law: published numbers, calculus, and the closed form as a minimum."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from scaling_utils import published
from scaling_utils.laws import ChinchillaLaw

PRINTED = published.law("hoffmann2022/printed")
TEX = published.law("hoffmann2022/tex")
REFIT = published.law("besiroglu2024")
GOPHER, CHINCHILLA = (280e9, 300e9), (70e9, 1.4e12)

sizes = st.floats(1e5, 1e13)
tokens = st.floats(1e7, 1e15)
budgets = st.floats(1e15, 1e28)
laws = st.builds(
    ChinchillaLaw,
    E=st.floats(0.0, 3.0),
    A=st.floats(5.0, 1e4),
    B=st.floats(5.0, 1e4),
    alpha=st.floats(0.1, 0.8),
    beta=st.floats(0.1, 0.8),
)


@pytest.mark.parametrize(
    ("law", "a", "N", "D", "ratio"),
    [(PRINTED, 0.4516, 32.2e9, 2.98e12, 92.6), (TEX, 0.4565, 40.3e9, 2.38e12, 59.1)],
)
def test_optimum_at_the_budget_of_gopher(law, a, N, D, ratio):
    best = law.optimal(5.76e23)
    assert law.a == pytest.approx(a, abs=5e-5)
    model, data = best.N, best.D
    assert model == pytest.approx(N, abs=0.051e9)
    assert data == pytest.approx(D, abs=0.0051e12)
    assert best.tokens_per_parameter == pytest.approx(ratio, abs=0.051)
    assert best.C == 5.76e23
    assert best.source == law.source


@pytest.mark.parametrize(
    ("law", "C", "ratio"),
    [
        (TEX, 1e18, 18.6),
        (TEX, 1e20, 27.8),
        (TEX, 1e22, 41.5),
        (TEX, 1e26, 92.5),
        # Besiroglu et al. 2024: the ratio falls slowly, because beta > alpha.
        (REFIT, 1e18, 25.7),
        (REFIT, 1e20, 22.9),
        (REFIT, 1e21, 21.6),
        (REFIT, 1e22, 20.4),
        (REFIT, 5.76e23, 18.4),
        (REFIT, 5.88e23, 18.4),
        (REFIT, 1e25, 17.1),
        (REFIT, 1e26, 16.1),
    ],
)
def test_tokens_per_parameter(law, C, ratio):
    assert law.tokens_per_parameter(C) == pytest.approx(ratio, abs=0.051)


def test_equal_exponents_give_a_constant_ratio():
    # Muennighoff et al. 2023: alpha = beta was imposed, D / N = 19.6 at every budget.
    law = published.law("muennighoff2023")
    assert law.tokens_per_parameter([1e18, 1e22, 1e26]) == pytest.approx([19.6] * 3, abs=0.051)
    parameters_per_token = law.G**2
    assert parameters_per_token == pytest.approx(0.051, abs=5e-4)


@pytest.mark.parametrize(
    ("law", "gopher", "chinchilla"),
    [(PRINTED, 1.993, 1.937), (TEX, 1.967, 1.921), (REFIT, 2.000, 1.974)],
)
def test_losses_of_gopher_and_chinchilla(law, gopher, chinchilla):
    assert law.loss(*GOPHER) == pytest.approx(gopher, abs=5.1e-4)
    assert law.loss(*CHINCHILLA) == pytest.approx(chinchilla, abs=5.1e-4)


def test_terms_of_gopher_and_chinchilla():
    assert PRINTED.terms(*GOPHER) == pytest.approx((1.69, 0.052, 0.251), abs=5.1e-4)
    assert PRINTED.terms(*CHINCHILLA) == pytest.approx((1.69, 0.083, 0.163), abs=5.1e-4)


@pytest.mark.parametrize(("law", "gamma"), [(PRINTED, 0.1535), (TEX, 0.1548), (REFIT, 0.1783)])
def test_frontier_exponent(law, gamma):
    assert law.frontier_exponent == pytest.approx(gamma, abs=5.1e-5)


def test_the_refit_at_the_budget_of_chinchilla():
    assert REFIT.a == pytest.approx(0.5126, abs=5e-5)
    assert REFIT.N_opt(5.88e23) == pytest.approx(73.0e9, abs=0.051e9)
    assert REFIT.D_opt(5.88e23) == pytest.approx(1.34e12, abs=0.0051e12)


@given(law=laws, N=sizes, D=tokens)
def test_loss_is_the_sum_of_its_terms(law, N, D):
    def formula(n, d):
        return law.E + law.A / n**law.alpha + law.B / d**law.beta

    assert law.loss(N, D) == pytest.approx(formula(N, D), rel=1e-13)
    assert sum(law.terms(N, D)) == pytest.approx(law.loss(N, D), rel=1e-13)


@given(law=laws, N=sizes, D=tokens)
def test_limits(law, N, D):
    assert law.loss(N, 1e200) == pytest.approx(law.loss_infinite_data(N), rel=1e-12)
    assert law.loss(1e200, D) == pytest.approx(law.loss_infinite_model(D), rel=1e-12)


@given(law=laws, C=budgets)
def test_the_optimum_spends_the_budget_where_the_slopes_balance(law, C):
    N, D = law.N_opt(C), law.D_opt(C)
    spent = 6 * N * D
    assert spent == pytest.approx(C, rel=1e-9)
    _, by_model, by_data = law.terms(N, D)
    assert law.alpha * by_model == pytest.approx(law.beta * by_data, rel=1e-9, abs=0)
    assert law.tokens_per_parameter(C) == pytest.approx(D / N, rel=1e-12)


@pytest.mark.parametrize("law", [PRINTED, TEX, REFIT])
@pytest.mark.parametrize("C", [1e18, 5.76e23, 1e27])
def test_the_closed_form_is_the_numerical_minimum(law, C):
    found = minimize_scalar(
        lambda log_N: law.loss(np.exp(log_N), C / 6 / np.exp(log_N)),
        bounds=(np.log(1e5), np.log(1e14)),
        method="bounded",
        options={"xatol": 1e-10},
    )
    assert np.exp(found.x) == pytest.approx(law.N_opt(C), rel=1e-4)
    assert law.loss_at(C) == pytest.approx(found.fun, rel=1e-12)


@given(law=laws, C=budgets)
def test_the_frontier_is_a_power_law_above_E(law, C):
    # The sum of the two terms, not the loss less E: that difference has no digits left far out.
    near, far = (sum(law.terms(law.N_opt(c), law.D_opt(c))[1:]) for c in (C, 10 * C))
    assert far / near == pytest.approx(10**-law.frontier_exponent, rel=1e-9)


@given(
    law=laws.map(lambda law: law.with_values(E=1.5)),
    C=budgets,
)
def test_compute_for_loss_undoes_loss_at(law, C):
    # The relative error of C is that of L - E over the frontier exponent.
    reducible = law.loss_at(C) - law.E
    allowed = 1e-14 * law.loss_at(C) / reducible / law.frontier_exponent
    assert law.compute_for_loss(law.loss_at(C)) == pytest.approx(C, rel=max(allowed, 1e-10))


@given(law=laws, N=sizes, D=tokens, k=st.floats(1e-3, 1e3))
def test_a_change_of_unit_of_the_parameters_changes_nothing(law, N, D, k):
    other = law.with_values(A=law.A * k**law.alpha)
    assert other.loss(N * k, D) == pytest.approx(law.loss(N, D), rel=1e-12)


def test_exponents_add_up_to_one():
    for law in (PRINTED, TEX, REFIT):
        assert law.a + law.b == pytest.approx(1.0)


def test_scalars_and_arrays():
    assert type(TEX.loss(1, 1)) is float
    assert all(type(term) is float for term in TEX.terms(1e9, 1e10))
    best = TEX.optimal(10**21)
    assert all(type(value) is float for value in (best.C, best.N, best.D, best.loss))
    many = TEX.optimal([1e20, 1e21, 1e22])
    assert many.N.shape == many.loss.shape == many.tokens_per_parameter.shape == (3,)
    assert many.N[1] == best.N
    grid = TEX.loss(np.logspace(8, 11, 4)[:, None], np.logspace(9, 12, 3))
    assert grid.shape == (4, 3)


def test_E_may_be_zero():
    pure = ChinchillaLaw(0.0, 400.0, 400.0, 0.34, 0.28)
    assert pure.compute_for_loss(pure.loss_at(1e20)) == pytest.approx(1e20)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ChinchillaLaw(-0.1, 1, 1, 1, 1), r"ChinchillaLaw\.E must be non-negative"),
        (lambda: ChinchillaLaw(1, 1, 0, 1, 1), r"ChinchillaLaw\.B must be positive, got 0"),
        (lambda: ChinchillaLaw(1, 1, 1, "x", 1), r"ChinchillaLaw\.alpha must be a number"),
        (lambda: TEX.loss(-70e9, 1.4e12), r"N must be positive, got -7e\+10; expected param"),
        (lambda: TEX.loss(70e9, np.inf), r"D must be finite, got inf; expected tokens"),
        (lambda: TEX.terms([1, 2], [1, 2, 3]), r"N has \(2,\), D has \(3,\)"),
        (lambda: TEX.optimal([1e20, np.nan]), r"C must be finite, got nan at index 1"),
        (lambda: TEX.loss_at(0), r"C must be positive, got 0; expected FLOPs"),
        (lambda: TEX.N_opt(-1), r"C must be positive"),
        (lambda: TEX.D_opt("1e20 FLOPs"), r"C must be a number or an array of numbers"),
        (lambda: TEX.tokens_per_parameter([]), r"C is empty"),
        (lambda: TEX.compute_for_loss(1.6), r"loss must be above E = 1\.6934 nats.*got 1\.6"),
        (lambda: TEX.compute_for_loss([2.0, 1.6934]), r"above E = 1\.6934"),
        (lambda: TEX.loss_infinite_data(0), r"N must be positive"),
        (lambda: TEX.loss_infinite_model(-1), r"D must be positive"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_another_count_of_flops_moves_the_optimum() -> None:
    best = TEX.optimal(8e21, flops_per_parameter_token=8)
    assert pytest.approx(8e21) == 8 * best.N * best.D
    assert pytest.approx(TEX.N_opt(6e21)) == best.N
    with pytest.raises(ValueError, match="flops_per_parameter_token must be positive"):
        TEX.optimal(8e21, flops_per_parameter_token=0)
