"""Which printed digits a computation reads, and what it would give if they stood for others.

A paper rounds what it prints. To see whether that explains a difference, the ledger lets a
recomputation run once more while each published number that it reads is moved within its
printed digits. Inside a `Reading`, every number that passes through `read` is noted, and
replaced where the reading says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar, Token

_current: ContextVar[Reading | None] = ContextVar("reading", default=None)


class Reading:
    """What is read inside a ``with`` block, and what is put in its place.

    Parameters
    ----------
    moved : mapping, optional
        Values to be read instead of the published ones, by name.

    Examples
    --------
    >>> with Reading({"N_c": 8.75e13}) as reading:
    ...     read("N_c", 8.8e13, "8.8e13")
    87500000000000.0
    >>> reading.seen
    {'N_c': '8.8e13'}
    """

    def __init__(self, moved: Mapping[str, float] | None = None) -> None:
        self.moved = dict(moved or {})
        self.seen: dict[str, str] = {}
        self._token: Token[Reading | None] | None = None

    def __enter__(self) -> Reading:
        """Begin to note what is read."""
        self._token = _current.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        """Go back to the published values."""
        if self._token is not None:
            _current.reset(self._token)


def read(name: str, value: float, printed: str) -> float:
    """Return a published value, or what the present reading puts in its place.

    Parameters
    ----------
    name : str
        What tells this number from all others.
    value : float
        The published value.
    printed : str
        Its printed digits, which say how far it may be moved.
    """
    reading = _current.get()
    if reading is None:
        return value
    reading.seen[name] = printed
    return reading.moved.get(name, value)
