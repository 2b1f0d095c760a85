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
from extending import SAFE, at_end
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


def _add_scripts(
    app: Sphinx, _page: str, _template: str, _context: dict[str, Any], doctree: nodes.document
) -> None:
    """On pages that have something to touch, and on no other."""
    if doctree and any("touchable" in f["classes"] for f in doctree.findall(nodes.figure)):
        app.add_js_file("touch.js", loading_method="defer")
        app.add_css_file("touch.css")


def _write_vega(app: Sphinx) -> None:
    (Path(app.outdir) / VEGA).write_text(charts.script(), "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", _add_scripts)
    at_end(app, _write_vega)
    return SAFE
