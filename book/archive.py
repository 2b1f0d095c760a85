"""Files that are the same byte for byte on any day and machine: archives, and their checksums."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

DAY = (2026, 1, 1, 0, 0, 0)
EPOCH = "1767225600"
"""The date of all that is built, 1 January 2026, for archives and as SOURCE_DATE_EPOCH."""


def checksum(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def pack(target: Path, folder: str, inside: Mapping[str, bytes]) -> Path:
    """Write a zip of one folder, with what lies in it by name; wheels are packed already."""
    with zipfile.ZipFile(target, "w") as archive:
        for name in sorted(inside):
            entry = zipfile.ZipInfo(f"{folder}/{name}", DAY)
            entry.external_attr = 0o644 << 16
            kind = zipfile.ZIP_STORED if name.endswith(".whl") else zipfile.ZIP_DEFLATED
            archive.writestr(entry, inside[name], kind)
    return target
