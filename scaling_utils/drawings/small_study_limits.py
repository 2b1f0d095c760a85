"""The figures of chapter 12 on what limits a small study: the floor, and little text.

`scaling_utils.drawings.small_study_limits_tables` makes the tables and describes their columns.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from scaling_utils.drawings.small_study import COUNTING_STYLE, DASHED, DOTTED, LOSS
from scaling_utils.drawings.small_study_limits_tables import BEST, FRESH, LAST
from scaling_utils.figures import INK, MUTED, PALETTE, count_axis, is_narrow, panels, plain_axis

FIXED_STYLE = {LAST: ("orange", "o", "-"), BEST: ("blue", "D", "-"), FRESH: ("grey", "s", DASHED)}


def draw_floor(fig: Figure, data: pd.DataFrame) -> None:
    """Misfit of the best formula with each floor, and the exponent that it implies.

    Columns: kind ("profile", "fit", "printed"), counting, E, misfit, a, allowed, E_low, E_high,
    a_low, a_high.
    """
    left, right = panels(fig, 2)
    profiles, fits = (data[data["kind"] == kind] for kind in ("profile", "fit"))
    least, widest = float(fits["misfit"].min()), float(profiles["E"].max())
    for k, (counting, (colour, mark)) in enumerate(COUNTING_STYLE.items()):
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
        height, beside = least * (0.2 + 0.2 * k), widest * (1.06 + 0.06 * k)
        left.hlines(height, fit["E_low"], fit["E_high"], color=PALETTE[colour], lw=2.2)
        left.plot(fit["E"], [height], mark, **look)
        right.vlines(beside, fit["a_low"], fit["a_high"], color=PALETTE[colour], lw=2.2)
        right.plot([beside], fit["a"], mark, **look)
    left.annotate("95 % of resamples", (0.02, least * 0.4), va="center", fontsize=9, color=MUTED)
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


TICKS = (1.4, 1.6, 1.8, 2.0, 2.5, 3.0, 4.0, 5.0)


def draw_fixed_data(fig: Figure, data: pd.DataFrame) -> None:
    """Loss against size for each amount of text: at the end, stopped early, and on fresh text.

    Columns: unique_bytes, kind ("end of training", "stopped early", "fresh text"), N, loss, low,
    high, bytes.
    """
    amounts = sorted(data["unique_bytes"].unique())
    # Each panel its own axis: on the least text the losses go far beyond those of the others.
    axes = panels(fig, len(amounts))
    for ax, amount in zip(axes, amounts, strict=True):
        for kind, (colour, mark, line) in FIXED_STYLE.items():
            own = data[(data["unique_bytes"] == amount) & (data["kind"] == kind)]
            ax.vlines(own["N"], own["low"], own["high"], color=PALETTE[colour], lw=2.4)
            ax.loglog(
                own["N"], own["loss"], marker=mark, ls=line, color=PALETTE[colour], ms=5.5,
                lw=1.6, markeredgecolor=INK, label=kind,
            )  # fmt: skip
        ax.set_title(f"{amount / 1000:.0f} kB of text")
        ax.set(xlabel="size, N (parameters)")
        count_axis(ax.xaxis)
        beside = (
            data["unique_bytes"] == amount if ax is axes[0] else data["unique_bytes"] > amounts[0]
        )
        plain_axis(ax.yaxis, [tick for tick in TICKS if tick <= data.loc[beside, "high"].max()])
        if is_narrow(fig) or ax is axes[0]:
            ax.set_ylabel(LOSS)
        elif ax is not axes[1]:
            ax.sharey(axes[1])
    handles, labels = axes[0].get_legend_handles_labels()
    fig.legend(
        handles, labels, loc="outside upper left", ncols=3, columnspacing=1.0, handlelength=1.5,
        handletextpad=0.5, borderpad=0.1, fontsize=9.5,
    )  # fmt: skip


__all__ = ["draw_fixed_data", "draw_floor"]
