"""Intervals for everything that follows from a fitted Chinchilla law.

Each resample is fitted twice, straight from the law of all runs and by way of its own least
squares (`solving`). Where the two end at different laws, the resample has more than one minimum;
it is counted and the better one is kept. The distribution of B is heavy-tailed, so intervals are
quantiles.

No resample is left out because it is hard to solve: those are the ones with an E near zero or a
small exponent, and without them the interval would be too narrow. Only a resample whose runs are
not varied enough for five constants is left out, and the interval says how many there are.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from scaling_utils._validate import FloatArray, whole
from scaling_utils.bootstrap.result import Bootstrap
from scaling_utils.bootstrap.samplers import Draw, Sampler
from scaling_utils.bootstrap.solving import Starts, solve
from scaling_utils.fitting.result import ChinchillaFit

MOST = 10_000_000
PART = 512
"""Resamples that are fitted between two reports of progress."""


def bootstrap(
    fit: ChinchillaFit,
    *,
    resamples: int = 4000,
    kind: str = "runs",
    clusters: ArrayLike | None = None,
    seed: int = 0,
    progress: bool | Callable[[int, int], None] = False,
) -> Bootstrap:
    """Fit resamples of a fit's runs.

    Parameters
    ----------
    fit : ChinchillaFit
        A fit whose law can be used; its objective and weights are kept.
    resamples : int
        How many.
    kind : str
        "runs", "sizes", "budgets", "clusters", "residuals", "intervals" or
        "runs and intervals"; see `scaling_utils.bootstrap.samplers.KINDS`.
    clusters : array_like of length n, optional
        Labels for the kind "clusters".
    seed : int
        The same seed gives the same resamples.
    progress : bool or callable
        True writes a line to standard error; a callable gets the number done and the total.
        The draws are the same with and without it.

    Returns
    -------
    Bootstrap
        After a keyboard interrupt, what was done so far, marked as partial.

    Raises
    ------
    FitError
        If the fit's law cannot be used.
    ValueError
        If an option is unknown, or needs labels or intervals that are missing.
    """
    resamples = whole("resamples", resamples, least=1)
    if resamples > MOST:
        raise ValueError(f"resamples must be at most {MOST:,}, got {resamples:,}")
    seed = whole("seed", seed, least=0)
    sampler, starts = Sampler(fit, kind, clusters), Starts.of(fit)
    report = _line if progress is True else (progress or None)
    if progress is True:
        _line(0, resamples)
    parts: list[tuple[FloatArray, ...]] = []
    done, partial = 0, False
    try:
        for draw in sampler.blocks(resamples, seed):
            for part in draw.parts(PART if report else len(draw.varied)):
                parts.append(_fit_part(fit, starts, part))
                done += len(part.varied)
                if report is not None:
                    report(done, resamples)
    except KeyboardInterrupt:
        partial = True
    empty: tuple[FloatArray, ...] = (np.empty((0, 5)), *(np.empty(0) for _ in range(5)))
    laws, values, *flags = (np.concatenate(arrays) for arrays in zip(empty, *parts, strict=True))
    two, bound, poor, unsolved = (flag > 0 for flag in flags)
    return Bootstrap(fit, laws, values, two, bound, poor, unsolved, kind, seed, resamples, partial)


def _fit_part(fit: ChinchillaFit, starts: Starts, draw: Draw) -> tuple[FloatArray, ...]:
    """Laws, objectives and flags of some resamples; NaN where one is not varied enough."""
    count, rows = len(draw.varied), np.flatnonzero(draw.varied)
    laws, values = np.full((count, 5), np.nan), np.full(count, np.nan)
    two, bound, unsolved = np.zeros((3, count))
    if rows.size:
        loss = draw.loss if draw.loss.ndim == 1 else draw.loss[rows]
        found = solve(fit.problem, starts, draw.weights[rows], loss)
        laws[rows] = starts.points.to_laws(found.ends.theta)
        values[rows] = fit.problem.reported(found.ends.value, starts.points)
        two[rows], bound[rows] = found.two_minima, found.at_bound
        unsolved[rows] = ~found.ends.converged
    return laws, values, two, bound, (~draw.varied).astype(np.float64), unsolved


def _line(done: int, total: int) -> None:
    """Write how far a long run is, on one line of standard error."""
    end = "\n" if done == total else ""
    sys.stderr.write(f"\r{done} of {total} resamples{end}")
    sys.stderr.flush()
