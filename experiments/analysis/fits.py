"""Straight lines and parabolas through the points of every draw at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scaling_utils.check import FloatArray


@dataclass(frozen=True, eq=False)
class Lines:
    """Lines by least squares, one a draw: slope NaN for one x, correlation 0 for one y."""

    slope: FloatArray
    intercept: FloatArray
    correlation: FloatArray

    def at(self, x: FloatArray) -> FloatArray:
        """Height of each draw's line, for x of shape (draws, ...)."""
        beside = (slice(None), *(np.newaxis,) * (np.ndim(x) - 1))
        return np.asarray(self.intercept[beside] + self.slope[beside] * x)


def straight(x: FloatArray, y: FloatArray, weights: FloatArray | None = None) -> Lines:
    """Fit a line in every draw, through the values that are there.

    x, y and weights have the shape (draws, n) or one that grows to it; y may hold NaN.
    """
    x, y = np.broadcast_arrays(np.atleast_2d(x), np.atleast_2d(y))
    there = np.isfinite(y)
    counted = there * (1.0 if weights is None else weights)
    total = counted.sum(axis=1)
    some = np.where(total > 0, total, 1.0)
    y = np.where(there, y, 0.0)
    x_mean, y_mean = ((counted * each).sum(axis=1) / some for each in (x, y))
    u, v = x - x_mean[:, np.newaxis], y - y_mean[:, np.newaxis]
    along, across, both = ((counted * each).sum(axis=1) for each in (u * u, v * v, u * v))
    varied = along > 1e-12 * total * x_mean**2
    slope = np.where(varied, both / np.where(varied, along, 1.0), np.nan)
    size = np.sqrt(along * across)
    alike = np.where(size > 0, both / np.where(size > 0, size, 1.0), 0.0)
    return Lines(slope, y_mean - slope * x_mean, alike)


def parabola(x: FloatArray, y: FloatArray) -> FloatArray:
    """Constants c of c[0] + c[1] x + c[2] x^2 by least squares, for y of shape (draws, n)."""
    return np.asarray(np.linalg.pinv(np.vander(x, 3, increasing=True)) @ y.T)
