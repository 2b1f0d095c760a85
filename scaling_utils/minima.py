"""Tokens per parameter where they were measured: the lowest point of each IsoFLOP profile.

Here no formula stands between: each of the nine budgets of Hoffmann et al. 2022 speaks for
itself, with an interval from its own runs.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from scipy.stats import chi2

from scaling_utils._validate import FloatArray
from scaling_utils.figure4 import NEAR, budgets
from scaling_utils.frontier import IsoFlops, isoflops
from scaling_utils.refit import refit
from scaling_utils.three_approaches import approach_2
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN

MOST_LEFT_OUT = 0.1
"""Above this share of resamples without a minimum an interval would be that of a selection."""

LEVEL = 0.95
"""Share of the resamples between the ends of an interval."""

TRENDS = ("one ratio for all", "a power of compute", "a bend")
"""What `trends` tries: a polynomial of degree 0, 1 and 2 in the logarithms."""


def minima_of(found: IsoFlops, *, resamples: int = 4000) -> pd.DataFrame:
    """Tokens per parameter at the lowest point of each parabola of `found`, with 95 % intervals.

    The runs of a budget are drawn again, with replacement, and the parabola is fitted anew. A
    resample counts if its lowest point lies between the sizes of the budget.

    One row per budget: C (FLOPs, mean of its runs), runs, ratio, low, high (tokens per parameter),
    error (standard error of log ratio: the width of the interval over that of the normal
    distribution), left_out (share of the resamples without a minimum).
    """
    widths = 2 * float(np.sqrt(chi2.ppf(LEVEL, 1)))  # of the interval, in standard errors
    if found.curve != "parabola" or not (found.table["status"] == "minimum").all():
        raise ValueError("found must have a parabola with a minimum at every budget")
    rng = np.random.default_rng(0)
    N, loss, C, label = found.runs
    rows = []
    best = found.table[["C", "N", "D"]].to_numpy()
    for (C_mean, N_best, D_best), k in zip(best, np.unique(label), strict=True):
        own = label == k
        n = int(own.sum())
        counts = rng.multinomial(n, np.full(n, 1.0 / n), resamples).astype(float)
        drawn = _ratios(np.log(N[own]), loss[own], np.log(C[own]), counts)
        left_out = 1.0 - len(drawn) / resamples
        if left_out > MOST_LEFT_OUT:
            raise ValueError(
                f"{left_out:.0%} of the resamples at {C_mean:.2g} FLOPs have no minimum between "
                f"the sizes that were trained; at most {MOST_LEFT_OUT:.0%} may be left out"
            )
        low, high = np.quantile(drawn, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
        ends = np.exp(low), np.exp(high)
        rows.append((C_mean, n, D_best / N_best, *ends, (high - low) / widths, left_out))
    columns = ["C", "runs", "ratio", "low", "high", "error", "left_out"]
    return pd.DataFrame(rows, columns=columns)


@cache
def _of_figure_4() -> pd.DataFrame:
    found, law = approach_2(), refit().law
    table = minima_of(found)
    N, _, C, _ = found.runs
    exact = law.loss(N, C / (FLOPS_PER_PARAMETER_TOKEN * N))
    seen = isoflops(N, exact, C, budgets(), tolerance=NEAR).table
    table["lean"] = seen["D"] / seen["N"] / law.tokens_per_parameter(table["C"])
    return table


def minima() -> pd.DataFrame:
    """The nine measured minima of Hoffmann's Figure 4: `minima_of` of `approach_2`.

    Its column lean is the factor by which the parabolas would miss the best ratio on these sizes
    and budgets if our refit were the truth.

    >>> minima()["ratio"].round().astype(int).tolist()
    [33, 25, 19, 17, 17, 17, 20, 20, 30]
    """
    return _of_figure_4().copy()


def mean_ratio(table: pd.DataFrame) -> float:
    """Mean of the ratios of `minima`, on logarithms, weighted by their errors."""
    log_ratio = np.log(table["ratio"].to_numpy())
    return float(np.exp(np.average(log_ratio, weights=table["error"].to_numpy() ** -2)))


def trends(table: pd.DataFrame, *, straightened: bool = False) -> pd.DataFrame:
    """How well a constant, a power law and a bend fit the ratios of (some rows of) `minima`.

    `straightened` takes the lean of the parabolas out first. One row for each trend: chi2
    (weighted squares of log ratio), freedom (budgets less constants), p (chance of so large a
    chi2 if the trend were true).

    >>> [f"{p:.0e}" for p in trends(minima())["p"]]
    ['2e-04', '4e-03', '1e+00']
    """
    if len(table) < 4:
        raise ValueError(f"table must have at least four budgets, got {len(table)}")
    x = np.log(table["C"].to_numpy())
    y = np.log(table["ratio"].to_numpy())
    if straightened:
        y = y - np.log(table["lean"].to_numpy())
    weights = 1.0 / table["error"].to_numpy()
    rows = []
    for degree, name in enumerate(TRENDS):
        terms = np.vander(x - x.mean(), degree + 1) * weights[:, None]
        best = np.linalg.lstsq(terms, y * weights, rcond=None)[0]
        square = float(((y * weights - terms @ best) ** 2).sum())
        freedom = len(table) - degree - 1
        rows.append((name, square, freedom, float(chi2.sf(square, freedom))))
    return pd.DataFrame(rows, columns=["trend", "chi2", "freedom", "p"])


def _ratios(
    log_N: FloatArray, loss: FloatArray, log_C: FloatArray, counts: FloatArray
) -> FloatArray:
    """Log ratio at the minimum of each resample (a row of counts) that has one."""
    x = log_N - log_N.mean()
    powers = np.vander(x, 3, increasing=True)
    sizes = np.unique(x)
    trained = np.stack([counts[:, x == size].sum(axis=1) > 0 for size in sizes], axis=1)
    counts = counts[trained.sum(axis=1) >= 3]
    left = np.einsum("rn,ni,nj->rij", counts, powers, powers)
    right = np.einsum("rn,ni,n->ri", counts, powers, loss)
    _, slope, bend = np.linalg.solve(left, right[..., None])[..., 0].T
    convex = bend > 0
    at = -slope[convex] / (2 * bend[convex])
    budget = counts[convex] @ log_C / len(log_C)
    inside = (at > sizes[0]) & (at < sizes[-1])
    size = at[inside] + log_N.mean()
    return np.asarray(budget[inside] - np.log(FLOPS_PER_PARAMETER_TOKEN) - 2 * size)
