"""Power laws fitted to points, and the range of an exponent over draws of the data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scaling_utils.check import (
    FloatArray,
    FloatOrArray,
    aligned,
    one_between,
    one_number,
    positive,
    same_length,
    unwrap,
)

MOST_LEFT_OUT = 0.1
"""Share of the draws that may be left out of a `Range` without a word of consent."""


@dataclass(frozen=True)
class PowerFit:
    """A straight line through logarithms, y = scale * x ** exponent.

    `scale` is y at x = 1, far from any budget and strongly correlated with the exponent: to read
    a value off the line use `predict`.
    """

    scale: float
    exponent: float

    def predict(self, x: ArrayLike) -> FloatOrArray:
        """Value of the line at x."""
        return unwrap(self.scale * positive("x", x) ** self.exponent)


def fit_power(x: ArrayLike, y: ArrayLike) -> PowerFit:
    """Fit y = scale * x ** exponent by least squares on logarithms, to two points or more.

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
    return PowerFit(float(np.exp(np.clip(level, -700.0, 700.0))), slope)


@dataclass(frozen=True)
class Range:
    """Quantiles of an exponent over draws of the data.

    `level` is the share of the draws between `low` and `high`; `draws` gave an exponent, and the
    `failed` ones, which did not, are left out.

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


def quantile_range(
    exponents: FloatArray, level: float, failed: int, *, allow_left_out: bool = False
) -> Range:
    """Quantiles around the middle `level` of the exponents; `failed` draws gave none.

    Refused if no draw gave one, or, unless `allow_left_out`, if more than `MOST_LEFT_OUT` did not.
    """
    share = one_between("level", level, 0.0, 1.0)
    if not exponents.size:
        raise ValueError("no draw of the data gave an exponent: there are too few points")
    if failed > MOST_LEFT_OUT * (exponents.size + failed) and not allow_left_out:
        raise ValueError(
            f"{failed} of {exponents.size + failed} draws of the data gave no exponent; the range "
            "of the others would leave out the hardest cases. Add runs, or give "
            "allow_left_out=True where it is taken"
        )
    low, high = np.quantile(exponents, [0.5 - share / 2.0, 0.5 + share / 2.0])
    return Range(float(low), float(high), share, int(exponents.size), failed)


def interval(
    values: ArrayLike, level: float = 0.95, axis: int = -1
) -> tuple[FloatOrArray, FloatOrArray]:
    """Quantile interval of draws, of order statistics: a mean with infinity says nothing.

    >>> interval([3.0, 1.0, 2.0, float("inf")], level=0.5)
    (1.0, 3.0)
    """
    share = one_number("level", level)
    if share >= 1:
        raise ValueError(f"level must lie between 0 and 1, got {share:g}")
    # Rounded, so that 0.025 of 4,000 draws is the hundredth of them.
    ends = np.round([0.5 - share / 2, 0.5 + share / 2], 12)
    low, high = np.quantile(np.asarray(values), ends, axis=axis, method="inverted_cdf")
    return unwrap(low), unwrap(high)
