"""Every built figure: what it shows is in its table, and its texts can be read.

`scaling_utils.figures.registry` leaves beside the site what each figure draws, wide and narrow.
"""

from __future__ import annotations

import json
import re
from copy import deepcopy
from itertools import combinations, pairwise
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
EVERY = pytest.mark.parametrize(("figure_id", "width"), [(f, w) for f in FIGURES for w in WIDTHS])


def shown(figure_id: str, width: str) -> tuple[dict[str, Any], pd.DataFrame, dict[str, str]]:
    card = json.loads((SITE / "figures" / f"{figure_id}.json").read_text("utf-8"))
    table = pd.read_csv(SITE / "figures" / f"{figure_id}.csv", keep_default_na=True)
    record = json.loads((DRAWN / f"{figure_id}.json").read_text("utf-8"))
    return record[width], table, card["columns"]


def strangers(values: np.ndarray, table: pd.DataFrame) -> np.ndarray:
    """The values that are in no column of numbers."""
    if {"start", "exponent"} <= set(table):  # brackets that end where the next part starts
        table = table.assign(end=table["start"] + table["exponent"])
    columns = table.select_dtypes("number").to_numpy(dtype=float).ravel()
    known = np.unique(np.concatenate([columns * scale for scale in SCALES]))
    known = np.append(known[np.isfinite(known)], np.inf)
    values = values[np.isfinite(values)]
    place = np.searchsorted(known, values)
    near = np.minimum(np.abs(known[place] - values), np.abs(known[place - 1] - values))
    return values[near > 1e-6 * np.abs(values) + 1e-12]


def only_places(ticks: list[str], table: pd.DataFrame) -> bool:
    """Whether an axis has rows for words, or for the few values of a column, and no scale."""
    words = any(re.search("[A-Za-z]{3}", re.sub(r"\\[a-z]+", "", tick)) for tick in ticks)
    return words or set(ticks) in [set(), *(set(map(str, table[name])) for name in table)]


def made_up(axes: dict[str, Any], table: pd.DataFrame) -> list[tuple[str, str, float]]:
    """Drawn values that are in no column.

    A level or upright line and one of two points are guides: they mark what the axis shows.
    """
    found = []
    for k, ticks in enumerate(axes["ticks"]):
        if only_places(ticks, table):
            continue
        for artist in axes["drawn"]:
            values = np.array(artist["xy"], dtype=float).reshape(-1, 2)[:, k]
            if artist["kind"] == "line" and (len(values) == 2 or len(np.unique(values)) == 1):
                continue
            odd = strangers(values, table)
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


def swapped(axes: dict[str, Any], table: pd.DataFrame) -> list[str]:
    """Labels that are values of a column on what is drawn from other rows than theirs."""
    words = table.select_dtypes(exclude="number")
    found = []
    for artist in axes["drawn"]:
        rows = table[(words == artist["label"]).any(axis=1)]
        if len(rows) == 0:
            continue
        values = np.array(artist["xy"], dtype=float).reshape(-1, 2)
        if any(
            len(strangers(values[:, k], rows)) > len(strangers(values[:, k], table))
            for k in (0, 1)
            if not only_places(axes["ticks"][k], table)
        ):
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


def test_every_figure_left_a_record_of_what_it_draws():
    assert sorted(path.stem for path in DRAWN.glob("*.json")) == FIGURES


@EVERY
def test_all_that_is_drawn_is_in_the_table(figure_id, width):
    record, table, _ = shown(figure_id, width)
    found = [each for axes in record["axes"] for each in made_up(axes, table)]
    assert bool(found) == (figure_id in NOT_FROM_A_COLUMN), found


@EVERY
def test_axes_have_labels_with_the_units_of_their_columns(figure_id, width):
    record, table, columns = shown(figure_id, width)
    assert [each for axes in record["axes"] for each in wrong_units(axes, table, columns)] == []


@EVERY
def test_a_legend_names_the_rows_that_are_drawn(figure_id, width):
    record, table, _ = shown(figure_id, width)
    assert [each for axes in record["axes"] for each in swapped(axes, table)] == []


@EVERY
def test_texts_stay_on_the_figure_and_apart(figure_id, width):
    record, _, _ = shown(figure_id, width)
    # On a phone the legend of Figure 4's points touches the last label of an axis.
    touches = ["'left out of fits' on '10B'"] if figure_id == "figure-4-digitised" else []
    assert [each for each in unreadable(record) if each not in touches] == []


