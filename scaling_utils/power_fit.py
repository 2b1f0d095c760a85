"""Lines, parabolas and power laws by least squares, and intervals of draws."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from scaling_utils import check
from scaling_utils.check import FloatArray, FloatOrArray, columns, one_between, positive, unwrap

MOST_LEFT_OUT = 0.1
"""Share of the draws that may be left out of an `Interval` without a word of consent."""


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


@dataclass(frozen=True)
class PowerFit:
    """A straight line through logarithms, y = scale * x ** exponent.

    `scale` is y at x = 1, far from any budget: to read a value off the line use `predict`.
    """

    scale: float
    exponent: float

    def predict(self, x: ArrayLike) -> FloatOrArray:
        """Value of the line at x."""
        return unwrap(self.scale * positive("x", x) ** self.exponent)


def fit_power(x: ArrayLike, y: ArrayLike) -> PowerFit:
    """Fit y = scale * x ** exponent by least squares on logarithms, to two points or more.

    The first three rows of Hoffmann et al. 2022, Table 3 (Approach 1):

    >>> round(fit_power([1.92e19, 1.21e20, 1.23e22], [4e8, 1e9, 1e10]).exponent, 3)
    0.498
    """
    line = straight(*np.log(columns(x=x, y=y)))
    if np.isnan(line.slope[0]):
        raise ValueError("x must hold at least two different values to fit a power law")
    level = float(np.clip(line.intercept[0], -700.0, 700.0))
    return PowerFit(float(np.exp(level)), float(line.slope[0]))


class Frontier(ABC):
    """Best sizes and amounts of data against compute: power laws N_fit, D_fit, exponents a, b."""

    @property
    @abstractmethod
    def best(self) -> pd.DataFrame:
        """Rows of the table (C, N, D) that the power laws go through."""

    @cached_property
    def N_fit(self) -> PowerFit:
        return fit_power(self.best["C"], self.best["N"])

    @cached_property
    def D_fit(self) -> PowerFit:
        return fit_power(self.best["C"], self.best["D"])

    @property
    def a(self) -> float:
        return self.N_fit.exponent

    @property
    def b(self) -> float:
        return self.D_fit.exponent


@dataclass(frozen=True)
class Interval:
    """Value at the fitted law, and quantiles of so many resamples with a share between them.

    >>> print(Interval(0.51, 0.43, 0.57, 0.95, 197, left_out=3))
    0.51 (0.43 to 0.57, 95 %; 3 of 200 resamples left out)
    """

    estimate: float
    low: float
    high: float
    level: float
    resamples: int
    left_out: int = 0

    def __str__(self) -> str:
        said, of = f"{100 * self.level:.4g} %", self.resamples + self.left_out
        said += f"; {self.left_out} of {of} resamples left out" if self.left_out else ""
        return f"{self.estimate:.4g} ({self.low:.4g} to {self.high:.4g}, {said})"


def interval(
    values: ArrayLike, level: float = 0.95, axis: int = -1
) -> tuple[FloatOrArray, FloatOrArray]:
    """Both ends of the middle `level` of some draws, infinite ones too: order statistics.

    >>> interval([3.0, 1.0, 2.0, float("inf")], level=0.5)
    (1.0, 3.0)
    """
    share, draws = one_between("level", level, 0.0, 1.0), check.numbers("values", values)
    there = isinstance(axis, int) and abs(axis + 0.5) < draws.ndim
    if not there or not draws.size or np.isnan(draws).any():
        raise ValueError(f"values must be numbers, and axis one of their {draws.ndim} axes")
    # Rounded, so that 0.025 of 4,000 draws is the hundredth of them.
    ends = np.round([0.5 - share / 2, 0.5 + share / 2], 12)
    low, high = np.quantile(draws, ends, axis=axis, method="inverted_cdf")
    return unwrap(low), unwrap(high)


def interval_around(estimate: float, values: FloatArray, level: float, left_out: int) -> Interval:
    """The `interval` of some draws; `left_out` gave no value, at most `MOST_LEFT_OUT` of all."""
    of = values.size + left_out
    if not values.size or left_out > MOST_LEFT_OUT * of:
        raise ValueError(
            f"{left_out} of {of} draws of the data gave no exponent; the range of the others "
            "would leave out the hardest cases. Add runs"
        )
    low, high = interval(values, level)
    return Interval(estimate, float(low), float(high), level, int(values.size), left_out)
