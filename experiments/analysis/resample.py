"""Intervals when every size has only a few seeds.

Each resample draws, for every size on its own, one seed fewer than there are, with replacement.
A mean of n - 1 such draws varies as s**2 / n with the unbiased s: as the mean of n runs does.
Drawing n would give too little by (n - 1) / n, a third with three seeds (Rao and Wu 1988).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scaling_utils._validate import FloatArray, one_of

FEWER, ONE = "one fewer", "one"
DRAWS = {
    FEWER: "runs of each size drawn again with replacement, one fewer than it has",
    ONE: "one run of each size drawn again: the doubt of a study with one seed",
}
"""How many runs of each size a resample has, in words."""


def seed_weights(
    label: NDArray[np.intp], resamples: int, seed: int = 0, *, draw: str = FEWER
) -> FloatArray:
    """Weight of each run in each resample.

    Parameters
    ----------
    label : ndarray of int, shape (runs,)
        Size of each run.
    resamples : int
        How many resamples.
    seed : int
        The same seed gives the same resamples.
    draw : {"one fewer", "one"}
        "one fewer" gives the doubt of a mean over the seeds; "one" that of a study with one
        seed, wider by the square root of n - 1.

    Returns
    -------
    ndarray, shape (resamples, runs)
        How often each run is drawn. A size with one run keeps it in every resample.

    Raises
    ------
    ValueError
        If there is less than one resample, or `draw` is unknown.

    Examples
    --------
    >>> weights = seed_weights(np.array([0, 0, 0, 1]), 500)
    >>> weights[:2, :3].sum(axis=1).tolist(), weights[:2, 3].tolist()
    ([2.0, 2.0], [1.0, 1.0])
    """
    one_of("draw", draw, DRAWS)
    if resamples < 1:
        raise ValueError(f"resamples must be at least 1, got {resamples}")
    rng = np.random.default_rng(seed)
    weights = np.zeros((resamples, len(label)))
    for size in np.unique(label):
        own = np.flatnonzero(label == size)
        for _ in range(max(1, own.size - 1) if draw == FEWER else 1):
            weights[np.arange(resamples), rng.choice(own, resamples)] += 1.0
    return weights


def group_weights(number: int, resamples: int, seed: int = 0) -> FloatArray:
    """How often each of some groups is drawn, one fewer than there are, with replacement.

    Examples
    --------
    >>> group_weights(8, 3).sum(axis=1).tolist()
    [7.0, 7.0, 7.0]
    """
    return seed_weights(np.zeros(number, dtype=np.intp), resamples, seed)


def size_means(weights: FloatArray, values: FloatArray, label: NDArray[np.intp]) -> FloatArray:
    """Weighted mean over the runs of each size, leaving out values that are missing.

    Parameters
    ----------
    weights : ndarray, shape (resamples, runs)
        From `seed_weights`.
    values : ndarray, shape (runs, k)
        NaN where a run has no value.
    label : ndarray of int, shape (runs,)
        Size of each run, from 0.

    Returns
    -------
    ndarray, shape (resamples, sizes, k)
        NaN where no drawn run of the size has a value.
    """
    there = np.isfinite(values)
    filled, counted = np.where(there, values, 0.0), there.astype(np.float64)
    found = np.full((len(weights), int(label.max()) + 1, values.shape[1]), np.nan)
    for size in np.unique(label):
        own = label == size
        count = weights[:, own] @ counted[own]
        some = count > 0
        total = weights[:, own] @ filled[own]
        found[:, size] = np.where(some, total / np.where(some, count, 1.0), np.nan)
    return found


def single_runs(label: NDArray[np.intp]) -> int:
    """Number of sizes with one run, whose noise no resample can show."""
    return int((np.bincount(label) == 1).sum())
