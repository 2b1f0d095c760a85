"""How a claim is judged, and what the ledger says about it.

The verdict is computed, never copied. Of a recomputed value: it is *reproduced* if it agrees
at the printed digits; *rounding* if it agrees only when the paper's own rounding is allowed
for; if neither does, it *differs*, or is so *on our reading* of a figure, where the authors'
data may give what they print; without a function what it needs was *never published*.
Of an effect measured in our own runs: *seen*, *not seen* or *undecided at our scale*,
and nothing else, however well it agrees with what the paper prints.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scaling_utils.claims._html import table
from scaling_utils.claims.comparison import (
    WORDS,
    agrees,
    show_printed,
    show_value,
    some_agree,
    write_value,
)
from scaling_utils.claims.effect import Measured
from scaling_utils.claims.entries import NEVER_PUBLISHED, ON_OUR_READING, Claim, ClaimError
from scaling_utils.claims.recompute import Recomputed

_NUMBER = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"


@dataclass(frozen=True)
class Result:
    """One claim with its recomputed or measured value and verdict.

    Attributes
    ----------
    claim : Claim
        What the paper says.
    value : float or None
        Recomputed or measured, in the claim's unit; None if what it needs was never published.
    from_rounded : pair of floats or None
        The least and the greatest value if the paper's own rounding is allowed for, where
        that says more; equal for a single number.
    verdict : str
        One of `VERDICTS`, computed.
    measured : Measured or None
        The effect in our own runs, with its interval, if they tested the claim.
    """

    claim: Claim
    value: float | None
    from_rounded: tuple[float, float] | None
    verdict: str
    measured: Measured | None = None

    @property
    def id(self) -> str:
        """The claim's id."""
        return self.claim.id

    @property
    def as_expected(self) -> bool:
        """Whether verdict and value are those that the claim's entry expects."""
        return self.verdict == self.claim.verdict and not self.drifted

    @property
    def ours(self) -> str:
        """What the entry's field `ours` should be: our value at its digits, or nothing."""
        if self.measured is not None:
            value, low, high = self.measured.write(self.claim.seen_range)
            return f"{value} ({low} to {high})"
        if self.value is None:
            return ""
        return write_value(self.value, self.claim.printed, self.claim.compare)

    @property
    def drifted(self) -> bool:
        """Whether our value is no longer the one that the entry states, at its digits."""
        stated, found = self.claim.ours, self.ours
        if not stated or stated == found:
            return False
        if self.measured is None:
            # At the edge of two digits either is right.
            return self.value is None or not agrees(self.value, stated)
        numbers = re.findall(_NUMBER, stated)
        exact = (self.measured.value, self.measured.low, self.measured.high)
        return len(numbers) != len(exact) or not all(
            agrees(number, text) for number, text in zip(exact, numbers, strict=True)
        )

    @property
    def shown_printed(self) -> str:
        """The printed number for a reader, with its unit; or the printed words."""
        shown = show_printed(self.claim.printed, self.claim.compare)
        return shown if self.claim.compare == WORDS else f"{shown} {self.claim.unit}".strip()

    @property
    def shown_value(self) -> str:
        """The value for a reader, with its interval if measured; a dash if there is none."""
        if self.measured is not None:
            return self.measured.show(self.claim.seen_range)
        return "–" if self.value is None else self._shown(self.value)

    @property
    def shown_from_rounded(self) -> str:
        """The value with the paper's rounding allowed for; empty if there is none."""
        ends = [self._shown(end) for end in self.from_rounded or ()]
        return " to ".join(dict.fromkeys(ends))

    @property
    def shown_measurement(self) -> str:
        """What was measured, and what would count as seeing it; empty if nothing was."""
        seen = self.claim.seen_range
        if self.measured is None or seen is None:
            return ""
        runs = "1 run" if self.measured.runs == 1 else f"{self.measured.runs} runs"
        criterion = f"{seen.shown} {self.claim.unit}".strip()
        return (
            f"{self.claim.effect}; seen if {criterion}; "
            f"in brackets: {self.measured.interval}, {runs}"
        )

    def _shown(self, value: float) -> str:
        return show_value(value, self.claim.printed, self.claim.compare)

    def to_dict(self) -> dict[str, Any]:
        """The result as a plain dictionary; `verdict` is the computed one."""
        computed = {
            "value": self.value,
            "from_rounded": self.from_rounded,
            "verdict": self.verdict,
            "measured": None if self.measured is None else self.measured.to_dict(),
        }
        return {**self.claim.to_dict(), **computed}

    def _repr_html_(self) -> str:
        return table([self])


def judge(
    claim: Claim,
    outcome: Recomputed | Measured | None,
    allowing_for_rounding: Callable[[], tuple[float, float] | None] | None = None,
) -> Result:
    """Compare one claim with its recomputation or measurement.

    Parameters
    ----------
    claim : Claim
    outcome : Recomputed, Measured or None
        None if nothing recomputes the claim.
    allowing_for_rounding : callable, optional
        What to ask before a claim differs: the least and the greatest value that the printed
        digits of all inputs allow, or None if no input is rounded.

    Returns
    -------
    Result

    Raises
    ------
    ClaimError
        If a recomputed value is not a finite number, or the claim prints none; if a claim
        says what would count as seeing it and nothing is measured, or the reverse; if it
        would differ although nobody asked what rounding can explain.
    """
    seen = claim.seen_range
    if isinstance(outcome, Measured):
        if seen is None:
            raise ClaimError(f"{claim.id}: a measured claim must say in seen_if what counts")
        return Result(claim, outcome.value, None, outcome.verdict(seen), outcome)
    if seen is not None:
        raise ClaimError(f"{claim.id}: seen_if needs a function that returns Measured")
    if outcome is None:
        return Result(claim, None, None, NEVER_PUBLISHED)

    value, rounded = outcome.value, outcome.rounded_span
    try:
        if _holds(claim, value):
            return Result(claim, value, rounded, "reproduced")
        if rounded is not None and _may_hold(claim, rounded):
            return Result(claim, value, rounded, "rounding")
        tried = allowing_for_rounding() if allowing_for_rounding else None
        if tried is not None and _may_hold(claim, tried):
            return Result(claim, value, tried, "rounding")
    except ValueError as error:
        raise ClaimError(f"{claim.id}: {error}") from error
    if claim.on_our_reading:
        return Result(claim, value, tried or rounded, ON_OUR_READING)
    if allowing_for_rounding and tried is None and rounded is None and not claim.exact_inputs:
        raise ClaimError(
            f"{claim.id}: {value!r} differs from {claim.printed!r}, but no input is known to be "
            "rounded; read the printed ones with constant, law or digits, or say in exact_inputs "
            "why rounding cannot explain it"
        )
    return Result(claim, value, tried or rounded, "differs")


def _holds(claim: Claim, value: float) -> bool:
    holds = claim.holds_range
    if holds is not None:
        return value in holds
    return agrees(value, claim.printed, claim.compare)


def _may_hold(claim: Claim, ends: tuple[float, float]) -> bool:
    holds = claim.holds_range
    if holds is not None:
        return ends[0] <= holds.high and ends[1] >= holds.low
    return some_agree(ends, claim.printed, claim.compare)
