"""The minimum of every resample, however hard it is to find.

Many runs are fitted by the two quick ways of `scaling_utils.solver.paths`, and again by the
careful one where these do not converge, disagree or end near E = 0. Few runs are fitted by the
careful way from the beginning: their resamples often have E near zero or a small exponent, where
the quick ways stop early. For so few runs there are also two starts with a steep term: a resample
may have another minimum there, in which one size or one amount of data stands alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from scaling_utils._validate import FloatArray
from scaling_utils.fitting.result import ChinchillaFit
from scaling_utils.solver.careful import FEW, carefully
from scaling_utils.solver.newton import BOX, Descent
from scaling_utils.solver.objective import evaluate
from scaling_utils.solver.paths import (
    NEARLY_ZERO,
    SQUARES,
    better_of,
    by_way_of_squares,
    replaced,
    straight,
    without_floor,
)
from scaling_utils.solver.points import Batch, Points
from scaling_utils.solver.problem import Problem
from scaling_utils.solver.starts import projected, repaired

DISAGREE = 1e-6
"""Relative difference of objectives, or difference of exponents / 1000, between two ways."""

STEEP = 2.0
"""Exponent of a steep term."""

MORE_STARTS = 9
"""Starts of its own for a resample that no way from the law of all runs has solved."""


@dataclass(frozen=True, eq=False)
class Starts:
    """Where the fits of resamples begin, each of shape (5, 1).

    Attributes
    ----------
    points : Points
        The runs.
    at_law, at_squares : ndarray
        The law of all runs, and their least squares.
    steep : tuple of ndarray
        The best laws with a steep model term and with a steep data term.
    """

    points: Points
    at_law: FloatArray
    at_squares: FloatArray
    steep: tuple[FloatArray, FloatArray]

    @classmethod
    def of(cls, fit: ChinchillaFit) -> Self:
        """The starts that follow from a fit whose law can be used."""
        law, points = fit.law, fit.problem.points()
        constants = [max(law.E, 1e-300), law.A, law.B, law.alpha, law.beta]
        at_law = points.to_theta(np.array([constants]))
        batch = fit.problem.batch(points)
        pairs = np.array([[STEEP, law.beta], [law.alpha, STEEP]])
        loss = fit.problem.loss / points.unit
        steep = repaired(projected(points, loss, fit.problem.weights, pairs))
        squares = by_way_of_squares(batch, at_law, SQUARES).theta
        return cls(points, at_law, squares, (steep[:, :1], steep[:, 1:]))


@dataclass(frozen=True, eq=False)
class Solved:
    """The best end of each resample; whether two ways ended apart, and whether it is a bound."""

    ends: Descent
    two_minima: NDArray[np.bool_]
    at_bound: NDArray[np.bool_]


def solve(problem: Problem, starts: Starts, weights: FloatArray, loss: FloatArray) -> Solved:
    """Minimise the objective of every resample.

    Parameters
    ----------
    problem : Problem
        What is minimised.
    starts : Starts
        Of the fit to all runs.
    weights : ndarray, shape (R, n)
        Weight of each run in each resample.
    loss : ndarray, shape (R, n) or (n,)
        Losses, nats per token.

    Returns
    -------
    Solved
        An end that is not marked as converged is the best point found.
    """
    rows, residual, points = len(weights), problem.residual, starts.points
    batch = Batch.of(points, weights, loss / points.unit)
    law, squares = (np.repeat(at, rows, axis=1) for at in (starts.at_law, starts.at_squares))
    if points.size <= FEW:
        first = carefully(batch, law, residual, squares=False)
        second = carefully(batch, squares, residual)
        ends, two = better_of(first, second), _apart(first, second)
        for start in starts.steep:
            other = carefully(batch, np.repeat(start, rows, axis=1), residual)
            two |= other.value < ends.value * (1.0 - DISAGREE) - 1e-24
            ends = better_of(ends, other)
    else:
        first, second = (
            without_floor(batch, way(batch, at, residual), residual)
            for way, at in ((straight, law), (by_way_of_squares, squares))
        )
        ends, two = better_of(first, second), _apart(first, second)
        hard = np.flatnonzero(~ends.converged | two | (ends.theta[2] < np.log(NEARLY_ZERO)))
        if hard.size:
            part = batch.take(hard)
            third = better_of(
                carefully(part, ends.theta[:, hard], residual, squares=False),
                carefully(part, squares[:, hard], residual),
            )
            ends = _improved(ends, hard, third)
    hard = np.flatnonzero(~ends.converged)
    if hard.size:
        ends = _improved(ends, hard, _from_more_starts(batch.take(hard), problem, hard.size))
    return Solved(ends, two, _at_bound(ends.theta))


def _from_more_starts(batch: Batch, problem: Problem, rows: int) -> Descent:
    """The best end of each resample from the best starts that a full fit of it would have."""
    points, chosen = batch.points, []
    for k in range(rows):
        own = batch.take(np.array([k]))
        loss = np.asarray(own.loss if own.loss.ndim == 1 else own.loss[0], dtype=np.float64)
        weights = np.asarray(own.weights[0], dtype=np.float64)
        begin = repaired(projected(points, loss, weights))
        one = Batch.of(points, weights, loss)
        near = np.argsort(evaluate(one, begin, problem.residual).value)[:MORE_STARTS]
        chosen.append(begin[:, near])
    each = np.repeat(np.arange(rows), MORE_STARTS)
    ends = carefully(batch.take(each), np.concatenate(chosen, axis=1), problem.residual)
    best = ends.value.reshape(rows, MORE_STARTS).argmin(axis=1) + MORE_STARTS * np.arange(rows)
    return Descent(
        ends.theta[:, best], ends.value[best], ends.iterations[best], ends.converged[best]
    )


def _improved(ends: Descent, rows: NDArray[np.intp], other: Descent) -> Descent:
    """The ends, with those of `rows` replaced where another set is lower, or as low and sure."""
    level = other.value <= ends.value[rows] * (1.0 + DISAGREE) + 1e-24
    better = (other.value < ends.value[rows]) | (level & other.converged & ~ends.converged[rows])
    return replaced(ends, rows[better], other, better)


def _apart(first: Descent, second: Descent) -> NDArray[np.bool_]:
    """Where two descents ended at different points."""
    lower = np.minimum(first.value, second.value)
    by_value = np.abs(first.value - second.value) > DISAGREE * lower + 1e-24
    by_law = np.abs(first.theta[3:] - second.theta[3:]).max(axis=0) > 1e3 * DISAGREE
    return np.asarray(by_value | by_law)


def _at_bound(theta: FloatArray) -> NDArray[np.bool_]:
    low, high = theta <= BOX[0][:, np.newaxis], theta >= BOX[1][:, np.newaxis]
    return np.asarray((low | high).any(axis=0))
