"""Runs that differ in their seed alone, taken together, with draws of their seeds.

The first of all draws is the mean over the seeds of every set-up; each other one takes one of
its runs at random. What is computed for all draws at once is an effect and the doubt of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from experiments.analysis.study import LOSS, SIZE_COLUMNS, Study
from scaling_utils.check import FloatArray, one_between
from scaling_utils.fitting.resample import Interval
from scaling_utils.power_fit import MOST_LEFT_OUT, interval

RESAMPLES = 1000

SETUP = ["group", *SIZE_COLUMNS, "layers", "unique_bytes", "rate", "schedule"]
"""What is the same for the runs of one set-up, where the table has it."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """Runs of one group, and how often each counts in each draw.

    - study: The runs of the group.
    - label (runs,): Set-up of each run: a number from 0, in the order of N_body.
    - weights (1 + resamples, runs): The mean over all seeds, then one run for each set-up.
    """

    study: Study
    label: NDArray[np.intp]
    weights: FloatArray

    @classmethod
    def of(cls, study: Study, resamples: int = RESAMPLES, seed: int = 0) -> Drawn:
        """Number the set-ups of some runs and draw their seeds."""
        columns = [column for column in SETUP if column in study.runs]
        label = np.asarray(study.runs.groupby(columns, sort=True).ngroup(), dtype=np.intp)
        drawn = draw_weights(label, resamples, seed)
        return cls(study, label, np.vstack([np.ones(len(label)), drawn]))

    def since(self, first: float) -> Drawn:
        """The same runs and draws without the points before some bytes."""
        return Drawn(self.study.since(first), self.label, self.weights)

    def by_size(self, seed: int = 0) -> Drawn:
        """The same runs, but a draw takes one seed of a size for all its set-ups.

        Runs of one seed begin alike and read alike: the noise that they share drops out.
        """
        runs = self.study.runs
        own = np.asarray(runs.groupby([*SIZE_COLUMNS, "seed"]).ngroup(), dtype=np.intp)
        size = np.asarray(runs.groupby(SIZE_COLUMNS).ngroup(), dtype=np.intp)
        first = np.unique(own, return_index=True)[1]
        taken = draw_weights(size[first], len(self.weights) - 1, seed)
        return Drawn(self.study, self.label, np.vstack([self.weights[:1], taken[:, own]]))

    @cached_property
    def setups(self) -> pd.DataFrame:
        """The columns that the runs of a set-up share: one row per set-up, in their order."""
        first = np.unique(self.label, return_index=True)[1]
        return self.study.runs.iloc[first].reset_index(drop=True)

    @cached_property
    def last(self) -> FloatArray:
        """Bytes at the end of each set-up, shape (set-ups,)."""
        return self.study.last[np.unique(self.label, return_index=True)[1]]

    def mean(self, values: FloatArray) -> FloatArray:
        """Mean of values of runs, shape (runs, k), over each set-up: (draws, set-ups, k)."""
        return label_means(self.weights, values, self.label)

    def loss_at(self, bytes_seen: ArrayLike, column: str = LOSS) -> FloatArray:
        """Loss of every set-up after some bytes: (draws, set-ups, k), NaN where not reached."""
        return self.mean(self.study.loss_at(bytes_seen, column=column))

    def ends(self, column: str = LOSS) -> FloatArray:
        """Loss of every set-up at the last point of its curve: (draws, set-ups)."""
        if column not in self._ends:
            end = np.searchsorted(self.marks, self.study.last)[:, np.newaxis]
            values = np.take_along_axis(self.curves(column), end, axis=1)
            self._ends[column] = self.mean(values)[:, :, 0]
        return self._ends[column]

    @cached_property
    def marks(self) -> FloatArray:
        """Bytes at which any run was evaluated, rising: shape (k,)."""
        return np.unique(self.study.curves["bytes_seen"].to_numpy(dtype=np.float64))

    def curves(self, column: str = LOSS) -> FloatArray:
        """Loss of every run at every mark: (runs, k), NaN where it was not evaluated."""
        table = self.study.curves
        place = pd.Index(self.study.runs["run"]).get_indexer(table["run"])
        mark = np.searchsorted(self.marks, table["bytes_seen"].to_numpy(dtype=np.float64))
        found = np.full((len(self.label), self.marks.size), np.nan)
        found[place, mark] = table[column].to_numpy(dtype=np.float64)
        return found

    @cached_property
    def _ends(self) -> dict[str, FloatArray]:
        return {}


def draw_weights(
    label: NDArray[np.intp], resamples: int, seed: int = 0, *, fewer: bool = False
) -> FloatArray:
    """How often each run is drawn, with replacement from those of its label: (resamples, runs).

    One run of each label; with `fewer` one fewer than it has: a mean of n - 1 such draws varies
    as the mean of n runs does (Rao and Wu 1988). A label with one run keeps it.
    """
    rng = np.random.default_rng(seed)
    weights = np.zeros((resamples, len(label)))
    for each in np.unique(label):
        own = np.flatnonzero(label == each)
        for _ in range(max(1, own.size - 1) if fewer else 1):
            weights[np.arange(resamples), rng.choice(own, resamples)] += 1.0
    return weights


def size_weights(number: int, resamples: int, seed: int = 0) -> FloatArray:
    """Whole sizes once each, then drawn again, one fewer than there are: (1 + resamples, n)."""
    drawn = draw_weights(np.zeros(number, dtype=np.intp), resamples, seed, fewer=True)
    return np.vstack([np.ones(number), drawn])


def label_means(weights: FloatArray, values: FloatArray, label: NDArray[np.intp]) -> FloatArray:
    """Weighted mean over each label's runs: (runs, k), NaN left out, to (draws, labels, k)."""
    there = np.isfinite(values)
    filled, counted = np.where(there, values, 0.0), there.astype(np.float64)
    found = np.full((len(weights), int(label.max()) + 1, values.shape[1]), np.nan)
    for each in np.unique(label):
        own = label == each
        count = weights[:, own] @ counted[own]
        some = count > 0
        total = weights[:, own] @ filled[own]
        found[:, each] = np.where(some, total / np.where(some, count, 1.0), np.nan)
    return found


def over_draws(draws: FloatArray, level: float = 0.95) -> Interval:
    """The first draw, with the quantiles of the others.

    Draws that are NaN are left out and counted; above a tenth, the ends are NaN.
    """
    share, estimate, number = one_between("level", level, 0.0, 1.0), draws[0], draws.size - 1
    good = draws[1:][np.isfinite(draws[1:])]
    left_out = int(number - good.size)
    few = not good.size or good.size < (1.0 - MOST_LEFT_OUT) * number
    low, high = (math.nan, math.nan) if few else interval(good, share)
    return Interval(float(estimate), float(low), float(high), share, int(good.size), left_out)
