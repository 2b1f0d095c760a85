"""The figures of chapter 6 that set the published rules side by side."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from scaling_utils.figures import INK, MUTED, PALETTE, is_narrow, plain_axis
from scaling_utils.studies import HOFFMANN_RUNS

_SHORT = {
    "Kaplan 2020, Table 6": "Kaplan 2020",
    "Hoffmann 2022, Approach 1": "Hoffmann, Appr. 1",
    "Hoffmann 2022, Approach 2": "Hoffmann, Appr. 2",
    "Hoffmann 2022, Approach 3": "Hoffmann, Appr. 3",
    "Porian 2024, RefinedWeb": "Porian, RefinedWeb",
    "Porian 2024, OpenWebText2": "Porian, OpenWebText2",
}
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_RATIO_RANGE = (9.0, 300.0)
_EXPONENT_RANGE = (-0.17, 0.18)
_PRINTED = 0.8
"""Level of the intervals of Hoffmann's Table 2: 10th to 90th percentile."""


def draw_who_says_what(fig: Figure, data: pd.DataFrame) -> None:
    """Each rule's best tokens per parameter at one budget, and over the budgets of its own runs.

    Columns: study, runs, how ("computed", "quoted"), C_low, C_high (FLOPs), at_C_low, at_C_high,
    at_common, quoted (tokens per parameter).
    """
    ax = fig.subplots()
    narrow = is_narrow(fig)
    _same_runs(ax, data, "right")
    low, high = _RATIO_RANGE
    for y, row in enumerate(data.to_dict("records")):
        colour = PALETTE["orange" if row["runs"] == HOFFMANN_RUNS else "blue"]
        if row["how"] == "quoted":
            ax.plot(row["quoted"], y, "D", color=colour, markerfacecolor="none", markersize=7,
                    markeredgewidth=1.6)  # fmt: skip
        else:
            ends = sorted((row["at_C_low"], row["at_C_high"]))
            ax.plot([ends[0], min(ends[1], high)], [y, y], color=colour, linewidth=3, alpha=0.55,
                    solid_capstyle="butt")  # fmt: skip
            ax.plot(row["at_common"], y, "o", color=colour, markersize=7, zorder=4)
            if ends[1] > high:
                ax.plot(high, y, ">", color=colour, markersize=7, clip_on=False)
                ax.annotate(
                    f"to {float(f'{ends[1]:.2g}'):,.0f}", (high, y), xytext=(-12, 4),
                    textcoords="offset points", ha="right", va="bottom", color=MUTED,
                )  # fmt: skip
        if not narrow:
            ax.text(1.02, y, _decades(row["C_low"], row["C_high"]), va="center", color=MUTED,
                    transform=ax.get_yaxis_transform())  # fmt: skip
    if not narrow:
        ax.text(1.02, -1.0, "budgets of its runs\n(FLOPs, about)", va="center", color=MUTED,
                transform=ax.get_yaxis_transform())  # fmt: skip
    ax.axvline(20, color=INK, linewidth=1.2, linestyle=(0, (4, 2)), zorder=0.5)
    ax.set_xscale("log")
    ax.set_xlim(low, high)
    plain_axis(ax.xaxis, [10, 20, 50, 100, 200])
    ax.set_xlabel(f"tokens per parameter{chr(10) if narrow else ' '}at the optimum")
    _rows(ax, data, narrow=narrow)
    handles = [
        Line2D([], [], color=MUTED, marker="o", linestyle="none", markersize=7,
               label="at $10^{20}$ FLOPs"),
        Line2D([], [], color=MUTED, linewidth=3, alpha=0.55, label="over the budgets of its runs"),
        Line2D([], [], color=MUTED, marker="D", markerfacecolor="none", linestyle="none",
               markersize=7, label="quoted"),
    ]  # fmt: skip
    fig.legend(handles=handles, loc="outside lower left", ncols=1 if narrow else 3)


def draw_trends(fig: Figure, data: pd.DataFrame) -> None:
    """The power of compute with which the ratio changes, with intervals, one row per rule.

    Columns: study, runs, exponent, low, high, level (NaN if not published).
    """
    ax = fig.subplots()
    narrow = is_narrow(fig)
    _same_runs(ax, data, "left")
    left, right = _EXPONENT_RANGE
    for y, row in enumerate(data.to_dict("records")):
        colour = PALETTE["orange" if row["runs"] == HOFFMANN_RUNS else "blue"]
        if np.isnan(row["exponent"]):
            ax.annotate(
                "", (0.13, y), xytext=(0.01, y),
                arrowprops={"arrowstyle": "->", "color": MUTED, "linewidth": 1.6},
            )  # fmt: skip
            continue
        if np.isnan(row["level"]):
            at = max(row["exponent"], left + 0.008)
            ax.plot(at, y, "o" if at == row["exponent"] else "<", color=MUTED, markersize=7,
                    markerfacecolor="none", markeredgewidth=1.6)  # fmt: skip
            if at != row["exponent"]:
                words = f"{row['exponent']:.2f}".replace("-", "−")
                ax.annotate(words, (at, y), xytext=(9, 0), textcoords="offset points",
                            va="center", color=MUTED)  # fmt: skip
            continue
        thin = row["level"] == _PRINTED
        ax.plot([row["low"], row["high"]], [y, y], color=colour, linewidth=1.2 if thin else 3,
                marker="|", markersize=9)  # fmt: skip
        ax.plot(row["exponent"], y, "o", color=colour, markersize=7)
    ax.axvline(0, color=INK, linewidth=1.2, linestyle=(0, (4, 2)), zorder=0.5)
    ax.set_xlim(left, right)
    ax.set_xlabel(
        "power of compute, $b - a$ (no unit)"
        if narrow
        else "power of compute in tokens per parameter, $b - a$ (no unit)"
    )
    _rows(ax, data, narrow=narrow)
    handles = [
        Line2D([], [], color=MUTED, marker="|", markersize=9, linewidth=3, label="95 % interval"),
        Line2D([], [], color=MUTED, marker="|", markersize=9, linewidth=1.2,
               label=f"{100 * _PRINTED:.0f} %, as Table 2 prints it"),
        Line2D([], [], color=MUTED, marker="o", markerfacecolor="none", linestyle="none",
               markersize=7, markeredgewidth=1.6, label="no interval"),
    ]  # fmt: skip
    fig.legend(handles=handles, loc="outside lower left", ncols=1 if narrow else 3)


def _rows(ax: Axes, data: pd.DataFrame, *, narrow: bool) -> None:
    """Name each row on the left, in fewer letters on a phone."""
    names = [_SHORT.get(str(name), str(name)) if narrow else str(name) for name in data["study"]]
    ax.set_yticks(range(len(names)), names, fontsize=9 if narrow else None)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")


def _same_runs(ax: Axes, data: pd.DataFrame, side: Literal["left", "right"]) -> None:
    """Shade the rows of the rules that were fitted to the same runs."""
    rows = np.flatnonzero(data["runs"] == HOFFMANN_RUNS)
    first, last = float(rows.min()), float(rows.max())
    ax.axhspan(first - 0.5, last + 0.5, color=MUTED, alpha=0.1, linewidth=0)
    ax.text(0.015 if side == "left" else 0.985, first - 0.4, "the same runs", ha=side, va="top",
            color=MUTED, transform=ax.get_yaxis_transform())  # fmt: skip


def _decades(low: float, high: float) -> str:
    """Two budgets as the nearest powers of ten."""
    ends = [f"10{str(round(np.log10(end))).translate(_SUPERSCRIPT)}" for end in (low, high)]
    return " to ".join(ends)
