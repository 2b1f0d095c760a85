"""The lowest point of many loss profiles at once: a parabola in ln N around the best size.

The rule is the same for the data and for every resample. Around the size of lowest loss, the
sizes within a window of ln N are taken, or the nearest five if these are fewer. A minimum must
lie between sizes that were trained: if the best size is the smallest or the largest there is,
or if the vertex lies outside the sizes taken, the profile is "at the edge".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scaling_utils._validate import FloatArray
from scaling_utils.frontier.isoflop import EDGE, MINIMUM, NO_MINIMUM, TOO_FEW

WINDOW = float(np.log(5.0))
"""Half-width in ln N: a factor of 5 either way."""

FEWEST = 5
"""Sizes that a parabola needs: three constants, and something left to judge it by."""

STATUS = (MINIMUM, EDGE, NO_MINIMUM, TOO_FEW)


@dataclass(frozen=True, eq=False)
class Vertices:
    """Lowest points of R profiles; NaN where there is none.

    Attributes
    ----------
    log_N, loss : ndarray, shape (R,)
        Place and height of the vertex, also where it lies outside the sizes taken.
    curvature : ndarray, shape (R,)
        Second derivative by ln N, nats.
    residual : ndarray, shape (R,)
        Root mean square distance from the parabola, for the degrees of freedom left, nats.
    first, last : ndarray of int, shape (R,)
        Smallest and largest size taken; -1 where there are too few.
    status : ndarray of int, shape (R,)
        Place in `STATUS`.
    """

    log_N: FloatArray
    loss: FloatArray
    curvature: FloatArray
    residual: FloatArray
    first: NDArray[np.intp]
    last: NDArray[np.intp]
    status: NDArray[np.intp]


def vertices(
    log_N: FloatArray, loss: FloatArray, *, window: float = WINDOW, fewest: int = FEWEST
) -> Vertices:
    """Fit a parabola around the lowest loss of each profile.

    Parameters
    ----------
    log_N : ndarray, shape (S,)
        Sizes, rising.
    loss : ndarray, shape (R, S)
        Profiles, nats; NaN where a size has none.
    window : float
        Half-width of the sizes taken, in ln N.
    fewest : int
        Sizes taken at least, however far they are.

    Returns
    -------
    Vertices

    Raises
    ------
    ValueError
        If sizes do not rise, the window is not positive, or fewest is below 3.

    Examples
    --------
    >>> x = np.log(np.geomspace(1e3, 1e6, 11))
    >>> found = vertices(x, 1.5 + 0.05 * (x - np.array([[11.0], [13.6]])) ** 2)
    >>> found.log_N.round(6).tolist(), [STATUS[k] for k in found.status]
    ([11.0, 13.6], ['minimum', 'at the edge'])
    """
    if (np.diff(log_N) <= 0).any():
        raise ValueError("sizes must rise: two sizes of a study have the same N in this counting")
    if window <= 0 or fewest < 3:
        raise ValueError(
            f"window must be positive and fewest at least 3, got {window} and {fewest}"
        )
    profiles = np.atleast_2d(loss)
    there = np.isfinite(profiles)
    lowest = np.where(there, profiles, np.inf).argmin(axis=1)
    R = len(profiles)
    at, height, bend, rest = (np.full(R, np.nan) for _ in range(4))
    first, last = np.full(R, -1, dtype=np.intp), np.full(R, -1, dtype=np.intp)
    status = np.full(R, STATUS.index(TOO_FEW), dtype=np.intp)
    kinds, kind = np.unique(np.column_stack([there, lowest]), axis=0, return_inverse=True)
    for k, row in enumerate(kinds):
        have, best, own = np.flatnonzero(row[:-1]), int(row[-1]), np.flatnonzero(kind == k)
        if have.size < fewest:
            continue
        taken = _taken(log_N, have, best, window, fewest)
        x = log_N[taken] - log_N[best]
        design = np.stack([np.ones_like(x), x, x * x], axis=1)
        y = profiles[np.ix_(own, taken)]
        c0, c1, c2 = np.linalg.pinv(design) @ y.T
        error = y - (design @ np.stack([c0, c1, c2])).T
        free = max(x.size - 3, 1)
        rest[own] = np.sqrt((error**2).sum(axis=1) / free) if x.size > 3 else np.nan
        convex = c2 > 0
        steep = np.where(convex, c2, np.nan)
        move = -c1 / (2.0 * steep)
        at[own], height[own] = log_N[best] + move, c0 - c1**2 / (4.0 * steep)
        bend[own] = 2.0 * c2
        first[own], last[own] = taken[0], taken[-1]
        inside = (move > x[0]) & (move < x[-1]) & (have[0] < best < have[-1])
        status[own] = np.where(
            inside,
            STATUS.index(MINIMUM),
            np.where(convex, STATUS.index(EDGE), STATUS.index(NO_MINIMUM)),
        )
    return Vertices(at, height, bend, rest, first, last, status)


def _taken(
    log_N: FloatArray, have: NDArray[np.intp], best: int, window: float, fewest: int
) -> NDArray[np.intp]:
    """The sizes within the window around the best, or the nearest ones if these are too few."""
    distance = np.abs(log_N[have] - log_N[best])
    near = distance <= window
    if near.sum() < fewest:
        near = np.isin(np.arange(have.size), np.argsort(distance, kind="stable")[:fewest])
    return np.asarray(have[near], dtype=np.intp)
