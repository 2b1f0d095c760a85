"""Who may import whom: the arrows that must never be, and no circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FITS = (
    *("solver", "points", "certificate", "fit", "fit_result", "fit_checks"),
    *("draws", "resample", "resample_fits", "usual_fit"),
)
FIT_MODULES = tuple(f"scaling_utils.{name}" for name in FITS)

FORBIDDEN = {
    "scaling_utils/laws": ("scaling_utils.published", "scaling_utils.datasets", *FIT_MODULES),
    **{
        f"scaling_utils/{name}.py": ("scaling_utils.published", "scaling_utils.figures")
        for name in FITS
    },
    "scaling_utils/figures": ("scaling_utils.laws",),
    "scaling_utils": ("claims", "experiments", "book", "notebooks"),
    "claims": ("scaling_utils.figures",),
    "data/makers": ("notebooks",),
    "experiments/one_minute": ("scaling_utils.figures",),
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
    assert all(within(name, "scaling_utils._validate") for name in ours), ours


def test_no_circle_of_imports():
    """`TopologicalSorter` raises CycleError, and names the circle."""
    paths = modules("scaling_utils")
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


def test_a_planted_import_is_found(tmp_path):
    module = tmp_path / "law.py"
    module.write_text("def f():\n    from scaling_utils.published import law\n    return law\n")
    assert any(within(name, "scaling_utils.published") for name in imported(module))
