"""The code that recomputes each claim: its expression, and where that stands in ``claims/``.

Read from the sources, so that nothing is run: the entry ``"<id>": lambda: <expression>`` of a
dictionary, or the function that it names.
"""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "claims"


@dataclass(frozen=True)
class Code:
    """What recomputes a claim, in the file and between the lines where it stands."""

    text: str
    file: str
    first: int
    last: int

    def address(self, repository: str, commit: str) -> str:
        """Its lines in the repository at a commit; empty while either is unknown."""
        if not (repository and commit):
            return ""
        return f"{repository}blob/{commit}/{self.file}#L{self.first}-L{self.last}"


@cache
def recipes() -> dict[str, Code]:
    """The code of every claim that is recomputed or measured, by the claim's id."""
    found: dict[str, Code] = {}
    for path in sorted(FOLDER.glob("*.py")):
        found |= _in_file(path)
    return found


def _in_file(path: Path) -> dict[str, Code]:
    source = path.read_text("utf-8")
    tree = ast.parse(source)
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    entries = [
        (key, value)
        for table in ast.walk(tree)
        if isinstance(table, ast.Dict)
        for key, value in zip(table.keys, table.values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    ]
    file = f"{FOLDER.name}/{path.name}"
    found = {}
    for key, value in entries:
        if isinstance(value, ast.Lambda):
            text = _text(source, value.body)
            found[key.value] = Code(text, file, key.lineno, value.end_lineno or key.lineno)
        elif isinstance(value, ast.Name) and (function := functions.get(value.id)):
            text = _text(source, function)
            found[key.value] = Code(text, file, function.lineno, function.end_lineno or 0)
    return found


def _text(source: str, node: ast.AST) -> str:
    """A node as it is written, moved to the left."""
    return textwrap.dedent(ast.get_source_segment(source, node, padded=True) or "").strip()
