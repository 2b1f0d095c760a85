"""The three approaches of Hoffmann et al. 2022, Section 3, side by side.

On the runs of Figure 4, Approaches 2 and 3 can be repeated; the training curves of Approach 1 are
not published. On runs simulated from a known law all three can, and be compared with the truth.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
from scipy.stats import chi2

from reanalysis import figure4
from reanalysis.envelope import (
    Envelope,
    TrainingCurve,
    envelope,
    profiles_between,
    simulated_curve,
)
from reanalysis.figure4 import NEAR, budgets
from reanalysis.refit import refit
from scaling_utils import datasets
from scaling_utils.check import FloatArray
from scaling_utils.fitting.resample import bootstrap
from scaling_utils.isoflop import IsoFlops, isoflops, nearest_budget
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.own.intervals import widened
from scaling_utils.power_fit import (
    MOST_LEFT_OUT,
    Interval,
    interval,
    interval_around,
    parabola,
    straight,
)
from scaling_utils.published import constant
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN

DRAWS = 1000
"""Simulated studies: enough that a share of a few per cent is known to within one."""

LEVEL = 0.95
"""Share of the resamples between the ends of an interval."""

TRENDS = ("one ratio for all", "a power of compute", "a bend")
"""What `trends` tries: a polynomial of degree 0, 1 and 2 in the logarithms."""


@cache
def approach_2(*, near: float = NEAR, outliers: bool = False, curve: str = "parabola") -> IsoFlops:
    """Approach 2 on the runs of Figure 4 that are `near` a budget, in logarithms."""
    runs = figure4.points(outliers=outliers)
    N, D, loss, C = (runs[name] for name in ("N", "D", "loss", "C"))
    return isoflops(N, D, loss, C, budgets(), curve=curve, tolerance=near)


def lean(law: ChinchillaLaw, *, curve: str = "parabola") -> float:
    """What Approach 2 adds to the exponent on Figure 4's grid if a law is exact.

    Its profiles are not centred on the best size: the lowest points of the curves through them
    lie off, by another factor at every budget.
    """
    runs = figure4.points()
    loss = law.loss(runs["N"], runs["D"])
    found = isoflops(runs["N"], runs["D"], loss, runs["C"], budgets(), curve=curve, tolerance=NEAR)
    return found.a - law.a


def approach_2_corrected() -> float:
    """The exponent of Approach 2 on Figure 4's runs, less its lean under our refit."""
    return approach_2().a - lean(refit().law)


@cache
def approach_2_interval(
    *, draws: int = 4000, level: float = 0.95, corrected: bool = False
) -> Interval:
    """Approach 2's exponent, with an interval over draws of the nine budgets, each whole.

    So it compares with that of `reanalysis.refit.resamples`. `corrected` takes `lean` off.
    """
    found = _lines_drawn_again(draws)[0]
    taken_off = lean(refit().law) if corrected else 0.0
    return _of_few(approach_2().a - taken_off, found - taken_off, level, draws)


def approach_2_sizes(C: float, *, draws: int = 4000, level: float = 0.95) -> Interval:
    """Approach 2's best size at C, with an interval over draws of the nine budgets."""
    slope, centre, height = _lines_drawn_again(draws)
    sizes = np.exp(height + slope * (np.log(C) - centre))
    return _of_few(float(approach_2().N_fit.predict(C)), sizes, level, draws)


def _of_few(value: float, drawn: FloatArray, level: float, draws: int) -> Interval:
    """Ends as much farther out as Student's t is: nine budgets scatter too little when drawn."""
    wide = widened(level, len(approach_2().best))
    return replace(interval_around(value, drawn, wide, draws - drawn.size), level=level)


