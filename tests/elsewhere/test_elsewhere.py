"""What runs where the book is not: a download, Binder, a dev container. `make test-elsewhere`.

Each environment is empty at first and gets its packages as a reader's would: from the index.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import nbformat
import pytest
from about import ROOT, SITE, address
from bs4 import BeautifulSoup
from wheels import CHAPTERS, FORMULAS
from wheels import make as make_wheels

pytestmark = pytest.mark.long
UV = Path(sys.executable).with_name("uv")

# Warnings are errors, but for what old libraries say of themselves.
STRICT = ("-W", "error", "-W", "ignore::DeprecationWarning")

# Somebody's own runs, and what their fit is asked.
TABLE = """
from scaling_utils import datasets
runs = datasets.load("gadre2024_runs")
runs[runs["dataset"] == "C4"].to_csv("runs.csv", index=False)
"""
ASKED = """
import numpy
print(numpy.__version__, found.status, found.law.alpha, found.plan(1e23).N.estimate)
"""


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """What a command prints; if it fails, the test fails with what it printed."""
    free = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "JUPYTER", "PIP_"))}
    found = subprocess.run(
        command, cwd=cwd, env=free | environment, capture_output=True, text=True
    )
    assert found.returncode == 0, f"{command}\n{found.stdout[-2000:]}{found.stderr[-4000:]}"
    return found.stdout + found.stderr


def empty_environment(folder: Path, *packages: str) -> Path:
    """A new environment with pip and these packages; its Python."""
    run(UV, "venv", "--quiet", "--seed", "--python", sys.executable, folder, cwd=folder.parent)
    python = folder / "bin" / "python"
    if packages:
        run(UV, "pip", "install", "--quiet", "--python", python, *packages, cwd=folder.parent)
    return python


def execute(python: Path, notebook: Path) -> nbformat.NotebookNode:
    """Run a notebook in its own folder, with the kernel of that environment."""
    command = (python, "-m", "jupyter", "execute", "--inplace", notebook.name)
    run(*command, cwd=notebook.parent, PATH=f"{python.parent}{os.pathsep}{os.environ['PATH']}")
    done = nbformat.read(notebook, as_version=4)
    assert all(cell.execution_count for cell in done.cells if cell.cell_type == "code")
    return done


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources as somebody else has them, without what was built here."""
    copy = tmp_path_factory.mktemp("check") / "out"
    left = shutil.ignore_patterns("_build", "lab", "__pycache__", ".*", "tests")
    shutil.copytree(ROOT, copy, ignore=left)
    return copy


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`notebooks.zip`, unpacked into a folder whose name has a blank in it."""
    place = tmp_path_factory.mktemp("down") / "My Downloads"
    with zipfile.ZipFile(SITE / "notebooks.zip") as archive:
        archive.extractall(place)
    (folder,) = place.iterdir()
    return folder


def test_a_downloaded_chapter_runs_in_an_empty_environment(unpacked: Path, tmp_path: Path):
    """Its first cell installs; a plain one, which reads our own runs, then finds them there."""
    python = empty_environment(tmp_path / "venv", "nbclient", "ipykernel", "jupyter-core")
    lacks = "import importlib.util as u; assert not u.find_spec('scaling_utils')"
    run(python, "-c", lacks, cwd=tmp_path)
    for pattern in ("02_*.ipynb", "plain/12_*.ipynb"):
        (notebook,) = unpacked.glob(pattern)
        done = execute(python, notebook)
        assert any("<figure" in str(cell.get("outputs", "")) for cell in done.cells)
    where = "import claims, scaling_utils; print(claims.__file__, scaling_utils.__file__)"
    assert str(ROOT) + os.sep not in run(python, "-c", where, cwd=unpacked)


def test_without_its_wheels_a_download_says_what_to_do(unpacked: Path, tmp_path: Path):
    python = empty_environment(tmp_path / "venv", "nbclient", "ipykernel", "jupyter-core")
    alone = tmp_path / "alone.ipynb"
    (notebook,) = unpacked.glob("02_*.ipynb")
    alone.write_bytes(notebook.read_bytes())
    text = alone.read_text("utf-8").replace("https://", "https://nowhere.invalid/")
    alone.write_text(text, "utf-8")
    with pytest.raises(AssertionError, match=r"unpack the book's .*notebooks\.zip"):
        execute(python, alone)


def test_what_binder_installs_runs_a_chapter(checkout: Path, tmp_path: Path):
    """In the Python at hand; Binder's own is named in `runtime.txt`."""
    assert re.fullmatch(r"python-3\.1[1-4]", (ROOT / "binder/runtime.txt").read_text().strip())
    python = empty_environment(tmp_path / "venv")
    lock = checkout / "binder" / "requirements.txt"
    options = ("--quiet", "--require-hashes", "--python", python, "-r", lock)
    run(UV, "pip", "install", *options, cwd=checkout)
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    run("bash", checkout / "binder" / "postBuild", cwd=checkout, PATH=path)
    (notebook,) = (checkout / "lab").glob("02_*.ipynb")
    assert "[Kaplan et al. (2020)]" in notebook.read_text("utf-8")
    execute(python, notebook)
    listed = run(python, "-m", "jupyter", "labextension", "list", cwd=checkout, PATH=path)
    assert "jupyterlab-myst" in listed


