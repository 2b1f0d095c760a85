"""Every planted fault of the modules beside this one, and the table of them that the book shows.

.venv/bin/python tests/faults/listing.py    # writes tests/faults/faults.csv
"""

from __future__ import annotations

import runpy
import sys
import tomllib
from pathlib import Path
from typing import Any

import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "tests" / "faults" / "faults.csv"


def every_fault() -> list[Any]:
    """The faults of all modules; of the book of two pages, which has many at once, too."""
    from planting import Fault

    found = []
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        if path.name != "test_planting.py":
            lists = [value for value in runpy.run_path(str(path)).values() if type(value) is list]
            found += [each for one in lists for each in one if isinstance(each, Fault)]
    return found


def table() -> pd.DataFrame:
    """One row for each fault: kind, the mistake in words, its file, the test that catches it."""
    rows = [
        (each.kind, each.what, each.file, each.check.partition("@")[0]) for each in every_fault()
    ]
    return pd.DataFrame(rows, columns=["kind", "mistake", "file", "caught_by"])


if __name__ == "__main__":
    options = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["pytest"]
    sys.path[:0] = [str(ROOT / part) for part in options["ini_options"]["pythonpath"]]
    table().to_csv(TABLE, index=False)
    print(f"{len(table())} faults in {TABLE.relative_to(ROOT)}")
