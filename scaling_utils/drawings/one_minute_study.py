"""The figures of the one-minute study in chapter 12: curves, IsoFLOP valleys, best sizes.

Each function draws on an empty figure from exactly the table that is published beside it;
`scaling_utils.drawings.one_minute_tables` makes the tables and describes their columns.
"""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullFormatter

from experiments.analysis.counts import ALL
from scaling_utils.book import fmt
from scaling_utils.drawings.one_minute_tables import ALL_SEEDS, ONE_SEED, WITHOUT
from scaling_utils.drawings.small_study import COMPUTE, LOSS, SIZE, decades, size_colour
from scaling_utils.figures import (
    INK,
    PALETTE,
    count_axis,
    count_label,
    is_narrow,
    panels,
    plain_axis,
)

COUNTING_STYLE = {ALL: ("orange", "D"), WITHOUT: ("green", "s")}
"""The colours of these countings in the other figures of the chapter."""

DOTTED = (0, (1.2, 1.6))
LOSS_TICKS = [1.5, 1.6, 1.8, 2.0, 2.2, 2.5, 3.0, 3.5]
RATIO_TICKS = [5.0, 7.0, 10.0, 12.0, 15.0, 20.0, 25.0, 30.0, 40.0, 60.0, 80.0]
SIZE_TICKS = [1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5]


