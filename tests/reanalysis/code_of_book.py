"""The code that the book's numbers come from, as trees: the packages and the chapters."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("scaling_utils", "reanalysis", "claims", "experiments/analysis", "experiments/one_minute")


@cache
def trees() -> tuple[tuple[str, ast.AST], ...]:
    """The file of each module and of each code cell, and what stands in it."""
    return tuple(_trees())


def _trees() -> Iterator[tuple[str, ast.AST]]:
    for part in PARTS:
        for path in sorted((ROOT / part).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                source = re.sub(r"^(\s*)%.*", r"\1pass", "".join(cell["source"]), flags=re.M)
                yield f"notebooks/{path.name}", ast.parse(source)
