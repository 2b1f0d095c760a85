"""Resamples of a fit's runs: how they are drawn, and how they are solved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scaling_utils.check import FloatArray, one_of
from scaling_utils.fitting.constrained import Constrained
from scaling_utils.fitting.coordinates import Coordinates
from scaling_utils.fitting.forms import FORMS
from scaling_utils.fitting.points import FEWEST, SAME_SIZE, Batch, Ends, Flags, alike, groups
from scaling_utils.fitting.result import LARGEST_CONDITION, LawFit
from scaling_utils.fitting.solver import minimise
from scaling_utils.fitting.starts import basins

KINDS = (
    *("runs", "weights", "sizes", "budgets", "clusters"),
    *("residuals", "intervals", "runs and intervals"),
)
"""Kinds of bootstrap, by what is drawn again."""

BLOCK_NUMBERS, SMALLEST_BLOCK, LARGEST_BLOCK = 2**20, 64, 4096
"""Runs times resamples that are drawn at a time, with a random generator of their own."""

MOST_GROUPS = 40
"""With more groups than this, a resample that lacks variety is too rare to look for."""


def labels(fit: LawFit, kind: str, clusters: ArrayLike | None) -> NDArray[np.intp] | None:
    """Cluster of each run, from 0; None where runs are drawn on their own."""
    problem = fit.problem
    one_of("kind", kind, KINDS)
    if (clusters is not None) != (kind == "clusters"):
        raise ValueError("clusters must be given for the kind 'clusters', and only for it")
    if "intervals" in kind and problem.ends is None:
        raise ValueError("the fit has no loss_low and loss_high to redraw losses from")
    needed = {"sizes": {"N"}, "budgets": {"N", "D"}}.get(kind, set())
    if not needed <= set(problem.columns):
        have = ", ".join(problem.columns)
        raise ValueError(
            f"the kind {kind!r} needs N and D, but the form has {have}: give clusters"
        )
    label = None
    if kind == "sizes":
        label = groups(problem.N, SAME_SIZE)
    elif kind == "budgets":
        label = alike(problem.N, problem.D)["budget"]
    elif clusters is not None:
        if isinstance(clusters, np.ma.MaskedArray) and np.ma.getmaskarray(clusters).any():
            raise ValueError("clusters has masked cells: every run needs a label")
        given = np.ravel(np.asarray(clusters))
        if given.size != problem.loss.size:
            raise ValueError(f"clusters has {given.size} labels for {problem.loss.size} runs")
        label = np.unique(given, return_inverse=True)[1].astype(np.intp)
    if label is not None and label.max() == 0:
        raise ValueError(f"there is only one cluster of kind {kind!r}: nothing to draw")
    return label


def draws(
    fit: LawFit, kind: str, label: NDArray[np.intp] | None, resamples: int, seed: int
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Weights (R, n) and losses (R, n) or (n,) of resamples, in blocks of a fixed size."""
    problem, n = fit.problem, fit.problem.loss.size
    size = int(np.clip(BLOCK_NUMBERS // n, SMALLEST_BLOCK, LARGEST_BLOCK))
    for k, child in enumerate(np.random.SeedSequence(seed).spawn(-(-resamples // size))):
        rng, rows = np.random.default_rng(child), min(size, resamples - k * size)
        weights, loss = np.broadcast_to(problem.weights, (rows, n)), problem.loss
        if label is not None:
            weights = problem.weights * _counts(rng, rows, int(label.max()) + 1)[:, label]
        elif kind in ("runs", "runs and intervals"):
            weights = problem.weights * _counts(rng, rows, n)
        elif kind == "weights":
            weights = problem.weights * rng.standard_exponential((rows, n))
        if kind == "residuals":
            loss = _from_law(fit, rng, rows)
        elif "intervals" in kind and problem.ends is not None:
            low, high = np.log(problem.ends)
            loss = np.exp(low + (high - low) * rng.random((rows, n)))
        yield np.ascontiguousarray(weights), loss


def _counts(rng: np.random.Generator, rows: int, n: int) -> FloatArray:
    """How often each of n things is drawn in n draws with replacement, shape (rows, n)."""
    drawn = rng.integers(0, n, size=(rows, n))
    drawn += n * np.arange(rows)[:, np.newaxis]
    counts = np.bincount(drawn.ravel().astype(np.intp), minlength=rows * n)
    return counts.reshape(rows, n).astype(np.float64)


def _from_law(fit: LawFit, rng: np.random.Generator, rows: int) -> FloatArray:
    """Losses of the fitted law, with residuals drawn from all runs."""
    problem = fit.problem
    fitted = np.asarray(fit.law.loss(*problem.columns.values()))
    counted = np.flatnonzero(problem.weights > 0)
    chance = problem.weights[counted] / problem.weights.sum()
    r = fit.residuals[rng.choice(counted, size=(rows, fitted.size), p=chance)]
    return np.asarray(fitted * np.exp(-r))


def varied(fit: LawFit, weights: FloatArray) -> Flags:
    """Whether resamples have enough different runs, sizes, amounts of data and budgets.

    Of other forms, or with constraints: whether their slopes tell the constants apart.
    """
    problem, present = fit.problem, (weights > 0).astype(np.float64)
    if not problem.model.plain:
        return _distinct(fit, weights)
    enough = present.sum(axis=1) >= FEWEST["run"]
    for what, label in alike(problem.N, problem.D).items():
        number = int(label.max()) + 1
        if number <= MOST_GROUPS:
            enough &= ((present @ np.eye(number)[label]) > 0).sum(axis=1) >= FEWEST[what]
    return np.asarray(enough)


def _distinct(fit: LawFit, weights: FloatArray) -> Flags:
    model, batch = fit.problem.model, fit.problem.batch()
    theta = model.to_theta(np.array([FORMS[fit.form].values(fit.law)]))
    slopes = model.slopes(batch, theta[:, 0])[1]
    slopes = slopes[np.linalg.norm(slopes, axis=1) > 0.0]
    m, n = slopes.shape
    products = (slopes[:, np.newaxis] * slopes).reshape(m * m, n)
    gram = (weights @ products.T).reshape(-1, m, m)
    length = np.sqrt(np.maximum(np.einsum("rii->ri", gram), 1e-300))
    spectrum = np.linalg.eigvalsh(gram / (length[:, :, np.newaxis] * length[:, np.newaxis]))
    distinct = spectrum[:, 0] > spectrum[:, -1] / LARGEST_CONDITION**2
    return np.asarray(distinct & ((weights > 0).sum(axis=1) > m))


FEW = 64
"""Up to so many runs the finest way is taken at once: quicker ones would stop early too often."""

NEARLY_ZERO = 1e-3
"""Below this fraction of the loss, E is looked at again."""

DISAGREE = 1e-6
"""Relative difference of objectives, or difference of exponents / 1000, between two ways."""

STEEP, MORE_STARTS = 2.0, 9


@dataclass(frozen=True, eq=False)
class Starts:
    """The runs of a fit, and where fits of its resamples begin, each of shape (m, 1).

    The `steep` ones have a steep model term or a steep data term: few runs may have another
    minimum there, in which one size or one amount of data stands alone.
    """

    batch: Batch
    model: Constrained
    law: FloatArray
    squares: FloatArray
    steep: tuple[FloatArray, ...]

    @classmethod
    def of(cls, fit: LawFit) -> Starts:
        """From a fit whose law can be used, or a `FitError`."""
        batch, model, constants = fit.problem.batch(), fit.problem.model, fit.constants()
        at = model.to_theta(np.array([list(constants.values())]))
        own = [constants[name] for name in model.form.names("exponent")] * 2
        pairs = np.array([[STEEP, own[1]], [own[0], STEEP]])
        squares = minimise(replace(batch, delta=np.inf), at, model.coordinates).theta
        steep = tuple(model.starts_at(batch, pairs).T[:, :, np.newaxis])
        return cls(batch, model, at, squares, steep)


def solve(starts: Starts, weights: FloatArray, loss: FloatArray) -> tuple[Ends, Flags]:
    """The best end of every resample, and whether two ways ended apart.

    Weights (R, n); losses in nats, (R, n) or (n,).
    """
    rows, points, model = len(weights), starts.batch.points, starts.model
    fine, by = points.x.size <= FEW, model.coordinates
    batch = Batch(points, weights, loss / points.unit, starts.batch.delta)
    every = np.arange(rows)
    ways = [(every, np.repeat(starts.law, rows, axis=1))]
    if fine and model.plain:
        number, begin = basins(points, batch.loss, weights)
        rank = np.arange(number.size) - np.searchsorted(number, number)
        ways += [(number[rank == k], begin[:, rank == k]) for k in range(int(rank.max()) + 1)]
    else:
        others = (starts.squares, *(starts.steep if fine else ()))
        ways += [(every, np.repeat(start, rows, axis=1)) for start in others]
    found = _ends(batch, ways, fine, by)
    ends, two = found[0], np.zeros(rows, dtype=np.bool_)
    for (number, _), other in zip(ways[1:], found[1:], strict=True):
        own = ends.take(number)
        lower = other.value < own.value * (1.0 - DISAGREE) - 1e-24
        apart = _apart(own, other, model.places("exponent")) if other is found[1] else lower
        two[number] |= apart
        ends = ends.replaced(number, other, other.value < own.value)
    if not fine:
        low = (ends.theta[model.places("floor")] < NEARLY_ZERO).any(axis=0)
        hard = np.flatnonzero(two | low | ~ends.converged)
        if hard.size:
            ends = _improved(ends, hard, _again(batch.take(hard), ends.theta[:, hard], starts))
    hard = np.flatnonzero(~ends.converged)
    if hard.size:
        ends = _improved(ends, hard, _from_more_starts(batch.take(hard), model))
    return ends, two


def _ends(
    batch: Batch, ways: list[tuple[NDArray[np.intp], FloatArray]], fine: bool, by: Coordinates
) -> list[Ends]:
    """Where each way ends: rows of the batch and starts; the first one straight.

    The second one stops where it is led to the end of the first, but not if it is to be `fine`.
    """
    if not fine:
        (_, law), (_, squares) = ways
        first = minimise(batch, law, by, squares=False)
        return [first, minimise(batch, squares, by, known=first)]
    numbers, starts = zip(*ways, strict=True)
    place, cuts = np.arange(sum(map(len, numbers))), np.cumsum([len(rows) for rows in numbers])
    own, later = batch.take(np.concatenate(numbers)), place >= cuts[0]
    all_ends = minimise(own, np.hstack(starts), by, squares=later, fine=True)
    return [all_ends.take(part) for part in np.split(place, cuts[:-1])]


def _again(batch: Batch, theta: FloatArray, starts: Starts) -> Ends:
    """Where hard resamples end in the finest way, from theta or from the squares of all runs."""
    every, by = np.arange(theta.shape[1]), starts.model.coordinates
    third = minimise(batch, theta, by, squares=False, fine=True)
    fourth = minimise(batch, np.repeat(starts.squares, every.size, axis=1), by, fine=True)
    return third.replaced(every, fourth, fourth.value < third.value)


def _from_more_starts(batch: Batch, model: Constrained) -> Ends:
    """The best end of each resample from the best starts that a full fit of it would have."""
    every = np.arange(len(batch.weights))
    chosen = [model.starts(batch.take(k))[:, :MORE_STARTS] for k in every.tolist()]
    most = chosen[0].shape[1]
    own = batch.take(np.repeat(every, most))
    ends = minimise(own, np.hstack(chosen), model.coordinates, fine=True)
    return ends.take(ends.value.reshape(-1, most).argmin(axis=1) + most * every)


def _improved(ends: Ends, rows: NDArray[np.intp], other: Ends) -> Ends:
    """The ends, with those of `rows` replaced where another set is lower, or as low and sure."""
    level = other.value <= ends.value[rows] * (1.0 + DISAGREE) + 1e-24
    lower = other.value < ends.value[rows]
    return ends.replaced(rows, other, lower | (level & other.converged & ~ends.converged[rows]))


def _apart(first: Ends, second: Ends, exponents: list[int]) -> Flags:
    """Where two descents ended at different points."""
    lower = np.minimum(first.value, second.value)
    by_value = np.abs(first.value - second.value) > DISAGREE * lower + 1e-24
    moved = np.abs(first.theta[exponents] - second.theta[exponents])
    by_law = moved.max(axis=0, initial=0.0) > 1e3 * DISAGREE
    return np.asarray(by_value | by_law)
