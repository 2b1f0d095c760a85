"""Reads the project's data, so that a number's origin is never lost.

Every file of `data/` is described in `data/datapackage.json` (a Frictionless Data Package), and
refused if its bytes are not those described. That cells keep to their ranges is tested.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

_PACKAGE = Path(__file__).resolve().parent
_DESCRIPTOR = "datapackage.json"
_REHASH = "python data/makers/update_datapackage.py"
_DTYPES = {"string": "str", "number": "float64", "integer": "int64", "boolean": "bool"}
_OPTIONAL = {"integer": "Int64", "boolean": "boolean"}  # those that can miss a value
_READ: dict[str, Callable[[str], Any]] = {
    "string": str,
    "number": float,
    "integer": int,
    "boolean": {"true": True, "false": False}.__getitem__,
}


_ODD = (csv.Error, ArithmeticError, AttributeError, KeyError, TypeError, ValueError)


class DataError(ValueError):
    """A data file is missing, or is not what its description says."""


def data_path(*parts: str) -> Path:
    """Return the path of a file below `data/`, in the checkout or in the installed package."""
    # The wheel's copy first: beside an installed package, a folder "data" is someone else's.
    for folder in (_PACKAGE / "_data", _PACKAGE.parent / "data"):
        if (folder / _DESCRIPTOR).is_file():
            return folder.joinpath(*parts)
    raise DataError(
        f"no {_DESCRIPTOR} in {_PACKAGE / '_data'} or {_PACKAGE.parent / 'data'}; "
        "reinstall scaling_utils, or restore data/ in the checkout"
    )


def names(*, directory: Path | None = None) -> list[str]:
    """Return the names of the tables, sorted."""
    return sorted(name for name, each in _resources(directory).items() if "schema" in each)


def describe(name: str, *, directory: Path | None = None) -> dict[str, Any]:
    """Return what is known about a data file, without reading it.

    `place` and `sources` say where its numbers stand, `method` how they got into the file,
    `known_errors` misprints of the source and limits of the method; `path` is below `data/`.
    `fields` has name, type, unit, description and constraints of each column; a text has none.
    """
    resources = _resources(directory)
    if not isinstance(name, str) or name not in resources:
        known = ", ".join(sorted(resources))
        raise DataError(f"no data set is called {name!r}; expected one of {known}")
    resource = resources[name]
    copied = ("name", "path", "title", "place", "method", "known_errors")
    try:
        fields = resource.get("schema", {"fields": []})["fields"]
        return {key: resource[key] for key in copied} | {
            "sources": [source["title"] for source in resource["sources"]],
            "licence": "; ".join(licence["title"] for licence in resource["licenses"]),
            "fields": [{"unit": "", "constraints": {}} | field for field in fields],
            "rows": int(resource["rows" if "schema" in resource else "lines"]),
            "sha256": resource["hash"].removeprefix("sha256:"),
        }
    except _ODD as error:
        said = f"{_DESCRIPTOR}, resource {name!r}: {error} is missing or of another kind"
        raise DataError(f"{said}; restore it") from error


def load(name: str, *, directory: Path | None = None) -> pd.DataFrame:
    """Read a table, a fresh copy at every call, with its description in `attrs["source"]`.

    >>> table = load("hoffmann2022_table_a9")
    >>> int(table["params_millions"].max()), table.attrs["source"]["place"]
    (16183, 'Table A9')
    """
    description = describe(name, directory=directory)
    fields = description["fields"]
    if not fields:
        raise DataError(f"{name!r} is no table; datasets.content({name!r}) gives its bytes")
    found = content(name, directory=directory)
    try:
        header, *rows = csv.reader(io.StringIO(found.decode("utf-8")), strict=True)
        if header != (expected := [field["name"] for field in fields]):
            said = f"its columns are {', '.join(header)}; the description has"
            raise ValueError(f"{said} {', '.join(expected)}")
        columns = zip(fields, zip(*rows, strict=True), strict=True)
        table = pd.DataFrame({field["name"]: _column(field, cells) for field, cells in columns})
    except _ODD as error:
        raise DataError(f"{description['path']}: {error}; restore the file") from error
    table.attrs["source"] = description
    return table


def _column(field: Mapping[str, Any], cells: Sequence[str]) -> pd.Series[Any]:
    """Text cells as a column; an empty cell is a missing value, or an empty text."""
    kind, convert = field["type"], _READ[field["type"]]
    try:
        values = [convert(cell) if cell or kind == "string" else None for cell in cells]
    except (ValueError, KeyError) as error:
        raise DataError(f"column {field['name']!r}: a cell is no {kind} ({error})") from error
    required = field["constraints"].get("required", False)
    dtype = _DTYPES[kind] if required else _OPTIONAL.get(kind, _DTYPES[kind])
    return pd.Series(values, dtype=dtype)


def content(name: str, *, directory: Path | None = None) -> bytes:
    """Return the bytes of a file, a table or not, once they are those of its description."""
    description = describe(name, directory=directory)
    try:
        path = Path(directory or data_path()) / description["path"]
        found: bytes = path.read_bytes()
    except TypeError as error:
        raise DataError(f"{_DESCRIPTOR}: the path of {name!r} is no text; restore it") from error
    except OSError as error:
        raise DataError(f"{path.name} is missing from {path.parent}; restore it") from error
    digest = hashlib.sha256(found).hexdigest()
    if digest != description["sha256"]:
        raise DataError(
            f"{path.name}: not the expected bytes ({len(found)} with sha256 {digest[:12]}..., "
            f"expected sha256 {description['sha256'][:12]}...). Restore the file, or if the "
            f"change is meant run {_REHASH} and the tests"
        )
    return found


def _resources(directory: Path | None) -> dict[str, Mapping[str, Any]]:
    path = Path(directory or data_path()) / _DESCRIPTOR
    found: dict[str, Mapping[str, Any]] = {}
    try:
        descriptor = json.loads(path.read_text(encoding="utf-8"))
        for resource in descriptor["resources"]:
            if (name := str(resource["name"])) in found:
                raise ValueError(f"two resources are called {name!r}")
            found[name] = resource
    except OSError as error:
        raise DataError(f"{_DESCRIPTOR} is missing from {path.parent}; restore it") from error
    except _ODD as error:
        raise DataError(f"{path.name}: not the JSON expected, {error!s}; restore it") from error
    return found
