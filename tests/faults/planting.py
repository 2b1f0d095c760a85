"""Faults planted in a copy of the checkout, each with the one check that must catch it.

A check is one of the project's tests, run in the copy. A fault is caught if the test fails, and
named if the failure says what is wrong in the words that the fault expects.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import forked
import pytest
import update_datapackage

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Fault:
    """One mistake that somebody could make."""

    kind: str
    """What it is an example of: several faults may be of one kind."""
    what: str
    """The mistake in words: it is the name of the test."""
    file: str
    """Where it is made, from the top of the checkout."""
    old: str
    new: str | None
    """What stands there once, and what after the mistake: None deletes the file, and with nothing
    in `old` a new file is written."""
    check: str
    """The test that must fail, as pytest names it."""
    says: str
    """Words that its message must have."""
    before: Callable[[Path], None] | None = None
    """What is done to the copy besides, such as to write the checksums anew."""
    also: tuple[tuple[str, str], ...] = ()
    """Further pairs of what stands in the file and what after the mistake."""


def rehash(copy: Path) -> None:
    """Write the checksums of the data anew, as somebody does who has changed a number."""
    update_datapackage.update(copy / "data")


@cache
def _parts() -> tuple[list[str], set[Path]]:
    """Every file of Git's, and the folders with what Python has compiled of them."""
    asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(asked, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    names = [name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    return names, {Path(name).parent / "__pycache__" for name in names if name.endswith(".py")}


@contextlib.contextmanager
def copy_of_checkout(folder: Path, *, site: bool = True) -> Iterator[Path]:
    """Yield a copy of every file of Git's, gone when the block ends; the site by links."""
    names, compiled = _parts()
    for parent in {(folder / name).parent for name in names}:
        parent.mkdir(parents=True, exist_ok=True)
    for name in names:
        shutil.copy2(ROOT / name, folder / name)
    # What Python has compiled is taken along; of a file that is changed it compiles it anew.
    built = [Path("_build") / part for part in ("html", "drawn", "lab")] if site else []
    for part in (*compiled, *built):
        if (ROOT / part).exists():
            shutil.copytree(ROOT / part, folder / part, copy_function=_link)
    _list_what_is_tracked(folder / ".git")
    yield folder
    shutil.rmtree(folder)


def _list_what_is_tracked(git: Path) -> None:
    """Let `git ls-files` answer in a copy; it has no history, and nothing of it reaches ours."""
    asked = ["git", "rev-parse", "--absolute-git-dir"]
    ours = subprocess.run(asked, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    for part in ("objects", "refs"):
        (git / part).mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n", "utf-8")
    shutil.copy2(Path(ours.strip()) / "index", git / "index")


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another disk, or one without links
        shutil.copy2(source, target)


def plant(fault: Fault, copy: Path) -> None:
    """Make the mistake in the copy.

    Raises
    ------
    ValueError
        If what the fault replaces does not stand in its file exactly once.
    """
    path = copy / fault.file
    if not fault.old:
        if fault.new is None:
            path.unlink()
        elif path.exists():
            raise ValueError(f"{fault.file} is there already: say in `old` what is replaced")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(fault.new, "utf-8")
    else:
        text = path.read_text("utf-8")
        for old, new in ((fault.old, fault.new or ""), *fault.also):
            if text.count(old) != 1:
                raise ValueError(f"{fault.file} has {text.count(old)} times {old!r}, not once")
            text = text.replace(old, new)
        path.unlink()  # it may be a link to the site's own file
        path.write_text(text, "utf-8")
    if fault.before is not None:
        fault.before(copy)


def run(check: str, copy: Path) -> tuple[int, str]:
    """Run one test in the copy, on the copy's own packages; return pytest's status and output."""
    arguments = ["-q", "-p", "no:cacheprovider", "-m", "", "--tb=short", check]
    return forked.pytest_in(copy, arguments)


def assert_caught(fault: Fault, folder: Path) -> None:
    """Plant a fault and have it caught: its test fails, and says what is wrong."""
    site = fault.check.startswith("tests/book/") or fault.file.startswith("_build/")
    with copy_of_checkout(folder, site=site) as copy:
        plant(fault, copy)
        status, said = run(fault.check, copy)
    # What cannot even be collected, or is refused, has failed; a test that is not there has not.
    unknown = "ERROR: not found" in said and "ERROR collecting" not in said
    failed = status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    failed = failed and not unknown
    assert failed, f"not caught ({status}): {said[-2000:]}"
    assert fault.says in said, f"caught, but not in these words: {said[-2000:]}"
