"""Draws a figure as the book does, for the tests of the drawings."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from scaling_utils.figures import style


def rendered(
    draw: Callable[[Figure, pd.DataFrame], None], table: pd.DataFrame, width: float, height: float
) -> Figure:
    """Draw in the house style and lay out, so that texts have their places."""
    with style():
        fig = Figure(figsize=(width, height))
        FigureCanvasAgg(fig)
        draw(fig, table)
        fig.draw_without_rendering()
    return fig


def assert_notes_stay_on_the_figure_and_apart(fig: Figure) -> None:
    """No text in the axes leaves the figure or covers another; no legend is wider than it."""
    for ax in fig.axes:
        boxes = [text.get_window_extent() for text in ax.texts]
        for i, box in enumerate(boxes):
            assert 0 <= box.x0 <= box.x1 <= fig.bbox.x1, ax.texts[i].get_text()
            assert 0 <= box.y0 <= box.y1 <= fig.bbox.y1, ax.texts[i].get_text()
            assert not any(box.overlaps(other) for other in boxes[i + 1 :]), ax.texts[i].get_text()
    for legend in fig.legends:
        box = legend.get_window_extent()
        assert 0 <= box.x0 <= box.x1 <= fig.bbox.x1