@cache
def _lines_drawn_again(draws: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Slope and middle (log C, log N) of the line through each draw of the nine minima."""
    table = approach_2().best
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, len(table), size=(draws, len(table)))
    log_C, log_N = np.log(table[["C", "N"]].to_numpy()).T
    good = np.isfinite(slope := straight(log_C[drawn], log_N[drawn]).slope)
    return slope[good], log_C[drawn].mean(axis=1)[good], log_N[drawn].mean(axis=1)[good]


def sizes() -> FloatArray:
    """The sizes of Table A9 from 70 million to over 10 billion, as in Approach 1 (Section 3.1)."""
    listed = datasets.load("hoffmann2022_table_a9")["params_millions"].to_numpy(np.float64) * 1e6
    return np.asarray(listed[(listed >= 70e6) & (listed <= 11e9)])


def training_curves(
    law: ChinchillaLaw, *, scatter: float = 0.0, seed: int = 0
) -> list[TrainingCurve]:
    """One training curve of a law for each size, over the compute of the nine budgets.

    Each log loss is off by `scatter` times a residual of our refit, the same at all steps.
    """
    low, high = budgets()[[0, -1]] / FLOPS_PER_PARAMETER_TOKEN
    off = np.exp(_errors(np.random.default_rng(seed), scatter, 1, sizes().size)[0])
    found = []
    for N, factor in zip(sizes(), off, strict=True):
        exact = simulated_curve(law, N, low / N, high / N, steps=60)
        found.append(TrainingCurve(exact.N, exact.D, exact.loss * factor))
    return found


def approach_1(law: ChinchillaLaw, *, scatter: float = 0.0, seed: int = 0) -> Envelope:
    """Approach 1 on simulated training curves; see `training_curves`."""
    return envelope(training_curves(law, scatter=scatter, seed=seed), points=_points())


def _points() -> int:
    return int(constant("hoffmann2022/Section 3.1", "flop_values").value)


def _errors(rng: np.random.Generator, scatter: float, draws: int, runs: int) -> FloatArray:
    """Errors of log losses, shape (draws, runs): residuals of our refit, drawn again."""
    return -scatter * rng.choice(refit().residuals, size=(draws, runs))


def simulated_exponents(
    law: ChinchillaLaw, *, scatter: float = 1.0, draws: int = DRAWS, seed: int = 0
) -> pd.DataFrame:
    """The three approaches on runs simulated from a law, with new errors in every draw.

    Approach 1 has the `training_curves`, Approaches 2 and 3 the runs of Figure 4. Each log loss is
    off by `scatter` times a residual of our refit. Columns approach (1, 2, 3) and a, a row a draw.

    >>> from scaling_utils.published import law
    >>> truth = law("hoffmann2022/tex")
    >>> found = simulated_exponents(truth, scatter=0, draws=1).set_index("approach")["a"]
    >>> (found - truth.a).round(3).abs().to_dict()  # Approach 2 is biased by its grid
    {1: 0.0, 2: 0.014, 3: 0.0}
    """
    rng = np.random.default_rng(seed)
    parts = []
    for approach, found in (
        (1, _envelope_exponents(law, _errors(rng, scatter, draws, sizes().size))),
        (2, _isoflop_exponents(law, _errors(rng, scatter, draws, len(figure4.points())))),
        (3, _fitted_exponents(law, scatter, draws, seed)),
    ):
        if missing := draws - int(np.isfinite(found).sum()):
            raise ValueError(
                f"Approach {approach} gives no exponent in {missing} of {draws} draws"
            )
        parts.append(pd.DataFrame({"approach": approach, "a": found}))
    return pd.concat(parts, ignore_index=True)


def _envelope_exponents(law: ChinchillaLaw, errors: FloatArray) -> FloatArray:
    """Approach 1 for each row of errors, shape (draws, sizes): `envelope`, for many at once."""
    curves = training_curves(law)
    log_C = np.linspace(np.log(curves[0].C[0]), np.log(curves[0].C[-1]), _points())
    loss = np.stack([np.interp(log_C, np.log(curve.C), curve.loss) for curve in curves])
    log_N = np.log([curve.N for curve in curves])
    lowest = [(loss * factor[:, np.newaxis]).argmin(axis=0) for factor in np.exp(errors)]
    best = log_N[np.stack(lowest)]
    best[(best == log_N[0]) | (best == log_N[-1])] = np.nan
    return straight(log_C, best).slope


def _isoflop_exponents(law: ChinchillaLaw, errors: FloatArray) -> FloatArray:
    """Approach 2 for each row of errors, shape (draws, runs): `isoflops`, for many at once."""
    runs = figure4.points()
    label = nearest_budget(runs["C"], budgets(), tolerance=NEAR)
    loss = np.asarray(law.loss(runs["N"], runs["D"])) * np.exp(errors)
    places = np.unique(label[label >= 0])
    log_C, log_N = np.empty((2, len(errors), places.size))
    for column, k in enumerate(places):
        own = np.flatnonzero(label == k)
        x = np.log(runs["N"].to_numpy()[own])
        _, slope, bend = parabola(x - x.mean(), loss[:, own])
        at = x.mean() - slope / (2 * np.where(bend > 0, bend, np.nan))
        log_C[:, column] = np.log(runs["C"].to_numpy()[own]).mean()
        log_N[:, column] = np.where((at > x.min()) & (at < x.max()), at, np.nan)
    return straight(log_C, log_N).slope


def _fitted_exponents(law: ChinchillaLaw, scatter: float, draws: int, seed: int) -> FloatArray:
    """Approach 3 on losses of a law with residuals of our refit, drawn again."""
    as_if = replace(refit(), candidate=law, residuals=scatter * refit().residuals)
    return bootstrap(as_if, resamples=draws, kind="residuals", seed=seed).values_of("a")


def on_llama_grid(law: ChinchillaLaw) -> IsoFlops:
    """Approach 2 on exact losses of a law, at budgets and sizes of Llama 3's IsoFLOP curves."""
    grid = datasets.load("llama2024_isoflop_grid")
    runs = profiles_between(law, grid["C"], grid["N_low"], grid["N_high"], grid["runs"])
    return isoflops(runs["N"], runs["D"], runs["loss"], budgets=grid["C"])


def centred_on_llama_grid(law: ChinchillaLaw, alpha: float, beta: float) -> ChinchillaLaw:
    """The law with other exponents, and A so that its best sizes cross the middle of that grid."""
    logs = np.log(datasets.load("llama2024_isoflop_grid"))
    middle = float(np.exp((logs["N_low"] + logs["N_high"]).mean() / 2))
    changed = law.with_values(alpha=alpha, beta=beta)
    scale = (middle / float(changed.N_opt(float(np.exp(logs["C"].mean()))))) ** (alpha + beta)
    return changed.with_values(A=changed.A * scale)


def minima_of(found: IsoFlops, *, resamples: int = 4000) -> pd.DataFrame:
    """Tokens per parameter at the lowest point of each parabola of `found`, with 95 % intervals.

    The runs of a budget are drawn again, with replacement; a resample whose lowest point lies
    outside of the budget's sizes is left_out (a share). One row per budget: C (FLOPs, mean of its
    runs), runs, ratio, low, high, error (standard error of log ratio: the width of the interval
    over that of the normal distribution).
    """
    widths = 2 * float(np.sqrt(chi2.ppf(LEVEL, 1)))  # of the interval, in standard errors
    if found.curve != "parabola" or not (found.table["status"] == "minimum").all():
        raise ValueError("found must have a parabola with a minimum at every budget")
    rng = np.random.default_rng(0)
    N, loss, C, label = found.runs[["N", "loss", "C", "budget"]].to_numpy().T
    rows = []
    best = found.table[["C", "N", "D"]].to_numpy()
    for (C_mean, N_best, D_best), k in zip(best, np.unique(label), strict=True):
        n = int((own := label == k).sum())
        counts = rng.multinomial(n, np.full(n, 1.0 / n), resamples).astype(float)
        drawn = _ratios(np.log(N[own]), loss[own], np.log(C[own]), counts)
        left_out = 1.0 - len(drawn) / resamples
        if left_out > MOST_LEFT_OUT:
            raise ValueError(
                f"{left_out:.0%} of the resamples at {C_mean:.2g} FLOPs have no minimum between "
                f"the sizes that were trained; at most {MOST_LEFT_OUT:.0%} may be left out"
            )
        low, high = interval(drawn, LEVEL)
        ends = np.exp(low), np.exp(high)
        rows.append((C_mean, n, D_best / N_best, *ends, (high - low) / widths, left_out))
    columns = ["C", "runs", "ratio", "low", "high", "error", "left_out"]
    return pd.DataFrame(rows, columns=columns)


def minima() -> pd.DataFrame:
    """The nine measured minima of Hoffmann's Figure 4: `minima_of` of `approach_2`.

    lean is the factor by which the parabolas would miss the best ratio if our refit were true.

    >>> minima()["ratio"].round().astype(int).tolist()
    [33, 25, 19, 17, 17, 17, 20, 20, 30]
    """
    found, law = approach_2(), refit().law
    N, D, C = (found.runs[name] for name in ("N", "D", "C"))
    seen = isoflops(N, D, law.loss(N, D), C, budgets(), tolerance=NEAR).table
    table = minima_of(found)
    return table.assign(lean=seen["D"] / seen["N"] / law.tokens_per_parameter(table["C"]))


def mean_ratio(table: pd.DataFrame) -> float:
    """Mean of the ratios of `minima`, on logarithms, weighted by their errors."""
    log_ratio = np.log(table["ratio"].to_numpy())
    return float(np.exp(np.average(log_ratio, weights=table["error"].to_numpy() ** -2)))


def trends(table: pd.DataFrame, *, straightened: bool = False) -> pd.DataFrame:
    """How well a constant, a power law and a bend fit the ratios of (some rows of) `minima`.

    `straightened` takes the lean of the parabolas out first. One row for each trend: chi2
    (weighted squares of log ratio), freedom, p (chance of so large a chi2 if the trend were true).
    """
    if len(table) < 4:
        raise ValueError(f"table must have at least four budgets, got {len(table)}")
    x, y = np.log(table[["C", "ratio"]].to_numpy()).T
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
