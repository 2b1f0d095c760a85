"""The minimum of every resample of a fit, however hard it is to find."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scaling_utils._validate import FloatArray
from scaling_utils.fit_result import ChinchillaFit
from scaling_utils.points import Batch, Ends, Flags, projected
from scaling_utils.solver import evaluate, minimise

FEW = 64
"""Up to so many runs the finest way is taken at once: quicker ones would stop early too often."""

NEARLY_ZERO = 1e-3
"""Below this fraction of the loss, E is looked at again."""

DISAGREE = 1e-6
"""Relative difference of objectives, or difference of exponents / 1000, between two ways."""

STEEP, MORE_STARTS = 2.0, 9


@dataclass(frozen=True, eq=False)
class Starts:
    """The runs of a fit, and where fits of its resamples begin, each of shape (5, 1).

    The law of all runs, their least squares, and the best laws with a steep model term and with a
    steep data term: few runs may have another minimum there, in which one size or one amount of
    data stands alone.
    """

    batch: Batch
    law: FloatArray
    squares: FloatArray
    steep: tuple[FloatArray, FloatArray]

    @classmethod
    def of(cls, fit: ChinchillaFit) -> Starts:
        """The starts that follow from a fit whose law can be used."""
        law, batch = fit.law, fit.problem.batch()
        at = batch.points.to_theta(np.array([list(law.constants().values())]))
        pairs = np.array([[STEEP, law.beta], [law.alpha, STEEP]])
        steep = projected(batch.points, batch.loss, batch.weights, pairs)
        squares = minimise(Batch(batch.points, batch.weights, batch.loss, np.inf), at).theta
        return cls(batch, at, squares, (steep[:, :1], steep[:, 1:]))


def solve(starts: Starts, weights: FloatArray, loss: FloatArray) -> tuple[Ends, Flags]:
    """The best end of every resample, and whether two ways ended apart.

    Weights (R, n); losses in nats, (R, n) or (n,). An end that is not marked as converged is the
    best point found.
    """
    rows, points = len(weights), starts.batch.points
    fine = points.x.size <= FEW
    batch = Batch(points, weights, loss / points.unit, starts.batch.delta, starts.batch.raw)
    begin = [starts.law, starts.squares, *(starts.steep if fine else ())]
    by_squares = np.repeat(np.arange(len(begin)) > 0, rows)
    number, start = np.tile(np.arange(rows), len(begin)), np.repeat(np.hstack(begin), rows, axis=1)
    every = minimise(batch.take(number), start, squares=by_squares, fine=fine)
    first, second, *others = (every.take(slice(k, k + rows)) for k in range(0, number.size, rows))
    ends, two = _better(first, second), _apart(first, second)
    for other in others:
        two |= other.value < ends.value * (1.0 - DISAGREE) - 1e-24
        ends = _better(ends, other)
    if not fine:
        ends = _again(ends, batch, two | (ends.theta[2] < NEARLY_ZERO), starts.squares)
    hard = np.flatnonzero(~ends.converged)
    if hard.size:
        ends = _improved(ends, hard, _from_more_starts(batch.take(hard), hard.size))
    return ends, two


def _again(ends: Ends, batch: Batch, doubtful: Flags, squares: FloatArray) -> Ends:
    """Ends that did not converge or are doubtful, solved in the finest way."""
    hard = np.flatnonzero(~ends.converged | doubtful)
    if not hard.size:
        return ends
    part, at = batch.take(hard), ends.theta[:, hard]
    third = minimise(part, at, squares=False, fine=True)
    fourth = minimise(part, np.repeat(squares, hard.size, axis=1), fine=True)
    return _improved(ends, hard, _better(third, fourth))


def _from_more_starts(batch: Batch, rows: int) -> Ends:
    """The best end of each resample from the best starts that a full fit of it would have."""
    chosen = []
    for k in range(rows):
        own = batch.take(np.array([k]))
        loss, weights = np.atleast_2d(own.loss)[0], own.weights[0]
        begin = projected(batch.points, loss, weights)
        near = np.argsort(evaluate(own.take(np.zeros(begin.shape[1], int)), begin)[0])
        chosen.append(begin[:, near[:MORE_STARTS]])
    each = np.repeat(np.arange(rows), MORE_STARTS)
    ends = minimise(batch.take(each), np.hstack(chosen), fine=True)
    return ends.take(
        ends.value.reshape(rows, MORE_STARTS).argmin(axis=1) + MORE_STARTS * np.arange(rows)
    )


def _better(first: Ends, second: Ends) -> Ends:
    """The lower end of each problem, of two descents of the same batch."""
    return first.replaced(np.arange(len(first.value)), second, second.value < first.value)


def _improved(ends: Ends, rows: NDArray[np.intp], other: Ends) -> Ends:
    """The ends, with those of `rows` replaced where another set is lower, or as low and sure."""
    level = other.value <= ends.value[rows] * (1.0 + DISAGREE) + 1e-24
    lower = other.value < ends.value[rows]
    return ends.replaced(rows, other, lower | (level & other.converged & ~ends.converged[rows]))


def _apart(first: Ends, second: Ends) -> Flags:
    """Where two descents ended at different points."""
    lower = np.minimum(first.value, second.value)
    by_value = np.abs(first.value - second.value) > DISAGREE * lower + 1e-24
    by_law = np.abs(first.theta[3:] - second.theta[3:]).max(axis=0) > 1e3 * DISAGREE
    return np.asarray(by_value | by_law)
