"""Ways to draw resamples of a set of runs.

A resample is a weight for every run, and sometimes other losses. Draws come in blocks with a
random generator each, so that the same seed gives the same resamples on any machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scaling_utils._validate import FloatArray, one_of
from scaling_utils.fitting.identification import (
    FEWEST_RUNS,
    FEWEST_VALUES,
    SAME_BUDGET,
    SAME_SIZE,
    groups,
)
from scaling_utils.fitting.result import ChinchillaFit

KINDS = {
    "runs": "runs drawn with replacement",
    "sizes": "model sizes drawn with replacement, each with all its runs",
    "budgets": "compute budgets drawn with replacement, each with all its runs",
    "clusters": "clusters drawn with replacement, each with all its runs",
    "residuals": "losses redrawn from the fitted law with its own residuals",
    "intervals": "losses redrawn within their intervals, the runs as they are",
    "runs and intervals": "runs drawn with replacement, losses redrawn within their intervals",
}
"""Kinds of bootstrap, in words."""

BLOCK_NUMBERS = 2**20
SMALLEST_BLOCK, LARGEST_BLOCK = 64, 4096
MOST_GROUPS = 40
"""With more groups than this, a resample that lacks variety is too rare to look for."""


@dataclass(frozen=True)
class Draw:
    """A block of resamples.

    Attributes
    ----------
    weights : ndarray, shape (R, n)
        Weight of each run.
    loss : ndarray, shape (R, n) or (n,)
        Losses, nats per token.
    varied : ndarray of bool, shape (R,)
        Whether there are enough different runs, sizes, amounts of data and budgets.
    """

    weights: FloatArray
    loss: FloatArray
    varied: NDArray[np.bool_]

    def parts(self, rows: int) -> Iterator[Draw]:
        """The same resamples, at most so many at a time."""
        for start in range(0, len(self.varied), rows):
            own = slice(start, start + rows)
            loss = self.loss if self.loss.ndim == 1 else self.loss[own]
            yield Draw(self.weights[own], loss, self.varied[own])


@dataclass(frozen=True, eq=False)
class Sampler:
    """Draws resamples of a fit's runs.

    Parameters
    ----------
    fit : ChinchillaFit
        A fit whose law can be used.
    kind : str
        A key of `KINDS`.
    clusters : array_like of length n, optional
        Label of each run's cluster, for the kind "clusters".

    Raises
    ------
    ValueError
        If the kind is unknown, its labels or intervals are missing, or there is only one
        cluster.
    """

    fit: ChinchillaFit
    kind: str
    clusters: ArrayLike | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn."""
        one_of("kind", self.kind, KINDS)
        if (self.clusters is not None) != (self.kind == "clusters"):
            raise ValueError("clusters must be given for the kind 'clusters', and only for it")
        if "intervals" in self.kind and self.fit.problem.low is None:
            raise ValueError("the fit has no loss_low and loss_high to redraw losses from")
        if "intervals" in self.kind and self.fit.problem.tolerant:
            raise ValueError(
                "a fit with within_interval=True counts the intervals already: draw runs again"
            )
        label = self.label()
        if label is not None and label.max() == 0:
            raise ValueError(f"there is only one cluster of kind {self.kind!r}: nothing to draw")

    def label(self) -> NDArray[np.intp] | None:
        """Cluster of each run, from 0; None where runs are drawn on their own."""
        problem = self.fit.problem
        if self.kind == "sizes":
            return groups(problem.N, SAME_SIZE)
        if self.kind == "budgets":
            return groups(problem.N * problem.D, SAME_BUDGET)
        if self.clusters is None:
            return None
        if (
            isinstance(self.clusters, np.ma.MaskedArray)
            and np.ma.getmaskarray(self.clusters).any()
        ):
            raise ValueError("clusters has masked cells: every run needs a label")
        given = np.ravel(np.asarray(self.clusters))
        if given.size != problem.N.size:
            raise ValueError(f"clusters has {given.size} labels for {problem.N.size} runs")
        return np.unique(given, return_inverse=True)[1].astype(np.intp)

    def blocks(self, resamples: int, seed: int) -> Iterator[Draw]:
        """Draw resamples in blocks whose size depends on the number of runs alone."""
        n = self.fit.problem.N.size
        size = int(np.clip(BLOCK_NUMBERS // n, SMALLEST_BLOCK, LARGEST_BLOCK))
        number = -(-resamples // size)
        membership = self._membership()
        for k, child in enumerate(np.random.SeedSequence(seed).spawn(number)):
            rows = min(size, resamples - k * size)
            yield self._draw(np.random.default_rng(child), rows, membership)

    def _draw(
        self, rng: np.random.Generator, rows: int, membership: list[tuple[FloatArray, int]]
    ) -> Draw:
        problem = self.fit.problem
        n = problem.N.size
        weights, loss = np.broadcast_to(problem.weights, (rows, n)), problem.loss
        if self.kind in ("runs", "runs and intervals"):
            weights = problem.weights * _counts(rng, rows, n)
        elif self.kind in ("sizes", "budgets", "clusters"):
            label = self.label()
            assert label is not None
            weights = problem.weights * _counts(rng, rows, int(label.max()) + 1)[:, label]
        if self.kind == "residuals":
            loss = self._from_law(rng, rows)
        elif "intervals" in self.kind and problem.low is not None and problem.high is not None:
            low, high = np.log(problem.low), np.log(problem.high)
            loss = np.exp(low + (high - low) * rng.random((rows, n)))
        varied = np.ones(rows, dtype=np.bool_)
        if weights.base is None or weights.strides[0]:
            present = (weights > 0).astype(np.float64)
            varied = present.sum(axis=1) >= FEWEST_RUNS
            for members, fewest in membership:
                varied &= ((present @ members) > 0).sum(axis=1) >= fewest
        return Draw(np.ascontiguousarray(weights), loss, varied)

    def _from_law(self, rng: np.random.Generator, rows: int) -> FloatArray:
        """Losses of the fitted law, with residuals drawn from all runs."""
        problem = self.fit.problem
        fitted = np.asarray(self.fit.law.loss(problem.N, problem.D))
        counted = np.flatnonzero(problem.weights > 0)
        chance = problem.weights[counted] / problem.weights.sum()
        drawn = rng.choice(counted, size=(rows, problem.N.size), p=chance)
        if problem.residual.raw:
            return np.asarray(np.maximum(fitted - self.fit.residuals[drawn], 1e-3 * fitted))
        return np.asarray(fitted * np.exp(-self.fit.residuals[drawn]), dtype=np.float64)

    def _membership(self) -> list[tuple[FloatArray, int]]:
        """Runs against groups, for each property of which a resample needs some variety."""
        problem, found = self.fit.problem, []
        for label, fewest in (
            (groups(problem.N, SAME_SIZE), FEWEST_VALUES),
            (groups(problem.D, SAME_SIZE), FEWEST_VALUES),
            (groups(problem.N * problem.D, SAME_BUDGET), 2),
        ):
            number = int(label.max()) + 1
            if number <= MOST_GROUPS:
                found.append((np.eye(number)[label], fewest))
        return found


def _counts(rng: np.random.Generator, rows: int, n: int) -> FloatArray:
    """How often each of n things is drawn in n draws with replacement, shape (rows, n)."""
    drawn = rng.integers(0, n, size=(rows, n))
    drawn += n * np.arange(rows)[:, np.newaxis]
    return np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n).astype(np.float64)
