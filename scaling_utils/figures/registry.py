"""The registry that makes each figure citable: one id, one table, pictures for every page.

A figure is drawn from one tidy table and nothing else, so the CSV beside it *is* its data.
`publish` draws it wide and narrow, light and dark, and writes `<id>.svg`, `.pdf`, `.png`, `.csv`
and `.json` under one stable id. Pictures say inside what they are, whose, and under which licence;
the card `<id>.json` says it for the CSV.
Files are the same byte for byte on every machine: fixed SVG ids, no date but the book's.
"""

from __future__ import annotations

import base64
import html
import io
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.text import Text

from scaling_utils.figures.style import (
    NARROW_WIDTH,
    WIDE_WIDTH,
    color_labels,
    darken,
    smaller,
    style,
)
from scaling_utils.figures.touch import Touch

FIGURES_DIR = "SCALING_UTILS_FIGURES"
"""Environment variable that names the folder where `publish` writes; the book build sets it."""

PROVENANCE = "SCALING_UTILS_PROVENANCE"
"""Environment variable that says, as JSON, which book a file is from; the book build sets it."""


FORMULA = re.compile(r"[=@\t\r]|[+-](?!(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$)")  # a formula begins so


@dataclass(frozen=True)
class PublishedFigure:
    """A figure that has been drawn: a notebook shows the picture with its caption.

    Inside the book's build it hands its id to the book, which adds number, links and citation.
    """

    id: str
    caption: str
    alt: str
    data: pd.DataFrame
    svg: bytes
    in_book: bool = False
    touch: Touch | None = None

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        if self.in_book:
            return {"text/markdown": f"```{{companion-figure}} {self.id}\n```\n"}
        if self.touch is not None:  # JupyterLab draws it itself; elsewhere the picture stands
            return {
                "application/vnd.vegalite.v5+json": self.touch.spec() | {"width": 600},
                "image/svg+xml": self.svg.decode(),
                "text/plain": f"{self.id}: {self.caption}",
            }
        picture = base64.b64encode(self.svg).decode()
        alt, caption = html.escape(self.alt, quote=True), html.escape(self.caption)
        return {
            "text/html": (
                f'<figure style="background:white;color:black;padding:.5em">'
                f'<img alt="{alt}" src="data:image/svg+xml;base64,{picture}">'
                f"<figcaption>{caption}</figcaption></figure>"
            ),
            "text/plain": f"{self.id}: {self.caption}",
        }


