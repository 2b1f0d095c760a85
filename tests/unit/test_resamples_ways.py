"""Which ways of solving resamples are tried, and what is made of their ends, which are made up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scaling_utils.fitting import draws as module
from scaling_utils.fitting.draws import Starts, _again, _ends, _from_more_starts, solve
from scaling_utils.fitting.fit import fit_chinchilla
from scaling_utils.fitting.points import Batch, Ends
from scaling_utils.fitting.result import LawFit
from scaling_utils.laws import ChinchillaLaw

LAW = ChinchillaLaw(1.8, 480.0, 2000.0, 0.35, 0.37)
N = np.repeat(np.geomspace(5e7, 1.6e10, 5), 4)
D = np.tile(np.geomspace(1e9, 3e11, 4), 5)
LOSS = LAW.loss(N, D) * np.exp(np.random.default_rng(0).normal(0, 0.004, N.size))
WEIGHTS = np.random.default_rng(1).uniform(0.5, 2.0, (4, 20))


@pytest.fixture(scope="module")
def fit() -> LawFit:
    return fit_chinchilla(N, D, LOSS, objective="log squares")


def ends(value, alpha=0.3, sure=True, E=0.6) -> Ends:
    count = len(value)
    theta = np.array([np.full(count, each) for each in (0.0, 0.0, 0.6, 0.3, 0.3)])
    theta[2], theta[3] = E, alpha
    return Ends(theta, np.array(value, dtype=float), np.zeros(count, dtype=bool) | sure)


class Given:
    """Stands in for the parts that solve: notes what they are asked, gives what is made up."""

    def __init__(self, monkeypatch, found: list[Ends], again=None, more=None) -> None:
        self.found, self.told = found, {"again": again, "more": more}
        self.ways, self.batch, self.fine = [], None, None
        self.asked: dict[str, tuple[list, np.ndarray]] = {}
        monkeypatch.setattr(module, "_ends", self.ends)
        monkeypatch.setattr(module, "_again", self.again)
        monkeypatch.setattr(module, "_from_more_starts", self.more)

    def ends(self, batch: Batch, ways, fine: bool, by) -> list[Ends]:
        self.batch, self.ways, self.fine = batch, ways, fine
        return self.found

    def again(self, batch: Batch, theta: np.ndarray, starts: Starts) -> Ends:
        self.asked["again"] = batch.weights.tolist(), theta
        assert isinstance(starts, Starts)
        return self.told["again"]

    def more(self, batch: Batch, model) -> Ends:
        self.asked["more"] = batch.weights.tolist(), None
        assert model.plain
        return self.told["more"]


def test_a_batch_is_of_the_resamples_in_the_units_of_the_fit(fit, monkeypatch) -> None:
    starts = Starts.of(fit)
    given = Given(monkeypatch, [ends([1.0] * 4), ends([1.0] * 4)])
    solve(starts, WEIGHTS, 2 * LOSS)
    assert given.batch.delta == np.inf
    assert given.batch.weights is WEIGHTS
    assert given.batch.loss == pytest.approx(2 * LOSS / fit.problem.model.points.unit)
    assert given.batch.points is starts.batch.points


def test_few_runs_are_tried_from_the_law_and_from_each_basin_in_turn(fit, monkeypatch) -> None:
    number, begin = np.array([0, 0, 0, 1, 2, 2, 3]), np.arange(35.0).reshape(5, 7)
    monkeypatch.setattr(module, "basins", lambda *_: (number, begin))
    parts = [4, 4, 2, 1]
    given = Given(monkeypatch, [ends([1.0] * part) for part in parts])
    solve(Starts.of(fit), WEIGHTS, LOSS)
    assert given.fine
    assert [rows.tolist() for rows, _ in given.ways] == [[0, 1, 2, 3], [0, 1, 2, 3], [0, 2], [0]]
    assert given.ways[0][1] == pytest.approx(np.repeat(Starts.of(fit).law, 4, axis=1))
    for (_, theta), columns in zip(given.ways[1:], ([0, 3, 4, 6], [1, 5], [2]), strict=True):
        assert theta.tolist() == begin[:, columns].tolist()


def test_with_constraints_the_squares_and_steep_starts_are_tried(monkeypatch) -> None:
    own = Starts.of(fit_chinchilla(N, D, LOSS, fix={"E": 1.8}))
    given = Given(monkeypatch, [ends([1.0] * 4)] * 4)
    solve(own, WEIGHTS, LOSS)
    starts = [own.law, own.squares, *own.steep]
    assert len(given.ways) == 4
    for (rows, theta), start in zip(given.ways, starts, strict=True):
        assert rows.tolist() == [0, 1, 2, 3]
        assert theta.tolist() == np.repeat(start, 4, axis=1).tolist()
    monkeypatch.setattr(module, "FEW", 19)
    given = Given(monkeypatch, [ends([1.0] * 4)] * 2, again=ends([1.0] * 4))
    solve(own, WEIGHTS, LOSS)
    assert (len(given.ways), given.fine) == (2, False)
    monkeypatch.setattr(module, "FEW", 20)
    given = Given(monkeypatch, [ends([1.0] * 4)] * 4)
    solve(own, WEIGHTS, LOSS)
    assert given.fine


def test_the_lowest_end_is_kept_and_ends_apart_are_counted(fit, monkeypatch) -> None:
    """The second way may end at another law, later ones only below what was found before."""
    monkeypatch.setattr(module, "basins", lambda *_: (np.arange(4), np.zeros((5, 4))))
    number = np.array([0, 0, 0, 1, 1, 2, 3])
    monkeypatch.setattr(module, "basins", lambda *_: (number, np.zeros((5, 7))))
    first = ends([1.0, 1.0, 1.0, 1.0])
    second = ends([0.9, 1.0, 1.0, 1.1], alpha=[0.4, 0.3, 0.302, 0.3])
    third = ends([0.95, 1.0 - 2e-6], alpha=[0.5, 0.6])
    fourth = ends([0.9 - 0.5e-6], alpha=[0.7])
    Given(monkeypatch, [first, second, third, fourth])
    found, two = solve(Starts.of(fit), WEIGHTS, LOSS)
    assert found.value.tolist() == [0.9 - 0.5e-6, 1.0 - 2e-6, 1.0, 1.0]
    assert found.theta[3].tolist() == [0.7, 0.6, 0.3, 0.3]
    assert two.tolist() == [True, True, True, True]
    Given(monkeypatch, [first, first, ends([1.0 - 0.5e-6, 1.5], alpha=0.9), ends([1.0])])
    found, two = solve(Starts.of(fit), WEIGHTS, LOSS)
    assert two.tolist() == [False] * 4
    assert found.theta[3].tolist() == [0.9, 0.3, 0.3, 0.3]


def test_hard_resamples_of_many_runs_are_tried_again(fit, monkeypatch) -> None:
    """Those with two ends, with next to no floor, or without a sure end."""
    monkeypatch.setattr(module, "FEW", 0)
    weights = np.vstack([WEIGHTS, WEIGHTS[:1]])
    sure = np.array([True, True, True, False, True])
    first = ends([1.0] * 5, sure=sure, E=[0.6, 0.6, 0.9e-3, 0.6, 1.1e-3])
    second = replace(first, theta=first.theta.copy())
    second.theta[3, 1] = 0.4
    again = ends([0.9, 1.1, 1.0], alpha=0.7, sure=[True, True, True])
    given = Given(monkeypatch, [first, second], again=again)
    found, two = solve(Starts.of(fit), weights, LOSS)
    assert two.tolist() == [False, True, False, False, False]
    assert given.asked["again"][0] == weights[[1, 2, 3]].tolist()
    assert given.asked["again"][1].tolist() == first.theta[:, [1, 2, 3]].tolist()
    assert found.value.tolist() == [1.0, 0.9, 1.0, 1.0, 1.0]
    assert found.theta[3].tolist() == [0.3, 0.7, 0.3, 0.7, 0.3]
    assert found.converged.all()
    assert "more" not in given.asked
    easy = ends([1.0] * 5)
    given = Given(monkeypatch, [easy, easy])
    solve(Starts.of(fit), weights, LOSS)
    assert given.asked == {}


def test_each_resample_ends_at_the_best_of_its_own_starts(fit, monkeypatch) -> None:
    starts, values = Starts.of(fit), [3.0, 1.0, 2.0, 5.0]
    monkeypatch.setattr(module, "MORE_STARTS", 2)
    monkeypatch.setattr(module, "minimise", lambda batch, start, by, **_: ends(values))
    for rows, best in ((slice(2), [1.0, 2.0]), (slice(1), [1.0])):
        batch = replace(starts.batch, weights=WEIGHTS[rows])
        values = values[: 2 * len(best)]
        assert _from_more_starts(batch, starts.model).value.tolist() == best


def test_what_is_still_unsure_is_tried_from_more_starts(fit, monkeypatch) -> None:
    number = np.arange(4)
    monkeypatch.setattr(module, "basins", lambda *_: (number, np.zeros((5, 4))))
    first = ends([1.0] * 4, sure=[True, False, True, False], E=0.0)
    more = ends([0.8, 1.2], alpha=0.9)
    given = Given(monkeypatch, [first, first], more=more)
    found, two = solve(Starts.of(fit), WEIGHTS, LOSS)
    assert "again" not in given.asked  # few runs are tried finely from the beginning
    assert given.asked["more"][0] == WEIGHTS[[1, 3]].tolist()
    assert found.value.tolist() == [1.0, 0.8, 1.0, 1.0]
    assert found.converged.tolist() == [True, True, True, False]
    assert not two.any()


def test_what_is_asked_of_the_solver_suits_the_way(fit, monkeypatch) -> None:
    """Straight from a law, by least squares from elsewhere, and finely where it is hard."""
    asked = []

    def minimise(batch: Batch, start: np.ndarray, by, **options) -> Ends:
        asked.append(options)
        return ends([1.0] * start.shape[1])

    starts = Starts.of(fit)
    monkeypatch.setattr(module, "minimise", minimise)
    batch, by, every = (
        replace(starts.batch, weights=WEIGHTS),
        starts.model.coordinates,
        np.arange(4),
    )
    law, squares = (np.repeat(each, 4, axis=1) for each in (starts.law, starts.squares))
    first, _ = _ends(batch, [(every, law), (every, squares)], False, by)
    assert asked == [{"squares": False}, {"known": first}]
    asked.clear()
    _ends(batch, [(every, law), (every[:2], squares[:, :2])], True, by)
    (options,) = asked
    assert options.pop("squares").tolist() == [False] * 4 + [True] * 2
    assert options == {"fine": True}
    asked.clear()
    _again(batch, law, starts)
    assert asked == [{"squares": False, "fine": True}, {"fine": True}]
    asked.clear()
    _from_more_starts(batch, starts.model)
    assert asked == [{"fine": True}]
