"""A number as a paper prints it, and the rule that compares a recomputed one with it.

A printed number says two things: a value, and how finely it is known.
`"2.7"` claims anything from 2.65 to 2.75, `"5e3"` anything from 4500 to 5500.
The rule of the whole ledger is therefore: a recomputed value agrees with a printed one when
it lies within half a unit of the last printed digit.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal

WORDS = "words"
"""The comparison of a claim that prints no number: none can be made."""

WITHIN_TEN = "within ten times"
_POWERS = ("order of magnitude", WITHIN_TEN)

COMPARISONS = ("digits", "at most", "at least", "range", *_POWERS, "exact", WORDS)
"""How a claim may be compared; see `agrees`."""

_BARE_POWERS = (*_POWERS, "at most", "at least")
"""Here 1×10⁶ is written 10⁶: it says a power of ten, not a digit."""

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?")
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_EXTRA_DIGITS = 2


class PrintedNumberError(ValueError):
    """A printed number, or the way to compare it, cannot be understood."""


@dataclass(frozen=True)
class PrintedNumber:
    """One number with the precision that its printed digits claim.

    Attributes
    ----------
    text : str
        The printed digits, such as ``"2.7"`` or ``"5e3"``.
    value : Decimal
        The number.
    unit : Decimal
        One unit of the last printed digit: 0.1 for ``"2.7"``, 1000 for ``"5e3"``.
    """

    text: str
    value: Decimal
    unit: Decimal

    @classmethod
    def parse(cls, text: str) -> PrintedNumber:
        """Read the printed digits.

        Raises
        ------
        PrintedNumberError
            If the text is not a plain number such as ``-0.35``, ``40`` or ``2.0e6``.

        Examples
        --------
        >>> PrintedNumber.parse("2.0e6").unit
        Decimal('1E+5')
        """
        if not _NUMBER.fullmatch(text):
            raise PrintedNumberError(
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


def parse_printed(printed: str, compare: str) -> tuple[PrintedNumber, ...]:
    """Read what a paper prints: one number, or two with ``..`` between them for a range.

    Raises
    ------
    PrintedNumberError
        If `compare` is unknown or the text does not fit it.

    Examples
    --------
    >>> [number.text for number in parse_printed("1e6..2e6", "range")]
    ['1e6', '2e6']
    """
    if compare not in COMPARISONS:
        raise PrintedNumberError(
            f"compare {compare!r} is not known; expected one of {', '.join(COMPARISONS)}"
        )
    if compare == WORDS:
        raise PrintedNumberError(f"no number can be compared with the words {printed!r}")
    parts = printed.split("..")
    if len(parts) != (2 if compare == "range" else 1):
        expected = "two numbers, low..high," if compare == "range" else "one number"
        raise PrintedNumberError(
            f"compare {compare!r} needs {expected} but printed is {printed!r}"
        )
    numbers = tuple(PrintedNumber.parse(part) for part in parts)
    if numbers[0].value > numbers[-1].value:
        raise PrintedNumberError(f"the range {printed!r} runs from high to low")
    if compare in _POWERS and numbers[0].value <= 0:
        raise PrintedNumberError(f"an order of magnitude needs a positive number, not {printed!r}")
    return numbers


def agrees(value: float, printed: str, compare: str = "digits") -> bool:
    """Say whether a recomputed value agrees with what is printed.

    Parameters
    ----------
    value : float
        The recomputed value, in the unit of the printed one.
    printed : str
        The printed digits; ``low..high`` for a range.
    compare : str
        ``digits``: within half a unit of the last printed digit.
        ``at most``, ``at least``: not beyond the printed bound, read with its digits.
        ``range``: between the two printed numbers, each read with its digits.
        ``order of magnitude``: rounds to the same power of ten; there the exponent is the
        only digit that is printed.
        ``within ten times``: at most ten times as much or as little; for a number that is
        printed as uncertain by an order of magnitude either way.
        ``exact``: equal; for counts.

    Returns
    -------
    bool

    Raises
    ------
    PrintedNumberError
        If the printed text or `compare` cannot be understood.
    ValueError
        If the value is not finite.

    Examples
    --------
    >>> agrees(2.7008, "2.7"), agrees(2.7008, "2.8"), agrees(0.359, "0.35")
    (True, False, False)
    >>> agrees(20.3, "20", "at most"), agrees(20.6, "20", "at most")
    (True, False)
    """
    numbers = parse_printed(printed, compare)
    if not math.isfinite(value):
        raise ValueError(f"a recomputed value must be finite, got {value!r}")
    # Through repr, so that 0.345 means 0.345 and not its nearest binary fraction.
    exact = Decimal(repr(float(value)))
    first, last = numbers[0], numbers[-1]
    if compare == "exact":
        return exact == first.value
    if compare in _POWERS:
        allowed = Decimal(1) if compare == WITHIN_TEN else Decimal("0.5")
        return exact > 0 and abs((exact / first.value).log10()) <= allowed
    above = compare == "at most" or exact >= first.low
    below = compare == "at least" or exact <= last.high
    return above and below


def some_agree(span: tuple[float, float], printed: str, compare: str = "digits") -> bool:
    """Say whether any value of a span agrees with what is printed.

    Parameters
    ----------
    span : tuple of float
        The least and the greatest value.
    printed, compare : str
        As for `agrees`.

    Examples
    --------
    >>> some_agree((219.4, 221.5), "221.3"), some_agree((2.0, 2.5), "2.7")
    (True, False)
    """
    low, high = span
    # Each rule accepts one interval, and every number printed lies in it: the value of the
    # span that is nearest to a printed number agrees if any value of the span does.
    nearest = (
        min(max(float(number.value), low), high) for number in parse_printed(printed, compare)
    )
    return any(agrees(value, printed, compare) for value in nearest)


def show_number(printed: str, compare: str = "digits") -> str:
    """Write the printed digits alone, as they stand in a sentence that says how they are meant.

    Examples
    --------
    >>> show_number("20", "at most"), show_number("1e12", "order of magnitude")
    ('20', '10¹²')
    """
    if compare == WORDS:
        return printed
    shown = " to ".join(typeset(number.text) for number in parse_printed(printed, compare))
    return shown.removeprefix("1×") if compare in _BARE_POWERS else shown


def show_printed(printed: str, compare: str = "digits") -> str:
    """Write the printed digits for a reader, with a sign that says how they are compared.

    Examples
    --------
    >>> show_printed("5e3"), show_printed("1e6..2e6", "range"), show_printed("20", "at most")
    ('5×10³', '1×10⁶ to 2×10⁶', '≤ 20')
    """
    sign = "∼ " if compare in _POWERS else {"at most": "≤ ", "at least": "≥ "}.get(compare, "")
    return sign + show_number(printed, compare)


def show_value(value: float, printed: str, compare: str = "digits") -> str:
    """Write a recomputed value with up to two digits more than the printed one, for a reader.

    Examples
    --------
    >>> show_value(2.70084, "2.7"), show_value(5492.6, "5e3"), show_value(22.24e9, "22e9")
    ('2.701', '5.49×10³', '22.24×10⁹')
    >>> show_value(0.103, "0.095"), show_value(2.53e11, "1e12", "order of magnitude")
    ('0.103', '2.5×10¹¹')
    """
    return typeset(write_value(value, printed, compare))


def write_value(value: float, printed: str, compare: str = "digits") -> str:
    """Write a recomputed value with the same digits as `show_value`, as a plain number.

    Beside words, which have no digits, a value is written with three.

    Examples
    --------
    >>> write_value(5492.6, "5e3"), write_value(-0.35121, "-0.35")
    ('5.49e3', '-0.3512')
    """
    if compare == WORDS:
        return f"{value:.3g}"
    finest = min(parse_printed(printed, compare), key=lambda number: number.unit)
    mantissa, _, exponent = finest.text.partition("e")
    printed_digits = len(finest.value.as_tuple().digits)
    if compare == "exact":
        return f"{value:.0f}" if value == round(value) else f"{value:.6g}"
    if compare in _POWERS:
        return _plain_power(f"{value:.1e}")
    if not exponent:
        decimals = max(0, -finest.unit.adjusted())
        if value and abs(value) < 10.0 ** -(decimals + _EXTRA_DIGITS):
            return _plain_power(f"{value:.1e}")
        return _spare_zeros(f"{value:.{decimals + _EXTRA_DIGITS}f}", decimals)
    if abs(float(mantissa)) >= 10:  # such as 22e9: keep the power of ten that is printed
        decimals = len(mantissa.partition(".")[2])
        scaled = value / 10.0 ** int(exponent)
        shown = _spare_zeros(f"{scaled:.{decimals + _EXTRA_DIGITS}f}", decimals)
        return f"{shown}e{exponent}"
    shown, _, power = f"{value:.{printed_digits - 1 + _EXTRA_DIGITS}e}".partition("e")
    return _plain_power(f"{_spare_zeros(shown, printed_digits - 1)}e{power}")


def _plain_power(text: str) -> str:
    """Write 5e+03 as 5e3."""
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}"


def _spare_zeros(shown: str, decimals: int) -> str:
    """Drop the zeros that end a number, down to the decimals that are printed.

    A published 0.103 is not known as 0.10300.
    """
    whole, _, fraction = shown.partition(".")
    fraction = fraction[:decimals] + fraction[decimals:].rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole


def typeset(text: str) -> str:
    """Write 2.0e6 as 2.0×10⁶ and 3e2 as 300, with a true minus sign.

    Examples
    --------
    >>> typeset("-2.0e6"), typeset("3e2"), typeset("0.93")
    ('−2.0×10⁶', '300', '0.93')
    """
    mantissa, _, exponent = text.partition("e")
    if exponent and 0 <= int(exponent) <= 2:
        mantissa, exponent = f"{Decimal(text):f}", ""
    mantissa = mantissa.replace("-", "−")
    if not exponent:
        return mantissa
    return f"{mantissa}×10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
