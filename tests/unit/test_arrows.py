"""Who may import whom: the arrows that must never be, and no circle."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN = {
    "scaling_utils/laws": tuple(
        f"scaling_utils.{n}" for n in ("published", "datasets", "fitting")
    ),
    "scaling_utils/fitting": ("scaling_utils.published", "scaling_utils.figures"),
    "scaling_utils/figures": ("scaling_utils.laws",),
    "scaling_utils": ("reanalysis", "claims", "experiments", "book", "notebooks"),
    "reanalysis": ("scaling_utils.figures", "claims", "experiments", "book", "notebooks"),
    "claims": ("scaling_utils.figures",),
    "data/makers": ("notebooks",),
    "experiments/one_minute": ("scaling_utils.figures",),
    "tests/unit": ("reanalysis", "claims", "experiments"),
}
"""Who -> what it must not import, directly."""


def modules(place: str) -> list[Path]:
    path = ROOT / place
    return [path] if path.suffix else sorted(path.rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Full names of what a module imports, also inside of functions."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


@pytest.mark.parametrize("place", FORBIDDEN)
def test_an_arrow_that_must_never_be(place):
    found = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(place)
        for name in imported(path)
        if any(within(name, package) for package in FORBIDDEN[place])
    ]
    assert modules(place)
    assert not found, "\n".join(found)


def test_the_reader_of_data_needs_only_the_checks():
    ours = {n for n in imported(ROOT / "scaling_utils" / "datasets.py") if "scaling_utils" in n}
    assert all(within(name, "scaling_utils.check") for name in ours), ours


def test_no_circle_of_imports():
    """`TopologicalSorter` raises CycleError, and names the circle."""
    paths = [*modules("scaling_utils"), *modules("reanalysis")]
    names = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in paths
    }
    graph = {
        name: {other for other in imported(path) if other in names and other != name}
        for name, path in names.items()
        if path.name != "__init__.py"
    }
    assert len(list(TopologicalSorter(graph).static_order())) >= len(graph)


def test_the_house_is_drawn_on_few_floors():
    """A folder is one room; a room stands above all that it imports."""
    rooms: dict[str, set[str]] = {}
    for path in modules("scaling_utils"):
        room = path.relative_to(ROOT / "scaling_utils").with_suffix("").parts[0]
        names = {n.split(".")[1] for n in imported(path) if n.startswith("scaling_utils.")}
        rooms.setdefault(room, set()).update(names - {room})
    rooms = {room: below & set(rooms) for room, below in rooms.items() if room != "__init__"}
    floor: dict[str, int] = {}
    for room in TopologicalSorter(rooms).static_order():
        floor[room] = 1 + max((floor[below] for below in rooms[room]), default=0)
    assert len(rooms) <= 25, sorted(rooms)
    assert max(floor.values()) <= 6, floor


def test_no_two_modules_have_one_name():
    """A name in an import says where one is; `__init__` and `__main__` belong to their folder."""
    places = ("scaling_utils", "reanalysis", "claims", "experiments", "book", "benchmarks")
    names = Counter(path.stem for place in places for path in modules(place))
    twice = [name for name, n in names.items() if n > 1 and not name.startswith("__")]
    assert twice == []


def test_a_planted_import_is_found(tmp_path):
    module = tmp_path / "law.py"
    module.write_text("def f():\n    from scaling_utils.published import law\n    return law\n")
    assert any(within(name, "scaling_utils.published") for name in imported(module))
