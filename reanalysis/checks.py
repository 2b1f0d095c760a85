"""Does a fitted Chinchilla law describe its runs, and is it better than a published one?"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from scaling_utils.check import columns
from scaling_utils.fitting.fit import fit_chinchilla
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN, Record, unit


def residuals_by_compute(
    N: ArrayLike, D: ArrayLike, loss: ArrayLike, law: ChinchillaLaw, *, bins: int = 8
) -> pd.DataFrame:
    """Log-loss residuals of a law, in bins of compute with about equally many runs.

    Columns C_low, C_high (FLOPs), runs, and mean, median and rms of log(predicted / observed).

    >>> law = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)
    >>> N, D = np.geomspace(1e8, 1e10, 6), np.geomspace(1e9, 1e11, 6)
    >>> residuals_by_compute(N, D, law.loss(N, D), law, bins=2)["runs"].tolist()
    [3, 3]
    """
    n, d, observed = columns(N=N, D=D, loss=loss)
    if not 1 <= bins <= n.size:
        raise ValueError(f"bins must lie between 1 and the number of runs, {n.size}, got {bins}")
    C = FLOPS_PER_PARAMETER_TOKEN * n * d
    r = np.log(np.asarray(law.loss(n, d)) / observed)
    rows = []
    for part in np.array_split(np.argsort(C, kind="stable"), bins):
        own = r[part]
        spread = own.mean(), np.median(own), np.sqrt(np.mean(own**2))
        rows.append((C[part].min(), C[part].max(), part.size, *spread))
    return pd.DataFrame(rows, columns=["C_low", "C_high", "runs", "mean", "median", "rms"])


@dataclass(frozen=True)
class LikelihoodRatio(Record):
    """Log-likelihoods of a `published` law and of the `fitted` one.

    `statistic` is twice their difference, with as many degrees of `freedom` as constants were
    fitted; `p` the probability of a larger one if the published law were true and residuals
    independent. `log10_p` is exact where p is too small for a double.
    """

    published: float = field(metadata=unit("1"))
    fitted: float = field(metadata=unit("1"))
    statistic: float = field(metadata=unit("1"))
    freedom: int = field(metadata=unit("1"))
    p: float = field(metadata=unit("1"))
    log10_p: float = field(metadata=unit("1"))


def log_likelihood(N: ArrayLike, D: ArrayLike, loss: ArrayLike, law: ChinchillaLaw) -> float:
    """Log-likelihood of a law under a Laplace density of log-loss residuals of the best scale.

    Besiroglu et al. 2024 fit the scale of a Huber density: at their optimum it is this one.

    >>> law = ChinchillaLaw(2.0, 1e-9, 1e-9, 1.0, 1.0)
    >>> log_likelihood([1e9, 1e9], [1e9, 1e9], [2 * np.e, 2 / np.e], law).__round__(4)
    -3.3863
    """
    n, d, observed = columns(N=N, D=D, loss=loss)
    scale = np.mean(np.abs(np.log(np.asarray(law.loss(n, d)) / observed)))
    if scale < 1e-14:
        raise ValueError("the law fits every run exactly: its residuals have no scale")
    return float(-n.size * (np.log(2.0 * scale) + 1.0))


def likelihood_ratio(
    N: ArrayLike,
    D: ArrayLike,
    loss: ArrayLike,
    law: ChinchillaLaw,
    *,
    free_factor: bool = False,
) -> LikelihoodRatio:
    """Test a published law against the best law of the same form (Besiroglu et al. 2024, 3.1).

    Which point of a colour of Figure 4 is read multiplies all losses by nearly one number. With
    `free_factor` the published law gets its best one, at the price of one degree of freedom; the
    best law needs none, as E, A and B scale with it.
    """
    from scipy.stats import chi2

    n, d, observed = columns(N=N, D=D, loss=loss)
    if free_factor:
        observed = observed * np.exp(np.median(np.log(np.asarray(law.loss(n, d)) / observed)))
    best = fit_chinchilla(n, d, observed, objective="absolute").law
    published = log_likelihood(n, d, observed, law)
    fitted = log_likelihood(n, d, observed, best)
    statistic, freedom = 2.0 * (fitted - published), 4 if free_factor else 5
    log_p = float(chi2.logsf(max(statistic, 0.0), freedom))
    p, log10_p = float(np.exp(log_p)), log_p / float(np.log(10.0))
    return LikelihoodRatio(published, fitted, statistic, freedom, p, log10_p)
