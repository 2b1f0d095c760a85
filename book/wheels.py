"""The two wheels that the site offers: `scaling-utils`, and what the chapters need beside it.

`python book/wheels.py FOLDER` writes both into a folder, with a page of links that pip reads:
`pip install --find-links FOLDER scaling-laws-reexecuted`. They are the same byte for byte
wherever they are made.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

from about import ROOT
from archive import EPOCH, checksum

PROJECTS = (ROOT, ROOT / "book" / "wheel")
FORMULAS, CHAPTERS = "scaling-utils", "scaling-laws-reexecuted"
"""The distributions: the second brings the first."""

PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Wheels of Scaling Laws, Re-executed</title></head>
<body>
<h1>Wheels of Scaling Laws, Re-executed, version {version}</h1>
<p>{formulas} holds the formulas; {chapters} brings it with what the chapters need beside it.</p>
<ul>
{links}
</ul>
</body>
</html>
"""


def version() -> str:
    """The version of both, which pyproject.toml says."""
    read: dict[str, dict[str, str]] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return read["project"]["version"]


def wheel(distribution: str) -> str:
    """The name of a wheel's file."""
    return f"{distribution.replace('-', '_')}-{version()}-py3-none-any.whl"


def make(folder: Path) -> list[Path]:
    """Write the wheels and their page into `folder`; the page has a checksum for each."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = {"SOURCE_DATE_EPOCH": EPOCH} | os.environ
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory"]
    command.append(str(folder.resolve()))
    for project in PROJECTS:
        subprocess.run(command, cwd=project, env=environment, check=True, capture_output=True)
    made = [folder / wheel(distribution) for distribution in (FORMULAS, CHAPTERS)]
    links = "\n".join(
        f'<li><a href="{path.name}#sha256={checksum(path)}">{path.name}</a></li>' for path in made
    )
    page = PAGE.format(version=version(), formulas=FORMULAS, chapters=CHAPTERS, links=links)
    (folder / "index.html").write_text(page, "utf-8")
    return made


if __name__ == "__main__":
    for path in make(Path(sys.argv[1])):
        print(path)
