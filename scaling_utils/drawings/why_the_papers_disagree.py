"""The figures of chapter 8: two recommendations, and what makes them differ."""

from __future__ import annotations

import textwrap
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from scaling_utils.figures import INK, MUTED, PALETTE, count_axis, is_narrow, panels

# Colour and dash of each rule; the dashes tell them apart without colour.
_RULES = {
    "Kaplan, Table 6": ("blue", "-"),
    "Hoffmann, Approach 1": ("orange", "-"),
    "Hoffmann, Approach 3": ("amber", (0, (5, 1.5))),
    "our refit": ("green", (0, (7, 2, 1.5, 2))),
}
_MODEL_MARKS = {"GPT-3": "s", "Gopher": "D", "Chinchilla": "o", "Llama-3.1-405B": "^"}
_MARK: dict[str, Any] = {
    "color": INK,
    "markersize": 6,
    "markerfacecolor": "none",
    "markeredgewidth": 1.5,
}

# One grey for all, as in the key: the thin line inside says whose runs they are.
_WHERE_RUNS_WERE_MADE: dict[str, Any] = {
    "color": MUTED,
    "linewidth": 7.0,
    "alpha": 0.3,
    "solid_capstyle": "butt",
    "zorder": 1,
}

_SHARES = {
    "Hoffmann, Table A9": ("orange", "o"),
    "Porian et al.": ("green", "D"),
    "cube root, fitted to Table A9": ("orange", "-"),
    "the same with Kaplan's vocabulary": ("blue", (0, (5, 2))),
}
_EXPONENT_DASHES = ("-", (0, (5, 2)), (0, (1.2, 1.4)))
_EXPONENT_COLOURS = ("green", "amber", "purple")
_DATASETS = {"OpenWebText2": ("purple", "o", -0.14), "RefinedWeb": ("green", "D", 0.14)}
_CHANGES = {
    "reproduction": "Kaplan's set-up",
    "last layer": "+ count the last layer",
    "warm-up": "+ warm-up that fits the model",
    "decay": "+ decay that fits the budget",
    "tuning": "+ tuned optimiser, no decay",
}


def draw_two_optima(fig: Figure, data: pd.DataFrame) -> None:
    """Recommended size and data against compute; bold where runs were made, thin beyond.

    Columns: kind ("rule" or "model"), name, C (FLOPs), N (parameters), D (tokens), measured.
    """
    axes = panels(fig, 2)
    rules, models = data[data["kind"] == "rule"], data[data["kind"] == "model"]
    for ax, column in zip(axes, "ND", strict=True):
        for name, (colour, dash) in _RULES.items():
            line = rules[rules["name"] == name]
            ax.loglog(
                line["C"], line[column], color=PALETTE[colour], linestyle=dash, linewidth=1.2
            )
            bold = line[line["measured"] == "yes"]
            ax.loglog(bold["C"], bold[column], **_WHERE_RUNS_WERE_MADE)
        for name, mark in _MODEL_MARKS.items():
            at = models[models["name"] == name]
            ax.loglog(at["C"], at[column], mark, zorder=5, **_MARK)
        _compute_axis(ax, rules["C"], every=3)
        count_axis(ax.yaxis, every=2)
    axes[0].set_ylabel("model size, N (parameters)")
    axes[1].set_ylabel("training data, D (tokens)")
    axes[0].set_title("How large a model?")
    axes[1].set_title("How much text?")
    lines = [
        axes[0].plot([], [], color=PALETTE[colour], linestyle=dash, linewidth=1.6, label=name)[0]
        for name, (colour, dash) in _RULES.items()
    ]
    lines.append(axes[0].plot([], [], **_WHERE_RUNS_WERE_MADE, label="runs were made here")[0])
    lines += [
        axes[0].plot([], [], mark, label=name, **_MARK)[0] for name, mark in _MODEL_MARKS.items()
    ]
    fig.legend(handles=lines, loc="outside lower left", ncols=2 if is_narrow(fig) else 3)


