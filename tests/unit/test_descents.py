"""Parts of the solver: how delta is lowered, and when a descent stops or is led to a known end."""

from __future__ import annotations

import numpy as np
import pytest

from scaling_utils.fitting import solver
from scaling_utils.fitting.coordinates import Coordinates
from scaling_utils.fitting.points import Batch, Points
from scaling_utils.fitting.solver import (
    _alike,
    _Descents,
    _leads_to,
    _next_stage,
    _stuck,
    _zones,
    evaluate,
)
from scaling_utils.laws import ChinchillaLaw


def descents(place: np.ndarray, **own) -> _Descents:
    m, count = place.shape
    given = {
        "number": np.arange(count),
        "place": place.copy(),
        "before": np.zeros((m, count)),
        "value": np.ones(count),
        "g": np.zeros((m, count)),
        "h": np.repeat(np.eye(m)[:, :, np.newaxis], count, axis=2),
        "damping": np.zeros(count),
        "stage": np.zeros(count, dtype=np.intp),
        "tries": np.zeros(count, dtype=np.intp),
        "ready": np.zeros(count, dtype=bool),
        "floor": np.zeros(count),
    }
    return _Descents(**given | own)


def test_delta_is_lowered_by_roots_of_ten_from_least_squares_on() -> None:
    half, quarter = 10**0.5, 10**0.25
    assert _zones(np.inf, False).tolist() == [np.inf]
    assert _zones(1e-3, False) == pytest.approx([np.inf, 1e-2, 1e-3 * half, 1e-3])
    assert _zones(2e-2, False) == pytest.approx([np.inf, 2e-2])
    fine = _zones(1e-3, True)
    assert fine == pytest.approx([np.inf, *(1e-3 * quarter**k for k in range(4, -1, -1))])
    tiny = _zones(1e-9, True)
    assert tiny[-1] == 1e-9
    steps = tiny[1:-1] / tiny[2:]
    coarse = tiny[2:] < 0.99e-5
    assert steps[coarse] == pytest.approx(half)
    assert steps[~coarse] == pytest.approx(quarter)
    assert tiny[1] <= 1.01e-2 < tiny[1] * quarter


def test_equal_columns_are_alike() -> None:
    assert _alike(np.array([[1.0, 1.0], [2.0, 2.0]]))
    assert not _alike(np.array([[1.0, 1.0], [2.0, 2.1]]))


def test_a_descent_is_stuck_when_damped_for_good_or_tried_too_often() -> None:
    own = descents(np.zeros((1, 4)), damping=np.array([0.9e9, 1e9, 0.0, 0.0]))
    own.tries[:] = [0, 0, 9, 10]
    assert _stuck(own, 10).tolist() == [False, True, False, True]


def test_some_descents_are_taken_with_all_that_belongs_to_them() -> None:
    own = descents(np.arange(6.0).reshape(2, 3), tries=np.array([4, 5, 6]))
    part = own.take(np.array([True, False, True]))
    assert part.number.tolist() == [0, 2]
    assert part.place.tolist() == [[0.0, 2.0], [3.0, 5.0]]
    assert part.h.shape == (2, 2, 2)
    assert part.tries.tolist() == [4, 6]


def test_a_step_leads_to_an_end_if_it_nearly_reaches_it_and_promises_its_fall() -> None:
    """The bowl x'x / 2 with its lowest point, and value 0, at the known end."""
    place = np.array([[1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0]])
    step = np.array([[-1.0, -0.92, -0.85, -1.0], [0.0, 0.0, 0.0, 0.15]])
    own = descents(place, value=np.full(4, 0.5))
    slope = (place * step).sum(axis=0)
    aims = np.zeros((2, 4)), np.zeros(4)
    assert _leads_to(own, step, slope, 0.1, aims).tolist() == [True, True, False, False]
    assert _leads_to(own, step, slope, 0.01, aims).tolist() == [True, False, False, False]
    # An end that lies lower, or higher, than the step promises is another one.
    for value, led in ((0.04, True), (0.06, False), (-0.04, True), (-0.07, False)):
        known = np.zeros((2, 4)), np.full(4, value)
        assert _leads_to(own, step, slope, 0.1, known)[0] == led, value
    far = descents(10.0 * place[:, :1], value=np.full(1, 50.0))
    assert _leads_to(far, np.array([[-9.5], [0.0]]), np.full(1, -95.0), 0.1, aims).all()
    turned = descents(place[:, :2], number=np.array([3, 1]), value=np.full(2, 0.5))
    ends = np.array([[9.0, 0.0, 9.0, 0.0], [0.0] * 4]), np.zeros(4)
    assert _leads_to(turned, step[:, :2], slope[:2], 0.1, ends).tolist() == [True, True]


