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
from scaling_utils.fitting.points import MOST, Points
from scaling_utils.laws import ChinchillaLaw, KaplanND, KaplanNS, PowerWithFloor
from scaling_utils.laws.repeated import RepeatedData


def _terms(points: Points, a: Any, b: Any, E: Any, alpha: Any, beta: Any) -> Any:
    model, data = a - alpha * points.x, b - beta * points.y
    return np.exp(np.minimum(model, MOST)) + np.exp(np.minimum(data, MOST)) + E


def _kaplan_nd(points: Points, a: Any, b: Any, E: Any, alpha: Any, beta: Any) -> Any:
    both = np.logaddexp((a - alpha * points.x) / beta, (b - beta * points.y) / beta)
    return np.exp(np.minimum(beta * both, MOST))  # no floor: E is zero


def _repeated(
    points: Points, a: Any, b: Any, E: Any, alpha: Any, beta: Any, log_R_D: Any, log_R_N: Any
) -> Any:
    R_D, R_N = np.exp(log_R_D), np.exp(log_R_N)
    data = points.y + np.log(1.0 - R_D * np.expm1(-points.repeats / R_D))
    fitting = (a + np.log(alpha) - b - np.log(beta) + beta * points.y) / alpha
    base = np.minimum(fitting, points.x)
    excess = np.expm1(np.minimum(points.x - base, 50.0))
    model = base + np.log(1.0 - R_N * np.expm1(-excess / R_N))
    return np.exp(np.minimum(np.logaddexp(a - alpha * model, b - beta * data), MOST)) + E


def _repeated_law(*constants: Any, source: str) -> RepeatedData:
    E, A, B, alpha, beta, R_D, R_N = constants
    return RepeatedData(ChinchillaLaw(E, A, B, alpha, beta, source), R_D, R_N, source)


@dataclass(frozen=True)
class Form:
    """A form of law: how it is made, the columns of its runs, and its constants by kind.

    Each "scale" goes with the "exponent" in its place, as A / N ** alpha, or (N_c / N) ** alpha_N
    if it is a `reference`. `formula` gives the loss of numbers or of jets.
    """

    law: Callable[..., Any]
    columns: tuple[str, ...]
    kinds: Mapping[str, str]
    reference: bool = False
    formula: Callable[..., Any] = _terms

    def names(self, kind: str) -> list[str]:
        """Constants of a kind."""
        return [name for name, own in self.kinds.items() if own == kind]

    def values(self, law: Any) -> list[Any]:
        """Constants of a law, in order."""
        return [value_of(law, name) for name in self.kinds]


def value_of(law: Any, name: str) -> Any:
    """A constant of a law or of the law within it, or what follows from them by name."""
    return getattr(law if hasattr(law, name) else law.law, name)


_ONE = {"E": "floor", "A": "scale", "alpha": "exponent"}
_TWO = {"E": "floor", "A": "scale", "B": "scale", "alpha": "exponent", "beta": "exponent"}
_ND = {"N_c": "scale", "D_c": "scale", "alpha_N": "exponent", "alpha_D": "exponent"}
_NS = {"N_c": "scale", "S_c": "scale", "alpha_N": "exponent", "alpha_S": "exponent"}
_SEVEN = {**_TWO, "R_D_star": "decay", "R_N_star": "decay"}
FORMS = {
    "chinchilla": Form(ChinchillaLaw, ("N", "D"), _TWO),
    "kaplan-nd": Form(KaplanND, ("N", "D"), _ND, reference=True, formula=_kaplan_nd),
    "kaplan-ns": Form(KaplanNS, ("N", "S"), _NS, reference=True),
    "power": Form(PowerWithFloor, (), _ONE),
    "repeated": Form(_repeated_law, ("N", "D", "unique"), _SEVEN, formula=_repeated),
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
    def checked(cls, form: Form, fix: Any, tie: Any, bounds: Any) -> Constraints:
        """Constraints of a form, or an error that says what is wrong and what to do."""
        for what, given in (("fix", fix), ("tie", tie), ("bounds", bounds)):
            if given is not None and not isinstance(given, Mapping):
                raise ValueError(f"{what} must be a dictionary of constants, got {given!r}")
        fix, tie, bounds = dict(fix or {}), dict(tie or {}), dict(bounds or {})
        for name in (*fix, *tie, *bounds):
            one_of("constant", name, form.kinds)
        for name, end in tie.items():
            if end not in form.kinds:
                raise ValueError(
                    f"a tie makes {name} equal to another constant, one of "
                    f"{', '.join(form.kinds)}, and nothing else; got {end!r}"
                )
        for what, others in (("bounded", bounds), ("tied", tie)):
            if both := [name for name in fix if name in others]:
                raise ValueError(f"{both[0]} is both fixed and {what}: leave one of them out")
        tied = {name: _end_of_tie(form, name, tie, fix) for name in tie}
        limits: dict[str, tuple[float, float]] = {}
        for name, pair in bounds.items():
            root, (low, high) = tied.get(name, name), _range(name, pair)
            least, most = limits.get(root, (0.0, np.inf))
            limits[root] = max(least, low), min(most, high)
            if not limits[root][0] < limits[root][1]:
                raise ValueError(f"{name} is tied to {root}, but their bounds leave no room")
        if len(fix) == len(form.kinds):  # a tie ends at one that is free
            raise ValueError("every constant is fixed: leave at least one free")
        fixed = {name: _value(form, name, x) for name, x in fix.items()}
        return cls(fixed, tied, {k: own for k, own in limits.items() if own != (0.0, np.inf)})


def _value(form: Form, name: str, value: Any) -> float:
    number, zero = one_between(name, value, -np.inf, np.inf), form.kinds[name] == "floor"
    if number < 0.0 or (number == 0.0 and not zero):
        raise ValueError(f"{name} must be {'zero or ' if zero else ''}positive, got {number:g}")
    return number


def _end_of_tie(form: Form, name: str, tie: Mapping[str, str], fix: Mapping[str, Any]) -> str:
    """The free constant that a tie ends at."""
    end, seen = tie[name], [name]
    while end in tie and end not in seen:
        seen.append(end)
        end = tie[end]
    if end in seen:
        raise ValueError(f"{name} is tied to itself: tie it to a constant that is free")
    if end in fix:
        raise ValueError(f"{name} is tied to {end}, which is fixed: fix {name} to its value too")
    kind, other = form.kinds[name], form.kinds[end]
    if kind != other:
        raise ValueError(f"{name} cannot be tied to {end}: their kinds differ, {kind} and {other}")
    return end


def _range(name: str, pair: Any) -> tuple[float, float]:
    """Bounds as two numbers; None and infinity leave a side open."""
    try:
        low, high = pair
    except (TypeError, ValueError):
        raise ValueError(f"bounds of {name} must be a pair (low, high), got {pair!r}") from None
    least = 0.0 if low is None or low == -np.inf else one_between(name, low, -np.inf, np.inf)
    most = np.inf if high is None or high == np.inf else one_between(name, high, -np.inf, np.inf)
    if least < 0.0 or not least < most:
        raise ValueError(f"bounds of {name} must satisfy 0 <= low < high, got {pair!r}")
    return least, most
