"""Formulas with exact first and second derivatives: numbers that carry theirs along.

>>> x, y = variables(np.array([2.0, 3.0]))
>>> z = np.exp(x * y) / y
>>> bool(np.isclose(z.first[0], z.value * 3.0)), z.second.shape
(True, (2, 2))
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
    """An array with its derivatives by m variables, of shapes (m, ...) and (m, m, ...)."""

    def __init__(self, value: FloatArray, first: FloatArray, second: FloatArray) -> None:
        self.value, self.first, self.second = value, first, second

    def __array_ufunc__(self, ufunc: Any, method: str, *given: Any, **options: Any) -> Any:
        """The chain rule, for every function in the table of rules."""
        if method != "__call__" or options or ufunc not in _RULES:
            return NotImplemented
        values = [each.value if isinstance(each, Jet) else each for each in given]
        value = ufunc(*values)
        slopes, bends = _RULES[ufunc](*values, value)
        jets = {i: each for i, each in enumerate(given) if isinstance(each, Jet)}
        first = sum(slopes[i] * jet.first for i, jet in jets.items())
        second = sum(slopes[i] * jet.second for i, jet in jets.items())
        for (i, j), bend in bends.items():
            if i in jets and j in jets:
                outer = jets[i].first[:, np.newaxis] * jets[j].first
                second = second + bend * (outer if i == j else outer + np.swapaxes(outer, 0, 1))
        return Jet(value, np.asarray(first), np.asarray(second))


def variables(values: FloatArray) -> list[Jet]:
    """The m variables along the first axis of an array, as jets."""
    m, shape = len(values), values.shape[1:]
    none, own = np.zeros((m, m, *shape)), np.eye(m).reshape(m, m, *(1 for _ in shape))
    return [
        Jet(each, np.broadcast_to(first, (m, *shape)), none)
        for each, first in zip(values, own, strict=True)
    ]
