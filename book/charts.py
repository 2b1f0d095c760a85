"""Charts that can be touched, made ready when the book is built.

A notebook says a chart in Vega-Lite. Here it gets the house style and becomes a chart of Vega, so
that a page needs half of Vega's scripts: those that draw. `touch.js` puts in the page's font, the
size of the letters for its width, and the colours of the dark page.
"""

from __future__ import annotations

import copy
import re
from typing import Any

import vl_convert

from scaling_utils.figures.style import QUANTITY

FONT, SIZE = "the page's font", 13.013  # both are replaced by what the page has
TITLES = {
    "parameters": r"((non-embedding )?parameters|model size)\b(?! per)",
    "tokens": r"((training )?tokens|training data)\b(?! per)",
    "compute": r"(training )?compute\b",
    "loss": r"((test|validation|training) )?loss\b",
}
"""How the title of an axis starts that has the colour of a quantity."""
INK, MUTED, GRID = "#1f2328", "#57606a", "#d8dee4"
CATEGORIES = ["#0b62a4", "#c8500a", "#00805e", "#9b4f96", "#8a6000", "#3d8fc4", "#6b7280"]

SCRIPT = """
import { View } from "/npm/vega-view@6.1.0/+esm";
import { parse } from "/npm/vega-parser@7.1.0/+esm";
import { expressionInterpreter } from "/npm/vega-interpreter@2.0.0/+esm";
import { transforms } from "/npm/vega-dataflow@6.1.0/+esm";
import * as data from "/npm/vega-transforms@5.1.0/+esm";
import * as layout from "/npm/vega-view-transforms@5.1.0/+esm";
import * as encode from "/npm/vega-encode@5.1.0/+esm";
Object.assign(transforms, data, layout, encode);
window.companionVega = { View, parse, expressionInterpreter };
"""
"""Of Vega what draws and computes, without maps, networks, trees and the like."""


def script() -> str:
    """Vega's scripts, within a function: their names would collide with those of Sphinx."""
    return f"(()=>{{{vl_convert.javascript_bundle(SCRIPT)}}})();\n"


def ready(told: dict[str, Any]) -> dict[str, Any]:
    """What a page is told of a figure, with its chart as Vega draws it."""
    spec = copy.deepcopy(told["spec"])
    for param in spec.get("params", []):
        param.pop("bind", None)  # the page has inputs of its own
    _colour_titles(spec)
    chart = vl_convert.vegalite_to_vega(spec | {"config": look()})
    return {name: said for name, said in told.items() if name != "spec"} | {"chart": chart}


def look() -> dict[str, Any]:
    """The house style of figures, in the colours of the light page."""
    words = dict.fromkeys(("labelFontSize", "titleFontSize"), SIZE)
    words |= dict.fromkeys(("labelColor", "titleColor"), INK)
    return {
        "background": None,
        "aria": False,  # the chart has one text for all of it
        "mark": {"aria": False},
        "font": FONT,
        "padding": {"left": 0, "right": 14, "top": 2, "bottom": 0},
        "view": {"stroke": None},
        "axis": words
        | {"titleFontWeight": 400, "gridColor": GRID, "domainColor": MUTED, "tickColor": MUTED}
        | {"gridWidth": 0.7, "tickSize": 4, "labelPadding": 5, "titlePadding": 8}
        | {"labelOverlap": "greedy", "labelSeparation": 6, "labelFlush": False},
        "axisY": {"domain": False, "ticks": False, "titleAngle": 0, "titleAlign": "left"}
        | {"titleAnchor": "start", "titleX": 0, "titleY": -10, "titleBaseline": "bottom"},
        "line": {"strokeWidth": 2.5, "clip": True},
        "rule": {"strokeWidth": 1.6},
        "point": {"filled": True, "size": 70, "opacity": 1},
        "text": {"fontSize": SIZE, "color": INK},
        "legend": words
        | {"orient": "top", "title": None, "symbolSize": 90, "padding": 0, "offset": 8},
        "range": {"category": CATEGORIES},
    }


def _colour_titles(part: Any) -> None:
    """A quantity has one colour in the whole book: also the title of its axis."""
    if isinstance(part, list):
        for each in part:
            _colour_titles(each)
    if not isinstance(part, dict):
        return
    for name, inner in part.items():
        title = inner.get("title") if name in ("x", "y") and isinstance(inner, dict) else None
        for quantity, words in TITLES.items():
            if isinstance(title, str) and re.match(words, title):
                inner["axis"] = {"titleColor": QUANTITY[quantity]} | (inner.get("axis") or {})
        if name != "datasets":
            _colour_titles(inner)
