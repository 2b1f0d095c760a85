"""The house style of the figures: colours for a light and a dark page, axes, panels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

INK, MUTED, GRID = "#1f2328", "#57606a", "#d8dee4"

# Okabe and Ito's colours, darkened where thin lines on white need it (3:1 contrast at least).
PALETTE: dict[str, str] = {
    "blue": "#0b62a4",
    "orange": "#c8500a",
    "green": "#00805e",
    "purple": "#9b4f96",
    "amber": "#8a6000",
    "sky": "#3d8fc4",
    "grey": "#6b7280",
}

QUANTITY = {
    "parameters": PALETTE["blue"],
    "tokens": PALETTE["green"],
    "compute": PALETTE["amber"],
    "loss": PALETTE["purple"],
}
"""The colour that each quantity has in figures, formulas and words (companion.css: --q-...)."""

_QUANTITY_LABELS = {
    "parameters": "(non-embedding )?parameters|model size",
    "tokens": "(training )?tokens|training data",
    "compute": "(training )?compute",
    "loss": "(test |validation |training )?loss",
}

RAMP = ("#b9d7ee", "#86bbdf", "#5a9cc9", "#357db0", "#1b5f91", "#0c4370", "#06294a")
"""One hue from pale to deep, for an ordered quantity such as model size."""

RAMP_ON_DARK = ("#2b4a63", "#33628a", "#3d7db0", "#5197cf", "#72b2e8", "#9fceff", "#d3e9ff")

# The dark page shows the same drawing with these colours put in place of the light ones.
DARK: dict[str, str] = {
    INK: "#e6e9ed",
    MUTED: "#aab3bd",
    GRID: "#3b434d",
    PALETTE["blue"]: "#6cb6ff",
    PALETTE["orange"]: "#ff9b5e",
    PALETTE["green"]: "#45d6a5",
    PALETTE["purple"]: "#dba2e6",
    PALETTE["amber"]: "#f1c24a",
    PALETTE["sky"]: "#8fd2ff",
    PALETTE["grey"]: "#9aa4b0",
    **dict(zip(RAMP, RAMP_ON_DARK, strict=True)),
}

WIDE_WIDTH, NARROW_WIDTH = 7.2, 4.0  # inches: a text column of 690 px, and a phone's 390 px

_FILE = Path(__file__).with_name("house.mplstyle")
_STYLE: dict[Any, Any] = {
    **mpl.rc_params_from_file(_FILE, use_default_template=False),
    **dict.fromkeys(("axes.edgecolor", "xtick.color", "ytick.color"), MUTED),
    **dict.fromkeys(("axes.labelcolor", "axes.titlecolor", "text.color"), INK),
    **dict.fromkeys(("xtick.labelcolor", "ytick.labelcolor"), INK),
    "grid.color": GRID,
    "axes.prop_cycle": cycler(color=list(PALETTE.values())),
}


@contextmanager
def style() -> Iterator[None]:
    """Apply the house style inside a `with` block, and nothing of the user's own settings."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


def is_narrow(fig: Figure) -> bool:
    """Say whether a figure is being drawn for a phone's width."""
    return bool(fig.get_figwidth() < (WIDE_WIDTH + NARROW_WIDTH) / 2)


def panels(fig: Figure, n: int, **kwargs: Any) -> list[Axes]:
    """Put `n` panels side by side on a wide figure and below each other on a narrow one."""
    shape = (n, 1) if is_narrow(fig) else (1, n)
    return list(fig.subplots(*shape, squeeze=False, **kwargs).flat)


def color_labels(fig: Figure) -> None:
    """Give each label of an axis that still has no colour that of the quantity it names."""
    for axis in (axis for ax in fig.axes for axis in (ax.xaxis, ax.yaxis)):
        for quantity, words in _QUANTITY_LABELS.items():
            named = re.match(rf"(?:{words})(?=$|[,\n]| \(| of data)", axis.label.get_text())
            if named and axis.label.get_color() == INK:
                axis.label.set_color(QUANTITY[quantity])


def count_label(value: float) -> str:
    """Write a count as people say it: 1.4e12 as ``1.4T``, 70e9 as ``70B``."""
    rounded = float(f"{value:.3g}")  # first, so that 999.9e9 becomes 1T and not 1000B
    for scale, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")):
        if abs(rounded) >= scale:
            return f"{rounded / scale:,.10g}{letter}"
    return f"{rounded:.3g}"


def count_axis(axis: Axis, *, every: int = 1) -> None:
    """Label a logarithmic axis of counts 1M, 1B, 1T, one label in `every` decades."""
    axis.set_major_locator(LogLocator(base=10.0**every, numticks=20))
    axis.set_major_formatter(FuncFormatter(lambda value, _: count_label(value)))
    axis.set_minor_formatter(NullFormatter())


def plain_axis(axis: Axis, ticks: list[float] | None = None) -> None:
    """Label a logarithmic axis with plain numbers (2, 3, 5), for ranges under two decades."""
    if ticks is not None:
        axis.set_ticks(ticks)
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def darken(svg: bytes) -> bytes:
    """Return the same drawing in the colours of the dark page."""
    dark = re.sub(r"#[0-9a-f]{6}", lambda m: DARK.get(m.group(), m.group()), svg.decode())
    return dark.encode()


def note(
    ax: Axes,
    text: str,
    at: tuple[float, float],
    shift: tuple[float, float] = (5, 0),
    color: str = INK,
    **words: Any,
) -> None:
    """Write a few words beside a point, shifted right and up by so many points of type."""
    settings: dict[str, Any] = {"fontsize": 10, "va": "center", **words}
    ax.annotate(text, at, shift, textcoords="offset points", color=color, **settings)


def forest(
    ax: Axes, y: float, row: pd.Series[Any], color: str, *, marker: str = "o", lw: float = 2.2
) -> None:
    """Draw a row of value, low and high at height `y`: an interval, if any, with its value."""
    if pd.notna(row["low"]):
        ax.plot([row["low"], row["high"]], [y, y], "|-", color=color, lw=lw, ms=8, mew=1.5)
    ax.plot(row["value"], y, marker, color=color, ms=7, zorder=5)


_NUMBER = re.compile(r"-?\d+\.\d+")
_PLACES = re.compile(
    r'(?P<name>\b(?:d|x|y|points)=")(?P<path>[^"]*)"|(?P<move>translate\()(?P<by>[^)]*)\)'
)
_LAYOUT = re.compile(r">\s+<")


def smaller(svg: bytes) -> bytes:
    """Return the picture with places to a hundredth of a point, and without blanks between tags.

    Scales, sizes, colours and texts stay as they are.
    """
    text = _PLACES.sub(_shorter, svg.decode())
    return _LAYOUT.sub("><", text).encode()


def _shorter(found: re.Match[str]) -> str:
    if found["move"]:
        return f"{found['move']}{_rounded(found['by'])})"
    path = re.sub(r"\s*([A-Za-z])\s*", r"\1", _rounded(found["path"]))
    return f'{found["name"]}{" ".join(path.split())}"'


def _rounded(numbers: str) -> str:
    return _NUMBER.sub(
        lambda n: f"{round(float(n[0]), 2) + 0.0:.2f}".rstrip("0").rstrip("."), numbers
    )
