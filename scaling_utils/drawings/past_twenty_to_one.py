"""The figures of chapter 11: past twenty tokens per parameter, and what it costs.

Each function draws on an empty figure from exactly the table that is published beside it;
`scaling_utils.drawings.past_twenty_to_one_tables` makes the tables.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from scaling_utils.drawings.past_twenty_to_one_tables import GADRE
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
from scaling_utils.gopher import OURS

SIZES = ((0.0, 2e9, "under 2B"), (2e9, 15e9, "2B to 15B"), (15e9, 1e11, "15B to 100B"))
"""Classes of model size, parameters; the last class is everything above."""

COST = "training compute, times the least"
_RULE = 20.0
_SHADES = (PALETTE["orange"], PALETTE["amber"], PALETTE["sky"], RAMP[4])
_OLD, _OURS, _OTHER = PALETTE["orange"], PALETTE["blue"], PALETTE["green"]
_DASHES: dict[str, Any] = {OURS: "-", GADRE: (0, (7, 2, 1.5, 2))}
_NEAR: dict[str, Any] = {"textcoords": "offset points", "fontsize": 9.5}

# Where a name stands beside its point: points to the right and up, alignment, also when narrow.
_NAMES: dict[str, tuple[float, float, str, bool]] = {
    "T5-11B": (7, 0, "left", False),
    "GPT-3": (0, 11, "center", True),
    "Gopher": (-7, -2, "right", False),
    "MT-NLG 530B": (7, -3, "left", False),
    "Chinchilla": (-24, 22, "right", True),
    "LLaMA-7B": (-9, 0, "right", True),
    "LLaMA-65B": (-26, -15, "right", False),
    "TinyLlama-1.1B": (-10, 8, "right", False),
    "Llama-3-8B": (-38, 4, "right", True),
    "Llama-3.1-405B": (24, 13, "left", False),
    "SmolLM2-135M": (-8, 3, "right", False),
    "Qwen3-0.6B": (-7, 0, "right", True),
    "Kimi-K2": (7, -4, "left", False),
}


_AT_THE_EDGE = {"LLaMA-7B": -3}
"""Steps to the side for a point whose name would cross others."""


def draw_models_over_the_years(fig: Figure, data: pd.DataFrame) -> None:
    """Tokens per parameter of published models by year, against 20:1.

    Columns: model, year, parameters, tokens, ratio, kind.
    """
    ax = fig.subplots()
    narrow = is_narrow(fig)
    places = _spread(data, 0.18 if narrow else 0.11, 0.13)
    for _, row in data.assign(x=places).iterrows():
        shade = _shade(row["parameters"])
        mark = "o" if row["kind"] == "dense" else "D"
        face = "none" if row["kind"] == "all parameters" else shade
        ax.plot(
            row["x"], row["ratio"], mark, color=shade, mfc=face, mew=1.3, ms=5 if narrow else 6
        )
        dx, dy, side, also_narrow = _NAMES.get(row["model"], (0.0, 0.0, "", False))
        if side and (also_narrow or not narrow):
            far = {"arrowstyle": "-", "color": MUTED, "lw": 0.8, "shrinkA": 1, "shrinkB": 4}
            ax.annotate(
                row["model"],
                (row["x"], row["ratio"]),
                (0.75 * dx if narrow else dx, dy),
                ha=side,
                va="center",
                arrowprops=far if abs(dx) > 20 else None,
                **_NEAR,
            )
    ax.axhline(_RULE, color=INK, lw=1.3, ls="--")
    years = sorted(set(data["year"]))
    ax.set_yscale("log")
    ax.set_ylim(0.15, 1.4e5)
    ax.set_xlim(years[0] - 0.6, years[-1] + (0.5 if narrow else 0.9))
    plain_axis(ax.yaxis, [1, 10, 100, 1000, 10000])
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set_xticks(years, [f"’{year % 100}" if narrow else str(year) for year in years])
    ax.grid(axis="x", visible=False)
    ax.set(xlabel="year of publication", ylabel="training tokens per parameter")
    ax.annotate("20:1", (years[0] - 0.55, _RULE), (0, 3), va="bottom", weight="bold", **_NEAR)
    handles = [_dot(shade, "o", shade) for shade in _SHADES]
    words = [name for *_, name in SIZES] + ["over 100B"]
    grey = PALETTE["grey"]
    handles += [_dot(grey, "D", grey), _dot(grey, "D", "none")]
    words += ["experts, active", "experts, all"]
    ax.legend(
        handles, words, title="parameters", alignment="left", loc="lower left",
        bbox_to_anchor=(-0.02, 1.0), ncols=2 if narrow else 3, columnspacing=1.2,
    )  # fmt: skip


def draw_price_of_being_off(fig: Figure, data: pd.DataFrame) -> None:
    """The cost of a ratio at Chinchilla's budget, and of a size at equal loss, with its wall.

    Columns: panel ("ratio", "size", "wall"), law, x, cost, low, high.
    """
    by_ratio, by_size = panels(fig, 2)
    for ax, panel in ((by_ratio, "ratio"), (by_size, "size")):
        _lines(ax, data[data["panel"] == panel])
        ax.set(xscale="log", yscale="log", ylim=(0.93, 25), ylabel=COST)
        plain_axis(ax.yaxis, [1, 2, 5, 10, 20])
        ax.yaxis.set_minor_locator(NullLocator())
    by_ratio.set(title="One budget, any ratio", xlabel="training tokens per parameter")
    by_ratio.set_xlim(0.4, 2e4)
    plain_axis(by_ratio.xaxis, [1, 10, 100, 1000, 10000])
    by_ratio.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    by_ratio.axvline(_RULE, color=INK, lw=1.2, ls="--")
    by_ratio.annotate("20:1", (_RULE, 20), (4, 0), va="center", weight="bold", **_NEAR)
    by_size.set(title="One loss, any size", xlabel="model size, times the best")
    by_size.set_xlim(0.08, 12.5)
    plain_axis(by_size.xaxis, [0.1, 0.2, 0.5, 1, 2, 5, 10])
    walls = data[data["panel"] == "wall"]
    for _, wall in walls.iterrows():
        by_size.axvline(wall["x"], color=_colour(wall["law"]), lw=1.3, ls=":")
    by_size.annotate(
        "walls", (float(walls["x"].max()), 1.15), (5, 0), va="center",
        color=MUTED, **_NEAR,
    )  # fmt: skip
    handles, names = by_ratio.get_legend_handles_labels()
    held = set(data.loc[data["panel"] == "size", "law"])
    words = [name if name in held else f"{name} (ratios only)" for name in names]
    fig.legend(
        handles, words, loc="outside lower left", ncols=1 if is_narrow(fig) else 3,
        handlelength=3.2,
    )  # fmt: skip


def draw_inference_moves_the_optimum(fig: Figure, data: pd.DataFrame) -> None:
    """Size and ratio of the cheapest model to train and use, by the tokens of use.

    Columns: panel ("size" or "ratio"), law, use, value, low, high.
    """
    by_size, by_ratio = panels(fig, 2)
    for ax, panel in ((by_size, "size"), (by_ratio, "ratio")):
        for name, rows in data[data["panel"] == panel].groupby("law", sort=False):
            style = "-" if rows["low"].notna().any() else "--"
            colour = _OURS if style == "-" else _OLD
            if style == "-":
                ax.fill_between(
                    rows["use"], rows["low"], rows["high"], color=colour, alpha=0.2, lw=0
                )
            ax.plot(rows["use"], rows["value"], style, color=colour, label=name)
        ax.set(xscale="log", yscale="log", xlabel="tokens of use", xlim=(1e10, 1e14))
        count_axis(ax.xaxis)
    by_size.set(title="The cheapest model", ylabel="parameters", ylim=(1.9e9, 1.5e10))
    by_size.yaxis.set_ticks([2e9, 3e9, 5e9, 8e9, 13e9])
    by_size.yaxis.set_major_formatter(lambda value, _: f"{value / 1e9:g}B")
    by_size.yaxis.set_minor_locator(NullLocator())
    by_ratio.set(title="What it reads", ylabel="training tokens per parameter", ylim=(6, 8e3))
    plain_axis(by_ratio.yaxis, [10, 100, 1000])
    by_ratio.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    by_ratio.axhline(_RULE, color=INK, lw=1.2, ls="--")
    by_ratio.annotate("20:1", (1e14, _RULE), (-3, -8), ha="right", va="center", **_NEAR)
    by_size.legend(loc="lower left")


def draw_llama_by_the_law(fig: Figure, data: pd.DataFrame) -> None:
    """What each model cost by two sets of constants, as bars from one, with intervals.

    Columns: model, parameters, tokens, ratio, law, cost, low, high, side.
    """
    ax = fig.subplots()
    models = list(dict.fromkeys(data["model"]))
    names = list(dict.fromkeys(data["law"]))
    for _, row in data.iterrows():
        y = 2.5 * models.index(row["model"]) + names.index(row["law"])
        ax.barh(y, row["cost"] - 1, 0.85, left=1, color=_colour(row["law"]), alpha=0.65)
        end = row["cost"]
        if pd.notna(row["low"]):
            ax.plot([row["low"], row["high"]], [y, y], "|-", color=INK, lw=1.2, ms=6, mew=1.2)
            end = row["high"]
        extra = 100 * (row["cost"] - 1)
        said = f"+{extra:.0f} %" if extra >= 0.95 else f"+{extra:.1f} %"
        said += ", short" if row["side"] == "short" else ""
        ax.annotate(said, (end, y), (5, 0), va="center", textcoords="offset points", fontsize=9)
    ratios = data.drop_duplicates("model").set_index("model")["ratio"]
    gap = "\n" if is_narrow(fig) else "  "
    labels = [f"{model}{gap}{ratios[model]:,.3g}:1" for model in models]
    labels = [
        f"{model}{gap}{ratios[model]:,.0f}:1" if ratios[model] >= 100 else label
        for model, label in zip(models, labels, strict=True)
    ]
    ax.set_yticks([2.5 * i + 0.5 for i in range(len(models))], labels)
    ax.set_ylim(2.5 * len(models) - 0.6, -0.9)
    ax.set(xscale="log", xlim=(0.97, 40 if is_narrow(fig) else 25), xlabel=COST)
    plain_axis(ax.xaxis, [1, 2, 5, 10, 20])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.axvline(1, color=INK, lw=1.2)
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)
    handles = [Line2D([], [], lw=8, color=_colour(name), alpha=0.65) for name in names]
    ax.legend(
        handles, [f"by {name}" for name in names], loc="lower left",
        bbox_to_anchor=(-0.02, 1.0), ncols=1 if is_narrow(fig) else 2,
    )  # fmt: skip


def _lines(ax: Axes, data: pd.DataFrame) -> None:
    """Every law's cost as a line, and bands where a law has intervals."""
    for name, rows in data.groupby("law", sort=False):
        # Out of reach is infinite: the band then runs off the top of the axes.
        low, high = (np.minimum(rows[end].to_numpy(), 1e3) for end in ("low", "high"))
        ax.fill_between(rows["x"], low, high, color=_colour(str(name)), alpha=0.2, lw=0)
        line = rows[np.isfinite(rows["cost"])]
        dash = _DASHES.get(str(name), (0, (5, 2)))
        ax.plot(
            line["x"], line["cost"], ls=dash, lw=2.2 if dash == "-" else 1.6,
            color=_colour(str(name)), label=name,
        )  # fmt: skip


