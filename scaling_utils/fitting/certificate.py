"""Evidence that a fit is a minimum, and that its runs determine five constants.

What an optimiser says depends on the scale of the objective; this, on runs and point alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scaling_utils.check import FloatArray
from scaling_utils.fitting.points import Batch
from scaling_utils.fitting.solver import BOX, NEARLY_ABSOLUTE, evaluate

LARGEST_GRADIENT, LARGEST_GRADIENT_ABSOLUTE, LARGEST_DECREMENT = 1e-5, 1e-3, 1e-10
"""The second for absolute deviations, in which rounding errors alone give such slopes."""

SAME_SIZE, SAME_BUDGET = 0.01, 0.1
"""Sizes, or budgets, that differ by no more than this fraction count as one."""

FEWEST_RUNS, FEWEST_VALUES = 6, 3
LARGEST_CONDITION = 1e5
"""Condition number of the law's slopes, each scaled to one, above which rounding decides."""

UNCERTAIN = 0.5
"""An exponent whose rough standard error exceeds this fraction of it is not determined."""

COORDINATES = ("A", "B", "E", "alpha", "beta")


@dataclass(frozen=True)
class Certificate:
    """Slopes and curvature of the objective at a point.

    `gradient` is the largest slope as a fraction of the sum of its absolute contributions: 0 at a
    minimum, 1 where all runs pull the same way. `decrement` is the fraction of the objective that
    a full Newton step would still remove; `condition` that of the Hessian in the solver's
    coordinates, infinite where it is not positive definite. Constants `at_bound` press against the
    end of their range; those `asleep` would grow if their term were not negligible, and the point
    is no minimum. It `holds` if gradient and decrement are small and nothing is asleep.
    """

    gradient: float
    decrement: float
    condition: float
    at_bound: tuple[str, ...]
    asleep: tuple[str, ...]
    holds: bool


def certify(batch: Batch, theta: FloatArray) -> Certificate:
    """Compute the certificate of one point, shape (5,), of a batch of one problem."""
    at, slopes, curvature = evaluate(batch, theta[:, np.newaxis])
    value, g, h = float(at[0]), slopes[:, 0], curvature[:, :, 0]
    scale = np.array([1.0, 1.0, theta[2] or 1.0, 1.0, 1.0])  # by log E, unless E is zero
    g, h = g * scale, h * np.outer(scale, scale)
    h[2, 2] += g[2]
    pull = batch.weights * np.minimum(np.abs(residuals(batch, theta)), batch.delta)
    size = pull @ np.abs(jacobian(batch, theta))
    edge = 1e-9 * np.array([1.0, 1.0, 0.0, 1.0, 1.0])
    low, high = theta <= BOX[0, :, 0] + edge, theta >= BOX[1, :, 0] - edge
    exact = value <= 1e3 * float(batch.floor())  # nothing is left but rounding errors
    pressing = (low & ((g > 0) | exact)) | (high & (g < 0))
    asleep = low & ~pressing & (g < -LARGEST_GRADIENT * size)
    free = ~pressing
    relative = np.abs(g) / np.maximum(size, 1e-300)
    gradient, decrement = (0.0, 0.0) if exact else (float(relative[free].max(initial=0.0)), np.inf)
    inner = h[np.ix_(free, free)]
    spectrum = np.linalg.eigvalsh(inner) if free.any() else np.ones(1)
    definite = spectrum[0] > 1e-14 * spectrum[-1] > 0
    condition = float(spectrum[-1] / spectrum[0]) if definite else np.inf
    flat = batch.points.low is not None and spectrum[0] > -1e-12 * spectrum[-1]
    if (definite or flat) and not exact:  # within intervals a law may move at no cost
        fall = 0.5 * float(g[free] @ np.linalg.lstsq(inner, g[free], rcond=1e-14)[0])
        decrement = fall / max(value, 1e-300)
    limit = LARGEST_GRADIENT if batch.delta > NEARLY_ABSOLUTE else LARGEST_GRADIENT_ABSOLUTE
    holds = gradient <= limit and decrement <= LARGEST_DECREMENT and not asleep.any()
    return Certificate(
        gradient, decrement, condition, _names(pressing), _names(asleep), bool(holds)
    )


def _names(chosen: NDArray[np.bool_]) -> tuple[str, ...]:
    return tuple(name for name, is_so in zip(COORDINATES, chosen, strict=True) if is_so)


def jacobian(batch: Batch, theta: FloatArray) -> FloatArray:
    """Slopes of the residuals by (a, b, log E, alpha, beta) at one point, shape (n, 5)."""
    (p1,), (p2,), (floor,) = batch.points.terms(theta[:, np.newaxis])
    measure = 1.0 if batch.raw else p1 + p2 + floor
    s1, s2, s3 = p1 / measure, p2 / measure, np.ones_like(p1) * (theta[2] or 1.0) / measure
    return np.stack([s1, s2, s3, -batch.points.x * s1, -batch.points.y * s2], axis=1)


def residuals(batch: Batch, theta: FloatArray) -> FloatArray:
    """Residuals of one point, shape (n,): fitted less observed, in the objective's measure."""
    (p1,), (p2,), (floor,) = batch.points.terms(theta[:, np.newaxis])
    fitted = p1 + p2 + floor
    r = fitted - batch.loss if batch.raw else np.log(fitted / batch.loss)
    if batch.points.low is not None:
        r = r - np.clip(r, batch.points.low, batch.points.high)
    return np.asarray(r, dtype=np.float64)


