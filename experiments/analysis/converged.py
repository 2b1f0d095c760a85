"""How far the best models are from convergence (Kaplan et al. 2020, Appendix B), in three ways.

No run of ours converges. `later_gains` extrapolates nothing and is a lower bound;
`above_unlimited` trusts one formula for all curves; `own_floors` a floor for each curve alone,
L_inf + (B / D)^beta, where the part of the curve that is fitted decides as much as the seeds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.analysis.best_sizes import BestSizes
from experiments.analysis.counts import BODY
from experiments.analysis.curve_shape import curve_table
from experiments.analysis.frontier import MeasuredFrontier
from experiments.analysis.seed_draws import Drawn, over_draws, size_weights
from experiments.analysis.slices import slices
from experiments.analysis.study import StudyError
from experiments.analysis.travel import SINCE
from experiments.analysis.two_terms import fit_floors, fit_two_terms
from scaling_utils.check import FloatArray

MANY_BUDGETS = np.geomspace(1e10, 1e13, 31)
"""FLOPs, ten to a decade: where a run must go on for long, the few of `BUDGETS` may miss it."""

LONGER = 10.0
"""A run shows what a model still gains if it goes on for so many times the budget."""

SHARES = (1 / 8, 1 / 32, 1 / 128)
"""A fit of a floor starts at one of these fractions of the run, in each draw at one by chance;
the middle one gives the estimate."""

IDENTIFIED, NOT_IDENTIFIED, TOO_SHORT = "identified", "not identified", "curve too short"
FEWEST_POINTS, NARROW, MOST_AT_BOUND = 6, 0.5, 0.05
"""Points of a fit. A floor is identified if at most 5 % of the draws have none, and its interval
is narrower than half of what the run has left to descend."""


@dataclass(frozen=True, eq=False)
class LaterGains:
    """What the best model at a budget still gains when it is trained on.

    - C, N (k,): Budgets, FLOPs, and the best size there, on the mean over the seeds.
    - gain (draws, k): Its loss above the least that it reaches later [%]; NaN: does not count.
    """

    C: FloatArray
    N: FloatArray
    gain: FloatArray


def later_gains(sizes: Drawn) -> LaterGains:
    """Distance of the best model at each budget from the least loss that it reaches later.

    A budget counts if the run of the best size, not one at the edge, goes on for ten times it.
    """
    own = sizes.since(SINCE)
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


def above_unlimited(best: BestSizes, sizes: Drawn, seed: int = 0) -> FloatArray:
    """Distance of the best model at each budget from its loss with unlimited data [%].

    By one L(N, D) through all curves; a draw takes one seed of each size, and sizes again.
    """
    points = curve_table(sizes)
    counts = size_weights(len(sizes.setups), len(sizes.weights) - 1, seed)
    fit = fit_two_terms(points.N, points.D, points.loss, counts[:, points.setup], floor=True)
    return np.asarray(100.0 * (best.loss / fit.without_limit(best.N) - 1.0))


def own_floors(frontier: MeasuredFrontier, seed: int = 0) -> pd.DataFrame:
    """The loss of the frontier's models beside the floors of their own curves.

    Columns, for each best size between the edges: N, D (bytes in the middle of its stretch),
    longer (bytes of its run over D), excess (fraction of the loss there above the floor), floor
    with floor_low and floor_high (L_inf, nats per byte), status.
    """
    chosen = np.random.default_rng(seed).integers(len(SHARES), size=len(frontier.weights) - 1)
    stretches = frontier.stretches()
    inner = stretches[~stretches["edge"]][["N", "D"]].to_numpy()
    return pd.DataFrame([_own_floor(frontier, N, D, np.append(1, chosen)) for N, D in inner])


def _own_floor(
    frontier: MeasuredFrontier, N: float, best: float, chosen: np.ndarray
) -> dict[str, float | str]:
    cut = frontier.slices
    own = cut.label == int(np.flatnonzero(cut.N == N)[0])
    last = float(cut.study.last[own].min())
    D = last * 2.0 ** (-np.arange(64) / 2)[::-1]
    values = cut.study.loss_at(np.append(D, best))[own]
    there = np.append((SHARES[-1] * last <= D) & np.isfinite(values[:, :-1]).all(axis=0), True)
    D, weights = D[there[:-1]], frontier.weights[:, own]
    mean = weights @ values[:, there] / weights.sum(axis=1, keepdims=True)
    loss, curve = mean[:, -1], mean[:, :-1]
    floor, bound = (np.full(len(mean), np.nan) for _ in range(2))
    for k, start in enumerate(SHARES):
        rows, part = np.flatnonzero(chosen == k), start * last * (1.0 - 1e-9) <= D
        if part.sum() < FEWEST_POINTS or not rows.size:
            continue
        fit = fit_floors(D[part], curve[np.ix_(rows, part)])
        floor[rows], bound[rows] = np.where(fit.at_bound, np.nan, fit.floor), fit.at_bound
    known = over_draws(floor)
    status = TOO_SHORT
    if not np.isnan(bound[0]):
        narrow = known.high - known.low <= NARROW * (curve[0, -1] - floor[0])
        sure = np.nanmean(bound) <= MOST_AT_BOUND and narrow and np.isfinite(floor[0])
        status = IDENTIFIED if sure else NOT_IDENTIFIED
    return {
        "N": N, "D": best, "longer": last / best, "excess": float(loss[0] / floor[0] - 1.0),
        "floor": known.estimate, "floor_low": known.low, "floor_high": known.high,
        "status": status,
    }  # fmt: skip
