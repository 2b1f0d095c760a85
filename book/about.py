"""What this book is, where it lives, and which version of it this is: read from one place each.

CITATION.cff says title, authors, version, date and licence; `_config.yml` the two addresses
(`html.baseurl` of the site, `repository.url` of the sources), both empty until they are set; Git
the commit. As the first of the extensions of the build it tells Sphinx the title and the version.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
"""Where `make book` puts the site."""

COMMIT = "SCALING_UTILS_COMMIT"
"""Environment variable that names the commit where Git cannot."""
PROGRESS = "SCALING_UTILS_PROGRESS"
"""Environment variable with the number of the open file that takes a line for each page."""

SOURCES = (
    *("_config.yml", "_toc.yml", "CHANGELOG.md", "CITATION.cff", "requirements.lock"),
    *("pyproject.toml", "README.md", "LICENSE", "LICENSE-TEXT"),  # the site offers the wheels
    *("book", "notebooks", "scaling_utils", "reanalysis", "claims", "experiments", "data"),
    *("tests/faults/faults.csv", "tests/mutants/mutants.csv", "tests/mutants/parts.toml"),
)
"""Whatever a page can show or depend on."""


def citation() -> dict[str, Any]:
    """CITATION.cff as a dictionary."""
    return _read("CITATION.cff")


def address() -> str:
    """Where the site is, with a slash at its end; empty while it is nowhere."""
    return _folder(_read("_config.yml")["html"].get("baseurl"))


def repository() -> str:
    """Where the sources are, with a slash at its end; empty while they are nowhere."""
    return _folder(_read("_config.yml")["repository"].get("url"))


def dispute(sources: str, claim: str = "") -> str:
    """Where a claim is disputed, with its id filled in; empty while the sources are nowhere."""
    form = f"{sources}issues/new?template=dispute-a-claim.yml"
    return (f"{form}&claim={claim}" if claim else form) if sources else ""


def commit() -> str:
    """The commit that last changed what the site is built from; empty if they differ from it."""
    if COMMIT in os.environ:
        return os.environ[COMMIT]
    if not (ROOT / ".git").exists() or _git("status", "--porcelain", "--", *SOURCES):
        return ""
    return _git("log", "-1", "--format=%H", "--", *SOURCES)


def provenance() -> dict[str, str]:
    """What a file of the book says of itself."""
    said = citation()
    return {
        "book": said["title"],
        "authors": ", ".join(author["name"] for author in said["authors"]),
        "version": str(said["version"]),
        "date": str(said["date-released"]),
        "license": "CC BY 4.0",
        "address": address(),
        "commit": commit(),
    }


def setup(app: Any) -> dict[str, bool]:
    """Jupyter Book sets the title of the pages only; Sphinx has names of its own for it."""
    said = citation()
    app.config.project, app.config.release = said["title"], str(said["version"])
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / name).read_text("utf-8"))
    return found


def _folder(url: str | None) -> str:
    return url.rstrip("/") + "/" if url else ""


def _git(*asked: str) -> str:
    """What Git answers; nothing where it is not installed or knows nothing."""
    try:
        found = subprocess.run(["git", *asked], cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    return found.stdout.strip() if found.returncode == 0 else ""
