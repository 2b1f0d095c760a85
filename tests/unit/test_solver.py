"""The batched solver: derivatives, small systems, starts, descents, and SciPy as a cross-check."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import least_squares, nnls

from scaling_utils.fitting.constrained import Constrained
from scaling_utils.fitting.forms import FORMS
from scaling_utils.fitting.points import Batch, Points
from scaling_utils.fitting.result import certify
from scaling_utils.fitting.solver import evaluate, minimise
from scaling_utils.fitting.starts import projected
from scaling_utils.fitting.steps import solve_damped
from scaling_utils.laws import ChinchillaLaw

TRUTH = ChinchillaLaw(1.8172, 482.01, 2085.43, 0.3478, 0.3658)
N = np.repeat(np.geomspace(5e7, 1.6e10, 8), 6)
D = np.tile(np.geomspace(1e9, 3e11, 6), 8)
DELTAS = [1e-3, 0.02, np.inf]


def noisy(seed: int, spread: float = 0.005) -> np.ndarray:
    """Losses of the true law with Laplace errors of the logarithm."""
    return TRUTH.loss(N, D) * np.exp(np.random.default_rng(seed).laplace(0, spread, N.size))


def batch_of(loss: np.ndarray, delta: float = 1e-3, weights=None) -> Batch:
    points = Points.from_runs(N, D, loss if loss.ndim == 1 else loss[0])
    weights = np.ones(N.size) if weights is None else weights
    return Batch(points, weights, loss / points.unit, delta)


def near_truth(batch: Batch, problems: int, seed: int = 0) -> np.ndarray:
    at = free(batch).to_theta(np.array([list(TRUTH.constants().values())]))
    return at + np.random.default_rng(seed).normal(0, 0.03, (5, problems))


def free(batch: Batch) -> Constrained:
    return Constrained(FORMS["chinchilla"], batch.points)


def plain(theta: np.ndarray, batch: Batch) -> complex:
    """The objective written once more, for complex numbers."""
    a, b, E, alpha, beta = theta
    fitted = np.exp(a - alpha * batch.points.x) + np.exp(b - beta * batch.points.y) + E
    r = np.log(fitted) - np.log(batch.loss)
    inside = np.abs(r.real) <= batch.delta
    beyond = 0.0 if inside.all() else batch.delta * (np.sign(r.real) * r - 0.5 * batch.delta)
    return complex((batch.weights * np.where(inside, 0.5 * r * r, beyond)).sum())


@pytest.mark.parametrize("delta", DELTAS)
def test_gradient_is_the_complex_step(delta: float) -> None:
    weights = np.random.default_rng(3).integers(0, 4, N.size).astype(float)
    batch = batch_of(noisy(1), delta, weights)
    theta = near_truth(batch, 4)
    value, gradient, _ = evaluate(batch, theta)
    for p in range(4):
        step = 1e-30j * np.eye(5)
        exact = [plain(theta[:, p] + step[i], batch).imag / 1e-30 for i in range(5)]
        assert gradient[:, p] == pytest.approx(exact, rel=1e-10, abs=1e-13)
        assert value[p] == pytest.approx(plain(theta[:, p], batch).real, rel=1e-12)


@pytest.mark.parametrize("delta", DELTAS)
def test_hessian_is_the_difference_of_gradients(delta: float) -> None:
    batch = batch_of(noisy(1), delta)
    theta = near_truth(batch, 1, seed=5)
    found = evaluate(batch, theta)[2][:, :, 0]
    h = 1e-7
    for i in range(5):
        step = h * np.eye(5)[:, [i]]
        up, down = (evaluate(batch, theta + s)[1][:, 0] for s in (step, -step))
        assert found[i] == pytest.approx((up - down) / (2 * h), abs=2e-6 * np.abs(found).max())


def test_a_batch_is_its_problems_one_by_one() -> None:
    weights = np.random.default_rng(4).integers(0, 3, (7, N.size)).astype(float)
    batch = batch_of(np.stack([noisy(k) for k in range(7)]), weights=weights)
    theta = near_truth(batch, 7)
    value, _, hessian = evaluate(batch, theta)
    for k in range(7):
        one = evaluate(batch.take(np.array([k])), theta[:, [k]])
        assert one[0][0] == pytest.approx(value[k], rel=1e-13)
        assert one[2][:, :, 0] == pytest.approx(hessian[:, :, k], rel=1e-9, abs=1e-13)


def test_small_systems_agree_with_a_library() -> None:
    rng = np.random.default_rng(0)
    root = rng.normal(size=(50, 5, 5))
    matrices = root @ root.transpose(0, 2, 1) + 0.1 * np.eye(5)
    matrices[0, 2, 2] = -1.0
    right = rng.normal(size=(50, 5))
    damping, scale = np.full(50, 0.3), rng.uniform(1, 2, (5, 50))
    found, positive = solve_damped(matrices.transpose(1, 2, 0), right.T, damping, scale)
    damped = matrices + 0.3 * np.einsum("ip,ij->pij", scale, np.eye(5))
    assert not positive[0]
    assert positive[1:].all()
    exact = np.linalg.solve(damped[1:], right[1:, :, None])[:, :, 0]
    assert found.T[1:] == pytest.approx(exact, rel=1e-8)


def test_projected_starts_solve_the_non_negative_least_squares() -> None:
    batch = batch_of(noisy(6))
    points, scaled = batch.points, batch.loss
    pairs = np.array([[0.35, 0.36], [2.0, 0.1], [0.1, 2.0], [1.0, 1.0]])
    found = projected(points, scaled, np.ones(N.size), pairs)
    for k, (alpha, beta) in enumerate(pairs):
        columns = [np.exp(-alpha * points.x), np.exp(-beta * points.y), np.ones(N.size)]
        exact, _ = nnls((np.stack(columns) / scaled).T, np.ones(N.size))
        terms = [*np.exp(found[:2, k]), found[2, k]]
        assert terms == pytest.approx(np.clip(exact, 0.02, [0.2, 0.2, 1.0]), rel=1e-5)


def test_no_corner_of_the_grid_overflows() -> None:
    far = np.array([[25.0, 700.0], [25.0, 700.0], [1.0, 1.0], [-60.0, -5.0], [-60.0, -5.0]])
    value, gradient, _ = evaluate(batch_of(noisy(1)), far)
    assert np.isfinite(value).all()
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize("delta", [1e-3, np.inf])
def test_all_ways_end_at_one_certified_minimum(delta: float) -> None:
    batch = batch_of(noisy(8), delta)
    by = free(batch).coordinates
    first = minimise(batch, near_truth(batch, 20, seed=1), by, squares=False)
    second = minimise(batch, projected(batch.points, batch.loss, batch.weights), by)
    third = minimise(batch, near_truth(batch, 20, seed=2), by, fine=True)
    best = min(first.value.min(), second.value.min())
    assert first.value == pytest.approx(best, rel=1e-10)
    assert third.value == pytest.approx(best, rel=1e-10)
    assert (second.value <= best * (1 + 1e-10)).sum() >= 75
    proof = certify(batch, first.theta[:, 0], free(batch))
    assert proof.holds
    assert proof.gradient < 1e-8
    assert proof.decrement < 1e-14
    assert proof.condition < 1e6


def test_least_squares_of_scipy_reach_the_same_minimum() -> None:
    """Huber's function with integer weights, in log A, log B, log E, alpha, beta."""
    weights = np.random.default_rng(5).integers(0, 4, N.size).astype(float)
    batch = batch_of(noisy(8), weights=weights)
    x, y = batch.points.x, batch.points.y

    def residuals(q: np.ndarray) -> np.ndarray:
        terms = np.exp(q[0] - q[3] * x) + np.exp(q[1] - q[4] * y) + np.exp(q[2])
        return np.log(terms / batch.loss)

    def huber(z: np.ndarray) -> np.ndarray:
        near, safe = z <= 1, np.maximum(z, 1e-300)
        rho = np.where(near, z, 2 * np.sqrt(safe) - 1), np.where(near, 1, safe**-0.5)
        return np.stack([*rho, np.where(near, 0, -0.5 * safe**-1.5)]) * weights

    start = near_truth(batch, 1)
    ours = minimise(batch, start, free(batch).coordinates)
    start[2] = np.log(start[2])
    options = dict.fromkeys(("xtol", "ftol", "gtol"), 1e-14)
    theirs = least_squares(
        residuals, start[:, 0], loss=huber, f_scale=1e-3, x_scale="jac", max_nfev=2000, **options
    )
    assert ours.value[0] == pytest.approx(theirs.cost, rel=1e-9)
    assert ours.theta[3:, 0] == pytest.approx(theirs.x[3:], rel=1e-4)
    assert ours.value[0] <= theirs.cost * (1 + 1e-13)


