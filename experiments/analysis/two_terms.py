"""Sums of two power laws, or of one and a floor, fitted to many draws at once.

L = E + A / N^alpha + B / D^beta is Hoffmann et al. 2022; without E it is Kaplan et al. 2020,
Eq. 1.6, with D in place of steps. `scaling_utils.fitting` certifies one fit; here thousands are
needed that differ little, and the first, found from a grid, starts all others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from scaling_utils.check import FloatArray, positive, same_length

STEPS = 60
_EXPONENTS = np.geomspace(0.03, 2.0, 16)
_SMALLEST, _LARGEST = 1e-3, 5.0
_FLOOR = 4


@dataclass(frozen=True, eq=False)
class TwoTerms:
    """One law for each draw.

    - E, A, B, alpha, beta (draws,): Of L = E + A / N^alpha + B / D^beta.
    - misfit (draws,): Root mean square of the logarithmic residuals.
    """

    E: FloatArray
    A: FloatArray
    B: FloatArray
    alpha: FloatArray
    beta: FloatArray
    misfit: FloatArray

    def without_limit(self, N: FloatArray) -> FloatArray:
        """Loss with unlimited data, for N of shape (draws, k) or (k,): (draws, k)."""
        E, A, alpha = (each[:, np.newaxis] for each in (self.E, self.A, self.alpha))
        return np.asarray(E + A * N**-alpha)

    def data_for(self, gap: FloatArray) -> FloatArray:
        """D at which the data term is as large as a gap, shape (draws, k); NaN for none."""
        B, beta = self.B[:, np.newaxis], self.beta[:, np.newaxis]
        known = gap > 0
        return np.asarray(np.where(known, (B / np.where(known, gap, 1.0)) ** (1 / beta), np.nan))


def fit_two_terms(
    N: FloatArray,
    D: FloatArray,
    loss: FloatArray,
    weights: FloatArray | None = None,
    *,
    floor: bool,
) -> TwoTerms:
    """Fit every draw by least squares of logarithmic residuals."""
    same_length(N=N, D=D, loss=np.atleast_2d(loss)[0])
    log_N, log_D = np.log(positive("N", N)), np.log(positive("D", D))
    target = np.log(positive("loss", np.atleast_2d(loss)))
    counted = np.ones_like(target) if weights is None else np.atleast_2d(weights)
    x, y = log_N - log_N.mean(), log_D - log_D.mean()
    first = _start(x, y, np.exp(target[0]), counted[0], floor)
    first = _improve(first[np.newaxis], x, y, target[:1], counted[:1], floor)[0]
    theta = _improve(
        np.repeat(first[np.newaxis], len(target), axis=0), x, y, target, counted, floor
    )
    error = _model(theta, x, y)[2] - target
    log_A, log_B, alpha, beta, E = theta.T
    A, B = np.exp(log_A + alpha * log_N.mean()), np.exp(log_B + beta * log_D.mean())
    misfit = np.sqrt((counted * error**2).sum(axis=1) / counted.sum(axis=1))
    return TwoTerms(E, A, B, alpha, beta, misfit)


def _start(
    x: FloatArray, y: FloatArray, loss: FloatArray, counted: FloatArray, floor: bool
) -> FloatArray:
    """The best of a grid of exponents; the rest is linear and not negative."""
    share = np.sqrt(counted) / loss
    best, found = np.inf, np.zeros(5)
    for alpha in _EXPONENTS:
        for beta in _EXPONENTS:
            columns = [np.exp(-alpha * x), np.exp(-beta * y)] + [np.ones_like(x)] * floor
            linear, rest = nnls(np.stack(columns, axis=1) * share[:, np.newaxis], share * loss)
            if rest < best and (linear[:2] > 0).all():
                best = rest
                E = linear[2] if floor else 0.0
                found = np.array([*np.log(linear[:2]), alpha, beta, E])
    if not np.isfinite(best):
        raise ValueError("the loss must fall with N and with D; no sum of two power laws does")
    return found


def _model(
    theta: FloatArray, x: FloatArray, y: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Both terms and the logarithm of the loss, each of shape (draws, n)."""
    log_A, log_B, alpha, beta, E = (each[:, np.newaxis] for each in theta.T)
    model, data = np.exp(log_A - alpha * x), np.exp(log_B - beta * y)
    return model, data, np.log(E + model + data)


