"""Says which drawn values are in no column of a figure's table: nothing drawn may be made up."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# A column may be drawn as it is, as per cent of a fraction, or in billions.
_SCALES = (1.0, 100.0, 1e-9)


def made_up(
    fig: Figure, table: pd.DataFrame, *, rows: bool = False, also: tuple[float, ...] = ()
) -> list[float]:
    """Values of lines and bands that are in no column; `rows` says that y is only a place."""
    columns = table.select_dtypes("number").to_numpy().ravel()
    known = np.unique(np.concatenate([columns * scale for scale in _SCALES] + [np.array(also)]))
    known = known[np.isfinite(known)]
    return [
        float(value)
        for ax in fig.axes
        for values in _drawn(ax, rows)
        for value in values[np.isfinite(values)]
        if np.abs(known - value).min() > 1e-6 * abs(value) + 1e-12
    ]


def _drawn(ax: Axes, rows: bool) -> Iterator[np.ndarray]:
    for line in ax.lines:
        if line.get_transform() == ax.transData:
            points = np.asarray(line.get_xydata(), dtype=float)
            yield points[:, 0]
            # A level line marks a place, not a value.
            if not rows and len(np.unique(points[:, 1])) == len(np.unique(points[:, 0])):
                yield points[:, 1]
    for band in ax.collections:
        for path in band.get_paths():
            if band.get_transform() == ax.transData:
                yield np.asarray(path.vertices, dtype=float)[:, 0]
                if not rows:
                    yield np.asarray(path.vertices, dtype=float)[:, 1]
