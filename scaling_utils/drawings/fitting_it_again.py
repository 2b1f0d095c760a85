"""The figures of chapter 7 about single mistakes: rounding, stopping, starting, choosing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from scaling_utils.figures import (
    INK,
    MUTED,
    PALETTE,
    RAMP,
    count_axis,
    is_narrow,
    panels,
    plain_axis,
)

# One colour and dash per scale of the objective.
SCALES = {
    "mean": ("orange", "-", "mean over the runs"),
    "sum": ("amber", (0, (3, 2)), "sum over the runs"),
    "thousand": ("blue", "-", "a thousand times the sum"),
}
SETTLED = 18
"""Before this step the exponent jumps between values that no law of language has."""
REPAIRED = ("green", (0, (6, 1.5)), "repaired starts")
_DASHES = ("-", (0, (5, 2)), (0, (1.5, 1.5)))


def draw_rounded_exponents(fig: Figure, data: pd.DataFrame) -> None:
    """The objective against the decimals that exponents keep, and what two decimals do.

    Columns: kind ("objective" or "run"), law, decimals, D (tokens), value.
    """
    left, right = panels(fig, 2)
    table = data[data["kind"] == "objective"]
    for name, colour, dash, marker in zip(
        dict.fromkeys(table["law"]), ("orange", "green", "blue"), _DASHES, "osD", strict=False
    ):
        own = table[table["law"] == name]
        left.semilogy(
            *(own["decimals"], own["value"]),
            color=PALETTE[colour],
            linestyle=dash,
            marker=marker,
            label=name,
        )
    left.set_title("What rounding costs")
    left.set_xlabel("decimals that the exponents keep")
    left.set_ylabel("objective, times unrounded")
    left.set_xticks(sorted(table["decimals"].unique()))
    plain_axis(left.yaxis, [1, 2, 5, 10, 20, 50, 100, 200])
    left.set_ylim(0.85, 1.4 * table["value"].max())
    runs = data[data["kind"] == "run"]
    for decimals, colour, words in ((2, "amber", "two decimals"), (None, "grey", "unrounded")):
        own = runs[runs["decimals"].isna() if decimals is None else runs["decimals"] == decimals]
        right.semilogx(
            *(own["D"], 100 * own["value"]),
            "o" if decimals is None else "^",
            color=PALETTE[colour],
            alpha=0.55,
            markersize=4,
            label=f"Hoffmann, {words}",
        )
    right.axhline(0, color=INK, linewidth=1)
    right.set_title("Two decimals, run by run")
    right.set_xlabel("training data, D (tokens)")
    right.set_ylabel("predicted above observed (%)")
    right.set_ylim(-5, 5)
    count_axis(right.xaxis)
    fig.legend(loc="outside lower left", ncols=1 if is_narrow(fig) else 3)


def draw_stopped_early(fig: Figure, data: pd.DataFrame) -> None:
    """The steps of L-BFGS-B from one start, for three scales of one objective.

    Columns: scale (or "printed", the ends of the printed interval of a), step, excess, a.
    """
    left, right = panels(fig, 2)
    # The three lines are one for most of the way: the thin dashed one lies on the others.
    for scale, (colour, dash, words) in SCALES.items():
        own = data[data["scale"] == scale]
        looks: dict[str, Any] = {
            "color": PALETTE[colour],
            "linestyle": dash,
            "linewidth": {"mean": 8.0, "thousand": 3.6, "sum": 2.0}[scale],
            "zorder": {"mean": 2.0, "thousand": 2.5, "sum": 3.0}[scale],
        }
        left.semilogy(own["step"], own["excess"].clip(lower=1e-11), label=words, **looks)
        right.plot(own["step"], own["a"], **looks)
        for ax, column in ((left, "excess"), (right, "a")):
            last = own.iloc[-1]
            ax.plot(
                *(last["step"], max(float(last[column]), 1e-11)),
                "X",
                color=PALETTE[colour],
                markeredgecolor=INK,
                markersize=9,
                zorder=5,
            )
    printed = data.loc[data["scale"] == "printed", "a"]
    right.axhspan(printed.min(), printed.max(), color=PALETTE["grey"], alpha=0.6, linewidth=0)
    right.annotate(
        "printed interval",
        (0.93 * data["step"].max(), printed.mean()),
        xytext=(0, -34),
        textcoords="offset points",
        ha="right",
        color=MUTED,
        arrowprops={"arrowstyle": "-", "color": MUTED, "linewidth": 0.8},
    )
    left.set_title("Distance from the minimum")
    left.set_ylabel("objective above the lowest (fraction)")
    left.yaxis.set_major_locator(LogLocator(base=100, numticks=12))
    left.yaxis.set_minor_formatter(NullFormatter())
    right.set_title(f"Exponent, from step {SETTLED}")
    right.set_ylabel("exponent a (no unit)")
    right.set_ylim(0.4, 0.56)
    right.set_xlim(left=SETTLED)
    for ax in (left, right):
        ax.set_xlabel("step of the optimiser")
    left.plot([], [], "X", color=MUTED, markeredgecolor=INK, markersize=9, label="says success")
    fig.legend(loc="outside lower left", ncols=1 if is_narrow(fig) else 2, handlelength=2.4)


def draw_dead_starts(fig: Figure, data: pd.DataFrame) -> None:
    """Which starts of Hoffmann's grid reach the optimum, and how far the others get.

    Columns: kind ("start" or "end"), method, model_share, data_share, reached, excess.
    """
    left, right = panels(fig, 2)
    places = data[data["kind"] == "start"].sort_values("reached")
    dead = places[places["reached"] == 0]
    alive = places[places["reached"] > 0]
    left.loglog(dead["model_share"], dead["data_share"], "o", color=PALETTE["grey"], markersize=2)
    left.scatter(
        *(alive["model_share"], alive["data_share"]),
        s=10 + 40 * alive["reached"],
        color=PALETTE["blue"],
        edgecolor=INK,
        linewidth=0.6,
        zorder=4,
    )
    left.axvline(1, color=MUTED, linewidth=1)
    left.axhline(1, color=MUTED, linewidth=1)
    left.set_title("Starts that arrive")
    left.set_xlabel("model term / loss, at the start")
    left.set_ylabel("data term / loss, at the start")
    for axis in (left.xaxis, left.yaxis):
        axis.set_major_locator(LogLocator(base=1e6, numticks=8))
        axis.set_minor_formatter(NullFormatter())
    ends = data[data["kind"] == "end"]
    for name in dict.fromkeys(ends["method"]):
        colour, dash, words = SCALES.get(name, REPAIRED)
        own = ends[ends["method"] == name]
        right.semilogx(
            *(own["excess"], 100 * own["reached"]),
            color=PALETTE[colour],
            linestyle=dash,
            label=words,
        )
    right.set_title("How close they get")
    right.set_xlabel("objective above the lowest (fraction)")
    right.set_ylabel("starts at least this close (%)")
    right.set_ylim(-3, 106)
    right.xaxis.set_major_locator(LogLocator(base=1e3, numticks=8))
    right.xaxis.set_minor_formatter(NullFormatter())
    left.plot([], [], "o", color=PALETTE["blue"], markeredgecolor=INK, label="start that arrives")
    left.plot([], [], "o", color=PALETTE["grey"], markersize=2, label="start that does not")
    fig.legend(loc="outside lower left", ncols=2 if not is_narrow(fig) else 1)


def draw_outliers_and_delta(fig: Figure, data: pd.DataFrame) -> None:
    """The exponent a against the number of runs left out and against delta.

    Columns: choice ("left out", "delta" or "printed"), x, a, low, high.
    """
    left, right = panels(fig, 2, sharey=True)
    own = data[data["choice"] == "left out"].reset_index(drop=True)
    _errors(left, own.index.to_numpy(dtype=np.float64), own, chosen=5.0)
    left.set_xticks(range(len(own)), [f"{x:g}" for x in own["x"]])
    left.set_xlim(-0.5, len(own) - 0.5)
    left.set_title("Outliers")
    left.set_xlabel("runs of highest loss left out")
    own = data[data["choice"] == "delta"]
    right.set_xscale("log")
    _errors(right, own["x"].to_numpy(), own, chosen=1e-3)
    right.set_title("Width of the quadratic zone")
    right.set_xlabel(r"Huber's $\delta$ (log loss)")
    right.xaxis.set_major_locator(LogLocator(numticks=12))
    right.xaxis.set_minor_formatter(NullFormatter())
    printed = float(data.loc[data["choice"] == "printed", "a"].iloc[0])
    for ax in (left, right):
        ax.axhline(printed, color=PALETTE["orange"], linewidth=1.5, linestyle=(0, (5, 2)))
        if ax is left or is_narrow(fig):
            ax.set_ylabel("exponent a (no unit)")
    left.plot([], [], "o", color=PALETTE["blue"], label="a with its 95 % interval")
    left.plot([], [], "D", color=INK, label="the refit of this book")
    left.plot([], [], color=PALETTE["orange"], linestyle=(0, (5, 2)), label="Hoffmann, Table 2")
    fig.legend(loc="outside lower left", ncols=1 if is_narrow(fig) else 3)


def draw_ridge(fig: Figure, data: pd.DataFrame) -> None:
    """Resamples of A and alpha, and of the model term at the centre of the runs and alpha.

    Columns: kind ("fit" or "resample"), alpha, A, term (nats).
    """
    fit, draws = data[data["kind"] == "fit"], data[data["kind"] == "resample"]
    span = 1.1 * float(np.sqrt(draws["A"].max() / draws["A"].min()))
    for ax, column, title, label in zip(
        panels(fig, 2),
        ("A", "term"),
        ("As the law is written", "At the centre of the runs"),
        (r"A (nats $\times$ parameters$^{\alpha}$)", "model term there (nats)"),
        strict=True,
    ):
        ax.semilogy(
            *(draws["alpha"], draws[column]), "o", color=RAMP[3], alpha=0.35, markersize=3.5
        )
        ax.semilogy(fit["alpha"], fit[column], "D", color=PALETTE["orange"], markersize=8)
        ax.set_title(title)
        ax.set_xlabel(r"exponent $\alpha$ (no unit)")
        ax.set_ylabel(label)
        # Both panels span the same factor, so that widths can be compared.
        middle = float(np.exp(np.log(draws[column]).mean()))
        ax.set_ylim(middle / span, middle * span)
        plain_axis(ax.yaxis, [200, 300, 500, 800] if column == "A" else [0.2, 0.3, 0.4, 0.6])
    handles = [
        ax.plot([], [], "o", color=RAMP[3], markersize=4, label="one resample")[0],
        ax.plot([], [], "D", color=PALETTE["orange"], markersize=7, label="all runs")[0],
    ]
    fig.legend(handles=handles, loc="outside lower left", ncols=2)


def _errors(ax: Axes, x: np.ndarray, own: pd.DataFrame, *, chosen: float) -> None:
    """Points with intervals; the one that the book uses is a dark diamond."""
    numbers = own[["x", "a", "low", "high"]].to_numpy(dtype=np.float64)
    for place, (choice, a, low, high) in zip(x, numbers, strict=True):
        ours = bool(np.isclose(choice, chosen))
        colour, marker = (INK, "D") if ours else (PALETTE["blue"], "o")
        ax.plot([place, place], [low, high], color=colour, linewidth=2, marker="_")
        ax.plot(place, a, marker, color=colour, markersize=7)


__all__ = [
    "draw_dead_starts",
    "draw_outliers_and_delta",
    "draw_ridge",
    "draw_rounded_exponents",
    "draw_stopped_early",
]
