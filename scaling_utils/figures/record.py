"""What a figure shows, as plain values: the tests compare it with the figure's table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.text import Text


def record(fig: Figure) -> dict[str, Any]:
    """Return the figure's size and its texts' boxes in pixels, and what each axes draws."""
    fig.draw_without_rendering()
    legends = [each for each in (*fig.legends, *(ax.get_legend() for ax in fig.axes)) if each]
    texts = [*fig.texts, *(text for each in legends for text in each.get_texts())]
    texts += [text for ax in fig.axes for text in _texts(ax)]
    return {
        "size": [float(side) for side in fig.bbox.size],
        "texts": [
            {"text": text.get_text(), "box": list(text.get_window_extent().extents)}
            for text in texts
            if text.get_visible() and text.get_text().strip()
        ],
        "axes": [_axes(ax) for ax in fig.axes],
    }


def _texts(ax: Axes) -> Iterator[Text]:
    yield from ax.texts
    yield from (ax.title, ax.xaxis.label, ax.yaxis.label)
    for axis in (ax.xaxis, ax.yaxis):
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks():
            if low <= tick.get_loc() <= high:
                yield tick.label1


def _axes(ax: Axes) -> dict[str, Any]:
    """Coordinates in data units; what is placed in any other way is no datum."""
    drawn: list[tuple[str, Any, Any]] = []
    for line in ax.lines:
        if line.get_transform() == ax.transData:
            drawn.append(("line", line.get_label(), line.get_xydata()))
    for each in ax.collections:
        if isinstance(each, PathCollection):
            drawn.append(("points", each.get_label(), each.get_offsets()))
        elif each.get_transform() == ax.transData:
            drawn += [("band", each.get_label(), path.vertices) for path in each.get_paths()]
    return {
        "labels": [ax.get_xlabel(), ax.get_ylabel()],
        "ticks": [
            [tick.label1.get_text() for tick in axis.get_major_ticks()]
            for axis in (ax.xaxis, ax.yaxis)
        ],
        "drawn": [
            {"kind": kind, "label": str(label), "xy": np.asarray(xy, dtype=float).tolist()}
            for kind, label, xy in drawn
        ],
    }
