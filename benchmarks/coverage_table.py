"""The table of how often each kind of interval holds the truth, and what it says of each."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pandas as pd
from coverage_kinds import KINDS, Held
from coverage_studies import recipes

ROOT = Path(__file__).resolve().parents[1]
OWN_TABLE, TABLE = ROOT / "data" / "interval_coverage.csv", ROOT / "data" / "interval_kinds.csv"
ERRORS_AWAY = 3.0
"""So many errors of the simulation from the nominal level call an interval too narrow or wide."""

Counted = dict[tuple[str, str, str], list[list[bool]]]
"""By design, kind and quantity: for each simulated table, which of its intervals held."""


def count(design: str, every: list[list[Held]]) -> Counted:
    """Put together what was found in every simulated table of a design."""
    found: Counted = defaultdict(list)
    for one in every:
        parts = defaultdict(list)
        for kind, quantity, held in one:
            parts[design, kind, quantity].append(held)
        for name, held in parts.items():
            found[name].append(held)
    return found


def own_table(counted: Counted, ways: tuple[str, ...], resamples: int) -> pd.DataFrame:
    """Fits to own runs by three ways, as chapter 13 reads them."""
    rows = [
        (design.partition(":")[0], way, quantity, share(sets), len(sets), resamples)
        for (design, way, quantity), sets in counted.items()
        if way in ways
    ]
    names = ["design", "way", "quantity", "coverage", "fits", "resamples"]
    table = pd.DataFrame(rows, columns=names)
    order = {name: {x: k for k, x in enumerate(table[name].unique())} for name in names[:3]}
    return table.sort_values(["design", "quantity", "way"], key=lambda x: x.map(order[x.name]))


def table(counted: Counted, resamples: dict[str, int]) -> pd.DataFrame:
    """One row for each kind, design and quantity; `resamples` by design."""
    rows = []
    for (design, kind, quantity), sets in counted.items():
        if kind in KINDS:
            level, coverage = KINDS[kind].level, share(sets)
            off = error(level, len(sets))
            chapters = " ".join(map(str, chapters_of(kind)))
            row = kind, chapters, design, quantity, level, coverage, off, len(sets)
            said = verdict(level, coverage, len(sets))
            rows.append((*row, sum(map(len, sets)), resamples[design], said))
    names = ["kind", "chapters", "design", "quantity", "level", "coverage", "error", "data_sets"]
    found = pd.DataFrame(rows, columns=[*names, "intervals", "resamples", "verdict"])
    order = {kind: k for k, kind in enumerate(KINDS)}
    return found.sort_values("kind", key=lambda x: x.map(order), kind="stable", ignore_index=True)


def share(sets: list[list[bool]]) -> float:
    """Share of all intervals that held, to the digits of the file."""
    held = [each for one in sets for each in one]
    return round(sum(held) / len(held), 4)


def error(level: float, sets: int) -> float:
    """Error of a share of so many simulated tables near a level."""
    return round(float((level * (1.0 - level) / sets) ** 0.5), 4)


def verdict(level: float, coverage: float, sets: int) -> str:
    """Whether intervals hold as often as they say."""
    off = ERRORS_AWAY * error(level, sets)
    if coverage < level - off:
        return "too narrow"
    return "too wide" if coverage > level + off else "as said"


def chapters_of(kind: str) -> list[int]:
    """Chapters whose cells or sentences have intervals of a kind."""
    words = KINDS[kind].seen
    ledger = KINDS[kind].ledger
    ids = [re.escape(name) for name, said in measured().items() if said == ledger]
    wanted = re.compile("|".join([words, *(f"`{name}`" for name in ids)]))
    return [number for number, source in chapters().items() if wanted.search(source)]


@cache
def chapters() -> dict[int, str]:
    """The sources of all cells of each chapter."""
    found = {}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        found[int(path.name[:2])] = "\n".join("".join(cell["source"]) for cell in cells)
    return found


@cache
def measured() -> dict[str, str]:
    """How the words of each interval that the ledger measures begin, by the claim's id."""
    begin = sorted({kind.ledger for kind in KINDS.values()}, key=len, reverse=True)
    words = {name: recipe().interval for name, recipe in recipes().items()}
    return {name: next(b for b in begin if said.startswith(b)) for name, said in words.items()}


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Least and greatest coverage of each kind, in per cent, and how many rows say what."""
    rows = table.groupby("kind", sort=False)
    ends = (100 * rows["coverage"].agg(["min", "max"])).round(1)
    said = pd.crosstab(table["kind"], table["verdict"]).reindex(ends.index)
    return ends.join(said)
