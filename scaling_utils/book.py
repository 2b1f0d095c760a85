"""Numbers in prose: format once in code, name it, and let the text call it by that name.

`glue` stores a number as the words that the text will show.
In the book's build the text picks it up with ``{glue:text}`` and its name; anywhere else
(JupyterLab, VS Code, Colab, a plain script) it prints the number, so a reader who runs a notebook
sees what the sentence will say.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import Any

import numpy as np

from scaling_utils.figures import FIGURES_DIR, count_label

_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_WORDS = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))


def fmt(value: float, spec: str = ".3g", interval: tuple[float, float] | None = None) -> str:
    """Write a number the way the book prints it.

    Parameters
    ----------
    value : float
        The number; NumPy scalars are fine.
    spec : str
        A Python format specification (``.2f``, ``,.0f``), or one of
        ``sciN`` (N significant digits times a power of ten), ``pctN`` (a fraction as per cent
        with N decimals), ``countN`` (N significant digits and a word: 1.4 trillion),
        ``shortN`` (the same with a letter: 1.4T), ``timesN`` (N significant digits and ×).
    interval : tuple of float, optional
        Low and high end; printed behind the number with the same specification.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If the value is not a finite number, the specification is not known or the interval
        runs from high to low.

    Examples
    --------
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
        return f"{fmt(value, spec)} ({fmt(low, spec)} to {fmt(high, spec)})"
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


def glue(
    name: str,
    value: float | str,
    spec: str = ".3g",
    *,
    interval: tuple[float, float] | None = None,
) -> None:
    """Store a number under a name for the text of the same page.

    Parameters
    ----------
    name : str
        What the text calls it.
    value : float or str
        The number, or words that code has chosen.
    spec : str
        How to write it, see `fmt`.
    interval : tuple of float, optional
        Low and high end; printed behind the number with the same `spec`.

    Examples
    --------
    Outside the book it prints:

    >>> glue("excess", 0.1, "pct0")
    excess = 10 %
    >>> glue("a", 0.514, ".2f", interval=(0.48, 0.55))
    a = 0.51 (0.48 to 0.55)
    """
    if not name.strip():
        raise ValueError("name must not be empty: the text calls the number by it")
    text = value if isinstance(value, str) else fmt(value, spec, interval)
    if FIGURES_DIR in os.environ and find_spec("myst_nb") is not None:
        _store(name, text)
    else:
        print(f"{name} = {text}")


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


def _store(name: str, text: str) -> None:
    from IPython import display  # only where a notebook is being executed

    show: Any = display.display
    # The prefix keeps the output out of the page; the book finds it by the scrapbook record.
    show(
        {"application/papermill.record/text/plain": f"'{text}'"},
        raw=True,
        metadata={
            "scrapbook": {"name": name, "mime_prefix": "application/papermill.record/"},
            "strip_text_quotes": True,
        },
    )
