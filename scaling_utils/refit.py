"""The one refit of Hoffmann's Figure 4 that every chapter uses, with its resamples.

Runs: the digitised points without the outliers, sizes of Table A9.
Objective: Hoffmann's own, the sum of Huber losses (delta 1e-3) of log-loss residuals.
"""

from __future__ import annotations

from functools import cache

from scaling_utils import figure4
from scaling_utils.bootstrap import Bootstrap, bootstrap
from scaling_utils.fitting import fit_chinchilla
from scaling_utils.fitting.result import ChinchillaFit

RESAMPLES = 4000
"""As many as Besiroglu et al. 2024 take."""


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
        `scaling_utils.figure4.budget_groups`; the convention of the book's intervals), "runs"
        (each by itself), or another kind of `scaling_utils.bootstrap.bootstrap`.

    Returns
    -------
    Bootstrap
        4,000 resamples, the same at every call.
    """
    if kind == "budgets":
        return bootstrap(
            refit(),
            resamples=RESAMPLES,
            kind="clusters",
            clusters=figure4.budget_groups(),
            seed=0,
        )
    return bootstrap(refit(), resamples=RESAMPLES, kind=kind, seed=0)
