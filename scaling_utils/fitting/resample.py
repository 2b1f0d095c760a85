"""Intervals for everything that follows from a fitted law, by resampling its runs.

Each resample is fitted at least twice: straight from the law of all runs, and by way of its own
least squares or, of few runs, from every minimum on a grid of exponents. Where the first two end
at different laws, it is counted; the best one is kept. None is left out because it is hard to
solve: without those, which have an E near zero or a small exponent, intervals would be too narrow.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from scaling_utils.check import FloatArray, FloatOrArray, one_between, one_of, whole
from scaling_utils.fitting.draws import Starts, draws, labels, solve, varied
from scaling_utils.fitting.forms import FORMS, value_of
from scaling_utils.fitting.points import Flags
from scaling_utils.fitting.result import LawFit
from scaling_utils.power_fit import MOST_LEFT_OUT, interval, interval_around
from scaling_utils.power_fit import Interval as Interval

Quantity = str | Callable[[Any], FloatOrArray]
"""A symbol, or a function of a law."""

DERIVED = ("a", "b", "G")
"""What a Chinchilla law has a symbol for beside its constants."""

MOST = 10_000_000

FEWEST_IN_A_SUBSET = 10
"""Fewer runs than this cannot carry five constants."""


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Laws fitted to resamples of the runs of `fit`.

    `laws` holds the constants of each resample in the order of the form, as E, A, B, alpha, beta,
    shape (R, k), `values` its objective; both are NaN where it is `not_varied`, with too few
    different runs, sizes, amounts of data or budgets to determine a law: only these are left out.
    `two_minima` marks those where two ways ended apart, `at_bound` those with E zero or a constant
    at the end of its range, `not_converged` those of which only the best point found is kept.
    """

    fit: LawFit
    kind: str
    laws: FloatArray
    values: FloatArray
    two_minima: Flags
    at_bound: Flags
    not_varied: Flags
    not_converged: Flags

    @property
    def law(self) -> Any:
        """Every resample that is not left out as one law, whose constants are arrays."""
        source = f"resamples of {self.fit.law.source}"
        return self.fit.problem.law(self.kept_laws().T, source)

    def kept_laws(self) -> FloatArray:
        """Rows of constants of every resample that is not left out.

        Refused if more than a tenth is left out: the rest say too little.
        """
        missing, of = int(self.not_varied.sum()), len(self.laws)
        if missing > MOST_LEFT_OUT * of:
            raise ValueError(
                f"{missing} of {of} resamples are left out, because their runs are not varied "
                "enough to determine a law; what the others say is not an interval of this fit. "
                "Draw something of which there is more (the kind 'runs' or 'residuals')"
            )
        return self.laws[~self.not_varied]

    def values_of(self, quantity: Quantity) -> FloatArray:
        """A constant, one of `DERIVED` or a function of a law, for every resample not left out.

        The function is given all laws as one; if it cannot take that, one after the other.
        """
        rows, value = self.kept_laws(), self._function(quantity)
        with contextlib.suppress(TypeError, ValueError):
            together = np.asarray(value(self.law), dtype=np.float64)
            if together.shape == rows[:, 0].shape:
                return together
        laws = (self.fit.problem.law(row, "user") for row in rows.tolist())
        return np.array([float(value(law)) for law in laws])

    def _function(self, quantity: Quantity) -> Callable[[Any], Any]:
        """A quantity as a function of a law."""
        if callable(quantity):
            return quantity
        derived = DERIVED if self.fit.form == "chinchilla" else ()
        name = one_of("quantity", quantity, (*FORMS[self.fit.form].kinds, *derived))
        return lambda law: value_of(law, name)

    def interval(self, quantity: Quantity, level: float = 0.95) -> Interval:
        """Quantile interval of a constant, of one of `DERIVED`, or of a function of a law."""
        values, estimate = self.values_of(quantity), self._function(quantity)(self.fit.law)
        low, high = map(float, interval(values, level))
        return Interval(float(estimate), low, high, level, len(values), int(self.not_varied.sum()))

    def standard_error(self, quantity: Quantity) -> float:
        """Standard deviation over resamples; unstable for A and B, whose tails are heavy."""
        return float(np.std(self.values_of(quantity), ddof=1))

    def notes(self) -> list[str]:
        """What a user of the intervals should know."""
        return [
            f"{int(flags.sum())} of {len(self.values)} resamples {what}"
            for flags, what in (
                (self.two_minima, "have two minima; the better one is used"),
                (self.at_bound, "end at a bound"),
                (self.not_varied, "are not varied enough to determine a law and are left out"),
                (self.not_converged, "did not converge; the best point found is kept"),
            )
            if flags.any()
        ]