def draw_embeddings(fig: Figure, data: pd.DataFrame) -> None:
    """Share of the embeddings against model size: two families of models, two relations.

    Columns: kind ("model" or "relation"), name, N (parameters without embeddings), share (%).
    """
    ax = fig.subplots()
    for name, (colour, style) in _SHARES.items():
        rows = data[data["name"] == name]
        if (rows["kind"] == "model").all():
            ax.semilogx(
                rows["N"], rows["share"], style, color=PALETTE[colour], markersize=5, label=name
            )
        else:
            ax.semilogx(
                rows["N"], rows["share"], color=PALETTE[colour], linestyle=style, label=name
            )
    ax.set_ylim(0, 102)
    ax.set_ylabel("share of the embeddings (%)")
    ax.set_xlabel("parameters without embeddings")
    ax.set_xlim(data["N"].min(), data["N"].max())
    count_axis(ax.xaxis, every=2 if is_narrow(fig) else 1)
    fig.legend(loc="outside lower left", ncols=1 if is_narrow(fig) else 2)


def draw_local_exponent(fig: Figure, data: pd.DataFrame) -> None:
    """Local exponent of the best size against size, as seen without embeddings.

    Columns: name, N (parameters without embeddings), exponent, low, high; kind ("law",
    "reference" or "range") tells lines from the papers' exponents and ranges of sizes.
    """
    ax = fig.subplots()
    laws = data[data["kind"] == "law"]
    for name, colour, dash in zip(
        dict.fromkeys(laws["name"]), _EXPONENT_COLOURS, _EXPONENT_DASHES, strict=False
    ):
        line = laws[laws["name"] == name]
        ax.semilogx(line["N"], line["exponent"], color=PALETTE[colour], linestyle=dash, label=name)
        if line["low"].notna().all():
            ax.fill_between(
                line["N"],
                line["low"],
                line["high"],
                color=PALETTE[colour],
                alpha=0.18,
                linewidth=0,
            )
    low, high = laws["N"].min(), laws["N"].max()
    references = data.loc[data["kind"] == "reference", ["name", "exponent"]]
    for name, value in references.itertuples(index=False):
        ax.axhline(float(value), color=MUTED, linewidth=1.1, linestyle=(0, (4, 2)), zorder=1)
        right = float(value) > 0.6  # the lines start high on the left and end low on the right
        ax.annotate(
            f"{name} {float(value):.2f}",
            (high if right else low, float(value)),
            xytext=(0 if right else 5, 3),
            textcoords="offset points",
            ha="right" if right else "left",
            va="bottom",
            color=MUTED,
        )
    floor = 0.32
    ranges = data[data["kind"] == "range"]
    for place, (name, rows) in enumerate(ranges.groupby("name", sort=False)):
        y = floor + 0.025 + 0.07 * place
        ax.plot(rows["N"], [y, y], color=INK, marker="|", markersize=9, linewidth=1.4)
        after = rows["N"].min() < 1e6  # room for the name is right of the one, left of the other
        ax.annotate(
            str(name),
            (float(rows["N"].max() if after else rows["N"].min()), y),
            xytext=(6 if after else -6, 0),
            textcoords="offset points",
            ha="left" if after else "right",
            va="center",
        )
    ax.set_xlim(low, high)
    ax.set_ylim(floor, 1.08)
    ax.set_ylabel("local exponent of best size (no unit)")
    ax.set_xlabel("size of the best model, parameters without embeddings")
    if is_narrow(fig):
        ax.set_xlabel("best model (parameters without embeddings)")
    count_axis(ax.xaxis, every=3 if is_narrow(fig) else 1)
    fig.legend(loc="outside lower left", ncols=1 if is_narrow(fig) else 3)


