"""Printed digits: a number, and how finely it is known.

``"2.7"`` stands for anything from 2.65 to 2.75, ``"5e3"`` for anything from 4500 to 5500. `span`
bounds a formula while its printed inputs move within their digits; a `Reading` notes or replaces
each published number that a computation reads, so that the ledger can ask what rounding explains.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from dataclasses import dataclass
from decimal import Decimal

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?")


@dataclass(frozen=True)
class PrintedNumber:
    """One number as printed: its `text`, its `value`, and one `unit` of its last digit."""

    text: str
    value: Decimal
    unit: Decimal

    @classmethod
    def parse(cls, text: str) -> PrintedNumber:
        """Read digits such as ``-0.35``, ``40`` or ``2.0e6``; other text is a ValueError.

        >>> PrintedNumber.parse("2.0e6").unit
        Decimal('1E+5')
        """
        if not _NUMBER.fullmatch(text):
            raise ValueError(
                f"{text!r} is not a printed number; expected digits such as 2.7, 40 or 5e3"
            )
        value = Decimal(text)
        return cls(text, value, Decimal((0, (1,), int(value.as_tuple().exponent))))

    @property
    def low(self) -> Decimal:
        """The smallest number that these digits may stand for."""
        return self.value - self.unit / 2

    @property
    def high(self) -> Decimal:
        """The largest number that these digits may stand for."""
        return self.value + self.unit / 2


def span(formula: Callable[..., float], *printed: str) -> tuple[float, float]:
    """The least and the greatest value of a formula while its inputs move within their digits.

    The formula takes the inputs in their order and must be monotonic in each.

    >>> low, high = span(lambda N, D: 6 * N * D, "70e9", "1.4e12")
    >>> f"{low:.3g} to {high:.3g}"
    '5.63e+23 to 6.13e+23'
    """
    numbers = [PrintedNumber.parse(text) for text in printed]
    ends = [(float(number.low), float(number.high)) for number in numbers]
    values = [float(formula(*corner)) for corner in itertools.product(*ends)]
    return min(values), max(values)


_current: ContextVar[Reading | None] = ContextVar("reading", default=None)


class Reading:
    """Inside a ``with`` block: what is read (`seen`), and what is put in its place (`moved`).

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
    """A published value, known by its name and its digits, or what the reading has for it."""
    reading = _current.get()
    if reading is None:
        return value
    reading.seen[name] = printed
    return reading.moved.get(name, value)
