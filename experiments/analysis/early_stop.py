"""When to stop on little text, and what it looks like until then (Kaplan et al. 2020, 5.3).

A run should stop at the least validation loss of its curve.
An answer for each draw of the seeds (see `seed_draws`), by the rules of criteria.md, chapter 12.
"""

import numpy as np

from experiments.analysis.counts import BODY, parameters
from experiments.analysis.little_text import same_size
from experiments.analysis.seed_draws import Drawn
from experiments.analysis.study import StudyError
from experiments.analysis.two_terms import TwoTerms
from scaling_utils.check import FloatArray

TRAINING = "train_loss"


def follows_fresh(fixed: Drawn, sizes: Drawn) -> FloatArray:
    """Distance of the loss on repeated text from that on fresh text, before it diverges [%].

    Root mean square from one pass to half of the best stop, of runs that should stop after two
    passes or later, beside the run of the same size and seed on fresh text.
    """
    curves = fixed.curves()
    stop = fixed.marks[np.nanargmin(curves, axis=1)]
    unique = fixed.study.runs["unique_bytes"].to_numpy(dtype=np.float64)
    beside = sizes.study.loss_at(fixed.marks)
    place = same_size(fixed, sizes)[fixed.label]
    squares, number = np.zeros(len(unique)), np.zeros(len(unique))
    for run, seed in enumerate(fixed.study.runs["seed"]):
        own = (sizes.label == place[run]) & (sizes.study.runs["seed"] == seed).to_numpy()
        early = (fixed.marks >= unique[run]) & (fixed.marks <= stop[run] / 2.0)
        if stop[run] < 2.0 * unique[run] or not own.any():
            continue
        away = curves[run, early] / beside[own][0, early] - 1.0
        away = away[np.isfinite(away)]
        squares[run], number[run] = (away**2).sum(), away.size
    counted = fixed.weights @ number
    if not counted.all():
        raise StudyError("no run should stop after two passes or later")
    return np.asarray(100.0 * np.sqrt(fixed.weights @ squares / counted))


def turned(fixed: Drawn) -> np.ndarray:
    """Set-ups whose loss is least before the end in every run."""
    before = fixed.marks[np.nanargmin(fixed.curves(), axis=1)] < fixed.study.last
    return np.flatnonzero(np.bincount(fixed.label, before) == np.bincount(fixed.label))


def runs_turned(fixed: Drawn) -> int:
    """How many runs these set-ups have."""
    return int(np.isin(fixed.label, turned(fixed)).sum())


def stop_ratio(fixed: Drawn, law: TwoTerms) -> FloatArray:
    """Least ratio of the bytes at which a run should stop to those of Kaplan's Eq. 5.7."""
    curves = fixed.curves()
    place = turned(fixed)
    stop = np.exp(fixed.mean(np.log(fixed.marks[np.nanargmin(curves, axis=1)])[:, np.newaxis]))
    least = fixed.mean(np.nanmin(curves, axis=1)[:, np.newaxis])[:, place, 0]
    N = parameters(fixed.setups, BODY)[place]
    ratio = stop[:, place, 0] / law.data_for(least - law.without_limit(N))
    if not np.isfinite(ratio).any(axis=1).all():
        raise StudyError("the formula gives no step: no loss turns above the converged loss")
    return np.asarray(np.where(np.isfinite(ratio), ratio, np.inf).min(axis=1))


def gap_over_penalty(fixed: Drawn, sizes: Drawn) -> FloatArray:
    """Test less training loss, over what too little text costs, at the early stop.

    Mean over the set-ups whose loss turns before the end; the cost is against the end of the same
    size on fresh text; the training loss is that of batches and of weights not averaged.
    """
    curves = fixed.curves()
    best = np.nanargmin(curves, axis=1)[:, np.newaxis]
    test = np.take_along_axis(curves, best, axis=1)
    gap = test - np.take_along_axis(fixed.curves(TRAINING), best, axis=1)
    place = turned(fixed)
    if not place.size:
        raise StudyError("the loss of no run turns before its end")
    fresh = sizes.ends()[:, same_size(fixed, sizes)[place]]
    cost = fixed.mean(test)[:, place, 0] - fresh
    return np.asarray((fixed.mean(gap)[:, place, 0] / cost).mean(axis=1))
