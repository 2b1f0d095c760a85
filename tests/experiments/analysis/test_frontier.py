"""Frontier, converged losses and Approach 3, against laws that are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated import simulated_study

from experiments.analysis.converged import own_floors
from experiments.analysis.frontier import measured_frontier
from experiments.analysis.parametric import curve_points, parametric_fit
from experiments.analysis.seed_draws import Drawn
from experiments.analysis.study import Study
from experiments.analysis.two_terms import fit_floors
from scaling_utils.laws import ChinchillaLaw

LAW = ChinchillaLaw(1.0, 20.0, 60.0, 0.34, 0.34)
NO_FLOOR = ChinchillaLaw(0.0, 20.0, 60.0, 0.34, 0.34)
ALL = "all parameters"


def found_frontier(study, resamples=20):
    return measured_frontier(Drawn.of(study, resamples), ALL)


@pytest.fixture(scope="module")
def noisy():
    return simulated_study(LAW, counting=ALL, noise=0.01, wiggle=0.002, seed=3, diverged=1)


@pytest.fixture(scope="module")
def front(noisy):
    return found_frontier(noisy, 200)


def test_without_a_floor_the_frontier_is_the_power_law_that_it_should_be():
    found = found_frontier(simulated_study(NO_FLOOR, counting=ALL))
    assert found.interval("loss").estimate == pytest.approx(-NO_FLOOR.frontier_exponent, abs=0.003)
    assert found.interval("N").estimate == pytest.approx(NO_FLOOR.a, abs=0.03)
    table = found.table()
    table = table[~table["edge"]]
    np.testing.assert_allclose(table["loss"], NO_FLOOR.loss_at(table["C"]), rtol=0.01)
    assert (table["loss"] >= NO_FLOOR.loss_at(table["C"]) - 1e-4).all()


def test_the_frontier_has_intervals(front):
    inside = front.interval("N")
    assert inside.low < LAW.a < inside.high
    assert front.envelope.table["edge"].any()
    table = front.table()
    assert (table["low"] <= table["high"]).all()
    assert table["loss"].between(table["low"] - 0.02, table["high"] + 0.02).all()


def test_each_best_size_has_its_stretch(front):
    found = front.stretches()
    assert found["N"].is_monotonic_increasing
    assert found["C_middle"].is_monotonic_increasing
    assert (found["C_low"] <= found["C_middle"]).all()
    np.testing.assert_allclose(found["D"], found["C_middle"] / 6 / found["N"])


def test_the_luckiest_seed_is_not_the_frontier():
    """With means over seeds, more seeds do not lower the frontier; with the least they would."""
    low = [
        found_frontier(simulated_study(LAW, counting=ALL, noise=0.05, seeds=seeds, seed=5)).table()
        for seeds in (2, 8)
    ]
    away = [float((t["loss"] - LAW.loss_at(t["C"])).mean()) for t in low]
    assert away[1] > away[0]
    assert away[1] > -0.03


@given(st.floats(0.5, 2.0), st.floats(0.1, 1.5), st.floats(0.3, 5.0), st.integers(7, 14))
def test_a_floor_is_found_where_it_is(floor, beta, fall, points):
    """The fall is that of the whole curve, in nats."""
    D = 1e6 * 2.0 ** (np.arange(points) / 2)
    u = (D / D[-1]) ** -beta
    found = fit_floors(D, (floor + fall * u / np.ptp(u))[np.newaxis])
    assert found.floor[0] == pytest.approx(floor, abs=2e-3 * fall)
    assert found.beta[0] == pytest.approx(beta, rel=1e-3)
    assert not found.at_bound[0]


def test_a_curve_without_a_floor_says_so():
    D = np.geomspace(1e5, 1e7, 14)
    straight = 4.0 - 0.3 * np.log(D / 1e5)
    rising = 1.0 + 0.1 * np.log(D / 1e5)
    assert fit_floors(D, np.stack([straight, rising])).at_bound.tolist() == [True, True]
    with pytest.raises(ValueError, match="need four points, got 3"):
        fit_floors(D[:3], straight[:3])


def test_distances_from_convergence_come_back_without_noise():
    table = own_floors(found_frontier(simulated_study(LAW, counting=ALL)))
    assert set(table["status"]) == {"identified"}
    truth = LAW.loss_infinite_data(table["N"].to_numpy())
    np.testing.assert_allclose(table["floor"], truth, atol=2e-3)
    loss = LAW.loss(table["N"], table["D"])
    np.testing.assert_allclose(table["excess"], loss / truth - 1, atol=2e-3)


def test_floors_have_intervals_that_hold_the_truth(front):
    table = own_floors(front)
    truth = LAW.loss_infinite_data(table["N"].to_numpy())
    assert table["floor"].sub(truth).abs().max() < 0.1
    assert ((table["floor_low"] <= truth) & (truth <= table["floor_high"])).mean() >= 0.8
    assert len(table) < len(front.stretches())


def test_a_floor_that_nobody_can_know_is_not_identified():
    """A nearly logarithmic curve with noise: any floor will do."""
    slow = ChinchillaLaw(0.1, 20.0, 6.0, 0.34, 0.06)
    study = simulated_study(slow, counting=ALL, noise=0.01, wiggle=0.01, compute=1e12)
    assert (own_floors(found_frontier(study, 100))["status"] != "identified").all()


def test_a_short_curve_gives_no_floor(noisy):
    last = noisy.curves["run"].map(dict(zip(noisy.runs["run"], noisy.last, strict=True)))
    few = noisy.curves[noisy.curves["bytes_seen"] > 0.2 * last]
    study = Study(noisy.runs, few.reset_index(drop=True), noisy.left_out)
    assert set(own_floors(found_frontier(study))["status"]) == {"curve too short"}


def test_points_are_thinned_and_never_extrapolated(noisy):
    points = curve_points(noisy, ALL)
    assert np.unique(points["D"])[:3].tolist() == [2.0**17, 2.0**18, 2.0**19]
    last = points["run"].map(dict(zip(noisy.runs["run"], noisy.last, strict=True)))
    assert (points["D"] <= last * (1 + 1e-9)).all()


def test_approach_3_gives_the_law_back(noisy):
    exact = parametric_fit(simulated_study(LAW, counting=ALL), ALL, resamples=20)
    found = parametric_fit(noisy, ALL, resamples=200)
    for name in ("E", "a"):
        truth, inside = getattr(LAW, name), found.interval(name)
        assert exact.interval(name).estimate == pytest.approx(truth, rel=1e-3)
        assert inside.low < truth < inside.high
