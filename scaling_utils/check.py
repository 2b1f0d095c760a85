"""Checks of input: each returns floats, or raises a `ValueError` that names the argument.

What NumPy would make floats of only by accident is refused, and so are Series of pandas whose rows
are in different order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import date, timedelta
from functools import update_wrapper
from inspect import CO_VARARGS, CO_VARKEYWORDS, isfunction, signature
from types import FunctionType
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
    array = numbers(name, value)
    if array.size == 0:
        raise ValueError(f"{name} is empty; expected at least one number ({_expected(name)})")
    _all(np.isfinite(array), name, array, f"be finite, got {{}}; expected {_expected(name)}")
    return array


def positive(name: str, value: ArrayLike) -> FloatArray:
    """Return `value` as a float array; refuse zero, negative and non-finite numbers."""
    array = finite(name, value)
    _all(array > 0, name, array, f"be positive, got {{}}; expected {_expected(name)}")
    return array


def one_number(name: str, value: Any) -> float:
    """Return `value` as a float; refuse arrays, and what is not positive."""
    return _one(name, positive(name, value))


def one_between(name: str, value: Any, low: float, high: float) -> float:
    """Return `value` as a float; refuse arrays, and what does not lie between the bounds."""
    number = _one(name, finite(name, value))
    if not low < number < high:
        raise ValueError(f"{name} must lie between {low:g} and {high:g}, got {number:g}")
    return number


def whole(name: str, value: Any, *, least: int, most: float = 1e15) -> int:
    """Return `value` as an int; refuse what is not one whole number between two ends."""
    number = finite(name, value)
    if number.ndim or number != np.floor(number) or number < least:
        raise ValueError(f"{name} must be one whole number, at least {least}, got {value!r:.60}")
    if number > most:
        raise ValueError(f"{name} must be at most {most:,.0f}, got {number:,.0f}")
    return int(value)


def one_of(name: str, value: str, known: Collection[str]) -> str:
    """Return `value` if it is one of the known names; otherwise list them."""
    if not isinstance(value, str) or value not in known:
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


def columns(**values: ArrayLike) -> tuple[FloatArray, ...]:
    """Return all as positive float arrays of one length, whose rows belong together."""
    aligned(**values)
    flat = {name: np.ravel(positive(name, value)) for name, value in values.items()}
    same_length(**flat)
    return tuple(flat.values())


def aligned(**values: Any) -> None:
    """Refuse Series of pandas whose labels differ; one beside an array or a number is fine."""
    indices: dict[str, Any] = {name: getattr(x, "index", None) for name, x in values.items()}
    labelled = [name for name, index in indices.items() if hasattr(index, "equals")]
    for name in labelled[1:]:
        if not indices[name].equals(indices[labelled[0]]):
            raise ValueError(
                f"{labelled[0]} and {name} are Series with different index: bring their rows into "
                "the same order, as columns of one table, or pass their values with .to_numpy()"
            )


def positive_together(
    constants: tuple[int, ...] = (), /, **values: ArrayLike
) -> tuple[FloatArray, ...]:
    """Return all as positive float arrays that broadcast, also to the shape of `constants`."""
    aligned(**values)
    arrays = {name: positive(name, value) for name, value in values.items()}
    try:
        np.broadcast_shapes(constants, *(array.shape for array in arrays.values()))
    except ValueError as error:
        said = [f"the law's constants have shape {constants}"] if constants else []
        said += [f"{name} has {array.shape}" for name, array in arrays.items()]
        raise ValueError(
            f"shapes do not broadcast: {', '.join(said)}; expected equal shapes, one number, or "
            "an array as a column, such as N[:, None], for one row each"
        ) from error
    return tuple(arrays.values())


def representable(name: str, value: Any) -> FloatOrArray:
    """Return a result; refuse one that double precision can only hold as zero or infinity."""
    if formula(value):
        return unwrap(value)
    array = np.asarray(value, dtype=np.float64)
    if not (np.isfinite(array) & (array > 0)).all():
        raise ValueError(
            f"{name} would lie beyond double precision: an argument is wrong; check it"
        )
    return unwrap(array)


def careful(place: Any) -> None:
    """Let the public functions of a class or a module refuse what no double can hold, in words."""
    own, starred = getattr(place, "__module__", place.__name__), CO_VARARGS | CO_VARKEYWORDS
    for name, call in [*vars(place).items()]:
        ours = isfunction(call) and call.__module__ == own and not name.startswith("_")
        if ours and not starred & getattr(call, "__wrapped__", call).__code__.co_flags:
            setattr(place, name, _careful(call, _within_doubles))


def _careful(call: Callable[..., Any], within: Callable[..., Any]) -> Callable[..., Any]:
    def answer(*args: Any, **options: Any) -> Any:
        return within(call, args, options)

    # With the globals of the function, by which doctest knows where it belongs.
    made = FunctionType(answer.__code__, call.__globals__, closure=answer.__closure__)
    return update_wrapper(made, call)


def _within_doubles(call: Callable[..., Any], args: Any, options: Any) -> Any:
    """An answer; where many laws are asked at once, infinite where one law would refuse."""
    first = next(iter((*args, *options.values())), None)
    how: Any = "ignore" if getattr(first, "many", False) else "raise"
    try:
        with np.errstate(over=how, divide=how, invalid=how):
            return call(*args, **options)
    except (ArithmeticError, AttributeError, ValueError) as error:
        given = signature(call).bind(*args, **options).arguments
        said, told = str(error), isinstance(error, ValueError)
        if told and ("name" in given or any(re.search(rf"\b{x}\b", said) for x in given)):
            raise
        said = "the answer lies beyond doubles" if isinstance(error, ArithmeticError) else said
        values = (f"{x} {' '.join(repr(v).split()):.60}" for x, v in given.items() if x != "self")
        said = f"{said}; check unit and kind of {', '.join(values)}"
        raise (type(error) if told else ValueError)(said) from error


def formula(value: Any) -> bool:
    """Whether it is a formula of `figures.touch`, or an array of them, and no number."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "O" and value.size:
        value = value.flat[0]
    return hasattr(value, "vega")


