"""What each built figure draws, and what of it is in no column of its table or cannot be read.

`scaling_utils.figures.registry` leaves beside the site what each figure draws, wide and narrow.
"""

from __future__ import annotations

import json
import re
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from about import SITE

DRAWN = SITE.parent / "drawn"
FIGURES = sorted(path.stem for path in (SITE / "figures").glob("*.json"))
WIDTHS = ("wide", "narrow")
# A column may be drawn as it is, as per cent of a share, in millions or in billions.
SCALES = (1.0, 100.0, 1e-6, 1e-9)
UNITS = ("FLOP", "parameter", "token", "byte", "nats", "bits", "per cent", "step", "PF-day")
NOT_FROM_A_COLUMN = {
    "depth-measured": "points of one number of layers stand side by side",
    "figure-4-axis": "a row's rank among the sorted distances",
    "figure-4-digitised": "the colour bar",
}
GUIDES = {
    "free-parameters": (1e15,),  # where size without end stands
    "leave-a-budget-out": (5.88e23,),
    "local-exponent": (0.345, 0.415),  # below the brackets of the runs
    "loss-of-size-and-data": (1.5e12,),  # where the arrows of endless text end
    "outliers-and-delta": (2, 3, 4),  # rows
    "probability-that-infinite-wins": (),
    "sign-of-the-trend": (-0.162,),
    "who-says-what": (300,),
    "wrong-size": (1,),
}
"""Where a drawing places what marks or explains, and no column has it."""
EVERY = pytest.mark.parametrize(("figure_id", "width"), [(f, w) for f in FIGURES for w in WIDTHS])


def shown(figure_id: str, width: str) -> tuple[dict[str, Any], pd.DataFrame, dict[str, str]]:
    card = json.loads((SITE / "figures" / f"{figure_id}.json").read_text("utf-8"))
    table = pd.read_csv(SITE / "figures" / f"{figure_id}.csv", keep_default_na=True)
    record = json.loads((DRAWN / f"{figure_id}.json").read_text("utf-8"))
    return record[width], table, card["columns"]


def strangers(
    values: np.ndarray, table: pd.DataFrame, guides: tuple[float, ...] = ()
) -> np.ndarray:
    """The values that are in no column of numbers, and are no guide's."""
    if {"start", "exponent"} <= set(table):  # brackets that end where the next part starts
        table = table.assign(end=table["start"] + table["exponent"])
    columns = table.select_dtypes("number").to_numpy(dtype=float).ravel()
    known = np.unique(np.concatenate([*(columns * scale for scale in SCALES), guides]))
    known = np.append(known[np.isfinite(known)], np.inf)
    values = values[np.isfinite(values)]
    place = np.searchsorted(known, values)
    near = np.minimum(np.abs(known[place] - values), np.abs(known[place - 1] - values))
    return values[near > 1e-6 * np.abs(values) + 1e-12]


def only_places(ticks: list[str], table: pd.DataFrame) -> bool:
    """Whether an axis has rows for words, or for the few values of a column, and no scale."""
    words = any(re.search("[A-Za-z]{3}", re.sub(r"\\[a-z]+", "", tick)) for tick in ticks)
    return words or set(ticks) in [set(), *(set(map(str, table[name])) for name in table)]


def made_up(
    axes: dict[str, Any], table: pd.DataFrame, guides: tuple[float, ...] = ()
) -> list[tuple[str, str, float]]:
    """Drawn values that are in no column. A bar starts at nothing or one; a diagonal is none."""
    found = []
    for k, ticks in enumerate(axes["ticks"]):
        if only_places(ticks, table):
            continue
        for artist in axes["drawn"]:
            xy = np.array(artist["xy"], dtype=float).reshape(-1, 2)
            if len(xy) == 2 and np.array_equal(xy[:, 0], xy[:, 1]):
                continue
            starts = (0, 1) if artist["kind"] == "bar" else ()
            odd = strangers(xy[:, k], table, (*guides, *starts))
            if artist["kind"] == "band" and len(np.unique(odd)) == 1:
                continue  # where a band is cut off
            found += [(artist["kind"], "xy"[k], float(value)) for value in odd[:1]]
    return found


def stated(label: str) -> str:
    """The part of an axis label that says its unit: in brackets, if they say one or none."""
    bracketed = " ".join(re.findall(r"\(([^)]*)\)", label))
    return bracketed if any(unit in bracketed for unit in (*UNITS, "no unit", "%")) else label


def wrong_units(
    axes: dict[str, Any], table: pd.DataFrame, columns: dict[str, str]
) -> list[tuple[str, str]]:
    """Units in an axis label that no column drawn along that axis has."""
    found = []
    for k, label in enumerate(axes["labels"]):
        if not axes["drawn"] or only_places(axes["ticks"][k], table):
            continue
        drawn = [np.array(a["xy"], dtype=float).reshape(-1, 2)[:, k] for a in axes["drawn"]]
        values = np.concatenate(drawn)
        if len(strangers(values, table)) == np.isfinite(values).sum():
            continue  # guides alone: bars leave no record
        said = " ".join(
            words
            for name, words in columns.items()
            if table[name].dtype.kind not in "fi"
            or len(strangers(values, table[[name]])) < np.isfinite(values).sum()
        )
        if not any(unit in said for unit in UNITS):  # the ends of intervals have their middle's
            said = " ".join(columns.values())
        found += [(label, unit) for unit in UNITS if unit in stated(label) and unit not in said]
    return found


def meant(label: str, table: pd.DataFrame) -> pd.DataFrame:
    """The rows and the columns that a label names; all of them if it names none."""
    for name in table.select_dtypes(exclude="number"):
        values = [str(value) for value in table[name].dropna().unique() if name != "table"]
        said = [value for value in values if len(value) > 2 and _names(label, value)]
        if said:
            table = table[table[name].astype(str) == max(said, key=len)]
    numbers = [name for name in table.select_dtypes("number") if _plain(name) == _plain(label)]
    return table[numbers] if numbers else table


def _names(label: str, value: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(value)}(?!\w)", label, re.I))


def _plain(words: str) -> str:
    return re.sub(r"[\W_]", "", words).casefold()


def swapped(axes: dict[str, Any], table: pd.DataFrame) -> list[str]:
    """Labels that name other rows or another column than those that are drawn."""
    found = []
    for artist in axes["drawn"]:
        named = meant(artist["label"], table)
        values = np.array(artist["xy"], dtype=float).reshape(-1, 2)
        odd = [
            len(strangers(values[:, k], named)) - len(strangers(values[:, k], table))
            for k in (0, 1)
            if not only_places(axes["ticks"][k], table)
        ]
        one_column = len(named) == len(table)  # drawn along one of the two axes
        if odd and (min(odd) if one_column else max(odd)) > 0:
            found.append(artist["label"])
    return found


def unreadable(record: dict[str, Any]) -> list[str]:
    """Texts that leave the frame, and pairs that lie on each other."""
    right, top = record["size"]
    texts = [(each["text"], each["box"]) for each in record["texts"]]
    found = [
        text
        for text, (x0, y0, x1, y1) in texts
        if min(x0, y0) < -1 or x1 > right + 1 or y1 > top + 1
    ]
    for (one, a), (other, b) in combinations(texts, 2):
        across, up = (min(a[k + 2], b[k + 2]) - max(a[k], b[k]) for k in (0, 1))
        if across > 1 and up > 3:
            found.append(f"{one!r} on {other!r}")
    return found
