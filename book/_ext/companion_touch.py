"""What a touchable figure needs: its chart within the page, and the scripts that draw it.

A notebook's `publish(..., touch=...)` leaves the chart in ``figures/touch/<id>.json``. It stands
in the page itself, as a page opened as a file may fetch nothing; Vega's scripts are written once
and loaded when such a figure comes near.
"""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

import charts
from docutils import nodes
from extending import SAFE, at_end, only_where
from sphinx.application import Sphinx

VEGA = "_static/vega.js"


def touchable(figures: Path, card: dict[str, Any], root: str) -> str:
    """The chart of a figure, hidden until a script opens it; empty for one that has none."""
    path = figures / "touch" / f"{card['id']}.json"
    if not path.exists():
        return ""
    told = json.dumps(charts.ready(json.loads(path.read_text("utf-8"))), separators=(",", ":"))
    told = told.replace("<", "\\u003c")  # nothing in it can end the script
    alt = html.escape(card["alt"], quote=True)
    return (
        f'<div class="companion-touch" data-id="{card["id"]}" data-vega="{root}{VEGA}" '
        f'data-alt="{alt}" hidden><script type="application/json">{told}</script></div>'
    )


def _can_be_touched(_page: str, _context: Any, doctree: nodes.document | None) -> bool:
    figures = doctree.findall(nodes.figure) if doctree else ()
    return any("touchable" in figure["classes"] for figure in figures)


def _write_vega(app: Sphinx) -> None:
    (Path(app.outdir) / VEGA).write_text(charts.script(), "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    only_where(app, _can_be_touched, "touch.js", "touch.css")
    at_end(app, _write_vega)
    return SAFE