def test_absolute_deviations_pass_through_five_runs() -> None:
    batch = batch_of(noisy(9), 1e-9)
    end = minimise(batch, near_truth(batch, 1), free(batch).coordinates)
    r = free(batch).slopes(batch, end.theta[:, 0])[0]
    assert (np.abs(r) < 1.1e-9).sum() == 5
    assert certify(batch, end.theta[:, 0], free(batch)).holds


def test_a_point_that_is_no_minimum_gets_no_certificate() -> None:
    batch = batch_of(noisy(8))
    proof = certify(batch, near_truth(batch, 1, seed=2)[:, 0], free(batch))
    assert not proof.holds
    assert proof.gradient > 0.01


def test_a_dead_start_is_called_asleep_although_its_slope_is_tiny() -> None:
    batch = batch_of(noisy(8), np.inf)
    dead = near_truth(batch, 1)
    dead[0] = free(batch).coordinates.box[0, 0]  # the model term at nothing
    assert "A" in certify(batch, dead[:, 0], free(batch)).asleep


def test_descents_stay_inside_the_box() -> None:
    batch = batch_of(np.full(N.size, 2.0))
    by = free(batch).coordinates
    end = minimise(batch, near_truth(batch, 5), by)
    assert (end.theta >= by.box[0]).all()
    assert (end.theta <= by.box[1]).all()