def unwrap(value: Any) -> FloatOrArray:
    """Return a plain float for a scalar result, the array otherwise."""
    if formula(value):
        written: FloatOrArray = np.asarray(value)[()]
        return written
    array: FloatArray = np.asarray(value, dtype=np.float64)
    return float(array) if array.ndim == 0 else array


def _expected(name: str) -> str:
    return _UNITS.get(name.removesuffix("_min"), "positive and finite")


def numbers(name: str, value: Any) -> FloatArray:
    """Return `value` as a float array; refuse what is no number, or would lose its meaning."""
    if isinstance(value, np.ma.MaskedArray) and (hidden := int(np.ma.getmaskarray(value).sum())):
        raise ValueError(f"{name} has {hidden} of {value.size} cells masked; leave them out")
    try:
        array = np.asarray(value)
        kind = _ARRAYS.get(array.dtype.kind) or _hidden(value, array)
        if not kind:
            return np.asarray(array, dtype=np.float64)
    except OverflowError:
        kind = "a whole number beyond double precision"
    except (TypeError, ValueError, RuntimeError):
        kind = type(value).__name__
    got = f"got {kind}: {' '.join(repr(value).split())[:80]}"
    raise ValueError(f"{name} must be a number or an array of numbers ({_expected(name)}), {got}")


def _hidden(value: Any, array: NDArray[Any]) -> str:
    """What a list or an array of objects holds that is no number; empty if nothing."""
    if array.dtype.kind != "O" and not isinstance(value, (list, tuple)):
        return ""
    objects = np.asarray(value, dtype=object).ravel()
    held = (what for what, kinds in _OBJECTS.items() if any(isinstance(o, kinds) for o in objects))
    return next(held, "")


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
