"""Formulas with exact first and second derivatives: numbers that carry theirs along.

>>> x, y = variables(np.array([2.0, 3.0]))
>>> z = np.exp(x * y) / y
>>> bool(np.isclose(z.first[0], 3.0 * z.value)), bool(np.isclose(z.second[0, 0], 9.0 * z.value))
(True, True)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from scaling_utils.check import FloatArray

Rule = tuple[tuple[Any, ...], dict[tuple[int, int], Any]]
"""Slopes of a function by its arguments, and its second derivatives that are not zero."""


def _log_of_sum(u: Any, _: Any, f: Any) -> Rule:
    share = np.exp(u - f)
    bend = share * (1.0 - share)
    return (share, 1.0 - share), {(0, 0): bend, (0, 1): -bend, (1, 1): bend}


_RULES: dict[Any, Callable[..., Rule]] = {
    np.add: lambda u, v, f: ((1.0, 1.0), {}),
    np.subtract: lambda u, v, f: ((1.0, -1.0), {}),
    np.multiply: lambda u, v, f: ((v, u), {(0, 1): 1.0}),
    np.divide: lambda u, v, f: (
        (1.0 / v, -f / v),
        {(0, 1): -1.0 / np.square(v), (1, 1): 2.0 * f / np.square(v)},
    ),
    np.negative: lambda u, f: ((-1.0,), {}),
    np.exp: lambda u, f: ((f,), {(0, 0): f}),
    np.expm1: lambda u, f: ((f + 1.0,), {(0, 0): f + 1.0}),
    np.log: lambda u, f: ((1.0 / u,), {(0, 0): -1.0 / np.square(u)}),
    np.minimum: lambda u, v, f: ((np.where(u < v, 1.0, 0.0), np.where(u < v, 0.0, 1.0)), {}),
    np.logaddexp: _log_of_sum,
}


class Jet(NDArrayOperatorsMixin):
    """An array with its derivatives that are not zero, by variables k, and k <= l, as arrays."""

    def __init__(
        self, value: Any, first: dict[int, Any], second: dict[tuple[int, int], Any]
    ) -> None:
        self.value, self.first, self.second = value, first, second

    def __array_ufunc__(self, ufunc: Any, method: str, *given: Any, **options: Any) -> Any:
        """The chain rule, for every function in the table of rules."""
        if method != "__call__" or options or ufunc not in _RULES:
            return NotImplemented
        values = [each.value if isinstance(each, Jet) else each for each in given]
        value = ufunc(*values)
        slopes, bends = _RULES[ufunc](*values, value)
        jets = {i: each for i, each in enumerate(given) if isinstance(each, Jet)}
        first: dict[Any, Any] = {}
        second: dict[Any, Any] = {}
        for i, jet in jets.items():
            for total, own in ((first, jet.first), (second, jet.second)):
                for key, d in own.items():
                    _add(total, key, d * slopes[i])
        for (i, j), bend in bends.items():
            if i in jets and j in jets:
                for k, u in jets[i].first.items():
                    bent = bend * u
                    for l, v in jets[j].first.items():
                        if i != j or k <= l:
                            twice = 2.0 if i != j and k == l else 1.0
                            _add(second, (min(k, l), max(k, l)), twice * v * bent)
        return Jet(value, first, second)

    def gradient(self, m: int) -> FloatArray:
        """First derivatives by all m variables, shape (m, ...)."""
        rows = [np.broadcast_to(self.first.get(k, 0.0), np.shape(self.value)) for k in range(m)]
        return np.stack(rows)


def _add(total: dict[Any, Any], key: Any, d: Any) -> None:
    total[key] = total[key] + d if key in total else d


def variables(values: FloatArray) -> list[Jet]:
    """The variables along the first axis of an array, as jets."""
    return [Jet(value, {k: 1.0}, {}) for k, value in enumerate(values)]
