"""Runs in the coordinates of the solver, and how varied they are."""

from __future__ import annotations

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

FEWEST_RUNS, FEWEST_VALUES, FEWEST_BUDGETS = 6, 3, 2
"""Runs, sizes (and amounts of data) and budgets without which no law is determined."""


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
    """Where descents ended: theta (5, P), objective, and whether it is certainly there."""

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


@dataclass(frozen=True)
class Design:
    """How many different runs, sizes, amounts of data and budgets a data set has."""

    runs: int
    sizes: int
    tokens: int
    budgets: int

    def complaint(self) -> str:
        """Why the law cannot be identified from such runs; empty if it can."""
        for number, what, constants, other in (
            (self.sizes, "model size", "E, A and alpha", "of other sizes"),
            (self.tokens, "amount of data", "E, B and beta", "on other amounts of data"),
        ):
            if number < FEWEST_VALUES:
                return (
                    f"the runs have {counted(number, what)}: {constants} cannot be told apart "
                    f"with fewer than {FEWEST_VALUES}; fix those that are known, such as E, or "
                    f"add runs {other}"
                )
        if self.budgets < FEWEST_BUDGETS:
            return (
                "all runs have the same compute budget, so N and D change together: add runs "
                "at another budget"
            )
        return ""

    def note(self) -> str:
        """What is thin about the design; empty if nothing is."""
        numbers = {"model size": self.sizes, "amount of data": self.tokens, "budget": self.budgets}
        thin = [counted(n, what) for what, n in numbers.items() if n <= FEWEST_VALUES]
        return f"the runs have only {' and '.join(thin).replace('only ', '')}" if thin else ""


def counted(number: int, what: str) -> str:
    """A number of things in words: "only one model size", "2 amounts of data"."""
    if number == 1:
        return f"only one {what}"
    first, *rest = what.split(" of ")
    return f"{number} {' of '.join([f'{first}s', *rest])}"


def design(N: FloatArray, D: FloatArray) -> Design:
    """Count what differs among the runs."""
    runs = len(set(zip(N.tolist(), D.tolist(), strict=True)))
    widths = (N, SAME_SIZE), (D, SAME_SIZE), (N * D, SAME_BUDGET)
    return Design(runs, *(int(groups(values, width).max()) + 1 for values, width in widths))


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
