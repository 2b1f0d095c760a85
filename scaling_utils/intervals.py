"""The ends of an interval over draws, whatever the quantity."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from scaling_utils._validate import FloatOrArray, one_number, unwrap


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
