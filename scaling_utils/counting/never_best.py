r"""Sizes that are best for no budget, as a count sees budgets.

Where compute leaves the embeddings out, the budget for which a size is best,

.. math:: \ln C(n) = \ln n + \ln D(n),

need not rise with the size: its slope is that of `growth` below, which is negative in one interval
of sizes if both exponents of the law are small against 1 - p, p the exponent of the embeddings. A
budget then has two locally best sizes, one on each side, with a worst one between. The lower one
is the best up to some budget, where the two are equally good, and the upper one from there on: the
sizes between these two are best for no budget.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from scaling_utils.laws import ChinchillaLaw

TOUCHING = 1e-8
"""Where the two turning points are closer than this, no budget can tell the sizes apart."""

LogBudget = Callable[[float], float]
"""Logarithm of the budget for which exp(its argument) parameters are best, or another value."""


@dataclass(frozen=True)
class Gap:
    """Sizes between two that are equally good for one budget.

    Attributes
    ----------
    log_low, log_high : float
        Logarithms of the two sizes, parameters without embeddings.
    log_budget : float
        Logarithm of that budget, FLOPs as counted, less ln 6.
    """

    log_low: float
    log_high: float
    log_budget: float


def turning_shares(law: ChinchillaLaw, p: float) -> tuple[float, float] | None:
    """Shares of the embeddings between which larger models are best for smaller budgets.

    With u = 1 - (1 - p) s, the slope of ln C has the sign of
    (alpha + 1) u**2 + (beta - 1 - p) u + p.

    Returns
    -------
    tuple of float, or None
        The smaller share (of the larger model) first; None where larger budgets always go with
        larger models.
    """
    linear, square = 1.0 + p - law.beta, law.alpha + 1.0
    rest = linear**2 - 4.0 * p * square
    if linear <= 0.0 or rest <= TOUCHING:
        return None
    us = (linear + np.sqrt(rest)) / (2.0 * square), (linear - np.sqrt(rest)) / (2.0 * square)
    if not p < us[1] < us[0] < 1.0:
        return None
    large, small = ((1.0 - float(u)) / (1.0 - p) for u in us)
    return large, small


def gap_between(
    log_small: float, log_large: float, log_budget: LogBudget, log_loss: LogBudget
) -> Gap:
    """The two sizes that are equally good, from the sizes at which C(n) turns.

    Parameters
    ----------
    log_small, log_large : float
        Logarithms of the sizes at which C(n) has its maximum and, above it, its minimum.
    log_budget, log_loss : callable
        ln C(n) - ln 6, and the logarithm of what size and data can remove of the loss at the
        best data for n, both against ln n.
    """

    def lower(c: float) -> float:
        return _root(log_budget, c, log_small, -1.0)

    def upper(c: float) -> float:
        return _root(log_budget, c, log_large, 1.0)

    # Up to the smallest of these budgets only the lower size exists, and from the largest on only
    # the upper; between them the lower one loses its lead, because it has the more data.
    def lead(c: float) -> float:
        return log_loss(lower(c)) - log_loss(upper(c))

    first, last = log_budget(log_large), log_budget(log_small)
    even = float(brentq(lead, first, last, xtol=1e-13, rtol=1e-14))
    return Gap(lower(even), upper(even), even)


def _root(log_budget: LogBudget, c: float, end: float, direction: float) -> float:
    """The size with a budget on one branch, which begins at `end` and goes one way."""
    if abs(log_budget(end) - c) < 1e-14 * max(1.0, abs(c)):
        return end
    reach = 1.0
    while (log_budget(end + direction * reach) - c) * direction < 0.0:
        reach *= 2.0
    low, high = sorted((end, end + direction * reach))
    return float(brentq(lambda x: log_budget(x) - c, low, high, xtol=1e-13))
