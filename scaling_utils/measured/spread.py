"""Differences of means of a few seeds each, judged by a spread that several cells share.

With two or three seeds a cell's own standard deviation says little; cells that are alike can
lend each other theirs. Seeds are treated as independent between cells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from scaling_utils._validate import FloatArray, between, same_length


@dataclass(frozen=True, eq=False)
class Cells:
    """Means of cells, and the spread they share.

    Attributes
    ----------
    mean, sd : ndarray, shape (cells,)
        Mean, and the cell's own standard deviation (NaN with one value).
    number : ndarray of int, shape (cells,)
        Values in each cell.
    pooled : float
        Standard deviation of one value about its cell's mean, from all cells; NaN if no cell
        has two values.
    freedom : int
        Degrees of freedom of `pooled`.
    """

    mean: FloatArray
    sd: FloatArray
    number: NDArray[np.intp]
    pooled: float
    freedom: int

    def half_width(self, first: int, second: int | None = None, *, level: float = 0.95) -> float:
        """Half the interval of one mean, or of the difference of two, by Student's t.

        Parameters
        ----------
        first, second : int
            Cells; the interval of a difference from itself is zero.
        level : float
            Coverage.

        Returns
        -------
        float
            NaN where no cell has two values.
        """
        share = float(between("level", level, 0.0, 1.0))
        if second == first:
            return 0.0
        if not self.freedom:
            return float("nan")
        inverse = 1.0 / self.number[first] + (0.0 if second is None else 1.0 / self.number[second])
        return float(student.ppf(0.5 + share / 2.0, self.freedom) * self.pooled * np.sqrt(inverse))


def cells(values: FloatArray, label: NDArray[np.intp]) -> Cells:
    """Take the means of cells and pool their spread.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Losses.
    label : ndarray of int, shape (n,)
        Cell of each, from 0, none empty.

    Examples
    --------
    >>> found = cells(np.array([1.0, 3.0, 5.0, 5.0]), np.array([0, 0, 1, 1]))
    >>> found.mean.tolist(), found.pooled, found.freedom
    ([2.0, 5.0], 1.0, 2)
    >>> round(found.half_width(0, 1), 3)
    4.303
    """
    same_length(values=values, label=label)
    number = np.bincount(label)
    mean = np.bincount(label, values) / number
    squares = np.bincount(label, (values - mean[label]) ** 2)
    free = number - 1
    sd = np.sqrt(np.where(free > 0, squares / np.maximum(free, 1), np.nan))
    freedom = int(free.sum())
    pooled = float(np.sqrt(squares.sum() / freedom)) if freedom else float("nan")
    return Cells(mean, sd, number, pooled, freedom)


def welch_half_width(first: Cells, j: int, second: Cells, k: int, *, level: float = 0.95) -> float:
    """Half the interval of a difference of means whose spreads are not the same.

    Parameters
    ----------
    first, second : Cells
        Each with a spread of its own.
    j, k : int
        The cell of each.
    level : float
        Coverage.

    Returns
    -------
    float
        By Welch's degrees of freedom; NaN if either has no spread.

    Examples
    --------
    >>> a = cells(np.array([1.0, 2.0, 3.0]), np.zeros(3, dtype=np.intp))
    >>> round(welch_half_width(a, 0, a, 0), 3)
    2.267
    """
    share = float(between("level", level, 0.0, 1.0))
    if not first.freedom or not second.freedom:
        return float("nan")
    parts = [
        (cell.pooled**2 / cell.number[place], cell.freedom)
        for cell, place in ((first, j), (second, k))
    ]
    variance = sum(value for value, _ in parts)
    if variance == 0.0:
        return 0.0
    freedom = variance**2 / sum(value**2 / free for value, free in parts)
    return float(student.ppf(0.5 + share / 2.0, freedom) * np.sqrt(variance))
