"""Numbers in prose: `fmt` writes a number the way the book prints it."""

from __future__ import annotations

import re

import numpy as np

from scaling_utils.check import finite, one_between

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
    """
    if interval is not None:
        ends = finite("interval", interval)
        if ends.shape != (2,) or ends[0] > ends[1]:
            raise ValueError(f"interval must be (low, high), got {interval}")
        low, high = ends.tolist()
        said = f"{fmt(value, spec)} ({fmt(low, spec)} to {fmt(high, spec)})"
        return f"{said.replace(' %', '')} %" if spec.startswith("pct") else said
    number, spec = one_between("value", value, -1e300, 1e300), str(spec)
    for kind in ("sci", "pct", "count", "short", "times"):
        digits = spec.removeprefix(kind)
        if digits != spec and digits.isdecimal() and len(digits) < 3:
            return _write(number, kind, int(digits))
    try:
        said = format(number, spec if not re.search(r"\d{3}", spec) else "too long")
    except ValueError as error:
        known = "a Python format, or one of sciN, pctN, countN, shortN, timesN"
        raise ValueError(f"spec {spec!r} is not known; expected {known}") from error
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
    digits = max(digits, 1)
    decimals = digits - 1 - int(np.floor(np.log10(float(f"{size:.{digits - 1}e}"))))
    return f"{round(size, decimals):.{max(decimals, 0)}f}"
