"""Checks of input that every public function makes before it computes.

Each returns what it was given as a float array, or raises a `ValueError` that names the argument.
What NumPy would make floats of only by accident is refused, and so are Series of pandas whose rows
are in different order.
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
    "C": "FLOPs, such as 5.76e23 (PF-days times scaling_utils.units.PF_DAY)",
    "S": "parameter updates, such as 2.5e5",
    "B": "tokens per batch, such as 2**19",
    "loss": "nats per token, such as 2.5",
}

# What becomes floats only by accident, as kinds of NumPy arrays and as objects in a list.
_ARRAYS = {"b": "booleans", "c": "complex numbers", "M": "dates", "m": "durations"}
_ARRAYS |= {**dict.fromkeys("UST", "text"), "V": "records of several fields"}
_OBJECTS = {
    "booleans": (bool, np.bool_),
    "text": (str, bytes),
    "complex numbers": (complex, np.complexfloating),
    "dates": (np.datetime64, date),
    "durations": (np.timedelta64, timedelta),
}


def finite(name: str, value: ArrayLike) -> FloatArray:
    """Return `value` as a float array; refuse anything that is not a finite number."""
    if formula(value):
        return np.asarray(value)
    array = _numbers(name, value)
    if array.size == 0:
        raise ValueError(f"{name} is empty; expected at least one number ({_expected(name)})")
    _all(np.isfinite(array), name, array, f"be finite, got {{}}; expected {_expected(name)}")
    return array


def positive(name: str, value: ArrayLike) -> FloatArray:
    """Return `value` as a float array; refuse zero, negative and non-finite numbers."""
    array = finite(name, value)
    _all(array > 0, name, array, f"be positive, got {{}}; expected {_expected(name)}")
    return array


def between(name: str, value: ArrayLike, low: float, high: float) -> FloatArray:
    """Return `value` as a float array; refuse what does not lie strictly between the bounds."""
    array = finite(name, value)
    inside = (array > low) & (array < high)
    _all(inside, name, array, f"lie between {low:g} and {high:g}, got {{}}")
    return array


def one_number(name: str, value: Any, *, zero: bool = False) -> float:
    """Return `value` as a float; refuse arrays, and what is not positive (or zero, if allowed)."""
    number = _one(name, finite(name, value) if zero else positive(name, value))
    if number < 0:
        raise ValueError(f"{name} must not be negative, got {number:g}")
    return number


def one_between(name: str, value: Any, low: float, high: float) -> float:
    """Return `value` as a float; refuse arrays, and what does not lie between the bounds."""
    return _one(name, between(name, value, low, high))


def whole(name: str, value: Any, *, least: int) -> int:
    """Return `value` as an int; refuse what is not one whole number of at least `least`."""
    number = finite(name, value)
    if number.ndim or number != np.floor(number) or number < least:
        raise ValueError(f"{name} must be one whole number, at least {least}, got {value!r}")
    return int(value)


def one_of(name: str, value: str, known: Collection[str]) -> str:
    """Return `value` if it is one of the known names; otherwise list them."""
    if value not in known:
        listed = ", ".join(sorted(known))
        raise ValueError(f"{name} {value!r} is not known; expected one of {listed}")
    return value


def same_length(**arrays: ArrayLike) -> None:
    """Refuse arrays whose lengths differ, and Series whose rows do not belong together."""
    aligned(**arrays)
    lengths = {name: np.asarray(array).size for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name} has {n}" for name, n in lengths.items())
        raise ValueError(f"arrays must have the same length, but {said}")


def aligned(**values: Any) -> None:
    """Refuse Series of pandas whose labels differ; one beside an array or a number is fine."""
    labelled = {
        name: value.index
        for name, value in values.items()
        if hasattr(getattr(value, "index", None), "equals")
    }
    for name, index in labelled.items():
        first = next(iter(labelled))
        if not index.equals(labelled[first]):
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


def representable(name: str, value: Any) -> FloatOrArray:
    """Return a result; refuse one that double precision can only hold as zero or infinity."""
    if formula(value):
        return unwrap(value)
    array = np.asarray(value, dtype=np.float64)
    if not (np.isfinite(array) & (array > 0)).all():
        raise ValueError(
            f"{name} would lie beyond double precision: an argument is far outside any range in "
            "which this makes sense"
        )
    return unwrap(array)


def formula(value: Any) -> bool:
    """Whether it stands for a formula (or an array of them) to be written down, not for numbers.

    `figures.touch` gives such values to a law; what is checked is the number at the start.
    """
    if isinstance(value, np.ndarray) and value.dtype.kind == "O" and value.size:
        value = value.flat[0]
    return hasattr(value, "vega")


def unwrap(value: Any) -> FloatOrArray:
    """Return a plain float for a scalar result, the array otherwise."""
    if formula(value):
        return value[()] if isinstance(value, np.ndarray) else value
    array: FloatArray = np.asarray(value, dtype=np.float64)
    return float(array) if array.ndim == 0 else array


def _expected(name: str) -> str:
    return _UNITS.get(name.removesuffix("_min"), "positive and finite")


def _numbers(name: str, value: Any) -> FloatArray:
    """Return `value` as a float array; refuse what is no number, or would lose its meaning."""
    if isinstance(value, np.ma.MaskedArray) and (hidden := int(np.ma.getmaskarray(value).sum())):
        raise ValueError(
            f"{name} has {hidden} of {value.size} cells masked; leave these runs out, or fill "
            "them, before"
        )
    wanted = f"{name} must be a number or an array of numbers ({_expected(name)})"
    try:
        array = np.asarray(value)
        kind = _ARRAYS.get(array.dtype.kind) or _hidden(value, array)
        if not kind:
            return np.asarray(array, dtype=np.float64)
    except OverflowError:
        raise ValueError(
            f"{name} must be finite, got a whole number beyond double precision (about 1.8e308); "
            f"expected {_expected(name)}"
        ) from None
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{wanted}, got {_brief(value)}") from error
    raise ValueError(f"{wanted}, got {kind}: {_brief(value)}")


def _hidden(value: Any, array: NDArray[Any]) -> str:
    """What a list or an array of objects holds that is no number; empty if nothing."""
    objects = array.ravel().tolist() if array.dtype.kind == "O" else []
    objects += _members(value) if isinstance(value, (list, tuple)) else []
    for what, kinds in _OBJECTS.items():
        if any(isinstance(one, kinds) for one in objects):
            return what
    return ""


def _members(value: Any) -> list[Any]:
    """What a list holds, the lists in it opened."""
    if not isinstance(value, (list, tuple)):
        return [value]
    return [member for one in value for member in _members(one)]


def _brief(value: Any) -> str:
    said = " ".join(repr(value).split())
    return said if len(said) <= 80 else f"{said[:77]}..."


def _one(name: str, array: FloatArray) -> float:
    if array.ndim:
        raise ValueError(f"{name} must be one number, got {array.size} in an array")
    return float(array)


def _all(fine: NDArray[np.bool_], name: str, array: FloatArray, must: str) -> None:
    """Refuse an array that is not fine; name its first bad number, and its place if it has one."""
    if np.all(fine):
        return
    bad = np.argwhere(~fine)
    first = array[tuple(bad[0])]
    said = f"{float(getattr(first, 'start', first)):g}"
    if array.ndim:
        place = tuple(bad[0].tolist()) if array.ndim > 1 else int(bad[0][0])
        said += f" at index {place} ({len(bad)} of {array.size} are so)"
    raise ValueError(f"{name} must {must.format(said)}")
