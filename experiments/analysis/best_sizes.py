"""What the best sizes at equal compute say about growth, convergence and cost.

Every function returns its answer for all draws of the seeds (see `drawn`), the first of them for
the mean over seeds. The rules are those of experiments/criteria.md, chapter 12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.analysis.allocation import masked_slope
from experiments.analysis.counts import BODY, parameters
from experiments.analysis.drawn import Drawn
from experiments.analysis.isoflop import Slices, minima, slices
from experiments.analysis.parabola import STATUS
from experiments.analysis.resample import group_weights
from experiments.analysis.study import Study, StudyError
from experiments.analysis.travel import SINCE, straight
from experiments.analysis.two_terms import fit_two_terms
from scaling_utils._validate import FloatArray, positive
from scaling_utils.frontier.isoflop import MINIMUM

BUDGETS = (2.5e10, 7.9e10, 2.5e11, 7.9e11, 2.5e12, 7.9e12)
"""FLOPs at which sizes are compared: half a decade apart, up to just below the 8e12 that the plan
of the runs reaches without embeddings; the runs end at whole steps, a little short of it."""

MANY_BUDGETS = np.geomspace(1e10, 1e13, 31)
"""FLOPs, ten to a decade: where a run must go on for long, the few of `BUDGETS` may miss it."""

LONGER = 10.0
"""A run shows what a model still gains if it goes on for so many times the budget."""


@dataclass(frozen=True, eq=False)
class BestSizes:
    """Minima of IsoFLOP slices, at budgets that have one between the sizes on the mean.

    Attributes
    ----------
    cut : Slices
        The losses of all sizes at these budgets.
    N, loss, curvature : ndarray, shape (draws, k)
        Place, height (nats per byte) and second derivative by ln N (nats) of each minimum;
        NaN where a draw has none inside.
    lowest : ndarray, shape (draws, k)
        Least loss of all sizes, nats per byte.
    exponent : ndarray, shape (draws,)
        Power of compute with which N grows.
    """

    cut: Slices
    N: FloatArray
    loss: FloatArray
    curvature: FloatArray
    lowest: FloatArray
    exponent: FloatArray


def since(drawn: Drawn, first: float = SINCE) -> Drawn:
    """The same runs and draws without the points before some bytes (criteria G5)."""
    study = drawn.study
    curves = study.curves[study.curves["bytes_seen"] >= first].reset_index(drop=True)
    return Drawn(Study(study.runs, curves, study.left_out), drawn.label, drawn.weights)


def best_sizes(
    sizes: Drawn,
    counting: str = BODY,
    budgets: Sequence[float] = BUDGETS,
    first: float = SINCE,
) -> BestSizes:
    """Find the best size at each budget in every draw; compute is 6 N D in the counting's N.

    Parameters
    ----------
    sizes : Drawn
        Runs of several sizes.
    counting : str
        A key of `experiments.analysis.COUNTINGS`.
    budgets : sequence of float
        FLOPs.
    first : float
        Bytes from which curves count.

    Raises
    ------
    StudyError
        If fewer than three budgets have a minimum between sizes that were trained.

    Examples
    --------
    >>> from scaling_utils.laws import ChinchillaLaw
    >>> from experiments.analysis.simulated import simulated_study
    >>> law = ChinchillaLaw(1.0, 20.0, 60.0, 0.34, 0.34)
    >>> study = simulated_study(law, compute=3e13, counting="all parameters")
    >>> found = best_sizes(Drawn.of(study, 10), "all parameters")
    >>> abs(float(found.exponent[0]) - law.a) < 0.02
    True
    """
    study = since(sizes, first).study
    whole = minima(slices(study, budgets, counting=counting))
    inside = np.flatnonzero(whole.interior)
    if inside.size < 3:
        raise StudyError(
            f"{inside.size} of {len(budgets)} budgets have a minimum between the sizes; "
            "three are needed"
        )
    refits = [whole.refit(sizes.weights)[j] for j in inside]
    good = np.stack([v.status == STATUS.index(MINIMUM) for v in refits], axis=1)
    N, loss, curvature = (
        np.where(good, np.stack(each, axis=1), np.nan)
        for each in zip(*[(np.exp(v.log_N), v.loss, v.curvature) for v in refits], strict=True)
    )
    C = whole.slices.C[inside]
    cut = slices(study, C, counting=counting)
    profiles = cut.profiles(sizes.weights)
    lowest = np.where(np.isfinite(profiles), profiles, np.inf).min(axis=1)
    return BestSizes(cut, N, loss, curvature, lowest, masked_slope(np.log(C), np.log(N)))


def frontier_bend(best: BestSizes) -> FloatArray:
    """Greatest distance of the best loss at a budget from a straight line of logarithms [%]."""
    y = np.log(best.lowest)
    x = np.broadcast_to(np.log(best.cut.C), y.shape)
    return np.asarray(100.0 * np.abs(np.expm1(y - straight(x, y).at(x))).max(axis=1))


def more_compute(best: BestSizes, factor: float) -> FloatArray:
    """Compute for the same loss at another than the best size, less that of the best [%].

    Parameters
    ----------
    best : BestSizes
    factor : float
        The size as a multiple of the one that is best for that loss.

    Returns
    -------
    ndarray, shape (draws,)
        Mean over budgets. With x = ln of the compute ratio the loss falls by slope x along the
        frontier and rises by the parabola of the slice there, whose vertex has moved by a x.

    Raises
    ------
    ValueError
        If the factor is not positive.
    """
    away = float(np.log(positive("factor", factor)))
    C, a = np.log(best.cut.C), best.exponent[:, np.newaxis]
    power = masked_slope(C, np.log(best.loss))[:, np.newaxis]
    slope, bend = power * best.loss, best.curvature
    # bend / 2 (away - a x)^2 + slope x = 0, the root nearer to zero.
    linear = slope - bend * a * away
    inside = linear**2 - (bend * a * away) ** 2
    root = np.sqrt(np.where(inside >= 0, inside, np.nan))
    x = bend * away**2 / (-linear + root)
    return np.asarray(100.0 * _mean(np.expm1(x)))


@dataclass(frozen=True, eq=False)
class LaterGains:
    """What the best model at a budget still gains when it is trained on.

    Attributes
    ----------
    C : ndarray, shape (k,)
        Budgets, FLOPs.
    N : ndarray, shape (k,)
        The best of the sizes there, on the mean over the seeds.
    gain : ndarray, shape (draws, k)
        By how much its loss lies above the least that it reaches later [%]; NaN where the
        budget does not count.
    """

    C: FloatArray
    N: FloatArray
    gain: FloatArray


def later_gains(sizes: Drawn) -> LaterGains:
    """Distance of the best model at each budget from the least loss that it reaches later.

    A budget counts if the run of the best size goes on for at least ten times the budget, and if
    that size is neither the smallest nor the largest: there a better one may be missing.
    Nothing is extrapolated, so that the distance is a lower bound.

    Raises
    ------
    StudyError
        If there is no such budget in some draw.
    """
    own = since(sizes)
    cut = slices(own.study, MANY_BUDGETS, counting=BODY)
    profiles = cut.profiles(own.weights)
    profiles = np.where(np.isfinite(profiles), profiles, np.inf)
    best, loss = profiles.argmin(axis=1), profiles.min(axis=1)
    least = np.nanmin(own.mean(own.curves()), axis=2)
    longer = np.isfinite(loss) & ((own.last * cut.cost)[best] >= LONGER * cut.C)
    longer &= (best > 0) & (best < cut.N.size - 1)
    if not longer.any(axis=1).all():
        raise StudyError(f"no run of a best size goes on for {LONGER:g} times its budget")
    gain = loss / np.take_along_axis(least, best, axis=1) - 1.0
    return LaterGains(cut.C, cut.N[best[0]], np.where(longer, 100.0 * gain, np.nan))


def later_gain(sizes: Drawn) -> FloatArray:
    """`later_gains`, mean over the budgets that count [%]."""
    return _mean(later_gains(sizes).gain)


def above_unlimited(best: BestSizes, sizes: Drawn, seed: int = 0) -> FloatArray:
    """Distance of the best model at each budget from its loss with unlimited data [%].

    That loss is extrapolated by L = E + A / N^alpha + B / D^beta, fitted to the curves of all
    sizes; each draw takes one seed of every size and draws the sizes again too.

    Parameters
    ----------
    best : BestSizes
        In the counting without embeddings.
    sizes : Drawn
    seed : int
        Of the draws of sizes.

    Returns
    -------
    ndarray, shape (draws, budgets)
        NaN where a draw has no minimum between the sizes.
    """
    points = curve_table(sizes)
    number = len(sizes.setups)
    counts = np.vstack([np.ones(number), group_weights(number, len(sizes.weights) - 1, seed)])
    fit = fit_two_terms(points.N, points.D, points.loss, counts[:, points.setup], floor=True)
    return np.asarray(100.0 * (best.loss / fit.without_limit(best.N) - 1.0))


def above_converged(best: BestSizes, sizes: Drawn, seed: int = 0) -> FloatArray:
    """`above_unlimited`, mean over the budgets [%]."""
    return _mean(above_unlimited(best, sizes, seed))


@dataclass(frozen=True, eq=False)
class CurvePoints:
    """Points of the curves of all set-ups: N, D and number of the set-up, shape (n,), and loss,
    shape (draws, n), in parameters without embeddings, bytes and nats per byte.
    """

    N: FloatArray
    D: FloatArray
    setup: np.ndarray
    loss: FloatArray


def curve_table(sizes: Drawn) -> CurvePoints:
    """All marks of all set-ups from 2^17 bytes on."""
    own = since(sizes)
    loss = own.mean(own.curves())
    setup, mark = np.nonzero(np.isfinite(loss[0]))
    N = parameters(pd.DataFrame(sizes.setups), BODY)
    return CurvePoints(N[setup], own.marks[mark], setup, loss[:, setup, mark])


def _mean(values: FloatArray) -> FloatArray:
    """Mean over budgets that are there; NaN where none is."""
    there = np.isfinite(values)
    number = there.sum(axis=1)
    total = np.where(there, values, 0.0).sum(axis=1)
    return np.asarray(np.where(number > 0, total / np.maximum(number, 1), np.nan))
