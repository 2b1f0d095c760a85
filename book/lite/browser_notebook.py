"""A chapter as it opens in the browser: numbers in its text, nothing run."""

from __future__ import annotations

import copy
from typing import Any

KERNEL = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}
HINT = """\
*This chapter runs here, in your browser; nothing is installed and nothing leaves your computer.
**Run → Run All Cells** computes it all, in half a minute or so the first time.
Then change what you like: Shift+Enter runs a cell, and three dots open the code of a figure.*
"""
QUIET = """
import logging

logging.getLogger("matplotlib.font_manager").setLevel("ERROR")  # it looks for fonts at each start
"""
INSTALL = "install"
"""The cell of `book/first_cell.py`."""


def prepared(executed: dict[str, Any]) -> dict[str, Any]:
    """The notebook without outputs, so that whatever it shows was computed in this browser."""
    notebook = copy.deepcopy(executed)
    notebook["metadata"]["kernelspec"] = KERNEL
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
            if cell["id"] == INSTALL:
                cell["source"] = "".join(cell["source"]).rstrip() + "\n" + QUIET.rstrip()
    hint = {"cell_type": "markdown", "id": "in-the-browser", "metadata": {}, "source": HINT}
    notebook["cells"].insert(1, hint)
    return notebook
