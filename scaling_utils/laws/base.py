"""What every law has in common, and what a training run costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any, ClassVar, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from scaling_utils import check
from scaling_utils.check import FloatArray, FloatOrArray
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN, Record


class UnreachableLossError(ValueError):
    """The loss cannot be reached: the model is too small, or the data are too few."""


class Law(Record):
    """A scaling law: a formula (its `place`), its constants, and their `source`, or "user".

    A law that takes `arrays` holds many sets of constants at once, which cannot be written to.
    """

    place: ClassVar[str] = ""
    arrays: ClassVar[bool] = False
    source: str
    many: bool

    def __init_subclass__(cls) -> None:
        check.careful(cls)

    def __post_init__(self) -> None:
        for f in fields(self):
            if "unit" in f.metadata:
                value = self._constant(f.name, getattr(self, f.name), f.metadata["lowest"])
                object.__setattr__(self, f.name, value)
        object.__setattr__(self, "many", any(map(np.ndim, self.constants().values())))
        if not isinstance(self.source, str) or not self.source.strip():
            where = f"{type(self).__name__}.source must say where the constants come from"
            raise ValueError(f"{where}, or 'user'; got {self.source!r}")

    def constants(self) -> dict[str, Any]:
        """Return the constants by symbol: floats, or arrays where a law holds many."""
        return {name: getattr(self, name) for name in self.units()}

    def with_values(self, **changes: float) -> Self:
        """Return the law with other constants, and, unlike `replace`, a source that says so.

        >>> from scaling_utils.laws import PowerLaw
        >>> law = PowerLaw(8.8e13, 0.076, "N", source="Kaplan et al. 2020, Table 5")
        >>> law.with_values(exponent=0.08).source
        'Kaplan et al. 2020, Table 5, modified: exponent=0.08'
        """
        before = self.constants()
        for name in changes:
            check.one_of(f"constant of {type(self).__name__}", name, before)
        after = replace(self, **changes)
        changed = [
            f"{name}={value!r}"
            for name, value in after.constants().items()
            if not np.array_equal(value, before[name])
        ]
        if not changed:
            return self
        mark = ", " if ", modified: " in self.source else ", modified: "
        object.__setattr__(after, "source", self.source + mark + ", ".join(changed))
        return after

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> Self:
        """Return the law that `to_dict` wrote; called on `Law`, of whichever kind it is.

        >>> from scaling_utils.laws import KaplanND
        >>> law = KaplanND(8.8e13, 5.4e13, 0.076, 0.095)
        >>> KaplanND.from_dict(law.to_dict()) == law
        True
        """
        kinds = {kind.__name__: kind for kind in cls.__subclasses__() or [cls]}
        kind = kinds[check.one_of("kind of law", str(said.get("kind", cls.__name__)), kinds)]
        names = [f.name for f in fields(kind)]
        if missing := [name for name in names if name not in said]:
            raise ValueError(f"this {kind.__name__} has no {', '.join(missing)}")
        held = {name: said[name] for name in names}
        return kind(**{k: Law.from_dict(v) if isinstance(v, dict) else v for k, v in held.items()})

    def _constant(self, name: str, value: Any, lowest: str) -> FloatOrArray:
        where = f"{type(self).__name__}.{name}"
        array = check.finite(where, value)
        if array.ndim and not self.arrays:
            raise ValueError(f"{where} must be one number, got an array of shape {array.shape}")
        too_low = array <= 0 if lowest == "positive" else array < 0
        if lowest != "any" and np.any(too_low):
            got = f"got {float(array[too_low].flat[0]):g} (unit: {self.units()[name]})"
            raise ValueError(f"{where} must be {lowest}, {got}")
        if array.ndim:
            array = array.copy()
            array.setflags(write=False)
        return check.unwrap(array)


def training_flops(N: ArrayLike, D: ArrayLike) -> FloatOrArray:
    """Training compute, C = 6 N D, in FLOPs; floats, as whole numbers would overflow in NumPy."""
    n, d = check.positive_together(N=N, D=D)
    with np.errstate(over="ignore", under="ignore"):
        return check.representable("C", FLOPS_PER_PARAMETER_TOKEN * n * d)


AnyLaw = TypeVar("AnyLaw", bound=Law)


def expect_law(name: str, law: object, kind: type[AnyLaw]) -> AnyLaw:
    """Return `law` if it is of the given kind; otherwise say which kind is expected."""
    if not isinstance(law, kind):
        raise ValueError(
            f"{name} must be a {kind.__name__} ({kind.place}), got {type(law).__name__}"
        )
    return law


def from_log(name: str, log: FloatArray) -> FloatArray:
    """Return exp(log), and refuse what no double can hold."""
    outside = ~(np.abs(log) <= 700.0)
    if outside.any():
        decades = float(np.ravel(log[outside])[0]) / np.log(10.0)
        raise ValueError(f"{name} would be about 10^{decades:.0f}, beyond double precision")
    return np.asarray(np.exp(log))


def reachable(left: Any, said: str, *values: ArrayLike) -> FloatArray:
    """Return what is left of a loss; where it is nothing, refuse with the first such values."""
    nothing = np.asarray(left <= 0)
    if nothing.any():
        first = (np.broadcast_to(each, nothing.shape)[nothing].flat[0] for each in values)
        raise UnreachableLossError(said.format(*(float(getattr(x, "start", x)) for x in first)))
    return np.asarray(left)


def root(
    rising: Callable[[FloatArray], FloatArray], low: FloatArray, high: FloatArray
) -> FloatArray:
    """Where a function that rises between two arrays is zero, by bisection for all at once."""
    for _ in range(60):
        middle = (low + high) / 2
        below = rising(middle) < 0
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray((low + high) / 2)
