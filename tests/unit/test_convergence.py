"""Kaplan Appendix B against direct numerical minimisation, and against the paper's numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar

from scaling_utils.laws import ChinchillaLaw, CriticalBatch, KaplanNS, UnreachableLossError
from scaling_utils.laws.convergence import (
    EfficientTraining,
    best_excess,
    compare_convergence,
    compute_ratio,
    cost_of_stopping_at,
    size_interval,
    smallest_size_ratio,
    steps_ratio,
)
from scaling_utils.published import law as published_law
from scaling_utils.units import PF_DAY

# Kaplan et al. 2020, Table 5.
LAW = KaplanNS(N_c=8.8e13, S_c=2.1e3, alpha_N=0.076, alpha_S=0.76)
BATCH = CriticalBatch(B_star=2.1e8, alpha_B=0.21)
EFFICIENT = EfficientTraining(LAW, BATCH)

learning_curves = st.builds(
    KaplanNS,
    N_c=st.floats(1e10, 1e15),
    S_c=st.floats(1e2, 1e5),
    alpha_N=st.floats(0.04, 0.5),
    alpha_S=st.floats(0.3, 1.5),
)
trainings = st.builds(
    EfficientTraining,
    learning_curves,
    st.builds(CriticalBatch, B_star=st.floats(1e6, 1e10), alpha_B=st.floats(0.1, 0.6)),
)
budgets = st.floats(1e-6, 1e4).map(lambda pf_days: pf_days * PF_DAY)


def loss_by_bisection(training, N, C):
    """B.3 written as the paper prints it, solved by a method that the package does not use."""
    law, batch = training.law, training.critical_batch

    def residual(log_loss):
        loss = np.exp(log_loss)
        steps = C / (6 * N * batch.B_star / loss ** (1 / batch.alpha_B))
        return log_loss - np.log((law.N_c / N) ** law.alpha_N + (law.S_c / steps) ** law.alpha_S)

    return np.exp(brentq(residual, np.log(law.converged_loss(N)) - 1, 60, xtol=1e-13))


@given(trainings, budgets, st.floats(-3, 3))
def test_loss_at_solves_b3(training, C, decades):
    N = training.N_opt(C) * 10**decades
    assert training.loss_at(N, C) == pytest.approx(loss_by_bisection(training, N, C), rel=1e-9)


@given(trainings, budgets)
def test_closed_form_is_the_minimum_of_b3(training, C):
    start = np.log(training.N_opt(C))
    found = minimize_scalar(
        lambda log_N: training.loss_at(np.exp(log_N), C),
        bounds=(start - 2, start + 2),
        method="bounded",
        options={"xatol": 1e-9},
    )
    assert found.fun == pytest.approx(training.loss(C), rel=1e-9)
    assert found.x == pytest.approx(start, abs=1e-3)  # a minimum is flat


@given(trainings, budgets)
def test_every_size_nearby_is_worse(training, C):
    N = training.N_opt(C)
    assert np.all(training.loss_at(N * np.array([0.3, 0.9, 1.1, 3.0]), C) > training.loss(C))


@given(trainings, budgets)
def test_efficient_training_stops_a_fixed_fraction_above_convergence(training, C):
    converged = training.law.converged_loss(training.N_opt(C))
    assert training.loss(C) / converged - 1 == pytest.approx(training.excess, rel=1e-9)


@given(trainings, budgets)
def test_size_batch_and_steps_spend_the_budget(training, C):
    N, B, S = training.N_opt(C), training.batch(C), training.steps(C)
    assert pytest.approx(C, rel=1e-9) == 6 * N * B * S
    assert training.law.loss(N, S) == pytest.approx(training.loss(C), rel=1e-9)
    assert training.tokens(C) == pytest.approx(2 * C / (6 * N), rel=1e-9)
    assert training.compute_for_loss(training.loss(C)) == pytest.approx(C, rel=1e-8)
    assert training.compute_to_reach(N, training.loss(C)) == pytest.approx(C, rel=1e-7)


@given(trainings, budgets)
def test_exponents_are_the_slopes(training, C):
    powers = training.exponents
    for name, quantity in [
        ("N", training.N_opt),
        ("B", training.batch),
        ("S", training.steps),
        ("D", training.tokens),
    ]:
        slope = np.log10(quantity(10 * C) / quantity(C))
        assert slope == pytest.approx(getattr(powers, name), abs=1e-9)
    assert np.log10(training.loss(C) / training.loss(10 * C)) == pytest.approx(powers.L, abs=1e-9)
    assert pytest.approx(1) == powers.N + powers.B + powers.S
    assert pytest.approx(powers.B + powers.S) == powers.D


@given(trainings, budgets, st.floats(0.01, 1.0), st.floats(0.01, 1.0))
def test_comparison_is_what_two_runs_of_equal_loss_show(training, C, f, f_other):
    loss = training.loss(C)

    def run(excess):
        """Size, steps and compute of a run that stops so far above its converged loss."""
        N = training.law.N_c * ((1 + excess) / loss) ** (1 / training.law.alpha_N)
        return np.array(
            [N, training.law.steps_to_loss(N, loss), training.compute_to_reach(N, loss)]
        )

    compared = compare_convergence(training.law, f_other=f_other, f=f)
    ratios = [compared.size_ratio, compared.steps_ratio, compared.compute_ratio]
    assert ratios == pytest.approx(list(run(f) / run(f_other)), rel=1e-6)


@given(trainings, budgets, st.floats(0.05, 20))
def test_wrong_size_costs_what_b15_says(training, C, share):
    smallest = smallest_size_ratio(training.law)
    ratio = smallest + (1 - smallest) * share
    N, loss = training.N_opt(C), training.loss(C)
    compute = training.compute_to_reach(ratio * N, loss) / training.compute_to_reach(N, loss)
    steps = training.law.steps_to_loss(ratio * N, loss) / training.law.steps_to_loss(N, loss)
    assert compute_ratio(training.law, ratio) == pytest.approx(compute, rel=1e-5)
    assert steps_ratio(training.law, ratio) == pytest.approx(steps, rel=1e-5)
    assert compute >= 1 - 1e-9


@given(learning_curves, st.floats(1e-4, 1e4))
def test_both_ends_of_the_interval_cost_the_extra_compute(law, extra):
    interval = size_interval(law, extra)
    assert smallest_size_ratio(law) <= interval.low < 1 < interval.high
    assert compute_ratio(law, interval.high) == pytest.approx(1 + extra, rel=1e-7)
    assert compute_ratio(law, interval.high * 1.01) > 1 + extra
    # Near the smallest size the cost has a pole that swallows the digits of the ratio.
    if extra < 10:
        assert compute_ratio(law, interval.low) == pytest.approx(1 + extra, rel=1e-6)


def test_numbers_of_appendix_b():
    assert EFFICIENT.excess == pytest.approx(0.10, abs=0.005)  # B.5
    assert EFFICIENT.alpha_C == pytest.approx(0.052, abs=0.0005)  # B.7
    early = compare_convergence(LAW)  # B.12 to B.14, from unrounded factors
    assert early.size_ratio == pytest.approx(2.701, abs=5e-4)
    assert early.steps_ratio == pytest.approx(0.1329, abs=5e-5)
    assert early.fewer_steps == pytest.approx(7.53, abs=0.01)
    assert early.compute_ratio == pytest.approx(0.359, abs=5e-4)
    assert early.compute_saved == pytest.approx(1 - early.compute_ratio)


def test_numbers_of_figure_12():
    sizes = [0.5, 0.6, 0.75, 1.5, 2.2, 3, 5, 10]
    compute = [1.393, 1.164, 1.042, 1.058, 1.203, 1.383, 1.825, 2.837]
    steps = [2.785, 1.941, 1.389, 0.706, 0.547, 0.461, 0.365, 0.284]
    assert list(compute_ratio(LAW, sizes)) == pytest.approx(compute, abs=5.1e-4)
    assert list(steps_ratio(LAW, sizes)) == pytest.approx(steps, abs=5.1e-4)
    interval = size_interval(LAW, 0.20)
    assert (interval.low, interval.high) == pytest.approx((0.577, 2.184), abs=5e-4)
    assert smallest_size_ratio(LAW) == pytest.approx(0.285, abs=5e-4)


def test_one_pf_day_with_table_5():
    N, S, B = (f(PF_DAY) for f in (EFFICIENT.N_opt, EFFICIENT.steps, EFFICIENT.batch))
    assert pytest.approx((6.03e8, 1.32e4, 1.80e6), rel=5e-3) == (N, S, B)
    assert EFFICIENT.loss(PF_DAY) == pytest.approx(2.716, abs=5e-4)
    assert EFFICIENT.C_c / PF_DAY == pytest.approx(2.2e8, rel=0.01)


def test_arrays_broadcast_and_scalars_stay_floats():
    grid = EFFICIENT.loss_at(np.array([[1e7], [1e9]]), np.array([1e18, 1e20, 1e22]))
    assert grid.shape == (2, 3)
    assert grid[1, 2] == pytest.approx(EFFICIENT.loss_at(1e9, 1e22))
    assert isinstance(EFFICIENT.loss_at(1e9, 1e22), float)
    assert isinstance(EFFICIENT.N_opt(1e22), float)
    assert isinstance(compute_ratio(LAW, 2.0), float)


TOO_SMALL = r"^size_ratio 0\.28 is too small to ever reach the loss; expected more than 0\.2853$"


def test_a_fifth_more_compute_is_meant_where_nothing_else_is_said():
    assert size_interval(LAW) == size_interval(LAW, 0.2)


def test_too_small_a_model_is_refused_by_name():
    with pytest.raises(UnreachableLossError, match=TOO_SMALL):
        compute_ratio(LAW, [0.28, 1.0])
    with pytest.raises(UnreachableLossError):
        steps_ratio(LAW, smallest_size_ratio(LAW) * (1 - 1e-9))
    assert steps_ratio(LAW, smallest_size_ratio(LAW) * 1.0001) > 1000
    with pytest.raises(ValueError, match="never reach"):
        EFFICIENT.compute_to_reach(1e6, 2.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: EFFICIENT.loss(0), "C must be positive"),
        (lambda: EFFICIENT.loss_at(-1.0, 1e20), "N must be positive"),
        (lambda: EFFICIENT.loss_at([1e6, 1e7], [1e18, 1e19, 1e20]), "do not broadcast"),
        (lambda: EFFICIENT.compute_for_loss(float("nan")), "loss must be finite"),
        (lambda: EFFICIENT.compute_for_loss(1e-30), "beyond double precision"),
        (lambda: EfficientTraining(BATCH, BATCH), "law must be a KaplanNS"),
        (lambda: EfficientTraining(LAW, LAW), "critical_batch must be a CriticalBatch"),
        (lambda: compare_convergence(LAW, 0.0), "f_other must be positive"),
        (lambda: compare_convergence(LAW, f=[0.1, 0.2]), "f must be one number"),
        (lambda: compare_convergence(BATCH), "law must be a KaplanNS"),
        (lambda: size_interval(LAW, -0.2), "extra_compute must be positive"),
        (lambda: size_interval(LAW, [0.2, 0.3]), "extra_compute must be one number"),
        (lambda: smallest_size_ratio(BATCH), "law must be a KaplanNS"),
        (lambda: compute_ratio(LAW, "big"), "size_ratio must be a number"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_results_show_themselves():
    assert EFFICIENT.exponents.to_dict()["L"] == EFFICIENT.alpha_C
    assert "size_ratio" in compare_convergence(LAW)._repr_html_()


# A law with a floor under every loss: Hoffmann et al. 2022.
floors = st.builds(
    ChinchillaLaw,
    E=st.floats(0.0, 3.0),
    A=st.floats(10.0, 1e3),
    B=st.floats(10.0, 1e4),
    alpha=st.floats(0.1, 0.8),
    beta=st.floats(0.1, 0.8),
)
flops = st.floats(16, 27).map(lambda power: 10**power)


def best_by_search(law, C):
    """Model size of the least loss at a budget, by a search around the closed form."""
    start = np.log(law.N_opt(C))
    found = minimize_scalar(
        lambda log_N: law.loss(np.exp(log_N), C / (6 * np.exp(log_N))),
        bounds=(start - 2, start + 3),
        method="bounded",
        options={"xatol": 1e-10},
    )
    return float(np.exp(found.x))


@given(floors, flops)
def test_best_excess_is_that_of_the_least_loss(law, C):
    N = best_by_search(law, C)
    above = law.loss(N, C / (6 * N)) / law.loss_infinite_data(N) - 1
    assert best_excess(law, C) == pytest.approx(above, rel=1e-4)


@given(floors, flops)
def test_best_excess_is_the_ratio_of_exponents_where_there_is_no_floor(law, C):
    bare = law.with_values(E=0.0)
    assert best_excess(bare, C) == pytest.approx(law.alpha / law.beta, rel=1e-9)
    assert best_excess(law, C) <= law.alpha / law.beta * (1 + 1e-9)


@given(floors, flops, st.floats(1.01, 1e3))
def test_a_floor_makes_the_best_excess_fall_with_the_budget(law, C, times):
    assert best_excess(law, times * C) <= best_excess(law, C) * (1 + 1e-12)


@given(floors, flops, st.floats(0.005, 0.5))
def test_cost_of_stopping_elsewhere_is_that_of_the_model_that_does(law, C, excess):
    loss = law.loss_at(C)
    floor = loss / (1 + excess)
    cost = cost_of_stopping_at(law, C, excess)
    if floor <= law.E * (1 + 1e-9):
        return  # beside the edge of what can be reached; the next test stands on both sides
    N = (law.A / (floor - law.E)) ** (1 / law.alpha)
    D = (law.B / (loss - floor)) ** (1 / law.beta)
    assert law.loss(N, D) == pytest.approx(loss, rel=1e-9)
    assert law.loss(N, D) / law.loss_infinite_data(N) - 1 == pytest.approx(excess, rel=1e-6)
    assert cost == pytest.approx(6 * N * D / C, rel=1e-6)
    assert cost >= 1 - 1e-9


def test_stopping_where_it_is_best_costs_nothing_more():
    law = published_law("besiroglu2024")
    for C in (PF_DAY, 5.76e23, 3.8e25):
        assert cost_of_stopping_at(law, C, best_excess(law, C)) == pytest.approx(1, rel=1e-12)


def test_ten_per_cent_above_needs_a_floor_above_e():
    law = published_law("besiroglu2024")
    edge = 5.76e23
    assert law.loss_at(edge) / 1.1 < law.E
    assert cost_of_stopping_at(law, edge, 0.10) == np.inf
    assert law.loss_at(PF_DAY) / 1.1 > law.E
    assert cost_of_stopping_at(law, PF_DAY, 0.10) == pytest.approx(1.47, abs=0.005)


def test_stops_of_published_laws_by_budget():
    # Computed by hand from the constants, with N and D of Eq. 4 of Hoffmann et al. 2022.
    budgets = [PF_DAY, 5.76e23, 3.8e25]
    law = published_law("besiroglu2024")
    assert best_excess(law, budgets) == pytest.approx([0.1671, 0.0404, 0.0196], abs=5e-5)
    cost = cost_of_stopping_at(law, budgets, 0.02)
    assert cost == pytest.approx([40.9, 2.13, 1.00], rel=5e-3)
    assert best_excess(published_law("hoffmann2022/tex"), 5.76e23) == pytest.approx(
        0.068, abs=5e-4
    )


@pytest.mark.parametrize("ask", [best_excess, lambda law, C: cost_of_stopping_at(law, C, 0.02)])
def test_laws_with_a_floor_are_asked_for(ask):
    with pytest.raises(ValueError, match="law"):
        ask(LAW, PF_DAY)
    with pytest.raises(ValueError, match="C"):
        ask(published_law("besiroglu2024"), -1.0)


def test_stopping_needs_a_positive_fraction():
    with pytest.raises(ValueError, match="excess"):
        cost_of_stopping_at(published_law("besiroglu2024"), PF_DAY, 0.0)
