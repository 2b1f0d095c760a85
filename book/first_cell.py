"""The cell that makes a chapter run anywhere: it brings the book's package where it is missing.

Every notebook has it, below its title. It is written here alone, with the version of
pyproject.toml and the site's address of `_config.yml`: after a change of either,
`python book/first_cell.py` writes it anew into all notebooks (a test asks for it).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from about import address
from contents import NOTEBOOKS
from wheels import CHAPTERS, FORMULAS, version, wheel

ID = "install"

CELL = """\
# Brings the book's package where it is missing; does nothing where it is there.
import sys
from importlib.util import find_spec
from os.path import isdir

if not all(map(find_spec, ("scaling_utils", "reanalysis", "claims", "experiments"))):
    if sys.platform == "emscripten":  # in a browser
        %pip install -q {chapters}=={version}
    else:  # from the folder of notebooks.zip, else from the book's site
        WHEELS = next(filter(isdir, ("wheels", "../wheels")), "{wheels}")
        %pip install -q {{WHEELS}}/{first} {{WHEELS}}/{second}
    if not find_spec("claims"):
        raise ModuleNotFoundError(
            "the book's package is missing and could not be installed: unpack the book's "
            "notebooks.zip and open this notebook there, or run 'make lab' in its sources"
        )
"""


def source(site: str) -> str:
    """The cell's code; `site` is the site's address with a slash at its end, or empty."""
    return CELL.format(
        chapters=CHAPTERS,
        version=version(),
        wheels=f"{site}wheels" if site else "wheels",
        first=wheel(FORMULAS),
        second=wheel(CHAPTERS),
    ).rstrip("\n")


def cell(site: str) -> dict[str, Any]:
    """The cell as a notebook has it."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": ID,
        "metadata": {"tags": ["remove-cell"]},
        "outputs": [],
        "source": source(site).splitlines(keepends=True),
    }


def write(path: Path, site: str) -> None:
    """Put the cell below a notebook's title, in place of an older one."""
    notebook = json.loads(path.read_text("utf-8"))
    cells = [each for each in notebook["cells"] if each.get("id") != ID]
    notebook["cells"] = [cells[0], cell(site), *cells[1:]]
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    for each in NOTEBOOKS:
        write(each, address())
