"""The forms of law that can be fitted, each one plain formula; and what may be asked of constants.

Every form has one or two terms and perhaps a floor. Formulas take levels, the logarithm of each
term at the middle of the runs, the floor, the exponents, and logarithms of decay constants.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from scaling_utils.check import one_between, one_of
from scaling_utils.fitting.points import Points
from scaling_utils.laws import ChinchillaLaw, KaplanND, KaplanNS, Law, PowerWithFloor
from scaling_utils.laws.repeated import RepeatedData

KINDS = ("scale", "floor", "exponent", "decay")


@dataclass(frozen=True)
class Form:
    """A form of law: its class, constants by kind, and the columns of its runs.

    A term is A / N ** alpha, or (N_c / N) ** alpha_N if it has a `reference`. `formula` gives the
    loss of theta, of numbers or jets; without one it is the sum of terms and floor.
    """

    law: Callable[..., Law]
    columns: tuple[str, ...]
    terms: tuple[tuple[str, str], ...]
    floor: tuple[str, ...] = ("E",)
    decays: tuple[str, ...] = ()
    reference: bool = False
    formula: Callable[..., Any] | None = None

    @property
    def constants(self) -> tuple[str, ...]:
        """Symbols, in the order of the law."""
        scales, exponents = zip(*self.terms, strict=True)
        return (*self.floor, *scales, *exponents, *self.decays)

    def kind(self, symbol: str) -> str:
        """One of `KINDS`."""
        scales, exponents = zip(*self.terms, strict=True)
        groups = scales, self.floor, exponents, self.decays
        return next(kind for kind, own in zip(KINDS, groups, strict=True) if symbol in own)

    def build(self, constants: Any, source: str, variable: str) -> Any:
        """The law of constants in order: numbers, or arrays where it takes them."""
        named = dict(zip(self.constants, constants, strict=True))
        if self.decays:
            own = {name: named.pop(name) for name in self.decays}
            return RepeatedData(ChinchillaLaw(**named, source=source), **own, source=source)
        if self.law is PowerWithFloor:
            named["variable"] = variable
        return self.law(**named, source=source)

    def values(self, law: Any) -> list[Any]:
        """Constants of a law, in order."""
        return [getattr(law if hasattr(law, name) else law.law, name) for name in self.constants]


MOST = 300.0
"""Logarithm of the largest term: a trial step that goes there is refused, not infinite."""


def sum_of_terms(x: Any, y: Any, a: Any, b: Any, E: Any, alpha: Any, beta: Any) -> Any:
    """Loss at logarithms of size and data less their centres, in the unit of the points."""
    model, data = a - alpha * x, b - beta * y
    return np.exp(np.minimum(model, MOST)) + np.exp(np.minimum(data, MOST)) + E


def _kaplan_nd(points: Points, a: Any, b: Any, _: Any, alpha: Any, beta: Any) -> Any:
    model, data = a - alpha * points.x, b - beta * points.y
    return np.exp(np.minimum(beta * np.logaddexp(model / beta, data / beta), MOST))


def _repeated(
    points: Points, a: Any, b: Any, E: Any, alpha: Any, beta: Any, log_R_D: Any, log_R_N: Any
) -> Any:
    """y is the logarithm of the unique tokens that were read."""
    repeats = points.repeats
    R_D, R_N = np.exp(log_R_D), np.exp(log_R_N)
    data = points.y + np.log(1.0 - R_D * np.expm1(-repeats / R_D))
    fits = (a + np.log(alpha) - b - np.log(beta) + beta * points.y) / alpha
    base = np.minimum(fits, points.x)
    excess = np.expm1(np.minimum(points.x - base, 50.0))
    model = base + np.log(1.0 - R_N * np.expm1(-excess / R_N))
    return sum_of_terms(model, data, a, b, E, alpha, beta)


_SIZE_AND_DATA = (("A", "alpha"), ("B", "beta"))
FORMS = {
    "chinchilla": Form(ChinchillaLaw, ("N", "D"), _SIZE_AND_DATA),
    "kaplan-nd": Form(
        KaplanND,
        ("N", "D"),
        (("N_c", "alpha_N"), ("D_c", "alpha_D")),
        floor=(),
        reference=True,
        formula=_kaplan_nd,
    ),
    "kaplan-ns": Form(
        KaplanNS, ("N", "S"), (("N_c", "alpha_N"), ("S_c", "alpha_S")), floor=(), reference=True
    ),
    "power": Form(PowerWithFloor, (), (("A", "alpha"),)),
    "repeated": Form(
        RepeatedData,
        ("N", "D", "unique"),
        _SIZE_AND_DATA,
        decays=("R_D_star", "R_N_star"),
        formula=_repeated,
    ),
}
"""Forms by name. A "power" takes one column of any name."""

Bounds = Mapping[str, tuple[float | None, float | None]]


@dataclass(frozen=True)
class Constraints:
    """What was asked of constants, checked: fixed values, ties to another one, and bounds."""

    fixed: Mapping[str, float] = field(default_factory=dict)
    tied: Mapping[str, str] = field(default_factory=dict)
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @classmethod
    def checked(
        cls,
        form: Form,
        fix: Mapping[str, float] | None,
        tie: Mapping[str, str] | None,
        bounds: Bounds | None,
    ) -> Constraints:
        """Constraints of a form, or an error that says what is wrong and what to do."""
        fix, tie, bounds = dict(fix or {}), dict(tie or {}), dict(bounds or {})
        known = form.constants
        for name in (*fix, *tie, *tie.values(), *bounds):
            one_of("constant", name, known)
        for what, one, other in (("bounded", fix, bounds), ("tied", fix, tie)):
            if both := sorted(set(one) & set(other)):
                raise ValueError(f"{both[0]} is both fixed and {what}: leave one of them out")
        fixed = {name: _value(form, name, value) for name, value in fix.items()}
        tied = {name: _end_of_tie(form, name, tie, fixed) for name in tie}
        limits: dict[str, tuple[float, float]] = {}
        for name, pair in bounds.items():
            root, own = tied.get(name, name), _range(form, name, pair)
            least, most = limits.get(root, (0.0, np.inf))
            limits[root] = max(least, own[0]), min(most, own[1])
            if not limits[root][0] < limits[root][1]:
                raise ValueError(f"{name} is tied to {root}, but their bounds leave no room")
        if len(fixed) + len(tied) == len(known):
            raise ValueError("every constant is fixed: there is nothing to fit; leave one free")
        return cls(fixed, tied, limits)


def _value(form: Form, name: str, value: Any) -> float:
    number = one_between(name, value, -np.inf, np.inf)
    if number < 0.0 or (number == 0.0 and form.kind(name) != "floor"):
        least = "zero or positive" if form.kind(name) == "floor" else "positive"
        raise ValueError(f"{name} must be {least}, got {number:g}")
    return number


def _end_of_tie(form: Form, name: str, tie: Mapping[str, str], fixed: Mapping[str, float]) -> str:
    """The free constant that a tie ends at."""
    end, seen = tie[name], {name}
    while end in tie and end not in seen:
        seen.add(end)
        end = tie[end]
    if end in seen:
        what = "itself" if tie[name] == name else "itself by way of others"
        raise ValueError(f"{name} is tied to {what}: tie it to a constant that is free")
    if end in fixed:
        raise ValueError(f"{name} is tied to {end}, which is fixed: fix {name} to its value too")
    if form.kind(end) != form.kind(name):
        raise ValueError(
            f"{name} cannot be tied to {end}: one is a {form.kind(name)}, the other a "
            f"{form.kind(end)}"
        )
    return end


def _range(form: Form, name: str, pair: Any) -> tuple[float, float]:
    """Bounds as two numbers; None and infinity leave a side open."""
    try:
        low, high = pair
    except (TypeError, ValueError):
        raise ValueError(f"bounds of {name} must be a pair (low, high), got {pair!r}") from None
    least = 0.0 if low is None or low == -np.inf else one_between(name, low, -1e300, 1e300)
    most = np.inf if high is None or high == np.inf else one_between(name, high, -1e300, 1e300)
    if least < 0.0 or not least < most:
        raise ValueError(f"bounds of {name} must satisfy 0 <= low < high, got {pair!r}")
    return least, most
