"""Checks of input that every public function makes before it computes.

Each check returns what it was given as a float array, or raises a `ValueError` that names
the argument, says what was wrong with it and what is expected. Masked cells, dates, booleans,
complex numbers and text are refused although NumPy could make floats of some of them, and so are
Series of pandas whose rows are in different order.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
FloatOrArray = float | FloatArray

_UNITS = {
    "N": "parameters, such as 70e9",
    "D": "tokens, such as 1.4e12",
    "C": "FLOPs, such as 5.76e23 (convert PF-days with scaling_utils.units.pf_days_to_flops)",
    "S": "parameter updates, such as 2.5e5",
    "B": "tokens per batch, such as 2**19",
    "loss": "nats per token, such as 2.5",
}


def _expected(name: str) -> str:
    return _UNITS.get(name.removesuffix("_min"), "positive and finite")


_NOT_NUMBERS = {
    "b": "booleans",
    "c": "complex numbers",
    "M": "dates",
    "m": "durations",
    "U": "text",
    "S": "text",
    "T": "text",
    "V": "records of several fields",
}
"""Kinds of NumPy arrays that become floats only by accident."""


def finite(name: str, value: ArrayLike) -> FloatArray:
    """Return `value` as a float array; refuse anything that is not a finite number."""
    array = _numbers(name, value)
    if array.size == 0:
        raise ValueError(f"{name} is empty; expected at least one number ({_expected(name)})")
    bad = ~np.isfinite(array)
    if bad.any():
        raise ValueError(
            f"{name} must be finite, got {_first(array, bad)}; expected {_expected(name)}"
        )
    return array


def _numbers(name: str, value: Any) -> FloatArray:
    """Return `value` as a float array; refuse what is no number, or would lose its meaning."""
    if type(value) in (float, np.float64) or (
        type(value) is np.ndarray and value.dtype == np.float64
    ):
        return np.asarray(value, dtype=np.float64)
    if isinstance(value, np.ma.MaskedArray) and np.ma.getmaskarray(value).any():
        hidden = int(np.ma.getmaskarray(value).sum())
        raise ValueError(
            f"{name} has {hidden} of {value.size} cells masked; leave these runs out, or fill "
            "them, before"
        )
    try:
        array = np.asarray(value)
        kind = _NOT_NUMBERS.get(array.dtype.kind) or _hidden(value, array)
        if not kind:
            return np.asarray(array, dtype=np.float64)
    except OverflowError:
        raise ValueError(
            f"{name} must be finite, got a whole number beyond double precision (about 1.8e308); "
            f"expected {_expected(name)}"
        ) from None
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{_wanted(name)}, got {_brief(value)}") from error
    raise ValueError(f"{_wanted(name)}, got {kind}: {_brief(value)}")


def _hidden(value: Any, array: NDArray[Any]) -> str:
    """What a list or an array of objects holds that is no number; empty if nothing."""
    objects = array.ravel().tolist() if array.dtype.kind == "O" else []
    objects += _members(value)
    for kind, what in (
        ((bool, np.bool_), "booleans"),
        ((str, bytes), "text"),
        ((complex, np.complexfloating), "complex numbers"),
        ((np.datetime64, date), "dates"),
        ((np.timedelta64, timedelta), "durations"),
    ):
        if any(isinstance(one, kind) for one in objects):
            return what
    return ""


def _members(value: Any) -> list[Any]:
    """What a list holds, and the lists in it."""
    if not isinstance(value, (list, tuple)):
        return []
    if any(isinstance(one, (list, tuple)) for one in value):
        return [member for one in value for member in (_members(one) or [one])]
    return list(value)


def _wanted(name: str) -> str:
    return f"{name} must be a number or an array of numbers ({_expected(name)})"


def _brief(value: Any) -> str:
    said = " ".join(repr(value).split())
    return said if len(said) <= 80 else f"{said[:77]}..."


def positive(name: str, value: ArrayLike) -> FloatArray:
    """Return `value` as a float array; refuse zero, negative and non-finite numbers."""
    array = finite(name, value)
    bad = array <= 0
    if bad.any():
        raise ValueError(
            f"{name} must be positive, got {_first(array, bad)}; expected {_expected(name)}"
        )
    return array


def between(name: str, value: ArrayLike, low: float, high: float, *, why: str = "") -> FloatArray:
    """Return `value` as a float array; refuse what does not lie strictly between the bounds."""
    array = finite(name, value)
    bad = (array <= low) | (array >= high)
    if bad.any():
        reason = f" ({why})" if why else ""
        raise ValueError(
            f"{name} must lie between {low:g} and {high:g}{reason}, got {_first(array, bad)}"
        )
    return array


def whole(name: str, value: Any, *, least: int) -> int:
    """Return `value` as an int; refuse what is not one whole number of at least `least`."""
    number = finite(name, value)
    if number.ndim or number != np.floor(number) or number < least:
        raise ValueError(f"{name} must be one whole number, at least {least}, got {value!r}")
    return int(value)


def one_of(name: str, value: str, known: Collection[str]) -> str:
    """Return `value` if it is one of the known names; otherwise list them."""
    if value not in known:
        raise ValueError(
            f"{name} {value!r} is not known; expected one of {', '.join(sorted(known))}"
        )
    return value


def same_length(**arrays: ArrayLike) -> None:
    """Refuse arrays whose lengths differ, and Series whose rows do not belong together."""
    aligned(**arrays)
    lengths = {name: np.asarray(array).size for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name} has {n}" for name, n in lengths.items())
        raise ValueError(f"arrays must have the same length, but {said}")


def aligned(**values: Any) -> None:
    """Refuse Series of pandas whose labels differ: row by row they would be paired wrongly.

    A Series beside an array, a list or a number is fine.
    """
    labelled = [
        (name, value.index)
        for name, value in values.items()
        if type(value).__module__.partition(".")[0] == "pandas"
        and hasattr(getattr(value, "index", None), "equals")
        and np.ndim(value) > 0
    ]
    for name, index in labelled[1:]:
        first, other = labelled[0]
        if not index.equals(other):
            raise ValueError(
                f"{first} and {name} are Series with different index: their rows do not belong "
                "together one by one. Bring them into the same order (for instance as columns of "
                "one table), or pass their values with .to_numpy() if the order is right as it is"
            )


def positive_together(**values: ArrayLike) -> tuple[FloatArray, ...]:
    """Return all values as positive float arrays; refuse shapes that do not broadcast."""
    aligned(**values)
    arrays = {name: positive(name, value) for name, value in values.items()}
    try:
        np.broadcast_shapes(*(array.shape for array in arrays.values()))
    except ValueError as error:
        said = ", ".join(f"{name} has {array.shape}" for name, array in arrays.items())
        raise ValueError(
            f"shapes do not broadcast: {said}; expected equal shapes, one number, "
            "or a column against a row for a grid"
        ) from error
    return tuple(arrays.values())


def one_number(name: str, value: Any, *, zero: bool = False) -> float:
    """Return `value` as a float; refuse arrays, and what is not positive (or zero, if allowed)."""
    number = finite(name, value) if zero else positive(name, value)
    if number.ndim:
        raise ValueError(f"{name} must be one number, got {number.size} in an array")
    if number < 0:
        raise ValueError(f"{name} must not be negative, got {float(number):g}")
    return float(number)


def one_between(name: str, value: Any, low: float, high: float) -> float:
    """Return `value` as a float; refuse arrays, and what does not lie between the bounds."""
    number = between(name, value, low, high)
    if number.ndim:
        raise ValueError(f"{name} must be one number, got {number.size} in an array")
    return float(number)


def representable(name: str, value: Any) -> FloatOrArray:
    """Return a result; refuse one that double precision can only hold as zero or infinity."""
    array = np.asarray(value, dtype=np.float64)
    if not (np.isfinite(array) & (array > 0)).all():
        raise ValueError(
            f"{name} would lie beyond double precision: an argument is far outside any range in "
            "which this makes sense"
        )
    return unwrap(array)


def unwrap(value: Any) -> FloatOrArray:
    """Return a plain float for a scalar result, the array otherwise."""
    array: FloatArray = np.asarray(value, dtype=np.float64)
    return float(array) if array.ndim == 0 else array


def _first(array: FloatArray, bad: NDArray[np.bool_]) -> str:
    """Name the first offending element, with its place if there are several."""
    if array.ndim == 0:
        return f"{float(array):g}"
    place = tuple(int(i) for i in np.argwhere(bad)[0])
    where = place[0] if len(place) == 1 else place
    return f"{float(array[place]):g} at index {where} ({int(bad.sum())} of {array.size} are so)"
