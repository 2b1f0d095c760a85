"""Coordinates of the constants of a law, as the solver takes them: bounds, steps, derivatives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scaling_utils.check import FloatArray
from scaling_utils.fitting.points import Batch

Values = tuple[FloatArray, FloatArray, FloatArray]
"""Objective (P,), gradient (m, P) and Hessian (m, m, P)."""

Evaluate = Callable[[Batch, FloatArray, FloatArray], Values]
"""Values of P problems of a batch at theta (m, P), each with its delta (P,)."""

NOTHING = 1e-12
"""An E below this fraction of the loss is zero."""


@dataclass(frozen=True, eq=False)
class Coordinates:
    """The m free constants of a law as theta, and the coordinates in which steps are taken.

    Where E is hardly told from a slow term, the minimum lies along a narrow, bent valley. It is
    straight where an exponent is replaced by its inverse, and the logarithm of a term's size, its
    level, by that of exponent times size. `straight` names places in theta: the levels that go
    with an exponent, and the exponent. `evaluate` gives values by theta; `box` bounds theta,
    `bounds` the steps' coordinates, which are cut to `longest` plus `share` of what they are.
    `floor` holds the place of E, if it is free.
    """

    evaluate: Evaluate
    box: FloatArray
    bounds: FloatArray
    longest: FloatArray
    share: FloatArray
    straight: tuple[tuple[tuple[int, ...], int], ...]
    floor: list[int]

    def place(self, theta: FloatArray) -> FloatArray:
        """The coordinates in which steps are taken, within their bounds."""
        return np.asarray(np.clip(self.theta(np.clip(theta, *self.box)), *self.bounds))

    def theta(self, place: FloatArray) -> FloatArray:
        """The constants at a place; it is the same way back."""
        theta = place.copy()
        for levels, exponent in self.straight:
            for level in levels:
                theta[level] += np.log(place[exponent])
            theta[exponent] = 1.0 / place[exponent]
        return theta

    def end(self, place: FloatArray) -> FloatArray:
        """The constants where a descent ended, within their box."""
        theta = np.clip(self.theta(place), *self.box)
        E = theta[self.floor]
        theta[self.floor] = np.where(E < NOTHING, self.box[0, self.floor], E)
        return theta

    def at(self, batch: Batch, theta: FloatArray) -> Values:
        """Values by theta, at the delta of the batch."""
        return self.evaluate(batch, theta, np.full(theta.shape[1], batch.delta))

    def values(self, batch: Batch, place: FloatArray, zone: FloatArray) -> Values:
        """Values by the coordinates in which steps are taken, by the chain rule."""
        value, g, h = self.evaluate(batch, self.theta(place), zone)
        for levels, j in self.straight:
            slope = 1.0 / place[j]
            square = slope * slope
            row = -square * h[j]
            for i in levels:
                row += slope * h[i]
            h[j, j] = -square * row[j] + 2.0 * square * slope * g[j]
            g[j] *= -square
            for i in levels:
                h[j, j] += slope * row[i] - square * g[i]
                g[j] += slope * g[i]
            row[j] = h[j, j]
            h[j] = h[:, j] = row
        return value, g, h
