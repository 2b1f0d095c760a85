"""Parameters against tokens: walls, exchange, split, and what missing the optimum costs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaling_utils import published
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.laws.base import UnreachableLossError
from scaling_utils.laws.chinchilla import (
    compute_at_ratio,
    compute_worth,
    critical_size,
    data_ratio,
    data_wall,
    efficiency_of_size,
    size_overhead,
    size_wall,
)
from scaling_utils.laws.convergence import best_excess, cost_of_stopping_at
from scaling_utils.laws.lifetime import inference_optimum

REFIT = published.law("besiroglu2024")
TEX = published.law("hoffmann2022/tex")
BLOG = published.law("devries2023")
CHINCHILLA, GOPHER = (70e9, 1.4e12), (280e9, 300e9)

LAWS = st.builds(
    ChinchillaLaw,
    E=st.floats(0.5, 2.0),
    A=st.floats(50, 1000),
    B=st.floats(50, 5000),
    alpha=st.floats(0.2, 0.5),
    beta=st.floats(0.2, 0.5),
)
SIZES, TOKENS = st.floats(1e8, 1e12), st.floats(1e9, 1e13)


@given(LAWS, SIZES, TOKENS)
def test_iso_loss_curves_lead_back_to_where_they_start(law, N, D):
    loss = law.loss(N, D)
    assert law.tokens_for_loss(N, loss) == pytest.approx(D, rel=1e-6)
    assert law.parameters_for_loss(D, loss) == pytest.approx(N, rel=1e-6)


@given(LAWS, SIZES, TOKENS)
def test_walls_are_the_limits_of_the_law(law, N, D):
    loss = law.loss(N, D)
    low, few = law.smallest_model(loss), law.fewest_tokens(loss)
    assert low < N
    assert few < D
    assert law.loss_infinite_data(low) == pytest.approx(loss)
    assert law.loss_infinite_model(few) == pytest.approx(loss)


@given(LAWS, SIZES, st.floats(0.3, 3.0))
def test_exchange_rate_is_the_slope_of_the_iso_loss_curve(law, N, times_best):
    D = times_best * law.optimal_tokens_for(N)
    loss, step = law.loss(N, D), 1e-5
    ends = [law.tokens_for_loss(N * f, loss) for f in (1 - step, 1 + step)]
    slope = (ends[0] - ends[1]) / (2 * step * N)
    assert law.exchange_rate(N, D) == pytest.approx(slope, rel=1e-4)


@given(LAWS, st.floats(1e18, 1e26))
def test_at_the_optimum_one_per_cent_buys_one_per_cent(law, C):
    best = law.optimal(C)
    assert law.exchange_elasticity(best.N, best.D) == pytest.approx(1)
    assert law.optimal_tokens_for(best.N) == pytest.approx(best.D)
    assert law.optimal_parameters_for(best.D) == pytest.approx(best.N)
    assert law.compute_efficiency(best.N, best.D) == pytest.approx(1)


@given(LAWS, SIZES, TOKENS)
def test_nothing_beats_the_optimum(law, N, D):
    assert law.compute_efficiency(N, D) <= 1 + 1e-9


def test_unreachable_losses_are_named():
    with pytest.raises(UnreachableLossError, match=r"no model of any size reaches loss 1\.9 "):
        REFIT.parameters_for_loss(3e11, 1.9)
    with pytest.raises(UnreachableLossError, match=r"the limit is 1\.949"):
        REFIT.parameters_for_loss([1e13, 3e11], 1.9)
    with pytest.raises(UnreachableLossError, match=r"any amount of data.*limit is 2\.17"):
        REFIT.tokens_for_loss(1e9, 1.9)
    with pytest.raises(UnreachableLossError, match=r"loss must be above E = 1\.8172"):
        REFIT.smallest_model(1.8)
    with pytest.raises(ValueError, match="D must be positive"):
        REFIT.parameters_for_loss(-3e11, 2.0)


@pytest.mark.parametrize(
    ("law", "per_cent"),
    [
        (BLOG, [2.8, 20.8, 43.7, 105.6, 188.9, 428.8]),
        (REFIT, [3.4, 25.9, 57.8, 161.3, 346.5, 1308.5]),
    ],
)
def test_overhead_of_a_smaller_model(law, per_cent):
    sizes = [0.75, 0.5, 0.4, 0.3, 0.25, 0.2]
    np.testing.assert_allclose(100 * size_overhead(law, sizes), per_cent, atol=0.06)


@pytest.mark.parametrize(
    ("C", "half", "third"),
    [
        (2.21e19, 22.28, 63.20),
        (1.62e20, 65.70, 186.35),
        (2.46e22, 1003.77, 2847.27),
        (1e23, 2149.02, 6095.86),
        (1.71e24, 10035.16, 28465.50),
    ],
)
def test_table_of_de_vries(C, half, third):
    """De Vries 2023: billions of tokens for half and 30 % of the best size."""
    tokens = BLOG.D_opt(C) * data_ratio(BLOG, [0.5, 0.3]) / 1e9
    np.testing.assert_allclose(tokens, [half, third], atol=0.006)


@given(LAWS, st.floats(1e20, 1e25), st.floats(0.02, 50))
def test_ratios_hold_at_every_budget(law, C, k):
    best = law.optimal(C)
    spent = law.compute_efficiency(k * best.N, best.D / k)
    assert efficiency_of_size(law, k) == pytest.approx(spent, rel=1e-6)
    if k > 1.01 * size_wall(law):
        loss = law.loss(k * best.N, data_ratio(law, k) * best.D)
        assert loss == pytest.approx(best.loss)


@given(LAWS, st.floats(1.01, 100))
def test_a_critical_size_costs_so_many_times(law, times):
    size = critical_size(law, times)
    assert size_wall(law) < size < 1
    assert size_overhead(law, size) == pytest.approx(times - 1, rel=1e-4)


def test_walls_in_ratios():
    assert size_wall(BLOG) == pytest.approx(0.0974, abs=5e-5)
    assert size_wall(REFIT) == pytest.approx(0.1464, abs=5e-5)
    loss = REFIT.loss_at(1e24)
    best = REFIT.optimal(1e24)
    assert data_wall(REFIT) == pytest.approx(REFIT.fewest_tokens(loss) / best.D)
    assert size_wall(REFIT) == pytest.approx(REFIT.smallest_model(loss) / best.N)
    with pytest.raises(UnreachableLossError, match=r"size_ratio 0\.1 is too small.*0\.1464"):
        data_ratio(REFIT, [1.0, 0.1])


def test_missing_the_size_by_two_four_eight():
    np.testing.assert_allclose(
        efficiency_of_size(REFIT, [1 / 8, 1 / 4, 1 / 2, 2, 4, 8]),
        [0.246, 0.520, 0.844, 0.843, 0.514, 0.238],
        atol=6e-4,
    )
    np.testing.assert_allclose(
        efficiency_of_size(TEX, [1 / 8, 1 / 4, 1 / 2, 2, 4, 8]),
        [0.270, 0.551, 0.860, 0.863, 0.567, 0.295],
        atol=6e-4,
    )


@given(st.lists(LAWS, min_size=1, max_size=5), st.floats(0.05, 5.0), SIZES)
def test_many_laws_answer_as_each_of_them(laws, size, N):
    """What one law refuses is infinite among many."""
    many, D = ChinchillaLaw.stack(laws), 20 * N

    def each(ask):
        found = []
        for law in laws:
            try:
                found.append(ask(law))
            except UnreachableLossError:
                found.append(np.inf)
        return found

    for ask in (
        lambda law: law.loss(N, D),
        lambda law: law.N_opt(6 * N * D),
        lambda law: law.tokens_for_loss(N, 2.5),
        lambda law: law.parameters_for_loss(D, 2.5),
        lambda law: law.compute_for_loss(2.0),
        lambda law: law.exchange_rate(N, D),
        lambda law: data_ratio(law, size),
        critical_size,
        lambda law: compute_at_ratio(law, 20, law.loss(N, D)),
        lambda law: compute_worth(law, 6 * N * D, 0.02),
        lambda law: best_excess(law, 6 * N * D),
        lambda law: cost_of_stopping_at(law, 6 * N * D, 0.02),
        lambda law: inference_optimum(law, law.loss(N, D), D).N,
    ):
        np.testing.assert_allclose(ask(many), each(ask), rtol=1e-9)
    table = many.loss(np.array([N, 2 * N])[:, None], D)
    assert table.shape == (2, len(laws))


def test_constants_in_arrays_are_checked_and_kept():
    constants = np.array([1.8, 1.7])
    many = ChinchillaLaw(constants, 400.0, 400.0, 0.34, 0.28)
    constants[0] = 5.0
    assert many.E.tolist() == [1.8, 1.7]
    with pytest.raises(ValueError, match="read-only"):
        many.E[0] = 2.0
    with pytest.raises(ValueError, match=r"ChinchillaLaw\.E must be non-negative, got -1"):
        many.with_values(E=[1.0, -1.0])
    with pytest.raises(ValueError, match=r"constants have shape \(2,\).*as a column"):
        many.loss([1e9, 1e10, 1e11], 1e10)
    assert many.with_values(alpha=0.3).source == "user, modified: alpha=0.3"
