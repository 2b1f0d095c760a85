"""The figures of chapter 9: Gopher against Chinchilla, by the laws and by the tests.

Each function draws on an empty figure from exactly the table that is published beside it;
`scaling_utils.drawings.four_times_tables` makes the tables.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MultipleLocator

from scaling_utils.figures import INK, MUTED, PALETTE, is_narrow, panels, plain_axis

LOSS = "nats per token"
_MODEL, _DATA = PALETTE["blue"], PALETTE["orange"]
_CHINCHILLA, _GOPHER = PALETTE["blue"], PALETTE["orange"]


def draw_gopher_against_chinchilla(fig: Figure, data: pd.DataFrame) -> None:
    """The loss above E of both models by each law: what the size costs, what the data cost.

    Columns: law, model, part ("model", "data", "both"), nats, low, high.
    """
    ax = fig.subplots()
    heights, labels = [], []
    names, models = list(dict.fromkeys(data["law"])), list(dict.fromkeys(data["model"]))
    for place, name in enumerate(names):
        for step, who in enumerate(models):
            y = 2.6 * place + step
            rows = data[(data["law"] == name) & (data["model"] == who)].set_index("part")
            nats, low, high = (rows[column].to_dict() for column in ("nats", "low", "high"))
            ax.barh(y, nats["model"], 0.8, color=_MODEL, alpha=0.65)
            ax.barh(y, nats["data"], 0.8, left=nats["model"], color=_DATA, alpha=0.65)
            _whisker(ax, low["both"], high["both"], y)
            end = max(nats["both"], high["both"]) if name == names[-1] else nats["both"]
            ax.annotate(f"{nats['both']:.3f}", (end, y), (5, 0), va="center", **_NEAR)
            heights.append(y)
            labels.append(who)
        said = name[0].upper() + name[1:]
        ax.text(0, 2.6 * place - 0.55, said, va="bottom", weight="bold", fontsize=10)
    ax.set_yticks(heights, labels)
    top = float(data[["nats", "high"]].max().max())
    ax.set(xlabel=f"loss above E, {LOSS}", xlim=(0, (1.3 if is_narrow(fig) else 1.12) * top))
    ax.set_ylim(heights[-1] + 0.6, -1.3)
    ax.xaxis.set_major_locator(MultipleLocator(0.1))
    ax.grid(axis="y", visible=False)
    patches = [Patch(color=colour, alpha=0.65) for colour in (_MODEL, _DATA)]
    words, columns = ["too few parameters", "too few tokens"], 1 if is_narrow(fig) else 2
    ax.legend(patches, words, loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=columns)


def draw_how_big_is_slightly(fig: Figure, data: pd.DataFrame) -> None:
    """Gopher's loss minus Chinchilla's by each law, in nats and as a factor of compute.

    Columns: law, measure ("nats" or "compute"), value, low, high.
    """
    nats, compute = panels(fig, 2, sharey=not is_narrow(fig))
    names = list(dict.fromkeys(data["law"]))
    for ax, measure in ((nats, "nats"), (compute, "compute")):
        rows = data[data["measure"] == measure]
        for _, row in rows.iterrows():
            y, ours = names.index(row["law"]), row["law"] == names[-1]
            colour = PALETTE["blue"] if ours else PALETTE["grey"]
            ax.plot([row["low"], row["high"]], [y, y], color=colour, lw=2, solid_capstyle="butt")
            ax.plot(row["value"], y, "o", color=colour, ms=8 if ours else 6)
            text = f"{row['value']:+.3f}" if measure == "nats" else f"×{row['value']:.1f}"
            behind = row["value"] < 0
            shift, ha = ((-8.0, -4.0), "right") if behind else ((0.0, 7.0), "center")
            point = (row["value"], y)
            ax.annotate(text.replace("-", "−"), point, shift, ha=ha, **_NEAR)
        ax.set_yticks(range(len(names)), names)
        ax.set_ylim(len(names) - 0.6, -0.75)
        ax.axvline(0 if measure == "nats" else 1, color=INK, lw=1.2)
        ax.grid(axis="y", visible=False)
        ax.tick_params(axis="y", length=0)
    least = float(data.loc[data["measure"] == "nats", "value"].min())
    nats.set(title="Gopher's loss − Chinchilla's", xlabel=LOSS)
    nats.set_xlim((2.1 if is_narrow(fig) else 1.75) * least, 0.08)
    nats.xaxis.set_major_locator(MultipleLocator(0.05))
    nats.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}".replace("-", "−")))
    compute.set(title="Worth in compute", xlabel="times the compute, best spent", xscale="log")
    compute.set_xlim(0.93, 5.2)
    plain_axis(compute.xaxis, [1, 2, 3, 4, 5])
    held = set(data.loc[data["measure"] == "compute", "law"])
    for y, name in enumerate(names):
        if name not in held:
            compute.text(1.08, y, "none: Gopher is ahead", va="center", color=MUTED, fontsize=10)


def draw_four_times_from_here(fig: Figure, data: pd.DataFrame) -> None:
    """What more tokens and more parameters take off the loss, by tokens per parameter.

    Columns: law, ratio, what ("parameters" or "tokens"), nats, low, high.
    """
    ax = fig.subplots()
    ours = list(dict.fromkeys(data["law"]))[-1]
    for what, colour in (("parameters", _MODEL), ("tokens", _DATA)):
        for name in dict.fromkeys(data["law"]):
            rows = data[(data["law"] == name) & (data["what"] == what)]
            if name == ours:
                ax.fill_between(
                    rows["ratio"], rows["low"], rows["high"], color=colour, alpha=0.2, lw=0
                )
                ax.plot(rows["ratio"], rows["nats"], color=colour, label=f"the {what}, {name}")
            else:
                ax.plot(
                    rows["ratio"],
                    rows["nats"],
                    "--",
                    color=colour,
                    lw=1.5,
                    label=f"the {what}, {name}",
                )
    ax.set(xscale="log", xlabel="tokens per parameter at the start", ylim=(0, None))
    ax.set(ylabel=f"taken off the loss, {LOSS}", xlim=(data["ratio"].min(), data["ratio"].max()))
    plain_axis(ax.xaxis, [1, 2, 5, 10, 20, 50, 100, 200, 400])
    if is_narrow(fig):
        ax.legend(
            loc="lower left", bbox_to_anchor=(-0.1, 1.0), title="four times …", alignment="left"
        )
        plain_axis(ax.xaxis, [1, 3, 10, 30, 100, 300])
    else:
        ax.legend(loc="upper right", title="four times …", alignment="left")


def draw_pile_subsets(fig: Figure, data: pd.DataFrame) -> None:
    """Bits per byte of both models on each subset of the Pile, the largest change on top.

    Columns: subset, chinchilla, gopher, jurassic1, change.
    """
    ax = fig.subplots()
    y = range(len(data))
    ax.hlines(y, data["chinchilla"], data["gopher"], color=PALETTE["grey"], lw=2.5)
    ax.plot(data["gopher"], y, "o", color=_GOPHER, ms=6.5, label="Gopher")
    ax.plot(data["chinchilla"], y, "o", color=_CHINCHILLA, ms=6.5, label="Chinchilla")
    other = data["jurassic1"]
    ax.plot(other, y, "|", color=PALETTE["grey"], ms=9, mew=1.6, label="Jurassic-1")
    right = float(data[["chinchilla", "gopher", "jurassic1"]].max().max())
    edge = right + (0.42 if is_narrow(fig) else 0.2)
    for place, change in enumerate(data["change"]):
        said = f"{100 * change:.1f} %".replace("-", "−")
        ax.text(edge, place, said, va="center", ha="right", fontsize=10)
    ax.text(edge, len(data) - 0.2, "change", va="bottom", ha="right", color=MUTED, fontsize=10)
    ax.set_yticks(y, data["subset"])
    ax.set(xlabel="bits per byte", xlim=(0.3, edge + 0.01), ylim=(-0.7, len(data) - 0.3))
    ax.xaxis.set_major_locator(MultipleLocator(0.2))
    if is_narrow(fig):
        ax.tick_params(axis="y", labelsize=9)
        ax.legend(loc="lower right", bbox_to_anchor=(0.75, 1.0))
    else:
        ax.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=3, columnspacing=1.2)


def draw_tasks_won_and_lost(fig: Figure, data: pd.DataFrame) -> None:
    """Accuracy of Chinchilla minus Gopher, one bar for each task, sorted.

    Columns: benchmark, task, difference (percentage points), rank (1 is the worst).
    """
    for ax, (name, rows) in zip(
        panels(fig, 2), data.groupby("benchmark", sort=False), strict=True
    ):
        won, lost = rows["difference"] > 0, rows["difference"] < 0
        for which, colour in ((won, _CHINCHILLA), (lost, _GOPHER)):
            ax.barh(rows.loc[which, "rank"], rows.loc[which, "difference"], 0.75, color=colour)
        equal = rows[~won & ~lost]
        ax.plot(equal["difference"], equal["rank"], "o", color=PALETTE["grey"], ms=3.5)
        ax.axvline(0, color=INK, lw=1.2)
        mean = float(rows["difference"].mean())
        ax.axvline(mean, color=MUTED, lw=1.2, ls="--")
        count = f"{won.sum()} won, {lost.sum()} lost"
        count += f", {len(equal)} equal" if len(equal) else ""
        ax.set(title=f"{name}: {count}", xlabel="Chinchilla − Gopher, percentage points")
        ax.set_ylim(0, len(rows) + 1)
        ax.set_yticks([])
        ax.grid(axis="y", visible=False)
        ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}".replace("-", "−")))
        high = float(rows["difference"].max())
        ax.set_xlim(min(1.15 * float(rows["difference"].min()), -0.1 * high), 1.05 * high)
        worst = rows[lost].sort_values("rank", ascending=False)
        listed = "\n".join(["Gopher better:", *worst["task"]])
        ax.text(
            0.99,
            0.02,
            listed,
            ha="right",
            va="bottom",
            transform=ax.transAxes,
            color=_GOPHER,
            fontsize=9,
        )
        at = (mean, 0.3 * len(rows))
        ax.annotate(f"mean {mean:+.1f}", at, (5, 0), va="center", color=MUTED, **_NEAR)


_NEAR: dict[str, Any] = {"textcoords": "offset points", "fontsize": 10}


def _whisker(ax: Axes, low: float, high: float, y: float) -> None:
    """An interval as a thin line with caps; nothing where there is none."""
    if pd.notna(low):
        ax.plot([low, high], [y, y], "|-", color=INK, lw=1.3, ms=7, mew=1.3)
