"""Data that were damaged are refused in words, also where somebody wrote a new checksum."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from judging import Kept, judged
from trying import tried
from values import NUMBERS, ODD_VALUES, TEXTS

from scaling_utils import datasets

TRIED_HERE = ("names", "describe", "load", "content", "data_path")
RESULTS = ("DataError",)
FIELDS = [("paper", "string"), ("N", "number"), ("layers", "integer"), ("shown", "boolean")]
TEXT = "paper,N,layers,shown\nKaplan,1.5e9,48,true\nHoffmann,7e10,80,false\n"
NAMES = ["data set", "datapackage.json", "table.csv", "column", "resource", "directory"]


def described(text: bytes) -> dict[str, Any]:
    """The description of a table, with its checksum."""
    field = {"description": "what it is", "constraints": {"required": True}}
    told = {"place": "Table 1", "method": "typed", "known_errors": "none", "title": "A table"}
    return {
        "resources": [
            {
                "name": "table",
                "path": "table.csv",
                **told,
                "sources": [{"title": "here"}],
                "licenses": [{"title": "none"}],
                "schema": {"fields": [{"name": n, "type": t, **field} for n, t in FIELDS]},
                "rows": 2,
                "hash": "sha256:" + hashlib.sha256(text).hexdigest(),
            }
        ]
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "table.csv").write_text(TEXT)
    (tmp_path / "datapackage.json").write_text(json.dumps(described(TEXT.encode())))
    return tmp_path


def test_good_data_are_read(folder: Path) -> None:
    assert datasets.load("table", directory=folder).to_numpy().tolist() == [
        ["Kaplan", 1.5e9, 48, True],
        ["Hoffmann", 7e10, 80, False],
    ]
    assert datasets.names(directory=folder) == ["table"]


def test_a_file_with_any_change_is_refused(folder: Path, record_property) -> None:
    """By its checksum; with a new one it is refused, or read as a table of that kind."""

    def look(drawn: tuple[int, bytes, bool]) -> None:
        at, put, anew = drawn
        text = TEXT.encode()[:at] + put + TEXT.encode()[at + len(put) :]
        (folder / "table.csv").write_bytes(text)
        told = described(text if anew else TEXT.encode())
        (folder / "datapackage.json").write_text(json.dumps(told))
        read = judged(lambda: Kept(datasets.load("table", directory=folder)), NAMES)
        assert read is None or anew or text == TEXT.encode()
        if read is not None:
            assert [str(kind) for kind in read.held.dtypes][1:] == ["float64", "int64", "bool"]

    puts = st.binary(min_size=1, max_size=5) | st.sampled_from([b'"', b"\n", b",", b"9" * 40])
    places = st.integers(0, len(TEXT))
    tried("data", st.tuples(places, puts, st.booleans()), look, record_property)


def test_a_description_cut_or_changed_anywhere_is_refused(folder: Path, record_property) -> None:
    good = json.dumps(described(TEXT.encode())).encode()

    def look(drawn: tuple[int, bytes, bool]) -> None:
        at, put, cut = drawn
        at %= len(good) + 1
        (folder / "datapackage.json").write_bytes(
            good[:at] if cut else good[:at] + put + good[at + len(put) :]
        )
        judged(lambda: Kept(datasets.load("table", directory=folder)), NAMES)

    puts = st.binary(min_size=1, max_size=4)
    tried("data", st.tuples(st.integers(0, 2000), puts, st.booleans()), look, record_property)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda held: st.lists(held, max_size=2) | st.dictionaries(TEXTS, held, max_size=2),
    max_leaves=4,
)


def test_an_entry_of_another_kind_is_refused(folder: Path, record_property) -> None:
    """Any JSON in place of any entry of the description, or of all of it."""
    entries = [*described(b"")["resources"][0]]

    def look(drawn: tuple[str, Any]) -> None:
        entry, value = drawn
        told: Any = described(TEXT.encode())
        if entry == "all":
            told = value
        elif entry == "resources":
            told["resources"] = value
        elif entry == "field":
            told["resources"][0]["schema"]["fields"][1] = value
        else:
            told["resources"][0][entry] = value
        (folder / "datapackage.json").write_text(json.dumps(told))
        judged(lambda: Kept(datasets.load("table", directory=folder)), NAMES)

    where = st.sampled_from(["all", "resources", "field", *entries])
    tried("data", st.tuples(where, JSON), look, record_property)


@pytest.mark.parametrize("door", [datasets.load, datasets.describe, datasets.content])
def test_a_name_that_is_none_is_refused(door, record_property) -> None:
    def look(name: Any) -> None:
        assert judged(lambda: Kept(door(name)), NAMES) is None

    tried("data", NUMBERS | ODD_VALUES | TEXTS, look, record_property)


@pytest.mark.parametrize("gone", ["table.csv", "datapackage.json"])
@pytest.mark.parametrize("then", ["missing", "a folder"])
def test_a_missing_file_is_named(gone: str, then: str, folder: Path) -> None:
    (folder / gone).unlink()
    if then == "a folder":
        (folder / gone).mkdir()
    with pytest.raises(datasets.DataError, match=f"{gone}.*restore it"):
        datasets.load("table", directory=folder)
    assert datasets.data_path("x").name == "x"
