"""The figures of chapter 5, *Three approaches*.

Each function draws on an empty figure from exactly the table that is published beside it;
`scaling_utils.drawings.three_approaches_tables` makes the tables and describes their columns.
"""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MultipleLocator, NullFormatter

from scaling_utils.book import fmt
from scaling_utils.figures import (
    INK,
    MUTED,
    PALETTE,
    RAMP,
    count_axis,
    count_label,
    is_narrow,
    panels,
    plain_axis,
)

COMPUTE, SIZE, LOSS = "compute, C (FLOPs)", "model size, N (parameters)", "loss (nats per token)"
DASHED, DOTTED = (0, (5, 2)), (0, (1.2, 1.6))
_NUDGED = {6e18: 5, 1e19: -3, 1e20: 4, 3e20: 1, 6e20: -5, 1e21: -2}
"""Points by which the names of crowded budgets are moved up."""


def draw_envelope(fig: Figure, data: pd.DataFrame) -> None:
    """Training curves with their lower edge, and the best size at each compute.

    Columns: kind ("curve", "edge", "exact", "off", "truth"), N, C, loss.
    """
    left, right = panels(fig, 2)
    curves = data[data["kind"] == "curve"]
    sizes = sorted(curves["N"].unique())
    for k, N in enumerate(sizes):
        rows = curves[curves["N"] == N]
        colour = RAMP[1 + k * (len(RAMP) - 2) // max(1, len(sizes) - 1)]
        left.loglog(rows["C"], rows["loss"], color=colour, lw=1.4)
    edge = data[data["kind"] == "edge"]
    left.loglog(edge["C"], edge["loss"], color=PALETTE["orange"], lw=3.2, alpha=0.8)
    smallest, largest = (count_label(float(f"{N:.2g}")) for N in (sizes[0], sizes[-1]))
    left.set_title(f"Sizes from {smallest} to {largest}")
    for kind, colour, words in (
        ("off", "orange", "with errors"),
        ("exact", "blue", "without errors"),
    ):
        rows = data[data["kind"] == kind]
        right.loglog(rows["C"], rows["N"], ".", ms=3.5, color=PALETTE[colour], label=words)
    truth = data[data["kind"] == "truth"]
    right.loglog(truth["C"], truth["N"], color=INK, ls=DASHED, lw=1.3, label="truth")
    right.set_title("Best size at each compute")
    left.set(xlabel=COMPUTE, ylabel=LOSS)
    right.set(xlabel=COMPUTE, ylabel=SIZE)
    plain_axis(left.yaxis, [2.2, 2.5, 3, 3.5, 4, 5])
    left.set_ylim(top=4.2)
    right.set_yticks([2e8, 5e8, 1e9, 2e9, 5e9])
    right.yaxis.set_major_formatter(FuncFormatter(lambda value, _: count_label(value)))
    right.yaxis.set_minor_formatter(NullFormatter())
    right.legend(loc="upper left", markerscale=2.5, handlelength=1.5)
    _decades(left, right)


def draw_isoflops(fig: Figure, data: pd.DataFrame) -> None:
    """Loss against size at each budget with its parabola, and the minima against compute.

    Columns: kind ("run", "parabola", "minimum", "line", "printed"), budget, C, N, loss, N_low,
    N_high.
    """
    left, right = panels(fig, 2)
    budgets = sorted(data["budget"].dropna().unique())
    for k, budget in enumerate(budgets):
        colour = RAMP[1 + k * (len(RAMP) - 2) // max(1, len(budgets) - 1)]  # darker: more compute
        own = data[data["budget"] == budget]
        runs, curve = own[own["kind"] == "run"], own[own["kind"] == "parabola"]
        left.semilogx(runs["N"], runs["loss"], ".", ms=5, color=colour, alpha=0.75)
        left.semilogx(curve["N"], curve["loss"], color=colour, lw=1.3)
        best = own[own["kind"] == "minimum"]
        for ax, y in ((left, best["loss"]), (right, best["N"])):
            x = best["N"] if ax is left else best["C"]
            ax.plot(x, y, "D", ms=5.5, color=colour, markeredgecolor=INK, zorder=5)
        at = curve.iloc[0]
        left.annotate(
            fmt(float(budget), "sci1"),
            (float(at["N"]), float(at["loss"])),
            xytext=(-3, _NUDGED.get(float(budget), 0)),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=8.5,
            color=MUTED,
        )
    line = data[data["kind"] == "line"]
    right.fill_between(
        line["C"].to_numpy(float),
        line["N_low"].to_numpy(float),
        line["N_high"].to_numpy(float),
        color=PALETTE["sky"],
        alpha=0.25,
        lw=0,
    )
    right.loglog(line["C"], line["N"], color=PALETTE["blue"], lw=1.5)
    printed = data[data["kind"] == "printed"].iloc[0]
    right.plot(printed["C"], printed["N"], "*", ms=13, color=INK, zorder=6)
    right.annotate(
        f"printed: {count_label(float(printed['N']))}",
        (printed["C"], printed["N"]),
        xytext=(-9, 3),
        textcoords="offset points",
        ha="right",
    )
    left.set_title("Runs of Figure 4, by budget (FLOPs)")
    right.set_title("Minima, and a power law")
    left.set(xlabel=SIZE, ylabel=LOSS, ylim=(2.1, 3.55), xlim=(1.1e7, 2.5e10))
    right.set(xlabel=COMPUTE, ylabel=SIZE, xlim=(3e18, 2e24))
    count_axis(left.xaxis)
    count_axis(right.yaxis)
    _decades(right, every=2)


def draw_fit(fig: Figure, data: pd.DataFrame) -> None:
    """Runs over compute and size, lines of equal loss, and the frontiers.

    Columns: kind ("run", "equal loss", "ours", "drawn", "faint"), line, C, N, loss, N_low,
    N_high.
    """
    ax = fig.subplots()
    equal = data[data["kind"] == "equal loss"]
    for k, loss in enumerate(sorted(equal["loss"].unique())):
        rows = equal[equal["loss"] == loss]
        ax.loglog(rows["C"], rows["N"], color=MUTED, lw=0.8, zorder=1)
        if is_narrow(fig) and k % 2:  # no room for every label
            continue
        top = rows[(rows["N"] < 1.2e11) & (rows["C"] < 5e23)].iloc[-1]
        ax.annotate(
            f"{loss:g}",
            (float(top["C"]), float(top["N"])),
            xytext=(2, 1),
            textcoords="offset points",
            fontsize=8.5,
            color=MUTED,
        )
    runs = data[data["kind"] == "run"]
    bins = pd.qcut(runs["loss"], len(RAMP) - 1, labels=False)
    for k in range(len(RAMP) - 1):
        rows = runs[bins == k]
        ax.loglog(rows["C"], rows["N"], "o", ms=4, color=RAMP[len(RAMP) - 1 - k], zorder=2)
    ours, drawn = data[data["kind"] == "ours"], data[data["kind"] == "drawn"]
    ax.fill_between(
        ours["C"].to_numpy(float),
        ours["N_low"].to_numpy(float),
        ours["N_high"].to_numpy(float),
        color=PALETTE["green"],
        alpha=0.25,
        lw=0,
        zorder=3,
    )
    ax.loglog(ours["C"], ours["N"], color=PALETTE["green"], zorder=4, label="our fit, 95 %")
    for _, rows in data[data["kind"] == "faint"].groupby("line"):
        ax.loglog(rows["C"], rows["N"], color=PALETTE["orange"], lw=0.6, alpha=0.5, zorder=4)
    ax.loglog(
        drawn["C"],
        drawn["N"],
        color=PALETTE["orange"],
        ls=DASHED,
        zorder=5,
        label="drawn in Figure 4, with its faint lines",
    )
    for rows, colour, y in ((ours, "green", 7), (drawn, "orange", -13)):
        end = rows.iloc[-1]
        ax.plot(end["C"], end["N"], "D", color=PALETTE[colour], markeredgecolor=INK, zorder=6)
        ax.annotate(
            count_label(float(f"{end['N']:.2g}")),
            (float(end["C"]), float(end["N"])),
            xytext=(8, y - 3),
            textcoords="offset points",
            color=PALETTE[colour],
            fontweight="bold",
        )
    ax.set(xlabel=COMPUTE, ylabel=SIZE, xlim=(7e17, 4e24), ylim=(4e7, 2.5e11))
    count_axis(ax.yaxis)
    _decades(ax)
    fig.legend(loc="outside upper left", ncols=1 if is_narrow(fig) else 2)


def draw_estimates(fig: Figure, data: pd.DataFrame) -> None:
    """The exponent a by approach, printed and done again; and its errors in simulations.

    Columns: kind ("estimate" or "simulated"), approach, source, value, low, high.
    """
    left, right = panels(fig, 2)
    looks = {
        "estimate": ((INK, "s"), (PALETTE["blue"], "D"), (PALETTE["sky"], "D")),
        "simulated": ((PALETTE["orange"], "o"), (PALETTE["green"], "o")),
    }
    for ax, kind in ((left, "estimate"), (right, "simulated")):
        own = data[data["kind"] == kind]
        sources = list(dict.fromkeys(own["source"]))
        for k, (source, (colour, marker)) in enumerate(zip(sources, looks[kind], strict=True)):
            rows = own[own["source"] == source]
            y = rows["approach"] + 0.2 * (k - (len(sources) - 1) / 2)
            # The printed 0.46 lies outside of its interval: no line joins the two.
            ax.hlines(y, rows["low"], rows["high"], color=colour, lw=2.2)
            for end in ("low", "high"):
                ax.plot(rows[end], y, "|", ms=9, mew=1.6, color=colour)
            ax.plot(
                *(rows["value"], y),
                marker,
                ms=7,
                color=colour,
                markeredgecolor=INK,
                label=source,
                zorder=5,
            )
        ax.set(ylim=(3.6, 0.4), yticks=[1, 2, 3])
        ax.set_yticklabels(["1", "2", "3"])
        ax.set_ylabel("approach (no unit)")
        ax.grid(visible=False, axis="y")
    left.set_title("Printed, and done again")
    left.set_xlabel("exponent a of model size (no unit)")
    left.xaxis.set_major_locator(MultipleLocator(0.04))
    right.set_title("Simulated: found less true")
    right.set_xlabel("error of the exponent (no unit)")
    right.axvline(0, color=INK, ls=DASHED, lw=1.2, zorder=0.5)
    right.xaxis.set_major_locator(MultipleLocator(0.1))
    fig.legend(loc="outside lower left", ncols=1 if is_narrow(fig) else 3)


def draw_parabola_bias(fig: Figure, data: pd.DataFrame) -> None:
    """A lopsided profile with its parabola, and the error in tokens against the span.

    Columns: kind ("profile", "parabola", "closed form", "simulated"), law, x, y.
    """
    left, right = panels(fig, 2)
    profile, parabola = (data[data["kind"] == kind] for kind in ("profile", "parabola"))
    left.semilogx(profile["x"], profile["y"], color=PALETTE["blue"], label="law")
    left.semilogx(
        parabola["x"], parabola["y"], color=PALETTE["orange"], ls=DASHED, label="parabola"
    )
    for rows, colour in ((profile, "blue"), (parabola, "orange")):
        low = rows.iloc[int(rows["y"].argmin())]
        left.plot(low["x"], low["y"], "D", color=PALETTE[colour], markeredgecolor=INK, zorder=5)
    left.set_title("One profile, three to one")
    left.set(xlabel="size over best size (ratio)", ylabel="loss over least loss (ratio)")
    left.xaxis.set_major_locator(LogLocator(2.0, numticks=20))
    left.xaxis.set_minor_formatter(NullFormatter())
    ends = max(profile["x"])
    plain_axis(left.xaxis, [x for x in (1 / 16, 1 / 4, 1, 4, 16) if x <= ends * 1.01])
    left.set_xticklabels([f"{x:g}" if x >= 1 else f"1/{1 / x:g}" for x in left.get_xticks()])
    left.legend(loc="upper center")
    names = dict.fromkeys(data.loc[data["kind"] == "closed form", "law"])
    for name, colour in zip(names, ("orange", "green", "blue"), strict=True):
        rows = data[data["law"] == name]
        closed, points = (rows[rows["kind"] == kind] for kind in ("closed form", "simulated"))
        right.semilogx(closed["x"], closed["y"], color=PALETTE[colour], label=name)
        right.semilogx(points["x"], points["y"], "o", color=PALETTE[colour], ms=5.5)
    right.set_title("Error in tokens")
    right.set(xlabel="sizes reach ÷ and × (factor)", ylabel="error in best tokens (%)")
    plain_axis(right.xaxis, [2, 4, 8, 16])
    right.legend(loc="lower left")


def _decades(*axes: Axes, every: int = 1) -> None:
    """Label a logarithmic axis of compute by powers of ten, without minor labels."""
    for ax in axes:
        ax.xaxis.set_major_locator(LogLocator(base=10.0**every, numticks=20))
        ax.xaxis.set_minor_formatter(NullFormatter())


__all__ = [
    "draw_envelope",
    "draw_estimates",
    "draw_fit",
    "draw_isoflops",
    "draw_parabola_bias",
]
