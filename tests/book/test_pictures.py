"""What a figure says: numbers and differences are its table's, and its words are its own.

A caption that belongs to another figure shares fewer words with the picture than its own.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from about import SITE
from drawn import EVERY, FIGURES, shown
from typed import ALLOWED

NAMES = [pattern for pattern in ALLOWED if "`" not in pattern]
"""What a picture may say with digits in it: names, places, the level of intervals."""
COUNTS = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
NUMBER = re.compile(
    r"(?<![\w.])(?P<sign>[−+-]?)(?P<digits>\d[\d,]*(?:\.\d+)?)"
    r"(?: × 10(?P<power>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)|(?P<count>[KMBT])\b)?(?!\w)"
)
NOT_IN_THE_TABLE = {
    "exponent-budget": (0.27, 0.32),  # a sum of two rows
    "repeated-data": (300e9,),  # the text of both laws
    "three-laws": (0.84, 0.80, 0.88, 0.89),  # what is left at ten times as much
}
"""Numbers in a picture that follow from its table by more than rounding."""
ALIKE = {
    "caption": {
        ("bootstrap-intervals", "budgets-kept"),
        ("leave-a-budget-out", "my-budget"),
        ("measured-ratio-by-budget", "my-budget"),
        ("parameters-without-end", "swap-parameters-for-text"),
    },
    "alt": {
        ("approach-1-envelope", "measured-power-laws"),
        ("flat-optimum", "what-doubling-buys"),
        ("four-times-from-here", "models-over-the-years"),
        ("leave-a-budget-out", "measured-ratio-by-budget"),
        ("measured-power-laws", "models-over-the-years"),
        ("parameters-on-fixed-text", "small-study-fixed-data"),
    },
}
"""Pairs of figures, of three thousand, whose words differ too little to tell them apart."""


def numbers(text: str) -> list[tuple[float, float]]:
    """Each number of a text, and half of its last digit; zeros at an end are no digits."""
    for pattern in NAMES:
        text = re.sub(pattern, " ", text)
    found = []
    for each in NUMBER.finditer(text):
        digits = each["digits"].replace(",", "")
        whole, _, decimals = digits.partition(".")
        last = -len(decimals) if decimals else len(whole) - len(whole.rstrip("0"))
        scale = COUNTS.get(each["count"], 1.0) * 10.0 ** int(
            (each["power"] or "0").translate(RAISED)
        )
        found.append((float(digits) * scale, 0.5 * 10.0**last * scale))
    return found


def unknown_numbers(texts: list[str], table: pd.DataFrame) -> list[str]:
    """Texts with a number that no cell gives, not even in per cent, or as more than one."""
    words = table.select_dtypes(exclude="number")
    cells = {str(cell) for name in words for cell in words[name].dropna().unique()}
    values = table.select_dtypes("number").to_numpy(dtype=float).ravel()
    values = values[np.isfinite(values)]
    known = np.abs([values, 100 * values, 100 * (values - 1), 1e-6 * values, 1e-9 * values])
    found = []
    for text in texts:
        rest = text
        for cell in sorted(cells, key=len, reverse=True):
            rest = rest.replace(cell, " ") if len(cell) > 2 else rest
        if text not in cells and any(
            not (np.abs(known - value) <= 1.0001 * half).any() for value, half in numbers(rest)
        ):
            found.append(text)
    return found


def notes(figure_id: str, width: str) -> list[str]:
    """What is written in a picture, but for the ticks of its axes."""
    record, _, _ = shown(figure_id, width)
    ticks = {tick for axes in record["axes"] for ticks in axes["ticks"] for tick in ticks}
    texts = [text["text"] for text in record["texts"]] + [a["title"] for a in record["axes"]]
    return [text for text in texts if text not in ticks]


@EVERY
def test_numbers_in_a_picture_are_those_of_its_table(figure_id, width):
    _, table, _ = shown(figure_id, width)
    more = pd.DataFrame({"known": NOT_IN_THE_TABLE.get(figure_id, ())}, dtype=float)
    assert unknown_numbers(notes(figure_id, width), pd.concat([table, more])) == []


def test_a_number_that_is_off_is_found():
    table = pd.DataFrame({"law": ["Table 6"], "both": [0.303], "N": [7.3e10], "C": [6.1e18]})
    right = [
        "0.303",
        "30 %",
        "73B",
        "6.1 × 10¹⁸",
        "Table 6: 0.3",
        "95 % band",
        "year 2020",
        "20:1",
    ]
    assert unknown_numbers(right, table) == []
    wrong = ["0.333", "33 %", "80B", "6.7 × 10¹⁸", "Table 6: 0.4", "90 % band"]
    assert unknown_numbers(wrong, table) == wrong


@EVERY
def test_a_difference_goes_the_way_its_column_says(figure_id, width):
    _, _, columns = shown(figure_id, width)
    said = " ".join(columns.values()).replace("'s", "")
    for text in notes(figure_id, width):
        for one, other in re.findall(r"(\w+)(?: loss)? − (\w+)", text.replace("'s", "")):
            ways = [f"{a} minus {b}" in said for a, b in ((one, other), (other, one))]
            assert ways == [True, False], f"{text!r} is not what its column says: {said}"


@cache
def words_of(figure_id: str, *parts: str) -> frozenset[str]:
    """The words of a figure's picture and table, or of parts of its card."""
    _, table, columns = shown(figure_id, "wide")
    card = json.loads((SITE / "figures" / f"{figure_id}.json").read_text("utf-8"))
    texts = [card[part] for part in parts if part != "picture"]
    if "picture" in parts:
        texts += [*notes(figure_id, "wide"), *columns, *columns.values(), figure_id]
        for name in table.select_dtypes(exclude="number"):
            texts += map(str, table[name].dropna().unique()[:40])
    found = re.findall(r"[^\W\d_]{3,}", " ".join(texts).casefold())
    return frozenset(word.rstrip("s") for word in found)


def likeness(part: str) -> Callable[[str, str], float]:
    """How well the part of one figure's card fits another figure: rare words weigh more."""
    rest = ["picture", *({"title", "caption", "alt"} - {part})]
    held = {figure_id: words_of(figure_id, *rest) for figure_id in FIGURES}
    often = Counter(word for words in held.values() for word in words)
    weight = {word: math.log(len(held) / count) for word, count in often.items()}
    size = {f: math.sqrt(sum(weight[w] for w in words)) for f, words in held.items()}

    def fits(one: str, other: str) -> float:
        return sum(weight[w] for w in words_of(one, part) & held[other]) / size[other]

    return fits


@pytest.mark.parametrize("part", ALIKE)
def test_the_words_of_a_figure_are_no_others(part):
    """If two figures are nearly the same, say in `ALIKE` that their words may change places."""
    fits = likeness(part)
    foreign = {
        (one, other)
        for one, other in combinations(FIGURES, 2)
        if fits(one, one) + fits(other, other) <= fits(one, other) + fits(other, one)
    }
    assert foreign <= ALIKE[part], f"does this {part} belong to its figure?"
    assert len(ALIKE[part] - foreign) < len(ALIKE[part]) / 2, "take out what is told apart"
    alone = [figure_id for figure_id in FIGURES if fits(figure_id, figure_id) < 0.35]
    assert not alone, f"does this {part} belong to its figure?"
