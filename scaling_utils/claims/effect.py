"""A claim that only an experiment can test: an effect size, and what would count as seeing it.

The criterion stands in the claim's entry as a range of the effect size, taken from the
paper's words, not from our runs. An interval that lies wholly inside the range has seen the
claim at our scale, one wholly outside has not, and one that crosses an end decides nothing.
More is never said: our models are small.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from scaling_utils.claims.comparison import (
    PrintedNumberError,
    parse_printed,
    show_printed,
    typeset,
)

SEEN = "seen at our scale"
NOT_SEEN = "not seen at our scale"
UNDECIDED = "undecided at our scale"
MEASURED_VERDICTS = (SEEN, NOT_SEEN, UNDECIDED)
"""The verdicts that a measurement can have: its interval lies inside the range that counts
as seeing the claim; outside; across one of its ends."""

_BOUNDS = ("at least", "at most")
_MOST_DIGITS = 6


@dataclass(frozen=True)
class SeenRange:
    """The effect sizes that count as seeing a claim; both ends belong to it.

    Attributes
    ----------
    low, high : float
        In the claim's unit; infinite where there is no bound.
    shown : str
        The range for a reader.
    """

    low: float
    high: float
    shown: str

    @classmethod
    def parse(cls, text: str) -> SeenRange:
        """Read ``low..high``, ``at least low`` or ``at most high``.

        Unlike a printed number, a criterion is exact: it has no last digit to round.

        Raises
        ------
        PrintedNumberError
            If the text is none of these, or a range has no width.

        Examples
        --------
        >>> SeenRange.parse("0.9..1.1")
        SeenRange(low=0.9, high=1.1, shown='0.9 to 1.1')
        >>> SeenRange.parse("at most 3").high, SeenRange.parse("at least 0").shown
        (3.0, '≥ 0')
        """
        bound = next((bound for bound in _BOUNDS if text.startswith(f"{bound} ")), None)
        if bound is None and ".." not in text:
            raise PrintedNumberError(
                f"{text!r} is no range; expected low..high, 'at least low' or 'at most high'"
            )
        compare = bound or "range"
        digits = text.removeprefix(f"{bound} ")
        numbers = [float(number.value) for number in parse_printed(digits, compare)]
        low = -math.inf if bound == "at most" else numbers[0]
        high = math.inf if bound == "at least" else numbers[-1]
        if low == high:
            raise PrintedNumberError(f"the range {text!r} has no width; no interval fits in")
        return cls(low, high, show_printed(digits, compare))

    def __contains__(self, effect: float) -> bool:
        """Whether an effect of this size counts as seeing the claim."""
        return self.low <= effect <= self.high


@dataclass(frozen=True)
class Measured:
    """An effect size from our own runs, with its interval.

    Attributes
    ----------
    value, low, high : float
        The effect and its interval, in the claim's unit.
    runs : int
        How many runs it rests on.
    interval : str
        What the interval is, such as ``"95 % over seeds"``.
    too_low : bool
        Whether what was measured is known to lie below the effect. Then it may show a claim
        that asks for a large effect, but not refute it.

    Raises
    ------
    ValueError
        If a number is not finite, the value lies outside its interval, there is no run, or
        the interval has no name.

    Examples
    --------
    >>> slope = Measured(0.9317, low=0.9012, high=0.9622, runs=36, interval="95 % over seeds")
    >>> slope.verdict(SeenRange.parse("0.9..1.1"))
    'seen at our scale'
    >>> slope.verdict(SeenRange.parse("0.95..1.05"))
    'undecided at our scale'
    >>> slope.show()
    '0.93 (0.90 to 0.96)'
    """

    value: float
    low: float
    high: float
    runs: int
    interval: str
    too_low: bool = False

    def __post_init__(self) -> None:
        """Refuse what is no measurement."""
        numbers = (self.value, self.low, self.high)
        if not all(math.isfinite(number) for number in numbers):
            raise ValueError(f"value, low and high must be finite, got {numbers}")
        if not self.low <= self.value <= self.high:
            raise ValueError(
                f"value must lie in its interval, got {self.value:g} for "
                f"{self.low:g} to {self.high:g}"
            )
        if type(self.runs) is not int or self.runs < 1:
            raise ValueError(f"runs must be a whole number of at least 1, got {self.runs!r}")
        if not self.interval.strip():
            raise ValueError("interval is empty; say what it is, such as '95 % over seeds'")

    def verdict(self, seen: SeenRange) -> str:
        """One of `MEASURED_VERDICTS`.

        Examples
        --------
        >>> wanted = SeenRange.parse("at least 1.1")
        >>> Measured(0.4, 0.3, 0.5, 15, "95 % over seeds").verdict(wanted)
        'not seen at our scale'
        >>> Measured(0.4, 0.3, 0.5, 15, "95 % over seeds", too_low=True).verdict(wanted)
        'undecided at our scale'
        """
        if self.low in seen and self.high in seen:
            return SEEN
        below = self.high < seen.low and not self.too_low
        return NOT_SEEN if below or self.low > seen.high else UNDECIDED

    def show(self, seen: SeenRange | None = None) -> str:
        """Write the value and its interval, with the digits that the interval's width allows.

        With `seen`, digits are added until no end seems to lie on another side of the
        criterion than it does.

        Examples
        --------
        >>> Measured(1.2e6, 1.0e6, 1.9e6, 3, "90 % over seeds").show()
        '1.2×10⁶ (1.0×10⁶ to 1.9×10⁶)'
        >>> just_not = Measured(0.9317, 0.8997, 0.9622, 36, "95 % over seeds")
        >>> just_not.show(), just_not.show(SeenRange.parse("0.9..1.1"))
        ('0.93 (0.90 to 0.96)', '0.9317 (0.8997 to 0.9622)')
        """
        value, low, high = (typeset(number) for number in self.write(seen))
        return f"{value} ({low} to {high})"

    def write(self, seen: SeenRange | None = None) -> tuple[str, str, str]:
        """The value and the ends of its interval with the digits of `show`, as plain numbers."""
        numbers = (self.value, self.low, self.high)
        largest = max(abs(number) for number in numbers)
        power = math.floor(math.log10(largest)) if largest else 0
        if -4 <= power <= 4:  # such as 0.0002 and 12000
            power = 0
        width = (self.high - self.low or largest / 100 or 1.0) / 10.0**power
        # A unit of the last digit is a fifth of the width at most.
        decimals = max(0, math.ceil(-math.log10(width / 5)))

        def written(number: float, decimals: int) -> str:
            digits = f"{round(number / 10.0**power, decimals) + 0.0:.{decimals}f}"  # no -0.0
            return digits if power == 0 else f"{digits}e{power}"

        if seen is not None:
            while decimals < _MOST_DIGITS and any(
                (float(written(number, decimals)) in seen) != (number in seen)
                for number in numbers
            ):
                decimals += 1
        value, low, high = (written(number, decimals) for number in numbers)
        return value, low, high

    def to_dict(self) -> dict[str, Any]:
        """What the interval is, as a plain dictionary; the value stands beside it."""
        return {
            "low": self.low,
            "high": self.high,
            "runs": self.runs,
            "interval": self.interval,
            "too_low": self.too_low,
        }
