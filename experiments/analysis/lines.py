"""Straight lines of one loss against another, fitted to many resamples at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from experiments.analysis.result import quantile_interval
from scaling_utils._validate import FloatArray
from scaling_utils.bootstrap.result import Interval

UNCLEAR = "a constant difference or a constant factor: the losses cannot tell"
DIFFERENCE, FACTOR = "a constant difference", "a constant factor"
GROWING = "the offset grows as the model improves"
SHRINKING = "the offset shrinks as the model improves"
UNDECIDED = "undecided: the interval of the slope is too wide"

WIDE = 0.1
"""An interval with a larger half-width does not show that a slope is one, though it holds it."""


@dataclass(frozen=True, eq=False)
class Lines:
    """Lines y = intercept + slope x; the first is that of the data, the others of resamples.

    Attributes
    ----------
    slope, intercept : ndarray, shape (1 + resamples,)
        On plain axes.
    log_slope : ndarray, shape (1 + resamples,)
        Slope of ln y against ln x: 1 for a constant factor.
    growth : ndarray, shape (1 + resamples,)
        Minus the slope of ln(y - x) against ln x; NaN unless every y is above its x.
    """

    slope: FloatArray
    intercept: FloatArray
    log_slope: FloatArray
    growth: FloatArray


@dataclass(frozen=True, eq=False)
class Line:
    """A line with intervals, and what it says about the offset y - x.

    Attributes
    ----------
    slope : Interval
        1 for a constant difference; below 1 the offset grows as x falls.
    offset : Interval
        y - x at the anchor, nats.
    log_slope : Interval
        Slope on logarithmic axes: 1 for a constant factor.
    growth : Interval
        The power g of `scaling_utils.transfer.TransferLaw`, where the offset goes as x ** -g:
        0 for a constant difference, -1 for a constant factor; NaN unless every y is above its x.
    residual : float
        Root mean square distance from the line, nats.
    correlation : float
        Of x and y; the median over curves where there is one line per curve.
    trend : str
        What the intervals of both slopes allow, in words.
    """

    slope: Interval
    offset: Interval
    log_slope: Interval
    growth: Interval
    residual: float
    correlation: float
    trend: str


def fit_lines(weights: FloatArray, x: FloatArray, y: FloatArray) -> Lines:
    """Least squares with the weights of each resample.

    Parameters
    ----------
    weights : ndarray, shape (R, n)
        How often each point counts.
    x, y : ndarray, shape (n,)
        Positive losses.

    Returns
    -------
    Lines
        NaN for a resample whose points have one x.

    Examples
    --------
    >>> found = fit_lines(np.ones((1, 3)), np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 4.0]))
    >>> found.slope.round(9).tolist(), found.intercept.round(9).tolist()
    ([1.0], [1.0])
    """
    slope, intercept = _fit(weights, x, y)
    power = _fit(weights, np.log(x), np.log(y))[0]
    above = bool((y > x).all())
    growth = -_fit(weights, np.log(x), np.log(y - x))[0] if above else np.full_like(slope, np.nan)
    return Lines(slope, intercept, power, growth)


def with_intervals(
    lines: Lines, anchor: float, level: float, *, residual: float, correlation: float
) -> Line:
    """The line of the data with the quantiles of the resamples.

    Parameters
    ----------
    lines : Lines
        The first of them is that of the data.
    anchor : float
        Where the offset is given.
    level : float
        Coverage.
    residual, correlation : float
        Of the data.
    """
    offset = lines.intercept + (lines.slope - 1.0) * anchor
    slope, power = (_interval(draws, level) for draws in (lines.slope, lines.log_slope))
    return Line(
        slope=slope,
        offset=_interval(offset, level),
        log_slope=power,
        growth=_interval(lines.growth, level),
        residual=residual,
        correlation=correlation,
        trend=_trend(slope, power),
    )


def _fit(weights: FloatArray, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    total = weights.sum(axis=1)
    x_mean, y_mean = weights @ x / total, weights @ y / total
    away = x - x_mean[:, np.newaxis]
    spread = (weights * away**2).sum(axis=1)
    varied = spread > 1e-12 * total * x_mean**2
    along = (weights * away * (y - y_mean[:, np.newaxis])).sum(axis=1)
    slope = np.where(varied, along / np.where(varied, spread, 1.0), np.nan)
    return slope, y_mean - slope * x_mean


def correlation(x: FloatArray, y: FloatArray) -> float:
    """Pearson's correlation; zero where one of the two does not vary.

    Examples
    --------
    >>> correlation(np.array([1.0, 2.0, 3.0]), np.array([5.0, 5.0, 5.0]))
    0.0
    """
    u, v = x - x.mean(), y - y.mean()
    scale = float(np.sqrt((u @ u) * (v @ v)))
    return float(u @ v) / scale if scale > 0 else 0.0


def _interval(draws: FloatArray, level: float) -> Interval:
    return quantile_interval(float(draws[0]), draws[1:], level)


def _trend(slope: Interval, power: Interval) -> str:
    if not np.isfinite(slope.low):
        return ""
    holding = [s for s in (slope, power) if s.low <= 1.0 <= s.high]
    if any(s.high - s.low > 2.0 * WIDE for s in holding):
        return UNDECIDED
    if len(holding) == 2:
        return UNCLEAR
    if holding:
        return DIFFERENCE if holding[0] is slope else FACTOR
    return GROWING if slope.high < 1.0 else SHRINKING
