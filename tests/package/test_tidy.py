"""The checkout has what it needs, and nothing that was forgotten in it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import about

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (
    *("scaling_utils", "reanalysis", "claims", "experiments", "book", "notebooks", "data"),
    *("tests", "benchmarks", "binder", ".github", ".devcontainer", ".ci"),
)
FORGOTTEN = re.compile(
    r"~$|\.(bak|orig|rej|tmp|swp|log|old)$|[ _-]copy\b|Untitled|\(\d+\)|^\.DS_Store$"
)
KINDS = {
    "notebooks": {".ipynb"},
    "claims": {".toml", ".py"},
    "scaling_utils": {".py", ".html", ".typed", ".mplstyle", ".txt", ".csv"},
    "reanalysis": {".py"},
    "data": {".csv", ".json", ".md", ".bz2", ".py"},
}
"""What kinds of file belong into a folder."""
LICENCES = {
    "LICENSE": (
        "MIT License",
        "Permission is hereby granted, free of charge, to any person obtaining a copy",
        "The above copyright notice and this permission notice shall be included in all",
        'THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND',
    ),
    "LICENSE-TEXT": (
        "Creative Commons Attribution 4.0",
        "International licence (CC BY 4.0)",
        "creativecommons.org/licenses/by/4.0",
    ),
}


def files() -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and not {"__pycache__", ".ipynb_checkpoints"} & {*path.parts}:
                yield path.relative_to(ROOT)


def test_nothing_was_forgotten_in_a_folder():
    found = list(files())
    assert len(found) > 300
    stray = [str(path) for path in found if FORGOTTEN.search(path.name)]
    stray += [
        str(path)
        for path in found
        if path.parts[0] in KINDS and path.suffix not in KINDS[path.parts[0]]
    ]
    assert not stray, f"nothing uses these: {', '.join(stray)}"


def test_every_paper_has_its_claims_and_its_recipes():
    claims = ROOT / "claims"
    papers = {path.stem for path in claims.glob("*.toml")}
    recipes = {path.stem for path in claims.glob("*.py") if re.search(r"\d{4}$", path.stem)}
    assert papers == recipes


def test_the_newest_version_is_the_same_everywhere():
    """The package, the citation and the changelog, with its date."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    cited = about.citation()
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    (newest,) = re.findall(r"^## (\S+) \((\S+)\)$", changes, flags=re.M)[:1]
    assert newest == (cited["version"], str(cited["date-released"]))
    assert project["version"] == cited["version"]


def test_the_licences_are_there_and_whole():
    for name, words in LICENCES.items():
        path = ROOT / name
        assert path.is_file(), f"{name} is missing: nobody may use what has no licence"
        said = " ".join(path.read_text("utf-8").split())
        assert [word for word in words if word not in said] == [], name
