"""Printed digits, each known to its last: ``"2.7"`` stands for anything from 2.65 to 2.75.

`span` bounds a formula while its printed inputs move within their digits; a `Reading` notes or
replaces each published number that is read, so that the ledger can ask what rounding explains.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Any

from scaling_utils import datasets
from scaling_utils.check import one_of
from scaling_utils.units import Record

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d{1,3})?")


@dataclass(frozen=True)
class PrintedNumber:
    """One number as printed: its `text`, its `value`, and one `unit` of its last digit."""

    text: str
    value: Decimal
    unit: Decimal

    @classmethod
    def parse(cls, text: str) -> PrintedNumber:
        """Read digits such as ``-0.35``, ``40`` or ``2.0e6``."""
        if not isinstance(text, str) or not _NUMBER.fullmatch(text):
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
    """The least and the greatest value of a formula that is monotonic in each printed input.

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
    """Inside a ``with`` block: what is read (`seen`), and what is put in its place (`moved`)."""

    def __init__(self, moved: Mapping[str, float] | None = None) -> None:
        self.moved = dict(moved or {})
        self.seen: dict[str, str] = {}
        self._token: Token[Reading | None] | None = None

    def __enter__(self) -> Reading:
        self._token = _current.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        if self._token is not None:
            _current.reset(self._token)


def read(name: str, value: float, printed: str) -> float:
    """A published value, known by its name and its digits, or what the reading has for it."""
    reading = _current.get()
    if reading is None:
        return value
    reading.seen[name] = printed
    return reading.moved.get(name, value)


_FILES = ("kaplan2020_constants", "hoffmann2022_constants", "followups_constants")

_COUNTS = ("1", "parameters", "per cent", "sequences per batch", "steps", "tokens")
"""Units in which a whole number without an exponent is a count, such as 1024 tokens."""

_WORKS = {
    "kaplan2020": "Kaplan et al. 2020",
    "hoffmann2022": "Hoffmann et al. 2022",
    "besiroglu2024": "Besiroglu et al. 2024",
    "muennighoff2023": "Muennighoff et al. 2023",
    "sardana2023": "Sardana et al. 2023",
    "devries2023": "de Vries 2023",
    "pearce2024": "Pearce and Song 2024",
    "gadre2024": "Gadre et al. 2024",
    "llama3": "Llama Team 2024",
    "deepseek2024": "DeepSeek-AI 2024",
    "minicpm2024": "Hu et al. 2024",
    "porian2024": "Porian et al. 2024",
    "farseer2025": "Li et al. 2025",
    "limisiewicz2026": "Limisiewicz et al. 2026",
}


@dataclass(frozen=True)
class Constant(Record):
    """One published constant: its `symbol` in the paper, written out, and the `set` it belongs to.

    `value` has full precision where that is known, `printed` the digits as printed ("8.8e13"),
    if any. `unit` is "1" for a pure number; compute stays in PF-days where the paper has it so.
    """

    set: str
    symbol: str
    value: float
    printed: str
    unit: str
    place: str
    note: str

    @property
    def source(self) -> str:
        """Paper, and its table, equation, figure or section."""
        return f"{_WORKS[self.set.partition('/')[0]]}, {self.place}"

    @property
    def rounded(self) -> bool:
        """Whether only the printed digits of the value are known; a count is not rounded."""
        if not self.printed or float(self.printed) != self.value:
            return False
        return not (self.printed.isdigit() and self.unit in _COUNTS)

    def units(self) -> dict[str, str]:
        """Return the unit of the value."""
        return {"value": self.unit}


def constant(name: str, symbol: str) -> Constant:
    """Return one constant of one set, by its symbol."""
    held = _all()[one_of("set of constants", name, _all())]
    return _as_read(held[one_of(f"constant of {name!r}", symbol, held)])


def constants(name: str) -> tuple[Constant, ...]:
    """Return all constants of a set, in the order of the data file."""
    return tuple(_as_read(c) for c in _all()[one_of("set of constants", name, _all())].values())


def sets() -> list[str]:
    """Return the names of all sets of constants, sorted."""
    return sorted(_all())


def _as_read(c: Constant) -> Constant:
    """The constant, with the value that the present rounding test gives it."""
    if not c.rounded:
        return c
    # By its place: two sets may hold the same printed number.
    value = read(f"{c.source}: {c.symbol} = {c.printed}", c.value, c.printed)
    return c if value == c.value else replace(c, value=value)


@cache
def _all() -> Mapping[str, Mapping[str, Constant]]:
    found: dict[str, dict[str, Constant]] = {}
    for file in _FILES:
        for row in datasets.load(file).to_dict("records"):
            values: dict[str, Any] = {str(column): value for column, value in row.items()}
            c = Constant(**values)
            found.setdefault(c.set, {})[c.symbol] = c
    return found
