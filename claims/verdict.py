"""How a claim is judged. The verdict is computed, never copied.

Of a recomputed value: it is *reproduced* if it agrees at the printed digits; *rounding* if it
agrees only when the paper's own rounding is allowed for; if neither does, it *differs*, or is so
*on our reading* of a figure, where the authors' data may give what they print; without an
expression what it needs was *never published*. Of an effect measured in our own runs: *seen*,
*not seen* or *undecided at our scale*, and nothing else, however well it agrees with the paper.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from claims.comparison import WORDS, agrees, show_printed, some_agree, typeset, write_value
from claims.entries import NEVER_PUBLISHED, ON_OUR_READING, Claim, ClaimError
from claims.recompute import Recipe, allowing_for_rounding, evaluate
from experiments.analysis.effect import Measured

_NUMBER = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"


@dataclass(frozen=True)
class Result:
    """One claim with its computed verdict.

    `value` is recomputed or measured, in the claim's unit; None if what it needs was never
    published. `from_rounded` is the least and the greatest value if the paper's own rounding is
    allowed for, where that says more. `measured` is the effect in our own runs, if they
    tested the claim.
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
    def ours(self) -> str:
        """What the entry's field `ours` should be: our value at its digits, or nothing."""
        seen = self.claim.seen_range
        if self.measured is not None and seen is not None:
            value, low, high = seen.write(self.measured)
            return f"{value} ({low} to {high})"
        return "" if self.value is None else self._written(self.value)

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
        return len(numbers) != len(exact) or not all(map(agrees, exact, numbers))

    @property
    def shown_printed(self) -> str:
        """The printed number for a reader, with its unit; or the printed words."""
        shown = show_printed(self.claim.printed, self.claim.compare)
        return shown if self.claim.compare == WORDS else f"{shown} {self.claim.unit}".strip()

    @property
    def shown_value(self) -> str:
        """The value for a reader, with its interval if measured; a dash if there is none."""
        seen = self.claim.seen_range
        if self.measured is not None and seen is not None:
            return seen.show(self.measured)
        return "–" if self.value is None else typeset(self._written(self.value))

    @property
    def shown_from_rounded(self) -> str:
        """The value with the paper's rounding allowed for; empty if there is none."""
        ends = [typeset(self._written(end)) for end in self.from_rounded or ()]
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

    def _written(self, value: float) -> str:
        return write_value(value, self.claim.printed, self.claim.compare)

    def to_row(self) -> dict[str, Any]:
        """The claim's entry with the computed verdict, and what we computed."""
        low, high = self.from_rounded or (None, None)
        found = {"from_rounded_low": low, "from_rounded_high": high, "verdict": self.verdict}
        of_runs = vars(self.measured) if self.measured is not None else {}
        return {**vars(self.claim), **found, **of_runs, "value": self.value}


def judge(claim: Claim, recipe: Recipe | None) -> Result:
    """Compare one claim with its recomputation or measurement; without either it is unpublished.

    It is a ClaimError if the recipe fails; if a claim says what would count as seeing it and
    nothing is measured, or the reverse; and if a claim would differ although nothing that its
    recipe reads is rounded and its entry does not say why.
    """
    seen = claim.seen_range
    value, found = (None, None) if recipe is None else evaluate(claim.id, recipe)
    if isinstance(found, Measured):
        if seen is None:
            raise ClaimError(f"{claim.id}: a measured claim must say in seen_if what counts")
        return Result(claim, value, None, seen.verdict(found), found)
    if seen is not None:
        raise ClaimError(f"{claim.id}: seen_if needs a recipe that gives Measured")
    if recipe is None or found is None or value is None:
        return Result(claim, None, None, NEVER_PUBLISHED)

    rounded = found.from_rounded
    tried = rounded if isinstance(rounded, tuple) or rounded is None else (rounded, rounded)
    try:
        if _holds(claim, value):
            return Result(claim, value, tried, "reproduced")
        if tried is not None and _may_hold(claim, tried):
            return Result(claim, value, tried, "rounding")
        tried = allowing_for_rounding(claim.id, recipe) or tried
        if tried is not None and _may_hold(claim, tried):
            return Result(claim, value, tried, "rounding")
    except ValueError as error:
        raise ClaimError(f"{claim.id}: {error}") from error
    if claim.on_our_reading:
        return Result(claim, value, tried, ON_OUR_READING)
    if tried is None and not claim.exact_inputs:
        raise ClaimError(
            f"{claim.id}: {value!r} differs from {claim.printed!r}, but no input is known to be "
            "rounded; read the printed ones with constant, law or digits, or say in exact_inputs "
            "why rounding cannot explain it"
        )
    return Result(claim, value, tried, "differs")


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
