"""What a small difference of the loss is worth in parameters, data or compute.

A per cent of the loss sounds like nothing. The exponents of scaling laws are small, so a
per cent is worth many per cent of a resource: in Figure 5 of Kaplan et al. 2020, 22 % of the
compute.
"""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from scaling_utils._validate import FloatArray, FloatOrArray, between, positive, unwrap
from scaling_utils.bootstrap.result import Bootstrap
from scaling_utils.laws import ChinchillaLaw, PowerLaw
from scaling_utils.laws.base import expect_law
from scaling_utils.units import training_flops

FLOPS_PER_PARAMETER_TOKEN = float(cast(float, training_flops(1.0, 1.0)))


def worth(law: PowerLaw, excess: ArrayLike) -> FloatOrArray:
    """How many times the resource makes up for a loss that is higher by a fraction.

    Parameters
    ----------
    law : PowerLaw
        The law of the resource; where on its line one stands makes no difference.
    excess : array_like
        The fraction, such as 0.01 for one per cent.

    Returns
    -------
    float or ndarray
        (1 + excess) ** (1 / exponent).

    Raises
    ------
    ValueError
        If an excess is not positive.

    Examples
    --------
    >>> from scaling_utils.published import law
    >>> round(worth(law("kaplan2020/L(C_min)"), 0.01), 2)
    1.22
    """
    expect_law("law", law, PowerLaw)
    return unwrap((1.0 + positive("excess", excess)) ** (1.0 / law.exponent))


def worth_with_floor(law: ChinchillaLaw, C: ArrayLike, excess: float) -> FloatOrArray:
    """How many times the compute makes up for it where the loss has a floor E.

    Parameters
    ----------
    law : ChinchillaLaw
        Its constant E does not fall with compute, so a fraction of the whole loss becomes a
        larger and larger part of what can still be gained.
    C : array_like
        Compute of the better of two runs, FLOPs.
    excess : float
        Fraction by which the other's loss is higher, at every compute.

    Returns
    -------
    float or ndarray
        Times the compute; infinity where no compute brings the other down to the same loss.

    Raises
    ------
    ValueError
        If the compute or the excess is not positive.

    Examples
    --------
    >>> from scaling_utils.published import law
    >>> round(worth_with_floor(law("hoffmann2022/tex"), 1e21, 0.03), 2)
    2.14
    """
    expect_law("law", law, ChinchillaLaw)
    constants = np.array([[law.E, law.A, law.B, law.alpha, law.beta]])
    budgets = positive("C", C)
    return unwrap(_worth(constants, budgets.ravel(), excess).reshape(budgets.shape))


def worth_interval(
    sample: Bootstrap, C: ArrayLike, excess: float, level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Quantile interval of `worth_with_floor` over the resamples of a fit.

    Parameters
    ----------
    sample : Bootstrap
        Laws fitted to resamples.
    C : array_like, shape (n,)
        Compute of the better of two runs, FLOPs.
    excess : float
        Fraction by which the other's loss is higher.
    level : float
        Share of the resamples within the interval.

    Returns
    -------
    low, high : ndarray, shape (n,)
        Times the compute; infinity is possible.

    Raises
    ------
    ValueError
        If an argument is out of its range, or more than a tenth of the resamples are left out.

    Examples
    --------
    >>> from scaling_utils.refit import resamples
    >>> low, high = worth_interval(resamples(), [5.76e23], 0.03)
    >>> bool(5 < low[0] < 10 < high[0] < 30)
    True
    """
    share = float(between("level", level, 0.0, 1.0))
    values = _worth(sample.kept_laws(), np.atleast_1d(positive("C", C)), excess)
    # Order statistics, because the difference of two infinities is not a number.
    low, high = np.quantile(
        values, [0.5 - share / 2, 0.5 + share / 2], axis=0, method="inverted_cdf"
    )
    return low, high


def _worth(constants: FloatArray, C: FloatArray, excess: float) -> FloatArray:
    """Times the compute for each law (rows of E, A, B, alpha, beta) and each budget."""
    E, A, B, alpha, beta = constants.T[:, :, None]
    share = 1.0 + float(positive("excess", excess))
    gamma = alpha * beta / (alpha + beta)
    G = (alpha * A / (beta * B)) ** (1.0 / (alpha + beta))
    reducible = (A * G**-alpha + B * G**beta) * (C / FLOPS_PER_PARAMETER_TOKEN) ** -gamma
    left = ((E + reducible) / share - E) / reducible
    reachable = left > 0
    times = np.where(reachable, left, 1.0) ** (-1.0 / gamma)
    return np.where(reachable, times, np.inf)
