"""What cannot be typed a second time has a second checksum, column by column."""

from __future__ import annotations

import pytest
import sealing
import typed_twice

from scaling_utils import datasets

SEALED = sealing.sealed()
REMADE = {"interval_coverage": "fits", "interval_kinds": "intervals"}
"""Made anew by a command that anybody may give: coverage is a share of what it counts."""


@pytest.mark.parametrize("name", SEALED)
def test_a_column_is_the_one_that_was_sealed(name):
    found = sealing.seals(datasets.data_path(f"{name}.csv"))
    assert list(found) == list(SEALED[name])
    broken = [column for column, seal in found.items() if seal != SEALED[name][column]]
    assert not broken, (
        f"{name}.csv has changed in {', '.join(broken)}. Nobody edits what was measured, released "
        f"or computed: restore it, or after its maker has made it anew: sealing.py {name}"
    )


def test_every_table_is_typed_twice_or_sealed():
    typed = {*typed_twice.TABLES, "hoffmann2022_results"}
    typed |= {name for name in datasets.names() if name.endswith("_constants")}
    assert not typed & SEALED.keys()
    assert set(datasets.names()) == typed | SEALED.keys() | REMADE.keys()


@pytest.mark.parametrize("name", REMADE)
def test_the_shares_that_a_command_remakes_are_shares_of_what_it_counts(name):
    table = datasets.load(name)
    counted = table[REMADE[name]]
    held = table["coverage"] * counted
    assert ((held - held.round()).abs() < 0.05 + 5e-5 * counted).all()


def test_a_seal_sees_a_digit_a_row_and_a_name(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2\n3,4\n")
    whole = sealing.seals(path)
    for text, columns in (
        ("a,b\n1,2\n3,5\n", {"b"}),
        ("a,b\n3,4\n1,2\n", {"a", "b"}),
        ("a,c\n1,2\n3,4\n", {"c"}),
    ):
        path.write_text(text)
        assert {c for c, seal in sealing.seals(path).items() if seal != whole.get(c)} == columns
