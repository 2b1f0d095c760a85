"""The one refit of Hoffmann's Figure 4 that every chapter uses, with its resamples.

Runs: the digitised points without the outliers, sizes of Table A9.
Objective: Hoffmann's own, the sum of Huber losses (delta 1e-3) of log-loss residuals.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from reanalysis import figure4
from scaling_utils.fitting.fit import fit_chinchilla
from scaling_utils.fitting.resample import Bootstrap, bootstrap
from scaling_utils.fitting.result import LawFit

RESAMPLES, RESAMPLES_OF_A_PART, RESAMPLES_OF_A_CHOICE = 4000, 1000, 400
"""As many as Besiroglu et al. 2024 take; without some budgets; with other outliers or delta."""


@cache
def refit() -> LawFit:
    """Our fit of the 240 runs of Figure 4, with its certificate; ``refit().law`` is the law."""
    runs = figure4.points()
    return fit_chinchilla(
        runs["N"],
        runs["D"],
        runs["loss"],
        loss_low=runs["loss_low"],
        loss_high=runs["loss_high"],
        source="our refit of Hoffmann et al. 2022, Figure 4",
    )


@cache
def resamples(kind: str = "budgets") -> Bootstrap:
    """The refit's 4,000 resamples: intervals for everything that follows from the law.

    `kind` is what is drawn again: "budgets" (`reanalysis.figure4.budget_groups`, the
    convention of the book's intervals), "nearest budget" (every run with the nearest of the nine),
    or a kind of `scaling_utils.fitting.resample.bootstrap`, such as "runs".
    """
    tolerance = {"budgets": figure4.NEAR, "nearest budget": 1e9}.get(kind)
    if tolerance is None:
        return bootstrap(refit(), resamples=RESAMPLES, kind=kind, seed=0)
    groups = figure4.budget_groups(tolerance=tolerance)
    return bootstrap(refit(), resamples=RESAMPLES, kind="clusters", clusters=groups, seed=0)


@cache
def refit_without(end: str, count: int) -> Bootstrap:
    """The fit without so many "small" or "large" budgets (`end`), budgets drawn again.

    Every run beyond them is left out too (`reanalysis.figure4.without_budgets`).

    >>> round(refit_without("small", 2).fit.law.a, 2)
    0.41
    """
    if count == 0:
        return resamples()
    runs, left = figure4.points(), figure4.without_budgets(end, count)
    columns = (runs.loc[left, name] for name in ("N", "D", "loss"))
    return bootstrap(
        fit_chinchilla(*columns),
        resamples=RESAMPLES_OF_A_PART,
        kind="clusters",
        clusters=figure4.budget_groups()[left],
        seed=0,
    )


@cache
def refit_with(outliers: int = 5, delta: float = 1e-3) -> Bootstrap:
    """The fit without so many runs of highest loss, at a delta, budgets drawn again."""
    if (outliers, delta) == (5, 1e-3):
        return resamples()
    runs = figure4.points(outliers=True)
    order = np.argsort(-runs["loss"].to_numpy(dtype=np.float64), kind="stable")
    kept = np.sort(order[outliers:])
    fit = fit_chinchilla(
        *(runs[name].to_numpy()[kept] for name in ("N", "D", "loss")), delta=delta
    )
    groups = figure4.budget_groups(outliers=True)[kept]
    return bootstrap(fit, resamples=RESAMPLES_OF_A_CHOICE, kind="clusters", clusters=groups)
