"""A file of runs that is damaged is read rightly, or refused in words that help."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import strategies as st
from judging import Kept, judged, refused
from trying import tried
from values import NUMBERS, ODD_VALUES, TEXTS

from scaling_utils import Runs

TRIED_HERE = ("Runs",)
HEADER, ROWS = "N,D,loss", ["1e8,2e9,3.5", "2e8,2e9,3.25", "4e8,9e9,2.875", "8e8,1e10,2.75"]
TEXT = "\n".join([HEADER, *ROWS]) + "\n"
PLAIN = [[1e8, 2e9, 3.5], [2e8, 2e9, 3.25], [4e8, 9e9, 2.875], [8e8, 1e10, 2.75]]


def rows(runs: Runs) -> list[list[float]]:
    return runs.table[["N", "D", "loss"]].to_numpy().tolist()


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """Writes a file of runs as it is given."""

    def write(content: str | bytes) -> Path:
        path = tmp_path / "runs.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def test_a_file_that_ends_anywhere_is_read_so_far_or_refused(file) -> None:
    """What is read of it are whole rows of the file, but for the digits that its last one lost."""
    for end in range(len(TEXT)):
        try:
            found = rows(Runs.read(file(TEXT[:end])))
        except ValueError as error:
            refused(error, ["runs.csv", "row", "column"])
        else:
            assert found[:-1] == PLAIN[: len(found) - 1]
            assert found[-1][:2] == PLAIN[len(found) - 1][:2]


SAME: dict[str, bytes] = {
    "a mark of UTF-8": b"\xef\xbb\xbf" + TEXT.encode(),
    "lines of Windows": TEXT.replace("\n", "\r\n").encode(),
    "lines of an old Macintosh": TEXT.replace("\n", "\r").encode(),
    "semicolons": TEXT.replace(",", ";").encode(),
    "tabs": TEXT.replace(",", "\t").encode(),
    "bars": TEXT.replace(",", "|").encode(),
    "spaces around all": TEXT.replace(",", " , ").encode(),
    "all in quotes": "\n".join('"' + x.replace(",", '","') + '"' for x in TEXT.split()).encode(),
    "blank lines": TEXT.replace("\n", "\n\n , \n").encode(),
    "a comment first": b'# made by, a log\'s "tool"\n' + TEXT.encode(),
    "a comment between": TEXT.replace("2e8", "# half\n2e8").encode(),
    "a column without a name": ",".join(["", TEXT.replace("\n", "\n7,")])[:-2].encode(),
    "a comma at every end": TEXT.replace("\n", ",\n").encode(),
    "columns in another order": b"loss,N,D\n"
    + "".join(f"{c},{a},{b}\n" for a, b, c in PLAIN).encode(),
    "a sign before each": TEXT.replace("e9", "e+9").replace("3.", "+3.").encode(),
}


@pytest.mark.parametrize("kind", SAME)
def test_the_same_runs_are_read_whatever_wrote_them(kind: str, file) -> None:
    assert rows(Runs.read(file(SAME[kind]))) == PLAIN


WRONG: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "it is empty"),
    "blanks": (b"\n \n", "it is empty"),
    "only a header": (b"N,D,loss\n", "no rows under N, D, loss"),
    "decimal commas between commas": (
        TEXT.replace(".", ",").encode(),
        r"line 2 has 4 cells under 3 names; expected .* numbers with a decimal point",
    ),
    "decimal commas": (
        TEXT.replace(",", ";").replace(".", ",").encode(),
        r"line 2 \(loss is 3,5\).*write numbers as 1e9 or 2\.5",
    ),
    "a name too few": (
        b"N,D,loss\n1,1e8,2e9,3.5\n",
        "line 2 has 4 cells under 3 names; expected .* a name for each column",
    ),
    "a column twice": (b"N,D,loss,N\n1,2,3,4\n", "more than one use of column N"),
    "a sum": (b"N,D,loss\n=1+1,2e9,3\n", r"line 2 \(N is =1\+1\)"),
    "a call": (b'N,D,loss\n1e8,"@SUM(1,2)",3\n', r"line 2 \(D is @SUM\(1,2\)\)"),
    "a plus": (b"N,D,loss\n1e8,+,3\n", r"line 2 \(D is \+\)"),
    "a minus": (b"N,D,loss\n1e8,-1,-3\n", r"line 2 \(D is -1, loss is -3\)"),
    "a quote lost": (b'N,D,loss,group\n1,2,3,"a\n4,5,6,b\n', "is a quote missing"),
    "a quote lost and found": (b'N,D,loss,group\n1,2,3,"a\n4,5,6,"b"\n', "expected a CSV"),
    "Latin-1": ("N,D,loss,group\n1,2,3,größe\n".encode("latin-1"), "expected a CSV in UTF-8"),
    "UTF-16": (TEXT.encode("utf-16"), "expected a CSV in UTF-8"),
    "UTF-16 without a mark": (TEXT.encode("utf-16-le"), "a workbook, a page, or UTF-16"),
    "zero bytes": (TEXT.replace("2e8", "2e\0").encode(), "a workbook, a page, or UTF-16"),
    "a workbook": (b"PK\x03\x04\x14\x00\x06\x00\x08" + bytes(99), "expected a CSV"),
    "a page": (b"<!doctype html>\n<table><tr><td>1,2,3</td></tr></table>", "a workbook, a page"),
    "a huge cell": (b"N,D,loss\n1e8,2e9," + b"3" * 200_000 + b"\n", "field larger than"),
    "a huge name": (b"N,D," + b"x" * 100_000 + b"\n1,2,3\n", "no column loss"),
    "a comment alone": (b"# nothing\n", "it is empty"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_cannot_be_read_is_refused_in_a_sentence(kind: str, file) -> None:
    content, said = WRONG[kind]
    with pytest.raises(ValueError, match=said) as caught:
        Runs.read(file(content))
    refused(caught.value, ["runs.csv", "row", "column"])
    assert len(str(caught.value)) < 1000 or kind == "a huge name"


def test_lines_are_those_of_the_file(file) -> None:
    """Blank lines and comments are counted, and rows that were left out as well."""
    path = file("# log\nN,D,loss\n\n1e8,2e9,?\n2e8,2e9,3\n# more\n2e8,2e9,3\n4e8,2e9,2.5\n")
    with pytest.raises(ValueError, match=r"line 4 \(loss is \?\)"):
        Runs.read(path)
    runs = Runs.read(path, drop=True)
    assert any("rows at index [1] (line 7) are copies" in note for note in runs.notes)
    fewer = runs.without([1], "a copy")
    assert fewer.dropped["row"].tolist() == ["line 4", "line 7"]
    assert fewer.without([1], "small").dropped["row"].tolist()[-1] == "line 8"


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: None], ids=["a folder", "no file"])
def test_what_is_no_file_is_named(make, tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    make(path)
    with pytest.raises(OSError, match=r"runs\.csv"):
        Runs.read(path)


CELLS = st.sampled_from(
    ["1e8", "2e9", "3.5", "", "-1", "nan", "=1+1", '"', "3,5", "1_0", "x", " "]
)
LINES = st.lists(st.lists(CELLS | TEXTS, min_size=1, max_size=5).map(",".join), max_size=6)


def test_any_text_is_read_or_refused(file, record_property) -> None:
    def look(lines: list[str]) -> None:
        path = file("\n".join(["N,D,loss", *lines]).encode("utf-8", "surrogatepass"))
        kept = judged(lambda: Kept(Runs.read(path)), ["runs.csv", "row"])
        if kept is not None:
            runs = kept.held
            assert 0 < len(runs) <= len(lines)
            assert (runs.table[["N", "D", "loss"]].to_numpy() > 0).all()
            assert all(isinstance(note, str) for note in runs.notes)

    tried("runs", LINES, look, record_property)


def test_any_bytes_in_a_file_are_read_or_refused(file, record_property) -> None:
    """One place of a good file is overwritten by some bytes."""

    def look(drawn: tuple[int, bytes]) -> None:
        at, put = drawn
        path = file(TEXT.encode()[:at] + put + TEXT.encode()[at + len(put) :])
        judged(lambda: Kept(Runs.read(path)), ["runs.csv", "row", "column"])

    places = st.integers(0, len(TEXT))
    tried("runs", st.tuples(places, st.binary(min_size=1, max_size=4)), look, record_property)


def test_a_table_of_anything_is_read_or_refused(record_property) -> None:
    every = ["N", "D", "loss", "C", "weight", "group", "unique", "S", 1, None, ("a",)]
    names, few = st.sampled_from(every), [1e9, 2.5, "3", "x", None, True, 10**400, pd.NA, pd.NaT]
    cells = st.lists(st.sampled_from(few) | TEXTS, min_size=3, max_size=3)
    tables = st.dictionaries(names, cells, max_size=3)

    def look(columns: dict[Any, list[Any]]) -> None:
        good = {"N": [1e8, 2e8, 4e8], "D": [2e9, 4e9, 9e9], "loss": [3.5, 3.2, 2.9]}
        table = pd.DataFrame(good | columns, dtype=object)
        judged(
            lambda: Runs.read(table).table.drop(columns="group", errors="ignore"),
            ["row", "column", *map(str, columns)],
        )

    tried("columns", tables, look, record_property)


def test_options_of_a_reader_are_checked(file, record_property) -> None:
    path, names = file(TEXT), ["source", "drop", "flops_per_parameter_token", "N", "size"]
    values = st.dictionaries(st.sampled_from(names[1:]), NUMBERS | ODD_VALUES | TEXTS, min_size=1)

    def look(options: dict[str, Any]) -> None:
        judged(lambda: len(Runs.read(path, **options)), [*names, "column", "row", "C would"])

    tried("columns", values, look, record_property)


def test_columns_of_runs_are_checked(record_property) -> None:
    names = ("N", "D", "loss", "C", "S", "unique", "weight", "loss_low", "loss_high", "group")
    good = {"N": [1e8, 2e8], "D": [2e9, 4e9], "loss": [3.5, 3.2]}
    values = st.dictionaries(st.sampled_from(names), NUMBERS | ODD_VALUES | TEXTS, min_size=1)

    def look(columns: dict[str, Any]) -> None:
        kept = judged(lambda: Kept(Runs(**good | columns)), [*names, "arrays"])
        if kept is not None:
            assert len(kept.held) == len(kept.held.loss)
            assert all(isinstance(note, str) for note in kept.held.notes)

    tried("columns", values, look, record_property)


@pytest.mark.long
@pytest.mark.parametrize("last", ["3.5", "3,5"])
def test_a_million_rows_are_read_or_refused_in_seconds(last: str, file) -> None:
    rng = np.random.default_rng(0)
    body = "".join(f"{x:.6g};{20 * x:.6g};{last}\n" for x in rng.uniform(1e8, 1e10, 10**6))
    path, began = file("N;D;loss\n" + body), time.process_time()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if last == "3.5":
        assert len(Runs.read(path)) == 10**6
    else:
        with pytest.raises(ValueError, match="1000000 of 1000000 rows cannot be used"):
            Runs.read(path)
    assert time.process_time() - began < 40
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1.5e6  # kilobytes
