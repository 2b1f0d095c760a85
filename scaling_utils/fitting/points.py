"""Runs in the coordinates of the solver, and how varied they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from scaling_utils.check import FloatArray

Flags = NDArray[np.bool_]

MOST = 300.0
"""Logarithm of the largest term: a trial step that goes there is refused, not infinite."""

SAME_SIZE, SAME_BUDGET = 0.01, 0.1
"""Sizes, or budgets, that differ by no more than this fraction count as one."""

FEWEST = {"run": 6, "model size": 3, "amount of data": 3, "budget": 2}
"""Without so many different ones no law is determined."""

THIN = 3
"""So many model sizes, amounts of data or budgets are pointed out."""


@dataclass(frozen=True, eq=False)
class Points:
    """Centred log N and log D of runs, and the geometric mean of their losses.

    Runs with repeated data have the logarithm of their unique tokens as y, and the epochs beyond
    the first as `repeats`.
    """

    x: FloatArray
    y: FloatArray
    centre: tuple[float, float]
    unit: float
    repeats: FloatArray

    @classmethod
    def from_runs(
        cls, N: FloatArray, D: FloatArray, loss: FloatArray, unique: FloatArray | None = None
    ) -> Self:
        """Take logarithms and centre them."""
        used = D if unique is None else np.minimum(D, unique)
        x, y = np.log(N), np.log(used)
        centre = float(x.mean()), float(y.mean())
        unit = float(np.exp(np.log(loss).mean()))
        return cls(x - centre[0], y - centre[1], centre, unit, D / used - 1.0)

    @property
    def log_unit(self) -> float:
        """Logarithm of the unit of loss."""
        return float(np.log(self.unit))

    @cached_property
    def powers(self) -> tuple[FloatArray, ...]:
        """1, -x, x**2, -y, y**2 and x y."""
        x, y = self.x, self.y
        return np.ones_like(x), -x, x * x, -y, y * y, x * y

    @cached_property
    def lines(self) -> FloatArray:
        """Rows 1 and -x, then rows 1 and -y; shape (2, 2, n)."""
        one, x, _, y, *_ = self.powers
        return np.array([[one, x], [one, y]])

    @cached_property
    def reach(self) -> float:
        """The largest |x| or |y|."""
        return float(np.abs(self.lines[:, 1]).max())


@dataclass(frozen=True, eq=False)
class Batch:
    """P problems on the same points; weights and losses have shape (n,) or (P, n)."""

    points: Points
    weights: FloatArray
    loss: FloatArray
    delta: float = 1e-3

    def take(self, rows: NDArray[np.intp] | slice | int) -> Batch:
        """The problems of some rows, or one problem."""
        weights, loss = (v if v.ndim == 1 else v[rows] for v in (self.weights, self.loss))
        return Batch(self.points, weights, loss, self.delta)

    def floor(self) -> FloatArray:
        """Objective that rounding errors of the residuals alone can leave, per problem."""
        return np.asarray(200.0 * np.finfo(np.float64).eps ** 2 * self.weights.sum(axis=-1))


@dataclass(frozen=True, eq=False)
class Ends:
    """Where descents ended: theta (m, P), objective, and whether it is certainly there."""

    theta: FloatArray
    value: FloatArray
    converged: Flags

    def take(self, rows: NDArray[np.intp] | slice) -> Ends:
        """Some of the ends."""
        return Ends(*(own[..., rows] for own in vars(self).values()))

    def joined(self, other: Ends) -> Ends:
        """These ends, and then those of another set."""
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return Ends(*(np.concatenate(pair, axis=-1) for pair in pairs))

    def replaced(self, rows: NDArray[np.intp], other: Ends, chosen: Flags) -> Ends:
        """The ends with those of `rows` replaced where chosen by those of another set."""
        ends = self.take(np.arange(self.value.size))
        for name, own in vars(other).items():
            getattr(ends, name)[..., rows[chosen]] = own[..., chosen]
        return ends


def complaint(numbers: Mapping[str, int]) -> str:
    """Why runs of such a `design` cannot identify the law; empty if they can."""
    for what, constants, other in (
        ("model size", "E, A and alpha", "of other sizes"),
        ("amount of data", "E, B and beta", "on other amounts of data"),
    ):
        if numbers[what] < FEWEST[what]:
            return (
                f"the runs have {counted(numbers[what], what)}: {constants} cannot be told apart "
                f"with fewer than {FEWEST[what]}; fix those that are known, such as E, or add "
                f"runs {other}"
            )
    if numbers["budget"] < FEWEST["budget"]:
        return (
            "all runs have the same compute budget, so N and D change together: add runs at "
            "another budget"
        )
    return ""


def thin(numbers: Mapping[str, int]) -> str:
    """What is thin about a design; empty if nothing is."""
    few = [counted(number, what) for what, number in numbers.items() if number <= THIN]
    return f"the runs have only {' and '.join(few).replace('only ', '')}" if few else ""


def counted(number: int, what: str) -> str:
    """A number of things in words: "only one model size", "2 amounts of data"."""
    if number == 1:
        return f"only one {what}"
    first, *rest = what.split(" of ")
    return f"{number} {' of '.join([f'{first}s', *rest])}"


def design(N: FloatArray, D: FloatArray) -> dict[str, int]:
    """How many model sizes, amounts of data and budgets runs have."""
    return {what: int(number.max()) + 1 for what, number in alike(N, D).items()}


def alike(N: FloatArray, D: FloatArray) -> dict[str, NDArray[np.intp]]:
    """The groups of runs of one model size, of one amount of data and of one budget."""
    return {
        "model size": groups(N, SAME_SIZE),
        "amount of data": groups(D, SAME_SIZE),
        "budget": groups(N * D, SAME_BUDGET),
    }


def groups(values: FloatArray, width: float) -> NDArray[np.intp]:
    """Number the groups of values that lie within a fraction of the group's smallest."""
    order = np.argsort(values, kind="stable")
    numbers, number, most = [], -1, -np.inf
    for value in values[order].tolist():
        if value > most:
            number, most = number + 1, value * (1.0 + width)
        numbers.append(number)
    found = np.empty(len(values), dtype=np.intp)
    found[order] = numbers
    return found
