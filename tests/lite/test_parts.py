"""What is made ready for the browser: Pyodide's files, the notebooks, and words for the button."""

from __future__ import annotations

import json
import tarfile
import zipfile

import browser_notebook
import build_lite
import pyodide_files
import pytest
from about import SITE
from lite_site import run_build

NOTEBOOKS = sorted((SITE / "notebooks").glob("*.ipynb"))
PACKAGES = {
    "numpy": {"depends": ["openblas"], "file_name": "numpy.whl"},
    "openblas": {"depends": [], "file_name": "openblas.zip"},
    "prompt-toolkit": {"depends": [], "file_name": "prompt.whl"},
    "vast": {"depends": [], "file_name": "vast.whl"},
}


@pytest.fixture
def release(tmp_path):
    """A Pyodide of four packages, and a wheel that needs one of them."""
    folder, wheels = tmp_path / "pyodide", tmp_path / "wheels"
    folder.mkdir()
    wheels.mkdir()
    lock = {"info": {"version": pyodide_files.VERSION}, "packages": PACKAGES}
    (folder / pyodide_files.LOCK).write_text(json.dumps(lock))
    for name in (*pyodide_files.CORE, *(each["file_name"] for each in PACKAGES.values())):
        (folder / name).touch()
    with zipfile.ZipFile(wheels / "book.whl", "w") as wheel:
        needed = ["NumPy>=2", "Prompt_Toolkit", 'vast; extra == "more"']
        wheel.writestr(
            "book-1.dist-info/METADATA", "".join(f"Requires-Dist: {each}\n" for each in needed)
        )
    return folder, tmp_path / "copied", wheels


def test_only_what_the_wheels_need_is_copied(release):
    pyodide_files.copy(*release)
    copied = {path.name for path in release[1].iterdir()}
    packages = {"numpy.whl", "openblas.zip", "prompt.whl"}
    assert copied == {*pyodide_files.CORE, pyodide_files.LOCK, *packages}
    lock = json.loads((release[1] / pyodide_files.LOCK).read_text())
    assert sorted(lock["packages"]) == ["numpy", "openblas", "prompt-toolkit"]


def test_another_version_of_pyodide_is_refused(release):
    lock = release[0] / pyodide_files.LOCK
    lock.write_text(lock.read_text().replace(pyodide_files.VERSION, "0.29.0"))
    with pytest.raises(pyodide_files.PyodideError, match=r"Pyodide 0\.29\.0; version 0\.27"):
        pyodide_files.copy(*release)


def test_a_missing_file_of_pyodide_is_named(release):
    (release[0] / "openblas.zip").unlink()
    with pytest.raises(pyodide_files.PyodideError, match=r"lacks openblas\.zip"):
        pyodide_files.copy(*release)


def test_a_release_may_be_given_as_its_archive(release, tmp_path):
    with tarfile.open(tmp_path / "pyodide.tar.bz2", "w:bz2") as archive:
        archive.add(release[0], "pyodide")
    with build_lite.opened(tmp_path / "pyodide.tar.bz2") as folder:
        assert {path.name for path in folder.iterdir()} == {p.name for p in release[0].iterdir()}


def test_a_folder_without_pyodide_is_refused(tmp_path):
    said = "is no Pyodide: it has no pyodide-lock"
    with pytest.raises(build_lite.LiteError, match=said), build_lite.opened(tmp_path):
        pass


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_for_the_browser_has_its_text_filled_in_and_shows_nothing_yet(path):
    executed = json.loads(path.read_text("utf-8"))
    shown = browser_notebook.prepared(executed)
    assert shown["metadata"]["kernelspec"]["name"] == "python"
    code = [cell for cell in shown["cells"] if cell["cell_type"] == "code"]
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code)
    assert code[0]["id"] == browser_notebook.INSTALL
    text = "".join("".join(c["source"]) for c in shown["cells"] if c["cell_type"] == "markdown")
    assert "Run All Cells" in text
    assert "}`" not in text, "a mark of the book's own would be shown as it is written"
    assert ":::" not in text


@pytest.fixture(scope="module")
def slender(tmp_path_factory):
    """A lite site without Pyodide's files, and what its build said."""
    out = tmp_path_factory.mktemp("slender")
    return out, run_build(out)


def test_without_pyodide_its_public_network_is_named_and_nothing_of_it_carried(slender):
    out, said = slender
    assert build_lite.CDN in said
    lite = out / "lite"
    settings = json.loads((lite / "jupyter-lite.json").read_text("utf-8"))["jupyter-config-data"]
    kernel = settings["litePluginSettings"][build_lite.KERNEL]
    assert kernel["pyodideUrl"] == f"{build_lite.CDN}pyodide.js"
    assert kernel["disablePyPIFallback"] is True
    assert not (lite / "static" / "pyodide").exists()
    assert '"cdn.jsdelivr.net"' in (out / "_static" / "lite.js").read_text("utf-8")
    assert sum(path.stat().st_size for path in lite.rglob("*")) < 30e6
    assert not [*lite.rglob("*.map")]
    assert "JupyterLite Contributors" in (lite / "licences.txt").read_text("utf-8")
    assert {path.name for path in lite.iterdir()}.isdisjoint({"lab", "repl", "consoles", "edit"})


def test_two_lite_sites_are_the_same(slender, tmp_path):
    run_build(tmp_path)
    first, second = (
        {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}
        for out in (slender[0], tmp_path)
    )
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_a_site_without_notebooks_is_refused(tmp_path):
    with pytest.raises(build_lite.LiteError, match="has no notebooks or no wheels"):
        build_lite.build(tmp_path, tmp_path, None)
