"""Takes the comparison of the study's texts over into data/.

    python -m experiments.transformers.distances
    python data/makers/text_distances.py

copies `_build/study/text_distances.csv` to `data/text_distances.csv` and updates its checksum.
The texts themselves are not shipped; experiments/README.md says where they come from.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from update_datapackage import DATA, update

TABLE = DATA.parent / "_build" / "study" / "text_distances.csv"


def take_over(table: Path, data: Path) -> list[str]:
    """Copy the table; return one line for each description that changed.

    Raises
    ------
    FileNotFoundError
        If the table is missing.
    """
    if not table.is_file():
        raise FileNotFoundError(
            f"{table} is missing: run 'python -m experiments.transformers.distances' first"
        )
    shutil.copyfile(table, data / table.name)
    return update(data)


if __name__ == "__main__":
    try:
        print("\n".join(take_over(TABLE, DATA) or ["nothing changed"]))
    except FileNotFoundError as error:
        sys.exit(str(error))