def test_the_command_of_the_package_page_installs_a_checkout(checkout: Path, tmp_path: Path):
    python = empty_environment(tmp_path / "venv")
    page = BeautifulSoup((SITE / "book" / "package.html").read_text("utf-8"), "html.parser")
    alone, whole = (page.select("pre")[i].get_text().split() for i in (0, 1))
    assert (alone[:2], whole[:2]) == (["pip", "install"],) * 2
    if address():
        return  # what the site offers is installed above
    run(python, "-m", "pip", "install", "--quiet", "--no-deps", *whole[2:], cwd=checkout)
    listed = run(python, "-m", "pip", "list", cwd=tmp_path)
    assert {FORMULAS, CHAPTERS} <= set(listed.split())


def test_your_own_runs_are_fitted_with_the_lowest_versions_and_nothing_else(tmp_path: Path):
    """The five lines of the README and of the package's page, and the command."""
    python = empty_environment(tmp_path / "venv")
    (wheel, _) = make_wheels(tmp_path / "wheels")
    needs = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    lowest = ("--resolution", "lowest-direct", "--python", python, wheel, *needs)
    run(UV, "pip", "install", "--quiet", *lowest, cwd=tmp_path)
    run(python, "-c", TABLE, cwd=tmp_path)
    for page in ("README.md", "book/api/own.md"):
        code = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text("utf-8"), flags=re.S)
        (example,) = (each for each in code if each.startswith("from scaling_utils import Runs"))
        said = run(python, *STRICT, "-c", example + ASKED, cwd=tmp_path)
        version, status, alpha, N = said.splitlines()[-1].split()
        assert version.startswith("2.0.")
        assert (status, float(alpha)) == ("converged", pytest.approx(0.2526, abs=2e-4))
        assert 1e9 < float(N) < 1e12
    command = (python, *STRICT, "-m", "scaling_utils")
    wanted = ("--budget", "1e23", "--save", "fit.json", "--plot", "fit.png", "--report", "it.html")
    fitted = run(*command, "fit", "runs.csv", *wanted, cwd=tmp_path)
    assert fitted.strip().endswith(run(*command, "plan", "fit.json", "1e23", cwd=tmp_path).strip())
    assert all((tmp_path / name).stat().st_size > 1_000 for name in wanted[3::2])


def test_the_dev_container_sets_up_with_a_target_that_exists():
    told = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8"))
    make, target = told["postCreateCommand"].split()
    assert make == "make"
    run("make", "--dry-run", target, cwd=ROOT)
    assert re.fullmatch(r"python:3\.1[1-4]", told["image"])
