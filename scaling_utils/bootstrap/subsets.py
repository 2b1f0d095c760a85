"""The intervals of Hoffmann's Table 2: the exponent over random subsets of the runs.

A hundred times 80 % of the runs are drawn without replacement, and the 10th and the 90th
percentile of the exponent are printed. Two such subsets share most of their runs, so the
range is narrower than a bootstrap interval: by about sqrt(1 - share) / sqrt(share), one half.
"""

from __future__ import annotations

import numpy as np

from scaling_utils._validate import one_between, whole
from scaling_utils.bootstrap.solving import Starts, solve
from scaling_utils.fitting.identification import design
from scaling_utils.fitting.result import ChinchillaFit
from scaling_utils.frontier.power_fit import Range, quantile_range

FEWEST = 10
"""Fewer runs than this in a subset cannot carry five constants."""


def subset_range(
    fit: ChinchillaFit,
    *,
    draws: int = 100,
    share: float = 0.8,
    level: float = 0.8,
    seed: int = 0,
    allow_left_out: bool = False,
) -> Range:
    """Range of Approach 3's exponent a over subsets of the runs, as in Table 2.

    Parameters
    ----------
    fit : ChinchillaFit
        A fit to all runs, whose law can be used.
    draws : int
        How many subsets.
    share : float
        Share of the runs in each, without replacement.
    level : float
        Share of the subsets inside the range.
    seed : int
        The same seed gives the same subsets.
    allow_left_out : bool
        Whether more than a tenth of the subsets may be left out.

    Returns
    -------
    Range
        Only a subset whose runs are not varied enough for a law is left out, and counted.

    Raises
    ------
    FitError
        If the fit's law cannot be used.
    ValueError
        If there are too few runs, `share` or `level` is not between 0 and 1, or too many subsets
        are left out.

    Examples
    --------
    >>> from scaling_utils.refit import refit
    >>> found = subset_range(refit(), draws=20)
    >>> found.low < refit().law.a < found.high
    True
    """
    starts, problem = Starts.of(fit), fit.problem
    n, number = problem.N.size, whole("draws", draws, least=1)
    kept = round(one_between("share", share, 0.0, 1.0) * n)
    if kept < FEWEST:
        raise ValueError(f"subsets of {kept} runs: at least {FEWEST} are needed")
    rng = np.random.default_rng(whole("seed", seed, least=0))
    chosen = np.zeros((number, n), dtype=np.bool_)
    for row in chosen:
        row[rng.choice(n, kept, replace=False)] = True
    weights = chosen * problem.weights
    varied = [not design(problem.N[row > 0], problem.D[row > 0]).complaint() for row in weights]
    exponents = np.empty(0)
    if any(varied):
        theta = solve(problem, starts, weights[varied], problem.loss).ends.theta
        exponents = theta[4] / (theta[3] + theta[4])
    return quantile_range(exponents, level, varied.count(False), allow_left_out=allow_left_out)
