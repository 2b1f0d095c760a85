"""Runs in the coordinates of the solver, how varied they are, and where descents begin."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Self

import numpy as np
from numpy.typing import NDArray

from scaling_utils.check import FloatArray

Flags = NDArray[np.bool_]

SAME_SIZE, SAME_BUDGET = 0.01, 0.1
"""Sizes, or budgets, that differ by no more than this fraction count as one."""

FEWEST_RUNS, FEWEST_VALUES, FEWEST_BUDGETS = 6, 3, 2
"""Runs, sizes (and amounts of data) and budgets without which no law is determined."""

DEAD_SHARE, HUGE_SHARE = 0.02, 0.2
PROJECTED_EXPONENTS = (0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0)


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
        cls,
        N: FloatArray,
        D: FloatArray,
        loss: FloatArray,
        unique: FloatArray | None = None,
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

    def to_theta(self, laws: FloatArray) -> FloatArray:
        """Turn rows of constants (E, A, B, alpha, beta) into columns (a, b, E, alpha, beta)."""
        E, A, B, alpha, beta = np.asarray(laws, dtype=np.float64).T
        log_unit = np.log(self.unit)
        a = np.log(A) - alpha * self.centre[0] - log_unit
        b = np.log(B) - beta * self.centre[1] - log_unit
        return np.stack([a, b, E / self.unit, alpha, beta])


@dataclass(frozen=True, eq=False)
class Batch:
    """P problems on the same points; weights and losses have shape (n,) or (P, n)."""

    points: Points
    weights: FloatArray
    loss: FloatArray
    delta: float = 1e-3

    def take(self, rows: NDArray[np.intp] | slice) -> Batch:
        """The problems of some rows."""
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


def repaired(theta: FloatArray, most: float = HUGE_SHARE) -> FloatArray:
    """Lift or lower each term to 2 to 20 % of the loss, or `most`, at the centre (E: up to 100 %).

    A term that is negligible at the data has no slope and never wakes up; one with an exponent
    near zero is another E, so exponents are at least 0.05.
    """
    moved = theta.copy()
    moved[:2] = np.clip(theta[:2], np.log(DEAD_SHARE), np.log(most))
    moved[2] = np.clip(theta[2], DEAD_SHARE, 1.0)
    moved[3:] = np.maximum(theta[3:], PROJECTED_EXPONENTS[0])
    return moved


def projected(
    points: Points,
    loss: FloatArray,
    weights: FloatArray,
    pairs: FloatArray | None = None,
    known: FloatArray | None = None,
) -> FloatArray:
    """Repaired starts (5, P): the best E, A, B >= 0 for each pair of exponents, shape (P, 2).

    For given exponents the law is linear in them; best by least squares on relative errors. Of
    `known` both terms and E, shape (P, 3), those that are not NaN are kept.
    """
    if pairs is None:
        pairs = np.array(list(product(PROJECTED_EXPONENTS, PROJECTED_EXPONENTS)))
    alpha, beta = pairs.T
    if known is None:
        known = np.full((len(pairs), 3), np.nan)
    columns = []
    for slopes, along in ((alpha, points.x), (beta, points.y), (0.0 * alpha, points.x)):
        different, row = np.unique(slopes, return_inverse=True)
        columns.append((np.exp(-np.outer(different, along)) / loss, row.ravel()))
    gram, right = np.empty((len(pairs), 3, 3)), np.empty((len(pairs), 3))
    for k, (column, row) in enumerate(columns):
        right[:, k] = (column @ weights)[row]
        gram[:, k, k] = (column**2 @ weights)[row]
        for m, (other, across) in enumerate(columns[:k]):
            gram[:, k, m] = gram[:, m, k] = ((column * weights) @ other.T)[row, across]
    terms = _non_negative(gram, right, known).T
    levels = np.log(np.maximum(terms[:2], DEAD_SHARE))
    most = HUGE_SHARE if np.isnan(known[:, 2]).all() else 1.0
    return repaired(np.stack([*levels, terms[2], alpha, beta]), most)


def _non_negative(gram: FloatArray, right: FloatArray, known: FloatArray) -> FloatArray:
    """Minimise t' G t / 2 - r' t over t >= 0 by trying all sets of positive terms."""
    free = np.asarray(np.isnan(known).all(axis=0))
    given = np.nan_to_num(known)
    best, lowest = np.zeros_like(right), np.zeros(len(right))
    if not free.all():
        right = right - np.einsum("pij,pj->pi", gram, given)
    for chosen in list(product((False, True), repeat=3))[1:]:
        k = np.flatnonzero(chosen)
        if not free[k].all():
            continue
        ridge = 1e-12 * np.einsum("pkk->p", gram)[:, None, None] * np.eye(len(k))
        t = np.linalg.solve(gram[:, k[:, None], k] + ridge, right[:, k, None])[:, :, 0]
        value = -0.5 * (t * right[:, k]).sum(axis=1)
        better = (t >= 0.0).all(axis=1) & (value < lowest)
        lowest[better] = value[better]
        best[better] = 0.0
        best[np.ix_(better, k)] = t[better]
    return best + given


@dataclass(frozen=True)
class Design:
    """How many different runs, sizes, amounts of data and budgets a data set has."""

    runs: int
    sizes: int
    tokens: int
    budgets: int

    def complaint(self) -> str:
        """Why the law cannot be identified from such runs; empty if it can."""
        apart = f"cannot be told apart with fewer than {FEWEST_VALUES}"
        if self.runs < FEWEST_RUNS:
            return (
                f"{counted(self.runs, 'different run')} cannot determine 5 constants and "
                f"check them: at least {FEWEST_RUNS} are needed"
            )
        if self.sizes < FEWEST_VALUES:
            return (
                f"the runs have {counted(self.sizes, 'model size')}: E, A and alpha {apart}; fix "
                "those that are known, such as E, or add runs of other sizes"
            )
        if self.tokens < FEWEST_VALUES:
            return (
                f"the runs have {counted(self.tokens, 'amount of data')}: E, B and beta {apart}; "
                "fix those that are known, such as E, or add runs on other amounts of data"
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
