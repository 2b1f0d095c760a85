"""An effect in our own runs, with its interval."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """An effect and the ends of its interval, in one unit.

    It rests on `runs`; `interval` says what it is, such as "95 % over seeds". `too_low`: known to
    lie below the effect, so that it can show a large effect but not refute one.
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
