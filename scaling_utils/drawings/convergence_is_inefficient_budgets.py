"""The figure of chapter 2 that sets all answers to "how early?" side by side, budget by budget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from scaling_utils.figures import INK, MUTED, PALETTE, is_narrow, log_space, plain_axis
from scaling_utils.intervals import interval
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.laws.convergence import EfficientTraining, best_excess
from scaling_utils.resample import Bootstrap

KAPLAN = "Kaplan, Eq. B.5"
REFIT = "our refit of Hoffmann's runs"
OURS = "our runs, above an extrapolated floor"
AT_LEAST = "our runs, at least (nothing extrapolated)"
LAST = 1e26
"""Where the axis ends, FLOPs."""


def best_excess_table(
    training: EfficientTraining,
    laws: Mapping[str, ChinchillaLaw],
    sample: Bootstrap,
    ranges: Mapping[str, tuple[float, float]],
    ours: pd.DataFrame,
    budgets: Mapping[str, float],
) -> pd.DataFrame:
    """Distance of the best run for a budget from the floor of its own model.

    Parameters
    ----------
    training : EfficientTraining
        Kaplan's law.
    laws : mapping of str to ChinchillaLaw
        Published laws with a floor.
    sample : Bootstrap
        Our refit with its resamples.
    ranges : mapping of str to (float, float)
        Budgets of the runs behind `KAPLAN` and behind the laws with a floor ("floor"), FLOPs.
    ours : DataFrame
        Our own runs: kind ("unlimited text" or "seen later"), C (FLOPs), excess, low, high (%).
    budgets : mapping of str to float
        Budgets to mark, FLOPs.

    Returns
    -------
    DataFrame
        Columns kind (law, ours, at least, budget), name, C (FLOPs), excess, low, high
        (fractions), measured (whether the law's own runs had such budgets).
    """
    first, last = ranges[KAPLAN]
    C = np.unique([*log_space(first, LAST, 41), last])
    flat = {"name": KAPLAN, "C": C, "excess": training.excess, "measured": last >= C}
    parts = [pd.DataFrame({"kind": "law", **flat})]
    first, last = ranges["floor"]
    C = np.unique([*log_space(first, LAST, 41), last])
    for name, law in (*laws.items(), (REFIT, sample.fit.law)):
        rows = {"name": name, "C": C, "excess": best_excess(law, C), "measured": last >= C}
        parts.append(pd.DataFrame({"kind": "law", **rows}))
    parts[-1]["low"], parts[-1]["high"] = interval(best_excess(sample.law, C[:, None]))
    for kind, name, of in (("ours", OURS, "unlimited text"), ("at least", AT_LEAST, "seen later")):
        points = ours.loc[ours["kind"] == of, ["C", "excess", "low", "high"]].copy()
        points[["excess", "low", "high"]] /= 100
        parts.append(points.assign(kind=kind, name=name, measured=True))
    marks = {"name": list(budgets), "C": list(budgets.values()), "measured": False}
    parts.append(pd.DataFrame({"kind": "budget", **marks}))
    columns = ["kind", "name", "C", "excess", "low", "high", "measured"]
    return pd.concat(parts, ignore_index=True).reindex(columns=columns)


def draw_best_excess(fig: Figure, data: pd.DataFrame) -> None:
    """Lines for laws, solid where they had runs; points with intervals for our own runs.

    Columns: kind, name, C, excess, low, high, measured.
    """
    ax = fig.subplots()
    colours = iter((PALETTE["blue"], PALETTE["orange"], PALETTE["green"]))
    laws = data[data["kind"] == "law"]
    for name, rows in laws.groupby("name", sort=False):
        colour, inside = next(colours), rows[rows["measured"]]
        if rows["low"].notna().any():
            low, high = 100 * rows["low"], 100 * rows["high"]
            ax.fill_between(rows["C"], low, high, color=colour, alpha=0.2, lw=0)
        ax.plot(rows["C"], 100 * rows["excess"], color=colour, lw=1.4, ls=(0, (3, 2.5)))
        ax.plot(inside["C"], 100 * inside["excess"], color=colour, lw=2.4, label=str(name))
    ours, least = (data[data["kind"] == kind] for kind in ("ours", "at least"))
    ends = ours[["low", "high"]].sub(ours["excess"], axis=0).abs().to_numpy().T
    style: dict[str, Any] = {"color": PALETTE["purple"], "ls": "none", "zorder": 3}
    y = 100 * ours["excess"]
    ax.errorbar(ours["C"], y, 100 * ends, marker="s", ms=5.5, lw=1.4, label=OURS, **style)
    ax.plot(least["C"], 100 * least["excess"], "^", ms=5.5, mfc="none", label=AT_LEAST, **style)
    top = 60.0
    for name, C in data.loc[data["kind"] == "budget", ["name", "C"]].itertuples(index=False):
        ax.axvline(C, color=MUTED, lw=1, ls=(0, (1, 2)), zorder=1)
        at: dict[str, Any] = {
            "xytext": (-3, -3),
            "textcoords": "offset points",
            "rotation": 90,
            "color": INK,
        }
        ax.annotate(str(name), (C, top), ha="right", va="top", fontsize=10, **at)
    ax.set(xscale="log", yscale="log", xlim=(data["C"].min() / 3, LAST), ylim=(1, top))
    ax.set(xlabel="compute, FLOPs", ylabel="best stop: % above the own floor")
    ax.xaxis.set_major_locator(LogLocator(10.0 ** (4 if is_narrow(fig) else 2), numticks=20))
    ax.xaxis.set_minor_formatter(NullFormatter())
    plain_axis(ax.yaxis, [1, 2, 5, 10, 20, 50])
    fig.legend(loc="outside lower left", ncols=1 if is_narrow(fig) else 2)
