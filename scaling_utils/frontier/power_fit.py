"""Power laws fitted to points, with intervals."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student

from scaling_utils._validate import (
    FloatArray,
    FloatOrArray,
    aligned,
    one_between,
    positive,
    same_length,
    unwrap,
)
from scaling_utils.laws.base import Record, unit


@dataclass(frozen=True)
class PowerFit(Record):
    """A straight line through logarithms, y = scale * x ** exponent.

    Attributes
    ----------
    scale : float
        y at x = 1; strongly correlated with the exponent, so use `predict`.
    exponent : float
        Slope.
    exponent_error : float
        Its standard error, for independent errors of log y; NaN with two points.
    points : int
        How many points were fitted.
    centre_log_x, spread_log_x : float
        Mean of log x, and the sum of its squared deviations.
    residual_error : float
        Standard deviation of log y about the line; NaN with two points.
    """

    scale: float = field(metadata=unit("1"))
    exponent: float = field(metadata=unit("1"))
    exponent_error: float = field(metadata=unit("1"))
    points: int = field(metadata=unit("1"))
    centre_log_x: float = field(metadata=unit("1"))
    spread_log_x: float = field(metadata=unit("1"))
    residual_error: float = field(metadata=unit("1"))

    def predict(self, x: ArrayLike) -> FloatOrArray:
        """Value of the line at x.

        Examples
        --------
        >>> round(fit_power([1.0, 10.0, 100.0], [2.0, 20.0, 200.0]).predict(1000.0), 6)
        2000.0
        """
        return unwrap(self.scale * positive("x", x) ** self.exponent)

    def exponent_interval(self, level: float = 0.95) -> tuple[float, float]:
        """Interval of the exponent by Student's t.

        Raises
        ------
        ValueError
            If there are only two points, which leave nothing to judge the spread by.
        """
        half = self._quantile(level) * self.exponent_error
        return self.exponent - half, self.exponent + half

    def predict_interval(
        self, x: ArrayLike, level: float = 0.95
    ) -> tuple[FloatOrArray, FloatOrArray]:
        """Interval of the line at x; it widens away from the points."""
        log_x = np.log(positive("x", x))
        away = (log_x - self.centre_log_x) ** 2 / self.spread_log_x
        half = self._quantile(level) * self.residual_error * np.sqrt(1.0 / self.points + away)
        centre = np.asarray(self.predict(x))
        return unwrap(centre * np.exp(-half)), unwrap(centre * np.exp(half))

    def _quantile(self, level: float) -> float:
        if self.points < 3:
            raise ValueError("an interval needs at least three points")
        share = one_between("level", level, 0.0, 1.0)
        return float(student.ppf(0.5 + share / 2.0, self.points - 2))


def fit_power(x: ArrayLike, y: ArrayLike) -> PowerFit:
    """Fit y = scale * x ** exponent by least squares on logarithms.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        Positive; n >= 2 and at least two different x.

    Raises
    ------
    ValueError
        If a value is not positive, lengths differ, or all x are the same.

    Examples
    --------
    The budgets and sizes of Hoffmann et al. 2022, Table 3 (Approach 1), first three rows.

    >>> fit = fit_power([1.92e19, 1.21e20, 1.23e22], [4e8, 1e9, 1e10])
    >>> round(fit.exponent, 3)
    0.498
    """
    aligned(x=x, y=y)
    u = np.log(np.atleast_1d(positive("x", x)).ravel())
    v = np.log(np.atleast_1d(positive("y", y)).ravel())
    same_length(x=u, y=v)
    centre = float(u.mean())
    spread = float(((u - centre) ** 2).sum())
    if u.size < 2 or spread <= 1e-20 * max(1.0, centre**2):
        raise ValueError("x must hold at least two different values to fit a power law")
    slope = float(((u - centre) * v).sum() / spread)
    level = float(v.mean()) - slope * centre
    r = v - level - slope * u
    error = float(np.sqrt((r**2).sum() / (u.size - 2))) if u.size > 2 else float("nan")
    return PowerFit(
        scale=float(np.exp(np.clip(level, -700.0, 700.0))),
        exponent=slope,
        exponent_error=error / float(np.sqrt(spread)),
        points=int(u.size),
        centre_log_x=centre,
        spread_log_x=spread,
        residual_error=error,
    )


@dataclass(frozen=True)
class Range:
    """Quantiles of an exponent over draws of the data.

    Attributes
    ----------
    low, high : float
        Quantiles.
    level : float
        Share of the draws between them.
    draws : int
        How many draws gave an exponent.
    failed : int
        How many did not, and are left out.

    Examples
    --------
    >>> print(Range(0.46, 0.54, 0.8, 97, 3))
    0.46 to 0.54 (80 %; 3 of 100 draws left out: no exponent)
    """

    low: float
    high: float
    level: float
    draws: int
    failed: int

    def __str__(self) -> str:
        said = f"{100 * self.level:.4g} %"
        if self.failed:
            said += f"; {self.failed} of {self.draws + self.failed} draws left out: no exponent"
        return f"{self.low:.4g} to {self.high:.4g} ({said})"


MOST_LEFT_OUT = 0.1
"""Share of the draws that may be left out without a word of consent."""


def quantile_range(
    exponents: FloatArray, level: float, failed: int, *, allow_left_out: bool = False
) -> Range:
    """Quantile interval of the exponents of many draws.

    Parameters
    ----------
    exponents : ndarray
        Of the draws that gave one.
    level : float
        Share of them inside the range.
    failed : int
        How many draws gave none.
    allow_left_out : bool
        Whether these may be more than a tenth of all.

    Raises
    ------
    ValueError
        If no draw gave an exponent, or too few did.
    """
    share = one_between("level", level, 0.0, 1.0)
    if not exponents.size:
        raise ValueError("no draw of the data gave an exponent: there are too few points")
    if failed > MOST_LEFT_OUT * (exponents.size + failed) and not allow_left_out:
        raise ValueError(
            f"{failed} of {exponents.size + failed} draws of the data gave no exponent; the range "
            "of the others would leave out the hardest cases. Add runs, or give "
            "allow_left_out=True"
        )
    low, high = np.quantile(exponents, [0.5 - share / 2.0, 0.5 + share / 2.0])
    return Range(float(low), float(high), share, int(exponents.size), failed)
