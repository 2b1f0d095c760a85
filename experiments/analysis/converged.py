"""How far the best models are from convergence (Kaplan et al. 2020, Appendix B).

No run of ours converges. The converged loss of a size is an extrapolation of its own curve,
L_inf + (B / D)^beta, and how much it can be trusted is said: every resample draws other seeds
and another part of the curve to fit, because the part decides as much as the seeds.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.analysis.floor import fit_floors
from experiments.analysis.frontier import MeasuredFrontier
from experiments.analysis.resample import size_means
from experiments.analysis.result import OK, Result, quantile_interval
from scaling_utils._validate import FloatArray, between
from scaling_utils.laws import CriticalBatch, KaplanNS
from scaling_utils.laws.base import expect_law
from scaling_utils.laws.convergence import EfficientTraining
from scaling_utils.published import law as published_law

IDENTIFIED, NOT_IDENTIFIED, TOO_SHORT = "identified", "not identified", "curve too short"
NONE_IDENTIFIED = "no converged loss is identified"
SHARES = (1 / 8, 1 / 32, 1 / 128)
"""A fit starts at one of these fractions of the run; the middle one gives the estimate."""

FEWEST_POINTS = 6
STEPS_PER_DOUBLING = 2
NARROW = 0.5
"""Identified: the interval of L_inf is narrower than this fraction of what is left to descend."""

MOST_AT_BOUND = 0.05


@dataclass(frozen=True, eq=False)
class StopsShort(Result):
    """The distance of the frontier's models from their converged losses.

    Attributes
    ----------
    table : DataFrame
        One row per size that is the best somewhere between the edges: N, C (middle of its stretch
        of the frontier, FLOPs), D, loss (there); longer (bytes at the end of its run over D),
        later (loss at the end), above_later, with _low and _high: fraction by which loss lies
        above it, a lower bound of the distance that extrapolates nothing; floor (L_inf), beta,
        excess (fraction by which loss lies above the floor), each with _low and _high; at_bound
        (share of resamples without a floor), status ("identified", "not identified", "curve too
        short").
    predicted : float
        alpha_N / alpha_S, the fraction at which Kaplan et al. 2020, Eq. B.5 stop.
    source : str
        Where that comes from.
    level : float
        Coverage of the intervals.
    """

    table: pd.DataFrame
    predicted: float
    source: str
    level: float

    def tables(self) -> dict[str, pd.DataFrame]:
        """The distances."""
        return {"distance from convergence": self.table}


def stops_short(
    frontier: MeasuredFrontier,
    *,
    shares: tuple[float, ...] = SHARES,
    level: float = 0.95,
    kaplan: KaplanNS | None = None,
    seed: int = 0,
) -> StopsShort:
    """Compare the loss of the frontier's models with the loss at which they would converge.

    Parameters
    ----------
    frontier : MeasuredFrontier
        From `measured_frontier`; its resamples are used.
    shares : tuple of float
        Fractions of a run at which a fit of L_inf + (B / D)^beta may start. The middle one gives
        the estimate; each resample takes one by chance.
    level : float
        Coverage of the intervals.
    kaplan : KaplanNS, optional
        Whose alpha_N / alpha_S is set beside; by default that of Kaplan et al. 2020, Table 5.
    seed : int
        For the choice of the share.

    Returns
    -------
    StopsShort
        A floor is "identified" if at most 5 % of the resamples have none, and its interval is
        narrower than half of what its run has left to descend.

    Raises
    ------
    ValueError
        If a share is not between 0 and 1, or `kaplan` is no KaplanNS.

    Examples
    --------
    >>> from scaling_utils.laws import ChinchillaLaw
    >>> from experiments.analysis.frontier import measured_frontier
    >>> from experiments.analysis.simulated import simulated_study
    >>> law = ChinchillaLaw(1.0, 20.0, 60.0, 0.34, 0.34)
    >>> front = measured_frontier(simulated_study(law), counting="all parameters", resamples=20)
    >>> found = stops_short(front)
    >>> round(found.predicted, 3), set(found.table["status"]) <= {"identified", "not identified"}
    (0.1, True)
    """
    starts = between("shares", np.sort(np.atleast_1d(shares))[::-1], 0.0, 1.0)
    law = expect_law("kaplan", kaplan or published_law("kaplan2020/L(N,S) Table 5"), KaplanNS)
    batch = expect_law("batch", published_law("kaplan2020/B_crit"), CriticalBatch)
    chosen = np.random.default_rng(seed).integers(starts.size, size=len(frontier.weights))
    stretches = frontier.stretches()
    rows = [
        _one_size(frontier, row, starts, chosen, level)
        for row in stretches[~stretches["edge"]].to_dict("records")
    ]
    table = pd.DataFrame(rows)
    known = int((table["status"] == IDENTIFIED).sum())
    return StopsShort(
        status=OK
        if known == len(table)
        else (f"{known} identified" if known else NONE_IDENTIFIED),
        method=(
            "L_inf + (B/D)^beta by least squares through the mean curve of each size, from "
            f"{starts[starts.size // 2]:.3g} of its run on; resamples draw seeds and start at one "
            f"of {', '.join(f'{start:.3g}' for start in starts)}"
        ),
        points=len(table),
        left_out=frontier.left_out,
        notes=(f"converged losses identified: {known} of {len(table)} sizes",),
        table=table,
        predicted=EfficientTraining(law, batch).excess,
        source=law.source,
        level=level,
    )


def _one_size(
    frontier: MeasuredFrontier,
    row: dict[Hashable, Any],
    starts: FloatArray,
    chosen: NDArray[np.intp],
    level: float,
) -> dict[str, float | str]:
    """The row of one size."""
    cut = frontier.slices
    own = cut.label == int(np.flatnonzero(row["N"] == cut.N)[0])
    last = float(cut.study.last[own].min())
    D = last * 2.0 ** (-np.arange(64) / STEPS_PER_DOUBLING)[::-1]
    values = cut.study.loss_at(np.append(D, row["D"]))[own]
    there = np.append((starts[-1] * last <= D) & np.isfinite(values[:, :-1]).all(axis=0), True)
    D, values = D[there[:-1]], values[:, there]
    weights = np.vstack([np.ones(int(own.sum())), frontier.weights[:, own]])
    mean = size_means(weights, values, np.zeros(len(values), dtype=np.intp))[:, 0]
    loss, curve = mean[:, -1], mean[:, :-1]
    found: dict[str, float | str] = {
        "N": row["N"], "C": row["C_middle"], "D": row["D"], "loss": loss[0],
        "longer": last / row["D"], "later": curve[0, -1],
    }  # fmt: skip
    found |= _named("above_later", loss / curve[:, -1] - 1.0, level)
    floor, beta, bound = (np.full(len(mean), np.nan) for _ in range(3))
    middle = starts.size // 2
    for k, start in enumerate(starts):
        rows = np.flatnonzero(np.append(middle, chosen) == k)
        part = start * last * (1.0 - 1e-9) <= D
        if part.sum() < FEWEST_POINTS or not rows.size:
            continue
        fit = fit_floors(D[part], curve[np.ix_(rows, part)])
        floor[rows] = np.where(fit.at_bound, np.nan, fit.floor)
        beta[rows] = np.where(fit.at_bound, np.nan, fit.beta)
        bound[rows] = fit.at_bound
    floors = _named("floor", floor, level)
    found |= floors | _named("beta", beta, level) | _named("excess", loss / floor - 1.0, level)
    if np.isnan(bound[0]):
        return found | {"at_bound": np.nan, "status": TOO_SHORT}
    share = float(np.nanmean(bound))
    narrow = floors["floor_high"] - floors["floor_low"] <= NARROW * (curve[0, -1] - floor[0])
    known = share <= MOST_AT_BOUND and narrow and np.isfinite(floor[0])
    return found | {"at_bound": share, "status": IDENTIFIED if known else NOT_IDENTIFIED}


def _named(name: str, draws: FloatArray, level: float) -> dict[str, float]:
    """The first draw is that of the data, the others are resamples."""
    found = quantile_interval(float(draws[0]), draws[1:], level)
    return {name: found.estimate, f"{name}_low": found.low, f"{name}_high": found.high}