def off_by_5_percent(record: dict[str, Any], table: pd.DataFrame) -> list[dict[str, Any]]:
    """The record once for each artist that draws a column, with that artist's values too large."""
    found = []
    for place, axes in enumerate(record["axes"]):
        for k, ticks in enumerate(axes["ticks"]):
            for each, artist in enumerate(axes["drawn"]):
                values = np.array(artist["xy"], dtype=float).reshape(-1, 2)[:, k]
                guide = artist["kind"] == "line" and len(values) == 2
                if only_places(ticks, table) or guide or len(np.unique(values)) < 3:
                    continue
                changed = deepcopy(record)
                for point in changed["axes"][place]["drawn"][each]["xy"]:
                    point[k] *= 1.05
                found.append(changed)
    return found


def of_another_unit(record: dict[str, Any], table: pd.DataFrame) -> list[dict[str, Any]]:
    """The record once for each axis of losses, in bits, and of compute, in PF-days or in FLOPs."""
    other = {"nats": "bits", "FLOP": "PF-day", "PF-day": "FLOP", "tokens": "bytes"}
    found = []
    for place, axes in enumerate(record["axes"]):
        for k, label in enumerate(axes["labels"]):
            unit = next((u for u in other if re.search(rf"\b{u}", stated(label))), None)
            if unit and axes["drawn"] and not only_places(axes["ticks"][k], table):
                changed = deepcopy(record)
                words = stated(label).replace(unit, other[unit])
                changed["axes"][place]["labels"][k] = label.replace(stated(label), words)
                found.append(changed)
    return found


def with_labels_exchanged(record: dict[str, Any], table: pd.DataFrame) -> list[dict[str, Any]]:
    """The record once for each two neighbours in a legend that are values of one column."""
    words = table.select_dtypes(exclude="number")
    found = []
    for place, axes in enumerate(record["axes"]):
        named = [k for k, a in enumerate(axes["drawn"]) if (words == a["label"]).any(axis=None)]
        for one, two in pairwise(named):
            labels = [axes["drawn"][k]["label"] for k in (one, two)]
            if labels[0] != labels[1]:
                changed = deepcopy(record)
                for k, label in zip((one, two), labels[::-1], strict=True):
                    changed["axes"][place]["drawn"][k]["label"] = label
                found.append(changed)
    return found


PLANTS = {
    "values": (off_by_5_percent, lambda axes, table, columns: made_up(axes, table)),
    "units": (of_another_unit, wrong_units),
    "legends": (with_labels_exchanged, lambda axes, table, columns: swapped(axes, table)),
}
"""Fault -> how it is planted in a figure as it was built, and what must find it."""


@pytest.mark.parametrize("fault", PLANTS)
def test_faults_planted_in_the_built_figures_are_found(fault):
    plant, find = PLANTS[fault]
    missed, planted = [], 0
    for figure_id in FIGURES:
        record, table, columns = shown(figure_id, "wide")
        if figure_id in NOT_FROM_A_COLUMN:
            continue
        for changed in plant(record, table):
            planted += 1
            if not any(find(axes, table, columns) for axes in changed["axes"]):
                missed.append(figure_id)
    assert planted >= 5
    assert sorted(set(missed)) == []


PLANTED = pd.DataFrame(
    {"kind": ["a curve"] * 2 + ["an edge"] * 2, "C": [1.1e9, 1.2e9, 1.3e9, 1.4e9]}
)
PLANTED["loss"] = [3.0, 2.0, 2.5, 1.6]
COLUMNS = {"kind": "curve or edge", "C": "compute, FLOPs", "loss": "nats per byte"}


def axes_of(label="a curve", unit="nats per byte", off=1.0):
    line = {"kind": "line", "label": label, "xy": [[1.1e9, 3.0], [1.2e9, 2.0 * off], [1.2e9, 2.0]]}
    labels = ["compute (FLOPs)", f"loss ({unit})"]
    return {"labels": labels, "ticks": [["1", "2"], ["2", "3"]], "drawn": [line]}


def test_planted_faults_are_found():
    assert not made_up(axes_of(), PLANTED)
    assert made_up(axes_of(off=1.05), PLANTED) == [("line", "y", 2.1)]
    assert not wrong_units(axes_of(), PLANTED, COLUMNS)
    assert wrong_units(axes_of(unit="nats per token"), PLANTED, COLUMNS)
    assert not swapped(axes_of(), PLANTED)
    assert swapped(axes_of(label="an edge"), PLANTED) == ["an edge"]
    box = {"text": "a", "box": [0, 0, 20, 10]}
    record = {"size": [100, 50], "texts": [box, {"text": "b", "box": [30, 0, 50, 10]}]}
    assert not unreadable(record)
    assert unreadable({**record, "texts": [box, {"text": "b", "box": [15, 0, 40, 10]}]})
    assert unreadable({**record, "texts": [{"text": "c", "box": [90, 0, 110, 10]}]}) == ["c"]
