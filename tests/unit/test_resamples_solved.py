"""How resamples are solved: every way of each alone, and the best of them kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scaling_utils.fitting import draws as module
from scaling_utils.fitting.draws import (
    Starts,
    _again,
    _apart,
    _ends,
    _from_more_starts,
    _improved,
    draws,
    solve,
)
from scaling_utils.fitting.fit import fit_chinchilla, fit_law
from scaling_utils.fitting.points import Batch, Ends
from scaling_utils.fitting.result import FitError, LawFit
from scaling_utils.fitting.solver import minimise
from scaling_utils.fitting.starts import basins
from scaling_utils.laws import ChinchillaLaw

LAW = ChinchillaLaw(1.8, 120, 60, 0.27, 0.19)
N = np.repeat([2e8, 4e8, 8e8, 1.3e9, 3.2e9], 4)
D = 20 * N * np.tile([0.5, 1, 3, 10], 5)
LOSS = LAW.loss(N, D) * np.exp(np.random.default_rng(7).normal(0, 0.006, N.size))


@pytest.fixture(scope="module")
def fit() -> LawFit:
    return fit_chinchilla(N, D, LOSS)


@pytest.fixture(scope="module")
def starts(fit: LawFit) -> Starts:
    return Starts.of(fit)


def some(fit: LawFit, starts: Starts, number: int = 4) -> Batch:
    weights = next(draws(fit, "runs", None, number, 1))[0]
    return replace(starts.batch, weights=weights)


def same(one: Ends, other: Ends) -> None:
    assert one.value == pytest.approx(other.value, rel=1e-9)
    assert one.theta[3:] == pytest.approx(other.theta[3:], rel=1e-4, abs=1e-6)
    assert one.converged.tolist() == other.converged.tolist()


def test_starts_are_the_law_its_least_squares_and_two_steep_ones(fit, starts: Starts) -> None:
    model, law = fit.problem.model, fit.law
    assert starts.model is model
    assert model.to_laws(starts.law)[0] == pytest.approx([*fit.constants().values()])
    squares = fit_chinchilla(N, D, LOSS, objective="log squares").law
    own = model.to_laws(starts.squares)[0]
    assert own == pytest.approx([squares.E, squares.A, squares.B, squares.alpha, squares.beta])
    assert (starts.law.shape, starts.squares.shape) == ((5, 1), (5, 1))
    assert [each.shape for each in starts.steep] == [(5, 1)] * 2
    first, second = (each[3:, 0].tolist() for each in starts.steep)
    assert first == [2.0, pytest.approx(law.beta)]
    assert second == [pytest.approx(law.alpha), 2.0]
    pairs = np.array([first, second])
    expected = model.starts_at(starts.batch, pairs)
    assert np.hstack(starts.steep) == pytest.approx(expected)
    with pytest.raises(FitError):
        Starts.of(replace(fit, status="not identified"))


def test_a_law_of_one_exponent_has_a_steep_start_too() -> None:
    x = np.geomspace(1e8, 1e10, 9)
    own = Starts.of(fit_law("power", {"N": x}, 2.0 + 400.0 * x**-0.3, fix={"E": 2.0}))
    assert [each[1, 0] for each in own.steep] == pytest.approx([2.0, 0.3])


def ends(value, alpha, converged=True) -> Ends:
    alpha = np.array(alpha)
    theta = np.stack([0 * alpha, 0 * alpha, 0 * alpha + 0.6, alpha, 0 * alpha + 0.3])
    return Ends(theta, np.array(value), np.full(alpha.size, converged))


def test_ends_are_apart_if_value_or_exponents_are() -> None:
    one = ends([1.0, 1.0, 1.0, 1.0, 0.0, 0.0], [0.3] * 6)
    two = ends(
        [1.0, 1.0 + 0.9e-6, 1.0 + 1.1e-6, 1.0, 0.9e-24, 1.1e-24],
        [0.3, 0.3, 0.3, 0.3011, 0.3009, 0.3],
    )
    assert _apart(one, two, [3, 4]).tolist() == [False, False, True, True, False, True]
    assert _apart(two, one, [3, 4]).tolist() == [False, False, True, True, False, True]
    assert _apart(one, two, []).tolist() == [False, False, True, False, False, True]


def test_a_resample_is_improved_by_a_lower_end_or_one_as_low_that_is_sure() -> None:
    own = replace(ends([1.0] * 6, [0.3] * 6), converged=np.array([1, 0, 0, 1, 0, 0], dtype=bool))
    rows = np.array([0, 1, 2, 3, 5])
    other = ends([0.9, 1.0 + 0.9e-6, 1.0 + 1.1e-6, 1.0, 1.0], [0.4] * 5)
    other.converged[4] = False
    mixed = _improved(own, rows, other)
    assert mixed.theta[3].tolist() == [0.4, 0.4, 0.3, 0.3, 0.3, 0.3]
    assert mixed.converged.tolist() == [True, True, False, True, False, False]
    zero = _improved(ends([0.0], [0.3], False), np.array([0]), ends([0.9e-24], [0.4]))
    assert zero.theta[3, 0] == 0.4


def test_ways_of_many_runs_are_two_and_those_of_few_are_all_tried_finely(fit, starts) -> None:
    batch, by, every = some(fit, starts), starts.model.coordinates, np.arange(4)
    law, squares = (np.repeat(each, 4, axis=1) for each in (starts.law, starts.squares))
    first, second = _ends(batch, [(every, law), (every, squares)], False, by)
    straight = minimise(batch, law, by, squares=False)
    same(first, straight)
    same(second, minimise(batch, squares, by, known=straight))
    part = np.array([1, 3])
    ways = [(every, law), (part, squares[:, part]), (every[:1], squares[:, :1])]
    found = _ends(batch, ways, True, by)
    assert [len(each.value) for each in found] == [4, 2, 1]
    same(found[0], minimise(batch, law, by, squares=False, fine=True))
    same(found[1], minimise(batch.take(part), squares[:, part], by, fine=True))
    same(found[2], minimise(batch.take(every[:1]), squares[:, :1], by, fine=True))


def test_hard_ones_are_tried_from_where_they_are_and_from_the_squares(fit, starts) -> None:
    batch, by = some(fit, starts), starts.model.coordinates
    far = starts.law + np.array([[0.2], [-0.2], [0.0], [0.2], [0.1]]) * np.arange(4)
    found = _again(batch, far, starts)
    third = minimise(batch, far, by, squares=False, fine=True)
    fourth = minimise(batch, np.repeat(starts.squares, 4, axis=1), by, fine=True)
    assert found.value == pytest.approx(np.minimum(third.value, fourth.value), rel=1e-9)


def test_more_starts_are_the_nine_best_of_a_full_fit(fit, starts, monkeypatch) -> None:
    batch, model = some(fit, starts, 3), starts.model
    found = _from_more_starts(batch, model)
    for k in range(3):
        own = batch.take(k)
        alone = minimise(own, model.starts(own)[:, :9], model.coordinates, fine=True)
        assert found.value[k] == pytest.approx(alone.value.min(), rel=1e-9)
        best = alone.theta[3:, alone.value.argmin()]
        assert found.theta[3:, k] == pytest.approx(best, rel=1e-3, abs=1e-5)
    monkeypatch.setattr(module, "MORE_STARTS", 1)
    one = _from_more_starts(batch, model)
    first = [minimise(batch.take(k), model.starts(batch.take(k))[:, :1], model.coordinates,
                      fine=True).value[0] for k in range(3)]  # fmt: skip
    assert one.value == pytest.approx(first, rel=1e-9)


def test_few_runs_end_at_the_best_of_the_law_and_of_every_basin(fit, starts) -> None:
    batch, by = some(fit, starts, 40).take(slice(11, 17)), starts.model.coordinates
    found, two = solve(starts, batch.weights, LOSS)
    number, begin = basins(batch.points, batch.loss, batch.weights)
    for k in range(6):
        own = batch.take(k)
        straight = minimise(own, starts.law, by, squares=False, fine=True)
        others = minimise(own, begin[:, number == k], by, fine=True)
        lowest = min(straight.value[0], others.value.min())
        assert found.value[k] == pytest.approx(lowest, rel=1e-8)
        first = others.take(np.array([0]))
        apart = bool(_apart(straight, first, [3, 4])[0])
        best = min(straight.value[0], first.value[0])
        lower = [value < best * (1 - 1e-6) for value in others.value[1:]]
        assert two[k] == (apart or any(lower))
    assert two.any()
    assert found.converged.all()


def test_many_runs_end_where_a_full_fit_of_them_ends() -> None:
    """Beyond 64 runs the quicker ways are taken first; where E is next to nothing, all."""
    law = ChinchillaLaw(0.05, 20, 60, 0.12, 0.19)
    n = np.repeat(np.geomspace(1e8, 4e9, 9), 8)
    d = np.tile(np.geomspace(2e9, 8e10, 8), 9)
    loss = law.loss(n, d) * np.exp(np.random.default_rng(3).normal(0, 0.006, n.size))
    own = fit_chinchilla(n, d, loss)
    begin = Starts.of(own)
    weights = next(draws(own, "runs", None, 5, 0))[0]
    losses = np.stack([loss] * 5) * np.exp(np.random.default_rng(1).normal(0, 1e-3, (5, n.size)))
    found, _ = solve(begin, weights, losses)
    for k in (0, 3):
        alone = fit_chinchilla(n, d, losses[k], weights=weights[k])
        assert found.value[k] == pytest.approx(alone.value, rel=1e-8)
    assert found.converged.all()


def test_constrained_resamples_end_where_full_fits_end() -> None:
    own = fit_chinchilla(N, D, LOSS, fix={"E": 1.8})
    weights = next(draws(own, "runs", None, 4, 1))[0]
    found, _ = solve(Starts.of(own), weights, LOSS)
    for k in range(4):
        alone = fit_chinchilla(N, D, LOSS, weights=weights[k], fix={"E": 1.8})
        assert found.value[k] == pytest.approx(alone.value, rel=1e-8)


def test_what_no_way_solves_is_tried_from_more_starts(fit, starts, monkeypatch) -> None:
    asked = []

    def more(batch: Batch, model) -> Ends:
        asked.append(len(batch.weights))
        return _from_more_starts(batch, model)

    unsure = module._ends

    def lost(*given) -> list[Ends]:
        return [replace(each, converged=each.converged & False) for each in unsure(*given)]

    batch = some(fit, starts, 3)
    sure, _ = solve(starts, batch.weights, LOSS)
    monkeypatch.setattr(module, "_from_more_starts", more)
    assert solve(starts, batch.weights, LOSS)[0].converged.all()
    assert asked == []
    monkeypatch.setattr(module, "_ends", lost)
    found, _ = solve(starts, batch.weights, LOSS)
    assert asked == [3]
    assert found.converged.all()
    assert (found.value <= sure.value * (1 + 1e-6)).all()
