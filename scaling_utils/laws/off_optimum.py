"""What it costs to miss the compute-optimal size, or to train longer than is optimal.

A model of k_N times the best size on k_D times the best tokens has a k_N ** -alpha + b k_D **
-beta times the reducible loss L - E, whatever the budget, with a = beta / (alpha + beta) and b = 1
- a: everything here follows from that. A law's constants may be arrays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from scaling_utils.check import FloatArray, FloatOrArray, unwrap
from scaling_utils.laws.base import UnreachableLossError, root
from scaling_utils.laws.chinchilla import ChinchillaLaw, first
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN


def efficiency_of_size(law: ChinchillaLaw, size_ratio: ArrayLike) -> FloatOrArray:
    """Share of a budget that the best model needs for the loss of one of the wrong size.

    The budget is kept: `size_ratio` times the best size, on tokens divided by as much.
    """
    (k,) = law.arguments(size_ratio=size_ratio)
    excess = law.a * k**-law.alpha + law.b * k**law.beta
    return unwrap(excess ** (-1 / law.frontier_exponent))


def size_wall(law: ChinchillaLaw) -> FloatOrArray:
    """Share of the best size below which no amount of data reaches the same loss."""
    return unwrap(law.a ** (1 / law.alpha))


def data_wall(law: ChinchillaLaw) -> FloatOrArray:
    """Share of the best tokens below which no model of any size reaches the same loss."""
    return unwrap(law.b ** (1 / law.beta))


def data_ratio(law: ChinchillaLaw, size_ratio: ArrayLike) -> FloatOrArray:
    """Tokens over the best with which a model of the wrong size reaches the same loss.

    De Vries 2023: k_D as a function of k_N, the same for every budget. Below the wall it is an
    error for one law, infinity among many.
    """
    (k,) = law.arguments(size_ratio=size_ratio)
    left = np.asarray(1 - law.a * k**-law.alpha)
    if not law.shape and np.any(left <= 0):
        raise UnreachableLossError(
            f"size_ratio {first(k, left):g} is too small: such a model does not reach the loss on "
            f"any amount of data; expected more than {size_wall(law):.4g}"
        )
    return law.fill("data_ratio", law.b, law.beta, left)


def size_overhead(law: ChinchillaLaw, size_ratio: ArrayLike) -> FloatOrArray:
    """Extra training compute of a model of the wrong size at the same loss, as a fraction.

    De Vries 2023: k_N k_D - 1, on both sides of the optimum.
    """
    (k,) = law.arguments(size_ratio=size_ratio)
    return unwrap(k * data_ratio(law, k) - 1)


def critical_size(law: ChinchillaLaw, times: float = 2.0) -> FloatOrArray:
    """Share of the best size at which the same loss costs so many times the compute."""

    def within(x: FloatArray) -> FloatArray:
        left = np.maximum((1 - law.a * np.exp(-law.alpha * x)) / law.b, 1e-300)
        return np.asarray(np.log(left) / law.beta - x + np.log(times))

    wall = np.log(size_wall(law))
    return unwrap(np.exp(root(within, wall, np.zeros_like(wall))))


def compute_at_ratio(law: ChinchillaLaw, M: ArrayLike, loss: ArrayLike) -> FloatOrArray:
    """Compute that reaches a loss at a fixed ratio of tokens to parameters D / N = M, in FLOPs."""
    m, target = law.arguments(M=M, loss=loss)
    log_left = np.log(law.reducible(target))
    model = np.log(law.A) - log_left
    data = np.log(law.B) - law.beta * np.log(m) - log_left
    # In x = log N both terms fall: at the low end one fills the loss, at the high end no more
    # than half is left for each.
    low = np.maximum(model / law.alpha, data / law.beta)
    high = np.maximum((model + np.log(2)) / law.alpha, (data + np.log(2)) / law.beta)
    x = root(lambda x: -np.logaddexp(model - law.alpha * x, data - law.beta * x), low, high)
    return unwrap(FLOPS_PER_PARAMETER_TOKEN * m * np.exp(2 * x))


def compute_worth(law: ChinchillaLaw, C: ArrayLike, excess: ArrayLike) -> FloatOrArray:
    """Times the compute that make up for a loss that is higher by a fraction, at each compute.

    E does not fall with compute, so a fraction of the whole loss becomes a larger part of what can
    still be gained; infinity where no compute makes up for it.
    """
    budget, share = law.arguments(C=C, excess=excess)
    lowest = np.asarray(law.loss_at(budget))
    left = (lowest / (1 + share) - law.E) / (lowest - law.E)
    with np.errstate(divide="ignore"):
        return unwrap(np.maximum(left, 0.0) ** (-1 / law.frontier_exponent))


def compute_multiplier(
    law: ChinchillaLaw, M: ArrayLike, loss: ArrayLike, *, reference: ArrayLike | None = None
) -> FloatOrArray:
    """Times the compute that a ratio costs to reach a loss: over the best, or over a reference.

    >>> law = ChinchillaLaw.from_ratio_form(1.84, 212, 367, 0.136)  # Gadre et al. 2024
    >>> round(compute_multiplier(law, 640, 2.5, reference=20), 1)
    3.3
    """
    spent = compute_at_ratio(law, M, loss)
    least = (
        law.compute_for_loss(loss) if reference is None else compute_at_ratio(law, reference, loss)
    )
    return unwrap(np.divide(spent, least))
