"""Reads the project's data and checks it, so that a number's origin is never lost.

Every file of `data/` is described in `data/datapackage.json` (the layout of a Frictionless
Data Package): its columns with types, units and ranges, its row count and checksum, where
its numbers come from, how they were taken over and which errors are known.
`load` compares the file with that description before it returns a table, and `text` before
it returns a text.
"""

from __future__ import annotations

import hashlib
import json
import lzma
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from scaling_utils._description import Description
from scaling_utils._table_schema import (
    DataError,
    Field,
    check_primary_key,
    parse_table,
    read_cells,
)

__all__ = [
    "DataError",
    "Description",
    "data_path",
    "describe",
    "load",
    "names",
    "text",
    "text_names",
]

_PACKAGE = Path(__file__).resolve().parent
_DESCRIPTOR = "datapackage.json"
_REHASH = "python data/makers/update_datapackage.py"


def data_path(*parts: str) -> Path:
    """Return the path of a file below `data/`.

    In a checkout that is the repository's `data/`; in an installed wheel it is the copy
    that the wheel carries.

    Parameters
    ----------
    *parts : str
        Folder and file names below `data/`; none gives the folder itself.

    Raises
    ------
    DataError
        If neither place holds the data.

    Examples
    --------
    >>> data_path("datapackage.json").name
    'datapackage.json'
    """
    # The wheel's copy first: beside an installed package, a folder "data" is someone else's.
    for folder in (_PACKAGE / "_data", _PACKAGE.parent / "data"):
        if (folder / _DESCRIPTOR).is_file():
            return folder.joinpath(*parts)
    raise DataError(
        f"no {_DESCRIPTOR} in {_PACKAGE / '_data'} or {_PACKAGE.parent / 'data'}; "
        "reinstall scaling_utils, or restore data/ in the checkout"
    )


def names(*, directory: Path | None = None) -> list[str]:
    """Return the names that `load` takes, sorted.

    Parameters
    ----------
    directory : Path, optional
        Folder with a `datapackage.json`; by default the project's own data.

    Examples
    --------
    >>> "hoffmann2022_table_a9" in names()
    True
    """
    return sorted(name for name, each in _resources(directory).items() if not _is_text(each))


def text_names(*, directory: Path | None = None) -> list[str]:
    """Return the names that `text` takes, sorted; parameters as for `names`.

    Examples
    --------
    >>> text_names()
    ['state_of_the_union']
    """
    return sorted(name for name, each in _resources(directory).items() if _is_text(each))


def describe(name: str, *, directory: Path | None = None) -> Description:
    """Return what is known about a data file, without reading it.

    Parameters
    ----------
    name : str
        One of `names()` or `text_names()`.
    directory : Path, optional
        Folder with a `datapackage.json`; by default the project's own data.

    Raises
    ------
    DataError
        If the name is unknown or its description is incomplete.

    Examples
    --------
    >>> describe("hoffmann2022_table_a9").rows
    50
    """
    resources = _resources(directory)
    if name not in resources:
        known = ", ".join(sorted(resources))
        raise DataError(f"no data set is called {name!r}; expected one of {known}")
    resource = resources[name]
    where = f"{_DESCRIPTOR}, resource {name!r}"
    try:
        schema = {"fields": []} if _is_text(resource) else resource["schema"]
        return Description(
            name=name,
            path=resource["path"],
            title=resource["title"],
            place=resource["place"],
            sources=tuple(source["title"] for source in resource["sources"]),
            licence="; ".join(licence["title"] for licence in resource["licenses"]),
            method=resource["method"],
            known_errors=tuple(resource["known_errors"]),
            fields=tuple(Field.from_descriptor(field, where) for field in schema["fields"]),
            primary_key=tuple(schema.get("primaryKey", ())),
            rows=int(resource["rows"]),
            sha256=resource["hash"].removeprefix("sha256:"),
        )
    except KeyError as error:
        raise DataError(
            f"{where}: the entry {error} is missing; describe the file fully"
        ) from error


def load(name: str, *, directory: Path | None = None) -> pd.DataFrame:
    """Read a data file, check it against its description and return it.

    Parameters
    ----------
    name : str
        One of `names()`.
    directory : Path, optional
        Folder with the file and its `datapackage.json`; by default the project's own data.

    Returns
    -------
    DataFrame
        Columns in the units that `describe(name)` gives, a fresh copy at every call.
        `attrs["source"]` holds the description (title, place, licence, method, known
        errors) as plain values. Empty cells of text columns are empty strings.

    Raises
    ------
    DataError
        If the name is unknown, or the file differs from its description: names the file,
        the row and the column.

    Examples
    --------
    >>> table = load("hoffmann2022_table_a9")
    >>> int(table["params_millions"].max())
    16183
    >>> table.attrs["source"]["place"]
    'Table A9'
    """
    description = describe(name, directory=directory)
    if name in text_names(directory=directory):
        raise DataError(
            f"{name!r} is a text and not a table; read it with datasets.text({name!r})"
        )
    path = (directory or data_path()) / description.path
    file = path.name
    cells = read_cells(path, description.fields)
    table = parse_table(file, description.fields, cells)
    check_primary_key(file, description.primary_key, table)
    if len(table) != description.rows:
        raise DataError(
            f"{file}: {len(table)} rows, expected {description.rows}; the last row here is "
            f"{','.join(cells[-1]) if cells else 'none'!r}. Restore the file, or if the change "
            f"is meant run {_REHASH}"
        )
    # Last, because a checksum can say that something changed but not what.
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != description.sha256:
        raise DataError(
            f"{file}: its bytes changed (sha256 {found[:12]}..., expected "
            f"{description.sha256[:12]}...), although every row and column passes its checks. "
            f"Restore the file, or if the change is meant run {_REHASH}"
        )
    table.attrs["source"] = description.to_dict()
    return table


def text(name: str, *, directory: Path | None = None) -> str:
    """Read a compressed text, check it against its description and return it.

    Parameters
    ----------
    name : str
        One of `text_names()`.
    directory : Path, optional
        Folder with the file and its `datapackage.json`; by default the project's own data.

    Raises
    ------
    DataError
        If the name is not that of a text, or the file is missing, cut short or changed.

    Examples
    --------
    >>> text("state_of_the_union")[:42]
    'To the Senate and House of Representatives'
    """
    description = describe(name, directory=directory)
    if name not in text_names(directory=directory):
        raise DataError(
            f"{name!r} is a table and not a text; read it with datasets.load({name!r})"
        )
    path = (directory or data_path()) / description.path
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(f"{path.name} is missing from {path.parent}; restore it") from error
    # First, because nothing can be said about the lines of an archive that does not open.
    found = hashlib.sha256(content).hexdigest()
    if found != description.sha256:
        raise DataError(
            f"{path.name}: not the expected bytes ({len(content)} with sha256 {found[:12]}..., "
            f"expected sha256 {description.sha256[:12]}...). Restore the file, or if the change "
            f"is meant run {_REHASH}"
        )
    return lzma.decompress(content).decode("ascii")


def _is_text(resource: Mapping[str, Any]) -> bool:
    return resource.get("format") == "txt"


def _resources(directory: Path | None) -> dict[str, Mapping[str, Any]]:
    path = directory / _DESCRIPTOR if directory else data_path(_DESCRIPTOR)
    try:
        descriptor = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DataError(f"{_DESCRIPTOR} is missing from {path.parent}; restore it") from error
    except json.JSONDecodeError as error:
        raise DataError(f"{path.name}, line {error.lineno}: not JSON ({error.msg})") from error
    return {resource["name"]: resource for resource in descriptor["resources"]}
