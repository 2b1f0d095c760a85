"""The wheel alone: small, with its data, and at work where there is no Jupyter."""

from __future__ import annotations

import importlib.metadata as metadata
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
TEST_TOOLS = ("pytest",)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", str(folder), str(ROOT)], check=True, cwd=folder)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel, what it requires, the test tools, and nothing else.

    The distributions are linked from this environment, so that the test needs no network.
    """
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    executable = folder / "bin" / "python"
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(subprocess.check_output([executable, "-c", where], text=True).strip())
    for name in _closure([*_requirements(wheel), *TEST_TOOLS]):
        _link(metadata.distribution(name), site)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return executable


def _requirements(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        lines = archive.read(name).decode().splitlines()
    return _needed(line.partition(": ")[2] for line in lines if line.startswith("Requires-Dist"))


def _needed(requirements: Iterable[str]) -> list[str]:
    """The names of the requirements that hold here, without those of any extra."""
    needs = map(Requirement, requirements)
    return [n.name for n in needs if n.marker is None or n.marker.evaluate({"extra": ""})]


def _closure(names: list[str]) -> set[str]:
    """The distributions named and everything that they require here."""
    found: set[str] = set()
    while names:
        name = re.sub(r"[-_.]+", "-", names.pop()).lower()
        if name in found:
            continue
        found.add(name)
        names += _needed(metadata.requires(name) or [])
    return found


def _link(distribution: metadata.Distribution, site: Path) -> None:
    tops = {Path(file.parts[0]) for file in distribution.files or [] if file.parts[0] != ".."}
    for top in tops - {Path("__pycache__")}:
        target = Path(str(distribution.locate_file(top)))
        if target.exists() and not (site / top).exists():
            (site / top).symlink_to(target)


def test_there_is_no_jupyter_in_the_environment(python: Path):
    names = ("IPython", "jupyter_core", "myst_nb", "sphinx")
    code = f"import importlib.util as u; print([m for m in {names} if u.find_spec(m)])"
    assert subprocess.check_output([python, "-I", "-c", code], text=True).strip() == "[]"


def test_the_wheel_is_small_and_carries_the_data_that_the_package_reads(wheel: Path):
    tracked = subprocess.check_output(["git", "ls-files", "data"], cwd=ROOT, text=True).split()
    measured = ("state_of_the_union", "one_minute_", "transformer_", "text_distances", "makers/")
    needed = [path for path in tracked if not path.removeprefix("data/").startswith(measured)]
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert len(needed) > 10
    carried = {n.removeprefix("scaling_utils/_") for n in names if "/_data/" in n}
    assert carried == set(needed)
    assert {path.split("/")[0] for path in names} == {"scaling_utils", _information(names)}
    assert wheel.stat().st_size < 600_000


def test_the_wheel_carries_both_licences(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        folder = f"{_information(archive.namelist())}/licenses"
        for name in ("LICENSE", "LICENSE-TEXT"):
            assert archive.read(f"{folder}/{name}") == (ROOT / name).read_bytes()


def _information(names: Iterable[str]) -> str:
    (folder,) = {name.split("/")[0] for name in names if ".dist-info/" in name}
    return folder


def test_every_module_and_example_runs_from_the_wheel(python: Path, tmp_path: Path):
    """Outside the checkout: `-I` keeps the checkout's own package out of the import path.

    The whole suite runs in the checkout; here the examples of each module are enough.
    """
    command = [python, "-I", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--doctest-modules"]
    package = next(python.parents[1].rglob("site-packages")) / "scaling_utils"
    run = subprocess.run([*command, str(package)], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    assert "passed" in run.stdout