def test_a_stage_that_is_done_goes_on_from_its_end_or_along_the_line_of_its_last_two() -> None:
    zones = np.array([np.inf, 1e-3, 1e-5, 1e-6, 1e-7])
    bounds = np.array([[[-5.0]], [[5.0]]])
    by = Coordinates(lambda *_: None, bounds, bounds, bounds[1], bounds[1], (), [])
    place = np.array([[1.0, 1.0, 2.0, 4.9]])
    own = descents(
        place,
        before=np.array([[0.0, 0.5, 1.0, 4.0]]),
        stage=np.array([1, 2, 3, 2], dtype=np.intp),
        tries=np.array([7, 8, 9, 7]),
        ready=np.ones(4, dtype=bool),
    )
    trial = np.full((1, 4), 0.25)
    _next_stage(by, zones, own, np.array([True, True, False, True]), trial)
    # The minimum moves on a straight line as delta falls from 1e-3 by 1e-5 to 1e-6.
    ahead = (1e-5 - 1e-6) / (1e-3 - 1e-5)
    assert trial[0, :3] == pytest.approx([0.25, 1.0 + 0.5 * ahead, 0.25])
    assert trial[0, 3] == pytest.approx(4.9 + 0.9 * ahead)
    assert own.stage.tolist() == [2, 3, 3, 3]
    assert own.tries.tolist() == [0, 0, 9, 0]
    assert own.ready.tolist() == [False, False, True, False]
    assert own.before.tolist() == [[1.0, 1.0, 1.0, 4.9]]
    steep = descents(np.array([[4.0]]), before=np.array([[-4.0]]), stage=np.array([3]))
    out = np.zeros((1, 1))
    wide = np.array([np.inf, 1e-3, 2e-6, 1e-6, 1e-7])
    _next_stage(by, wide, steep, np.array([True]), out)
    assert out[0, 0] == 5.0  # within the bounds


SIZES, TOKENS = np.repeat(np.geomspace(1e8, 1e10, 6), 5), np.tile(np.geomspace(1e9, 1e11, 5), 6)
LAW = ChinchillaLaw(1.8, 480, 2000, 0.35, 0.37)
POINTS = Points.from_runs(SIZES, TOKENS, LAW.loss(SIZES, TOKENS))


@pytest.mark.parametrize("own", ["weights", "losses", "weights and losses"])
@pytest.mark.parametrize("block", [30, 60, 75, 10**6])
def test_sums_in_blocks_are_those_of_each_problem(own: str, block: int, monkeypatch) -> None:
    """Each problem alone, by the formula itself; at the largest block all at once."""
    rng = np.random.default_rng(4)
    theta = np.array([[-0.5], [-0.8], [0.6], [0.35], [0.37]]) + rng.normal(0, 0.02, (5, 5))
    weights = rng.uniform(0, 2, (5, 30) if "weights" in own else 30)
    losses = np.exp(rng.normal(0, 0.1, (5, 30) if "losses" in own else 30))
    zones = np.array([1e-3, 0.02, 0.05, np.inf, 0.1])
    monkeypatch.setattr(solver, "BLOCK", block)
    value, slope, _ = evaluate(Batch(POINTS, weights, losses), theta, zones)
    h = 1e-6
    up, down = (evaluate(Batch(POINTS, weights, losses), theta + s, zones)[0] for s in (h, -h))
    assert slope.sum(axis=0) == pytest.approx((up - down) / (2 * h), rel=1e-5, abs=1e-6)
    for p in range(5):
        w, loss = (v if v.ndim == 1 else v[p] for v in (weights, losses))
        a, b, E, alpha, beta = theta[:, p]
        r = np.abs(np.log((np.exp(a - alpha * POINTS.x) + np.exp(b - beta * POINTS.y) + E) / loss))
        cut = min(zones[p], 9.0)
        rho = np.where(r <= zones[p], r**2 / 2, cut * (r - cut / 2))
        assert value[p] == pytest.approx(w @ rho)


@pytest.mark.parametrize("row", range(2))
def test_a_term_that_no_number_holds_counts_as_the_largest_that_is_taken(row: int) -> None:
    reach = np.abs([POINTS.x, POINTS.y]).max(axis=1)[row]
    for size, steep in ((0.0, -800.0 / reach), (500.0, -300.0 / reach)):
        theta = np.array([[-0.5], [-0.8], [0.6], [0.35], [0.37]])
        theta[row], theta[3 + row] = size, steep
        value, slope, curvature = evaluate(Batch(POINTS, np.ones(30), np.ones(30), 1.0), theta)
        exponent = size - steep * (POINTS.x, POINTS.y)[row]
        other = theta[1 - row, 0] - theta[4 - row, 0] * (POINTS.y, POINTS.x)[row]
        r = np.abs(np.log(np.exp(np.minimum(exponent, 300.0)) + np.exp(other) + 0.6))
        assert value[0] == pytest.approx(np.where(r <= 1.0, r**2 / 2, r - 0.5).sum())
        assert np.isfinite(slope).all()
        assert np.isfinite(curvature).all()
