"""The data: every file as its description says, cell by cell, and refused where it is not."""

import bz2
import json
import shutil

import pytest
import update_datapackage
from frictionless import Package, Resource

from scaling_utils import datasets
from scaling_utils.datasets import DataError

NAMES = datasets.names()
DATA = datasets.data_path()


@pytest.fixture
def copy(tmp_path):
    """A copy of the data folder that a test may damage."""
    for path in DATA.iterdir():
        if path.is_file():
            shutil.copy(path, tmp_path)
    return tmp_path


def change(copy, name, edit):
    """Edit one resource of the descriptor."""
    path = copy / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    (resource,) = (each for each in package["resources"] if each["name"] == name)
    edit(resource)
    path.write_text(json.dumps(package), encoding="utf-8")


def complaints(folder, name):
    """What Frictionless says about a table: (row, column, what is wrong)."""
    resource = Package(str(folder / "datapackage.json")).get_resource(name)
    return [
        (getattr(error, "row_number", None), getattr(error, "field_name", None), error.message)
        for error in Resource.validate(resource).tasks[0].errors
    ]


@pytest.mark.parametrize("name", NAMES)
def test_every_cell_and_row_is_as_described(name):
    assert complaints(DATA, name) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_file_and_column_says_what_it_is(name):
    table = datasets.load(name)
    source = table.attrs["source"]
    assert source["rows"] == len(table)
    for entry in ("title", "place", "sources", "licence", "method", "known_errors"):
        assert source[entry], f"{name} does not say its {entry}"
    assert json.loads(json.dumps(source)) == source == datasets.describe(name)
    for field in source["fields"]:
        column, kind, limits = field["name"], field["type"], field["constraints"]
        assert field["description"], column
        # pandas 2 keeps text in columns of objects.
        held = {"number": "float64", "integer": "int64", "boolean": "bool"}.get(kind)
        if not limits.get("required"):
            held = {"integer": "Int64", "boolean": "boolean"}.get(kind, held)
        assert kind == "string" or table[column].dtype == held
        if kind in ("number", "integer"):
            assert field["unit"], f"{column} has no unit"
            assert {"minimum", "maximum"} <= set(limits), column


def test_every_file_is_described_and_in_the_readme():
    resources = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    paths = {each["path"] for each in resources}
    assert paths == {path.name for path in (*DATA.glob("*.csv"), *DATA.glob("*.bz2"))}
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    assert [path for path in sorted(paths) if f"`{path}`" not in readme] == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("\n57,", "\nmany,", (3, "params_millions", "integer")),
        ("\n57,", "\nnan,", (3, "params_millions", "integer")),
        ("\n57,", "\n,", (3, "params_millions", "required")),
        ("\n57,", "\n57000000,", (3, "params_millions", "maximum")),
        ("\n57,", "\n57,57,", (3, "", "extra value")),
        ("\n57,", "\n57", (3, "n_layers", "missing cell")),
        ("\n57,", "\n44,", (3, "params_millions", "unique")),
        ("d_model", "d_modell", (None, "d_model", "does not match the field name")),
    ],
)
def test_a_wrong_cell_is_named_even_if_the_checksum_was_made_anew(copy, old, new, said):
    path = copy / "hoffmann2022_table_a9.csv"
    path.write_text(path.read_text().replace(old, new, 1))
    update_datapackage.update(copy)
    row, column, word = said
    found = complaints(copy, "hoffmann2022_table_a9")
    assert [each for each in found if each[:2] == (row, column) and word in each[2]], found


def test_a_lost_row_and_an_unknown_word_are_named(copy):
    path = copy / "llm_params_tokens.csv"
    *lines, _ = path.read_text().replace("dense", "sparse", 1).splitlines(keepends=True)
    path.write_text("".join(lines))
    found = complaints(copy, "llm_params_tokens")
    assert any(each[1] == "architecture" and "enum" in each[2] for each in found)
    assert any("row count" in each[2] for each in found)


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_byte_is_refused(copy, name):
    path = copy / f"{name}.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n", 1))
    with pytest.raises(DataError, match=rf"{name}.csv: not the expected bytes.*update_datapack"):
        datasets.load(name, directory=copy)


def test_other_columns_than_described_are_refused(copy):
    path = copy / "hoffmann2022_table_a2.csv"
    path.write_text(path.read_text().replace("fitted_on,a,b", "fitted_on,b,a"))
    update_datapackage.update(copy)
    with pytest.raises(DataError, match="its columns are fitted_on, b, a; the description has"):
        datasets.load("hoffmann2022_table_a2", directory=copy)


def test_unknown_name_lists_the_names():
    with pytest.raises(DataError, match=r"no data set is called 'table 9'.*hoffmann2022_table_a9"):
        datasets.load("table 9")


def test_a_name_that_stands_twice_is_refused(copy):
    change(copy, "hoffmann2022_table2", lambda each: each.update(name="hoffmann2022_table1"))
    with pytest.raises(DataError, match="two resources are called 'hoffmann2022_table1'"):
        datasets.load("hoffmann2022_table1", directory=copy)


def test_incomplete_descriptions_are_refused(copy):
    name = "hoffmann2022_table_a2"
    change(copy, name, lambda resource: resource.pop("method"))
    with pytest.raises(DataError, match=f"{name}.*'method' is missing"):
        datasets.describe(name, directory=copy)


def test_broken_descriptor_is_named(tmp_path):
    with pytest.raises(DataError, match=r"datapackage.json is missing"):
        datasets.names(directory=tmp_path)
    (tmp_path / "datapackage.json").write_text("{\n oops")
    with pytest.raises(DataError, match=r"datapackage.json: not the JSON.*line 2.*restore"):
        datasets.names(directory=tmp_path)


def test_each_call_returns_its_own_table():
    first = datasets.load("hoffmann2022_table_a2")
    first["a"] = 0.0
    first.attrs["source"]["title"] = "changed"
    second = datasets.load("hoffmann2022_table_a2")
    assert second["a"].min() > 0
    assert second.attrs["source"]["title"] != "changed"


def test_shipped_text_is_plain_and_as_described():
    text = bz2.decompress(datasets.content("state_of_the_union")).decode("ascii")
    description = datasets.describe("state_of_the_union")
    assert {symbol for symbol in text if not symbol.isprintable()} == {"\n"}
    assert text.count("\n") == description["rows"]
    assert 6_000_000 < len(text) < 6_400_000
    assert datasets.data_path(description["path"]).stat().st_size < 2_000_000
    for entry in ("title", "place", "sources", "licence", "method", "known_errors"):
        assert description[entry], entry


@pytest.mark.parametrize("damage", ["cut short", "replaced", "missing"])
def test_damaged_text_is_refused(copy, damage):
    path = copy / "state_of_the_union.txt.bz2"
    if damage == "missing":
        path.unlink()
        said = r"state_of_the_union.txt.bz2 is missing from .*; restore it"
    else:
        other = bz2.compress(b"Fellow citizens\n")
        path.write_bytes(path.read_bytes()[:-1] if damage == "cut short" else other)
        said = rf"{path.name}: not the expected bytes \({path.stat().st_size} with sha256 "
    with pytest.raises(DataError, match=said):
        datasets.content("state_of_the_union", directory=copy)


def test_a_text_is_no_table():
    assert "state_of_the_union" not in datasets.names()
    with pytest.raises(DataError, match=r"no table; datasets.content\('state_of_the_union'\)"):
        datasets.load("state_of_the_union")
    with pytest.raises(DataError, match="no data set is called 'moby'"):
        datasets.content("moby")
