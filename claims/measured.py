"""What our own runs say about a claim that no printed number can test.

The criterion stands in the claim's entry as a range of the effect, taken from the paper's words
before the runs were looked at. An interval that lies wholly inside the range has seen the claim
at our scale, one wholly outside has not, and one that crosses an end decides nothing.
More is never said: our models are small.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from claims.comparison import parse_printed, show_printed, typeset
from experiments.analysis.effect import Measured

SEEN = "seen at our scale"
NOT_SEEN = "not seen at our scale"
UNDECIDED = "undecided at our scale"
MEASURED_VERDICTS = (SEEN, NOT_SEEN, UNDECIDED)

_BOUNDS = ("at least", "at most")
_MOST_DIGITS = 6


@dataclass(frozen=True)
class SeenRange:
    """The sizes of an effect that count as seeing a claim, both ends included.

    `low` and `high` are in the claim's unit, infinite where there is no bound; `shown` is the
    range for a reader.
    """

    low: float
    high: float
    shown: str

    @classmethod
    def parse(cls, text: str) -> SeenRange:
        """Read ``low..high``, ``at least low`` or ``at most high``; else a ValueError.

        Unlike a printed number, a criterion is exact: it has no last digit to round.

        >>> SeenRange.parse("0.9..1.1")
        SeenRange(low=0.9, high=1.1, shown='0.9 to 1.1')
        >>> SeenRange.parse("at most 3").high, SeenRange.parse("at least 0").shown
        (3.0, '≥ 0')
        """
        bound = next((bound for bound in _BOUNDS if text.startswith(f"{bound} ")), None)
        if bound is None and ".." not in text:
            raise ValueError(
                f"{text!r} is no range; expected low..high, 'at least low' or 'at most high'"
            )
        compare = bound or "range"
        digits = text.removeprefix(f"{bound} ")
        numbers = [float(number.value) for number in parse_printed(digits, compare)]
        low = -math.inf if bound == "at most" else numbers[0]
        high = math.inf if bound == "at least" else numbers[-1]
        if low == high:
            raise ValueError(f"the range {text!r} has no width; no interval fits in")
        return cls(low, high, show_printed(digits, compare))

    def __contains__(self, effect: float) -> bool:
        """Whether an effect of this size counts as seeing the claim."""
        return self.low <= effect <= self.high

    def verdict(self, found: Measured) -> str:
        """One of `MEASURED_VERDICTS`.

        >>> slope = Measured(0.93, low=0.90, high=0.96, runs=36, interval="95 % over seeds")
        >>> SeenRange.parse("0.95..1.05").verdict(slope)
        'undecided at our scale'
        """
        if found.low in self and found.high in self:
            return SEEN
        below = found.high < self.low and not found.too_low
        return NOT_SEEN if below or found.low > self.high else UNDECIDED

    def write(self, found: Measured) -> tuple[str, str, str]:
        """A value and the ends of its interval, with the digits that its width allows.

        Digits are added until no end seems to lie on another side of the range than it does.

        >>> just_not = Measured(0.9317, 0.8997, 0.9622, 36, "95 % over seeds")
        >>> SeenRange.parse("0.9..1.1").write(just_not)
        ('0.9317', '0.8997', '0.9622')
        """
        numbers = (found.value, found.low, found.high)
        largest = max(abs(number) for number in numbers)
        power = math.floor(math.log10(largest)) if largest else 0
        if -4 <= power <= 4:  # such as 0.0002 and 12000
            power = 0
        width = (found.high - found.low or largest / 100 or 1.0) / 10.0**power

        def written(number: float, decimals: int) -> str:
            digits = f"{round(number / 10.0**power, decimals) + 0.0:.{decimals}f}"  # no -0.0
            return digits if power == 0 else f"{digits}e{power}"

        # A unit of the last digit is a fifth of the width at most.
        decimals = max(0, math.ceil(-math.log10(width / 5)))
        while decimals < _MOST_DIGITS and any(
            (float(written(number, decimals)) in self) != (number in self) for number in numbers
        ):
            decimals += 1
        value, low, high = (written(number, decimals) for number in numbers)
        return value, low, high

    def show(self, found: Measured) -> str:
        """The same for a reader: ``0.93 (0.90 to 0.96)``."""
        value, low, high = (typeset(number) for number in self.write(found))
        return f"{value} ({low} to {high})"
