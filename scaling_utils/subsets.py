"""The intervals of Hoffmann's Table 2: the exponent over random subsets of the runs."""

from __future__ import annotations

import numpy as np

from scaling_utils._validate import one_between, whole
from scaling_utils.certificate import design
from scaling_utils.fit_result import ChinchillaFit
from scaling_utils.frontier.power_fit import Range, quantile_range
from scaling_utils.resample_fits import Starts, solve

FEWEST_IN_A_SUBSET = 10
"""Fewer runs than this cannot carry five constants."""


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
    varied = [not design(problem.N[row > 0], problem.D[row > 0]).complaint() for row in weights]
    exponents = np.empty(0)
    if any(varied):
        theta = solve(starts, weights[varied], problem.loss)[0].theta
        exponents = theta[4] / (theta[3] + theta[4])
    return quantile_range(exponents, level, varied.count(False), allow_left_out=allow_left_out)
