"""The build's own checks, each with the fault that it is there for planted."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import build
import kernels
import pytest
from about import ROOT
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat.v4 import new_code_cell, new_notebook

HOLD = """
import sys, time
from pathlib import Path
sys.path.insert(0, {folder!r})
import build
with build.alone(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def copy(tmp_path):
    """A book of two pages."""
    for name in ("notebooks/a.ipynb", "book/intro.md", "data/x y.csv", "CHANGELOG.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    toc = "root: book/intro\nparts:\n  - chapters:\n      - file: notebooks/a\n"
    (tmp_path / "_toc.yml").write_text(toc)
    return tmp_path


@pytest.mark.parametrize("name", ["notebooks/b.ipynb", "book/api/b.md"])
def test_a_page_that_no_toc_lists_is_refused(copy, name):
    build.check_listed(copy)
    (copy / name).parent.mkdir(exist_ok=True)
    (copy / name).write_text("{}")
    with pytest.raises(build.BuildError, match=f"not in _toc.yml.*{name.partition('.')[0]}"):
        build.check_listed(copy)


def test_a_page_with_a_traceback_is_refused(tmp_path):
    page = tmp_path / "notebooks" / "a.html"
    page.parent.mkdir()
    page.write_text("<p>A traceback is a word.</p><div class='output'>1</div>")
    build.check_no_error_shown(tmp_path)
    page.write_text('<div class="output traceback highlight-ipythontb notranslate">1/0</div>')
    with pytest.raises(build.BuildError, match=r"notebooks/a.html shows the traceback of an err"):
        build.check_no_error_shown(tmp_path)


def test_a_site_of_other_sources_is_stale(copy):
    site = copy / "_build" / "html"
    assert build.stale(site, copy) == "the site is not built"
    site.mkdir(parents=True)
    (site / "build.json").write_text(json.dumps({"sources": build.digest(copy)}))
    for left in ("scaling_utils/__pycache__/x.pyc", "notebooks/.ipynb_checkpoints/a.ipynb"):
        (copy / left).parent.mkdir(parents=True)
        (copy / left).write_text("left behind by a tool")
    assert build.stale(site, copy) == ""
    for change in (
        lambda: (copy / "CHANGELOG.md").write_text("{ }"),
        lambda: (copy / "data" / "x y.csv").rename(copy / "data" / "z.csv"),
        lambda: (copy / "notebooks" / "a.ipynb").unlink(),
    ):
        change()
        assert "other sources" in build.stale(site, copy)
        (site / "build.json").write_text(json.dumps({"sources": build.digest(copy)}))


def test_every_tracked_file_that_a_page_may_need_is_a_source():
    tracked = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).split("\0")
    known = {path.relative_to(ROOT).as_posix() for path in build.sources(ROOT)}
    beside = ("tests/", "benchmarks/", "binder/", "locks/", ".", "README", "CONTR", "LICENSE")
    missing = [name for name in tracked if name and name not in known]
    assert [
        name
        for name in missing
        if not name.startswith(beside)
        and name not in ("Makefile", "pyproject.toml")
        and (ROOT / name).exists()
    ] == []


def test_one_build_at_a_time_and_a_dead_one_is_no_hindrance(tmp_path):
    code = HOLD.format(folder=str(Path(build.__file__).parent))
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(build.BuildError, match=f"process {other.pid}"), build.alone(tmp_path):
            pass
    finally:
        other.send_signal(signal.SIGKILL)
        other.communicate()
    with build.alone(tmp_path):
        assert (tmp_path / "lock").read_text() == str(os.getpid())


LINUX = pytest.mark.skipif(sys.platform != "linux", reason="others start Jupyter's own kernels")


def run(cells, folder, found, monkeypatch):
    """Run cells in a forked kernel, and return the notebook with what they gave."""
    monkeypatch.setenv("JUPYTER_PATH", found["JUPYTER_PATH"])
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    where = {"metadata": {"path": str(folder)}}
    client = NotebookClient(notebook, kernel_name="python3", resources=where)
    with contextlib.suppress(CellExecutionError, DeadKernelError):
        client.execute()
    return notebook


@LINUX
def test_a_forked_kernel_runs_cells_where_it_is_asked_to(tmp_path, monkeypatch):
    ask = "import os, sys; print(os.getcwd(), 'reanalysis.refit' in sys.modules, os.getppid())"
    with kernels.ready_made(tmp_path / "jupyter", dict(os.environ)) as (found, group):
        notebook = run([ask, "1 / 0"], tmp_path, found, monkeypatch)
    folder, ready, server = notebook.cells[0].outputs[0]["text"].split()
    assert (folder, ready, server) == (str(tmp_path), "True", str(group))
    assert notebook.cells[1].outputs[0]["ename"] == "ZeroDivisionError"
    assert (tmp_path / "jupyter" / kernels.WELL).exists()
    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)


