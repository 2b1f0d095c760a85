"""Of Pyodide's files, those that the chapters need: some 50 MB of the 300 of its archive."""

from __future__ import annotations

import email.parser
import json
import re
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

VERSION = "0.27.7"
"""The kernel is made for 0.27: another one brings other packages."""

LOCK = "pyodide-lock.json"
CORE = ("pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
KERNEL = ("micropip", "ssl", "sqlite3", "ipython", "jedi")
"""What the kernel loads before the first cell runs."""


class PyodideError(Exception):
    """These are not the files that are needed; the message says why."""


def copy(folder: Path, target: Path, wheels: Path) -> None:
    """Copy what the wheels and the kernel need; the copied list of packages names no more."""
    lock = json.loads((folder / LOCK).read_text("utf-8"))
    if (found := lock["info"]["version"]) != VERSION:
        raise PyodideError(f"the files are those of Pyodide {found}; version {VERSION} is needed")
    roots = {*KERNEL, *(name for wheel in wheels.glob("*.whl") for name in needs(wheel))}
    lock["packages"] = {name: lock["packages"][name] for name in closure(lock["packages"], roots)}
    target.mkdir(parents=True)
    for name in (*CORE, *(package["file_name"] for package in lock["packages"].values())):
        if not (folder / name).exists():
            raise PyodideError(f"{folder} lacks {name}")
        shutil.copy(folder / name, target)
    (target / LOCK).write_text(json.dumps(lock), "utf-8")


def closure(packages: dict[str, Any], roots: Iterable[str]) -> list[str]:
    """Those of the roots that Pyodide has, and all that they depend on."""
    found: set[str] = set()
    todo = list(roots)
    while todo:
        name = _normal(todo.pop())
        if name in packages and name not in found:
            found.add(name)
            todo += packages[name]["depends"]
    return sorted(found)


def needs(wheel: Path) -> list[str]:
    """The packages that a wheel requires, without its extras."""
    with zipfile.ZipFile(wheel) as archive:
        path = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        about = email.parser.Parser().parsestr(archive.read(path).decode())
    required = (each for each in about.get_all("Requires-Dist", []) if "extra ==" not in each)
    return [re.match(r"[\w.-]+", each)[0] for each in required]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
