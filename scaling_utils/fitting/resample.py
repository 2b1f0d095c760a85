"""Intervals for everything that follows from a fitted Chinchilla law, by resampling its runs.

Each resample is fitted twice, straight from the law of all runs and by way of its own least
squares; where the two end at different laws, it is counted and the better one is kept. None is
left out because it is hard to solve: those are the ones with an E near zero or a small exponent,
and without them the interval would be too narrow. The distribution of B is heavy-tailed, so
intervals are quantiles.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from scaling_utils.check import FloatArray, one_between, whole
from scaling_utils.fitting.certificate import design
from scaling_utils.fitting.draws import KINDS, Starts, draws, labels, solve, varied
from scaling_utils.fitting.points import SYMBOLS, Flags
from scaling_utils.fitting.result import ChinchillaFit
from scaling_utils.fitting.solver import BOX
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.power_fit import Range, quantile_range

if TYPE_CHECKING:
    import pandas as pd

Quantity = str | Callable[[ChinchillaLaw], float]

MOST = 10_000_000
MOST_LEFT_OUT = 0.1
"""Share of the resamples that may be left out without a word of consent."""

PART = 512
"""Resamples that are fitted between two reports of progress."""

FEWEST_IN_A_SUBSET = 10
"""Fewer runs than this cannot carry five constants."""


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
    """Laws fitted to resamples of the runs of `fit`.

    `laws` holds E, A, B, alpha, beta of each resample, shape (R, 5), `values` its objective; both
    are NaN where it is `not_varied`, with too few different runs, sizes, amounts of data or
    budgets to determine a law. Only these are left out. `two_minima` marks those where two ways to
    the minimum ended at different points, `at_bound` those with E zero or an exponent at the end
    of its range, `not_converged` those of which only the best point found is kept. `kind` is a key
    of `KINDS`; `partial` says that fewer than the `requested` were done.
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

        >>> from scaling_utils.fitting.fit import fit_chinchilla
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
        A fit whose law can be used, or a `FitError`; its objective and weights are kept.
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
    """
    resamples = whole("resamples", resamples, least=1)
    if resamples > MOST:
        raise ValueError(f"resamples must be at most {MOST:,}, got {resamples:,}")
    seed = whole("seed", seed, least=0)
    starts, label = Starts.of(fit), labels(fit, kind, clusters)
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


def _fit_part(
    fit: ChinchillaFit, starts: Starts, weights: FloatArray, loss: FloatArray
) -> tuple[FloatArray, ...]:
    """Laws, objectives and flags of some resamples; NaN where one is not varied enough."""
    enough = varied(fit, weights)
    rows = np.flatnonzero(enough)
    laws, values = np.full((len(weights), 5), np.nan), np.full(len(weights), np.nan)
    two, bound, unsolved = np.zeros((3, len(weights)))
    if rows.size:
        ends, two[rows] = solve(starts, weights[rows], loss if loss.ndim == 1 else loss[rows])
        laws[rows] = starts.batch.points.to_laws(ends.theta)
        values[rows] = fit.problem.reported(ends.value, starts.batch)
        bound[rows] = ((ends.theta <= BOX[0]) | (ends.theta >= BOX[1])).any(axis=0)
        unsolved[rows] = ~ends.converged
    return laws, values, two, bound, (~enough).astype(np.float64), unsolved


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
    enough = [not design(problem.N[row > 0], problem.D[row > 0]).complaint() for row in weights]
    exponents = np.empty(0)
    if any(enough):
        theta = solve(starts, weights[enough], problem.loss)[0].theta
        exponents = theta[4] / (theta[3] + theta[4])
    return quantile_range(exponents, level, enough.count(False), allow_left_out=allow_left_out)
