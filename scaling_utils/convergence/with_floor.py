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

from scaling_utils._validate import FloatOrArray, unwrap
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.laws.base import expect_law
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN


def best_excess(law: ChinchillaLaw, C: ArrayLike) -> FloatOrArray:
    """Fraction by which the best run for a budget stops above L(N, infinity) of its model.

    Examples
    --------
    >>> from scaling_utils.published import law
    >>> best_excess(law("besiroglu2024"), [8.64e19, 5.76e23, 3.8e25]).round(3)
    array([0.167, 0.04 , 0.02 ])
    """
    expect_law("law", law, ChinchillaLaw)
    floor, size, data = law.terms(law.N_opt(C), law.D_opt(C))
    return unwrap(np.divide(data, np.add(floor, size)))


def cost_of_stopping_at(law: ChinchillaLaw, C: ArrayLike, excess: ArrayLike) -> FloatOrArray:
    """Compute for the loss of the best run, with a model that stops a given fraction above.

    Times the compute of the best run; infinity where no model can reach the loss so far above
    its own floor, because that floor would lie at E or below.

    Examples
    --------
    >>> from scaling_utils.published import law
    >>> refit = law("besiroglu2024")
    >>> cost_of_stopping_at(refit, [8.64e19, 5.76e23, 3.8e25], 0.02).round(1)
    array([40.9,  2.1,  1. ])
    >>> cost_of_stopping_at(refit, 5.76e23, 0.10)
    inf
    """
    expect_law("law", law, ChinchillaLaw)
    budget, share = law.arguments(C=C, excess=excess)
    floor = np.asarray(law.loss_at(budget) / (1.0 + share))
    N = law.fill("N", law.A, law.alpha, floor - law.E)
    D = law.fill("D", law.B, law.beta, share * floor)
    return unwrap(FLOPS_PER_PARAMETER_TOKEN * np.asarray(N) * D / budget)
