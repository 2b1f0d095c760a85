"""Takes the tables of the study of small Transformers over into data/.

    python -m experiments run
    python data/makers/transformer_study.py

copies `_build/study/runs.csv` and `curves.csv` to `data/transformer_runs.csv` and
`data/transformer_curves.csv` and updates their checksums; experiments/README.md says how the
study is run.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from update_datapackage import DATA, update

STUDY = DATA.parent / "_build" / "study"


def take_over(study: Path, data: Path) -> list[str]:
    """Copy both tables; return one line for each description that changed.

    Raises
    ------
    FileNotFoundError
        If a table is missing; nothing is copied then.
    """
    tables = {
        study / f"{name}.csv": data / f"transformer_{name}.csv" for name in ("runs", "curves")
    }
    for table in tables:
        if not table.is_file():
            raise FileNotFoundError(f"{table} is missing: run 'python -m experiments run' first")
    for table, shipped in tables.items():
        shutil.copyfile(table, shipped)
    return update(data)


if __name__ == "__main__":
    try:
        print("\n".join(take_over(STUDY, DATA) or ["nothing changed"]))
    except FileNotFoundError as error:
        sys.exit(str(error))