@LINUX
def test_a_kernel_that_dies_is_noticed(tmp_path, monkeypatch):
    with kernels.ready_made(tmp_path / "jupyter", dict(os.environ)) as (found, _):
        run(["import os; os._exit(1)"], tmp_path, found, monkeypatch)
        late = time.monotonic() + 30
        while (tmp_path / "jupyter" / kernels.WELL).exists():
            assert time.monotonic() < late
            time.sleep(0.01)


@pytest.mark.parametrize(("statuses", "fails"), [([0], False), ([1, 0], False), ([1, 1], True)])
@pytest.mark.parametrize("died", [True, False])
def test_only_a_dead_kernel_is_a_reason_to_try_once_more(
    statuses, fails, died, tmp_path, monkeypatch
):
    def jupyter_book(work, lock, minutes):
        (work / "jupyter").mkdir(parents=True, exist_ok=True)
        (work / build.REPORT).write_text("the report")
        if not died:
            (work / "jupyter" / kernels.WELL).touch()
        return remaining.pop(0)

    remaining = list(statuses)
    monkeypatch.setattr(build, "_jupyter_book", jupyter_book)
    if fails or (statuses[0] and not died):
        with pytest.raises(build.BuildError, match=r"^the report\n\nJupyter Book ended"):
            build._execute(tmp_path, 0, 1)
    else:
        build._execute(tmp_path, 0, 1)
    assert len(remaining) == (len(statuses) - 1 if not died else 0)


TOLD = """
Traceback (most recent call last):
  File "site-packages/nbclient/client.py", line 918, in _check_raise_for_error
nbclient.exceptions.CellExecutionError: An error occurred while executing the following cell:
------------------
x = 1 / 0
------------------

\x1b[31mZeroDivisionError\x1b[39m: division by zero
"""
WARNED = """\x1b[91m02.ipynb:4: WARNING: No key 'x' in glue data\x1b[39;49;00m
02.ipynb:4: WARNING: No key 'x' in glue data
Extension error:
Traceback (most recent call last):
KeyError: 'x'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
RuntimeError: There was an error in building your book. Look above for the cause.
"""


def test_the_cause_of_a_failure_comes_first(tmp_path):
    (tmp_path / build.REPORT).write_text(WARNED)
    assert build.cause(tmp_path).splitlines() == [
        "02.ipynb:4: WARNING: No key 'x' in glue data",
        "Extension error:",
        "Traceback (most recent call last):",
        "KeyError: 'x'",
    ]
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "02.err.log").write_text(TOLD)
    first, *rest = build.cause(tmp_path).splitlines()
    assert first == "02: ZeroDivisionError: division by zero"
    assert "x = 1 / 0" in rest
    assert not [line for line in rest if "WARNING" in line or "nbclient" in line]


@pytest.mark.parametrize("reached", range(4))
def test_who_is_killed_while_replacing_leaves_one_whole_site(tmp_path, reached):
    """Old and new stand side by side for a moment, under two names: neither is lost."""
    for name in build.PARTS.values():
        (tmp_path / name).mkdir()
    site = tmp_path / "html"
    (site / "good").touch()
    if reached:
        site.replace(tmp_path / "html.old")
    if reached > 1:
        site.mkdir()
        (site / "new").touch()
    if reached > 2:
        (tmp_path / "html.old" / "good").unlink()
    build._finish_replacing(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(build.PARTS.values())
    assert [path.name for path in site.iterdir()] == ["new" if reached > 1 else "good"]
