"""What a bootstrap returns: laws, and quantile intervals of anything that follows from them.

A resample is left out only if its runs are not varied enough to determine five constants. Where
more than `MOST_LEFT_OUT` of them are, the rest say too little: intervals, standard errors and
probabilities are refused unless they are asked for with `allow_left_out=True`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scaling_utils._validate import FloatArray, between
from scaling_utils.bootstrap.samplers import KINDS
from scaling_utils.fitting.result import ChinchillaFit
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.solver.points import SYMBOLS

Quantity = str | Callable[[ChinchillaLaw], float]

MOST_LEFT_OUT = 0.1
"""Share of the resamples that may be left out without a word of consent."""


@dataclass(frozen=True)
class Interval:
    """An estimate with its bootstrap interval.

    Attributes
    ----------
    estimate : float
        Value at the fitted law.
    low, high : float
        Quantiles of the resamples.
    level : float
        Share of the resamples between them.
    resamples : int
        How many resamples the quantiles are of.
    left_out : int
        How many others were left out: in a bootstrap those whose runs are not varied enough.

    Examples
    --------
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
        What was drawn, a key of `scaling_utils.bootstrap.samplers.KINDS`.
    seed, requested : int
        Seed, and how many resamples were asked for.
    partial : bool
        Whether the run was interrupted before all were done.
    """

    fit: ChinchillaFit
    laws: FloatArray
    values: FloatArray
    two_minima: NDArray[np.bool_]
    at_bound: NDArray[np.bool_]
    not_varied: NDArray[np.bool_]
    not_converged: NDArray[np.bool_]
    kind: str
    seed: int
    requested: int
    partial: bool

    @property
    def failed(self) -> NDArray[np.bool_]:
        """Whether the resample is left out: the same as `not_varied`."""
        return self.not_varied

    @property
    def law(self) -> ChinchillaLaw:
        """Every resample that is not left out as one law, whose constants are arrays."""
        constants: Any = dict(zip(SYMBOLS, self.kept_laws().T, strict=True))
        return ChinchillaLaw(**constants, source=f"resamples of {self.fit.law.source}")

    def kept_laws(self, *, allow_left_out: bool = False) -> FloatArray:
        """Constants E, A, B, alpha, beta of every resample that is not left out.

        Parameters
        ----------
        allow_left_out : bool
            Whether more than a tenth of the resamples may be missing.

        Returns
        -------
        ndarray, shape (number of resamples that are not left out, 5)

        Raises
        ------
        ValueError
            If there are none, or more than a tenth is left out and this is not allowed.
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

        Parameters
        ----------
        quantity : str or callable
            A symbol ("E", "A", "B", "alpha", "beta", "a", "b", "G"), or a function of a
            `ChinchillaLaw` that returns a number.

        Returns
        -------
        ndarray, shape (number of resamples that are not left out,)

        Raises
        ------
        ValueError
            If the symbol is unknown or every resample is left out.
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

        Examples
        --------
        >>> from scaling_utils.fitting import fit_chinchilla
        >>> rng = np.random.default_rng(0)
        >>> truth = ChinchillaLaw(1.7, 400, 2000, 0.34, 0.36)
        >>> N, D = np.repeat(np.geomspace(1e8, 1e10, 8), 8), np.tile(np.geomspace(1e9, 1e12, 8), 8)
        >>> loss = truth.loss(N, D) * np.exp(rng.normal(0, 0.003, 64))
        >>> from scaling_utils.bootstrap.resample import bootstrap
        >>> sample = bootstrap(fit_chinchilla(N, D, loss), resamples=200, seed=1)
        >>> ratio = sample.interval(lambda law: law.tokens_per_parameter(5.88e23))
        >>> ratio.low < truth.tokens_per_parameter(5.88e23) < ratio.high
        True
        """
        share = float(between("level", level, 0.0, 1.0))
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
        return {
            "kind": "Bootstrap",
            "method": KINDS[self.kind],
            "objective": self.fit.objective,
            "resamples": len(self.values),
            "requested": self.requested,
            "seed": self.seed,
            "partial": self.partial,
            "two_minima": int(self.two_minima.sum()),
            "at_bound": int(self.at_bound.sum()),
            "not_varied": int(self.not_varied.sum()),
            "not_converged": int(self.not_converged.sum()),
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
