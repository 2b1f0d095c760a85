"""Faults planted in a copy of the checkout, each with the one check that must catch it.

A check is one of the project's tests, run in the copy. A fault is caught if the test fails, and
named if the failure says what is wrong in the words that the fault expects.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

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
    new: str
    """What stands there once, and what stands there after the mistake."""
    check: str
    """The test that must fail, as pytest names it."""
    says: str
    """Words that its message must have."""
    before: Callable[[Path], None] | None = None
    """What is done to the copy besides, such as to write the checksums anew."""


@contextlib.contextmanager
def copy_of_checkout(folder: Path) -> Iterator[Path]:
    """Yield a copy of every file of Git's, gone when the block ends; the site by links."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    site = ROOT / "_build"
    for part in ("html", "drawn"):
        if (site / part).exists():
            shutil.copytree(site / part, folder / "_build" / part, copy_function=os.link)
    yield folder
    shutil.rmtree(folder)


def plant(fault: Fault, copy: Path) -> None:
    """Make the mistake in the copy.

    Raises
    ------
    ValueError
        If what the fault replaces does not stand in its file exactly once.
    """
    path = copy / fault.file
    text = path.read_text("utf-8")
    if text.count(fault.old) != 1:
        raise ValueError(f"{fault.file} has {text.count(fault.old)} times {fault.old!r}, not once")
    path.unlink()  # it may be a link to the site's own file
    path.write_text(text.replace(fault.old, fault.new), "utf-8")
    if fault.before is not None:
        fault.before(copy)


def run(check: str, copy: Path) -> tuple[int, str]:
    """Run one test in the copy, on the copy's own packages; return pytest's status and output."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", ""]
    done = subprocess.run(
        [*command, "--tb=short", check],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def assert_caught(fault: Fault, folder: Path) -> None:
    """Plant a fault and have it caught: its test fails, and says what is wrong."""
    with copy_of_checkout(folder) as copy:
        plant(fault, copy)
        status, said = run(fault.check, copy)
    assert status == pytest.ExitCode.TESTS_FAILED, f"not caught ({status}): {said[-2000:]}"
    assert fault.says in said, f"caught, but not in these words: {said[-2000:]}"
