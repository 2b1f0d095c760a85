"""The suite of planted faults can itself fail."""

from __future__ import annotations

from dataclasses import replace

import listing
import pandas as pd
import planting
import pytest

FAULT = planting.Fault(
    "a sign",
    "the exponent of a power law loses its sign",
    "scaling_utils/laws/base.py",
    "class",
    "class",
    "tests/unit/test_house.py::test_lines_of_docstrings_are_counted",
    "",
)


def test_what_no_test_catches_is_a_failure(tmp_path):
    harmless = replace(FAULT, file="LICENSE", old="MIT License", new="MIT  License")
    with pytest.raises(AssertionError, match="not caught"):
        planting.assert_caught(harmless, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_there_are_faults_enough_of_kinds_enough():
    faults = listing.every_fault()
    kinds = {fault.kind for fault in faults}
    print(f"{len(faults)} faults of {len(kinds)} kinds")
    assert len(faults) >= 80
    assert len(kinds) >= 40


def test_every_fault_has_its_own_name_and_says_what_its_message_must_say():
    faults = listing.every_fault()
    names = [fault.what for fault in faults]
    assert [name for name in names if names.count(name) > 1] == []
    assert [fault.what for fault in faults if not fault.kind or not fault.says] == []


def test_the_table_that_the_book_shows_has_every_fault():
    told = pd.read_csv(listing.TABLE)
    pd.testing.assert_frame_equal(told, listing.table(), obj="run tests/faults/listing.py: table")


def test_a_check_that_is_not_there_catches_nothing(tmp_path):
    lost = replace(FAULT, file="LICENSE", old="MIT License", new="MIT  License")
    lost = replace(lost, check="tests/unit/test_house.py::test_that_was_renamed")
    with pytest.raises(AssertionError, match="not caught"):
        planting.assert_caught(lost, tmp_path / "copy")


def test_what_is_replaced_must_stand_there_once(tmp_path):
    (tmp_path / "a.txt").write_text("one two two")
    for old, new, said in (
        ("three", "3", "0 times"),
        ("two", "2", "2 times"),
        ("", "x", "already"),
    ):
        with pytest.raises(ValueError, match=said):
            planting.plant(replace(FAULT, file="a.txt", old=old, new=new), tmp_path)
    planting.plant(
        replace(FAULT, file="a.txt", old="one", new="1", also=(("two two", "2"),)), tmp_path
    )
    assert (tmp_path / "a.txt").read_text() == "1 2"
    planting.plant(replace(FAULT, file="a.txt", old="", new=None), tmp_path)
    planting.plant(replace(FAULT, file="b/c.txt", old="", new="new"), tmp_path)
    assert [path.name for path in tmp_path.rglob("*.txt")] == ["c.txt"]