def draw_curves(fig: Figure, data: pd.DataFrame) -> None:
    """Loss against compute for every size of one seed, with the lower edge.

    Columns: kind ("curve", "edge"), width, N, bytes, C, loss.
    """
    ax = fig.subplots()
    curves, edge = (data[data["kind"] == kind] for kind in ("curve", "edge"))
    widths = sorted(curves["width"].unique())
    ax.loglog(edge["C"], edge["loss"], color=PALETTE["orange"], lw=6, alpha=0.4, zorder=1)
    for k, width in enumerate(widths):
        own = curves[curves["width"] == width]
        ax.loglog(
            own["C"], own["loss"], ".-", color=size_colour(k, len(widths)), lw=1.5, ms=4, zorder=2
        )
        if k in (0, len(widths) - 1):
            at, words = own.iloc[0], f"{width} hidden units" if k == 0 else f"{width}"
            ax.annotate(
                words, (float(at["C"]), float(at["loss"])), xytext=(6, 5),
                textcoords="offset points", fontsize=9.5,
            )  # fmt: skip
    ax.set(xlabel=COMPUTE, ylabel=LOSS)
    _loss_axis(ax, curves["loss"])
    ax.set_ylim(top=float(curves["loss"].max()) * 1.06)
    decades(ax)
    middle = size_colour(len(widths) // 2, len(widths))
    handles = [
        Line2D([], [], color=middle, marker=".", lw=1.5, label="one curve for each size"),
        Line2D([], [], color=PALETTE["orange"], lw=6, alpha=0.4, label="lowest of all"),
    ]
    fig.legend(handles=handles, loc="outside upper left", ncols=2, columnspacing=1.4)


def draw_isoflops(fig: Figure, data: pd.DataFrame) -> None:
    """Loss against size at each budget: one seed over all.

    Columns: source, kind ("run", "parabola", "minimum"), C, N, loss.
    """
    ax = fig.subplots()
    budgets = sorted(data["C"].unique())
    orange = PALETTE["orange"]
    for k, C in enumerate(budgets):
        colour = size_colour(k, len(budgets))
        for source in (ALL_SEEDS, ONE_SEED):
            own = data[(data["C"] == C) & (data["source"] == source)]
            runs, curve = own[own["kind"] == "run"], own[own["kind"] == "parabola"]
            best, single = own[own["kind"] == "minimum"], source == ONE_SEED
            ax.plot(
                runs["N"], runs["loss"], "o" if single else ".", color=colour,
                mfc="none" if single else colour, ms=6.5 if single else 4,
            )  # fmt: skip
            style = "-" if single else DOTTED
            ax.plot(curve["N"], curve["loss"], color=colour, lw=1.4, ls=style)
            ax.plot(
                best["N"], best["loss"], "D", color=INK if single else orange,
                mfc="none" if single else orange, ms=9 if single else 4.5, zorder=5,
            )  # fmt: skip
            if not single:
                at = curve.iloc[-1]
                ax.annotate(
                    fmt(float(C), "sci1"), (float(at["N"]), float(at["loss"])), xytext=(7, 1),
                    textcoords="offset points", va="center", fontsize=9,
                )  # fmt: skip
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set(xlabel=f"{SIZE[:-1]}, all counted)", ylabel=LOSS)
    ax.set_xlim(right=data["N"].max() * (3.5 if is_narrow(fig) else 2))
    _loss_axis(ax, data["loss"])
    count_axis(ax.xaxis)
    middle = size_colour(len(budgets) // 2, len(budgets))
    handles = [
        Line2D([], [], color=middle, marker="o", mfc="none", ms=6.5, lw=1.4, label=ONE_SEED),
        Line2D(
            [],
            [],
            color=middle,
            marker=".",
            ls=DOTTED,
            lw=1.4,
            label="all seeds, and their mean",
        ),
        Line2D(
            [], [], color=INK, marker="D", mfc="none", ms=9, ls="", label=f"lowest, {ONE_SEED}"
        ),
        Line2D([], [], color=orange, marker="D", ms=4.5, ls="", label="lowest, mean of all"),
    ]
    columns = 1 if is_narrow(fig) else 2
    fig.legend(handles=handles, loc="outside upper left", ncols=columns, columnspacing=1.4)


def draw_allocation(fig: Figure, data: pd.DataFrame) -> None:
    """Best size and bytes per parameter against compute, in two ways of counting.

    Columns: source, counting, kind ("minimum", "line"), C, N, N_low, N_high, ratio, ratio_low,
    ratio_high.
    """
    left, right = panels(fig, 2)
    every, single = (data[data["source"] == source] for source in (ALL_SEEDS, ONE_SEED))
    for counting, (name, mark) in COUNTING_STYLE.items():
        part, colour = every[every["counting"] == counting], PALETTE[name]
        best, line = part[part["kind"] == "minimum"], part[part["kind"] == "line"]
        own = single[single["counting"] == counting]
        for ax, y in ((left, "N"), (right, "ratio")):
            ax.loglog(line["C"], line[y], color=colour, lw=1.3)
            ax.vlines(best["C"], best[f"{y}_low"], best[f"{y}_high"], color=colour, lw=2.2)
            ax.plot(best["C"], best[y], mark, color=colour, ms=5, label=counting, zorder=4)
            ax.plot(own["C"], own[y], "o", mfc="none", mec=INK, ms=9.5, mew=1.1, zorder=5)
    left.set(xlabel=COMPUTE, ylabel=SIZE)
    right.set(xlabel=COMPUTE, ylabel="data per size (bytes per parameter)")
    left.set_title("Best size")
    right.set_title("Text for each parameter")
    for ax, y, ticks in ((left, "N", SIZE_TICKS), (right, "ratio", RATIO_TICKS)):
        low, high = float(data[y].min()) / 1.15, float(data[y].max()) * 1.15
        ax.yaxis.set_ticks([tick for tick in ticks if low < tick < high])
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: count_label(value)))
        ax.yaxis.set_minor_formatter(NullFormatter())
        ax.set_ylim(low, high)
    decades(left, right)
    handles, labels = left.get_legend_handles_labels()
    handles.append(Line2D([], [], marker="o", mfc="none", mec=INK, ms=9.5, mew=1.1, ls=""))
    labels = [*(f"N: {label}" for label in labels), ONE_SEED]
    columns = 1 if is_narrow(fig) else 3
    fig.legend(handles, labels, loc="outside upper left", ncols=columns)


def _loss_axis(ax: Axes, loss: pd.Series[float]) -> None:
    """Plain ticks, and the range of the losses: setting ticks would widen it to the ticks."""
    low, high = float(loss.min()), float(loss.max())
    plain_axis(ax.yaxis, [t for t in LOSS_TICKS if low * 0.97 < t < high * 1.03])
    ax.set_ylim(low * 0.975, high * 1.025)
    ax.tick_params(axis="y", which="minor", length=0)


__all__ = ["COUNTING_STYLE", "draw_allocation", "draw_curves", "draw_isoflops"]
