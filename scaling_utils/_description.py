"""What `data/datapackage.json` says about one data file, as an object that a notebook can show."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from scaling_utils._table_schema import Field


@dataclass(frozen=True)
class Description:
    """What is known about one data file.

    Attributes
    ----------
    name, path, title : str
        The name that `load` or `text` takes, the file below `data/`, one line of what it holds.
    place : str
        Where in its source the numbers stand.
    sources : tuple of str
        The works that the numbers come from.
    licence : str
        What may be done with the file, and why.
    method : str
        How the numbers got from the source into the file.
    known_errors : tuple of str
        Misprints of the source and limits of the method.
    fields : tuple of Field
        The columns: name, type, unit, description, constraints; none in a text.
    primary_key : tuple of str
        Columns that together name a row.
    rows : int
        Rows without the header; of a text, its lines.
    sha256 : str
        Checksum of the file's bytes.
    """

    name: str
    path: str
    title: str
    place: str
    sources: tuple[str, ...]
    licence: str
    method: str
    known_errors: tuple[str, ...]
    fields: tuple[Field, ...]
    primary_key: tuple[str, ...]
    rows: int
    sha256: str

    def to_dict(self) -> dict[str, Any]:
        """Return the description as plain lists, strings and numbers."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self), default=dict))
        return plain

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(f.name)}</td><td>{escape(f.type)}</td>"
            f"<td>{escape(f.unit)}</td><td>{escape(f.description)}</td></tr>"
            for f in self.fields
        )
        errors = "".join(f"<li>{escape(error)}</li>" for error in self.known_errors)
        return (
            f"<p><strong>{escape(self.title)}</strong> ({escape(self.place)}). "
            f"{escape(self.method)}</p>"
            f"<table><tr><th>column</th><th>type</th><th>unit</th><th>meaning</th></tr>{rows}"
            f"</table><ul>{errors}</ul><p>{escape(self.licence)}</p>"
        )