def bootstrap(
    fit: LawFit,
    *,
    resamples: int = 4000,
    kind: str = "runs",
    clusters: ArrayLike | None = None,
    seed: int = 0,
) -> Bootstrap:
    """Fit resamples of a fit's runs.

    The objective and the weights of the fit are kept; a fit whose law cannot be used is a
    `FitError`. The same `seed` gives the same resamples.

    Parameters
    ----------
    kind : {"runs", "weights", "sizes", "budgets", "clusters", "residuals", "intervals", \
            "runs and intervals"}
        What is drawn again: runs; a random weight of each run, of an exponential distribution
        (Rubin 1981); model sizes, compute budgets or `clusters`, each with all its runs;
        residuals of the law, or losses within their intervals, while the runs stay; runs and
        losses.
    clusters : array_like of length n, optional
        A label for each run.
    """
    resamples = whole("resamples", resamples, least=1, most=MOST)
    seed = whole("seed", seed, least=0)
    starts, label = Starts.of(fit), labels(fit, kind, clusters)
    parts = [_fitted(fit, starts, *drawn) for drawn in draws(fit, kind, label, resamples, seed)]
    return Bootstrap(fit, kind, *(np.concatenate(each) for each in zip(*parts, strict=True)))


def _fitted(fit: LawFit, starts: Starts, weights: FloatArray, loss: FloatArray) -> tuple[Any, ...]:
    """Laws, objectives and flags of some resamples; NaN where one is not varied enough."""
    enough, number = varied(fit, weights), len(weights)
    rows = np.flatnonzero(enough)
    laws, values = np.full((number, len(FORMS[fit.form].kinds)), np.nan), np.full(number, np.nan)
    two, bound, unsolved = np.zeros((3, number), dtype=np.bool_)
    if rows.size:
        ends, two[rows] = solve(starts, weights[rows], loss if loss.ndim == 1 else loss[rows])
        laws[rows] = starts.model.to_laws(ends.theta)
        values[rows] = fit.problem.reported(ends.value, starts.batch)
        low, high = starts.model.coordinates.box
        bound[rows] = ((ends.theta <= low) | (ends.theta >= high)).any(axis=0)
        unsolved[rows] = ~ends.converged
    return laws, values, two, bound, ~enough, unsolved


def subset_range(
    fit: LawFit, *, draws: int = 100, share: float = 0.8, level: float = 0.8, seed: int = 0
) -> Interval:
    """Range of Approach 3's exponent a over subsets of the runs (Hoffmann et al. 2022, Table 2).

    Drawn without replacement they share most of their runs: the range is narrower than a
    bootstrap interval by about sqrt(1 - share) / sqrt(share), one half.
    """
    starts, problem = Starts.of(fit), fit.problem
    n, number = problem.loss.size, whole("draws", draws, least=1, most=MOST)
    kept = round(one_between("share", share, 0.0, 1.0) * n)
    if kept < FEWEST_IN_A_SUBSET:
        raise ValueError(f"subsets of {kept} runs: at least {FEWEST_IN_A_SUBSET} are needed")
    rng = np.random.default_rng(whole("seed", seed, least=0))
    chosen = np.zeros((number, n), dtype=np.bool_)
    for row in chosen:
        row[rng.choice(n, kept, replace=False)] = True
    laws = _fitted(fit, starts, chosen * problem.weights, problem.loss)[0]
    alpha, beta = laws[np.isfinite(laws[:, 0]), 3:].T
    return interval_around(fit.law.a, beta / (alpha + beta), level, number - alpha.size)
