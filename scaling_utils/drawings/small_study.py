"""The figures of chapter 12 on compute: curves, convergence, best sizes and their exponents.

Each function draws on an empty figure from exactly the table that is published beside it;
`scaling_utils.drawings.small_study_tables` makes the tables and describes their columns.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MultipleLocator, NullFormatter

from experiments.analysis.counts import ALL, BODY, WITH_HEAD
from experiments.analysis.our_runs import SEEN_LATER, UNLIMITED
from scaling_utils.book import fmt
from scaling_utils.drawings.small_study_tables import HOFFMANN, KAPLAN
from scaling_utils.figures import (
    INK,
    PALETTE,
    RAMP,
    count_axis,
    count_label,
    is_narrow,
    panels,
    plain_axis,
)

COMPUTE, SIZE = "compute, C (FLOPs)", "model size, N (parameters)"
DATA, LOSS = "data, D (bytes)", "loss (nats per byte)"
COUNTING_STYLE = {BODY: ("blue", "o"), WITH_HEAD: ("green", "s"), ALL: ("orange", "D")}
DASHED, DOTTED = (0, (5, 2)), (0, (1.2, 1.6))
LOSS_TICKS = [1.2, 1.3, 1.4, 1.6, 1.8, 2.0, 2.2, 2.5, 3.0]


def draw_curves(fig: Figure, data: pd.DataFrame) -> None:
    """Loss against data and against compute for every size, with the lower edge.

    Columns: kind ("curve", "edge"), N, bytes, C, loss, low, high.
    """
    left, right = panels(fig, 2, sharey=not is_narrow(fig))
    curves, edge = (data[data["kind"] == kind] for kind in ("curve", "edge"))
    sizes = sorted(curves["N"].unique())
    for k, N in enumerate(sizes):
        own = curves[curves["N"] == N]
        colour = size_colour(k, len(sizes))
        for ax, x in ((left, "bytes"), (right, "C")):
            ax.loglog(own[x], own["loss"], color=colour, lw=1.5)
            _band(ax, own, x, "low", "high", colour)
        if k in (0, len(sizes) - 1):
            at, first = own.iloc[-1], k == 0
            left.annotate(
                count_label(float(N)), (float(at["bytes"]), float(at["loss"])),
                xytext=(4, 0) if first else (0, -5), textcoords="offset points", fontsize=9,
                ha="left" if first else "right", va="center" if first else "top",
            )  # fmt: skip
    _band(right, edge, "C", "low", "high", PALETTE["orange"])
    right.loglog(edge["C"], edge["loss"], color=PALETTE["orange"], lw=2.6, alpha=0.85)
    left.set_title("Against the text read")
    right.set_title("Against compute")
    left.set(xlabel=DATA, ylabel=LOSS)
    right.set(xlabel=COMPUTE)
    if is_narrow(fig):
        right.set_ylabel(LOSS)
    for ax in (left, right):
        _loss_axis(ax, curves["loss"])
    count_axis(left.xaxis)
    decades(right)


def draw_stops_short(fig: Figure, data: pd.DataFrame) -> None:
    """Where the best sizes stop on their curves, and how far above convergence, by budget.

    Columns: kind ("run", "best", "seen later", "unlimited text", "printed"), N, bytes, C, loss,
    excess, low, high.
    """
    left, right = panels(fig, 2)
    runs, best = (data[data["kind"] == kind] for kind in ("run", "best"))
    sizes = sorted(runs["N"].unique())
    ends: dict[str, tuple[float, float]] = {}
    for k, N in enumerate(sizes):
        own, colour = runs[runs["N"] == N], size_colour(k, len(sizes))
        left.loglog(own["bytes"], own["loss"], color=colour, lw=1.6)
        at = own.iloc[-1]
        ends[count_label(float(f"{N:.2g}"))] = (float(at["bytes"]), float(at["loss"]))
    left.plot(best["bytes"], best["loss"], "D", color=PALETTE["orange"], ms=4.5, zorder=5)
    left.set(xlabel=DATA, ylabel=LOSS)
    left.set_title("Curves of the best sizes")
    _loss_axis(left, runs["loss"])
    count_axis(left.xaxis)
    left.set_xlim(right=runs["bytes"].max() * 5)
    for name, (x, height) in apart(ends).items():
        left.annotate(name, (x * 1.15, height), va="center", fontsize=8.5)
    later, floor = (data[data["kind"] == kind] for kind in (SEEN_LATER, UNLIMITED))
    right.vlines(floor["C"], floor["low"], floor["high"], color=PALETTE["purple"], lw=1.8)
    right.plot(floor["C"], floor["excess"], "s", color=PALETTE["purple"], ms=6, zorder=5)
    right.plot(later["C"], later["excess"], "^", color=PALETTE["blue"], ms=6, zorder=5)
    printed = float(data.loc[data["kind"] == "printed", "excess"].iloc[0])
    right.axhline(printed, color=INK, lw=1.4, ls=DASHED, zorder=0.5)
    right.set_xscale("log")
    decades(right)
    right.set(xlabel=COMPUTE, ylabel="loss where best, above it (%)")
    right.set_title("What is left to gain")
    right.set_ylim(bottom=0)
    marks = [
        Line2D([], [], color=PALETTE["orange"], marker="D", ls="", label="where best"),
        Line2D([], [], color=PALETTE["blue"], marker="^", ls="", label="above what is seen later"),
        Line2D([], [], color=PALETTE["purple"], marker="s", ls="", label="above unlimited text"),
        Line2D([], [], color=INK, ls=DASHED, lw=1.4, label="Kaplan, Eq. B.5"),
    ]
    fig.legend(
        handles=marks, loc="outside upper left", ncols=1 if is_narrow(fig) else 4,
        columnspacing=1.2, handletextpad=0.5,
    )  # fmt: skip


def draw_isoflops(fig: Figure, data: pd.DataFrame) -> None:
    """Loss against size at each budget, with parabolas and minima, for two ways of counting.

    Columns: counting, kind ("run", "parabola", "minimum"), C, N, loss, N_low, N_high.
    """
    shown = list(dict.fromkeys(data["counting"]))
    axes = panels(fig, len(shown), sharey=not is_narrow(fig))
    budgets = sorted(data["C"].unique())
    for ax, counting in zip(axes, shown, strict=True):
        part = data[data["counting"] == counting]
        for k, C in enumerate(budgets):
            own, colour = part[part["C"] == C], size_colour(k, len(budgets))
            if own.empty:
                continue
            runs, curve = own[own["kind"] == "run"], own[own["kind"] == "parabola"]
            best = own[own["kind"] == "minimum"].iloc[0]
            ax.semilogx(runs["N"], runs["loss"], ".", ms=4.5, color=colour, alpha=0.8)
            ax.semilogx(curve["N"], curve["loss"], color=colour, lw=1.4)
            ax.hlines(best["loss"], best["N_low"], best["N_high"], color=PALETTE["orange"], lw=2.6)
            ax.plot(
                best["N"], best["loss"], "D", ms=6, color=PALETTE["orange"],
                markeredgecolor=INK, zorder=5,
            )  # fmt: skip
            at = curve.iloc[-1]
            ax.annotate(
                fmt(float(C), "sci2"), (float(at["N"]), float(at["loss"])), xytext=(6, 1),
                textcoords="offset points", va="center", fontsize=8.5,
            )  # fmt: skip
        ax.set_title(f"N: {counting}")
        ax.set(xlabel=SIZE)
        ax.set_xlim(right=part["N"].max() * 6)
        count_axis(ax.xaxis)
        if is_narrow(fig) or ax is axes[0]:
            ax.set_ylabel(LOSS)


def draw_allocation(fig: Figure, data: pd.DataFrame) -> None:
    """Best size and bytes per parameter against compute, in three ways of counting.

    Columns: counting, kind ("minimum", "line"), C, N, N_low, N_high, ratio, ratio_low,
    ratio_high.
    """
    left, right = panels(fig, 2)
    for counting, (colour, mark) in COUNTING_STYLE.items():
        part = data[data["counting"] == counting]
        best, line = part[part["kind"] == "minimum"], part[part["kind"] == "line"]
        for ax, y in ((left, "N"), (right, "ratio")):
            ax.loglog(line["C"], line[y], color=PALETTE[colour], lw=1.3)
            ax.vlines(best["C"], best[f"{y}_low"], best[f"{y}_high"], color=PALETTE[colour])
            ax.plot(
                best["C"], best[y], mark, color=PALETTE[colour], ms=6, markeredgecolor=INK,
                label=counting, zorder=5,
            )  # fmt: skip
    left.set(xlabel=COMPUTE, ylabel=SIZE)
    right.set(xlabel=COMPUTE, ylabel="data per size (bytes per parameter)")
    left.set_title("Best size")
    right.set_title("Text for each parameter")
    count_axis(left.yaxis)
    ends = data["ratio_low"].min(), data["ratio_high"].max()
    plain_axis(right.yaxis, [t for t in (5, 10, 20, 40, 80, 160) if ends[0] / 2 < t < ends[1] * 2])
    decades(left, right)
    handles, labels = left.get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside upper left", ncols=1 if is_narrow(fig) else 3)


def draw_exponents(fig: Figure, data: pd.DataFrame) -> None:
    """The exponent of the best size by approach and way of counting, and what was printed.

    Columns: approach (1, 2, 3; 0 for a printed number), counting, a, low, high.
    """
    ax = fig.subplots()
    for k, (counting, (colour, mark)) in enumerate(COUNTING_STYLE.items()):
        own = data[data["counting"] == counting]
        y = own["approach"] + 0.2 * (k - 1)
        ax.hlines(y, own["low"], own["high"], color=PALETTE[colour], lw=2.2)
        ax.plot(
            own["a"], y, mark, ms=7, color=PALETTE[colour], markeredgecolor=INK, label=counting,
            zorder=5,
        )  # fmt: skip
    printed = data[data["counting"] == HOFFMANN]
    ax.hlines(printed["approach"] + 0.4, printed["low"], printed["high"], color=INK, lw=1.4)
    ax.plot(
        printed["a"], printed["approach"] + 0.4, "|", ms=11, mew=2.2, color=INK, label=HOFFMANN
    )
    kaplan = float(data.loc[data["counting"] == KAPLAN, "a"].iloc[0])
    ax.axvline(kaplan, color=INK, lw=1.4, ls=DASHED, zorder=0.5, label=KAPLAN)
    ax.set(ylim=(3.7, 0.5), yticks=[1, 2, 3], xlabel="exponent a of the best size (no unit)")
    ax.set_yticklabels(["1: best run at\neach compute", "2: parabola\nper budget", "3: formula"])
    ax.xaxis.set_major_locator(MultipleLocator(0.1))
    ax.grid(visible=False, axis="y")
    fig.legend(loc="outside upper left", ncols=1 if is_narrow(fig) else 3)


def size_colour(k: int, of: int) -> str:
    """From pale to deep: the k-th of so many sizes or budgets."""
    return RAMP[1 + k * (len(RAMP) - 2) // max(1, of - 1)]


def decades(*axes: Axes) -> None:
    """Label a logarithmic axis of compute by powers of ten."""
    for ax in axes:
        ax.xaxis.set_major_locator(LogLocator(base=10.0, numticks=20))
        ax.xaxis.set_minor_formatter(NullFormatter())


def _loss_axis(ax: Axes, loss: pd.Series[float]) -> None:
    """Plain ticks, and the range of the losses: setting ticks would widen it to the ticks."""
    plain_axis(ax.yaxis, LOSS_TICKS)
    ax.set_ylim(float(loss.min()) * 0.97, float(loss.max()) * 1.03)


def apart(
    ends: dict[str, tuple[float, float]], gap: float = 1.045
) -> dict[str, tuple[float, float]]:
    """Places for names at the ends of curves, at least a factor apart, from the lowest up."""
    found: dict[str, tuple[float, float]] = {}
    last = 0.0
    for name, (x, y) in sorted(ends.items(), key=lambda item: item[1][1]):
        last = max(y, last * gap)
        found[name] = (x, last)
    return found


def _band(ax: Axes, rows: pd.DataFrame, x: str, low: str, high: str, colour: str) -> None:
    at, bottom, top = (rows[name].to_numpy(dtype=np.float64) for name in (x, low, high))
    ax.fill_between(at, bottom, top, color=colour, alpha=0.3, lw=0)


__all__ = [
    "draw_allocation",
    "draw_curves",
    "draw_exponents",
    "draw_isoflops",
    "draw_stops_short",
]
