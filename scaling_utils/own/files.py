"""Fits as files: saved as JSON and read again, and a report as one page of HTML."""

from __future__ import annotations

import io
import json
import os
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from html import escape
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
import pandas as pd

from scaling_utils import __version__
from scaling_utils.fitting.result import USABLE
from scaling_utils.laws.base import Law
from scaling_utils.own.runs import Runs
from scaling_utils.own.words import html

KIND = "a fit by scaling_utils"
SAVED = f'{{"kind": "{KIND}", '
REPORT = '<!doctype html>\n<html lang="en" data-by="scaling_utils">'
"""What the files are, and how they begin: one that begins otherwise is not written over."""

SAME = 1e-6
"""Relative difference of constants that the rounding of another computer may make."""


def save(fit: Any, path: str | Path) -> None:
    """Write a fit as JSON, for `load`: what was asked, what came out, the runs, exactly."""
    runs, proof = fit.runs, fit.found.certificate
    said = {
        "kind": KIND,
        "version": __version__,
        "asked": fit.asked,
        "status": fit.status,
        "message": fit.message,
        "notes": fit.notes,
        "law": fit.law.to_dict() if fit.status in USABLE else None,
        "certificate": vars(proof) if proof else None,
        "runs": runs.table.to_dict("list"),
        "dropped": runs.dropped.astype(object).to_dict("split"),
        "flops_per_parameter_token": runs.flops_per_parameter_token,
    }
    _write(path, json.dumps(_plain(said), allow_nan=False) + "\n", SAVED)


def read(path: str | Path, fit: Callable[..., Any]) -> Any:
    """The saved fit: its runs fitted again, with the constants of the file if they agree."""
    text = Path(path).read_text("utf-8", errors="replace")
    if not text.startswith(SAVED):
        raise ValueError(f"{path} is not a fit by scaling_utils: give what .save() wrote")
    try:
        said = json.loads(text)
        factor, left_out = said["flops_per_parameter_token"], pd.DataFrame(**said["dropped"])
        runs = Runs(**said["runs"], dropped=left_out, flops_per_parameter_token=factor)
        asked = said["asked"]
        for name, ends in asked["bounds"].items():
            asked["bounds"][name] = tuple(end if end is None else float(end) for end in ends)
        again, law = fit(runs, **asked), said["law"] and Law.from_dict(said["law"])
        same = again.status == said["status"] and (law is None or _agree(again.law, law))
        version, was = said["version"], f"{said['status']}, {law or 'no law'}"
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        said = f"{path} is damaged, restore it: {type(error).__name__}, {error}"
        raise ValueError(said) from error
    if same:
        return replace(again, found=replace(again.found, candidate=law)) if law else again
    if version == __version__:
        raise ValueError(
            f"{path} was changed, restore it: its runs do not give what it says: {was}"
        )
    note = f"fitted again: version {version} of scaling_utils, which saved it, had {was}"
    return replace(again, found=replace(again.found, notes=(*again.found.notes, note)))


def _plain(value: Any) -> Any:
    """A value as JSON has it: NaN is null, infinity and what else JSON does not know is text."""
    if isinstance(value, Mapping):
        return {str(name): _plain(held) for name, held in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(held) for held in value]
    value = value.item() if isinstance(value, np.generic) else value
    if pd.isna(value):
        return None
    known = isinstance(value, str | int) or (isinstance(value, float) and abs(value) < np.inf)
    return value if known else str(value)


def _agree(one: Law, other: Law) -> bool:
    """Whether two laws are of one kind, and alike in every constant but for rounding."""
    a, b = (pd.json_normalize(law.to_dict()).select_dtypes("number") for law in (one, other))
    alike = type(one) is type(other) and a.columns.equals(b.columns)
    return alike and np.allclose(a, b, rtol=SAME, atol=0.0)


def report(fit: Any, path: str | Path, *, C: Any = (), **options: Any) -> None:
    """Write one page of HTML: the fit, a plan for each budget in `C`, pictures, and every run."""
    _place(path, REPORT)
    runs = fit.runs.table.assign(**{"above the law, %": 100.0 * np.expm1(-fit.found.residuals)})
    plans = [_plan(fit, float(budget), options) for budget in np.ravel(C)]
    asked = "; ".join(f"{name} {value}" for name, value in fit.asked.items() if value)
    page = Template(Path(__file__).with_name("report.html").read_text("utf-8"))
    said = page.substitute(
        title=f"A scaling law of {len(runs)} runs",
        fit=html(fit),
        plans="\n".join(plans or ["<p>None was asked for.</p>"]),
        pictures="\n".join(_pictures(fit)),
        runs=_table(runs, "runs fitted") + _table(fit.runs.dropped, "left out"),
        made=escape(f"scaling_utils {__version__}, {asked}; intervals by resamples of seed 0"),
    )
    _write(path, said, REPORT)


def _plan(fit: Any, C: float, options: dict[str, Any]) -> str:
    try:
        return f"<pre>{escape(str(fit.plan(C, **options)))}</pre>"
    except ValueError as error:
        return f"<p>{C:.3g} FLOPs: {escape(str(error))}</p>"


def _pictures(fit: Any) -> Iterator[str]:
    from scaling_utils.figures.style import smaller, style
    from scaling_utils.own.drawing import PANELS, draw, panels_of

    for name in panels_of(fit):
        picture = io.BytesIO()
        with style():
            draw(fit, name).savefig(picture, format="svg", metadata={"Date": None})
        source = f"data:image/svg+xml;base64,{b64encode(smaller(picture.getvalue())).decode()}"
        said = PANELS[name][1]
        yield f'<figure><img src="{source}" alt="{said}"><figcaption>{said}</figcaption></figure>'


def _table(table: pd.DataFrame, title: str) -> str:
    """A table, folded; nothing if it is empty."""
    rows = table.to_html(border=0, float_format="{:.6g}".format, na_rep="")
    said = f"{len(table)} {title}"
    rows = rows.replace(">", f"><caption>{said}</caption>", 1).replace("<th>", "<th scope='col'>")
    return f"<details><summary>{said}</summary>{rows}</details>" if len(table) else ""


def _place(path: str | Path, begins: str) -> Path:
    """Where a file may be written: in a folder, and over no file that begins otherwise."""
    place = Path(path).resolve()
    if not place.parent.is_dir():
        raise ValueError(f"there is no folder {place.parent}: write to one that is there")
    if place.exists() and not place.read_bytes().startswith(begins.encode()):
        raise ValueError(f"{path} is something else, and is not written over: name another")
    return place


def _write(path: str | Path, text: str, begins: str) -> None:
    """Write a file whole or not at all."""
    place = _place(path, begins)
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        part.write_text(text, "utf-8", newline="\n")
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)
