"""How far above its own floor the best run stops when the loss of every model has a floor.

The law of Hoffmann et al. 2022, L = E + A / N ** alpha + B / D ** beta, has a part E that no
model and no training removes. The best model for a budget then stops the fraction

    f = (alpha / beta) * (1 - E / (E + A / N ** alpha))

above L(N, infinity), the loss at which it would settle. Without E this is alpha / beta at every
budget, the rule of Kaplan et al. 2020, Eq. B.5. With E it falls as budgets grow, because less
and less of the loss can still be removed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from scaling_utils._validate import FloatArray, FloatOrArray, between, positive, unwrap
from scaling_utils.bootstrap.result import Bootstrap
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.laws.base import expect_law
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN


def best_excess(law: ChinchillaLaw, C: ArrayLike) -> FloatOrArray:
    """Fraction by which the best run for a budget stops above L(N, infinity) of its model.

    Parameters
    ----------
    law : ChinchillaLaw
        Loss of model size and tokens.
    C : array_like
        Compute, 6 N D, in FLOPs.

    Returns
    -------
    float or ndarray

    Raises
    ------
    ValueError
        If `law` is not a ChinchillaLaw, or a budget is not positive and finite.

    Examples
    --------
    >>> from scaling_utils.published import law
    >>> best_excess(law("besiroglu2024"), [8.64e19, 5.76e23, 3.8e25]).round(3)
    array([0.167, 0.04 , 0.02 ])
    """
    budgets = positive("C", C)
    return unwrap(_excess(_constants(law), budgets.ravel()).reshape(budgets.shape))


def cost_of_stopping_at(law: ChinchillaLaw, C: ArrayLike, excess: float) -> FloatOrArray:
    """Compute for the loss of the best run, with a model that stops a given fraction above.

    Parameters
    ----------
    law : ChinchillaLaw
        Loss of model size and tokens.
    C : array_like
        Compute of the best run, FLOPs.
    excess : float
        Fraction above its own L(N, infinity) at which the other run stops, at the same loss.

    Returns
    -------
    float or ndarray
        Times the compute of the best run, at least one; infinity where no model can reach the
        loss so far above its own floor, because that floor would lie at E or below.

    Raises
    ------
    ValueError
        If `law` is not a ChinchillaLaw, or a number is not positive and finite.

    Examples
    --------
    >>> from scaling_utils.published import law
    >>> refit = law("besiroglu2024")
    >>> cost_of_stopping_at(refit, [8.64e19, 5.76e23, 3.8e25], 0.02).round(1)
    array([40.9,  2.1,  1. ])
    >>> cost_of_stopping_at(refit, 5.76e23, 0.10)
    inf
    """
    budgets = positive("C", C)
    return unwrap(_cost(_constants(law), budgets.ravel(), excess).reshape(budgets.shape))


def best_excess_interval(
    sample: Bootstrap, C: ArrayLike, level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Quantile interval of `best_excess` over the resamples of a fit.

    Parameters
    ----------
    sample : Bootstrap
        Laws fitted to resamples; those that failed are left out.
    C : array_like, shape (n,)
        Compute, FLOPs.
    level : float
        Share of the resamples within the interval.

    Returns
    -------
    low, high : ndarray, shape (n,)

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> from scaling_utils.refit import resamples
    >>> low, high = best_excess_interval(resamples(), [5.76e23])
    >>> bool(0.03 < low[0] < 0.04 < high[0] < 0.08)
    True
    """
    return _interval(_excess(_good(sample), np.atleast_1d(positive("C", C))), level)


def cost_of_stopping_interval(
    sample: Bootstrap, C: ArrayLike, excess: float, level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Quantile interval of `cost_of_stopping_at` over the resamples of a fit.

    Parameters
    ----------
    sample : Bootstrap
        Laws fitted to resamples; those that failed are left out.
    C : array_like, shape (n,)
        Compute of the best run, FLOPs.
    excess : float
        Fraction at which the other run stops.
    level : float
        Share of the resamples within the interval.

    Returns
    -------
    low, high : ndarray, shape (n,)
        Times the compute; infinity is possible.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> from scaling_utils.refit import resamples
    >>> low, high = cost_of_stopping_interval(resamples(), [8.64e19], 0.02)
    >>> bool(10 < low[0] < 41 < high[0])
    True
    """
    return _interval(_cost(_good(sample), np.atleast_1d(positive("C", C)), excess), level)


def _constants(law: ChinchillaLaw) -> FloatArray:
    expect_law("law", law, ChinchillaLaw)
    return np.array([[law.E, law.A, law.B, law.alpha, law.beta]])


def _good(sample: Bootstrap) -> FloatArray:
    return np.asarray(sample.laws[~sample.failed])


def _at_optimum(constants: FloatArray, C: FloatArray) -> tuple[FloatArray, FloatArray]:
    """A / N ** alpha and B / D ** beta at the best N and D, for each law and each budget."""
    _, A, B, alpha, beta = constants.T[:, :, np.newaxis]
    log_G = np.log(alpha * A / (beta * B)) / (alpha + beta)
    log_ND = np.log(C / FLOPS_PER_PARAMETER_TOKEN)
    log_N = log_G + beta / (alpha + beta) * log_ND
    return A * np.exp(-alpha * log_N), B * np.exp(-beta * (log_ND - log_N))


def _excess(constants: FloatArray, C: FloatArray) -> FloatArray:
    size, data = _at_optimum(constants, C)
    return np.asarray(data / (constants[:, :1] + size))


def _cost(constants: FloatArray, C: FloatArray, excess: float) -> FloatArray:
    """Times the compute for each law (rows of E, A, B, alpha, beta) and each budget."""
    E, A, B, alpha, beta = constants.T[:, :, np.newaxis]
    share = float(positive("excess", excess))
    size, data = _at_optimum(constants, C)
    floor = (E + size + data) / (1.0 + share)
    reachable = floor > E
    left = np.where(reachable, floor - E, 1.0)
    log_N = np.log(A / left) / alpha
    log_D = np.log(B / (share * floor)) / beta
    times = FLOPS_PER_PARAMETER_TOKEN * np.exp(log_N + log_D - np.log(C))
    return np.asarray(np.where(reachable, times, np.inf))


def _interval(values: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    share = float(between("level", level, 0.0, 1.0))
    # Order statistics, because the difference of two infinities is not a number.
    low, high = np.quantile(
        values, [0.5 - share / 2, 0.5 + share / 2], axis=0, method="inverted_cdf"
    )
    return low, high
