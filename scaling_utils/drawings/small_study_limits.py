"""The figures of chapter 12 on what limits a small study: the floor, and little text.

`scaling_utils.drawings.small_study_limits_tables` makes the tables and describes their columns.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MultipleLocator

from scaling_utils.drawings.small_study import (
    COUNTING_STYLE,
    DASHED,
    DOTTED,
    LOSS,
    apart,
    size_colour,
)
from scaling_utils.drawings.small_study_limits_tables import BEST, FRESH, LAST
from scaling_utils.figures import (
    INK,
    PALETTE,
    count_axis,
    count_label,
    is_narrow,
    panels,
    plain_axis,
)


def draw_floor(fig: Figure, data: pd.DataFrame) -> None:
    """Misfit of the best formula with each floor, and the exponent that it implies.

    Columns: kind ("profile", "fit", "printed"), counting, E, misfit, a, allowed, E_low, E_high,
    a_low, a_high.
    """
    left, right = panels(fig, 2)
    profiles, fits = (data[data["kind"] == kind] for kind in ("profile", "fit"))
    least, widest = float(fits["misfit"].min()), float(profiles["E"].max())
    for counting, (colour, mark) in COUNTING_STYLE.items():
        own, fit = (part[part["counting"] == counting] for part in (profiles, fits))
        good = own[own["allowed"].astype(bool)]
        look: dict[str, Any] = {
            "color": PALETTE[colour],
            "ms": 6.5,
            "markeredgecolor": INK,
            "zorder": 5,
        }
        for ax, y in ((left, "misfit"), (right, "a")):
            ax.plot(own["E"], own[y], color=PALETTE[colour], lw=1.2, ls=DOTTED)
            ax.plot(good["E"], good[y], color=PALETTE[colour], lw=3.4, label=counting)
        # The best fit stands at its own floor, misfit and exponent, with the interval of each.
        left.hlines(fit["misfit"], fit["E_low"], fit["E_high"], color=PALETTE[colour], lw=2.2)
        left.plot(fit["E"], fit["misfit"], mark, **look)
        right.hlines(fit["a"], fit["E_low"], fit["E_high"], color=PALETTE[colour], lw=2.2)
        right.vlines(fit["E"], fit["a_low"], fit["a_high"], color=PALETTE[colour], lw=2.2)
        right.plot(fit["E"], fit["a"], mark, **look)
    printed = data[data["kind"] == "printed"]
    for row, style, at in zip(printed.itertuples(), (DASHED, DOTTED), (widest, 0.0), strict=True):
        a = float(str(row.a))
        right.axhline(a, color=INK, lw=1.3, ls=style, zorder=0.5)
        right.annotate(
            f"{row.counting} {a:.2f}", (at, a), xytext=(0, 3), textcoords="offset points",
            ha="right" if at else "left", fontsize=9,
        )  # fmt: skip
    left.set_ylim(0, 2.2 * least)
    left.set(xlabel="floor E (nats per byte)", ylabel="misfit (% of the loss)")
    right.set(xlabel="floor E (nats per byte)", ylabel="exponent a (no unit)")
    left.set_title("How well each floor fits")
    right.set_title("Best size that follows")
    right.set_ylim(top=max(right.get_ylim()[1], float(printed["a"].max()) + 0.06))
    for ax in (left, right):
        ax.xaxis.set_major_locator(MultipleLocator(0.4 if is_narrow(fig) else 0.2))
    handles, labels = left.get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside upper left", ncols=1 if is_narrow(fig) else 3)


TICKS = (1.4, 1.6, 1.8, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0)


def size_name(N: float) -> str:
    """A size in a few digits, the same in the figure and in the prose beside it.

    Examples
    --------
    >>> [size_name(N) for N in (1536, 6144, 24576, 82944, 196608)]
    ['1.5K', '6.1K', '25K', '83K', '197K']
    """
    return count_label(round(N, -2 if N < 1e4 else -3))


def draw_fixed_data(fig: Figure, data: pd.DataFrame) -> None:
    """Loss against the amount of text, a line for each size: stopped early, and at the end.

    Columns: unique_bytes, kind ("end of training", "stopped early", "fresh text"), N, loss, low,
    high, bytes. Fresh text is the amount that all runs read, and the last point of each line.
    """
    axes = panels(fig, 2)
    sizes = sorted(data["N"].unique())
    fresh = data[data["kind"] == FRESH].drop_duplicates("N").assign(unique_bytes=data["bytes"])
    for ax, kind in zip(axes, (BEST, LAST), strict=True):
        ends: dict[str, tuple[float, float]] = {}
        for k, N in enumerate(sizes):
            colour = size_colour(k, len(sizes))
            own = data[(data["kind"] == kind) & (data["N"] == N)].sort_values("unique_bytes")
            whole = pd.concat([own, fresh[fresh["N"] == N]])
            ax.vlines(whole["unique_bytes"], whole["low"], whole["high"], color=colour, lw=2.4)
            ax.loglog(whole["unique_bytes"], whole["loss"], color=colour, lw=1.8)
            ax.plot(own["unique_bytes"], own["loss"], "o", color=colour, ms=6)
            at = whole.iloc[-1]
            ax.plot(at["unique_bytes"], at["loss"], "s", ms=6, mfc="none", mew=1.6, color=colour)
            ends[size_name(float(N))] = (float(at["unique_bytes"]), float(at["loss"]))
        for name, (x, height) in apart(ends, 1.1).items():
            ax.annotate(name, (x * 1.25, height), va="center", fontsize=9)
        ax.set_title("Stopped in time" if kind == BEST else "Trained to the end")
        ax.set(xlabel="different text (bytes)", ylabel=LOSS)
        ax.set_xlim(float(data["unique_bytes"].min()) / 1.4, float(data["bytes"].max()) * 4.5)
        count_axis(ax.xaxis)
        plain_axis(ax.yaxis, list(TICKS))
        ax.set_ylim(float(data["low"].min()) / 1.06, float(data["high"].max()) * 1.06)
    fig.legend(
        handles=[
            Line2D([], [], color=INK, marker="o", ls="", label="text read again and again"),
            Line2D([], [], color=INK, marker="s", mfc="none", ls="", label="fresh text"),
        ],
        loc="outside upper left", ncols=1 if is_narrow(fig) else 2, handletextpad=0.5,
    )  # fmt: skip


__all__ = ["draw_fixed_data", "draw_floor", "size_name"]
