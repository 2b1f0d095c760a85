"""What the book is made of: its pages, as `_toc.yml` lists them, and its chapters, by number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from about import ROOT

NAMED = re.compile(r"\b[Cc]hapters?\s+\d+(?:,\s+\d+)*(?:,?\s+(?:and|or|to)\s+\d+)?\b")
"""How a text names chapters."""
NUMBER = re.compile(r"(?:[Cc]hapters?\s+)?(\d+)")
"""One of them, within that."""
FILE = re.compile(r"notebooks/0*(\d+)_\w+")
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def toc(root: Path = ROOT) -> dict[str, Any]:
    """`_toc.yml`."""
    found: dict[str, Any] = yaml.safe_load((root / "_toc.yml").read_text("utf-8"))
    return found


def listed(part: Any) -> Iterator[str]:
    """Every page that a part of `_toc.yml` names, in the order of the book."""
    if isinstance(part, list):
        for each in part:
            yield from listed(each)
    elif isinstance(part, dict):
        for key, value in part.items():
            if key in ("root", "file"):
                yield value
            else:
                yield from listed(value)


def chapter(page: str) -> int | None:
    """The number of the chapter that a page is, if it is one."""
    found = FILE.fullmatch(page)
    return int(found[1]) if found else None


def chapters(pages: Iterable[str]) -> dict[int, str]:
    """The chapters among some pages, by number, in their order."""
    return {number: page for page in sorted(pages) if (number := chapter(page)) is not None}


def page_names(site: Path) -> list[str]:
    """Every page of text on a built site: no search, no index, none that leads to another."""
    found = (path for folder in ("book", "notebooks") for path in (site / folder).rglob("*.html"))
    return sorted(path.relative_to(site).as_posix() for path in found)


def own_files(site: Path) -> list[Path]:
    """Every page that the build wrote: not those of JupyterLite, nor what lies beside scripts."""
    paths = sorted(site.rglob("*.html"))
    return [path for path in paths if path.relative_to(site).parts[0] not in ("lite", "_static")]
