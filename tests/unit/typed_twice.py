"""What was typed a second time from the papers, read: tests/unit/typed_twice/ has the files."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parent / "typed_twice"
TABLES = sorted(path.stem for path in FOLDER.glob("*.csv"))
LETTERS = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
NUMBER = re.compile(r"(-?\d*\.?\d+(?:e[+-]?\d+)?)([KMBT]?)")


def number(printed: str) -> float | None:
    """A number as papers print it, such as 1.4T; None if it is none."""
    found = NUMBER.fullmatch(printed)
    return float(found[1]) * LETTERS.get(found[2], 1.0) if found else None


def same(cell: str, typed: str) -> bool:
    """Whether a cell of our data says what was typed: a number, or a text."""
    ours, theirs = number(cell), number(typed)
    if ours is None or theirs is None:
        return cell == typed
    return abs(ours - theirs) <= 1e-12 * abs(theirs)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def constants() -> Iterator[tuple[str, str, str, str]]:
    """Set, symbol, digits and place of every constant that was typed twice."""
    for name, place, pairs in _split("constants.txt"):
        for pair in pairs.split(", "):
            symbol, digits = pair.split(" ")
            yield name, symbol, digits, place


def results() -> Iterator[tuple[tuple[str, ...], str]]:
    """Place, benchmark, measure, setting and model of every result, and its digits."""
    for place, benchmark, measure, settings, models in _split("hoffmann2022_results.txt"):
        for model, values in (each.split(": ") for each in models.split("; ")):
            for setting, digits in zip(settings.split(" / "), values.split(" / "), strict=True):
                if digits != "-":
                    where = place, benchmark, measure, setting.removeprefix("-"), model
                    yield where, digits


def _split(name: str) -> Iterator[list[str]]:
    for line in (FOLDER / name).read_text("utf-8").splitlines():
        if not line.startswith("#"):
            yield line.split(" | ")
