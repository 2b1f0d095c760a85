"""The figures: house style (`style`) and the registry that makes each one citable (`registry`)."""

from scaling_utils.figures.marks import forest, note
from scaling_utils.figures.registry import FIGURES_DIR, PublishedFigure, publish
from scaling_utils.figures.style import (
    DARK,
    GRID,
    INK,
    MUTED,
    NARROW_WIDTH,
    PALETTE,
    RAMP,
    WIDE_WIDTH,
    count_axis,
    count_label,
    darken,
    is_narrow,
    panels,
    plain_axis,
    style,
)

__all__ = [
    "DARK",
    "FIGURES_DIR",
    "GRID",
    "INK",
    "MUTED",
    "NARROW_WIDTH",
    "PALETTE",
    "RAMP",
    "WIDE_WIDTH",
    "PublishedFigure",
    "count_axis",
    "count_label",
    "darken",
    "forest",
    "is_narrow",
    "note",
    "panels",
    "plain_axis",
    "publish",
    "style",
]
