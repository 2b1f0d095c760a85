"""The tables behind the figures of chapter 12 on compute: curves, convergence, best sizes.

One function for each figure; `scaling_utils.drawings.small_study` draws them.
Compute is in FLOPs, sizes in parameters, data in bytes, losses in nats per byte.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from experiments.analysis import our_runs
from experiments.analysis.best_sizes import BestSizes
from experiments.analysis.best_sizes import best_sizes as sizes_at
from experiments.analysis.converged import IDENTIFIED
from experiments.analysis.counts import BODY, EXACT, parameters
from experiments.analysis.draws import Drawn
from experiments.analysis.frontier import MeasuredFrontier
from experiments.analysis.our_runs import SEEN_LATER
from experiments.analysis.travel import SINCE
from scaling_utils.book import fmt
from scaling_utils.figures import log_space
from scaling_utils.published import constant
from scaling_utils.resample import Interval

FIRST_BYTES = SINCE
"""Curves count from here: 256 steps, six times the warm-up (experiments/criteria.md)."""

FAR = 3.0
"""A run shows something of what a model still gains if it goes on for so many times as long."""

HOFFMANN, KAPLAN = "Hoffmann, printed", "Kaplan, printed"
EXPONENT_COLUMNS = ["approach", "counting", "a", "low", "high"]


def curves_table(frontier: MeasuredFrontier) -> pd.DataFrame:
    """Mean curves of all sizes with the range of their seeds, and their lower edge.

    Returns
    -------
    DataFrame
        kind ("curve", "edge"), N, bytes, C, loss, low, high (of a curve: lowest and highest
        seed; of the edge: 95 % interval over the seeds).
    """
    cut = frontier.slices
    D = 2.0 ** np.arange(np.log2(FIRST_BYTES), np.log2(cut.study.last.max()) + 0.25, 0.25)
    losses = cut.study.loss_at(np.minimum(D, cut.study.last.max()))
    parts = []
    for size, (N, cost) in enumerate(zip(cut.N, cut.cost, strict=True)):
        own = losses[cut.label == size]
        there = np.isfinite(own).all(axis=0)
        part = {"kind": "curve", "N": N, "bytes": D[there], "C": D[there] * cost}
        of_seeds = {"loss": own.mean(axis=0), "low": own.min(axis=0), "high": own.max(axis=0)}
        parts.append(pd.DataFrame(part | {name: v[there] for name, v in of_seeds.items()}))
    edge = frontier.table()
    # Past its lowest point all curves but the last few have ended.
    lowest = int(edge["loss"].to_numpy().argmin())
    edge = edge[~edge["edge"] & (np.arange(len(edge)) <= lowest)]
    rows = edge.assign(kind="edge", bytes=edge["D"])
    columns = ["kind", "N", "bytes", "C", "loss", "low", "high"]
    return pd.concat([*parts, rows[columns]], ignore_index=True)


def stops_short_table(sizes: Drawn, above: pd.DataFrame, predicted: float) -> pd.DataFrame:
    """Where the best sizes stop on their curves, and how far above convergence, by budget.

    Parameters
    ----------
    sizes : Drawn
        The runs of all sizes.
    above : DataFrame
        From `experiments.analysis.our_runs.above_convergence`: kind, C, N, excess, low, high.
    predicted : float
        The fraction at which Kaplan et al. 2020, Eq. B.5 stop.

    Returns
    -------
    DataFrame
        kind ("run": the curve of a size that is the best at a budget of the lower bound, mean over
        seeds; "best": where it is; `SEEN_LATER`, `UNLIMITED`: the rows of `above`; "printed"), N,
        bytes, C (FLOPs), loss (nats per byte), excess, low, high (per cent).
    """
    later = above[above["kind"] == SEEN_LATER]
    own = sizes.since(SINCE)
    N = parameters(own.setups, BODY)
    curves = own.mean(own.curves())[0]
    parts: list[pd.DataFrame] = []
    for size in np.unique(later["N"]):
        curve = curves[int(np.flatnonzero(size == N)[0])]
        there = np.isfinite(curve)
        run = {"kind": "run", "N": size, "bytes": own.marks[there], "loss": curve[there]}
        C = later.loc[later["N"] == size, "C"].to_numpy(dtype=np.float64)
        read = C / (6.0 * size)
        loss = own.loss_at(read)[0, int(np.flatnonzero(size == N)[0])]
        best = {"kind": "best", "N": size, "bytes": read, "C": C, "loss": loss}
        parts += [pd.DataFrame(run), pd.DataFrame(best)]
    printed = pd.DataFrame([{"kind": "printed", "excess": 100.0 * predicted}])
    columns = ["kind", "N", "bytes", "C", "loss", "excess", "low", "high"]
    return pd.concat([*parts, above, printed], ignore_index=True)[columns]


def convergence_rows(later: str, unlimited: str, own: pd.DataFrame) -> pd.DataFrame:
    """How far above convergence the best models stop, by three definitions.

    Parameters
    ----------
    later, unlimited : str
        The first two, as the ledger prints them.
    own : StopsShort
        The floors of single curves.

    Returns
    -------
    DataFrame
        One row per definition: above (per cent, with intervals; of the single curves the least
        and the greatest of the sizes), what is extrapolated.
    """
    clear = own[own["longer"] >= FAR]
    known = int((clear["status"] == IDENTIFIED).sum())
    low, high = (fmt(100.0 * float(end), ".0f") for end in clear["excess"].agg(["min", "max"]))
    rows = {
        "the least loss that the run reaches later": (later, "nothing: a lower bound"),
        "the loss with unlimited text, one formula for all": (unlimited, "a formula with a floor"),
        "a floor for each curve alone": (
            f"{low} to {high}",
            f"each curve; {known} of {len(clear)} floors are identified",
        ),
    }
    columns = ["the loss lies above it by (%)", "extrapolated"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def isoflop_table(found: Mapping[str, BestSizes]) -> pd.DataFrame:
    """Losses at each budget, their parabolas and minima, in several ways of counting.

    Returns
    -------
    DataFrame
        counting, kind ("run": those that the parabola was fitted to; "parabola", "minimum"), C,
        N, loss, and for minima N_low and N_high (95 % over the seeds).
    """
    parts = []
    for counting, fit in found.items():
        runs, curve = fit.runs().assign(kind="run"), fit.parabolas().assign(kind="parabola")
        best = fit.table().assign(kind="minimum")
        parts.append(pd.concat([runs, curve, best]).assign(counting=counting))
    columns = ["counting", "kind", "C", "N", "loss", "N_low", "N_high"]
    return pd.concat(parts, ignore_index=True)[columns]


def allocation_table(found: Mapping[str, BestSizes]) -> pd.DataFrame:
    """Best sizes and bytes per parameter against compute, with their power laws.

    Returns
    -------
    DataFrame
        counting, kind ("minimum", "line"), C, N, N_low, N_high, ratio (bytes per parameter),
        ratio_low, ratio_high.
    """
    parts = []
    for counting, fit in found.items():
        own = fit.table().assign(counting=counting, kind="minimum")
        names = {f"bytes_per_parameter{end}": f"ratio{end}" for end in ("", "_low", "_high")}
        parts.append(own.rename(columns=names))
        C = log_space(float(own["C"].min()), float(own["C"].max()), 15)
        N, D = fit.lines(C)
        line = {"counting": counting, "kind": "line", "C": C, "N": N, "ratio": D / N}
        parts.append(pd.DataFrame(line))
    columns = ["counting", "kind", "C", "N", "N_low", "N_high"]
    columns += ["ratio", "ratio_low", "ratio_high"]
    return pd.concat(parts, ignore_index=True)[columns]


def exponents_table(
    envelopes: Mapping[str, Interval],
    profiles: Mapping[str, Interval],
    formulas: Mapping[str, Interval],
) -> pd.DataFrame:
    """The exponent of the best size by approach and way of counting, and what was printed.

    Parameters
    ----------
    envelopes, profiles, formulas : mapping of str to Interval
        Approaches 1, 2 and 3, by way of counting.

    Returns
    -------
    DataFrame
        approach (1, 2, 3; 0 for Kaplan's), counting (or `HOFFMANN`, `KAPLAN`), a, low, high
        (95 %; Hoffmann's as printed, from the tenth to the ninetieth percentile).
    """
    rows: list[tuple[int, str, float, float, float]] = []
    for approach, found in enumerate((envelopes, profiles, formulas), start=1):
        rows += [(approach, name, i.estimate, i.low, i.high) for name, i in found.items()]
        of = f"hoffmann2022/Approach {approach}"
        a, low, high = (constant(of, symbol).value for symbol in ("a", "a_low", "a_high"))
        rows.append((approach, HOFFMANN, a, low, high))
    rows.append((0, KAPLAN, constant("kaplan2020/allocation", "p_N").value, np.nan, np.nan))
    return pd.DataFrame(rows, columns=EXPONENT_COLUMNS)


def counting_rows(found: Mapping[str, BestSizes]) -> pd.DataFrame:
    """What the chapter prints about the three ways of counting.

    Returns
    -------
    DataFrame
        Indexed by the way of counting: budgets (with a minimum inside), a (with interval), one
        budget left out (lowest and highest a), bytes per parameter (at the first and at the
        last budget), exact FLOPs (a, if compute is counted exactly).
    """
    exact = {each: sizes_at(our_runs.sizes(), each, compute=EXACT) for each in found}
    rows = {}
    for counting, fit in found.items():
        a, (low, high), ratio = fit.interval("a"), fit.budget_range(), fit.table()
        first, last = ratio["bytes_per_parameter"].iloc[[0, -1]]
        rows[counting] = {
            "budgets": len(ratio),
            "exponent a": f"{a.estimate:.2f} ({a.low:.2f} to {a.high:.2f})",
            "one budget left out": f"{low:.2f} to {high:.2f}",
            "bytes per parameter": f"{first:.0f} to {last:.0f}",
            "a by exact FLOPs": f"{exact[counting].a[0]:.2f}",
        }
    return pd.DataFrame(rows).T
