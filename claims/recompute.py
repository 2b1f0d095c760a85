"""How the ledger evaluates an expression, and tries whether rounding explains a difference."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import SupportsFloat, TypeAlias

from claims.entries import ClaimError
from experiments.analysis.effect import Measured
from scaling_utils.constants import PrintedNumber, Reading, read, span
from scaling_utils.published import Constant

_MOST_FOR_ALL_CORNERS = 4
_JUST_INSIDE = 1.0 - 1e-6
"""A number at the very end of its digits might be printed either way; it proves nothing."""


@dataclass(frozen=True)
class Recomputed:
    """A recomputed value, in the claim's unit, and what the paper's own rounding makes of it.

    `from_rounded` is one number if the paper rounded a value before it went on, such as 0.13
    in place of 0.1329, or if unrounded inputs are known from elsewhere; the least and the
    greatest, if it computed with more digits than it prints. Without either, the ledger moves
    every input that was read.
    """

    value: SupportsFloat
    from_rounded: float | tuple[float, float] | None = None


Recipe: TypeAlias = Callable[[], SupportsFloat | Recomputed | Measured]
"""What stands beside a claim's id: evaluated again with other inputs to test the rounding."""


def digits(printed: str, of: str = "") -> float:
    """Read printed digits that stand in no table of constants, so that rounding can move them.

    A count, which nobody rounded, is an ordinary number. `of` tells two numbers with the same
    digits apart, so that they are moved each on its own.

    >>> digits("1.4e9")
    1400000000.0
    """
    return read(f"{of} {printed}", float(PrintedNumber.parse(printed).value), printed)


def within_digits(formula: Callable[..., float], *inputs: Constant | str) -> Recomputed:
    """A formula of printed inputs, and the ends that it reaches within their digits."""
    values = [float(x) if isinstance(x, str) else x.value for x in inputs]
    printed = [x if isinstance(x, str) else x.printed for x in inputs]
    return Recomputed(formula(*values), from_rounded=span(formula, *printed))


def evaluate(claim_id: str, recipe: Recipe) -> tuple[float, Recomputed | Measured]:
    """The value of a recipe, and all that it says; a ClaimError if it fails."""
    try:
        found = recipe()
        if isinstance(found, Measured):
            plain = [float(x) for x in (found.value, found.low, found.high)]
            found = replace(found, value=plain[0], low=plain[1], high=plain[2])
        elif not isinstance(found, Recomputed):
            found = Recomputed(found)
        return float(found.value), found
    except (ValueError, TypeError, ArithmeticError, LookupError) as error:
        raise ClaimError(f"{claim_id} could not be recomputed: {error}") from error


def allowing_for_rounding(claim_id: str, recipe: Recipe) -> tuple[float, float] | None:
    """The least and the greatest value if each printed number that is read moves in its digits.

    Up to four numbers are moved in every combination. More are moved one at a time, and then
    all together in the direction that raises the value, and in the one that lowers it, which
    is the same if each acts in one direction. None if nothing that is read is rounded.
    """

    def moved(values: Mapping[str, float]) -> float:
        """The value with other inputs; not a number where there is none."""
        try:
            with Reading(values):
                return evaluate(claim_id, recipe)[0]
        except ClaimError:
            return math.nan

    with Reading() as reading:
        evaluate(claim_id, recipe)
    ends = {name: _ends(printed) for name, printed in reading.seen.items()}
    if not ends:
        return None
    if len(ends) <= _MOST_FOR_ALL_CORNERS:
        corners = [
            dict(zip(ends, corner, strict=True)) for corner in itertools.product(*ends.values())
        ]
    else:
        alone = {name: tuple(moved({name: end}) for end in ends[name]) for name in ends}
        corners = [{name: end} for name, pair in ends.items() for end in pair]
        for up in (False, True):
            corners.append({n: ends[n][(alone[n][0] < alone[n][1]) == up] for n in ends})
    values = [value for value in map(moved, corners) if math.isfinite(value)]
    return (min(values), max(values)) if values else None


def _ends(printed: str) -> tuple[float, float]:
    """Just inside the least and the greatest number that printed digits may stand for."""
    number = PrintedNumber.parse(printed)
    half = float(number.unit) / 2 * _JUST_INSIDE
    return float(number.value) - half, float(number.value) + half
