"""Recomputes checksum, size and row count of every file that data/datapackage.json describes.

Run it after a data file has changed on purpose; the descriptions stay as they are:

    python data/makers/update_datapackage.py
"""

from __future__ import annotations

import bz2
import csv
import hashlib
import json
from pathlib import Path

DATA = Path(__file__).resolve().parents[1]


def update(folder: Path) -> list[str]:
    """Rewrite the descriptor of a data folder in place.

    Parameters
    ----------
    folder : Path
        Folder that holds `datapackage.json` and the files it describes.

    Returns
    -------
    list of str
        One line for each resource whose numbers changed.

    Raises
    ------
    FileNotFoundError
        If a described file does not exist.
    """
    descriptor = folder / "datapackage.json"
    package = json.loads(descriptor.read_text(encoding="utf-8"))
    changed = []
    for resource in package["resources"]:
        path = folder / resource["path"]
        found = measure(path)
        if any(resource.get(key) != value for key, value in found.items()):
            *_, (unit, count) = found.items()
            changed.append(f"{resource['name']}: {count} {unit}, {found['hash']}")
            resource.update(found)
    text = json.dumps(package, indent=2, ensure_ascii=False) + "\n"
    descriptor.write_text(text, encoding="utf-8", newline="\n")
    return changed


def measure(path: Path) -> dict[str, str | int]:
    """Return checksum, size in bytes and number of rows of a file.

    Rows are those of a CSV file without its header; a text compressed by bzip2 has lines.
    """
    content = path.read_bytes()
    found: dict[str, str | int] = {
        "hash": "sha256:" + hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
    }
    if path.suffix == ".bz2":
        return found | {"lines": bz2.decompress(content).count(b"\n")}
    return found | {"rows": sum(1 for _ in csv.reader(content.decode("utf-8").splitlines())) - 1}


if __name__ == "__main__":
    for line in update(DATA) or ["nothing changed"]:
        print(line)