def publish(
    figure_id: str,
    draw: Callable[..., None],
    data: pd.DataFrame | Mapping[str, pd.DataFrame],
    *,
    title: str,
    caption: str,
    alt: str,
    columns: Mapping[str, str],
    height: float = 4.2,
    narrow_height: float | None = None,
    touch: Touch | None = None,
    directory: Path | str | None = None,
) -> PublishedFigure:
    """Draw a figure from its table and register it under a stable id.

    Parameters
    ----------
    figure_id : str
        Lower-case words joined by hyphens. It names the files and the address: choose it once.
    draw : callable
        ``draw(fig, data)`` draws on an empty figure, from `data` alone; of several tables each
        comes by its name, as in ``draw(fig, curve=..., ends=...)``. Ask `is_narrow(fig)` or use
        `panels` to lay out for a phone.
    data : DataFrame or mapping of str to DataFrame
        Everything that is drawn, tidy: one row per point. Several tables, by name, become one
        file with a first column `table`.
    title, caption, alt : str
        A few words for the list of figures; what makes sense without the text around it; what the
        picture shows, for a reader who cannot see it.
    columns : mapping of str to str
        What each column of `data` is, with its unit (not `table`, which says itself).
    height, narrow_height : inches; the narrow figure is as high as the wide one if not given
    touch : a chart with inputs, which takes the picture's place on a page that runs scripts
    directory : where to write the files; else the book build's folder, or nowhere outside a build
    """
    tables = data.values() if isinstance(data, Mapping) else [data]
    if not isinstance(columns, Mapping) or not all(isinstance(x, pd.DataFrame) for x in tables):
        raise ValueError("figure: data must be a table or several by name, columns words by name")
    if isinstance(data, pd.DataFrame):
        table, drawing, columns = data, lambda fig: draw(fig, data), dict(columns)
    else:
        table, drawing = _joined(data), partial(draw, **data)
        columns = {"table": f"which of the tables: {', '.join(data)}", **columns}
    _check(figure_id, table, columns, title=title, caption=caption, alt=alt)
    unasked: Any = {"figure.constrained_layout.use": False}
    with style(), mpl.rc_context(unasked):
        told: dict[str, str] = json.loads(os.environ.get(PROVENANCE, "{}"))
        origin = {name: said for name, said in told.items() if said}
        inside = _inside(figure_id, title, alt, origin)
        wide = _draw(drawing, WIDE_WIDTH, height)
        svg = _save(wide, "svg", inside["svg"])
        folder = directory or os.environ.get(FIGURES_DIR)
        if folder:
            slim = _draw(drawing, NARROW_WIDTH, narrow_height or height)
            narrow = _save(slim, "svg", inside["svg"])
            pictures = {
                ".svg": svg,
                ".dark.svg": darken(svg),
                ".narrow.svg": narrow,
                ".narrow.dark.svg": darken(narrow),
                ".png": _save(wide, "png", inside["png"], dpi=200),
                ".pdf": _save(wide, "pdf", inside["pdf"]),
            }
            card = {
                "id": figure_id,
                "title": title,
                "caption": caption,
                "alt": alt,
                **origin,
                "files": [figure_id + ending for ending in (*pictures, ".csv")],
                "columns": columns,
                "rows": len(table),
                "size": [WIDE_WIDTH, height],
                "narrow_size": [NARROW_WIDTH, narrow_height or height],
            }
            files = pictures | {
                ".csv": table.to_csv(index=False, lineterminator="\n").encode(),
                ".json": json.dumps(card, indent=1, ensure_ascii=False).encode(),
            }
            _write(Path(folder), {figure_id + ending: each for ending, each in files.items()})
            if touch is not None:
                content = json.dumps(touch.card(), ensure_ascii=False).encode()
                _write(Path(folder) / "touch", {f"{figure_id}.json": content})
            if directory is None:  # in a build of the book
                content = json.dumps({"wide": record(wide), "narrow": record(slim)}).encode()
                _write(Path(folder).parent / "drawn", {f"{figure_id}.json": content})
    return PublishedFigure(figure_id, caption, alt, table, svg, FIGURES_DIR in os.environ, touch)


def _check(figure_id: str, data: pd.DataFrame, columns: Mapping[str, str], **words: str) -> None:
    if not re.fullmatch(r"'[a-z][a-z0-9]*(-[a-z0-9]+)*'", repr(figure_id)):
        raise ValueError(f"figure_id {figure_id!r} must be lower-case words joined by hyphens")
    for name, text in words.items():
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"figure {figure_id!r} has no {name}; write one")
    if data.empty:
        raise ValueError(f"figure {figure_id!r} has no data: the table is empty")
    if set(columns) != set(data.columns):
        odd = sorted(map(str, set(columns) ^ set(data.columns)))
        raise ValueError(
            f"figure {figure_id!r}: describe every column of its table and no other; "
            f"these do not match: {', '.join(odd)}"
        )
    for cell in [*data, *data.to_numpy(dtype=object).ravel()]:
        if isinstance(cell, str) and FORMULA.match(cell):
            raise ValueError(f"{cell!r} of figure {figure_id!r} would be taken for a formula")


