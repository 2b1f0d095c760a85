"""The figures of chapter 4, *Generalisation, depth and shape*.

Each function draws on an empty figure from exactly the table that is published beside it;
`scaling_utils.drawings.generalisation_depth_and_shape_tables` makes the tables.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from scaling_utils.figures import (
    GRID,
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

LOSS, SIZE = "loss, nats per token", "non-embedding parameters"
COMPUTE = "compute of the better run, FLOPs"
BLUE, ORANGE, GREEN, PURPLE = (PALETTE[name] for name in ("blue", "orange", "green", "purple"))

_NEAR: dict[str, Any] = {"textcoords": "offset points"}

# Beside which side of its point a shape is named, and how far away in points of type.
_BESIDE = {
    (1, 8): (8, -4),
    (2, 128): (8, -4),
    (4, 256): (-8, 4),
    (8, 512): (-8, 4),
    (32, 256): (8, -4),
    (2, 1024): (8, -5),
    (12, 768): (8, -5),
    (24, 1024): (3, 9),
    (36, 1280): (8, -10),
    (48, 1600): (8, 2),
    (6, 4288): (9, 2),
    (207, 768): (-3, -18),
}


def draw_shapes_tried(fig: Figure, data: pd.DataFrame) -> None:
    """Width against depth of all shapes, with lines of equal size.

    Columns: kind (named, fits, line), n_layers, d_model, N, aspect_ratio.
    """
    ax = fig.subplots()
    for N, rows in data[data["kind"] == "line"].groupby("N"):
        ax.plot(rows["n_layers"], rows["d_model"], color=GRID, lw=1.6, zorder=1)
        end = rows.iloc[0]
        label = f"N = {count_label(float(str(N)))}"
        at = (end["n_layers"], end["d_model"])
        ax.annotate(label, at, (2, 3), color=MUTED, fontsize=9.5, **_NEAR)
    styles: dict[str, dict[str, Any]] = {
        "named": {"color": BLUE, "label": "layers and width printed"},
        "fits": {"color": ORANGE, "mfc": "none", "mew": 1.6, "label": "only the size printed"},
    }
    for kind, look in styles.items():
        rows = data[data["kind"] == kind]
        ax.plot(rows["n_layers"], rows["d_model"], "o", ms=7, **look)
        for _, row in rows.iterrows():
            shape = int(row["n_layers"]), int(row["d_model"])
            x, y = _BESIDE[shape]
            said = f"{shape[0]} × {shape[1]}"
            ha = "right" if x < 0 or shape == (24, 1024) else "left"
            ax.annotate(said, shape, (x, y), ha=ha, color=look["color"], fontsize=9.5, **_NEAR)
    ax.set(xscale="log", yscale="log", xlabel="layers", ylabel="width, $d_{model}$")
    ax.set(xlim=(0.45, 400), ylim=(5, 26000))
    plain_axis(ax.xaxis, [1, 2, 5, 10, 20, 50, 100, 200])
    plain_axis(ax.yaxis, [10, 30, 100, 300, 1000, 3000, 10000])
    ax.grid(False)
    ax.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=1 if is_narrow(fig) else 2)


def draw_small_loss(fig: Figure, data: pd.DataFrame) -> None:
    """What a fraction of the loss is worth: at any scale by Kaplan, and against compute.

    Columns: law, excess, C, times, low, high, measured.
    """
    left, right = panels(fig, 2)
    floor = data[data["law"] == "floor"]
    excess = float(floor["excess"].iloc[0])
    for name, colour, shift in (
        ("compute", ORANGE, -6),
        ("parameters", BLUE, -4),
        ("data", GREEN, -16),
    ):
        rows = data[data["law"] == name]
        left.plot(100 * rows["excess"], rows["times"], color=colour)
        marked = rows[rows["excess"].eq(excess)].iloc[0]
        left.plot(100 * excess, marked["times"], "o", color=colour)
        end = rows.iloc[-1]
        said = f"{name}\n×{end['times']:.2g}"
        left.annotate(said, (100 * end["excess"], end["times"]), (4, shift), color=colour, **_NEAR)
    left.set(xlabel="difference in loss, %", ylabel="times as much is needed")
    left.set(yscale="log", xlim=(0, 14.6), ylim=(1, 8), title="By Kaplan's exponents")
    left.set_xticks([0, 2, 4, 6, 8, 10])
    plain_axis(left.yaxis, [1, 1.5, 2, 3, 5, 7])
    compute = data[(data["law"] == "compute") & data["excess"].eq(excess)]["times"].iloc[0]
    right.axhline(compute, color=ORANGE)
    right.fill_between(floor["C"], floor["low"], floor["high"], color=PURPLE, alpha=0.2, lw=0)
    right.plot(floor["C"], floor["times"], color=PURPLE, lw=1.4, ls=(0, (3, 2.5)))
    inside = floor[floor["measured"]]
    right.plot(inside["C"], inside["times"], color=PURPLE)
    right.set(xscale="log", yscale="log", xlabel=COMPUTE, ylabel="times the compute")
    right.set(title=f"A difference of {100 * excess:.0f} %", ylim=(1, 40))
    last = floor.iloc[-1]
    right.annotate(
        "no floor (Kaplan)", (last["C"], compute), (0, -14), ha="right", color=ORANGE, **_NEAR
    )
    right.text(
        0.04, 0.93, "a floor under the loss\n(Hoffmann's form)", color=PURPLE, va="top",
        transform=right.transAxes,
    )  # fmt: skip
    plain_axis(right.yaxis, [1, 2, 5, 10, 20, 40])
    right.xaxis.set_major_locator(LogLocator(100.0, numticks=20))
    right.xaxis.set_minor_formatter(NullFormatter())


def draw_shares(fig: Figure, data: pd.DataFrame) -> None:
    """What N and 6 N leave out, against size: of parameters, and of operations.

    Columns: n_layers, d_model, N, part, share.
    """
    left, right = panels(fig, 2)
    lines = {
        "embedding": (left, PURPLE),
        "layers": (right, BLUE),
        "vocabulary": (right, PURPLE),
        "context": (right, GREEN),
    }
    for part, (ax, colour) in lines.items():
        rows = data[data["part"] == part]
        ax.plot(rows["N"], 100 * rows["share"], "o-", color=colour)
    for said, x, y, colour in (
        ("layers: 2N", 7e7, 48, BLUE),
        ("vocabulary", 5e6, 76, PURPLE),
        ("context", 9e6, 10.5, GREEN),
    ):
        right.text(x, y, said, color=colour)
    left.set(title="Embeddings among parameters", ylabel="share of all parameters, %")
    right.set(title="Where the operations go", ylabel="share of forward FLOPs, %")
    for ax in (left, right):
        ax.set(xscale="log", xlabel=SIZE, ylim=(0, 103), xlim=(2e5, 4e9))
        count_axis(ax.xaxis)


def draw_context(fig: Figure, data: pd.DataFrame) -> None:
    """The loss along the context, and its mean beside the law of size.

    Columns: kind (curve, mean, law), curve, N, position, loss, low, high.
    """
    left, right = panels(fig, 2)
    curves, means, line = (data[data["kind"] == kind] for kind in ("curve", "mean", "law"))
    colours = dict(zip(means["curve"], RAMP[-len(means) :], strict=True))
    for number, rows in curves.groupby("curve"):
        colour = colours[number]
        left.plot(rows["position"], rows["loss"], color=colour)
        end = rows.iloc[-1]
        at, shift = (end["position"], end["loss"]), (4, -8 if colour == RAMP[-1] else -3)
        left.annotate(f"{end['loss']:.2f}", at, shift, fontsize=9.5, **_NEAR)
    left.set(xscale="log", yscale="log", xlim=(1, 2600), ylim=(2.2, 8.2))
    left.set(xlabel="token of the context", ylabel=LOSS, title="The six printed fits")
    plain_axis(left.xaxis, [1, 10, 100, 1000])
    right.plot(line["N"], line["loss"], color=ORANGE, zorder=1)
    for _, mean in means.iterrows():
        colour = colours[mean["curve"]]
        at = mean["N"]
        right.plot([at, at], [mean["low"], mean["high"]], color=colour, lw=3.5, alpha=0.6)
        right.plot(at, mean["loss"], "o", color=colour, zorder=3)
    right.text(
        0.96, 0.94, "line: L(N), Table 5", color=ORANGE, ha="right", va="top",
        transform=right.transAxes,
    )  # fmt: skip
    right.text(
        0.04, 0.05, "dots: mean over\nthe context", color=RAMP[4], transform=right.transAxes
    )
    right.set(xscale="log", yscale="log", xlabel="parameters of Fig. 4", ylabel="mean loss, nats")
    right.set_title("Their means")
    count_axis(right.xaxis)
    for ax, ticks in ((left, [2.5, 3, 4, 5, 6, 7, 8]), (right, [2.5, 3, 3.5, 4, 4.5])):
        plain_axis(ax.yaxis, list(ticks))


def draw_offsets(fig: Figure, data: pd.DataFrame) -> None:
    """Three readings of a constant offset: the losses, their difference, their ratio.

    Columns: reading, N, loss, difference, ratio.
    """
    axes = panels(fig, 3)
    colours = {
        "constant factor": BLUE,
        "constant difference": ORANGE,
        "growing difference": GREEN,
    }
    training = data[data["reading"] == "training text"]
    axes[0].plot(training["N"], training["loss"], color=INK)
    for reading, colour in colours.items():
        rows = data[data["reading"] == reading]
        dashes = {"constant factor": "-", "constant difference": "--"}.get(reading, ":")
        for ax, y in zip(axes, ("loss", "difference", "ratio"), strict=True):
            scale = 100 if y == "ratio" else 1
            ax.plot(rows["N"], scale * rows[y], dashes, color=colour)
    for ax in axes:
        ax.set(xscale="log", xlabel=SIZE if is_narrow(fig) else "parameters")
        count_axis(ax.xaxis, every=1 if is_narrow(fig) else 2)
    axes[0].set(yscale="log", ylabel=LOSS, title="The losses")
    axes[1].set(ylabel="nats per token", title="Their difference")
    axes[1].set_ylim(0, 1.4 * float(data["difference"].max()))
    axes[2].set(ylabel="% above training text", title="Their ratio", ylim=(0, None))
    plain_axis(axes[0].yaxis, [2.5, 3, 4, 5, 6])
    axes[0].text(0.04, 0.05, "training text", color=INK, transform=axes[0].transAxes)
    axes[2].yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    _key(axes[1], colours)


def _key(ax: Axes, colours: dict[str, str]) -> None:
    """Name the lines in the free corner, in their colours."""
    for place, (said, colour) in enumerate(colours.items()):
        height = 0.97 - 0.08 * place
        ax.text(0.99, height, said, color=colour, ha="right", va="top", transform=ax.transAxes)
