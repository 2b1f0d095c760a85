"""How a claim is judged, and what the ledger says about it.

The verdict is computed, never copied. Of a recomputed value: it is *reproduced* if it agrees
at the printed digits; *rounding* if it agrees only when the paper's own rounding is allowed
for; if neither does, it *differs*; without a function what it needs was *never published*.
Of an effect measured in our own runs: *seen*, *not seen* or *undecided at our scale*,
and nothing else, however well it agrees with what the paper prints.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scaling_utils.claims._html import table
from scaling_utils.claims.comparison import WORDS, agrees, show_printed, show_value, some_agree
from scaling_utils.claims.effect import Measured
from scaling_utils.claims.entries import Claim, ClaimError
from scaling_utils.claims.recompute import Recomputed


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
        """Whether the computed verdict is the one that the claim's entry expects."""
        return self.verdict == self.claim.verdict

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


def judge(claim: Claim, outcome: Recomputed | Measured | None) -> Result:
    """Compare one claim with its recomputation or measurement.

    Parameters
    ----------
    claim : Claim
    outcome : Recomputed, Measured or None
        None if nothing recomputes the claim.

    Returns
    -------
    Result

    Raises
    ------
    ClaimError
        If a recomputed value is not a finite number, or the claim prints none; if a claim
        says what would count as seeing it and nothing is measured, or the reverse.
    """
    seen = claim.seen_range
    if isinstance(outcome, Measured):
        if seen is None:
            raise ClaimError(f"{claim.id}: a measured claim must say in seen_if what counts")
        return Result(claim, outcome.value, None, outcome.verdict(seen), outcome)
    if seen is not None:
        raise ClaimError(f"{claim.id}: seen_if needs a function that returns Measured")
    if outcome is None:
        return Result(claim, None, None, "never published")

    value, rounded = outcome.value, outcome.rounded_span
    try:
        if agrees(value, claim.printed, claim.compare):
            verdict = "reproduced"
        elif rounded and some_agree(rounded, claim.printed, claim.compare):
            verdict = "rounding"
        else:
            verdict = "differs"
    except ValueError as error:
        raise ClaimError(f"{claim.id}: {error}") from error
    return Result(claim, value, rounded, verdict)