def draw_counting_simulated(fig: Figure, data: pd.DataFrame) -> None:
    """Simulated frontier in two counts: points, the power law through them, the closed form.

    Columns: count, kind ("simulated", "fitted", "closed form", "printed"), C, N.
    """
    counts = list(dict.fromkeys(data["count"]))
    axes = panels(fig, len(counts), sharey=True)
    for ax, count in zip(axes, counts, strict=True):
        rows = dict(iter(data[data["count"] == count].groupby("kind")))
        line, fitted, runs = rows["closed form"], rows["fitted"], rows["simulated"]
        ax.loglog(line["C"], line["N"], color=PALETTE["green"], label="closed form")
        ax.loglog(
            fitted["C"],
            fitted["N"],
            color=PALETTE["orange"],
            linestyle=(0, (5, 2)),
            linewidth=1.6,
            label="one power law through the runs",
        )
        if "printed" in rows:
            ax.loglog(
                rows["printed"]["C"],
                rows["printed"]["N"],
                color=PALETTE["blue"],
                linewidth=6,
                alpha=0.35,
                solid_capstyle="butt",
                label="Kaplan, Table 6",
                zorder=1,
            )
        ax.loglog(
            runs["C"],
            runs["N"],
            "o",
            color=INK,
            markersize=3.5,
            label="best simulated runs",
            zorder=4,
        )
        ax.set_title(count)
        _compute_axis(ax, data["C"], every=3)
        ax.set_xlabel("compute as counted (FLOPs)")
        if ax is axes[0] or is_narrow(fig):
            ax.set_ylabel("best size as counted (parameters)")
    count_axis(axes[0].yaxis, every=2)
    axes[0].set_ylim(data["N"].min() / 2, data["N"].max() * 2)
    fig.legend(
        *axes[0].get_legend_handles_labels(),
        loc="outside lower left",
        ncols=1 if is_narrow(fig) else 2,
    )


def draw_porian_ladder(fig: Figure, data: pd.DataFrame) -> None:
    """Exponents with 95 % intervals, one row per change, for two data sets.

    Columns: kind ("step" or "reference"), name, step, change, a, a_low, a_high.
    """
    ax = fig.subplots()
    steps = data[data["kind"] == "step"]
    for name, (colour, mark, shift) in _DATASETS.items():
        rows = steps[steps["name"] == name]
        ax.errorbar(
            rows["a"],
            rows["step"] + shift,
            xerr=[rows["a"] - rows["a_low"], rows["a_high"] - rows["a"]],
            fmt=mark,
            color=PALETTE[colour],
            markersize=6,
            elinewidth=2,
            capsize=3,
            label=name,
        )
    references = data[data["kind"] == "reference"]
    for name, value in references[["name", "a"]].itertuples(index=False):
        ax.axvline(float(value), color=MUTED, linewidth=1.1, linestyle=(0, (4, 2)), zorder=1)
        words = str(name).replace(", ", ",\n") if "," in str(name) else f"{name},\nApproach 1"
        ax.annotate(
            f"{words}\n{float(value):.2f}",
            (float(value), 0.42),
            ha="center",
            va="bottom",
            color=MUTED,
            annotation_clip=False,
        )
    rungs = [_CHANGES[change] for change in dict.fromkeys(steps["change"])]
    if is_narrow(fig):
        rungs = [textwrap.fill(text, 15) for text in rungs]
    ax.set_yticks(sorted(steps["step"].unique()), rungs)
    ax.set_ylim(5.5, 0.4)
    ax.set_xlim(0.44, 0.95)
    ax.set_xlabel("exponent of best size (no unit)")
    ax.grid(visible=False, axis="y")
    fig.legend(loc="outside lower left", ncols=2)


def _compute_axis(ax: Axes, C: pd.Series[float], *, every: int) -> None:
    """Label a logarithmic axis of compute, one power of ten in `every`."""
    ax.set_xlim(C.min(), C.max())
    ax.set_xlabel("compute, C (FLOPs)")
    ax.xaxis.set_major_locator(LogLocator(base=10.0**every, numticks=20))
    ax.xaxis.set_minor_formatter(NullFormatter())


__all__ = [
    "draw_counting_simulated",
    "draw_embeddings",
    "draw_local_exponent",
    "draw_porian_ladder",
    "draw_two_optima",
]