@dataclass(frozen=True)
class Design:
    """How many different runs, sizes, amounts of data and budgets a data set has."""

    runs: int
    sizes: int
    tokens: int
    budgets: int

    def complaint(self) -> str:
        """Why the law cannot be identified from such runs; empty if it can."""
        if self.runs < FEWEST_RUNS:
            return (
                f"{_count(self.runs, 'different run')} cannot determine five constants and "
                f"check them: at least {FEWEST_RUNS} are needed"
            )
        for number, what, term in (
            (self.sizes, "model size", "E, A and alpha"),
            (self.tokens, "amount of data", "E, B and beta"),
        ):
            if number < FEWEST_VALUES:
                return (
                    f"the runs have {_count(number, what)}: {term} cannot be told apart "
                    f"with fewer than {FEWEST_VALUES}"
                )
        if self.budgets < 2:
            return (
                "all runs have the same compute budget, so N and D change together: add runs "
                "at another budget"
            )
        return ""

    def note(self) -> str:
        """What is thin about the design; empty if nothing is."""
        numbers = {"model size": self.sizes, "amount of data": self.tokens, "budget": self.budgets}
        thin = [_count(n, what) for what, n in numbers.items() if n <= FEWEST_VALUES]
        return f"the runs have only {' and '.join(thin)}" if thin else ""


def _count(number: int, what: str) -> str:
    if number == 1:
        return f"only one {what}"
    plural = what.replace("amount", "amounts") if what.startswith("amount") else f"{what}s"
    return f"{number} {plural}"


def design(N: FloatArray, D: FloatArray) -> Design:
    """Count what differs among the runs.

    >>> design(np.array([1e8, 1e8, 1e9]), np.array([1e10, 2e10, 1e9]))
    Design(runs=3, sizes=2, tokens=3, budgets=2)
    """
    runs = len(set(zip(N.tolist(), D.tolist(), strict=True)))
    widths = (N, SAME_SIZE), (D, SAME_SIZE), (N * D, SAME_BUDGET)
    return Design(runs, *(int(groups(values, width).max()) + 1 for values, width in widths))


def groups(values: FloatArray, width: float) -> NDArray[np.intp]:
    """Number the groups of values that lie within a fraction of the group's smallest.

    >>> groups(np.array([100.0, 300.0, 100.5, 299.0]), 0.01).tolist()
    [0, 1, 0, 1]
    """
    order = np.argsort(values, kind="stable")
    found, number, first = np.empty(len(values), dtype=np.intp), -1, 0.0
    for place in order.tolist():
        if number < 0 or values[place] > first * (1.0 + width):
            number, first = number + 1, values[place]
        found[place] = number
    return found


def separable(slopes: FloatArray, weights: FloatArray) -> float:
    """Condition number of the slopes (n, k), each column scaled to one: 1 if none interferes,
    infinite if some are exchangeable."""
    scaled = slopes * np.sqrt(weights)[:, np.newaxis]
    length = np.linalg.norm(scaled, axis=0)
    if (length == 0.0).any():
        return float("inf")
    singular = np.linalg.svd(scaled / length, compute_uv=False)
    return float(singular[0] / singular[-1]) if singular[-1] > 0.0 else float("inf")


def rough_errors(slopes: FloatArray, weights: FloatArray, residuals: FloatArray) -> FloatArray:
    """Rough standard errors of k constants, to tell a fit from a guess; infinite where they
    cannot be told apart. Residuals are taken as independent, their spread from the median."""
    n, k = slopes.shape
    spread = 1.4826 * float(np.median(np.abs(residuals))) * np.sqrt(n / max(n - k, 1))
    upper = np.linalg.qr(slopes * np.sqrt(weights / weights.mean())[:, np.newaxis], mode="r")
    if (np.abs(np.diag(upper)) <= 1e-14 * np.abs(upper).max()).any():
        return np.full(k, np.inf)
    return np.asarray(spread * np.linalg.norm(np.linalg.inv(upper), axis=1), dtype=np.float64)


def undetermined(
    batch: Batch, theta: FloatArray, r: FloatArray, proof: Certificate
) -> tuple[FloatArray, str]:
    """Rough standard errors, and a sentence where the constants cannot be told apart.

    `r` are residuals of log loss. See `Design.complaint` for what shows before any fit.
    """
    free = np.array(["E" not in proof.at_bound or name != "E" for name in COORDINATES])
    counts = batch.weights > 0
    log_slopes = jacobian(Batch(batch.points, batch.weights, batch.loss), theta)
    slopes, weights, errors = log_slopes[np.ix_(counts, free)], batch.weights[counts], np.zeros(5)
    errors[free] = rough_errors(slopes, weights, r[counts])
    condition = separable(slopes, weights)
    if condition > LARGEST_CONDITION:
        return errors, (
            "the runs cannot tell the constants apart: different laws fit them equally well "
            f"(condition number {condition:.1e})"
        )
    for term, name in (("A", "alpha"), ("B", "beta")):
        if term in proof.at_bound:
            return errors, (
                f"the runs do not determine {name}: the best law has no term with {term}, or one "
                "at the end of the range that is searched"
            )
    for place, name in ((3, "alpha"), (4, "beta")):
        if errors[place] > UNCERTAIN * theta[place]:
            return errors, (
                f"the runs do not determine {name}: {theta[place]:.3g}, with a rough standard "
                f"error of {errors[place]:.2g}"
            )
    return errors, ""
