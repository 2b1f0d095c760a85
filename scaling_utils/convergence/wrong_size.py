"""What a model of the wrong size costs: Kaplan et al. 2020, B.16 and B.17.

A model r times the efficient size reaches the same loss with more compute: a larger one in
fewer steps, a smaller one in more, and one that is too small never.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from scaling_utils._validate import FloatArray, FloatOrArray, positive, unwrap
from scaling_utils.laws import KaplanNS
from scaling_utils.laws.base import Record, UnreachableLossError, expect_law, unit


@dataclass(frozen=True)
class SizeInterval(Record):
    """Sizes, relative to the efficient one, that cost at most so much more compute.

    Attributes
    ----------
    low, high : float
        The bounds of the size ratio.
    extra_compute : float
        The extra compute at both bounds, as a fraction.
    """

    low: float = field(metadata=unit("1"))
    high: float = field(metadata=unit("1"))
    extra_compute: float = field(metadata=unit("1"))


def smallest_size_ratio(law: KaplanNS) -> float:
    """Size ratio at which a model only just fails to reach the loss of the efficient one.

    Parameters
    ----------
    law : KaplanNS
        The learning curve L(N, S).

    Returns
    -------
    float
        (1 + alpha_N / alpha_S) ** (-1 / alpha_N): there the bracket of Eq. B.16 is zero.

    Examples
    --------
    >>> round(smallest_size_ratio(KaplanNS(8.8e13, 2.1e3, 0.076, 0.76)), 3)
    0.285
    """
    expect_law("law", law, KaplanNS)
    return float(_size_ratio(law, 0.0))


def compute_ratio(law: KaplanNS, size_ratio: ArrayLike) -> FloatOrArray:
    """Compute to reach a loss, relative to the efficient size (Kaplan et al. 2020, Eq. B.16).

    Parameters
    ----------
    law : KaplanNS
        The learning curve L(N, S).
    size_ratio : array_like
        Model size over the efficient size for that loss.

    Returns
    -------
    float or ndarray
        One at the efficient size, more elsewhere.

    Raises
    ------
    UnreachableLossError
        If a model is too small to reach the loss.
    ValueError
        If a size ratio is not positive and finite.

    Examples
    --------
    >>> law = KaplanNS(N_c=8.8e13, S_c=2.1e3, alpha_N=0.076, alpha_S=0.76)
    >>> compute_ratio(law, [0.6, 1.0, 2.2]).round(3)
    array([1.164, 1.   , 1.203])
    """
    ratio = positive("size_ratio", size_ratio)
    return unwrap(ratio * _bracket(law, ratio) ** (-1 / law.alpha_S))


def steps_ratio(law: KaplanNS, size_ratio: ArrayLike) -> FloatOrArray:
    """Steps to reach a loss, relative to the efficient size (Kaplan et al. 2020, Eq. B.17).

    Parameters
    ----------
    law : KaplanNS
        The learning curve L(N, S).
    size_ratio : array_like
        Model size over the efficient size for that loss.

    Returns
    -------
    float or ndarray
        One at the efficient size, less for larger models.

    Raises
    ------
    UnreachableLossError
        If a model is too small to reach the loss.
    ValueError
        If a size ratio is not positive and finite.

    Examples
    --------
    >>> law = KaplanNS(N_c=8.8e13, S_c=2.1e3, alpha_N=0.076, alpha_S=0.76)
    >>> round(steps_ratio(law, 2.2), 3)
    0.547
    """
    ratio = positive("size_ratio", size_ratio)
    return unwrap(_bracket(law, ratio) ** (-1 / law.alpha_S))


def size_interval(law: KaplanNS, extra_compute: float = 0.2) -> SizeInterval:
    """Find the sizes that cost at most so much more compute (from Eq. B.16).

    Parameters
    ----------
    law : KaplanNS
        The learning curve L(N, S).
    extra_compute : float
        Fraction of extra compute that is allowed, such as 0.2 for 20 %.

    Returns
    -------
    SizeInterval

    Raises
    ------
    ValueError
        If `extra_compute` is not one positive finite number.

    Examples
    --------
    >>> interval = size_interval(KaplanNS(8.8e13, 2.1e3, 0.076, 0.76))
    >>> round(interval.low, 3), round(interval.high, 3)
    (0.577, 2.184)
    """
    expect_law("law", law, KaplanNS)
    extra = positive("extra_compute", extra_compute)
    if extra.ndim:
        raise ValueError(f"extra_compute must be one number, such as 0.2, got {extra.size}")
    allowed = float(np.log1p(extra))

    # Both roots are sought in the logarithm of the bracket u of B.16, where the cost has no
    # pole: u runs from 0 (smallest size) through 1 (efficient size) to 1 + alpha_S / alpha_N.
    def above(log_u: float) -> float:
        return float(np.log(_size_ratio(law, np.exp(log_u))) - log_u / law.alpha_S - allowed)

    # The cost is at least smallest_ratio * u ** (-1 / alpha_S): enough at this u.
    lowest = law.alpha_S * (np.log(smallest_size_ratio(law)) - allowed)
    low = _size_ratio(law, np.exp(brentq(above, lowest - 1, 0.0, xtol=1e-14)))

    def above_for_large(log_ratio: float) -> float:
        ratio = np.asarray(np.exp(log_ratio))
        return float(log_ratio - np.log(_bracket(law, ratio)) / law.alpha_S - allowed)

    # The steps never fall below (1 + alpha_S / alpha_N) ** (-1 / alpha_S): enough here.
    highest = allowed + np.log1p(law.alpha_S / law.alpha_N) / law.alpha_S
    high = np.exp(brentq(above_for_large, 0.0, highest + 1, xtol=1e-14))
    return SizeInterval(float(low), float(high), float(extra))


def _bracket(law: KaplanNS, ratio: FloatArray) -> FloatArray:
    """The bracket of Eqs. B.16 and B.17: what steps may still remove, relative to r = 1."""
    expect_law("law", law, KaplanNS)
    removed = -np.expm1(-law.alpha_N * np.log(ratio))
    bracket: FloatArray = 1 + law.alpha_S / law.alpha_N * removed
    if np.any(bracket <= 0):
        asked = float(np.ravel(ratio[bracket <= 0])[0])
        raise UnreachableLossError(
            f"size_ratio {asked:g} is too small: such a model converges above the loss, however "
            f"long it trains; expected more than {smallest_size_ratio(law):.4g}"
        )
    return bracket


def _size_ratio(law: KaplanNS, bracket: float) -> float:
    """The size ratio at which the bracket has a value: the inverse of `_bracket`."""
    return float(np.exp(-np.log1p(law.alpha_N / law.alpha_S * (1 - bracket)) / law.alpha_N))
