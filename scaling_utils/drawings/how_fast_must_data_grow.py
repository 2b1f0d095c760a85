"""The figures of chapter 3: where the data exponent comes from, and where the rules lead."""

from __future__ import annotations

from itertools import cycle

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
    count_label,
    is_narrow,
    panels,
    plain_axis,
)

_PARTS = {
    "N": ("blue", "model size"),
    "B": ("orange", "batch"),
    "S": ("purple", "steps"),
    "D": ("green", "data, not split"),
}
_BAR = 0.42  # height of a bar; rows are one apart

# One colour and dash per rule. The dashes tell them apart without colour.
_RULES = {
    "Table 6": ("blue", "-"),
    "Eq. 6.7": ("sky", (0, (5, 2))),
    "Appendix B": ("purple", (0, (7, 2, 1.5, 2))),
    "L(D)": ("grey", (0, (1.2, 1.4))),
    "Eq. 4.4": ("amber", (0, (3, 1.5))),
    "20 per parameter": ("orange", "-"),
}
_RULE_WORDS = {
    "Table 6": "one efficient pass, Table 6",
    "Eq. 6.7": "one efficient pass, Eq. 6.7",
    "Appendix B": "one efficient pass, App. B",
    "L(D)": "least for the promised loss",
    "Eq. 4.4": "no overfitting, Eq. 4.4",
    "20 per parameter": "20 tokens per parameter",
}
# Where a model's name stands, in points from its mark: off the lines, joined by a thin line.
_NAME_AT = {
    "GPT-3": (-4, -72),
    "Gopher": (14, -56),
    "Chinchilla": (-22, 30),
    "Llama-3.1-405B": (-22, 18),
}


def draw_exponent_budget(fig: Figure, data: pd.DataFrame) -> None:
    """Bars of the exponents of N, B and S, one row per origin, with D = B + S marked.

    Columns: row (the origin), part ("N", "B", "S", or "D" where the paper does not split the
    data), exponent, start (the sum of the exponents to the left).
    """
    ax = fig.subplots()
    rows = list(dict.fromkeys(data["row"]))
    for y, row in enumerate(rows):
        parts = data[data["row"] == row]
        ax.text(0, y - _BAR / 2 - 0.06, row, va="bottom", fontweight="bold")
        for part, start, exponent in zip(
            parts["part"], parts["start"], parts["exponent"], strict=True
        ):
            colour = PALETTE[_PARTS[str(part)][0]]
            ax.barh(y, exponent, _BAR, left=start, color=colour, alpha=0.3, linewidth=0)
            ax.barh(y, exponent, _BAR, left=start, fill=False, edgecolor=colour, linewidth=1.2)
            if exponent > 0.1:
                ax.text(
                    start + exponent / 2, y, f"{part} {exponent:.2f}", ha="center", va="center"
                )
            else:
                ax.text(start + exponent + 0.012, y, f"{part} {exponent:.2f}", va="center")
        shared = parts[parts["part"].isin(["B", "S"])]
        if not shared.empty:
            left, width = float(shared["start"].min()), float(shared["exponent"].sum())
            _bracket(ax, left, left + width, y + _BAR / 2 + 0.09, f"D = {width:.2f}")
    ax.axvline(1, color=INK, linewidth=1.2, linestyle=(0, (4, 2)), zorder=0.5)
    handles = [
        ax.barh(0, 0, color=PALETTE[colour], alpha=0.55, label=f"{part}: {word}")
        for part, (colour, word) in _PARTS.items()
    ]
    fig.legend(
        handles=handles, loc="outside upper left", ncols=2 if is_narrow(fig) else 4, handlelength=1
    )
    ax.set(xlim=(0, 1.19), ylim=(len(rows) - 0.45, -0.62), yticks=[])
    ax.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    ax.set_xlabel("exponent of compute, added up (no unit)")
    ax.grid(visible=False, axis="y")
    ax.spines["left"].set_visible(False)


def draw_data_rules(fig: Figure, data: pd.DataFrame) -> None:
    """Tokens against compute under each rule, and models that were trained.

    Columns: kind ("rule" or "model"), name, C (FLOPs spent), D (tokens).
    """
    ax = fig.subplots()
    rules = data[data["kind"] == "rule"]
    for name, (colour, dash) in _RULES.items():
        line = rules[rules["name"] == name]
        ax.loglog(
            line["C"], line["D"], color=PALETTE[colour], linestyle=dash, label=_RULE_WORDS[name]
        )
    models = data[data["kind"] == "model"]
    ax.loglog(models["C"], models["D"], "o", color=INK, markersize=6, zorder=5)
    for name, C, D in zip(models["name"], models["C"], models["D"], strict=True):
        x, y = _NAME_AT.get(str(name), (-14, 14))
        ax.annotate(
            str(name),
            (C, D),
            xytext=(x, y),
            textcoords="offset points",
            ha="right" if x < 0 else "left",
            va="top" if y < 0 else "bottom",
            arrowprops={"arrowstyle": "-", "color": MUTED, "linewidth": 0.8, "shrinkB": 4},
        )
    ax.set_xlabel("compute spent, C (FLOPs)")
    ax.set_ylabel("training data, D (tokens)")
    ax.set_xlim(rules["C"].min(), rules["C"].max())
    ax.xaxis.set_major_locator(LogLocator(base=100 if is_narrow(fig) else 10, numticks=20))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_ylim(top=20 * models["D"].max())
    count_axis(ax.yaxis)
    fig.legend(loc="outside lower left", ncols=1 if is_narrow(fig) else 2)


