"""A study's folder: whose it is, and the record of each finished run in it.

Nothing is written into, or removed from, a folder that holds other things and no ``study.json``.
"""

import fcntl
import hashlib
import json
import math
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from experiments.transformers.corpora import Corpora
from experiments.transformers.plan import Run
from experiments.transformers.train import Record

MARK, PART = "study.json", ".part"
STATUSES = ("finished", "diverged")


class StudyError(RuntimeError):
    """A study cannot go on as it was asked to."""


def claim(out: Path, plan: str) -> None:
    """Mark a folder as that of a plan's study; make it if it is not there."""
    if out.exists() and not out.is_dir():
        raise StudyError(f"{out} is a file; name a new folder for the results")
    mark = out / MARK
    if mark.exists():
        owner = _json(mark).get("plan")
        if owner != plan:
            raise StudyError(
                f"{out} holds the study {owner!r}, not {plan!r}; name another folder for this one"
            )
        return
    if out.exists() and any(out.iterdir()):
        raise StudyError(
            f"{out} holds files that no study wrote; name a new or an empty folder for the results"
        )
    out.mkdir(parents=True, exist_ok=True)
    write(mark, json.dumps({"plan": plan}) + "\n")


def forget(out: Path, plan: Sequence[Run]) -> None:
    """Remove the records and tables of a plan's runs from a folder that `claim` has marked."""
    if not (out / MARK).exists():
        raise StudyError(f"{out} is not marked as the folder of a study: nothing is removed")
    for path in (*(place(out, run) for run in plan), out / "runs.csv", out / "curves.csv"):
        path.unlink(missing_ok=True)


def place(out: Path, run: Run) -> Path:
    """The file of one run's record."""
    return out / "records" / f"{run.name}.json"


def keep(path: Path, record: Record) -> None:
    """Write a record with its checksum, all of it or nothing."""
    content = {"run": record.run, "curve": record.curve}
    write(path, json.dumps({**content, "sha256": _digest(content)}, indent=1))


def kept(out: Path, run: Run, corpora: Corpora) -> Record | None:
    """The record of a run; None if there is none yet."""
    path = place(out, run)
    if not path.exists():
        return None
    record = _checked(path)
    asked = {**asdict(run), "corpus_sha256": corpora.sha256}
    asked.pop("unique_bytes")  # the record holds what was seen, and the name what was asked
    differing = [key for key, value in asked.items() if record.run.get(key) != value]
    if differing:
        raise StudyError(
            f"{path} was made with another {', '.join(differing)}; "
            "take another folder for this study, or delete that file to train the run again"
        )
    return record


def write(path: Path, text: str) -> None:
    """Write all of a file or nothing of it; what is there stays until the new is whole."""
    beside = path.with_name(f"{path.name}.{os.getpid()}{PART}")
    try:
        beside.write_text(text, encoding="utf-8", newline="\n")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def alone(out: Path) -> Iterator[None]:
    """Hold a folder that `claim` has marked, and remove what a killed process left half-written.

    The system lets go of it when the process ends, however it does.
    """
    with (out / MARK).open(encoding="utf-8") as mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StudyError(
                f"another process is at work in {out}; wait for it, or name another folder"
            ) from None
        for left in out.rglob(f"*.*.[0-9]*{PART}"):
            left.unlink(missing_ok=True)
        yield


def _checked(path: Path) -> Record:
    content = _json(path)
    run, curve = content.get("run"), content.get("curve")
    if not (isinstance(run, dict) and isinstance(curve, list) and curve):
        raise _damaged(path, "it does not hold a run and its curve")
    if content.get("sha256") != _digest({"run": run, "curve": curve}):
        raise _damaged(path, "its checksum is not that of its content")
    loss = run.get("loss")
    if run.get("status") not in STATUSES or not isinstance(loss, int | float):
        raise _damaged(path, "it says neither how the run ended nor its loss")
    if run["status"] == "finished" and not math.isfinite(loss):
        raise _damaged(path, f"the run is finished, but its loss is {loss}")
    return Record(run, curve)


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise _damaged(path, f"it cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise _damaged(path, "it does not hold a table")
    return content


def _damaged(path: Path, why: str) -> StudyError:
    return StudyError(f"{path} is damaged: {why}; delete that file to train the run again")


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
