"""Power fits, the envelope of training curves, IsoFLOP minima and their known bias."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reanalysis.envelope import TrainingCurve, envelope, simulated_curve, vertex_factor
from scaling_utils import datasets
from scaling_utils.isoflop import PROFILES, isoflops, nearest_budget
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.power_fit import fit_power

LAW = ChinchillaLaw(1.6934, 406.4, 410.7, 0.3392, 0.2849)
BUDGETS = np.array([6e18, 1e19, 3e19, 6e19, 1e20, 3e20, 6e20, 1e21, 3e21])


def profile(span: float, sizes: int, centre: float = 1.0) -> tuple[np.ndarray, ...]:
    """Sizes about the optimum at each budget, losses of the law, and compute."""
    C = np.repeat(BUDGETS, sizes)
    grid = centre * np.geomspace(1 / span, span, sizes)
    N = LAW.N_opt(C) * np.tile(grid, BUDGETS.size)
    return N, LAW.loss(N, C / 6 / N), C


@settings(max_examples=30, deadline=None)
@given(st.floats(-2, 2), st.floats(-30, 30))
def test_a_power_law_is_recovered(exponent: float, log_scale: float) -> None:
    x = np.geomspace(1e18, 1e22, 7)
    fit = fit_power(x, np.exp(log_scale) * x**exponent)
    assert fit.exponent == pytest.approx(exponent, abs=1e-10)
    assert fit.predict(1e24) == pytest.approx(np.exp(log_scale) * 1e24**exponent, rel=1e-8)


def test_a_power_fit_says_what_it_lacks() -> None:
    with pytest.raises(ValueError, match="two different values"):
        fit_power([3, 3, 3], [1, 2, 3])
    with pytest.raises(ValueError, match="y must be positive"):
        fit_power([1, 2], [1, -2])


@pytest.mark.parametrize(("sizes", "within"), [(12, 0.02), (60, 0.002)])
def test_the_envelope_finds_the_laws_exponent(sizes: int, within: float) -> None:
    curves = [simulated_curve(LAW, N, 1e8, 4e12) for N in np.geomspace(7e7, 1e10, sizes)]
    found = envelope(curves)
    assert found.a == pytest.approx(LAW.a, abs=within)
    assert found.a + found.b == pytest.approx(1.0)
    assert found.N_fit.predict(1e21) == pytest.approx(LAW.N_opt(1e21), rel=0.1)
    inner = found.table[~found.table["edge"]]
    best = inner.apply(lambda row: LAW.loss_at(row["C"]), axis=1)
    assert (inner["loss"] >= best * (1 - 1e-4)).all()


def test_the_envelope_takes_the_lowest_curve() -> None:
    steps = np.geomspace(1e9, 1e12, 50)
    curves = [simulated_curve(LAW, N, 1e9, 1e12, steps=50) for N in (1e8, 3e8, 1e9, 3e9)]
    worse = TrainingCurve(3e8, steps, LAW.loss(3e8, steps) + 0.5)
    assert 4 not in set(envelope([*curves, worse]).table["curve"])
    assert envelope([*curves, worse]).a == envelope(curves).a


def test_a_curve_may_say_what_a_token_costs() -> None:
    sizes = np.geomspace(1e7, 1e9, 9)
    plain = [simulated_curve(LAW, N, 1e7, 1e11) for N in sizes]
    dearer = [TrainingCurve(c.N, c.D, c.loss, cost=12 * c.N) for c in plain]
    one, two = envelope(plain), envelope(dearer)
    np.testing.assert_allclose(two.table["C"], 2 * one.table["C"])
    np.testing.assert_allclose(two.table["D"], one.table["D"])
    assert two.a == pytest.approx(one.a)
    with pytest.raises(ValueError, match="cost must be positive"):
        TrainingCurve(1e8, plain[0].D, plain[0].loss, cost=-1.0)


def test_curves_that_make_no_envelope_are_refused() -> None:
    one = simulated_curve(LAW, 1e9, 1e9, 1e10)
    with pytest.raises(ValueError, match="at least two sizes"):
        envelope([one, one])
    with pytest.raises(ValueError, match="do not overlap"):
        envelope([one, simulated_curve(LAW, 1e10, 1e11, 1e12)])
    with pytest.raises(ValueError, match="widen the range"):
        envelope([one, simulated_curve(LAW, 2e9, 1e9, 1e10)])
    with pytest.raises(ValueError, match="must rise"):
        TrainingCurve(1e9, np.array([2e9, 1e9]), np.array([3.0, 2.9]))


@pytest.mark.parametrize("curve", PROFILES)
def test_isoflop_minima_have_the_laws_exponent(curve: str) -> None:
    N, loss, C = profile(4, 15)
    found = isoflops(N, C / 6 / N, loss, C, BUDGETS, curve=curve)
    assert (found.table["status"] == "minimum").all()
    assert found.a == pytest.approx(LAW.a, abs=1e-3)
    assert found.b == pytest.approx(LAW.b, abs=1e-3)
    assert found.table["N"].to_numpy() == pytest.approx(LAW.N_opt(BUDGETS), rel=0.1)


@settings(max_examples=20, deadline=None)
@given(st.floats(1.5, 20), st.integers(3, 25), st.floats(0.5, 2))
def test_the_parabolas_bias_is_the_closed_form(span: float, sizes: int, centre: float) -> None:
    N, loss, C = profile(span, sizes, centre)
    factor = vertex_factor(LAW.alpha, LAW.beta, span=span, sizes=sizes, centre=centre)
    if not centre / span < factor < centre * span:
        return  # the vertex is outside the sizes, and the profile says so
    found = isoflops(N, C / 6 / N, loss, C, BUDGETS)
    assert found.table["N"].to_numpy() == pytest.approx(factor * LAW.N_opt(BUDGETS), rel=1e-5)
    assert found.a == pytest.approx(LAW.a, abs=1e-6)


def test_the_bias_as_published() -> None:
    """Errors of the amount of data that Czech et al. give, 15 sizes (arXiv 2603.22339)."""
    for exponents, errors in (
        ((0.34, 0.28), (-0.33, -1.30, -2.90, -5.10)),
        ((0.465, 0.155), (-1.7, -6.5, -13.9, -23.1)),
    ):
        found = [100 / vertex_factor(*exponents, span=s, sizes=15) - 100 for s in (2, 4, 8, 16)]
        assert found == pytest.approx(errors, abs=0.05)


def test_equal_exponents_have_no_bias_and_exchanged_ones_the_inverse() -> None:
    assert vertex_factor(0.3, 0.3, span=8, sizes=15) == 1.0
    mirrored = vertex_factor(0.28, 0.34, span=8, sizes=15)
    assert vertex_factor(0.34, 0.28, span=8, sizes=15) == pytest.approx(1 / mirrored)


def test_profiles_without_a_minimum_are_left_out() -> None:
    N, loss, C = profile(4, 9)
    first = BUDGETS[0] == C
    loss[first] = 5 - 0.1 * np.log(N[first] / N[first].min()) ** 2
    second = BUDGETS[1] == C
    loss[second] = LAW.loss(N[second] / 1000, C[second] / 6 / N[second] * 1000)
    third = np.flatnonzero(BUDGETS[2] == C)[2:]
    kept = np.setdiff1d(np.arange(N.size), third)
    found = isoflops(N[kept], (C / 6 / N)[kept], loss[kept], C[kept], BUDGETS)
    expected = ["not convex", "at the edge", "too few sizes"]
    assert found.table["status"].tolist()[:3] == expected
    assert (found.table["status"] == "minimum").sum() == 6
    bad = first | second
    found = isoflops(N[bad], (C / 6 / N)[bad], loss[bad], C[bad])
    with pytest.raises(ValueError, match="here are 0 of 2"):
        assert found.a


def test_ranges_of_isoflops_are_reproducible() -> None:
    N, loss, C = profile(4, 15)
    loss = loss * np.exp(np.random.default_rng(0).normal(0, 0.003, loss.size))
    found = isoflops(N, C / 6 / N, loss, C, BUDGETS)
    assert found.interval(draws=40, seed=3) == found.interval(draws=40, seed=3)
    subsets = found.interval(draws=40, share=0.8, level=0.8)
    again = found.interval(draws=40)
    assert subsets.low < found.a < subsets.high
    assert again.high - again.low > subsets.high - subsets.low


def test_figure_4_by_parabolas() -> None:
    """Hoffmann et al. 2022, Table 2, Approach 2: a = 0.49 (0.462, 0.534)."""
    table = datasets.load("hoffmann2022_figure4_points")
    N, loss, C = table[["N", "loss", "C"]].to_numpy(dtype=float).T
    found = isoflops(N, C / 6 / N, loss, C, BUDGETS, tolerance=0.12)
    assert (found.table["status"] == "minimum").all()
    assert 0.462 < found.a < 0.534
    assert found.N_fit.predict(5.76e23) == pytest.approx(63e9, rel=0.1)


def test_budgets_and_curves_must_be_known() -> None:
    N, loss, C = profile(4, 9)
    assert nearest_budget([1e19, 1.5e19], [1e19, 3e19]).tolist() == [0, -1]
    with pytest.raises(ValueError, match="no run is near"):
        isoflops(N, C / 6 / N, loss, C, [1.0])
    with pytest.raises(ValueError, match="curve 'quartic' is not known"):
        isoflops(N, C / 6 / N, loss, C, BUDGETS, curve="quartic")
    with pytest.raises(ValueError, match="span must be above 1"):
        vertex_factor(0.3, 0.3, span=1.0, sizes=15)
    with pytest.raises(ValueError, match="at least 3 sizes"):
        vertex_factor(0.3, 0.3, span=8, sizes=2)
