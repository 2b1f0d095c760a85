"""Data files are refused as soon as they differ from their description, and it is said where."""

import json
import lzma
import shutil

import pytest

from scaling_utils import datasets
from scaling_utils._table_schema import DataError

NAMES = datasets.names()
DATA = datasets.data_path()


@pytest.fixture
def copy(tmp_path):
    """A copy of the data folder that a test may damage."""
    for path in DATA.iterdir():
        if path.is_file():
            shutil.copy(path, tmp_path)
    return tmp_path


def lines_of(copy, name):
    return (copy / f"{name}.csv").read_text(encoding="utf-8").splitlines()


def write_lines(copy, name, lines):
    (copy / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def change_resource(copy, name, change):
    path = copy / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    (resource,) = (each for each in package["resources"] if each["name"] == name)
    change(resource)
    path.write_text(json.dumps(package), encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_every_file_passes_its_checks_and_carries_its_source(name):
    table = datasets.load(name)
    source = table.attrs["source"]
    assert source["rows"] == len(table)
    for entry in ("title", "place", "sources", "licence", "method", "known_errors"):
        assert source[entry], f"{name} does not say its {entry}"
    assert source == datasets.describe(name).to_dict()
    assert json.loads(json.dumps(source)) == source


@pytest.mark.parametrize("name", NAMES)
def test_every_column_is_described(name):
    for field in datasets.describe(name).fields:
        assert field.description, field.name
        if field.type in ("number", "integer"):
            assert field.unit, f"{field.name} has no unit"
            assert {"minimum", "maximum"} <= set(field.constraints), field.name


def test_every_file_is_described_and_in_the_readme():
    paths = {datasets.describe(name).path for name in (*NAMES, *datasets.text_names())}
    assert paths == {path.name for path in (*DATA.glob("*.csv"), *DATA.glob("*.xz"))}
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    assert [path for path in sorted(paths) if f"`{path}`" not in readme] == []


@pytest.mark.parametrize("name", NAMES)
def test_missing_column_is_named(copy, name):
    fields = [field.name for field in datasets.describe(name).fields]
    header, *rest = lines_of(copy, name)
    columns = ["other" if column == fields[1] else column for column in header.split(",")]
    write_lines(copy, name, [",".join(columns), *rest])
    with pytest.raises(DataError, match=rf"{name}.csv, line 1: column '{fields[1]}' is missing"):
        datasets.load(name, directory=copy)


@pytest.mark.parametrize("name", NAMES)
def test_missing_row_is_noticed(copy, name):
    lines = lines_of(copy, name)
    write_lines(copy, name, lines[:-1])
    expected = rf"{name}.csv: {len(lines) - 2} rows, expected {len(lines) - 1}"
    with pytest.raises(DataError, match=expected):
        datasets.load(name, directory=copy)


@pytest.mark.parametrize("name", NAMES)
def test_doubled_row_is_named(copy, name):
    lines = lines_of(copy, name)
    write_lines(copy, name, [*lines, lines[1]])
    said = rf"{name}.csv, row {len(lines)} \(line {len(lines) + 1}\).*stands already in row 1"
    with pytest.raises(DataError, match=said):
        datasets.load(name, directory=copy)


def number_cells():
    for name in NAMES:
        for place, field in enumerate(datasets.describe(name).fields):
            if field.type in ("number", "integer") and field.required:
                yield pytest.param(name, place, field, id=f"{name}-{field.name}")


@pytest.mark.parametrize(("name", "place", "field"), list(number_cells()))
def test_wrong_cells_are_named(copy, name, place, field):
    path = copy / f"{name}.csv"
    # A missing number would print as nan; in the file it is an empty cell.
    table = datasets.load(name)
    original = table.map(str).where(table.notna(), "")
    above = str(int(2 * field.constraints["maximum"]) + 1)
    for text, message in [
        ("many", f"'many' is no {field.type}"),
        ("nan", f"'nan' is no {field.type}"),
        ("", "the cell is empty"),
        (above, f"{above} is out of range"),
    ]:
        damaged = original.copy()
        damaged.iloc[1, place] = text
        damaged.to_csv(path, index=False, lineterminator="\n")
        with pytest.raises(DataError) as raised:
            datasets.load(name, directory=copy)
        assert f"{name}.csv, row 2 (line 3), column '{field.name}'" in str(raised.value)
        assert message in str(raised.value)


@pytest.mark.parametrize("name", NAMES)
def test_changed_byte_is_noticed(copy, name):
    path = copy / f"{name}.csv"
    content = path.read_bytes()
    path.write_bytes(content.replace(b"\n", b"\r\n", 1))
    with pytest.raises(DataError, match=rf"{name}.csv: its bytes changed"):
        datasets.load(name, directory=copy)


def test_changed_digit_in_range_is_noticed(copy):
    name = "hoffmann2022_table_a6"
    lines = lines_of(copy, name)
    write_lines(copy, name, [line.replace("31.0", "32.0") for line in lines])
    with pytest.raises(DataError, match=r"update_datapackage.py"):
        datasets.load(name, directory=copy)


@pytest.mark.parametrize("change", ["lost", "doubled"])
def test_comma_is_named(copy, change):
    name = "hoffmann2022_table_a9"
    lines = lines_of(copy, name)
    lines[7] = lines[7].replace(",", "" if change == "lost" else ",,", 1)
    write_lines(copy, name, lines)
    with pytest.raises(DataError, match=r"row 7 \(line 8\): [57] cells for 6 columns"):
        datasets.load(name, directory=copy)


def test_unknown_word_is_named(copy):
    name = "llm_params_tokens"
    lines = [line.replace("dense", "sparse", 1) for line in lines_of(copy, name)]
    write_lines(copy, name, lines)
    with pytest.raises(DataError, match=r"row 1 .*'architecture': 'sparse' is not known"):
        datasets.load(name, directory=copy)


def test_other_order_and_extra_columns_are_refused(copy):
    name = "hoffmann2022_table_a2"
    header, *rest = lines_of(copy, name)
    write_lines(copy, name, ["fitted_on,b,a", *rest])
    with pytest.raises(DataError, match="another order; expected fitted_on, a, b"):
        datasets.load(name, directory=copy)
    write_lines(copy, name, [header + ",c", *[line + ",1" for line in rest]])
    with pytest.raises(DataError, match="column 'c' is not described"):
        datasets.load(name, directory=copy)


def test_missing_and_unreadable_files_are_named(copy):
    path = copy / "hoffmann2022_table_a2.csv"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match=r"hoffmann2022_table_a2.csv is not UTF-8"):
        datasets.load("hoffmann2022_table_a2", directory=copy)
    path.unlink()
    with pytest.raises(DataError, match=r"hoffmann2022_table_a2.csv is missing"):
        datasets.load("hoffmann2022_table_a2", directory=copy)


def test_unknown_name_lists_the_names():
    with pytest.raises(DataError, match=r"no data set is called 'table 9'.*hoffmann2022_table_a9"):
        datasets.load("table 9")


def test_incomplete_descriptions_are_refused(copy):
    name = "hoffmann2022_table_a2"
    change_resource(copy, name, lambda resource: resource.pop("method"))
    with pytest.raises(DataError, match=f"{name}.*'method' is missing"):
        datasets.describe(name, directory=copy)
    change_resource(copy, name, lambda resource: resource["schema"]["fields"][0].pop("type"))
    change_resource(copy, name, lambda resource: resource.update(method="typed"))
    with pytest.raises(DataError, match="field 'fitted_on' has type ''"):
        datasets.describe(name, directory=copy)


def test_broken_descriptor_is_named(tmp_path):
    with pytest.raises(DataError, match=r"datapackage.json is missing"):
        datasets.names(directory=tmp_path)
    (tmp_path / "datapackage.json").write_text("{\n oops")
    with pytest.raises(DataError, match=r"datapackage.json, line 2: not JSON"):
        datasets.names(directory=tmp_path)


def test_each_call_returns_its_own_table():
    first = datasets.load("hoffmann2022_table_a2")
    first["a"] = 0.0
    first.attrs["source"]["title"] = "changed"
    second = datasets.load("hoffmann2022_table_a2")
    assert second["a"].min() > 0
    assert second.attrs["source"]["title"] != "changed"


def test_description_as_html_escapes_its_texts():
    html = datasets.describe("kaplan2020_table1")._repr_html_()
    assert "<table>" in html
    assert "Table 1" in html


def test_shipped_text_is_plain_and_as_described():
    text = datasets.text("state_of_the_union")
    description = datasets.describe("state_of_the_union")
    assert text.isascii()
    assert {symbol for symbol in text if not symbol.isprintable()} == {"\n"}
    assert text.count("\n") == description.rows
    assert 6_000_000 < len(text) < 6_400_000
    assert datasets.data_path(description.path).stat().st_size < 2_000_000
    for entry in ("title", "place", "sources", "licence", "method", "known_errors"):
        assert description.to_dict()[entry], entry


@pytest.mark.parametrize("change", ["cut short", "replaced", "missing"])
def test_damaged_text_is_refused(copy, change):
    path = copy / "state_of_the_union.txt.xz"
    if change == "missing":
        path.unlink()
        said = r"state_of_the_union.txt.xz is missing from .*; restore it"
    else:
        other = lzma.compress(b"Fellow citizens\n")
        path.write_bytes(path.read_bytes()[:-1] if change == "cut short" else other)
        said = rf"{path.name}: not the expected bytes \({path.stat().st_size} with sha256 "
    with pytest.raises(DataError, match=said):
        datasets.text("state_of_the_union", directory=copy)


def test_tables_and_texts_are_told_apart():
    assert not set(datasets.names()) & set(datasets.text_names())
    with pytest.raises(DataError, match=r"is a text.*datasets.text\('state_of_the_union'\)"):
        datasets.load("state_of_the_union")
    with pytest.raises(DataError, match=r"is a table.*datasets.load\('kaplan2020_table1'\)"):
        datasets.text("kaplan2020_table1")
    with pytest.raises(DataError, match="no data set is called 'moby'"):
        datasets.text("moby")
