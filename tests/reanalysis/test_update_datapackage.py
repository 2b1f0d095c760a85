"""The command that recomputes checksums keeps everything else as it is."""

import bz2
import json
import shutil

import pytest
import update_datapackage

from scaling_utils import datasets

NAME = "hoffmann2022_table_a2"


@pytest.fixture
def copy(tmp_path):
    for path in datasets.data_path().iterdir():
        if path.is_file():
            shutil.copy(path, tmp_path)
    return tmp_path


def test_nothing_changes_where_nothing_changed(copy):
    before = (copy / "datapackage.json").read_bytes()
    assert update_datapackage.update(copy) == []
    assert (copy / "datapackage.json").read_bytes() == before


def test_changed_file_is_loaded_again_after_the_update(copy):
    path = copy / f"{NAME}.csv"
    path.write_text(path.read_text().replace("C4,0.50", "C4,0.51"))
    with pytest.raises(datasets.DataError, match="not the expected bytes"):
        datasets.load(NAME, directory=copy)
    before = json.loads((copy / "datapackage.json").read_text())
    (line,) = update_datapackage.update(copy)
    assert line.startswith(f"{NAME}: 3 rows, sha256:")
    assert datasets.load(NAME, directory=copy)["a"][0] == 0.51
    after = json.loads((copy / "datapackage.json").read_text())
    for package in (before, after):
        for resource in package["resources"]:
            resource.pop("hash")
    assert before == after


def test_added_row_is_counted(copy):
    path = copy / f"{NAME}.csv"
    path.write_text(path.read_text() + 'a name with "quotes",0.5,0.5\n')
    update_datapackage.update(copy)
    assert datasets.describe(NAME, directory=copy)["rows"] == 4


def test_lines_of_a_changed_text_are_counted(copy):
    path = copy / "state_of_the_union.txt.bz2"
    path.write_bytes(bz2.compress(b"Fellow citizens\n\nThank you\n"))
    (line,) = update_datapackage.update(copy)
    assert line.startswith("state_of_the_union: 3 lines, sha256:")
    text = bz2.decompress(datasets.content("state_of_the_union", directory=copy))
    assert text.endswith(b"Thank you\n")
