"""The one refit of Hoffmann's Figure 4 that every chapter uses, with its resamples.

Runs: the digitised points without the outliers, sizes of Table A9.
Objective: Hoffmann's own, the sum of Huber losses (delta 1e-3) of log-loss residuals.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from scaling_utils import figure4
from scaling_utils.fit import fit_chinchilla
from scaling_utils.fit_result import ChinchillaFit
from scaling_utils.resample import Bootstrap, bootstrap

ANY = 1e9
"""Tolerance within which every run belongs to its nearest budget."""

RESAMPLES = 4000
"""As many as Besiroglu et al. 2024 take."""

RESAMPLES_OF_A_PART = 1000
"""Of a fit to part of the runs."""

RESAMPLES_OF_A_CHOICE = 400
"""Of a fit with other outliers, or another delta."""


@cache
def refit() -> ChinchillaFit:
    """Return our fit of the 240 runs of Figure 4.

    Returns
    -------
    ChinchillaFit
        With its certificate; ``refit().law`` is the law.

    Examples
    --------
    >>> round(refit().law.a, 2)
    0.51
    """
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
    """Return the refit's resamples: intervals for everything that follows from the law.

    Parameters
    ----------
    kind : str
        What is drawn again: "budgets" (the nine of Figure 3 whole, the other runs singly:
        `scaling_utils.figure4.budget_groups`; the convention of the book's intervals),
        "nearest budget" (every run with the nearest of the nine), "runs" (each by itself), or
        another kind of `scaling_utils.resample.bootstrap`.

    Returns
    -------
    Bootstrap
        4,000 resamples, the same at every call.
    """
    tolerance = {"budgets": figure4.NEAR, "nearest budget": ANY}.get(kind)
    if tolerance is None:
        return bootstrap(refit(), resamples=RESAMPLES, kind=kind, seed=0)
    groups = figure4.budget_groups(tolerance=tolerance)
    return bootstrap(refit(), resamples=RESAMPLES, kind="clusters", clusters=groups, seed=0)


@cache
def refit_without(end: str, count: int) -> Bootstrap:
    """Return the fit without the smallest, or the largest, budgets, with its resamples.

    Parameters
    ----------
    end : {"small", "large"}
        Which budgets are left out, with every run beyond them.
    count : int
        How many of the nine of Figure 3; see `scaling_utils.figure4.without_budgets`.

    Returns
    -------
    Bootstrap
        1,000 resamples, budgets drawn again; ``.fit`` is the fit. With no budget left out,
        `resamples`.

    Examples
    --------
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
    """Return the fit without so many runs of highest loss, at a delta, with its resamples.

    400 resamples, budgets drawn again; with the five outliers and the delta of the refit,
    `resamples`.

    >>> round(refit_with(outliers=0).fit.law.a, 3)
    0.565
    """
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
