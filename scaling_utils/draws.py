"""Ways to draw resamples of a fit's runs: a weight for every run, and sometimes other losses."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scaling_utils._validate import FloatArray, one_of
from scaling_utils.certificate import FEWEST_RUNS, FEWEST_VALUES, SAME_BUDGET, SAME_SIZE, groups
from scaling_utils.fit_result import ChinchillaFit

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

BLOCK_NUMBERS, SMALLEST_BLOCK, LARGEST_BLOCK = 2**20, 64, 4096
"""Runs times resamples that are drawn at a time, with a random generator of their own."""

MOST_GROUPS = 40
"""With more groups than this, a resample that lacks variety is too rare to look for."""


def labels(fit: ChinchillaFit, kind: str, clusters: ArrayLike | None) -> NDArray[np.intp] | None:
    """Cluster of each run, from 0; None where runs are drawn on their own. Refuses bad options."""
    problem = fit.problem
    one_of("kind", kind, KINDS)
    if (clusters is not None) != (kind == "clusters"):
        raise ValueError("clusters must be given for the kind 'clusters', and only for it")
    if "intervals" in kind and problem.low is None:
        raise ValueError("the fit has no loss_low and loss_high to redraw losses from")
    if "intervals" in kind and problem.tolerant:
        raise ValueError(
            "a fit with within_interval=True counts the intervals already: draw runs again"
        )
    label = None
    if kind == "sizes":
        label = groups(problem.N, SAME_SIZE)
    elif kind == "budgets":
        label = groups(problem.N * problem.D, SAME_BUDGET)
    elif clusters is not None:
        if isinstance(clusters, np.ma.MaskedArray) and np.ma.getmaskarray(clusters).any():
            raise ValueError("clusters has masked cells: every run needs a label")
        given = np.ravel(np.asarray(clusters))
        if given.size != problem.N.size:
            raise ValueError(f"clusters has {given.size} labels for {problem.N.size} runs")
        label = np.unique(given, return_inverse=True)[1].astype(np.intp)
    if label is not None and label.max() == 0:
        raise ValueError(f"there is only one cluster of kind {kind!r}: nothing to draw")
    return label


def draws(
    fit: ChinchillaFit, kind: str, label: NDArray[np.intp] | None, resamples: int, seed: int
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Weights (R, n) and losses (R, n) or (n,) of resamples, in blocks.

    The size of a block depends on the number of runs alone, and each has a generator of its own,
    so that the same seed gives the same resamples on any machine.
    """
    problem, n = fit.problem, fit.problem.N.size
    size = int(np.clip(BLOCK_NUMBERS // n, SMALLEST_BLOCK, LARGEST_BLOCK))
    for k, child in enumerate(np.random.SeedSequence(seed).spawn(-(-resamples // size))):
        rng, rows = np.random.default_rng(child), min(size, resamples - k * size)
        weights, loss = np.broadcast_to(problem.weights, (rows, n)), problem.loss
        if label is not None:
            weights = problem.weights * _counts(rng, rows, int(label.max()) + 1)[:, label]
        elif kind in ("runs", "runs and intervals"):
            weights = problem.weights * _counts(rng, rows, n)
        if kind == "residuals":
            loss = _from_law(fit, rng, rows)
        elif "intervals" in kind and problem.low is not None and problem.high is not None:
            low, high = np.log(problem.low), np.log(problem.high)
            loss = np.exp(low + (high - low) * rng.random((rows, n)))
        yield np.ascontiguousarray(weights), loss


def _counts(rng: np.random.Generator, rows: int, n: int) -> FloatArray:
    """How often each of n things is drawn in n draws with replacement, shape (rows, n)."""
    drawn = rng.integers(0, n, size=(rows, n))
    drawn += n * np.arange(rows)[:, np.newaxis]
    return (
        np.bincount(drawn.ravel().astype(np.intp), minlength=rows * n)
        .reshape(rows, n)
        .astype(np.float64)
    )


def _from_law(fit: ChinchillaFit, rng: np.random.Generator, rows: int) -> FloatArray:
    """Losses of the fitted law, with residuals drawn from all runs."""
    problem = fit.problem
    fitted = np.asarray(fit.law.loss(problem.N, problem.D))
    counted = np.flatnonzero(problem.weights > 0)
    chance = problem.weights[counted] / problem.weights.sum()
    r = fit.residuals[rng.choice(counted, size=(rows, problem.N.size), p=chance)]
    return np.asarray(
        np.maximum(fitted - r, 1e-3 * fitted) if problem.raw else fitted * np.exp(-r)
    )


def varied(fit: ChinchillaFit, weights: FloatArray) -> NDArray[np.bool_]:
    """Whether resamples have enough different runs, sizes, amounts of data and budgets."""
    problem, present = fit.problem, (weights > 0).astype(np.float64)
    enough = present.sum(axis=1) >= FEWEST_RUNS
    for label, fewest in (
        (groups(problem.N, SAME_SIZE), FEWEST_VALUES),
        (groups(problem.D, SAME_SIZE), FEWEST_VALUES),
        (groups(problem.N * problem.D, SAME_BUDGET), 2),
    ):
        number = int(label.max()) + 1
        if number <= MOST_GROUPS:
            enough &= ((present @ np.eye(number)[label]) > 0).sum(axis=1) >= fewest
    return np.asarray(enough)
