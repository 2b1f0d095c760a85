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
    """Write a few words beside a point, shifted right and up by so many points of type.

    `words` is anything else that Matplotlib's text takes, such as ``ha="right"``.
    """
    settings: dict[str, Any] = {"fontsize": 10, "va": "center", **words}
    ax.annotate(text, at, shift, textcoords="offset points", color=color, **settings)


def forest(
    ax: Axes, y: float, row: pd.Series[Any], color: str, *, marker: str = "o", lw: float = 2.2
) -> None:
    """Draw a row of value, low and high at height `y`: an interval with its value on it.

    Where the ends are NaN the value stands alone.
    """
    if pd.notna(row["low"]):
        ax.plot([row["low"], row["high"]], [y, y], "|-", color=color, lw=lw, ms=8, mew=1.5)
    ax.plot(row["value"], y, marker, color=color, ms=7, zorder=5)
