"""`make lab`: the chapters in JupyterLab, with numbers, boxes, figures and references in the text.

What opens are copies in `lab/`, which a build has filled in but for what the kernel shows itself:
they are the reader's own. A copy that the reader has changed is never written over; one that
lies there as it was made is replaced when the book's chapter has changed. The sources stand
beside them, in `notebooks/`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import kernels
import nbformat
from about import ROOT
from nbformat.sign import NotebookNotary

MINE = ROOT / "lab"
MADE = ROOT / "_build" / "lab"
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {
        "checkForUpdates": False,
        "fetchNews": "false",
        "doNotDisturbMode": False,
    }
}
RECORD = ".as_made.json"
"""In `lab/`: what each copy was like when it was made."""


def written(path: Path) -> str:
    """A checksum of what somebody writes into a notebook: its cells, without their outputs."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    parts = [(cell["cell_type"], "".join(cell["source"])) for cell in cells]
    return sha256(json.dumps(parts).encode()).hexdigest()


def bring(made: Path, mine: Path) -> list[str]:
    """Copy what is new in `made` to `mine`; return the names of newer ones that were not copied.

    These are chapters that have changed here and there.
    """
    mine.mkdir(exist_ok=True)
    record = mine / RECORD
    before = json.loads(record.read_text("utf-8")) if record.exists() else {}
    kept = []
    for new in sorted(made.glob("*.ipynb")):
        old, name, sum_of_new = mine / new.name, new.name, written(new)
        if old.exists():
            if before.get(name) == sum_of_new:
                continue
            if before.get(name) != written(old):
                kept.append(name)
                continue
        old.write_bytes(new.read_bytes())
        sign(old)
        before[name] = sum_of_new
    record.write_text(json.dumps(before, indent=1, sort_keys=True) + "\n", "utf-8")
    return kept


def sign(path: Path) -> None:
    """Have Jupyter trust a copy as if it had been run here: it shows all outputs."""
    NotebookNotary().sign(nbformat.read(path, as_version=4))


def quiet(folder: Path) -> dict[str, str]:
    """Variables for a JupyterLab that asks, warns and tells of nothing; they name `folder`."""
    settings = folder / "config" / "labconfig" / "default_setting_overrides.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(json.dumps(SETTINGS), "utf-8")
    paths = [str(folder / "config"), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    found = os.pathsep.join(filter(None, paths))
    return {**kernels.quiet(folder / "ipython"), "JUPYTER_CONFIG_PATH": found}


def command() -> list[str]:
    """JupyterLab at the project's root, so that the sources can be opened, starting in `lab/`."""
    return [
        *(sys.executable, "-m", "jupyterlab"),
        f"--ServerApp.root_dir={ROOT}",
        f"--FileContentsManager.preferred_dir={MINE}",
        *(["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),  # a container
        *sys.argv[1:],
    ]


def main() -> None:
    """Build if the copies are out of date, bring them, and start JupyterLab."""
    build = [sys.executable, str(ROOT / "book" / "build.py"), "--if-stale"]
    failed = subprocess.run(build).returncode
    if failed and not MADE.is_dir():
        sys.exit(failed)
    for name in bring(MADE, MINE):
        print(f"lab/{name} is yours: the book's has changed since. Rename yours to get it.")
    print("Opening the copies in lab/; the sources are in notebooks/.", flush=True)
    os.execve(sys.executable, command(), os.environ | quiet(ROOT / ".venv" / "lab"))


if __name__ == "__main__":
    main()
