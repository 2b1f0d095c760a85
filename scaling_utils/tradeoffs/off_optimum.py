r"""What it costs to miss the compute-optimal size, in both directions.

At the optimum of C = 6 N D the model has the share a = beta / (alpha + beta) of the
reducible loss, and the data have b = alpha / (alpha + beta). A model of k_N times the best
size on k_D times the best tokens therefore has a k_N ** -alpha + b k_D ** -beta times the
reducible loss, whatever the budget. Everything here follows from that, in closed form.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scaling_utils._validate import FloatArray, FloatOrArray, one_number, positive, unwrap
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.laws.base import Record, expect_law, from_log, unit
from scipy.optimize import brentq

from scaling_utils.convergence import UnreachableLossError


@dataclass(frozen=True)
class SizeRange(Record):
    """Sizes, relative to the compute-optimal one, that cost at most so much more compute.

    Attributes
    ----------
    low, high : float
        The bounds of the size ratio.
    extra_compute : float
        Extra compute at both bounds, as a fraction.
    source : str
        The law's source.
    """

    low: float = field(metadata=unit("1"))
    high: float = field(metadata=unit("1"))
    extra_compute: float = field(metadata=unit("1"))
    source: str = "user"


def efficiency_of_size(law: ChinchillaLaw, size_ratio: ArrayLike) -> FloatOrArray:
    """Equivalent compute of a model of the wrong size, as a share of its budget.

    The budget is kept: `size_ratio` times the best size, on tokens divided by as much.

    Parameters
    ----------
    law : ChinchillaLaw
        The law.
    size_ratio : array_like
        Model size over the compute-optimal size for that budget.

    Returns
    -------
    float or ndarray
        A fraction, the same for every budget.

    Raises
    ------
    ValueError
        If a ratio is not positive and finite.

    Examples
    --------
    >>> law = ChinchillaLaw(1.8172, 482.01, 2085.43, 0.3478, 0.3658)
    >>> efficiency_of_size(law, [0.25, 0.5, 1, 2, 4]).round(2)
    array([0.52, 0.84, 1.  , 0.84, 0.51])
    """
    expect_law("law", law, ChinchillaLaw)
    k = positive("size_ratio", size_ratio)
    excess = law.a * k**-law.alpha + law.b * k**law.beta
    return unwrap(excess ** (-1 / law.frontier_exponent))


def size_wall(law: ChinchillaLaw) -> float:
    """Size ratio below which no amount of data makes up for the missing parameters.

    Examples
    --------
    >>> round(size_wall(ChinchillaLaw(1.69, 406.4, 410.7, 0.336, 0.283)), 3)
    0.097
    """
    expect_law("law", law, ChinchillaLaw)
    return float(law.a ** (1 / law.alpha))


def data_wall(law: ChinchillaLaw) -> float:
    """Ratio of tokens below which no number of parameters makes up for the missing data.

    Examples
    --------
    >>> round(data_wall(ChinchillaLaw(1.8172, 482.01, 2085.43, 0.3478, 0.3658)), 3)
    0.14
    """
    expect_law("law", law, ChinchillaLaw)
    return float(law.b ** (1 / law.beta))


def data_ratio(law: ChinchillaLaw, size_ratio: ArrayLike) -> FloatOrArray:
    """Tokens, relative to the best, with which a model of the wrong size reaches the same loss.

    De Vries 2023: k_D as a function of k_N, independent of the budget.

    Parameters
    ----------
    law : ChinchillaLaw
        The law.
    size_ratio : array_like
        Model size over the compute-optimal size for that loss.

    Returns
    -------
    float or ndarray
        Tokens over the compute-optimal tokens for that loss.

    Raises
    ------
    UnreachableLossError
        If a model is too small to reach the loss with any amount of data.

    Examples
    --------
    >>> law = ChinchillaLaw(1.69, 406.4, 410.7, 0.336, 0.283)
    >>> data_ratio(law, [0.3, 0.5, 1.0]).round(2)
    array([6.85, 2.42, 1.  ])
    """
    expect_law("law", law, ChinchillaLaw)
    k = positive("size_ratio", size_ratio)
    left = (1 - law.a * k**-law.alpha) / law.b
    if np.any(left <= 0):
        raise UnreachableLossError(
            f"size_ratio {float(k[left <= 0].flat[0]):g} is too small: such a model does not "
            f"reach the loss on any amount of data; expected more than {size_wall(law):.4g}"
        )
    return unwrap(from_log("data_ratio", -np.log(left) / law.beta))


def size_overhead(law: ChinchillaLaw, size_ratio: ArrayLike) -> FloatOrArray:
    """Extra training compute of a model of the wrong size at the same loss, as a fraction.

    De Vries 2023: k_N k_D - 1. It holds on both sides of the optimum.

    Parameters
    ----------
    law : ChinchillaLaw
        The law.
    size_ratio : array_like
        Model size over the compute-optimal size for that loss.

    Returns
    -------
    float or ndarray
        0.2 is twenty per cent more.

    Raises
    ------
    UnreachableLossError
        If a model is too small to reach the loss with any amount of data.

    Examples
    --------
    >>> law = ChinchillaLaw(1.69, 406.4, 410.7, 0.336, 0.283)
    >>> size_overhead(law, [0.25, 0.5, 0.75, 2.0]).round(3)
    array([1.889, 0.208, 0.028, 0.131])
    """
    return unwrap(positive("size_ratio", size_ratio) * data_ratio(law, size_ratio) - 1)


def sizes_within(law: ChinchillaLaw, extra_compute: float) -> SizeRange:
    """Find the sizes that reach the same loss for at most so much more training compute.

    Parameters
    ----------
    law : ChinchillaLaw
        The law.
    extra_compute : float
        Fraction of extra compute that is allowed, such as 0.2.

    Returns
    -------
    SizeRange
        Its low end is de Vries's critical size if `extra_compute` is one.

    Raises
    ------
    ValueError
        If `extra_compute` is not one positive finite number.

    Examples
    --------
    >>> allowed = sizes_within(ChinchillaLaw(1.69, 406.4, 410.7, 0.336, 0.283), 1.0)
    >>> round(allowed.low, 3), round(allowed.high, 2)
    (0.305, 6.43)
    """
    expect_law("law", law, ChinchillaLaw)
    extra = one_number("extra_compute", extra_compute)
    allowed = float(np.log1p(extra))

    # The odds u = log(s / (1 - s)) of the model's share s of the reducible loss run over all
    # numbers between the two walls; the cost grows without bound on both sides of the best.
    def logs(u: float) -> tuple[float, float]:
        log_k_N = (np.log(law.a) + np.logaddexp(0, -u)) / law.alpha
        log_k_D = (np.log(law.b) + np.logaddexp(0, u)) / law.beta
        return float(log_k_N), float(log_k_D)

    best = float(np.log(law.a / law.b))
    # At distance x the cost is at least (x + log a) / alpha + log b / beta, or its mirror.
    least = np.log(law.a) / law.alpha + np.log(law.b) / law.beta
    reach = max(law.alpha, law.beta) * (allowed - least) + abs(best) + 1

    def root(u: float) -> float:
        found = brentq(lambda v: sum(logs(v)) - allowed, best, u, xtol=1e-13)
        return float(from_log("size ratio", np.asarray(logs(found)[0])))

    ends: FloatArray = np.sort([root(best + reach), root(best - reach)])
    return SizeRange(float(ends[0]), float(ends[1]), extra, law.source)
