"""Marks that many figures share: words beside a point, and an interval with its value."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from scaling_utils.figures.style import INK


def note(
    ax: Axes,
    text: str,
    at: tuple[float, float],
    shift: tuple[float, float] = (5, 0),
    color: str = INK,
    **words: Any,
) -> None:
    """Write a few words beside a point, shifted by so many points of type.

    Parameters
    ----------
    ax : Axes
    text : str
    at : tuple of float
        The point, in the units of the axes.
    shift : tuple of float
        To the right and up, in points of type.
    color : str
    **words
        Anything else that Matplotlib's text takes, such as ``ha="right"``.
    """
    settings: dict[str, Any] = {"fontsize": 10, "va": "center", **words}
    ax.annotate(text, at, shift, textcoords="offset points", color=color, **settings)


def forest(
    ax: Axes, y: float, row: pd.Series[Any], color: str, *, marker: str = "o", lw: float = 2.2
) -> None:
    """Draw an interval with its value on it; the value alone where there is no interval.

    Parameters
    ----------
    ax : Axes
    y : float
        Height of the row.
    row : Series
        value, low, high; NaN ends for no interval.
    color, marker, lw
        Of the line and its mark.
    """
    if pd.notna(row["low"]):
        ax.plot([row["low"], row["high"]], [y, y], "|-", color=color, lw=lw, ms=8, mew=1.5)
    ax.plot(row["value"], y, marker, color=color, ms=7, zorder=5)