def _improve(
    theta: FloatArray,
    x: FloatArray,
    y: FloatArray,
    target: FloatArray,
    counted: FloatArray,
    floor: bool,
) -> FloatArray:
    """Levenberg and Marquardt's steps, for all draws at once and each with its own damping."""
    free = _FLOOR + floor
    damping = np.full(len(theta), 1e-3)
    model, data, log_loss = _model(theta, x, y)
    cost = (counted * (log_loss - target) ** 2).sum(axis=1)
    for _ in range(STEPS):
        slopes = [model, data, -x * model, -y * data, np.ones_like(model)][:free]
        jacobian = np.stack(slopes, axis=1) / np.exp(log_loss)[:, np.newaxis]
        weighted = jacobian * counted[:, np.newaxis]
        square = weighted @ np.swapaxes(jacobian, 1, 2)
        downhill = (weighted @ (target - log_loss)[:, :, np.newaxis])[:, :, 0]
        scale = damping[:, np.newaxis] * np.einsum("rii->ri", square) + 1e-14
        step = np.linalg.solve(square + scale[:, np.newaxis] * np.eye(free), downhill[..., None])
        tried = theta.copy()
        tried[:, :free] += np.clip(step[:, :, 0], -1.0, 1.0)
        tried[:, 2:4] = np.clip(tried[:, 2:4], _SMALLEST, _LARGEST)
        tried[:, _FLOOR] = np.maximum(tried[:, _FLOOR], 0.0)
        parts = _model(tried, x, y)
        new = (counted * (parts[2] - target) ** 2).sum(axis=1)
        better = new < cost
        damping = np.where(better, damping / 4.0, damping * 6.0)
        theta = np.where(better[:, np.newaxis], tried, theta)
        done = not better.any() or ((cost - new)[better] <= 1e-12 * cost[better]).all()
        model, data, log_loss = (
            np.where(better[:, np.newaxis], found, old)
            for found, old in zip(parts, (model, data, log_loss), strict=True)
        )
        cost = np.where(better, new, cost)
        if done and (damping > 1e3).all():
            break
    return theta


FLATTEST, STEEPEST = 0.02, 3.0
"""Range of beta. At its ends the curve is a logarithm, or a step: no floor is known."""

GRID, ROUNDS = 41, 4


@dataclass(frozen=True, eq=False)
class Floors:
    """Fits of L = floor + (B / D)^beta, one for each of R curves.

    - floor (R,): L_inf, nats.
    - beta (R,): Exponent.
    - above (R,): (B / D)^beta at the last D, nats.
    - at_bound (R,): beta at an end of its range, floor or fall not positive: no floor is known.
    """

    floor: FloatArray
    beta: FloatArray
    above: FloatArray
    at_bound: NDArray[np.bool_]


def fit_floors(D: FloatArray, loss: FloatArray) -> Floors:
    """Fit each row of losses, (R, n), by least squares: beta is searched, the rest is linear."""
    D, y = positive("D", D), np.atleast_2d(loss)
    if D.size < 4:
        raise ValueError(f"three constants and a check need four points, got {D.size}")
    x = np.log(D / D[-1])
    low = np.full(len(y), np.log(FLATTEST))
    high = np.full(len(y), np.log(STEEPEST))
    middle = y.mean(axis=1, keepdims=True)
    rows = np.arange(len(y))
    for _ in range(ROUNDS):
        grid = np.linspace(low, high, GRID, axis=1)
        u = np.exp(-np.exp(grid)[:, :, np.newaxis] * x)
        u_mean = u.mean(axis=2)
        away = u - u_mean[:, :, np.newaxis]
        spread = np.maximum((away**2).sum(axis=2), 1e-300)
        slope = np.einsum("rgn,rn->rg", away, y - middle) / spread
        best = (slope**2 * spread).argmax(axis=1)
        step = grid[:, 1] - grid[:, 0]
        low, high = (
            np.clip(grid[rows, best] + k * step, np.log(FLATTEST), np.log(STEEPEST))
            for k in (-1.5, 1.5)
        )
    beta, above = np.exp(grid[rows, best]), slope[rows, best]
    floor = middle[:, 0] - above * u_mean[rows, best]
    edge = (beta < FLATTEST * 1.001) | (beta > STEEPEST / 1.001)
    return Floors(floor, beta, above, np.asarray(edge | (above <= 0.0) | (floor <= 0.0)))
