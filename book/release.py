"""What a release carries, and whether it may be made.

    python book/release.py check --tag v1.2.3 --address https://example.org/book/
    python book/release.py gather dist/release

`check` refuses a tag or an address other than those that the book names of itself. `gather` writes
the wheels, the notebooks and the whole site into a folder, with a checksum of each.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

import about
from about import SITE
from archive import checksum, pack

SUMS = "SHA256SUMS"


def refusal(tag: str, address: str) -> str:
    """Why a release under this tag, for a site at this address, may not be made; else nothing."""
    version = str(about.citation()["version"])
    if tag != f"v{version}":
        return (
            f"the tag is {tag}, but CITATION.cff says version {version}: it should be v{version}"
        )
    if (named := about.address()) != address.rstrip("/") + "/":
        return (
            f"the site will be at {address}, but html.baseurl in _config.yml says "
            f"{named or 'nothing'}: set it, run 'make readme', and tag again"
        )
    return ""


def gather(site: Path, folder: Path) -> list[Path]:
    """Write the files of a release, and return them; the last one has the others' checksums."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [
        Path(shutil.copy(path, folder))
        for path in (*sorted((site / "wheels").glob("*.whl")), site / "notebooks.zip")
    ]
    whole = {
        path.relative_to(site).as_posix(): path.read_bytes()
        for path in site.rglob("*")
        if path.is_file()
    }
    files.append(pack(folder / "site.zip", "scaling-laws-re-executed", whole))
    sums = folder / SUMS
    sums.write_text("".join(f"{checksum(path)}  {path.name}\n" for path in files), "utf-8")
    return [*files, sums]


def main() -> int:
    """Do what is asked, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check")
    check.add_argument("--tag", required=True)
    check.add_argument("--address", required=True)
    commands.add_parser("gather").add_argument("folder", type=Path)
    asked = parser.parse_args()
    if asked.command == "check":
        if reason := refusal(asked.tag, asked.address):
            print(f"No release: {reason}.")
            return 1
    else:
        for path in gather(SITE, asked.folder):
            print(f"{path.stat().st_size / 1e6:8.1f} MB  {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
