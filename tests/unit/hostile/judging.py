"""What must hold of every answer: right, or a ValueError that says what, why and what to do."""

from __future__ import annotations

import dataclasses
import re
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd

LONGEST = 5.0
"""Seconds of the processor that an answer may take."""

REMEDY = re.compile(
    r"\b(expected|must|needs?|needed|give|gives|say|says|fix|add|leave|bring|pass|write|set|use|"
    r"check|restore|reinstall|run|train|name|tie|draw|cannot|shows how|such as|one of|at most|"
    r"reach|reaches|reached|other than|labels for|fitted to|describe)\b"
)


@contextmanager
def in_time(seconds: float = LONGEST) -> Iterator[None]:
    """Ends what takes several times too long, and refuses what takes too long."""

    def stop(*_: object) -> None:
        raise AssertionError(f"no answer after {8 * seconds:g} seconds")

    began, before = time.process_time(), signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 8 * seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert time.process_time() - began < seconds, "the answer took too long"


SAID = {
    "N": ("C would lie",),
    "name": ("set of constants", "published law"),
    "symbol": ("constant of",),
    "text": ("printed number",),
    "printed": ("printed number",),
    "x": ("N must", "N has", "N is"),
    "share": ("subsets of",),
}
"""How arguments are called besides their names."""


def refused(error: ValueError, names: Iterable[str]) -> None:
    """The error names the argument or what it is, says enough, and says what to do."""
    said = str(error)
    assert len(said) > 20, f"too short to help: {said!r}"
    called = [word for name in names for word in (name, *SAID.get(name, ()))]
    assert any(word in said for word in called), f"{said!r} names none of {sorted(names)}"
    assert REMEDY.search(said), f"{said!r} does not say what to do"
    assert "Traceback" not in said


def sound(answer: Any, *, infinite: bool = False) -> None:
    """No NaN, and no infinity unless it is documented, anywhere in an answer."""
    for value in _numbers(answer):
        assert not np.isnan(value).any(), f"NaN out of finite input: {answer!r:.300}"
        if not infinite:
            assert np.isfinite(value).all(), f"infinity out of finite input: {answer!r:.300}"


def _numbers(answer: Any) -> Iterator[Any]:
    if isinstance(answer, bool | np.bool_ | int | str | bytes | None):
        return
    if isinstance(answer, float | np.floating):
        yield np.float64(answer)
    elif isinstance(answer, np.ndarray):
        if answer.dtype.kind == "f":
            yield answer
    elif isinstance(answer, pd.DataFrame):
        yield answer.select_dtypes("number").to_numpy(dtype=float)
    elif isinstance(answer, Mapping):
        for held in answer.values():
            yield from _numbers(held)
    elif isinstance(answer, list | tuple):
        for held in answer:
            yield from _numbers(held)
    elif dataclasses.is_dataclass(answer):
        for field in dataclasses.fields(answer):
            yield from _numbers(getattr(answer, field.name))


class Kept:
    """Holds an answer whose parts may be NaN, as it says itself."""

    def __init__(self, held: Any) -> None:
        self.held = held


def judged(call: Callable[[], Any], names: Iterable[str], *, infinite: bool = False) -> Any:
    """The answer of a call, once it is sound; None if it was refused in the right way."""
    try:
        with in_time():
            answer = call()
    except ValueError as error:
        refused(error, names)
        return None
    sound(answer, infinite=infinite)
    return answer
