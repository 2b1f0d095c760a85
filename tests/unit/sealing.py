"""A second checksum for each column of the data that nobody can type a second time.

What was measured, released as files, digitised or computed has no printed page to be read again.
`update_datapackage.py` renews the checksums of whole files after any change; the ones here are
renewed by another command, for tables that are named, by somebody who means the change:

    python tests/unit/sealing.py NAME ...
"""

from __future__ import annotations

import csv
import hashlib
import sys
from pathlib import Path

SEALS = Path(__file__).with_name("sealed.csv")
DATA = Path(__file__).resolve().parents[2] / "data"


def seals(path: Path) -> dict[str, str]:
    """The checksum of each column of a file, header and all."""
    with path.open(encoding="utf-8", newline="") as file:
        columns = zip(*csv.reader(file), strict=True)
        return {
            column[0]: hashlib.sha256("\n".join(column).encode()).hexdigest()[:16]
            for column in columns
        }


def sealed() -> dict[str, dict[str, str]]:
    """What was sealed: columns and their checksums, by table."""
    found: dict[str, dict[str, str]] = {}
    with SEALS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["table"], {})[row["column"]] = row["seal"]
    return found


def seal(names: list[str]) -> None:
    """Renew the seals of some tables and leave the others."""
    found = sealed() | {name: seals(DATA / f"{name}.csv") for name in names}
    with SEALS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("table", "column", "seal"))
        for name in sorted(found):
            writer.writerows((name, *each) for each in found[name].items())


if __name__ == "__main__":
    seal(sys.argv[1:])
