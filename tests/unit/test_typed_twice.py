"""What is printed was typed twice from the papers: one wrong digit stands against the other.

A checksum is renewed with one command after a change, and says nothing of the paper.
"""

from __future__ import annotations

import pytest
import typed_twice

from scaling_utils import datasets
from scaling_utils.published import constants, sets

ONCE = {
    "minicpm2024/Llama 2": "read off one passage; claims test it",
    "deepseek2024/Table 3": "not read but found: claims show that it gives four printed ratios",
    ("besiroglu2024", "log_E_notebook"): "tested against the other constants of its fit",
}
"""Constants that nobody typed a second time, with the reason."""


@pytest.mark.parametrize("table", typed_twice.TABLES)
def test_every_cell_is_what_was_typed_a_second_time(table):
    ours = typed_twice.rows(datasets.data_path(f"{table}.csv"))
    typed = typed_twice.rows(typed_twice.FOLDER / f"{table}.csv")
    assert len(ours) == len(typed) > 1
    wrong = [
        f"{table}.csv, row {place}, {column}: {row[column]!r}, but the paper was read as {cell!r}"
        for place, (row, again) in enumerate(zip(ours, typed, strict=True), start=1)
        for column, cell in again.items()
        if not typed_twice.same(row[column], cell)
    ]
    assert not wrong, "\n".join(wrong)


def test_every_constant_is_what_was_typed_a_second_time():
    ours = {(c.set, c.symbol): c for name in sets() for c in constants(name)}
    wrong = []
    for name, symbol, digits, place in typed_twice.constants():
        c = ours.pop((name, symbol))
        if (c.printed or str(c.value), c.place) != (digits, place):
            wrong.append(
                f"{name} {symbol}: {c.printed or c.value} in {c.place}, "
                f"but the paper was read as {digits} in {place}"
            )
    assert not wrong, "\n".join(wrong)
    once = [key for key in ours if key[0] not in ONCE and key not in ONCE]
    assert not once, "type these a second time, from the paper, into typed_twice/constants.txt"


def test_every_result_is_what_was_typed_a_second_time():
    names = ("place", "benchmark", "measure", "setting", "model")
    ours = {
        tuple(row[name] for name in names): row["value"]
        for row in typed_twice.rows(datasets.data_path("hoffmann2022_results.csv"))
    }
    typed = dict(typed_twice.results())
    wrong = [
        f"{', '.join(where)}: {ours.get(where)}, but the paper was read as {digits}"
        for where, digits in typed.items()
        if not typed_twice.same(ours.get(where, ""), digits)
    ]
    assert not wrong, "\n".join(wrong)
    assert ours.keys() == typed.keys(), "type each a second time, from the paper"


@pytest.mark.parametrize(
    ("cell", "typed", "expected"),
    [
        ("1400000000000", "1.4T", True),
        ("0.667", ".667", True),
        ("0.50", "0.5", True),
        ("", "", True),
        ("1400000000000", "1.4B", False),
        ("0.667", ".676", False),
        ("", "0", False),
        ("fixed", "unlimited", False),
    ],
)
def test_digits_are_compared_as_numbers_and_words_as_words(cell, typed, expected):
    assert typed_twice.same(cell, typed) is expected