def _colour(law: str) -> str:
    if law.startswith("Hoffmann"):
        return _OLD
    return _OTHER if law.startswith("Gadre") else _OURS


def _shade(parameters: float) -> str:
    classes = [high for _, high, _ in SIZES]
    return _SHADES[int(np.searchsorted(classes, parameters, side="right"))]


def _dot(colour: str, mark: str, face: str) -> Line2D:
    return Line2D([], [], ls="", marker=mark, color=colour, mfc=face, mew=1.3, ms=6)


def _spread(data: pd.DataFrame, step: float, apart: float) -> list[float]:
    """Places along the year axis, so that no two points of one year cover each other."""
    taken: list[tuple[float, float]] = []
    found = []
    heights = np.log10(data["ratio"])
    fixed = {
        i: year + _AT_THE_EDGE[name] * step
        for i, (name, year) in enumerate(zip(data["model"], data["year"], strict=True))
        if name in _AT_THE_EDGE
    }
    taken += [(place, float(heights.iloc[i])) for i, place in fixed.items()]
    for i, (year, ratio) in enumerate(zip(data["year"], heights, strict=True)):
        if i in fixed:
            found.append(fixed[i])
            continue
        offsets = sorted((i * step for i in range(-3, 4)), key=lambda o: (abs(o), o))
        free = [
            offset
            for offset in offsets
            if all(abs(year + offset - x) > 0.9 * step or abs(ratio - y) > apart for x, y in taken)
        ]
        place = year + (free or offsets)[0]
        taken.append((place, float(ratio)))
        found.append(place)
    return found
