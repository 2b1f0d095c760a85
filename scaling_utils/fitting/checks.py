"""Does a fitted Chinchilla law describe its runs, and is it better than a published one?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from scaling_utils.check import one_of
from scaling_utils.fitting.certificate import SAME_BUDGET, groups
from scaling_utils.fitting.fit import checked_runs, fit_chinchilla
from scaling_utils.fitting.result import ChinchillaFit
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN, Record, unit

ERROR_MODELS = {"laplace": "absolute", "normal": "log squares"}
"""Distribution of log-loss residuals, and the objective that maximises its likelihood."""


def residuals_by_compute(
    N: ArrayLike, D: ArrayLike, loss: ArrayLike, law: ChinchillaLaw, *, bins: int = 8
) -> pd.DataFrame:
    """Log-loss residuals of a law, in bins of compute with about equally many runs.

    Columns C_low, C_high (FLOPs), runs, and mean, median and root mean square of
    log(predicted / observed). A mean that runs from one sign to the other with compute is
    curvature that the law does not have.

    >>> law = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)
    >>> N, D = np.geomspace(1e8, 1e10, 6), np.geomspace(1e9, 1e11, 6)
    >>> residuals_by_compute(N, D, law.loss(N, D), law, bins=2)["runs"].tolist()
    [3, 3]
    """
    n, d, observed = checked_runs(N, D, loss)
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


def leave_out_highest(
    N: ArrayLike,
    D: ArrayLike,
    loss: ArrayLike,
    *,
    counts: Sequence[int] = (0, 1, 5, 10, 20),
    objective: str = "huber",
    delta: float = 1e-3,
) -> pd.DataFrame:
    """Fit again without the runs of highest loss, as many as each count says.

    Columns left_out, runs, lowest_left_out (nats), tie, status, E, A, B, alpha, beta, a,
    objective; NaN where a fit has no law. Where the last run left out has the same loss as the
    first one kept, the choice between them is arbitrary: a tie.

    >>> law = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)
    >>> N, D = np.repeat(np.geomspace(1e8, 1e10, 4), 4), np.tile(np.geomspace(1e9, 1e11, 4), 4)
    >>> leave_out_highest(N, D, law.loss(N, D), counts=(0, 2))["a"].round(4).tolist()
    [0.4516, 0.4516]
    """
    n, d, observed = checked_runs(N, D, loss)
    order = np.argsort(-observed, kind="stable")
    rows = []
    for count in counts:
        if not 0 <= count < n.size:
            raise ValueError(f"counts must lie between 0 and {n.size - 1}, got {count}")
        kept = np.sort(order[count:])
        fit = fit_chinchilla(n[kept], d[kept], observed[kept], objective=objective, delta=delta)
        edge = float(observed[order[count - 1]]) if count else np.nan
        tie = bool(count and observed[order[count]] == edge)
        law = fit.candidate if fit.status != "not identified" else None
        constants = (*law.constants().values(), law.a) if law else (np.nan,) * 6
        rows.append((count, kept.size, edge, tie, fit.status, *constants, fit.value))
    columns = ["left_out", "runs", "lowest_left_out", "tie", "status"]
    columns += ["E", "A", "B", "alpha", "beta", "a", "objective"]
    return pd.DataFrame(rows, columns=columns)


@dataclass(frozen=True, eq=False)
class HeldOut:
    """A prediction of the largest budgets from the others.

    `fit` is of the smaller budgets, the largest of which is `largest_fitted` FLOPs. `table` has
    one row per run held out: C, N, D, observed, predicted (nats), log_error =
    log(predicted / observed); `rms_error` is its root mean square.
    """

    fit: ChinchillaFit
    table: pd.DataFrame
    largest_fitted: float

    @property
    def rms_error(self) -> float:
        """Root mean square of log(predicted / observed)."""
        return float(np.sqrt((self.table["log_error"] ** 2).mean()))


def held_out(
    N: ArrayLike,
    D: ArrayLike,
    loss: ArrayLike,
    *,
    budgets: int = 1,
    objective: str = "huber",
    delta: float = 1e-3,
) -> HeldOut:
    """Fit without so many of the largest budgets, and predict them.

    Budgets within 10 % count as one.

    >>> law = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)
    >>> N, C = np.tile(np.geomspace(1e8, 1e10, 5), 4), np.repeat([1e19, 1e20, 1e21, 1e22], 5)
    >>> test = held_out(N, C / 6 / N, law.loss(N, C / 6 / N), budgets=2)
    >>> len(test.table), test.rms_error < 1e-6
    (10, True)
    """
    n, d, observed = checked_runs(N, D, loss)
    C = FLOPS_PER_PARAMETER_TOKEN * n * d
    label = groups(C, SAME_BUDGET)
    known = int(label.max()) + 1
    if not 1 <= budgets < known:
        raise ValueError(f"budgets must lie between 1 and {known - 1}, got {budgets}")
    out = label >= known - budgets
    fit = fit_chinchilla(n[~out], d[~out], observed[~out], objective=objective, delta=delta)
    predicted = np.asarray(fit.law.loss(n[out], d[out]))
    table = pd.DataFrame({"C": C[out], "N": n[out], "D": d[out], "observed": observed[out]})
    table["predicted"] = predicted
    table["log_error"] = np.log(predicted / observed[out])
    return HeldOut(fit, table, float(C[~out].max()))


@dataclass(frozen=True)
class LikelihoodRatio(Record):
    """A published law (`against`) against the law that fits best.

    Log-likelihoods `published` and `fitted`, each law with its own scale of residuals; twice
    their difference, with as many degrees of `freedom` as constants were fitted; and the
    probability `p` of a larger one if the published law were true and residuals independent.
    `log10_p` is exact where p is too small for a double.
    """

    published: float = field(metadata=unit("1"))
    fitted: float = field(metadata=unit("1"))
    statistic: float = field(metadata=unit("1"))
    freedom: int = field(metadata=unit("1"))
    p: float = field(metadata=unit("1"))
    log10_p: float = field(metadata=unit("1"))
    errors: str
    against: str


def log_likelihood(
    N: ArrayLike, D: ArrayLike, loss: ArrayLike, law: ChinchillaLaw, *, errors: str = "laplace"
) -> float:
    """Log-likelihood of a law, with the scale of its log-loss residuals fitted.

    `errors` is their distribution, "laplace" or "normal". Besiroglu et al. 2024 fit the scale of
    a Huber density; at their optimum it is a Laplace density.

    >>> law = ChinchillaLaw(2.0, 1e-9, 1e-9, 1.0, 1.0)
    >>> log_likelihood([1e9, 1e9], [1e9, 1e9], [2 * np.e, 2 / np.e], law).__round__(4)
    -3.3863
    """
    n, d, observed = checked_runs(N, D, loss)
    one_of("errors", errors, ERROR_MODELS)
    r = np.log(np.asarray(law.loss(n, d)) / observed)
    scale = np.mean(np.abs(r)) if errors == "laplace" else np.sqrt(np.mean(r**2))
    if scale < 1e-14:
        raise ValueError("the law fits every run exactly: its residuals have no scale")
    width = 2.0 * scale if errors == "laplace" else np.sqrt(2.0 * np.pi) * scale
    return float(-n.size * (np.log(width) + (1.0 if errors == "laplace" else 0.5)))


def likelihood_ratio(
    N: ArrayLike,
    D: ArrayLike,
    loss: ArrayLike,
    law: ChinchillaLaw,
    *,
    errors: str = "laplace",
    free_factor: bool = False,
) -> LikelihoodRatio:
    """Test a published law against the best law of the same form (Besiroglu et al. 2024, 3.1).

    A colour of Figure 4 stands for a range of losses, and which point of it is read multiplies
    all losses by nearly one number. With `free_factor` the published law gets that number where
    it leaves the smallest absolute residuals, at the price of one degree of freedom; the best
    law of the same form needs none, as E, A and B scale with it.
    """
    from scipy.stats import chi2

    n, d, observed = checked_runs(N, D, loss)
    one_of("errors", errors, ERROR_MODELS)
    if free_factor:
        observed = observed * np.exp(np.median(np.log(np.asarray(law.loss(n, d)) / observed)))
    best = fit_chinchilla(n, d, observed, objective=ERROR_MODELS[errors]).law
    published = log_likelihood(n, d, observed, law, errors=errors)
    fitted = log_likelihood(n, d, observed, best, errors=errors)
    statistic, freedom = 2.0 * (fitted - published), 4 if free_factor else 5
    log_p = float(chi2.logsf(max(statistic, 0.0), freedom))
    p, log10_p = float(np.exp(log_p)), log_p / float(np.log(10.0))
    return LikelihoodRatio(published, fitted, statistic, freedom, p, log10_p, errors, law.source)
