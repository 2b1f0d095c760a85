"""Numbers in prose: `fmt` writes a number the way the book prints it."""

from __future__ import annotations

import numpy as np

_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_WORDS = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))


def fmt(value: float, spec: str = ".3g", interval: tuple[float, float] | None = None) -> str:
    """Write a number the way the book prints it, with the ends of an interval behind it.

    `spec` is a Python format (``.2f``), or one of ``sciN`` (N significant digits times a power of
    ten), ``pctN`` (a fraction as per cent, N decimals), ``countN`` (N significant digits and a
    word), ``shortN`` (the same with a letter), ``timesN`` (N significant digits and ×).

    >>> fmt(0.3589, ".2f"), fmt(22.2e9, "sci2"), fmt(0.1, "pct0")
    ('0.36', '2.2 × 10¹⁰', '10 %')
    >>> fmt(1.4e12, "count2"), fmt(70e9, "short2"), fmt(7.53, "times2")
    ('1.4 trillion', '70B', '7.5×')
    >>> fmt(0.514, ".2f", (0.43, 0.57))
    '0.51 (0.43 to 0.57)'
    """
    if interval is not None:
        low, high = interval
        if not low <= high:
            raise ValueError(f"interval must be (low, high), got ({low}, {high})")
        ends = f"{fmt(value, spec)} ({fmt(low, spec)} to {fmt(high, spec)})"
        return f"{ends.replace(' %', '')} %" if spec.startswith("pct") else ends
    number = float(value)
    if not np.isfinite(number):
        raise ValueError(f"value must be finite to be printed, got {number}")
    for kind in ("sci", "pct", "count", "short", "times"):
        digits = spec.removeprefix(kind)
        if digits != spec and digits.isdigit():
            return _write(number, kind, int(digits))
    try:
        said = format(number, spec)
    except ValueError as error:
        raise ValueError(
            f"spec {spec!r} is neither a Python format nor sciN, pctN, countN, shortN, timesN"
        ) from error
    if number >= 0:
        return said
    return said.replace("-", "−") if _shows_something(said) else said.replace("-", "")


def _write(number: float, kind: str, digits: int) -> str:
    sign, size = ("−" if number < 0 else ""), abs(number)
    if kind == "pct":
        said = f"{100 * size:.{digits}f} %"
        return sign + said if _shows_something(said) else said
    if kind == "sci" and size == 0:
        return "0"
    if kind == "sci":
        mantissa, exponent = f"{size:.{max(digits, 1) - 1}e}".split("e")
        power = "10" + str(int(exponent)).translate(_SUPERSCRIPT)
        return f"{sign}{power}" if digits == 0 else f"{sign}{mantissa} × {power}"
    if kind == "times":
        return f"{sign}{_significant(size, digits)}×"
    rounded = float(_significant(size, digits)) if size else 0.0
    if kind == "short":
        from scaling_utils.figures import count_label  # it brings matplotlib

        return sign + count_label(rounded)
    for scale, word in _WORDS:
        if rounded >= scale:
            return f"{sign}{rounded / scale:,.10g} {word}"
    return f"{sign}{rounded:,.10g}"


def _shows_something(said: str) -> bool:
    """Whether a number is more than zeros as it is printed: zero has no sign."""
    return any(digit in said for digit in "123456789")


def _significant(size: float, digits: int) -> str:
    """Round to significant digits, without an exponent and keeping trailing zeros."""
    if size == 0:
        return "0"
    decimals = digits - 1 - int(np.floor(np.log10(float(f"{size:.{digits - 1}e}"))))
    return f"{round(size, decimals):.{max(decimals, 0)}f}"
