"""The tables behind the figures of the one-minute study: one seed beside all.

One function for each figure; `scaling_utils.drawings.one_minute_study` draws them. Compute is in
FLOPs, sizes in parameters, data in bytes, losses in nats per byte. The five seeds
come with the project.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.analysis.best_sizes import BestSizes, best_sizes
from experiments.analysis.best_sizes import exponent_shift as shift_between
from experiments.analysis.counts import ALL, WITH_HEAD, cost_per_byte
from experiments.analysis.draws import Drawn, over_draws
from experiments.analysis.fits import straight
from experiments.analysis.isoflop import FEWEST, Slices, slices
from experiments.analysis.study import Study
from experiments.one_minute import StudyResult
from scaling_utils.figures import log_space
from scaling_utils.resample import Interval

BUDGETS = (1e9, 3e9, 1e10, 3e10, 1e11, 3e11)
"""FLOPs at which the sizes are compared: half a decade apart, as far as the full study goes."""

WITHOUT = "without the embedding table"
NAMES = {ALL: ALL, WITH_HEAD: WITHOUT}
"""Two ways to count, and what they are called where one table is all that is left out."""

ONE_SEED, ALL_SEEDS = "one seed", "all seeds"
RESAMPLES = 1000
POINT = ("", "_low", "_high")

Allocations = dict[str, BestSizes]


def allocations(
    result: StudyResult, budgets: Sequence[float] = BUDGETS, *, resamples: int = RESAMPLES
) -> Allocations:
    """Approach 2 in both ways of counting, by the name of each.

    Parameters
    ----------
    result : StudyResult
        One seed or several.
    budgets : sequence of float
        FLOPs. Those that fewer than five sizes reach are left out.
    resamples : int
        Each takes one of the seeds of every size: the doubt of a study with one seed.

    Raises
    ------
    ValueError
        If fewer than three budgets have a minimum between the sizes, as in a study that was
        stopped early.
    """
    drawn = Drawn.of(Study.of(result.runs, result.curves), resamples)
    return {
        name: best_sizes(drawn, counting, budgets, first=1.0) for counting, name in NAMES.items()
    }


@dataclass(frozen=True, eq=False)
class LowerEdge:
    """The lowest loss at each compute, all parameters counted.

    Attributes
    ----------
    slices : Slices
        The study cut at many values of compute.
    table : DataFrame
        C, N (the best size), loss (of its mean over the seeds).
    exponent : Interval
        Power of C with which the loss falls (negative; no floor is taken off), with 95 % of
        draws of one seed for each size.
    """

    slices: Slices
    table: pd.DataFrame
    exponent: Interval


def lower_edge(result: StudyResult, *, resamples: int = RESAMPLES) -> LowerEdge:
    """Follow the lowest curve, from the first budget to the last compute that five sizes reach.

    Parameters
    ----------
    result : StudyResult
        One seed or several.
    resamples : int
        Draws of one seed for each size.

    Raises
    ------
    ValueError
        If fewer than five sizes have finished, as in a study that was stopped early.
    """
    study = Study.of(result.runs, result.curves)
    if (sizes := len(study.sizes)) < FEWEST:
        raise ValueError(f"only {sizes} sizes have finished; a lower edge needs {FEWEST}")
    ends = np.unique(study.last * cost_per_byte(study.runs, ALL))
    cut = slices(study, log_space(BUDGETS[0], float(ends[-FEWEST]), 61), counting=ALL)
    profiles = np.nan_to_num(cut.profiles(Drawn.of(study, resamples).weights), nan=np.inf)
    loss = profiles.min(axis=1)
    table = pd.DataFrame({"C": cut.C, "N": cut.N[profiles[0].argmin(axis=0)], "loss": loss[0]})
    return LowerEdge(cut, table, over_draws(straight(np.log(cut.C), np.log(loss)).slope))


def curves_table(edge: LowerEdge) -> pd.DataFrame:
    """The curves of one seed, and their lower edge.

    Returns
    -------
    DataFrame
        kind ("curve", "edge"), width (hidden units; of the edge: of the best size), N (all
        parameters), bytes, C, loss.
    """
    cut = edge.slices
    runs = cut.study.runs.assign(N=cut.N[cut.label])[["run", "width", "N"]]
    curves = cut.study.curves.merge(runs, on="run").sort_values(["N", "bytes_seen"])
    width = dict(zip(runs["N"], runs["width"], strict=True))
    cost = dict(zip(cut.N, cut.cost, strict=True))
    curves = curves.rename(columns={"bytes_seen": "bytes"}).assign(kind="curve")
    curves["C"] = curves["bytes"] * curves["N"].map(cost)
    low = edge.table.assign(kind="edge", width=edge.table["N"].map(width))
    low["bytes"] = low["C"] / low["N"].map(cost)
    columns = ["kind", "width", "N", "bytes", "C", "loss"]
    return pd.concat([curves[columns], low[columns]], ignore_index=True)


def isoflop_table(one: Allocations, every: Allocations, counting: str = ALL) -> pd.DataFrame:
    """Losses at each budget of one seed and of all, with their minima.

    Returns
    -------
    DataFrame
        source ("one seed", "all seeds"), kind ("run": those that the parabola was fitted to;
        "parabola", of the mean over the seeds; "minimum"), C, N, loss.
    """
    parts = []
    for source, found in ((ONE_SEED, one), (ALL_SEEDS, every)):
        fit = found[counting]
        kinds = {
            "run": fit.runs(),
            "parabola": fit.parabolas(),
            "minimum": fit.table(),
        }
        parts += [part.assign(source=source, kind=kind) for kind, part in kinds.items()]
    columns = ["source", "kind", "C", "N", "loss"]
    return pd.concat(parts, ignore_index=True)[columns]


def allocation_table(one: Allocations, every: Allocations) -> pd.DataFrame:
    """Best sizes and bytes per parameter in both countings, with the power laws of all seeds.

    Returns
    -------
    DataFrame
        source, counting, kind ("minimum", "line"), C, N, N_low, N_high, ratio (bytes per
        parameter), ratio_low, ratio_high; intervals of the minima of all seeds alone.
    """
    parts = []
    for source, found in ((ONE_SEED, one), (ALL_SEEDS, every)):
        for counting, fit in found.items():
            names = {f"bytes_per_parameter{end}": f"ratio{end}" for end in POINT}
            own = _minima(fit, source).rename(columns=names).assign(kind="minimum")
            parts.append(own.assign(source=source, counting=counting))
            if source == ALL_SEEDS:
                C = log_space(float(own["C"].min()), float(own["C"].max()), 15)
                N, D = fit.lines(C)
                line = pd.DataFrame({"C": C, "N": N, "ratio": D / N, "kind": "line"})
                parts.append(line.assign(source=source, counting=counting))
    columns = ["source", "counting", "kind", "C"]
    columns += [f"{name}{end}" for name in ("N", "ratio") for end in POINT]
    return pd.concat(parts, ignore_index=True)[columns]


def exponent_shift(found: Allocations) -> Interval:
    """Exponent without the embedding table less that with it, on the same draws of seeds."""
    return shift_between(found[ALL], found[WITHOUT])


def _minima(fit: BestSizes, source: str) -> pd.DataFrame:
    """The minima; a single seed has no interval, and gets none."""
    found = fit.table()
    if source == ONE_SEED:
        ends = [f"{name}{end}" for name in ("N", "bytes_per_parameter") for end in POINT[1:]]
        found[ends] = np.nan
    return found
