"""Every built figure: what it shows is in its table, and its texts can be read."""

from __future__ import annotations

import re
from copy import deepcopy
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from drawn import (
    DRAWN,
    EVERY,
    FIGURES,
    GUIDES,
    NOT_FROM_A_COLUMN,
    made_up,
    meant,
    only_places,
    shown,
    stated,
    swapped,
    unreadable,
    wrong_units,
)


def test_every_figure_left_a_record_of_what_it_draws():
    assert sorted(path.stem for path in DRAWN.glob("*.json")) == FIGURES


@EVERY
def test_all_that_is_drawn_is_in_the_table(figure_id, width):
    record, table, _ = shown(figure_id, width)
    guides = GUIDES.get(figure_id, ())
    found = [each for axes in record["axes"] for each in made_up(axes, table, guides)]
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
                few = 1 if artist["kind"] == "line" else 3
                if only_places(ticks, table) or len(np.unique(values[values > 1])) < few:
                    continue
                changed = deepcopy(record)
                for point in changed["axes"][place]["drawn"][each]["xy"]:
                    point[k] *= 1.0513
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
    found = []
    for place, axes in enumerate(record["axes"]):
        named = [
            k for k, a in enumerate(axes["drawn"]) if meant(a["label"], table).size < table.size
        ]
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
