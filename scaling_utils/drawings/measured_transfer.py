"""Chapter 4's figures of our own models on other text.

Each function draws on an empty figure from exactly the table that is published beside it;
`scaling_utils.drawings.measured_transfer_tables` makes the tables.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.analysis.travel import PROSE, UNLIKE
from scaling_utils.drawings.measured_transfer_tables import (
    FINISHED,
    LINE,
    OFFSET,
    SLOPE,
    SLOPE_IN_TRAINING,
    TRAINING,
)
from scaling_utils.figures import GRID, INK, MUTED, PALETTE, is_narrow, panels

LOSS = "loss there, nats per byte"
BETTER = "validation loss, nats per byte (better →)"

COLOURS = {
    text: PALETTE[name]
    for text, name in zip(
        (*PROSE, *UNLIKE), ("sky", "green", "blue", "purple", "amber", "orange"), strict=True
    )
}
"""The colour of each text, the same in all figures."""

_NEAR: dict[str, Any] = {"textcoords": "offset points"}


def draw_elsewhere(fig: Figure, data: pd.DataFrame) -> None:
    """Loss on other text against validation loss: finished models, and one while it trains.

    Columns: kind (finished, in training, line), text, N, bytes, validation, loss.
    """
    left, right = panels(fig, 2)
    for ax, texts in ((left, PROSE), (right, UNLIKE)):
        for text in texts:
            _one_text(ax, data[data["text"] == text], COLOURS[text])
        low, high = ax.get_xlim()
        ax.set(xlim=(high, min(low, 1.2)), xlabel=BETTER, ylabel=LOSS)
    ends = np.array(left.get_xlim())
    left.plot(ends, ends, color=MUTED, lw=1, ls=(0, (2, 2)), zorder=1)
    left.set(title="Other prose", ylim=(1.15, 3.05), xlim=ends)
    right.set(title="Dictionary and code", ylim=(2.4, 6.9))
    _name(left, data, {"novel": (0, 12), "modern": (0, -3), "scripture": (0, -8)})
    _name(left, data, {"commentary": (0, -4)})
    _name(right, data, {"dictionary": (0, -3), "code": (0, -3)})
    left.plot([], [], "o", color=MUTED, label="finished models")
    left.plot([], [], "-", color=MUTED, lw=1.2, label="largest, in training")
    left.plot([], [], color=MUTED, lw=1, ls=(0, (2, 2)), label="no offset")
    left.legend(loc="upper right", handlelength=1.4, borderaxespad=0.0)
    right.text(
        0.97, 0.04, "no line fits these", ha="right", color=MUTED, transform=right.transAxes
    )
    for ax in (left, right):
        ax.set_xticks([2.4, 2.0, 1.6, 1.2])


def _one_text(ax: Axes, rows: pd.DataFrame, colour: str) -> None:
    """The models of one text."""
    by = dict(iter(rows.groupby("kind")))
    under_way = by[TRAINING].sort_values("bytes")
    ax.plot(under_way["validation"], under_way["loss"], color=colour, lw=1.2)
    ax.plot(under_way["validation"], under_way["loss"], ".", color=colour, ms=3.5)
    if LINE in by:
        ax.plot(by[LINE]["validation"], by[LINE]["loss"], color=colour, lw=3.5, alpha=0.3)
    ax.plot(by[FINISHED]["validation"], by[FINISHED]["loss"], "o", color=colour, ms=5.5)


def _name(ax: Axes, data: pd.DataFrame, texts: dict[str, tuple[int, int]]) -> None:
    """Name texts to the right of their best finished model."""
    for text, (x, y) in texts.items():
        rows = data[(data["text"] == text) & (data["kind"] == FINISHED)]
        best = rows.sort_values("validation").iloc[0]
        at = (best["validation"], best["loss"])
        ax.annotate(text, at, (x + 7, y), color=COLOURS[text], **_NEAR)


def draw_offsets_measured(fig: Figure, data: pd.DataFrame) -> None:
    """Offsets of finished models against validation loss, and the slopes of the lines.

    Columns: kind (offset; slope, finished; slope, in training), text, N, validation, value,
    low, high.
    """
    left, right = panels(fig, 2)
    for text in PROSE:
        rows = data[(data["text"] == text) & (data["kind"] == OFFSET)].sort_values("N")
        x, colour = rows["validation"], COLOURS[text]
        left.vlines(x, rows["low"], rows["high"], color=colour, lw=2.5, alpha=0.5)
        left.plot(x, rows["value"], "o", color=colour)
        best = rows.sort_values("validation").iloc[0]
        left.annotate(text, (best["validation"], best["value"]), (9, -4), color=colour, **_NEAR)
    low, high = left.get_xlim()
    left.set(xlim=(high, low), ylim=(0, None), xlabel=BETTER, xticks=[2.0, 1.8, 1.6, 1.4])
    left.set(ylabel="offset, nats per byte", title="Above the validation text")
    for place, text in enumerate(reversed(PROSE)):
        for kind, shift, face in ((SLOPE, 0.12, None), (SLOPE_IN_TRAINING, -0.16, "none")):
            row = data[(data["text"] == text) & (data["kind"] == kind)].iloc[0]
            y, colour = place + shift, COLOURS[text]
            right.hlines(y, row["low"], row["high"], color=colour, lw=2.5, alpha=0.5)
            right.plot(row["value"], y, "o", color=colour, mfc=face or colour, mew=1.5, ms=6)
    right.axvspan(0.9, 1.1, color=GRID, alpha=0.6, lw=0, zorder=0)
    right.axvline(1.0, color=INK, lw=1)
    right.set_yticks(range(len(PROSE)), list(reversed(PROSE)))
    right.set(xlabel="slope, nats per nat", title="Slopes of the lines")
    right.set(ylim=(-0.6, len(PROSE) - 0.4), xlim=(0.5, 1.18))
    right.set_ylabel("text" if is_narrow(fig) else "")
    right.text(1.01, -0.5, "constant\noffset", color=INK)
    right.text(0.51, len(PROSE) - 0.83, "● finished\n○ in training", color=MUTED)
    right.grid(axis="y", visible=False)


def draw_far_text(fig: Figure, data: pd.DataFrame) -> None:
    """Rare pairs of bytes in each text, and what a table of counts pays for them.

    Columns: text, rare_pairs, trigram_loss, from_rare_pairs, from_others, first, best.
    """
    left, right = panels(fig, 2)
    places = np.arange(len(data))[::-1]
    colours = [COLOURS.get(text, MUTED) for text in data["text"]]
    left.barh(places, 100 * data["rare_pairs"], color=colours, height=0.6)
    for place, share, colour in zip(places, data["rare_pairs"], colours, strict=True):
        said = f"{100 * share:.1f} %" if share < 0.1 else f"{100 * share:.0f} %"
        left.annotate(said, (100 * share, place), (4, -4), color=colour, **_NEAR)
    left.set(xlabel="% of the text's bytes", title="End of a rare pair", xlim=(0, 47))
    right.barh(places, data["from_others"], color=PALETTE["sky"], height=0.6)
    right.barh(
        places, data["from_rare_pairs"], left=data["from_others"], color=PALETTE["orange"],
        height=0.6,
    )  # fmt: skip
    right.vlines(data["best"], places - 0.44, places + 0.44, color=INK, lw=2.5)
    right.set(xlabel="nats per byte", title="Loss of a table of counts", xlim=(0, 7))
    right.text(0.98, 0.95, "from rare pairs", color=PALETTE["orange"], **_right(right))
    right.text(0.98, 0.86, "from other bytes", color=PALETTE["sky"], **_right(right))
    right.text(0.98, 0.77, "┃ our best model", color=INK, **_right(right))
    for ax in (left, right):
        ax.set_yticks(places, list(data["text"]))
        ax.set_ylim(-0.6, len(data) - 0.4)
        ax.grid(axis="y", visible=False)
        ax.set_ylabel("text" if is_narrow(fig) else "")
    if not is_narrow(fig):
        right.tick_params(axis="y", labelleft=False)


def _right(ax: Axes) -> dict[str, Any]:
    return {"ha": "right", "va": "top", "transform": ax.transAxes}
