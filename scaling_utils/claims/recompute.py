"""How a function says which claim it recomputes or measures, and how the ledger finds it.

The decorator leaves a mark and nothing else: there is no registry that imports could fill
in a different order. `functions_of` collects the marked functions of a module.
"""

from __future__ import annotations

import importlib
import itertools
import math
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import ModuleType

from scaling_utils._reading import Reading, read
from scaling_utils.claims.comparison import PrintedNumber
from scaling_utils.claims.effect import Measured
from scaling_utils.claims.entries import ClaimError
from scaling_utils.published import Constant

_MOST_FOR_ALL_CORNERS = 4
_JUST_INSIDE = 1.0 - 1e-6
"""A number at the very end of its digits might be printed either way; it proves nothing."""


def digits(printed: str, of: str = "") -> float:
    """Read printed digits that stand in no table of constants, so that rounding can move them.

    Parameters
    ----------
    printed : str
        A number as a paper prints it. A count, which nobody rounded, is an ordinary number.
    of : str
        What it is the number of, if another number with these digits is read as well: the
        two are then moved apart.

    Examples
    --------
    >>> digits("1.4e9")
    1400000000.0
    """
    return read(f"{of} {printed}", float(PrintedNumber.parse(printed).value), printed)


@dataclass(frozen=True)
class Recomputed:
    """A recomputed value, and what the paper's own rounding makes of it.

    Attributes
    ----------
    value : float
        From the published constants, in the unit in which the claim prints it.
    from_rounded : float, pair of floats or None
        What follows if the paper's own rounding is allowed for. One number, if the paper
        rounded a value before it went on, such as 0.13 in place of 0.1329, or if unrounded
        inputs are known from elsewhere. The least and the greatest number (see `span`), if
        it computed with more digits than it prints and the formula must be told apart from
        the recomputation; without either, the ledger moves every input that was read.
    """

    value: float
    from_rounded: float | tuple[float, float] | None = None

    @property
    def rounded_span(self) -> tuple[float, float] | None:
        """The least and the greatest number with rounding allowed for; equal for one number."""
        if self.from_rounded is None:
            return None
        low, high = (
            self.from_rounded
            if isinstance(self.from_rounded, tuple)
            else (self.from_rounded, self.from_rounded)
        )
        return float(low), float(high)


def span(formula: Callable[..., float], *inputs: Constant | str) -> tuple[float, float]:
    """Bound a formula while each published input moves within its printed digits.

    Parameters
    ----------
    formula : callable
        Takes the inputs in their order; it must be monotonic in each.
    *inputs : Constant or str
        Published constants, or printed digits.

    Returns
    -------
    tuple of float
        The least and the greatest value, found where all inputs are at an end.

    Examples
    --------
    Chinchilla's tokens are printed with two digits, so its compute is known to 4 %:

    >>> from scaling_utils.published import constant
    >>> low, high = span(lambda N, D: 6 * N * D, *[
    ...     constant("hoffmann2022/Chinchilla", symbol) for symbol in ("N", "D")
    ... ])
    >>> f"{low:.3g} to {high:.3g}"
    '5.63e+23 to 6.13e+23'
    """
    texts = [given if isinstance(given, str) else given.printed for given in inputs]
    printed = [PrintedNumber.parse(text) for text in texts]
    ends = [(float(number.low), float(number.high)) for number in printed]
    values = [float(formula(*corner)) for corner in itertools.product(*ends)]
    return min(values), max(values)


@dataclass(frozen=True)
class Recomputation:
    """A function of a module, marked as the recomputation of one claim."""

    claim_id: str
    function: Callable[[], float | Recomputed | Measured]

    def __call__(self) -> Recomputed | Measured:
        """Recompute the claim, or measure its effect in our runs.

        Raises
        ------
        ClaimError
            If the function fails or returns something other than a number.
        """
        try:
            result = self.function()
            if isinstance(result, Measured):
                value, low, high = (float(x) for x in (result.value, result.low, result.high))
                return replace(result, value=value, low=low, high=high)
            if not isinstance(result, Recomputed):
                result = Recomputed(result)
            return Recomputed(float(result.value), result.rounded_span)
        except (ValueError, TypeError, ArithmeticError, LookupError) as error:
            raise ClaimError(f"{self.claim_id} could not be recomputed: {error}") from error

    def allowing_for_rounding(self) -> tuple[float, float] | None:
        """Recompute with each printed number that is read moved to the ends of its digits.

        Up to four numbers are moved in every combination. More are moved one at a time, and
        then all together in the direction that raises the value, and in the one that lowers
        it, which is the same if each acts in one direction.

        Returns
        -------
        tuple of float, or None
            The least and the greatest value; None if nothing that is read is rounded.

        Raises
        ------
        ClaimError
            As in a call.
        """
        with Reading() as reading:
            self()
        ends = {name: _ends(printed) for name, printed in reading.seen.items()}
        if not ends:
            return None
        if len(ends) <= _MOST_FOR_ALL_CORNERS:
            corners = [
                dict(zip(ends, corner, strict=True))
                for corner in itertools.product(*ends.values())
            ]
        else:
            alone = {name: tuple(self._moved({name: end}) for end in ends[name]) for name in ends}
            corners = [{name: end} for name, pair in ends.items() for end in pair]
            for up in (False, True):
                corners.append({n: ends[n][(alone[n][0] < alone[n][1]) == up] for n in ends})
        values = [value for value in (self._moved(c) for c in corners) if math.isfinite(value)]
        return (min(values), max(values)) if values else None

    def _moved(self, values: Mapping[str, float]) -> float:
        """The value with other inputs; not a number where there is none."""
        try:
            with Reading(values):
                return self().value
        except ClaimError:
            return math.nan


def _ends(printed: str) -> tuple[float, float]:
    """Just inside the least and the greatest number that printed digits may stand for."""
    number = PrintedNumber.parse(printed)
    half = float(number.unit) / 2 * _JUST_INSIDE
    return float(number.value) - half, float(number.value) + half


def recomputes(
    claim_id: str,
) -> Callable[[Callable[[], float | Recomputed | Measured]], Recomputation]:
    """Mark a function without arguments as the recomputation or measurement of a claim.

    Parameters
    ----------
    claim_id : str
        The claim's id in its TOML file.

    Examples
    --------
    >>> @recomputes("kaplan-s12-double-model")
    ... def double_model():
    ...     return 2**-0.076
    >>> round(double_model().value, 4)
    0.9487
    """

    def mark(function: Callable[[], float | Recomputed | Measured]) -> Recomputation:
        return Recomputation(claim_id, function)

    return mark


def functions_of(*modules: ModuleType) -> dict[str, Recomputation]:
    """Collect the marked functions of some modules, and of their submodules, by claim.

    Raises
    ------
    ClaimError
        If two functions recompute the same claim.
    """
    found: dict[str, Recomputation] = {}
    for module in modules:
        for member in _with_submodules(module):
            for name, candidate in vars(member).items():
                if not isinstance(candidate, Recomputation):
                    continue
                other = found.setdefault(candidate.claim_id, candidate)
                if other is not candidate:
                    raise ClaimError(
                        f"{candidate.claim_id} is recomputed twice: by {other.function.__name__} "
                        f"and by {name} in {member.__name__}"
                    )
    return found


def _with_submodules(module: ModuleType) -> list[ModuleType]:
    paths = getattr(module, "__path__", [])
    names = [info.name for info in pkgutil.iter_modules(paths, f"{module.__name__}.")]
    return [module, *(importlib.import_module(name) for name in sorted(names))]
