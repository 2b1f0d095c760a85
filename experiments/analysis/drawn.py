"""Runs that differ in their seed alone, taken together, with draws of their seeds.

A set-up is what such runs have in common. The first of all draws is the mean over the seeds of
every set-up; each of the others takes one of its runs, at random. What is computed for all
draws at once is an effect and the doubt of it that comes from the seeds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from experiments.analysis.resample import ONE, seed_weights, size_means
from experiments.analysis.study import LOSS, SIZE_COLUMNS, Study
from scaling_utils._validate import FloatArray

RESAMPLES = 1000

SETUP = ["group", *SIZE_COLUMNS, "layers", "unique_bytes", "rate", "schedule"]
"""What is the same for the runs of one set-up, where the table has it."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """Runs of one group, and how often each counts in each draw.

    Attributes
    ----------
    study : Study
        The runs of the group.
    label : ndarray of int, shape (runs,)
        Set-up of each run: a number from 0, in the order of N_body.
    weights : ndarray, shape (1 + resamples, runs)
        First the mean over all seeds, then draws of one run for each set-up.
    """

    study: Study
    label: NDArray[np.intp]
    weights: FloatArray

    @classmethod
    def of(cls, study: Study, resamples: int = RESAMPLES, seed: int = 0) -> Drawn:
        """Number the set-ups of some runs and draw their seeds.

        Examples
        --------
        >>> from scaling_utils.laws import ChinchillaLaw
        >>> from experiments.analysis.simulated import simulated_study
        >>> drawn = Drawn.of(simulated_study(ChinchillaLaw(1.0, 20.0, 60.0, 0.34, 0.34)))
        >>> drawn.weights.shape, drawn.ends().shape
        ((1001, 36), (1001, 12))
        """
        columns = [column for column in SETUP if column in study.runs]
        label = np.asarray(study.runs.groupby(columns, sort=True).ngroup(), dtype=np.intp)
        drawn = seed_weights(label, resamples, seed, draw=ONE)
        return cls(study, label, np.vstack([np.ones(len(label)), drawn]))

    def by_size(self, seed: int = 0) -> Drawn:
        """The same runs, but a draw takes one seed of a size for all set-ups of that size.

        Runs of one seed begin with the same weights and read the text in the same order, so
        that set-ups of one size are compared without the noise that they share.
        """
        runs = self.study.runs
        own = np.asarray(runs.groupby([*SIZE_COLUMNS, "seed"]).ngroup(), dtype=np.intp)
        size = np.asarray(runs.groupby(SIZE_COLUMNS).ngroup(), dtype=np.intp)
        first = np.unique(own, return_index=True)[1]
        taken = seed_weights(size[first], len(self.weights) - 1, seed, draw=ONE)
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
        return size_means(self.weights, values, self.label)

    def loss_at(self, bytes_seen: ArrayLike, column: str = LOSS) -> FloatArray:
        """Loss of every set-up after some bytes: (draws, set-ups, k), NaN where not reached."""
        return self.mean(self.study.loss_at(bytes_seen, column=column))

    def ends(self, column: str = LOSS) -> FloatArray:
        """Loss of every set-up at the end of its training: (draws, set-ups).

        These are the last points of the curves, evaluated on the same windows as the others.
        """
        if column not in self._ends:
            curves = self.curves(column)
            end = np.searchsorted(self.marks, self.study.last)[:, np.newaxis]
            values = np.take_along_axis(curves, end, axis=1)
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
