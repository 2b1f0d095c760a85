"""The figures of chapter 6: the ratio measured and by formula, the flat optimum, rounding."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from scaling_utils.figures import INK, MUTED, PALETTE, is_narrow, panels, plain_axis

_OURS = "our refit"
_TEX = "Approach 3, TeX source"
_LAWS = {
    _TEX: ("orange", (0, (5, 2))),
    "Approach 2, Table A3": ("green", (0, (7, 2, 1.5, 2))),
    "Approach 1, Table 3": ("grey", (0, (1.2, 1.4))),
    _OURS: ("blue", "-"),
}
# Words at the end of each line, and whether below it.
_DIRECT = {
    _TEX: ("Approach 3", False),
    "Approach 2, Table A3": ("Approach 2", False),
    "Approach 1, Table 3": ("Approach 1", True),
    _OURS: ("our refit, 95 % band", True),
}
_ROWS = {"Approach 1": "grey", "Approach 2": "green", "Approach 3": "orange"}
_EFFICIENCY = {
    "Approach 3, TeX source": ("orange", (0, (5, 2))),
    "Muennighoff 2023": ("green", (0, (1.2, 1.4))),
    _OURS: ("blue", "-"),
}
_CURVES = {
    "printed constants": ("amber", (0, (5, 2))),
    "TeX source": ("orange", "-"),
    _OURS: ("blue", (0, (7, 2, 1.5, 2))),
}
_DIGITS = {
    "A B": "$A$ and $B$",
    "alpha": r"$\alpha$",
    "beta": r"$\beta$",
    "A B alpha beta": "all four",
}
_MARKED = [0.125, 0.25, 0.5, 1, 2, 4, 8]


def draw_measured_ratio(fig: Figure, data: pd.DataFrame) -> None:
    """The nine measured ratios with their intervals, and what two laws make of the same runs.

    Columns: kind ("measured", "law", "model"), name, C (FLOPs), runs, ratio (tokens per
    parameter), low, high.
    """
    ax = fig.subplots()
    narrow = is_narrow(fig)
    ax.axhline(20, color=INK, linewidth=1.2, linestyle=(0, (4, 2)), zorder=0.8)
    ours, tex = (data[data["name"] == name] for name in (_OURS, _TEX))
    ax.fill_between(
        ours["C"], ours["low"], ours["high"], color=PALETTE["blue"], alpha=0.14, linewidth=0
    )
    ax.loglog(ours["C"], ours["ratio"], color=PALETTE["blue"])
    ax.loglog(tex["C"], tex["ratio"], color=PALETTE["orange"], linestyle=_LAWS[_TEX][1])
    measured = data[data["kind"] == "measured"]
    ax.errorbar(
        measured["C"],
        measured["ratio"],
        yerr=[measured["ratio"] - measured["low"], measured["high"] - measured["ratio"]],
        fmt="o", color=INK, markersize=7, elinewidth=1.6, capsize=3, zorder=5,
    )  # fmt: skip
    model = data[data["kind"] == "model"].iloc[0]
    ax.plot(model["C"], model["ratio"], "*", color=INK, markersize=13, zorder=6)
    C = ours["C"].to_numpy()
    left, right = float(C.min()), float(C.max())
    ax.set_xlim(left, right)
    ax.set_ylim(4, 130)
    _decades(ax, every=1)
    plain_axis(ax.yaxis, [5, 10, 20, 30, 50, 100])
    ax.set_xlabel("compute, C (FLOPs)")
    ax.set_ylabel("tokens per parameter at the optimum")
    notes = [
        ("measured,\nbudget by budget", INK, (1.1e19, 50), "left", "bottom"),
        ("Chinchilla", INK, (right / 1.1, 23), "right", "bottom"),
        ("the paper's formula", PALETTE["orange"], (right / 1.3, 74), "right", "bottom"),
        ("our refit, 95 % band" if narrow else "our refit of all runs, 95 % band",
         PALETTE["blue"], (right / 1.5, 13), "right", "top"),
        ("20", INK, (left * 1.12, 19.2), "left", "top"),
    ]  # fmt: skip
    for words, colour, (x, y), ha, va in notes:
        ax.text(float(x), y, words, color=colour, ha=ha, va=va)


def draw_ratio_by_budget(fig: Figure, data: pd.DataFrame) -> None:
    """Best tokens per parameter against compute, by approach, and by our refit.

    Columns: kind ("law", "row", "model", "measured"), name, C (FLOPs), ratio (tokens per
    parameter), low, high (band of our refit).
    """
    ax = fig.subplots()
    low, high = data.loc[data["kind"] == "measured", "C"]
    ax.axvspan(float(low), float(high), color=MUTED, alpha=0.1, linewidth=0)
    laws = data[data["kind"] == "law"]
    last = float(laws["C"].max())
    for name, (colour, dash) in _LAWS.items():
        line = laws[laws["name"] == name]
        if line["low"].notna().all():
            ax.fill_between(
                line["C"], line["low"], line["high"], color=PALETTE[colour], alpha=0.14,
                linewidth=0,
            )  # fmt: skip
        ax.loglog(line["C"], line["ratio"], color=PALETTE[colour], linestyle=dash)
        words, below = _DIRECT[name]
        ax.annotate(
            words, (last, float(line["ratio"].iloc[-1])), xytext=(-2, -4 if below else 4),
            textcoords="offset points", ha="right", va="top" if below else "bottom",
            color=PALETTE[colour],
        )  # fmt: skip
    rows = data[data["kind"] == "row"]
    for name, colour in _ROWS.items():
        of = rows[rows["name"] == name]
        ax.loglog(of["C"], of["ratio"], "o", color=PALETTE[colour], markersize=4)
    model = data[data["kind"] == "model"].iloc[0]
    ax.loglog(model["C"], model["ratio"], "*", color=INK, markersize=13, zorder=6)
    ax.annotate(
        str(model["name"]),
        (model["C"], model["ratio"]),
        xytext=(4, 76),
        textcoords="offset points",
        ha="right",
        va="bottom",
        arrowprops={"arrowstyle": "-", "color": MUTED, "linewidth": 0.8, "shrinkB": 6},
    )
    ax.set_xlim(laws["C"].min(), last)
    ax.set_ylim(1.2, 500)
    ax.text(
        float((low * high) ** 0.5), 1.35, "budgets\nof the runs", ha="center", va="bottom",
        color=MUTED,
    )  # fmt: skip
    ax.set_xlabel("compute, C (FLOPs)")
    ax.set_ylabel("tokens per parameter at the optimum")
    _decades(ax, every=2)
    plain_axis(ax.yaxis, [2, 5, 10, 20, 50, 100, 200])


def draw_flat_optimum(fig: Figure, data: pd.DataFrame) -> None:
    """Compute that the best size needs for the same loss, against how far the size was missed.

    Columns: law, size_ratio, tokens_per_parameter, useful (share), low, high (its 95 % band).
    """
    ax = fig.subplots()
    for name, (colour, dash) in _EFFICIENCY.items():
        line = data[data["law"] == name]
        if line["low"].notna().all():
            ax.fill_between(
                line["size_ratio"], 100 * line["low"], 100 * line["high"],
                color=PALETTE[colour], alpha=0.2, linewidth=0,
            )  # fmt: skip
        ax.semilogx(
            line["size_ratio"], 100 * line["useful"], color=PALETTE[colour], linestyle=dash,
            label=f"{name}, 95 % band" if name == _OURS else name,
        )  # fmt: skip
    ours = data[data["law"] == _OURS]
    sizes, useful, ratios = (
        ours[column].to_numpy() for column in ("size_ratio", "useful", "tokens_per_parameter")
    )
    marked = np.array([np.abs(sizes - k).argmin() for k in _MARKED])
    ax.plot(_MARKED, 100 * useful[marked], "o", color=PALETTE["blue"], zorder=5)
    for k, at in zip(_MARKED, marked, strict=True):
        ax.annotate(
            f"{100 * useful[at]:.0f} %",
            (k, 100 * useful[at]),
            xytext=(0, 9) if k == 1 else (-8 if k < 1 else 8, 3),
            textcoords="offset points",
            ha="center" if k == 1 else "right" if k < 1 else "left",
        )
    words = [
        f"{f'1/{round(1 / k)}' if k < 1 else f'{k:g}'}\n{_short(float(ratios[at]))}"
        for k, at in zip(_MARKED, marked, strict=True)
    ]
    ax.set_xticks(_MARKED, words)
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.tick_params(axis="x", which="minor", length=0)
    room = 2.6 if is_narrow(fig) else 1.6
    ax.set_xlim(data["size_ratio"].min() / room, data["size_ratio"].max() * room)
    ax.set_ylim(0, 112)
    ax.set_yticks([0, 20, 40, 60, 80, 100])
    best = _short(float(ratios[marked[_MARKED.index(1)]]))
    ax.set_xlabel(
        f"model size over the best size (no unit)\nand tokens per parameter if {best} is best"
    )
    ax.set_ylabel("compute that the best size needs\nfor the same loss (% of the budget)")
    fig.legend(loc="outside lower left", ncols=1 if is_narrow(fig) else 3)


def draw_rounding(fig: Figure, data: pd.DataFrame) -> None:
    """Best size at one budget: what the printed digits leave open, and how little it costs.

    Columns: kind ("range", "curve", "best"), name, N (parameters), N_high (parameters, upper end
    of a range), excess (nats per token above the lowest loss of the same law).
    """
    left, right = panels(fig, 2)
    ranges = data[data["kind"] == "range"]
    best: dict[str, float] = dict(
        data.loc[data["kind"] == "best", ["name", "N"]].itertuples(index=False)
    )
    ends = ranges[["name", "N", "N_high"]].itertuples(index=False)
    for y, (name, low, high) in enumerate(ends):
        # A and B move the best size by less than a line is wide: a diamond shows where it stays.
        mark = "D" if high < 1.01 * low else "|-"
        left.plot(
            [low / 1e9, high / 1e9], [y, y], mark, color=INK, linewidth=4,
            solid_capstyle="butt", markersize=6 if mark == "D" else 13, markeredgewidth=2,
            zorder=4,
        )  # fmt: skip
        left.text(16.4, y, _DIGITS[str(name)], va="center")
    for name, ha in (("printed constants", "right"), ("TeX source", "left")):
        colour, dash = _CURVES[name]
        N = float(best[name]) / 1e9
        left.axvline(N, color=PALETTE[colour], linestyle=dash, linewidth=1.6, zorder=1)
        gap = 1.02 if ha == "left" else 1 / 1.02
        left.text(N * gap, -0.62, f"{N:.1f}B", ha=ha, va="center", color=PALETTE[colour])
    left.set_xscale("log")
    left.set(xlim=(16, 52), ylim=(len(_DIGITS) - 0.5, -0.95), yticks=[])
    plain_axis(left.xaxis, [20, 25, 30, 40, 50])
    left.grid(visible=False, axis="y")
    left.spines["left"].set_visible(False)
    left.set_title("What the printed digits allow")
    left.set_xlabel("best size (billion parameters)")
    curves = data[data["kind"] == "curve"]
    for name, (colour, dash) in _CURVES.items():
        line = curves[curves["name"] == name]
        right.semilogx(
            line["N"] / 1e9, line["excess"], color=PALETTE[colour], linestyle=dash, label=name
        )
        right.plot(float(best[name]) / 1e9, 0, "o", color=PALETTE[colour], clip_on=False, zorder=5)
    right.set_xlim(curves["N"].min() / 1e9, curves["N"].max() / 1e9)
    right.set_ylim(0, 0.02)
    right.set_yticks([0, 0.005, 0.01, 0.015, 0.02])
    plain_axis(right.xaxis, [10, 20, 40, 70, 100, 200])
    right.set_title("What a wrong size costs")
    right.set_xlabel("model size (billion parameters)")
    right.set_ylabel("loss above the lowest (nats per token)")
    fig.legend(
        *right.get_legend_handles_labels(),
        loc="outside lower left",
        ncols=1 if is_narrow(fig) else 3,
    )


def _short(value: float) -> str:
    """A ratio in few digits: 1280, 320, 20, 1.25, 0.31."""
    return f"{value:.0f}" if value >= 2 else f"{value:.2g}" if value < 1 else f"{value:g}"


def _decades(ax: Axes, every: int) -> None:
    ax.xaxis.set_major_locator(LogLocator(base=10.0**every, numticks=20))
    ax.xaxis.set_minor_formatter(NullFormatter())
