"""How likely the runs are under a law, and a test of a published one."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2

from scaling_utils._validate import FloatArray, aligned, one_of, positive, same_length
from scaling_utils.fitting.fit import fit_chinchilla
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.laws.base import Record, unit

ERROR_MODELS = {"laplace": "absolute", "normal": "log squares"}
"""Distribution of log-loss residuals, and the objective that maximises its likelihood."""


@dataclass(frozen=True)
class LikelihoodRatio(Record):
    """A published law against the law that fits best.

    Attributes
    ----------
    published, fitted : float
        Log-likelihoods; each law has its own scale of residuals.
    statistic : float
        Twice the difference.
    freedom : int
        Degrees of freedom: the five constants that were fitted.
    p, log10_p : float
        Probability of a larger statistic if the published law were true and residuals were
        independent. The logarithm is exact where p is too small for a double.
    errors : str
        Distribution of the residuals.
    against : str
        Source of the published law.
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

    Parameters
    ----------
    N, D, loss : array_like, shape (n,)
        Parameters, tokens and nats per token of each run.
    law : ChinchillaLaw
        The law.
    errors : {"laplace", "normal"}
        Distribution of the residuals. Besiroglu et al. 2024 fit the scale of a Huber
        density; at their optimum it is a Laplace density.

    Raises
    ------
    ValueError
        If the law fits every run exactly, so that no scale is left to fit.

    Examples
    --------
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
    constant = 1.0 if errors == "laplace" else 0.5
    return float(-n.size * (np.log(width) + constant))


def likelihood_ratio(
    N: ArrayLike, D: ArrayLike, loss: ArrayLike, law: ChinchillaLaw, *, errors: str = "laplace"
) -> LikelihoodRatio:
    """Test a published law against the best law of the same form (Besiroglu et al. 2024, 3.1).

    Parameters
    ----------
    N, D, loss : array_like, shape (n,)
        Parameters, tokens and nats per token of each run.
    law : ChinchillaLaw
        The published law, taken as fixed.
    errors : {"laplace", "normal"}
        Distribution of the residuals; the law is fitted by the objective that maximises its
        likelihood.

    Raises
    ------
    FitError
        If the runs do not determine a law.
    ValueError
        If an argument is refused, or a law fits exactly.
    """
    n, d, observed = checked_runs(N, D, loss)
    one_of("errors", errors, ERROR_MODELS)
    best = fit_chinchilla(n, d, observed, objective=ERROR_MODELS[errors]).law
    fixed = log_likelihood(n, d, observed, law, errors=errors)
    fitted = log_likelihood(n, d, observed, best, errors=errors)
    statistic, freedom = 2.0 * (fitted - fixed), 5
    log_p = float(chi2.logsf(max(statistic, 0.0), freedom))
    return LikelihoodRatio(
        published=fixed,
        fitted=fitted,
        statistic=statistic,
        freedom=freedom,
        p=float(np.exp(log_p)),
        log10_p=log_p / float(np.log(10.0)),
        errors=errors,
        against=law.source,
    )


def checked_runs(
    N: ArrayLike, D: ArrayLike, loss: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return N, D and loss as positive arrays of one length, or say what is wrong."""
    aligned(N=N, D=D, loss=loss)
    n = np.atleast_1d(positive("N", N)).ravel()
    d = np.atleast_1d(positive("D", D)).ravel()
    observed = np.atleast_1d(positive("loss", loss)).ravel()
    same_length(N=n, D=d, loss=observed)
    return n, d, observed
