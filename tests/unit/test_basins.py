"""Minima of resamples' least squares on a grid, and descents that are led to a known end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import nnls

from scaling_utils.fitting.constrained import Constrained
from scaling_utils.fitting.forms import FORMS
from scaling_utils.fitting.points import Batch, Ends, Points
from scaling_utils.fitting.solver import evaluate, minimise
from scaling_utils.fitting.starts import EXPONENTS, basins
from scaling_utils.laws import ChinchillaLaw

RESAMPLES = 40
LAW = ChinchillaLaw(1.8, 120, 60, 0.27, 0.19)
N = np.repeat([2e8, 4e8, 8e8, 1.3e9, 3.2e9], 5)
D = 20 * N * np.tile([0.5, 1, 2, 5, 10], 5)
LOSS = LAW.loss(N, D) * np.exp(np.random.default_rng(6).normal(0, 0.006, N.size))


@pytest.fixture(scope="module")
def batch() -> Batch:
    points = Points.from_runs(N, D, LOSS)
    weights = np.random.default_rng(1).multinomial(N.size, np.full(N.size, 1 / N.size), RESAMPLES)
    return Batch(points, weights.astype(float), LOSS / points.unit)


def model(batch: Batch) -> Constrained:
    return Constrained(FORMS["chinchilla"], batch.points)


def squares(batch: Batch, k: int, alpha: float, beta: float) -> float:
    """Least relative squares of a resample over E, A and B, none negative, by SciPy."""
    x, y, root = batch.points.x, batch.points.y, np.sqrt(batch.weights[k])
    columns = np.stack([np.exp(-alpha * x), np.exp(-beta * y), np.ones_like(x)], axis=1)
    return float(nnls(columns * (root / batch.loss)[:, np.newaxis], root)[1] ** 2)


def test_basins_are_the_least_of_their_neighbours(batch: Batch) -> None:
    number, theta = basins(batch.points, batch.loss, batch.weights)
    places = {value: i for i, value in enumerate(EXPONENTS.tolist())}
    assert set(number.tolist()) == set(range(RESAMPLES))
    assert (np.diff(number) >= 0).all()
    for k, (alpha, beta) in zip(number[:10], theta[3:, :10].T.tolist(), strict=True):
        here = squares(batch, k, alpha, beta)
        i, j = places[alpha], places[beta]
        for a in EXPONENTS[max(i - 1, 0) : i + 2]:
            for b in EXPONENTS[max(j - 1, 0) : j + 2]:
                assert here <= squares(batch, k, a, b) * (1 + 1e-9)


def test_a_basin_starts_at_its_best_terms(batch: Batch) -> None:
    number, theta = basins(batch.points, batch.loss, batch.weights)
    a, b, E, alpha, beta = theta[:, :, np.newaxis]
    fitted = np.exp(a - alpha * batch.points.x) + np.exp(b - beta * batch.points.y) + E
    relative = (batch.weights[number] * (fitted / batch.loss - 1) ** 2).sum(axis=1)
    for k in range(10):
        assert relative[k] == pytest.approx(squares(batch, number[k], *theta[3:, k]), rel=1e-6)


def test_losses_of_their_own_give_the_same_basins_as_shared_ones(batch: Batch) -> None:
    own = np.broadcast_to(batch.loss, batch.weights.shape)
    one, other = (basins(batch.points, loss, batch.weights) for loss in (batch.loss, own))
    np.testing.assert_array_equal(one[0], other[0])
    np.testing.assert_allclose(one[1], other[1], rtol=1e-9)


@pytest.mark.parametrize("delta", [1e-3, np.inf])
@pytest.mark.parametrize("losses", ["shared", "own"])
def test_problems_at_one_place_are_summed_as_each_alone(batch, losses: str, delta: float) -> None:
    if losses == "own":
        apart = np.linspace(0.99, 1.01, RESAMPLES)[:, np.newaxis]
        batch = replace(batch, loss=batch.loss * apart)
    law = model(batch).to_theta(np.array([[1.8, 120, 60, 0.27, 0.19]]))
    together = evaluate(batch, np.repeat(law, RESAMPLES, axis=1), delta)
    alone = [evaluate(batch.take(np.array([k])), law, delta) for k in range(RESAMPLES)]
    for part, each in zip(together, zip(*alone, strict=True), strict=True):
        np.testing.assert_allclose(part, np.concatenate(each, axis=-1), rtol=1e-9, atol=1e-15)


def test_a_descent_takes_a_known_end_only_if_it_is_led_there(batch: Batch) -> None:
    by = model(batch).coordinates
    law = model(batch).to_theta(np.array([[1.8, 120, 60, 0.27, 0.19]]))
    starts = np.repeat(law, RESAMPLES, axis=1)
    ends = minimise(batch, starts, by, fine=True)
    near = np.nextafter(ends.value, 0)
    again = minimise(batch, starts, by, known=Ends(ends.theta, near, ends.converged))
    taken = again.value == near
    assert taken.mean() > 0.3
    np.testing.assert_array_equal(again.theta[3:, taken], ends.theta[3:, taken])
    wrong = ends.theta + np.array([[0.3], [0.3], [0.0], [0.1], [0.1]])
    false = minimise(batch, starts, by, known=Ends(wrong, 0.9 * ends.value, ends.converged))
    assert (false.value > 0.95 * ends.value).all()
