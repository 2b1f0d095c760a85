"""Build the part of the site where a chapter runs in the reader's browser, nothing installed.

`make lite` puts a JupyterLite site into `lite/` of the built site, with the chapters, the book's
wheels and those that Pyodide lacks, and tells the pages' button about it (`_static/lite.js`).
Pyodide, which is Python for browsers, is served from the site if its folder or archive is given,
else from its public network once a reader has pressed the button.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import browser_notebook
import pyodide_files

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TOOLS = ROOT / ".venv" / "lite"
"""The environment of JupyterLite; `wheels` in it holds the packages of wheels.lock."""

CDN = f"https://cdn.jsdelivr.net/pyodide/v{pyodide_files.VERSION}/full/"
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
MEGABYTES = 60
"""What a browser loads until a chapter has run, compressed as servers send it; a test measures."""

TITLE = "Scaling Laws, Re-executed"
SETTINGS = {
    "appName": TITLE,
    "appUrl": "./tree",  # what the site's own address opens: the list of chapters
    "exposeAppInBrowser": True,  # the tests ask the notebook itself
}
NOTICES = f"""What others made in this part of the site, and under which licences

JupyterLite and its kernel: below. What they bundle: build/third-party-licenses.json and
extensions/@jupyterlite/pyodide-kernel-extension/static/third-party-licenses.json.
Pyodide {pyodide_files.VERSION}, in static/pyodide/ where the site carries it: Mozilla Public
License 2.0, its source at https://github.com/pyodide/pyodide; its Python: PSF License Version 2.
Packages, in pypi/ and static/pyodide/: each wheel carries its own.
"""


class LiteError(Exception):
    """The lite site cannot be built; the message says why."""


def build(site: Path, out: Path, pyodide: Path | None) -> Path:
    """Build `out`/lite and `out`/_static/lite.js from a built site, and return the first."""
    notebooks = sorted((site / "notebooks").glob("*.ipynb"))
    wheels = sorted((site / "wheels").glob("*.whl"))
    if not notebooks or not wheels:
        raise LiteError(f"{site} has no notebooks or no wheels; make book builds them")
    lite = out / "lite"
    with tempfile.TemporaryDirectory() as made:
        work = Path(made)
        _gather(work, notebooks, [*wheels, *sorted((TOOLS / "wheels").glob("*.whl"))])
        if pyodide:
            with opened(pyodide) as files:
                pyodide_files.copy(files, work / "static" / "pyodide", work / "pypi")
        _configure(work, version=wheels[0].name.split("-")[1], from_here=bool(pyodide))
        _run_jupyterlite(work)
        _tidy(work / "out")
        shutil.rmtree(lite, ignore_errors=True)
        lite.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(work / "out", lite)
    _tell_pages(out / "_static" / "lite.js", [path.stem for path in notebooks], bool(pyodide))
    return lite


def _gather(work: Path, notebooks: list[Path], wheels: list[Path]) -> None:
    for folder in ("files", "pypi"):
        (work / folder).mkdir()
    for path in notebooks:
        shown = browser_notebook.prepared(json.loads(path.read_text("utf-8")))
        (work / "files" / path.name).write_text(json.dumps(shown, indent=1) + "\n", "utf-8")
    for wheel in wheels:
        shutil.copy(wheel, work / "pypi")


@contextmanager
def opened(given: Path) -> Iterator[Path]:
    """The folder of Pyodide's files, which may lie in an archive."""
    with tempfile.TemporaryDirectory() as unpacked:
        if given.is_file():
            with tarfile.open(given) as archive:
                archive.extractall(unpacked, filter="data")
        folder = Path(unpacked) if given.is_file() else given
        found = next(iter(sorted(folder.rglob(pyodide_files.LOCK))), None)
        if found is None:
            raise LiteError(f"{given} is no Pyodide: it has no {pyodide_files.LOCK}")
        yield found.parent


def _configure(work: Path, *, version: str, from_here: bool) -> None:
    """What the browser reads, and what the tool reads."""
    kernel: dict[str, Any] = {"disablePyPIFallback": True}  # a missing package asks nobody
    if not from_here:
        kernel["pyodideUrl"] = f"{CDN}pyodide.js"
    data = SETTINGS | {
        # What a reader has changed stays in the browser; another version of the book opens afresh.
        "contentsStorageName": f"{TITLE}, version {version}",
        "litePluginSettings": {KERNEL: kernel},
    }
    shown = {"jupyter-lite-schema-version": 0, "jupyter-config-data": data}
    tool = {
        "apps": ["notebooks", "tree"],
        "no_sourcemaps": True,
        "no_unused_shared_packages": True,
        "output_dir": str(work / "out"),
    }
    (work / "jupyter-lite.json").write_text(json.dumps(shown), "utf-8")
    (work / "jupyter_lite_config.json").write_text(json.dumps({"LiteBuildConfig": tool}), "utf-8")


def _run_jupyterlite(work: Path) -> None:
    environment = os.environ | {
        "SOURCE_DATE_EPOCH": "1767225600",  # as the book: the same bytes on every day
        "JUPYTER_PLATFORM_DIRS": "1",
        "JUPYTER_CONFIG_DIR": str(work / "config"),  # none of the reader's own settings
    }
    command = [str(TOOLS / "bin" / "jupyter-lite"), "build", "--lite-dir", str(work)]
    run = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True)
    if run.returncode != 0:
        raise LiteError(f"JupyterLite said:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")


def _tidy(lite: Path) -> None:
    """Take away what no browser asks for; add notices, and the book's title and icon."""
    for unused in lite.glob("build/fa-*.svg"):
        unused.unlink()
    shutil.rmtree(lite / "doc", ignore_errors=True)
    packages = next((TOOLS / "lib").glob("python*")) / "site-packages"
    licences = sorted(packages.glob("jupyterlite_*.dist-info/licenses/LICENSE"))
    texts = [NOTICES, *(path.read_text("utf-8") for path in licences)]
    (lite / "licences.txt").write_text("\n\n".join(texts), "utf-8")
    for page in lite.rglob("index.html"):
        up = "../" * len(page.relative_to(lite).parts)
        icon = f'<link rel="icon" href="{up}_static/logo.svg" />'
        text = re.sub(
            r"<title>.*?</title>", f"<title>{TITLE}</title>{icon}", page.read_text("utf-8")
        )
        page.write_text(text, "utf-8")


def _tell_pages(script: Path, chapters: list[str], from_here: bool) -> None:
    """Write the script that shows the button of each chapter."""
    told = {
        "chapters": chapters,
        "megabytes": MEGABYTES,
        "from": "" if from_here else CDN.split("/")[2],
    }
    script.parent.mkdir(parents=True, exist_ok=True)
    body = (HERE / "run_here.js").read_text("utf-8")
    script.write_text(body.replace("null /* told */", json.dumps(told)), "utf-8")


def main() -> int:
    """Build, say how large it is, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", type=Path, default=ROOT / "_build" / "html")
    parser.add_argument("--out", type=Path, help="where to write, if not into the site")
    parser.add_argument("--pyodide", type=Path, help="folder or archive of Pyodide's files")
    asked = parser.parse_args()
    try:
        lite = build(asked.site, asked.out or asked.site, asked.pyodide)
    except (LiteError, pyodide_files.PyodideError) as error:
        print(f"There is no lite site: {error}.")
        return 1
    size = sum(path.stat().st_size for path in lite.rglob("*") if path.is_file())
    source = "from the site itself" if asked.pyodide else f"from {CDN} once a reader asks for it"
    print(f"{lite}: {size / 1e6:.0f} MB; Pyodide comes {source}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
