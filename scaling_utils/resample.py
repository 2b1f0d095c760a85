"""Intervals for everything that follows from a fitted Chinchilla law, by resampling its runs.

Each resample is fitted twice, straight from the law of all runs and by way of its own least
squares. Where the two end at different laws, the resample has more than one minimum; it is counted
and the better one is kept. The distribution of B is heavy-tailed, so intervals are quantiles.

No resample is left out because it is hard to solve: those are the ones with an E near zero or a
small exponent, and without them the interval would be too narrow. Only a resample whose runs are
not varied enough for five constants is left out, and the interval says how many there are.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scaling_utils._validate import FloatArray, one_between, one_of, whole
from scaling_utils.certificate import (
    FEWEST_RUNS,
    FEWEST_VALUES,
    SAME_BUDGET,
    SAME_SIZE,
    design,
    groups,
)
from scaling_utils.fit import ChinchillaFit
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.solver import BOX, SYMBOLS, Batch, Ends, evaluate, minimise, projected

if TYPE_CHECKING:
    import pandas as pd

    from scaling_utils.frontier.power_fit import Range

Flags = NDArray[np.bool_]
Quantity = str | Callable[[ChinchillaLaw], float]

KINDS = {
    "runs": "runs drawn with replacement",
    "sizes": "model sizes drawn with replacement, each with all its runs",
    "budgets": "compute budgets drawn with replacement, each with all its runs",
    "clusters": "clusters drawn with replacement, each with all its runs",
    "residuals": "losses redrawn from the fitted law with its own residuals",
    "intervals": "losses redrawn within their intervals, the runs as they are",
    "runs and intervals": "runs drawn with replacement, losses redrawn within their intervals",
}
"""Kinds of bootstrap, in words."""

MOST = 10_000_000
MOST_LEFT_OUT = 0.1
"""Share of the resamples that may be left out without a word of consent."""

BLOCK_NUMBERS, SMALLEST_BLOCK, LARGEST_BLOCK = 2**20, 64, 4096
"""Runs times resamples that are drawn at a time, with a random generator of their own."""

PART = 512
"""Resamples that are fitted between two reports of progress."""

MOST_GROUPS = 40
"""With more groups than this, a resample that lacks variety is too rare to look for."""

FEW = 64
"""Up to so many runs the finest way is taken at once: quicker ones would stop early too often."""

NEARLY_ZERO = 1e-3
"""Below this fraction of the loss, E is looked at again."""

DISAGREE = 1e-6
"""Relative difference of objectives, or difference of exponents / 1000, between two ways."""

STEEP, MORE_STARTS = 2.0, 9
FEWEST_IN_A_SUBSET = 10


@dataclass(frozen=True)
class Interval:
    """Value at the fitted law, and quantiles of so many resamples with a share between them.

    `left_out` others were left out: in a bootstrap those whose runs are not varied enough.

    >>> print(Interval(0.51, 0.43, 0.57, 0.95, 197, left_out=3))
    0.51 (0.43 to 0.57, 95 %; 3 of 200 resamples left out)
    """

    estimate: float
    low: float
    high: float
    level: float
    resamples: int
    left_out: int = 0

    def __str__(self) -> str:
        said = f"{100 * self.level:.4g} %"
        if self.left_out:
            of = self.resamples + self.left_out
            said += f"; {self.left_out} of {of} resamples left out"
        return f"{self.estimate:.4g} ({self.low:.4g} to {self.high:.4g}, {said})"


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Laws fitted to resamples.

    Attributes
    ----------
    fit : ChinchillaFit
        The fit to all runs.
    laws : ndarray, shape (R, 5)
        E, A, B, alpha, beta of each resample; NaN where it is `not_varied`.
    values : ndarray, shape (R,)
        Objective of each resample; NaN where it is `not_varied`.
    two_minima : ndarray of bool, shape (R,)
        Whether two ways to the minimum ended at different points.
    at_bound : ndarray of bool, shape (R,)
        Whether E is zero or an exponent is at the end of its range.
    not_varied : ndarray of bool, shape (R,)
        Whether the resample has too few different runs, sizes, amounts of data or budgets to
        determine a law. Only these are left out.
    not_converged : ndarray of bool, shape (R,)
        Whether no way to its minimum ended at a certain one; the best point found is kept.
    kind : str
        What was drawn, a key of `KINDS`.
    seed, requested : int
        Seed, and how many resamples were asked for.
    partial : bool
        Whether the run was interrupted before all were done.
    """

    fit: ChinchillaFit
    laws: FloatArray
    values: FloatArray
    two_minima: Flags
    at_bound: Flags
    not_varied: Flags
    not_converged: Flags
    kind: str
    seed: int
    requested: int
    partial: bool

    @property
    def law(self) -> ChinchillaLaw:
        """Every resample that is not left out as one law, whose constants are arrays."""
        E, A, B, alpha, beta = self.kept_laws().T
        source = f"resamples of {self.fit.law.source}"
        return ChinchillaLaw(E, A, B, alpha, beta, source=source)

    def kept_laws(self, *, allow_left_out: bool = False) -> FloatArray:
        """Rows E, A, B, alpha, beta of every resample that is not left out.

        A `ValueError` if there are none, or if more than a tenth is left out and this is not
        allowed: the rest say too little. So do all methods that take `allow_left_out`.
        """
        good = self.laws[~self.not_varied]
        if not len(good):
            raise ValueError("no resample gave a law" + (": interrupted" if self.partial else ""))
        missing, of = int(self.not_varied.sum()), len(self.laws)
        if missing > MOST_LEFT_OUT * of and not allow_left_out:
            raise ValueError(
                f"{missing} of {of} resamples are left out, because their runs are not varied "
                "enough to determine a law; what the others say is not an interval of this fit. "
                "Draw something of which there is more (the kind 'runs' or 'residuals'), or "
                "give allow_left_out=True"
            )
        return good

    def values_of(self, quantity: Quantity) -> FloatArray:
        """A quantity of the law for every resample that is not left out.

        A symbol ("E", "A", "B", "alpha", "beta", "a", "b", "G"), or a function of a
        `ChinchillaLaw` that returns a number.
        """
        good = self.kept_laws(allow_left_out=True)
        if quantity in SYMBOLS:
            return np.asarray(good[:, SYMBOLS.index(str(quantity))])
        if quantity in ("a", "b"):
            share = good[:, 4] / (good[:, 3] + good[:, 4])
            return share if quantity == "a" else 1.0 - share
        return np.array([_evaluate(quantity, ChinchillaLaw(*row)) for row in good.tolist()])

    def interval(
        self, quantity: Quantity, level: float = 0.95, *, allow_left_out: bool = False
    ) -> Interval:
        """Quantile interval of a quantity; see `values_of` and `kept_laws`.

        >>> from scaling_utils.fit import fit_chinchilla
        >>> rng = np.random.default_rng(0)
        >>> truth = ChinchillaLaw(1.7, 400, 2000, 0.34, 0.36)
        >>> N, D = np.repeat(np.geomspace(1e8, 1e10, 8), 8), np.tile(np.geomspace(1e9, 1e12, 8), 8)
        >>> loss = truth.loss(N, D) * np.exp(rng.normal(0, 0.003, 64))
        >>> sample = bootstrap(fit_chinchilla(N, D, loss), resamples=200, seed=1)
        >>> ratio = sample.interval(lambda law: law.tokens_per_parameter(5.88e23))
        >>> ratio.low < truth.tokens_per_parameter(5.88e23) < ratio.high
        True
        """
        share = one_between("level", level, 0.0, 1.0)
        self.kept_laws(allow_left_out=allow_left_out)
        values = self.values_of(quantity)
        low, high = np.quantile(values, [0.5 - share / 2, 0.5 + share / 2])
        estimate = _evaluate(quantity, self.fit.law)
        missing = int(self.not_varied.sum())
        return Interval(estimate, float(low), float(high), share, len(values), missing)

    def standard_error(self, quantity: Quantity, *, allow_left_out: bool = False) -> float:
        """Standard deviation over resamples; unstable for A and B, whose tails are heavy."""
        self.kept_laws(allow_left_out=allow_left_out)
        return float(np.std(self.values_of(quantity), ddof=1))

    def probability(
        self, statement: Callable[[ChinchillaLaw], bool], *, allow_left_out: bool = False
    ) -> float:
        """Share of resamples whose law makes a statement true."""
        self.kept_laws(allow_left_out=allow_left_out)
        return float(np.mean(self.values_of(lambda law: float(statement(law)))))

    def summary(self, level: float = 0.95, *, allow_left_out: bool = False) -> pd.DataFrame:
        """Estimate, standard error and quantile interval of a, alpha, beta, E, A and B."""
        import pandas as pd

        rows = []
        for name in ("a", "alpha", "beta", "E", "A", "B"):
            found = self.interval(name, level, allow_left_out=allow_left_out)
            error = self.standard_error(name, allow_left_out=allow_left_out)
            rows.append((name, found.estimate, error, found.low, found.high))
        return pd.DataFrame(rows, columns=["quantity", "estimate", "se", "low", "high"])

    def notes(self) -> list[str]:
        """What a user of the intervals should know."""
        done = len(self.values)
        said = []
        if self.partial:
            said.append(f"interrupted: {done} of {self.requested} resamples were done")
        for flags, what in (
            (self.two_minima, "have two minima; the better one is used"),
            (self.at_bound, "end at a bound"),
            (self.not_varied, "are not varied enough to determine a law and are left out"),
            (self.not_converged, "did not converge; the best point found is kept"),
        ):
            if flags.any():
                said.append(f"{int(flags.sum())} of {done} resamples {what}")
        return said

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as plain values."""
        usable = bool((~self.not_varied).any())
        flags = ("two_minima", "at_bound", "not_varied", "not_converged")
        return {
            "kind": "Bootstrap",
            "method": KINDS[self.kind],
            "objective": self.fit.objective,
            "resamples": len(self.values),
            **{name: getattr(self, name) for name in ("requested", "seed", "partial")},
            **{name: int(getattr(self, name).sum()) for name in flags},
            "summary": self.summary(allow_left_out=True).to_dict("records") if usable else [],
        }

    def _repr_html_(self) -> str:
        table = ""
        if (~self.not_varied).any():
            shown = self.summary(allow_left_out=True)
            table = shown.to_html(index=False, float_format="{:.5g}".format)
        said = "".join(f"<p>{escape(note)}.</p>" for note in self.notes())
        return (
            f"<p><strong>Bootstrap</strong>: {len(self.values)} resamples, "
            f"{escape(KINDS[self.kind])}, seed {self.seed}</p>{table}{said}"
        )


def _evaluate(quantity: Quantity, law: ChinchillaLaw) -> float:
    if callable(quantity):
        return float(quantity(law))
    if quantity not in (*SYMBOLS, "a", "b", "G"):
        raise ValueError(
            f"quantity {quantity!r} is not known; expected one of {', '.join(SYMBOLS)}, a, b, G, "
            "or a function of a ChinchillaLaw"
        )
    return float(getattr(law, quantity))


def bootstrap(
    fit: ChinchillaFit,
    *,
    resamples: int = 4000,
    kind: str = "runs",
    clusters: ArrayLike | None = None,
    seed: int = 0,
    progress: bool | Callable[[int, int], None] = False,
) -> Bootstrap:
    """Fit resamples of a fit's runs.

    Parameters
    ----------
    fit : ChinchillaFit
        A fit whose law can be used; its objective and weights are kept.
    resamples : int
        How many.
    kind : str
        "runs", "sizes", "budgets", "clusters", "residuals", "intervals" or
        "runs and intervals"; see `KINDS`.
    clusters : array_like of length n, optional
        Labels for the kind "clusters".
    seed : int
        The same seed gives the same resamples.
    progress : bool or callable
        True writes a line to standard error; a callable gets the number done and the total.
        The draws are the same with and without it.

    Returns
    -------
    Bootstrap
        After a keyboard interrupt, what was done so far, marked as partial.

    Raises
    ------
    FitError
        If the fit's law cannot be used.
    ValueError
        If an option is unknown, or needs labels or intervals that are missing.
    """
    resamples = whole("resamples", resamples, least=1)
    if resamples > MOST:
        raise ValueError(f"resamples must be at most {MOST:,}, got {resamples:,}")
    seed = whole("seed", seed, least=0)
    starts, label = Starts.of(fit), _labels(fit, kind, clusters)
    report = _line if progress is True else (progress or None)
    if progress is True:
        _line(0, resamples)
    parts: list[tuple[FloatArray, ...]] = []
    done, partial = 0, False
    try:
        for weights, loss in draws(fit, kind, label, resamples, seed):
            size = PART if report else len(weights)
            for k in range(0, len(weights), size):
                own = loss if loss.ndim == 1 else loss[k : k + size]
                parts.append(_fit_part(fit, starts, weights[k : k + size], own))
                done += len(parts[-1][1])
                if report is not None:
                    report(done, resamples)
    except KeyboardInterrupt:
        partial = True
    empty: tuple[FloatArray, ...] = (np.empty((0, 5)), *(np.empty(0) for _ in range(5)))
    laws, values, *flags = (np.concatenate(arrays) for arrays in zip(empty, *parts, strict=True))
    two, bound, poor, unsolved = (flag > 0 for flag in flags)
    return Bootstrap(fit, laws, values, two, bound, poor, unsolved, kind, seed, resamples, partial)


def _line(done: int, total: int) -> None:
    """Write how far a long run is, on one line of standard error."""
    sys.stderr.write(f"\r{done} of {total} resamples" + "\n" * (done == total))
    sys.stderr.flush()


def _labels(fit: ChinchillaFit, kind: str, clusters: ArrayLike | None) -> NDArray[np.intp] | None:
    """Cluster of each run, from 0; None where runs are drawn on their own. Refuses bad options."""
    problem = fit.problem
    one_of("kind", kind, KINDS)
    if (clusters is not None) != (kind == "clusters"):
        raise ValueError("clusters must be given for the kind 'clusters', and only for it")
    if "intervals" in kind and problem.low is None:
        raise ValueError("the fit has no loss_low and loss_high to redraw losses from")
    if "intervals" in kind and problem.tolerant:
        raise ValueError(
            "a fit with within_interval=True counts the intervals already: draw runs again"
        )
    label = None
    if kind == "sizes":
        label = groups(problem.N, SAME_SIZE)
    elif kind == "budgets":
        label = groups(problem.N * problem.D, SAME_BUDGET)
    elif clusters is not None:
        if isinstance(clusters, np.ma.MaskedArray) and np.ma.getmaskarray(clusters).any():
            raise ValueError("clusters has masked cells: every run needs a label")
        given = np.ravel(np.asarray(clusters))
        if given.size != problem.N.size:
            raise ValueError(f"clusters has {given.size} labels for {problem.N.size} runs")
        label = np.unique(given, return_inverse=True)[1].astype(np.intp)
    if label is not None and label.max() == 0:
        raise ValueError(f"there is only one cluster of kind {kind!r}: nothing to draw")
    return label


def draws(
    fit: ChinchillaFit, kind: str, label: NDArray[np.intp] | None, resamples: int, seed: int
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Weights (R, n) and losses (R, n) or (n,) of resamples, in blocks.

    The size of a block depends on the number of runs alone, and each has a generator of its own,
    so that the same seed gives the same resamples on any machine.
    """
    problem, n = fit.problem, fit.problem.N.size
    size = int(np.clip(BLOCK_NUMBERS // n, SMALLEST_BLOCK, LARGEST_BLOCK))
    for k, child in enumerate(np.random.SeedSequence(seed).spawn(-(-resamples // size))):
        rng, rows = np.random.default_rng(child), min(size, resamples - k * size)
        weights, loss = np.broadcast_to(problem.weights, (rows, n)), problem.loss
        if label is not None:
            weights = problem.weights * _counts(rng, rows, int(label.max()) + 1)[:, label]
        elif kind in ("runs", "runs and intervals"):
            weights = problem.weights * _counts(rng, rows, n)
        if kind == "residuals":
            loss = _from_law(fit, rng, rows)
        elif "intervals" in kind and problem.low is not None and problem.high is not None:
            low, high = np.log(problem.low), np.log(problem.high)
            loss = np.exp(low + (high - low) * rng.random((rows, n)))
        yield np.ascontiguousarray(weights), loss


def _counts(rng: np.random.Generator, rows: int, n: int) -> FloatArray:
    """How often each of n things is drawn in n draws with replacement, shape (rows, n)."""
    drawn = rng.integers(0, n, size=(rows, n))
    drawn += n * np.arange(rows)[:, np.newaxis]
    return (
        np.bincount(drawn.ravel().astype(np.intp), minlength=rows * n)
        .reshape(rows, n)
        .astype(np.float64)
    )


def _from_law(fit: ChinchillaFit, rng: np.random.Generator, rows: int) -> FloatArray:
    """Losses of the fitted law, with residuals drawn from all runs."""
    problem = fit.problem
    fitted = np.asarray(fit.law.loss(problem.N, problem.D))
    counted = np.flatnonzero(problem.weights > 0)
    chance = problem.weights[counted] / problem.weights.sum()
    r = fit.residuals[rng.choice(counted, size=(rows, problem.N.size), p=chance)]
    return np.asarray(
        np.maximum(fitted - r, 1e-3 * fitted) if problem.raw else fitted * np.exp(-r)
    )


def _varied(fit: ChinchillaFit, weights: FloatArray) -> Flags:
    """Whether resamples have enough different runs, sizes, amounts of data and budgets."""
    problem, present = fit.problem, (weights > 0).astype(np.float64)
    varied = present.sum(axis=1) >= FEWEST_RUNS
    for label, fewest in (
        (groups(problem.N, SAME_SIZE), FEWEST_VALUES),
        (groups(problem.D, SAME_SIZE), FEWEST_VALUES),
        (groups(problem.N * problem.D, SAME_BUDGET), 2),
    ):
        number = int(label.max()) + 1
        if number <= MOST_GROUPS:
            varied &= ((present @ np.eye(number)[label]) > 0).sum(axis=1) >= fewest
    return np.asarray(varied)


def _fit_part(
    fit: ChinchillaFit, starts: Starts, weights: FloatArray, loss: FloatArray
) -> tuple[FloatArray, ...]:
    """Laws, objectives and flags of some resamples; NaN where one is not varied enough."""
    varied = _varied(fit, weights)
    rows = np.flatnonzero(varied)
    laws, values = np.full((len(weights), 5), np.nan), np.full(len(weights), np.nan)
    two, bound, unsolved = np.zeros((3, len(weights)))
    if rows.size:
        ends, two[rows] = solve(starts, weights[rows], loss if loss.ndim == 1 else loss[rows])
        laws[rows] = starts.batch.points.to_laws(ends.theta)
        values[rows] = fit.problem.reported(ends.value, starts.batch)
        bound[rows] = ((ends.theta <= BOX[0]) | (ends.theta >= BOX[1])).any(axis=0)
        unsolved[rows] = ~ends.converged
    return laws, values, two, bound, (~varied).astype(np.float64), unsolved


@dataclass(frozen=True, eq=False)
class Starts:
    """The runs of a fit, and where fits of its resamples begin, each of shape (5, 1).

    The law of all runs, their least squares, and the best laws with a steep model term and with a
    steep data term: few runs may have another minimum there, in which one size or one amount of
    data stands alone.
    """

    batch: Batch
    law: FloatArray
    squares: FloatArray
    steep: tuple[FloatArray, FloatArray]

    @classmethod
    def of(cls, fit: ChinchillaFit) -> Starts:
        """The starts that follow from a fit whose law can be used."""
        law, batch = fit.law, fit.problem.batch()
        at = batch.points.to_theta(np.array([list(law.constants().values())]))
        pairs = np.array([[STEEP, law.beta], [law.alpha, STEEP]])
        steep = projected(batch.points, batch.loss, batch.weights, pairs)
        squares = minimise(Batch(batch.points, batch.weights, batch.loss, np.inf), at).theta
        return cls(batch, at, squares, (steep[:, :1], steep[:, 1:]))


def solve(starts: Starts, weights: FloatArray, loss: FloatArray) -> tuple[Ends, Flags]:
    """The best end of every resample, and whether two ways ended apart.

    Weights (R, n); losses in nats, (R, n) or (n,). An end that is not marked as converged is the
    best point found.
    """
    rows, points = len(weights), starts.batch.points
    fine = points.x.size <= FEW
    batch = Batch(points, weights, loss / points.unit, starts.batch.delta, starts.batch.raw)
    begin = [starts.law, starts.squares, *(starts.steep if fine else ())]
    by_squares = np.repeat(np.arange(len(begin)) > 0, rows)
    number, start = np.tile(np.arange(rows), len(begin)), np.repeat(np.hstack(begin), rows, axis=1)
    every = minimise(batch.take(number), start, squares=by_squares, fine=fine)
    first, second, *others = (every.take(slice(k, k + rows)) for k in range(0, number.size, rows))
    ends, two = _better(first, second), _apart(first, second)
    for other in others:
        two |= other.value < ends.value * (1.0 - DISAGREE) - 1e-24
        ends = _better(ends, other)
    if not fine:
        ends = _again(ends, batch, two | (ends.theta[2] < NEARLY_ZERO), starts.squares)
    hard = np.flatnonzero(~ends.converged)
    if hard.size:
        ends = _improved(ends, hard, _from_more_starts(batch.take(hard), hard.size))
    return ends, two


def _again(ends: Ends, batch: Batch, doubtful: Flags, squares: FloatArray) -> Ends:
    """Ends that did not converge or are doubtful, solved in the finest way."""
    hard = np.flatnonzero(~ends.converged | doubtful)
    if not hard.size:
        return ends
    part, at = batch.take(hard), ends.theta[:, hard]
    third = minimise(part, at, squares=False, fine=True)
    fourth = minimise(part, np.repeat(squares, hard.size, axis=1), fine=True)
    return _improved(ends, hard, _better(third, fourth))


def _from_more_starts(batch: Batch, rows: int) -> Ends:
    """The best end of each resample from the best starts that a full fit of it would have."""
    chosen = []
    for k in range(rows):
        own = batch.take(np.array([k]))
        loss, weights = np.atleast_2d(own.loss)[0], own.weights[0]
        begin = projected(batch.points, loss, weights)
        near = np.argsort(evaluate(own.take(np.zeros(begin.shape[1], int)), begin)[0])
        chosen.append(begin[:, near[:MORE_STARTS]])
    each = np.repeat(np.arange(rows), MORE_STARTS)
    ends = minimise(batch.take(each), np.hstack(chosen), fine=True)
    return ends.take(
        ends.value.reshape(rows, MORE_STARTS).argmin(axis=1) + MORE_STARTS * np.arange(rows)
    )


def _better(first: Ends, second: Ends) -> Ends:
    """The lower end of each problem, of two descents of the same batch."""
    return first.replaced(np.arange(len(first.value)), second, second.value < first.value)


def _improved(ends: Ends, rows: NDArray[np.intp], other: Ends) -> Ends:
    """The ends, with those of `rows` replaced where another set is lower, or as low and sure."""
    level = other.value <= ends.value[rows] * (1.0 + DISAGREE) + 1e-24
    lower = other.value < ends.value[rows]
    return ends.replaced(rows, other, lower | (level & other.converged & ~ends.converged[rows]))


def _apart(first: Ends, second: Ends) -> Flags:
    """Where two descents ended at different points."""
    lower = np.minimum(first.value, second.value)
    by_value = np.abs(first.value - second.value) > DISAGREE * lower + 1e-24
    by_law = np.abs(first.theta[3:] - second.theta[3:]).max(axis=0) > 1e3 * DISAGREE
    return np.asarray(by_value | by_law)


def subset_range(
    fit: ChinchillaFit,
    *,
    draws: int = 100,
    share: float = 0.8,
    level: float = 0.8,
    seed: int = 0,
    allow_left_out: bool = False,
) -> Range:
    """Range of Approach 3's exponent a over subsets of the runs (Hoffmann et al. 2022, Table 2).

    A share of the runs is drawn without replacement, so often, and the range holds the middle
    `level` of the exponents. Two such subsets share most of their runs, so it is narrower than a
    bootstrap interval: by about sqrt(1 - share) / sqrt(share), one half. Only a subset whose runs
    are not varied enough is left out, and counted; see `Bootstrap.kept_laws`.
    """
    from scaling_utils.frontier.power_fit import quantile_range

    starts, problem = Starts.of(fit), fit.problem
    n, number = problem.N.size, whole("draws", draws, least=1)
    kept = round(one_between("share", share, 0.0, 1.0) * n)
    if kept < FEWEST_IN_A_SUBSET:
        raise ValueError(f"subsets of {kept} runs: at least {FEWEST_IN_A_SUBSET} are needed")
    rng = np.random.default_rng(whole("seed", seed, least=0))
    chosen = np.zeros((number, n), dtype=np.bool_)
    for row in chosen:
        row[rng.choice(n, kept, replace=False)] = True
    weights = chosen * problem.weights
    varied = [not design(problem.N[row > 0], problem.D[row > 0]).complaint() for row in weights]
    exponents = np.empty(0)
    if any(varied):
        theta = solve(starts, weights[varied], problem.loss)[0].theta
        exponents = theta[4] / (theta[3] + theta[4])
    return quantile_range(exponents, level, varied.count(False), allow_left_out=allow_left_out)
