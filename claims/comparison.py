"""The rule that compares a recomputed number with a printed one, and how both are written.

A recomputed value agrees with a printed one when it lies within half a unit of the last printed
digit. A claim that prints a bound, a range, a power of ten or a count says so in `compare`.
"""

from __future__ import annotations

import math
from decimal import Decimal

from scaling_utils.constants import PrintedNumber

WORDS = "words"
"""The comparison of a claim that prints no number: none can be made."""

WITHIN_TEN = "within ten times"
_POWERS = ("order of magnitude", WITHIN_TEN)

COMPARISONS = ("digits", "at most", "at least", "range", *_POWERS, "exact", WORDS)
"""How a claim may be compared; see `agrees`."""

_BARE_POWERS = (*_POWERS, "at most", "at least")
"""Here 1×10⁶ is written 10⁶: it says a power of ten, not a digit."""

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_EXTRA_DIGITS = 2


def parse_printed(printed: str, compare: str) -> tuple[PrintedNumber, ...]:
    """Read what a paper prints: one number, or two for a range; else a ValueError.

    >>> [number.text for number in parse_printed("1e6..2e6", "range")]
    ['1e6', '2e6']
    """
    if compare not in COMPARISONS:
        raise ValueError(
            f"compare {compare!r} is not known; expected one of {', '.join(COMPARISONS)}"
        )
    if compare == WORDS:
        raise ValueError(f"no number can be compared with the words {printed!r}")
    parts = printed.split("..")
    if len(parts) != (2 if compare == "range" else 1):
        expected = "two numbers, low..high," if compare == "range" else "one number"
        raise ValueError(f"compare {compare!r} needs {expected} but printed is {printed!r}")
    numbers = tuple(PrintedNumber.parse(part) for part in parts)
    if numbers[0].value > numbers[-1].value:
        raise ValueError(f"the range {printed!r} runs from high to low")
    if compare in _POWERS and numbers[0].value <= 0:
        raise ValueError(f"an order of magnitude needs a positive number, not {printed!r}")
    return numbers


def agrees(value: float, printed: str, compare: str = "digits") -> bool:
    """Say whether a recomputed value agrees with what is printed, in the same unit.

    ``digits``: within half a unit of the last printed digit.
    ``at most``, ``at least``: not beyond the printed bound, read with its digits.
    ``range``: between the two printed numbers, ``low..high``, each read with its digits.
    ``order of magnitude``: rounds to the same power of ten.
    ``within ten times``: at most ten times as much or as little.
    ``exact``: equal; for counts.

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
    """Say whether any value between two ends agrees with what is printed."""
    low, high = span
    # Each rule accepts one interval, and every number printed lies in it: the value of the
    # span that is nearest to a printed number agrees if any value of the span does.
    nearest = (
        min(max(float(number.value), low), high) for number in parse_printed(printed, compare)
    )
    return any(agrees(value, printed, compare) for value in nearest)


def show_number(printed: str, compare: str) -> str:
    """Write the printed digits for a sentence that says itself how they are meant."""
    if compare == WORDS:
        return printed
    shown = " to ".join(typeset(number.text) for number in parse_printed(printed, compare))
    return shown.removeprefix("1×") if compare in _BARE_POWERS else shown


def show_printed(printed: str, compare: str = "digits") -> str:
    """Write the printed digits with a sign that says how they are compared.

    >>> show_printed("5e3"), show_printed("1e6..2e6", "range"), show_printed("20", "at most")
    ('5×10³', '1×10⁶ to 2×10⁶', '≤ 20')
    """
    sign = "∼ " if compare in _POWERS else {"at most": "≤ ", "at least": "≥ "}.get(compare, "")
    return sign + show_number(printed, compare)


def write_value(value: float, printed: str, compare: str = "digits") -> str:
    """Write our value as a plain number, with up to two digits more than the printed one.

    >>> write_value(5492.6, "5e3"), write_value(-0.35121, "-0.35"), write_value(22.24e9, "22e9")
    ('5.49e3', '-0.3512', '22.24e9')
    """
    if compare == WORDS:
        return f"{value:.3g}"
    finest = min(parse_printed(printed, compare), key=lambda number: number.unit)
    mantissa, _, exponent = finest.text.partition("e")
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
    decimals = len(finest.value.as_tuple().digits) - 1
    shown, _, power = f"{value:.{decimals + _EXTRA_DIGITS}e}".partition("e")
    return _plain_power(f"{_spare_zeros(shown, decimals)}e{power}")


def _plain_power(text: str) -> str:
    """Write 5e+03 as 5e3."""
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}"


def _spare_zeros(shown: str, decimals: int) -> str:
    """Drop the zeros beyond the printed decimals: a published 0.103 is not known as 0.10300."""
    whole, _, fraction = shown.partition(".")
    fraction = fraction[:decimals] + fraction[decimals:].rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole


def typeset(text: str) -> str:
    """Write 2.0e6 as 2.0×10⁶ and 3e2 as 300, with a true minus sign.

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
