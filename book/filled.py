"""A chapter as a notebook of its own: executed, filled in, with its figures as pictures.

From what the build executed: outputs stay, text is filled in (`filling.fill`), each figure has a
heading with its number, its picture and its caption. Nothing in it depends on where or when it
was made.
"""

from __future__ import annotations

import base64
import copy
import io
import json
import re
from functools import cache, partial
from pathlib import Path
from typing import Any

from filling import Known, fill, no_html
from PIL import Image

FIGURE = re.compile(r"```\{companion-figure\} ([\w-]+)\n")
COLOURS = 128


def filled(executed: dict[str, Any], known: Known, figures: Path, *, live: bool) -> dict[str, Any]:
    """The notebook that the site offers; `live` is for JupyterLab with `jupyterlab-myst`."""
    say = partial(fill, known=known, live=live)
    cells = []
    for cell in executed["cells"]:
        new: dict[str, Any] = {"cell_type": cell["cell_type"], "id": cell["id"]}
        tags = {key: cell["metadata"][key] for key in ("tags",) if key in cell["metadata"]}
        if cell["cell_type"] == "markdown":
            told = _values(cell["source"], known) if live else {}
            cells.append(new | {"metadata": tags | told, "source": say(cell["source"])})
            continue
        if {"hide-input", "hide-cell", "remove-cell"} & set(tags.get("tags", ())):
            tags["jupyter"] = {"source_hidden": True}  # closed, as on the site; a click opens it
        outputs = []
        for output in cell["outputs"]:
            if found := FIGURE.match(output.get("data", {}).get("text/markdown", "")):
                card = json.loads((figures / f"{found[1]}.json").read_text("utf-8"))
                cells.append(heading(card, known))
                outputs += _figure(card, figures, say)
            else:
                outputs.append(_steady(output))
        more = {"execution_count": cell["execution_count"], "metadata": tags, "outputs": outputs}
        cells.append(new | more | {"source": cell["source"]})
    meta = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return {"cells": cells, "metadata": meta, "nbformat": 4, "nbformat_minor": 5}


def written(notebook: dict[str, Any]) -> str:
    """The text of a notebook's file: lines of a source apart, as in the repository."""
    parts = copy.deepcopy(notebook)
    for cell in parts["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)
    return json.dumps(parts, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _values(text: str, known: Known) -> dict[str, Any]:
    """What the text's expressions gave, where `jupyterlab-myst` keeps it: shown before a run."""
    asked = dict.fromkeys(re.findall(r"\{eval\}`([^`]+)`", text))
    told = [
        {
            "expression": each,
            "result": {
                "status": "ok",
                "data": {"text/plain": repr(known.values[each])},
                "metadata": {},
            },
        }
        for each in asked
    ]
    return {"user_expressions": told} if told else {}


def heading(card: dict[str, Any], known: Known) -> dict[str, Any]:
    """Number and title, in a cell of their own: they stay when the figure is drawn again."""
    return {
        "cell_type": "markdown",
        "id": f"fig-{card['id']}"[:64],
        "metadata": {},
        "source": f"**{known.figure(card['id'])}.** {no_html(card['title'])}".strip(),
    }


def _figure(card: dict[str, Any], figures: Path, say: Any) -> list[dict[str, Any]]:
    """The picture, as PNG: JupyterLab shows no SVG of a notebook that it does not trust."""
    width, height = (round(96 * inches) for inches in card["size"])
    caption = say(no_html(card["caption"]))
    about = {"alt": card["alt"], "width": width, "height": height}
    picture = {"image/png": _picture(figures / f"{card['id']}.png"), "text/plain": card["alt"]}
    return [
        _display(picture, {"image/png": about}),
        _display({"text/markdown": caption, "text/plain": caption}, {}),
    ]


def _display(data: dict[str, str], metadata: dict[str, Any]) -> dict[str, Any]:
    return {"output_type": "display_data", "data": data, "metadata": metadata}


@cache
def _picture(path: Path) -> str:
    """A PNG in few colours, a third of the bytes: the file itself is for print."""
    out = io.BytesIO()
    with Image.open(path) as image:
        few = image.convert("RGB").quantize(
            COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
        )
        few.save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def _steady(output: dict[str, Any]) -> dict[str, Any]:
    """An output without what differs from run to run: the place of an object in memory."""
    data = output.get("data", {})
    if "text/plain" in data:
        text = re.sub(r" at 0x[0-9a-f]+", "", data["text/plain"])
        return output | {"data": data | {"text/plain": text}}
    return output