def draw_laws_crossing(fig: Figure, data: pd.DataFrame) -> None:
    """The loss that compute promises and the loss that the data allow, with their crossings.

    Columns: kind ("promised", "allowed", "crossing", "printed" or "spent"), name, C_min
    (PF-days), loss (nats per token; empty for "spent", which marks budgets of real models).
    """
    ax = fig.subplots()
    dashes = cycle(["-", (0, (5, 2))])
    for kind, colour in (("promised", "blue"), ("allowed", "orange")):
        lines = data[data["kind"] == kind]
        for name, dash in zip(dict.fromkeys(lines["name"]), dashes, strict=False):
            line = lines[lines["name"] == name]
            ax.loglog(
                line["C_min"], line["loss"], color=PALETTE[colour], linestyle=dash, label=name
            )
    points = data[data["kind"] == "crossing"]
    ax.loglog(
        points["C_min"],
        points["loss"],
        "o",
        color=INK,
        markersize=7,
        zorder=5,
        label="crossings, four sets of constants",
    )
    printed = data[data["kind"] == "printed"]
    ax.loglog(
        printed["C_min"],
        printed["loss"],
        color=PALETTE["green"],
        marker="|",
        markersize=11,
        markeredgewidth=2,
        zorder=4,
        label="Eq. 6.8, within ten times either way",
    )
    low, high = 1.25, 2.25
    for name, C in data.loc[data["kind"] == "spent", ["name", "C_min"]].itertuples(index=False):
        ax.axvline(float(C), color=MUTED, linewidth=1, linestyle=(0, (1, 2)))
        ax.annotate(
            str(name),
            (float(C), high),
            xytext=(-3, -4),
            textcoords="offset points",
            rotation=90,
            ha="right",
            va="top",
            color=MUTED,
        )
    ax.set_xlabel("least compute, $C_{min}$ (PF-days)")
    ax.set_ylabel("loss (nats per token)")
    ax.set_ylim(low, high)
    ax.set_xlim(data["C_min"].min(), data["C_min"].max())
    plain_axis(ax.yaxis, [1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 2.0, 2.2])
    fig.legend(loc="outside lower left", ncols=1 if is_narrow(fig) else 2)


def draw_overfitting_collapse(fig: Figure, data: pd.DataFrame) -> None:
    """Overfitting against data for several model sizes, then against N ** p / D alone.

    Columns: N (parameters), D (tokens), ratio (N ** p / D, parameters ** p per token),
    overfitting (relative excess of the loss), allowed (the level of the rule).
    """
    left, right = panels(fig, 2, sharey=True)
    allowed = float(data["allowed"].iloc[0])
    sizes = sorted(data["N"].unique())
    markers = cycle("osD^vP")
    for size, colour, marker in zip(sizes, RAMP[1:], markers, strict=False):
        rows = data[data["N"] == size]
        style = {"color": colour, "marker": marker, "markeredgecolor": INK, "linewidth": 1.5}
        left.loglog(rows["D"], rows["overfitting"], **style, label=count_label(float(size)))
        right.loglog(rows["ratio"], rows["overfitting"], **{**style, "linestyle": "none"})
    whole = data.sort_values("ratio")
    right.loglog(whole["ratio"], whole["overfitting"], color=MUTED, linewidth=1, zorder=1)
    for ax in (left, right):
        ax.axhline(allowed, color=PALETTE["orange"], linewidth=1.5, linestyle=(0, (5, 2)))
    right.annotate(
        f"allowed: {allowed:g}",
        (whole["ratio"].max(), allowed),
        xytext=(0, -4),
        textcoords="offset points",
        ha="right",
        va="top",
        color=PALETTE["orange"],
    )
    left.set_title("Each size on its own")
    right.set_title("The same values, one curve")
    left.set_xlabel("data set, D (tokens)")
    right.set_xlabel("$N^{0.74}/D$ (parameters$^{0.74}$ per token)")
    left.set_ylabel(r"excess loss, $\delta L$ (fraction)")
    if is_narrow(fig):
        right.set_ylabel(r"excess loss, $\delta L$ (fraction)")
    count_axis(left.xaxis)
    plain_axis(left.yaxis, [0.0001, 0.001, 0.01, 0.1, 1])
    fig.legend(
        *left.get_legend_handles_labels(),
        loc="outside lower left",
        ncols=3 if is_narrow(fig) else 6,
        title="model size, N (parameters)",
        alignment="left",
        columnspacing=1.2,
    )


def _bracket(ax: Axes, left: float, right: float, y: float, words: str) -> None:
    """Draw a bracket below a bar, from `left` to `right`, with words beneath its middle."""
    tip = 0.05
    ax.plot([left, left, right, right], [y - tip, y, y, y - tip], color=MUTED, linewidth=1.2)
    ax.text((left + right) / 2, y + 0.03, words, ha="center", va="top", color=INK)


__all__ = [
    "draw_data_rules",
    "draw_exponent_budget",
    "draw_laws_crossing",
    "draw_overfitting_collapse",
]
