"""Fits as files: saved as JSON and read again, and a report as one page of HTML."""

from __future__ import annotations

import io
import json
import math
import os
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scaling_utils import __version__
from scaling_utils.fitting.result import USABLE
from scaling_utils.laws.base import Law
from scaling_utils.own.runs import Runs
from scaling_utils.own.words import html

SAVED = '{"kind": "a fit by scaling_utils", '
REPORT = '<!doctype html>\n<html lang="en" data-by="scaling_utils">'
"""How the files begin: a file that begins otherwise is not written over."""

SAME = 1e-6
"""Relative difference of constants that the rounding of another computer may make."""


def save(fit: Any, path: str | Path) -> None:
    """Write a fit as JSON: what was asked, what came out, and the runs, to the last digit."""
    proof = fit.found.certificate
    said = {
        "kind": "a fit by scaling_utils",
        "version": __version__,
        "asked": fit.asked,
        "status": fit.status,
        "law": fit.law.to_dict() if fit.status in USABLE else None,
        "certificate": asdict(proof) if proof else None,
        "message": fit.message,
        "notes": fit.notes,
        "runs": {f.name: getattr(fit.runs, f.name) for f in fields(fit.runs) if f.init},
    }
    _write(path, json.dumps(_plain(said), allow_nan=False) + "\n", SAVED)


def read(path: str | Path, fit: Callable[..., Any]) -> Any:
    """The saved fit: its runs fitted again, with the constants of the file if they agree."""
    text = Path(path).read_text("utf-8", errors="replace")
    if not text.startswith(SAVED):
        raise ValueError(f"{path} is not a fit that was saved by scaling_utils")
    try:
        said = json.loads(text)
        runs = Runs(**{name: _filled(value) for name, value in said["runs"].items()})
        again, law = fit(runs, **said["asked"]), said["law"] and Law.from_dict(said["law"])
        same = again.status == said["status"] and (law is None or _agree(again.law, law))
        version, status = said["version"], said["status"]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is damaged: {type(error).__name__}, {error}") from error
    if same:
        return replace(again, found=replace(again.found, candidate=law)) if law else again
    was = f"{status}{': ' * bool(law)}{law or ''}"
    if version == __version__:
        raise ValueError(f"{path} was changed: its runs do not give what it says ({was})")
    note = f"fitted again; version {version} of scaling_utils, which saved it, had {was}"
    return replace(again, found=replace(again.found, notes=(*again.found.notes, note)))


def report(fit: Any, path: str | Path, budgets: Any = None) -> None:
    """Write one page of HTML: the fit, a plan for each budget, pictures, and every run."""
    _write(path, page(fit, () if budgets is None else np.ravel(budgets)), REPORT)


def page(fit: Any, budgets: Any = ()) -> str:
    """The report as text; the same for the same fit, to the letter."""
    asked = "; ".join(f"{name} {value}" for name, value in fit.asked.items() if value)
    made = f"By scaling_utils {__version__}, asked for {asked}. Intervals from seed 0."
    title = f"A scaling law of {len(fit.runs)} runs"
    parts = [
        *("<head><meta charset='utf-8'>", f"<title>{title}</title><style>{CSS}</style>"),
        "<meta name='viewport' content='width=device-width, initial-scale=1'></head>",
        f"<body><main><h1>{title}</h1>{html(fit)}",
        *(["<h2>Plans</h2>"] if len(budgets) else []),
        *(_plan(fit, float(C)) for C in budgets),
        f"<h2>Pictures</h2><div class='pictures'>{_pictures(fit)}</div><h2>Runs</h2>",
        _table(fit.runs.table.assign(above_the_law=np.expm1(-fit.found.residuals)), f"{len(fit.runs)} runs fitted"),
        _table(fit.runs.dropped, f"{len(fit.runs.dropped)} left out") if len(fit.runs.dropped) else "",
        f"<h2>How this was made</h2><p>{escape(made)}</p></main></body></html>",
    ]
    return "\n".join([REPORT, *parts, ""])


CSS = """
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: auto; padding: 1rem }
.scroll { overflow-x: auto } caption { text-align: left; font-weight: bold }
table { border-collapse: collapse } th, td { padding: .2em .8em .2em 0; text-align: left }
td { font-variant-numeric: tabular-nums } dt { font-weight: bold } dd { margin: 0 0 .5em }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)) }
figure { margin: 0 1rem 1rem 0 } img { width: 100%; height: auto }
@media screen and (prefers-color-scheme: dark) { img { filter: invert(1) hue-rotate(180deg) } }
@media print { figure, tr { break-inside: avoid } }
"""


def _plan(fit: Any, C: float) -> str:
    try:
        return f"<div class='scroll'>{fit.plan(C)._repr_html_()}</div>"
    except ValueError as error:
        return f"<p>{C:.3g} FLOPs: {escape(str(error))}</p>"


def _pictures(fit: Any) -> str:
    from scaling_utils.figures.style import smaller, style
    from scaling_utils.own.drawing import CAPTIONS, draw, panels_of

    said = ""
    for name in panels_of(fit):
        picture = io.BytesIO()
        with style():
            draw(fit, name).savefig(picture, format="svg", metadata={"Date": None})
        data = b64encode(smaller(picture.getvalue())).decode()
        said += f"<figure><img src='data:image/svg+xml;base64,{data}' alt='{CAPTIONS[name]}'>"
        said += f"<figcaption>{CAPTIONS[name]}</figcaption></figure>"
    return said


def _table(table: pd.DataFrame, title: str) -> str:
    rows = table.to_html(border=0, float_format="{:.6g}".format, na_rep="")
    rows = rows.replace(">", f"><caption>{title}</caption>", 1).replace("<th>", "<th scope='col'>")
    return f"<details><summary>{title}</summary><div class='scroll'>{rows}</div></details>"


def _agree(one: Any, other: Any) -> bool:
    """Whether two laws are of one kind, and alike in every constant but for rounding."""
    a, b = (pd.json_normalize(law.to_dict()).select_dtypes("number") for law in (one, other))
    alike = type(one) is type(other) and a.columns.equals(b.columns)
    return alike and np.allclose(a, b, rtol=SAME, atol=0.0)


def _plain(value: Any) -> Any:
    """Anything as JSON has it; NaN is None, and what JSON does not know is text."""
    if isinstance(value, pd.DataFrame):
        return {"table": _plain(value.astype(object).to_dict("split"))}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, Mapping):
        return {str(name): _plain(held) for name, held in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(held) for held in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value if isinstance(value, str | int | float | None) else str(value)


def _filled(value: Any) -> Any:
    """A field of the runs as it was: numbers, labels, or the table of those left out."""
    if isinstance(value, dict):
        return pd.DataFrame(**value["table"])
    if not isinstance(value, list):
        return value
    words = any(isinstance(held, str) for held in value)
    return np.array(value, dtype=object if words else np.float64)


def _write(path: str | Path, text: str, begins: str) -> None:
    """Write a file whole or not at all, and only over one that begins in the same way."""
    place = Path(path).resolve()
    if place.exists():
        with place.open("rb") as there:
            if there.read(len(begins)) != begins.encode():
                raise ValueError(f"{path} is something else, and is not written over")
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        part.write_text(text, "utf-8", newline="\n")
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)
