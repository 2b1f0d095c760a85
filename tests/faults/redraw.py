"""Draw one figure anew from its notebook, as it lies here, in place of the one that was built.

It is given to pytest before the tests that look at the figure, and named in `ASKED`: cells run
up to the one that publishes it, and what it draws, its table and its words are left where a build
leaves them. Its pictures are not.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import first_cell
import matplotlib.pyplot as plt
from about import ROOT, SITE

from scaling_utils import figures
from scaling_utils.figures import registry
from scaling_utils.figures.style import NARROW_WIDTH, WIDE_WIDTH, style

ASKED = SITE.parent / "redraw.json"


class Drawn(Exception):
    """The figure has been drawn; what comes after it does not matter."""


def publish(figure_id: str, draw: Any, data: Any, *, height: float = 4.2, **words: Any) -> None:
    """Stand in for the registry's own, and stop at the figure that is asked for."""
    if figure_id != asked["figure"]:
        return
    several = isinstance(data, dict)
    table = registry._joined(data) if several else data
    columns = {"table": f"which of the tables: {', '.join(data)}"} if several else {}
    columns |= words["columns"]
    sizes = {"wide": (WIDE_WIDTH, height)}
    sizes["narrow"] = (NARROW_WIDTH, words.get("narrow_height") or height)
    with style(), plt.rc_context({"figure.constrained_layout.use": False}):
        drawing = (lambda fig: draw(fig, **data)) if several else (lambda fig: draw(fig, data))
        drawn = {
            width: registry.record(registry._draw(drawing, *size)) for width, size in sizes.items()
        }
    card = json.loads((SITE / "figures" / f"{figure_id}.json").read_text("utf-8"))
    told = {name: words[name] for name in ("title", "caption", "alt")}
    card |= {"columns": columns, "rows": len(table), **told}
    put(SITE.parent / "drawn" / f"{figure_id}.json", json.dumps(drawn))
    put(SITE / "figures" / f"{figure_id}.csv", table.to_csv(index=False, lineterminator="\n"))
    put(SITE / "figures" / f"{figure_id}.json", json.dumps(card, indent=1, ensure_ascii=False))
    raise Drawn


def put(path: Path, text: str) -> None:
    """Write a file anew: it may be a link to the site's own."""
    path.unlink()
    path.write_text(text, "utf-8")


def redraw() -> None:
    """Run the notebook's cells until the figure is drawn."""
    figures.publish = publish
    cells = json.loads((ROOT / asked["notebook"]).read_text("utf-8"))["cells"]
    code = [c for c in cells if c["cell_type"] == "code" and c["id"] != first_cell.ID]
    names: dict[str, Any] = {"__name__": "notebook"}
    try:
        for cell in code:
            exec("".join(cell["source"]), names)
    except Drawn:
        return
    raise ValueError(f"{asked['notebook']} does not publish {asked['figure']!r}")


if ASKED.exists():  # only in a copy, and for one figure
    asked = json.loads(ASKED.read_text("utf-8"))
    redraw()