def _joined(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The tables one below the other, whole numbers staying whole beside empty cells."""
    parts = [table.astype(object).assign(table=name) for name, table in tables.items()]
    whole = pd.concat(parts, ignore_index=True)
    return whole[["table", *(name for name in whole if name != "table")]]


def _draw(draw: Callable[[Figure], None], width: float, height: float) -> Figure:
    fig = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(fig)  # lets `draw` measure text; nothing opens a window
    draw(fig)
    color_labels(fig)
    if (engine := fig.get_layout_engine()) is not None:
        engine.execute(fig)
        fig.set_layout_engine(None)  # else each saving would lay it out again
    return fig


def _save(fig: Figure, kind: str, metadata: dict[str, Any], **kwargs: Any) -> bytes:
    buffer = io.BytesIO()
    facecolor = "none" if kind == "svg" else "white"
    fig.savefig(buffer, format=kind, metadata=metadata, facecolor=facecolor, **kwargs)
    return smaller(buffer.getvalue()) if kind == "svg" else buffer.getvalue()


def _inside(
    figure_id: str, title: str, alt: str, origin: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """What a picture says of itself, by its kind: each has names of its own for the same things.

    What is not known is None, and Matplotlib leaves it out.
    """
    book, authors, rights, date = map(origin.get, ("book", "authors", "license", "date"))
    told = [f"{name} {origin[name]}" for name in ("version", "commit") if name in origin]
    source = ", ".join(filter(None, [book, *told, origin.get("address")])) or None
    day = datetime.fromisoformat(date).replace(tzinfo=UTC) if date else None
    both = {"Title": title, "Description": alt, "Identifier": figure_id, "Source": source}
    return {
        "svg": both | {"Creator": authors, "Rights": rights, "Date": date},
        "png": both
        | {"Author": authors, "Copyright": rights, "Creation Time": date, "Software": None},
        "pdf": {
            "Title": title,
            "Author": authors,
            "Subject": source,
            "Keywords": ", ".join(filter(None, [figure_id, rights])),
            "CreationDate": day,
        },
    }


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write each file whole or not at all: an interrupted build leaves no half figure."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        part = folder / f".{name}.part"
        part.write_bytes(content)
        part.replace(folder / name)


def record(fig: Figure) -> dict[str, Any]:
    """Return the figure's size and its texts' boxes in pixels, and what each axes draws."""
    fig.draw_without_rendering()
    legends = [each for each in (*fig.legends, *(ax.get_legend() for ax in fig.axes)) if each]
    texts = [*fig.texts, *(text for each in legends for text in each.get_texts())]
    texts += [text for ax in fig.axes for text in _texts(ax)]
    return {
        "size": [float(side) for side in fig.bbox.size],
        "texts": [
            {"text": text.get_text(), "box": list(text.get_window_extent().extents)}
            for text in texts
            if text.get_visible() and text.get_text().strip()
        ],
        "axes": [_axes(ax) for ax in fig.axes],
    }


def _texts(ax: Axes) -> Iterator[Text]:
    yield from ax.texts
    yield from (ax.title, ax.xaxis.label, ax.yaxis.label)
    for axis in (ax.xaxis, ax.yaxis):
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks():
            if low <= tick.get_loc() <= high:
                yield tick.label1


def _axes(ax: Axes) -> dict[str, Any]:
    """Coordinates in data units; what is placed in any other way is no datum."""
    drawn: list[tuple[str, Any, Any]] = []
    for line in ax.lines:
        if line.get_transform() == ax.transData:
            drawn.append(("line", line.get_label(), line.get_xydata()))
    for each in ax.collections:
        if isinstance(each, PathCollection):
            drawn.append(("points", each.get_label(), each.get_offsets()))
        elif each.get_transform() == ax.transData:
            drawn += [("band", each.get_label(), path.vertices) for path in each.get_paths()]
    for bar in (each for each in ax.patches if each.get_data_transform() == ax.transData):
        corners = bar.get_patch_transform().transform(bar.get_path().vertices)
        drawn.append(("bar", bar.get_label(), corners[[0, 2]]))
    return {
        "title": ax.get_title(loc="left"),
        "labels": [ax.get_xlabel(), ax.get_ylabel()],
        "ticks": [
            [tick.label1.get_text() for tick in axis.get_major_ticks()]
            for axis in (ax.xaxis, ax.yaxis)
        ],
        "drawn": [
            {"kind": kind, "label": str(label), "xy": np.asarray(xy, dtype=float).tolist()}
            for kind, label, xy in drawn
        ],
    }
