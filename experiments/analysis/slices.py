"""IsoFLOP slices through training curves, and their minima (Approach 2 of Hoffmann et al. 2022).

A parabola in ln N goes through the mean over seeds of each size within a window around the lowest
loss, or of the nearest five. A minimum between trained sizes counts; others are "at the edge".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from experiments.analysis.counts import SIX_ND, WITH_HEAD, cost_per_byte, parameters
from experiments.analysis.seed_draws import label_means
from experiments.analysis.study import Study
from scaling_utils.check import FloatArray, positive
from scaling_utils.isoflop import EDGE, MINIMUM, NO_MINIMUM, TOO_FEW
from scaling_utils.power_fit import parabola

WINDOW = float(np.log(5.0))
"""Half-width in ln N of the sizes taken: a factor of 5 either way."""

FEWEST = 5
"""Sizes that a parabola needs: three constants, and something left to judge it by."""

STATUS = (MINIMUM, EDGE, NO_MINIMUM, TOO_FEW)


@dataclass(frozen=True, eq=False)
class Slices:
    """The loss of every run at every budget.

    - study: The runs.
    - C (k,): Budgets, FLOPs, rising.
    - N, cost (sizes,): Parameters, and FLOPs per byte, of each size, in the order of N.
    - label (runs,): Size of each run: a place in N.
    - loss (runs, k): Nats per byte; NaN where the run's curve does not reach the budget.
    """

    study: Study
    C: FloatArray
    N: FloatArray
    cost: FloatArray
    label: NDArray[np.intp]
    loss: FloatArray

    def table(self) -> pd.DataFrame:
        """One row per run and budget that its curve reaches: C, run, seed, N, D, loss."""
        row, column = np.nonzero(np.isfinite(self.loss))
        C, size = self.C[column], self.label[row]
        found = self.study.runs[["run", "seed"]].iloc[row].reset_index(drop=True)
        found = found.assign(C=C, N=self.N[size], D=C / self.cost[size])
        found["loss"] = self.loss[row, column]
        return found.sort_values(["C", "N", "seed"], ignore_index=True)

    def profiles(self, weights: FloatArray | None = None) -> FloatArray:
        """Mean loss of each size in each draw, shape (draws, sizes, k)."""
        each = np.ones((1, len(self.label))) if weights is None else weights
        return label_means(each, self.loss, self.label)

    def bytes_at(self, C: ArrayLike, N: ArrayLike) -> FloatArray:
        """Bytes that a model of size N sees for a budget; its cost lies between the sizes'."""
        cost = np.exp(np.interp(np.log(N), np.log(self.N), np.log(self.cost)))
        return np.asarray(C, dtype=np.float64) / cost


def slices(
    study: Study, budgets: ArrayLike, *, counting: str = WITH_HEAD, compute: str = SIX_ND
) -> Slices:
    """Cut every run of one group at every budget, in FLOPs; see `counts` for the two options."""
    C = np.unique(np.atleast_1d(positive("C", budgets)))
    cost = cost_per_byte(study.runs, counting, compute)
    N, first, label = np.unique(
        parameters(study.runs, counting), return_index=True, return_inverse=True
    )
    if N.size != study.runs["size"].nunique():
        raise ValueError(
            f"two sizes of the study have the same N {counting}: take one group of it"
        )
    return Slices(study, C, N, cost[first], label, study.loss_at(C / cost[:, np.newaxis]))


@dataclass(frozen=True, eq=False)
class Vertices:
    """Lowest points of parabolas through the profiles of all draws; NaN where there is none.

    - log_N, loss (draws,): Place and height of the vertex, also outside the sizes taken.
    - curvature (draws,): Second derivative by ln N, nats.
    - first, last (draws,): Smallest and largest size taken; -1 where there are too few.
    - status (draws,): Place in `STATUS`.
    """

    log_N: FloatArray
    loss: FloatArray
    curvature: FloatArray
    first: NDArray[np.intp]
    last: NDArray[np.intp]
    status: NDArray[np.intp]


def vertices(log_N: FloatArray, loss: FloatArray) -> Vertices:
    """Fit a parabola around the lowest loss of each profile, shape (draws, sizes)."""
    there = np.isfinite(loss)
    lowest = np.where(there, loss, np.inf).argmin(axis=1)
    at, height, bend = (np.full(len(loss), np.nan) for _ in range(3))
    first, last = (np.full(len(loss), -1, dtype=np.intp) for _ in range(2))
    status = np.full(len(loss), STATUS.index(TOO_FEW), dtype=np.intp)
    kinds, kind = np.unique(np.column_stack([there, lowest]), axis=0, return_inverse=True)
    for k, row in enumerate(kinds):
        have, best, own = np.flatnonzero(row[:-1]), int(row[-1]), np.flatnonzero(kind == k)
        if have.size < FEWEST:
            continue
        distance = np.abs(log_N[have] - log_N[best])
        taken = have[distance <= WINDOW]
        if taken.size < FEWEST:
            taken = np.sort(have[np.argsort(distance, kind="stable")[:FEWEST]])
        x = log_N[taken] - log_N[best]
        c0, c1, c2 = parabola(x, loss[np.ix_(own, taken)])
        steep = np.where(c2 > 0, c2, np.nan)
        move = -c1 / (2.0 * steep)
        at[own], height[own] = log_N[best] + move, c0 - c1**2 / (4.0 * steep)
        bend[own] = 2.0 * c2
        first[own], last[own] = taken[0], taken[-1]
        inside = (move > x[0]) & (move < x[-1]) & (have[0] < best < have[-1])
        outside = np.where(c2 > 0, STATUS.index(EDGE), STATUS.index(NO_MINIMUM))
        status[own] = np.where(inside, STATUS.index(MINIMUM), outside)
    return Vertices(at, height, bend, first, last, status)
