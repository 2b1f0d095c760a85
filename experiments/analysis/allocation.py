"""How the best size and the best amount of data grow with compute, with intervals.

Two kinds of doubt are reported and not mixed: what other seeds would have given (resampling
within each size), and what the choice of budgets decides (leaving one out at a time).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.analysis.isoflop import Minima
from experiments.analysis.parabola import STATUS
from experiments.analysis.resample import DRAWS, FEWER, seed_weights, single_runs
from experiments.analysis.result import OK, Result, quantile_interval
from scaling_utils._validate import FloatArray, one_of
from scaling_utils.bootstrap.result import Interval
from scaling_utils.frontier.isoflop import MINIMUM
from scaling_utils.frontier.power_fit import PowerFit, fit_power

FEWEST_BUDGETS = 3
TWO_BUDGETS, NO_SEEDS = "only two budgets", "no interval: every size has one seed"
QUANTITIES = ("N", "D", "bytes_per_parameter", "loss")


@dataclass(frozen=True, eq=False)
class MeasuredAllocation(Result):
    """Exponents of the best size and of the best amount of data.

    Attributes
    ----------
    minima : Minima
        The minima; those at an edge are not used.
    N_fit, D_fit : PowerFit
        Power laws through the interior minima; their exponents are a and b.
    exponents : ndarray, shape (resamples, 2)
        a and b of each resample; NaN where fewer than two budgets had a minimum inside.
    resampled : dict of str to ndarray, shape (resamples, k)
        N, D, bytes_per_parameter and loss at the interior budgets; NaN where a resample has
        no minimum inside.
    leave_one_out : DataFrame
        C (the budget left out), a, b; empty with two budgets.
    seed : int
        Of the resamples.
    """

    minima: Minima
    N_fit: PowerFit
    D_fit: PowerFit
    exponents: FloatArray
    resampled: dict[str, FloatArray]
    leave_one_out: pd.DataFrame
    seed: int

    @property
    def a(self) -> float:
        """Exponent of the best size."""
        return self.N_fit.exponent

    @property
    def b(self) -> float:
        """Exponent of the best amount of data."""
        return self.D_fit.exponent

    @property
    def failed(self) -> int:
        """Resamples with fewer than two interior minima."""
        return int(np.isnan(self.exponents[:, 0]).sum())

    def interval(self, name: str = "a", level: float = 0.95) -> Interval:
        """Interval of a, of b, or of the drift b - a of the bytes per parameter.

        Raises
        ------
        ValueError
            If the name is none of "a", "b" and "b - a".
        """
        a, b = self.exponents.T
        draws = {"a": (self.a, a), "b": (self.b, b), "b - a": (self.b - self.a, b - a)}
        return quantile_interval(*draws[one_of("name", name, draws)], level)

    def numbers(self) -> dict[str, Interval]:
        """a, b and b - a with 95 % intervals over the seeds."""
        return {name: self.interval(name) for name in ("a", "b", "b - a")}

    def budget_range(self, name: str = "a") -> tuple[float, float]:
        """Lowest and highest exponent when one budget is left out; NaN with two budgets."""
        found = self.leave_one_out[one_of("name", name, ("a", "b"))].to_numpy(dtype=np.float64)
        return (float(found.min()), float(found.max())) if found.size else (np.nan, np.nan)

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """The interior minima with intervals over the seeds.

        Returns
        -------
        DataFrame
            C; N, D, bytes_per_parameter and loss, each with _low and _high; no_minimum (share
            of the resamples that have no minimum inside at this budget).
        """
        inside = self.minima.table[self.minima.interior].reset_index(drop=True)
        found = {"C": inside["C"].to_numpy()}
        for name in QUANTITIES:
            value, draws = inside[name].to_numpy(), self.resampled[name]
            ends = [quantile_interval(v, d, level) for v, d in zip(value, draws.T, strict=True)]
            found[name] = value
            found[f"{name}_low"] = np.array([end.low for end in ends])
            found[f"{name}_high"] = np.array([end.high for end in ends])
        found["no_minimum"] = np.isnan(self.resampled["N"]).mean(axis=0)
        return pd.DataFrame(found)

    def tables(self) -> dict[str, pd.DataFrame]:
        """The minima with intervals, and the exponents without one budget each."""
        return {"budgets": self.table(), "one budget left out": self.leave_one_out}


def allocation(
    found: Minima, *, resamples: int = 1000, seed: int = 0, draw: str = FEWER
) -> MeasuredAllocation:
    """Fit N and D at the minima as powers of C, with intervals over the seeds.

    Parameters
    ----------
    found : Minima
        From `experiments.analysis.minima`.
    resamples : int
        How many resamples.
    seed : int
        The same seed gives the same resamples.
    draw : {"one fewer", "one"}
        Runs of each size in a resample; see `seed_weights`.

    Returns
    -------
    MeasuredAllocation
        Its status is "ok", "only two budgets" (the exponents cannot be checked), or "no
        interval: every size has one seed".

    Raises
    ------
    ValueError
        If fewer than two budgets have a minimum between sizes that were trained.

    Examples
    --------
    >>> from scaling_utils.laws import ChinchillaLaw
    >>> from experiments.analysis import minima, slices
    >>> from experiments.analysis.simulated import simulated_study
    >>> law = ChinchillaLaw(1.0, 20.0, 60.0, 0.34, 0.34)
    >>> study = simulated_study(law, noise=0.01)
    >>> cut = slices(study, [3e11, 1e12, 3e12, 1e13], counting="all parameters")
    >>> fit = allocation(minima(cut), resamples=200)
    >>> fit.status, fit.interval("a").low < law.a < fit.interval("a").high
    ('ok', True)
    """
    inside = found.interior
    table = found.table[inside]
    if len(table) < 2:
        raise ValueError(
            f"only {len(table)} of {len(inside)} budgets have a minimum between the sizes that "
            f"were trained ({', '.join(found.table['status'])}); two are needed for an exponent"
        )
    C, N, D = (table[name].to_numpy(dtype=np.float64) for name in ("C", "N", "D"))
    N_fit, D_fit = fit_power(C, N), fit_power(C, D)
    label = found.slices.label
    weights = seed_weights(label, resamples, seed, draw=draw)
    resampled = _resampled(found, weights, inside)
    x = np.log(C)
    drawn = [masked_slope(x, np.log(resampled[name])) for name in ("N", "D")]
    left = [
        (C[k], fit_power(np.delete(C, k), np.delete(N, k)), np.delete(D, k))
        for k in range(C.size if C.size >= FEWEST_BUDGETS else 0)
    ]
    rows = [
        (c, n.exponent, fit_power(np.delete(C, np.flatnonzero(c == C)), d).exponent)
        for c, n, d in left
    ]
    status = OK if C.size >= FEWEST_BUDGETS else TWO_BUDGETS
    alone = single_runs(label)
    notes = list(found.notes)
    if alone == np.unique(label).size:
        status = NO_SEEDS
    elif alone:
        notes.append(f"sizes with one seed: {alone}; their noise is not in the intervals")
    failed = int(np.isnan(drawn[0]).sum())
    if failed:
        notes.append(f"{failed} of {resamples} resamples have fewer than two minima inside")
    return MeasuredAllocation(
        status=status,
        method=(
            f"{found.method}; power laws through {C.size} minima; {resamples} times {DRAWS[draw]}"
        ),
        points=int(C.size),
        left_out=found.left_out,
        notes=tuple(notes),
        minima=found,
        N_fit=N_fit,
        D_fit=D_fit,
        exponents=np.stack(drawn, axis=1),
        resampled=resampled,
        leave_one_out=pd.DataFrame(rows, columns=["C", "a", "b"]),
        seed=seed,
    )


def _resampled(
    found: Minima, weights: FloatArray, inside: NDArray[np.bool_]
) -> dict[str, FloatArray]:
    """N, D, bytes per parameter and loss of each resample at the interior budgets."""
    refits = [v for v, keep in zip(found.refit(weights), inside, strict=True) if keep]
    good = np.stack([v.status == STATUS.index(MINIMUM) for v in refits], axis=1)
    N = np.where(good, np.exp(np.stack([v.log_N for v in refits], axis=1)), np.nan)
    loss = np.where(good, np.stack([v.loss for v in refits], axis=1), np.nan)
    D = found.slices.bytes_at(found.slices.C[inside], N)
    return {"N": N, "D": D, "bytes_per_parameter": D / N, "loss": loss}


def masked_slope(x: FloatArray, y: FloatArray) -> FloatArray:
    """Least-squares slope of each row of y against x, over the values that are there.

    Parameters
    ----------
    x : ndarray, shape (k,)
        Places.
    y : ndarray, shape (R, k)
        Values; NaN where there is none.

    Returns
    -------
    ndarray, shape (R,)
        NaN where fewer than two values are there.

    Examples
    --------
    >>> y = np.array([[0.0, 2.0, np.nan], [1.0, 1.5, 2.0], [1.0, np.nan, np.nan]])
    >>> masked_slope(np.arange(3.0), y).tolist()
    [2.0, 0.5, nan]
    """
    there = np.isfinite(y)
    number = there.sum(axis=1)
    few = np.maximum(number, 1)
    away = np.where(there, x - (np.where(there, x, 0.0).sum(axis=1) / few)[:, np.newaxis], 0.0)
    spread = (away**2).sum(axis=1)
    slope = (away * np.where(there, y, 0.0)).sum(axis=1) / np.where(spread > 0, spread, 1.0)
    return np.asarray(np.where(number >= 2, slope, np.nan))
