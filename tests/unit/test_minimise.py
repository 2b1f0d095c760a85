"""What a descent does step by step: its deltas, when it goes on, when it ends, and what of it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from scaling_utils.fitting import solver
from scaling_utils.fitting.coordinates import Coordinates
from scaling_utils.fitting.points import Batch, Ends, Points
from scaling_utils.fitting.solver import FIRST_DAMPING, minimise

EPS = np.finfo(float).eps
POINTS = Points.from_runs(np.full(2, 1e9), np.full(2, 1e9), np.ones(2))
ROOT = 10**0.5


def batch(delta: float = 1e-3, weight: float = 1.0) -> Batch:
    return Batch(POINTS, np.full(2, weight), np.ones(2), delta)


def coordinates(evaluate) -> Coordinates:
    far = np.array([[[-1e6]], [[1e6]]])
    return Coordinates(evaluate, far, far, far[1], far[1], (), [])


class Bowls:
    """1 + x**2 / 2 for each start, whatever delta is; it notes every place and delta asked for."""

    def __init__(self, *starts: float, delta: float = 1e-3, **options) -> None:
        self.asked: list[tuple[list[float], list[float]]] = []
        start = np.array([starts])
        self.ends = minimise(batch(delta), start, coordinates(self.evaluate), **options)

    def evaluate(self, _, theta, zone):
        self.asked.append((theta[0].tolist(), zone.tolist()))
        assert len(self.asked) < 99, "it does not end"
        x = theta.copy()
        return 1.0 + 0.5 * x[0] ** 2, x, np.ones((1, *x.shape))

    def zones(self, problem: int = 0) -> list[float]:
        return [zone[problem] for _, zone in self.asked]


def test_a_loose_stage_ends_once_a_step_promises_little_and_the_last_one_ends_tightly() -> None:
    """Newton steps on a bowl leave what the damping keeps: a thousandth at first, then less."""
    found = Bowls(4.0)
    # From 4 to 0.004 with squares; the next step, to nearly zero, promises less than 3 % and is
    # taken with the next delta; so on, and the last stage ends as nothing is left to gain.
    first, *later = found.asked
    assert first == ([4.0], [np.inf])
    assert later[0] == ([pytest.approx(0.004, rel=2e-3)], [np.inf])
    assert found.zones()[1:5] == pytest.approx([np.inf, 1e-2, 1e-3 * ROOT, 1e-3])
    assert found.zones()[5:] == []
    assert found.ends.converged.tolist() == [True]
    assert found.ends.value.tolist() == [1.0]
    assert abs(found.ends.theta[0, 0]) < 1e-9


def test_a_fine_descent_lowers_delta_slowly_and_ends_each_stage_closely() -> None:
    fine = Bowls(4.0, fine=True).zones()
    steps = [np.inf] * 3 + [1e-2, 10**-2.25, 10**-2.5, 10**-2.75, 1e-3]
    assert fine == pytest.approx(steps)  # one step more with squares than a loose one


@pytest.mark.parametrize(
    ("delta", "first"), [(1e-3, 1e-3), (1e-5, 1e-4), (5e-4, 5e-4), (2e-4, 2e-4)]
)
def test_without_squares_a_descent_begins_with_the_first_narrow_delta(delta, first) -> None:
    assert Bowls(4.0, delta=delta, squares=False).zones()[0] == pytest.approx(first)
    both = Bowls(4.0, 4.0, delta=delta, squares=np.array([False, True]))
    assert both.asked[0][1] == [pytest.approx(first), np.inf]


def test_narrow_deltas_and_that_of_the_objective_are_solved_in_full() -> None:
    """From 0.2 one step leaves 2e-4 and promises its square: less than the 3 % of a loose stage,
    far more than the 1e-14 of a tight one."""
    for delta in (1e-2, 1e-3, 1e-4):
        zones = Bowls(0.2, delta=delta, squares=False).zones()
        assert zones[:3] == pytest.approx([zones[0]] * 3)
    loose = Bowls(0.2, delta=1e-4).zones()
    assert loose == pytest.approx([np.inf, np.inf, 1e-2, 10**-2.5, 1e-3, 10**-3.5, 1e-4])


class Script:
    """A descent of one problem whose values are told beforehand; every step is -1, or `share`.

    `values` are the objective, or it and the slope. What the solver asks of its parts is kept.
    """

    def __init__(self, monkeypatch, *values, delta=np.inf, share=1.0, weight=1.0, known=None):
        self.values, self.share = iter(values), share
        self.places: list[float] = []
        self.dampings: list[float] = []
        self.judged: list[SimpleNamespace] = []
        monkeypatch.setattr(solver, "newton_step", self.newton_step)
        monkeypatch.setattr(solver, "shortened", self.shortened)
        monkeypatch.setattr(solver, "new_damping", self.new_damping)
        by = coordinates(self.evaluate)
        self.ends = minimise(batch(delta, weight), np.array([[9.0]]), by, known=known)
        self.left = len(list(self.values))

    def evaluate(self, _, theta, zone):
        value = next(self.values)  # a descent that does not end runs out of them
        height, slope = value if isinstance(value, tuple) else (value, 1.0)
        return np.array([height]), np.array([[slope]]), np.ones((1, 1, 1))

    def newton_step(self, by, place, g, h, damping):
        self.places.append(place[0, 0])
        self.dampings.append(damping[0])
        return -np.ones_like(place), damping.copy()

    def shortened(self, by, place, step):
        return place + self.share * step, np.full(place.shape[1], self.share)

    def new_damping(self, used, ratio, accepted):
        self.judged.append(SimpleNamespace(ratio=float(ratio[0]), accepted=bool(accepted[0])))
        return np.full(len(used), 0.007)


FLAT = 1e-16
"""A slope so small that a step promises less than the last share of the objective."""


def test_a_step_is_taken_if_it_keeps_a_part_of_what_it_promised(monkeypatch) -> None:
    """A step of -1 along a slope of 1 with a curvature of 1 promises a half."""
    found = Script(monkeypatch, 2.0, 1.75, 1.75 - 1e-6, 1.8, (1.5, FLAT))
    assert found.places == [9.0, 8.0, 8.0, 8.0, 7.0]
    assert [one.accepted for one in found.judged] == [True, False, False, True]
    ratios = [0.5, 2e-6, -0.1, 0.5]
    assert [one.ratio for one in found.judged] == pytest.approx(ratios, rel=1e-6)
    assert found.dampings == [FIRST_DAMPING, 0.007, 0.007, 0.007, 0.007]
    assert (found.ends.theta[0, 0], found.ends.value[0]) == (6.0, 1.5)
    assert found.ends.converged.tolist() == [True]
    half = Script(monkeypatch, 2.0, (1.75, FLAT), share=0.5)
    assert half.judged[0].ratio == pytest.approx(0.25 / 0.375)
    assert half.ends.theta[0, 0] == 8.0


def test_a_step_that_fails_by_rounding_alone_ends_the_descent_where_it_is(monkeypatch) -> None:
    found = Script(monkeypatch, 1.0, 1.0 + 4 * EPS)
    assert (found.ends.theta[0, 0], found.ends.value[0]) == (9.0, 1.0)
    assert found.ends.converged.tolist() == [True]
    farther = Script(monkeypatch, 1.0, 1.0 + 6 * EPS, (0.5, FLAT))
    assert (farther.ends.theta[0, 0], farther.ends.value[0]) == (7.0, 0.5)
    taken = Script(monkeypatch, (1.0, 1e-9), (1.0 - 2 * EPS, 0.51), (0.5, FLAT))
    assert taken.left == 0, "what was taken is no end, however little it fell"


def test_beside_nothing_rounding_of_the_residuals_counts(monkeypatch) -> None:
    """Two runs leave 400 eps**2, which is 2e-29."""
    rises = Script(monkeypatch, 1e-30, 1.1e-29)
    assert (rises.ends.theta[0, 0], rises.left) == (9.0, 0)
    flat = Script(monkeypatch, (1e-30, 1e-29))
    assert (flat.ends.theta[0, 0], flat.left) == (8.0, 0)


def test_a_descent_that_never_ends_is_given_up_unsure(monkeypatch) -> None:
    monkeypatch.setattr(solver, "LAST_STEPS", 3)
    values = [2.0 - 0.1 * k for k in range(9)]
    found = Script(monkeypatch, *values)
    assert found.places == [9.0, 8.0, 7.0, 6.0]
    assert (found.ends.theta[0, 0], found.ends.value[0]) == (6.0, values[3])
    assert found.ends.converged.tolist() == [False]
    monkeypatch.setattr(solver, "STEPS", 2)
    later = Script(monkeypatch, *values, delta=1e-2)
    # After two tries with squares the step is not taken, but delta lowered; then three more.
    assert later.places == [9.0, 8.0, 7.0, 7.0, 6.0, 5.0]
    assert later.dampings == [FIRST_DAMPING, 0.007, 0.007, FIRST_DAMPING, 0.007, 0.007]
    assert later.ends.converged.tolist() == [False]


def test_a_descent_that_is_led_to_a_known_end_takes_it(monkeypatch) -> None:
    """The bowl's lowest point, one step away and half a unit lower."""
    known = Ends(np.array([[8.0]]), np.array([1.5]), np.array([True]))
    found = Script(monkeypatch, 2.0, known=known)
    assert (found.ends.theta[0, 0], found.ends.value[0]) == (8.0, 1.5)
    assert found.ends.converged.tolist() == [True]
