"""Parts of the solver: how delta is lowered, and when a descent stops or is led to a known end."""

from __future__ import annotations

import numpy as np
import pytest

from scaling_utils.fitting.coordinates import Coordinates
from scaling_utils.fitting.solver import _alike, _Descents, _leads_to, _next_stage, _stuck, _zones


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
