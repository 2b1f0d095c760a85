"""Frontier, converged losses, Approach 3 and sample efficiency, against laws that are known."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.analysis import (
    Study,
    curve_points,
    fit_floors,
    measured_frontier,
    parametric_fit,
    profile_E,
    simulated_study,
    stops_short,
)
from scaling_utils.bootstrap import bootstrap
from scaling_utils.fitting import FitError
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.published import law as published_law

LAW = ChinchillaLaw(1.0, 20.0, 60.0, 0.34, 0.34)
NO_FLOOR = ChinchillaLaw(0.0, 20.0, 60.0, 0.34, 0.34)
ALL = "all parameters"


@pytest.fixture(scope="module")
def noisy():
    return simulated_study(LAW, counting=ALL, noise=0.01, wiggle=0.002, seed=3, diverged=1)


@pytest.fixture(scope="module")
def front(noisy):
    return measured_frontier(noisy, counting=ALL, resamples=200)


def test_without_a_floor_the_frontier_is_the_power_law_that_it_should_be():
    found = measured_frontier(simulated_study(NO_FLOOR, counting=ALL), counting=ALL, resamples=20)
    assert found.loss_fit.exponent == pytest.approx(-NO_FLOOR.frontier_exponent, abs=0.003)
    assert found.envelope.a == pytest.approx(NO_FLOOR.a, abs=0.03)
    table = found.table()
    table = table[~table["edge"]]
    np.testing.assert_allclose(table["loss"], NO_FLOOR.loss_at(table["C"]), rtol=0.01)
    assert (table["loss"] >= NO_FLOOR.loss_at(table["C"]) - 1e-4).all()


def test_the_frontier_has_intervals_and_its_edges_enter_no_exponent(front):
    inside = front.interval("N")
    assert inside.low < LAW.a < inside.high
    assert front.left_out == 1
    edge = front.envelope.table["edge"]
    assert edge.any()
    assert front.points == front.loss_fit.points == front.envelope.N_fit.points == (~edge).sum()
    table = front.table()
    assert (table["low"] <= table["high"]).all()
    assert table["loss"].between(table["low"] - 0.02, table["high"] + 0.02).all()


def test_each_best_size_has_its_stretch(front):
    found = front.stretches()
    assert found["N"].is_monotonic_increasing
    assert found["C_middle"].is_monotonic_increasing
    assert (found["C_low"] <= found["C_middle"]).all()
    np.testing.assert_allclose(found["D"], found["C_middle"] / 6 / found["N"])
    np.testing.assert_allclose(found["loss"], LAW.loss(found["N"], found["D"]), atol=0.03)


def test_the_luckiest_seed_is_not_the_frontier():
    """With means over seeds, more seeds do not lower the frontier; with the least they would."""
    low = [
        measured_frontier(
            simulated_study(LAW, counting=ALL, noise=0.05, seeds=seeds, seed=5),
            counting=ALL,
            resamples=2,
        ).table()
        for seeds in (2, 8)
    ]
    away = [float((t["loss"] - LAW.loss_at(t["C"])).mean()) for t in low]
    assert away[1] > away[0]
    assert away[1] > -0.03


def test_exact_compute_moves_the_frontier_by_what_the_embeddings_cost():
    study = simulated_study(LAW, counting=ALL)
    found = measured_frontier(study, counting=ALL, compute="exact", resamples=2)
    cost = dict(zip(found.slices.N, found.slices.cost, strict=True))
    table = found.envelope.table
    np.testing.assert_allclose(table["C"] / table["D"], table["N"].map(cost))


@given(st.floats(0.5, 2.0), st.floats(0.1, 1.5), st.floats(0.3, 5.0), st.integers(7, 14))
def test_a_floor_is_found_where_it_is(floor, beta, fall, points):
    """The fall is that of the whole curve, in nats."""
    D = 1e6 * 2.0 ** (np.arange(points) / 2)
    u = (D / D[-1]) ** -beta
    found = fit_floors(D, (floor + fall * u / np.ptp(u))[np.newaxis])
    assert found.floor[0] == pytest.approx(floor, abs=2e-3 * fall)
    assert found.beta[0] == pytest.approx(beta, rel=1e-3)
    assert found.residual[0] < 1e-4 * fall
    assert not found.at_bound[0]


def test_a_curve_without_a_floor_says_so():
    D = np.geomspace(1e5, 1e7, 14)
    straight = 4.0 - 0.3 * np.log(D / 1e5)
    rising = 1.0 + 0.1 * np.log(D / 1e5)
    assert fit_floors(D, np.stack([straight, rising])).at_bound.tolist() == [True, True]
    with pytest.raises(ValueError, match="need four points, got 3"):
        fit_floors(D[:3], straight[:3])


def test_distances_from_convergence_come_back_without_noise():
    found = stops_short(
        measured_frontier(simulated_study(LAW, counting=ALL), counting=ALL, resamples=30)
    )
    table = found.table
    assert found.status == "ok"
    truth = LAW.loss_infinite_data(table["N"].to_numpy())
    np.testing.assert_allclose(table["floor"], truth, atol=2e-3)
    np.testing.assert_allclose(table["excess"], table["loss"] / truth - 1, atol=2e-3)
    np.testing.assert_allclose(table["beta"], LAW.beta, atol=2e-3)
    assert (table["above_later"] < table["excess"]).all()


def test_distances_have_intervals_that_hold_the_truth(front):
    found = stops_short(front)
    table = found.table
    truth = LAW.loss_infinite_data(table["N"].to_numpy())
    assert table["floor"].sub(truth).abs().max() < 0.1
    assert ((table["floor_low"] <= truth) & (truth <= table["floor_high"])).mean() >= 0.8
    assert (table["excess_low"] <= table["excess"]).all()
    assert found.left_out == 1
    assert len(table) < len(front.stretches())
    said = json.loads(json.dumps(found.to_dict()))
    assert len(said["tables"]["distance from convergence"]) == len(table)


def test_kaplans_ten_per_cent_stands_beside(front):
    law = published_law("kaplan2020/L(N,S) Table 5")
    found = stops_short(front)
    assert found.predicted == law.alpha_N / law.alpha_S == pytest.approx(0.1)
    assert found.source == law.source
    other = stops_short(front, kaplan=published_law("kaplan2020/L(N,S)"))
    assert other.predicted == pytest.approx(0.1013, abs=1e-4)
    with pytest.raises(ValueError, match="kaplan must be a KaplanNS"):
        stops_short(front, kaplan=LAW)


def test_a_floor_that_nobody_can_know_is_not_identified():
    """A nearly logarithmic curve with noise: any floor will do."""
    slow = ChinchillaLaw(0.1, 20.0, 6.0, 0.34, 0.06)
    study = simulated_study(slow, counting=ALL, noise=0.01, wiggle=0.01, compute=1e12)
    cut = measured_frontier(study, counting=ALL, resamples=100)
    found = stops_short(cut)
    assert (found.table["status"] != "identified").all()
    assert found.status == "no converged loss is identified"


def test_a_short_curve_gives_no_floor(noisy):
    few = noisy.curves[
        noisy.curves["bytes_seen"]
        > 0.2 * noisy.curves["run"].map(dict(zip(noisy.runs["run"], noisy.last, strict=True)))
    ]
    study = Study(noisy.runs, few.reset_index(drop=True), noisy.left_out)
    found = measured_frontier(study, counting=ALL, resamples=10)
    assert set(stops_short(found).table["status"]) == {"curve too short"}


def test_points_are_thinned_and_never_extrapolated(noisy):
    points = curve_points(noisy, counting=ALL, first_bytes=1e5, ratio=4.0)
    assert set(np.diff(np.unique(points["D"].round())) > 0) == {True}
    assert points["D"].min() == pytest.approx(1e5)
    last = points["run"].map(dict(zip(noisy.runs["run"], noisy.last, strict=True)))
    assert (points["D"] <= last * (1 + 1e-9)).all()
    with pytest.raises(ValueError, match="ratio must be above 1"):
        curve_points(noisy, ratio=1.0)
    with pytest.raises(ValueError, match="no curve reaches 1e"):
        curve_points(noisy, first_bytes=1e12)


def test_approach_3_gives_the_law_back(noisy):
    exact = parametric_fit(simulated_study(LAW, counting=ALL), counting=ALL, resamples=0)
    for name in ("E", "alpha", "beta", "a"):
        truth = getattr(LAW, name)
        assert exact.interval(name).estimate == pytest.approx(truth, rel=1e-3)
    found = parametric_fit(noisy, counting=ALL, resamples=200)
    assert found.status == "converged"
    assert found.left_out == 1
    for name in ("E", "a"):
        inside = found.interval(name)
        assert inside.low < getattr(LAW, name) < inside.high
    assert set(json.loads(json.dumps(found.to_dict()))["numbers"]) >= {"E", "a", "alpha"}


def test_resamples_of_whole_runs_are_wider_than_those_of_points(noisy):
    """Points of one run share its noise: drawing points alone would pretend to know more."""
    found = parametric_fit(noisy, counting=ALL, resamples=200)
    alone = bootstrap(found.fit, resamples=200).interval("a")
    whole = found.interval("a")
    assert whole.high - whole.low > 1.3 * (alone.high - alone.low)


def test_where_curves_do_not_bend_no_law_is_claimed():
    one = simulated_study(LAW, counting=ALL, widths=(8, 160))
    found = parametric_fit(one, counting=ALL)
    assert found.status == "not identified"
    assert found.sample is None
    assert found.numbers() == {}
    assert "model sizes" in " ".join(found.notes)
    with pytest.raises(FitError):
        found.interval("a")
    with pytest.raises(ValueError, match="unit 'points' is not known"):
        parametric_fit(one, unit="points")


def test_the_profile_of_E_is_flat_where_the_range_is_short():
    N, D = np.repeat(np.geomspace(1e3, 1e6, 9), 9), np.tile(np.geomspace(1e5, 3e7, 9), 9)
    rng = np.random.default_rng(0)
    loss = LAW.loss(N, D) * np.exp(rng.normal(0, 0.005, N.size))
    wide = profile_E(N, D, loss)
    near = (N > 3e4) & (N < 3e5) & (D > 1e6)
    short = profile_E(N[near], D[near], loss[near])
    spans = [float(np.ptp(t.loc[t["allowed"], "E"])) for t in (wide, short)]
    assert spans[1] > 2 * spans[0]
    assert wide.loc[wide["rms"].idxmin(), "E"] == pytest.approx(LAW.E, abs=0.1)
