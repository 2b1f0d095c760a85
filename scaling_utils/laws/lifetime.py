"""The cheapest model over its whole life: training and use (Sardana et al. 2023).

Among all models of one loss, training (6 N D) and use (2 N for each token read or written)
together cost least where one per cent more parameters replaces 1 + I / (3 D) per cent of the
tokens, with I the inference tokens. There is no closed form.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from scaling_utils import check
from scaling_utils.check import FloatArray, FloatOrArray, unwrap
from scaling_utils.laws.base import expect_law, root
from scaling_utils.laws.chinchilla import ChinchillaLaw
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN, Record, unit

INFERENCE_FLOPS_PER_PARAMETER_TOKEN = 2.0
"""FLOPs of one forward pass per parameter and token (Sardana et al. 2023, Section 2)."""


@dataclass(frozen=True, eq=False)
class InferenceOptimum(Record):
    """The cheapest model of a loss when it is also used; `N_training` is cheapest to train.

    `first_order` is the relative error of the condition for the optimum: zero up to rounding.
    """

    N: FloatOrArray = field(metadata=unit("parameters"))
    D: FloatOrArray = field(metadata=unit("tokens"))
    loss: FloatOrArray = field(metadata=unit("nats per token"))
    inference_tokens: FloatOrArray = field(metadata=unit("tokens", "non-negative"))
    total_flops: FloatOrArray = field(metadata=unit("FLOPs"))
    N_training: FloatOrArray = field(metadata=unit("parameters"))
    D_training: FloatOrArray = field(metadata=unit("tokens"))
    total_flops_training: FloatOrArray = field(metadata=unit("FLOPs"))
    first_order: FloatOrArray = field(metadata=unit("1", "any"))
    source: str = "user"

    @property
    def saving(self) -> FloatOrArray:
        """Share of all FLOPs saved against the model that is cheapest to train."""
        return 1 - self.total_flops / self.total_flops_training

    @property
    def data_ratio(self) -> FloatOrArray:
        """Training tokens over those of the model that is cheapest to train."""
        return self.D / self.D_training


def total_flops(N: ArrayLike, D: ArrayLike, inference_tokens: ArrayLike) -> FloatOrArray:
    """Training and inference together, 6 N D + 2 N I, in FLOPs."""
    use = check.finite("inference_tokens", inference_tokens)
    if np.any(use < 0):
        raise ValueError(f"inference_tokens must not be negative, got {float(use.min()):g}")
    check.aligned(N=N, D=D, inference_tokens=inference_tokens)
    n, d, _ = check.positive_together(N=N, D=D, inference_tokens=use + 1.0)
    with np.errstate(over="ignore", under="ignore"):
        spent = FLOPS_PER_PARAMETER_TOKEN * d + INFERENCE_FLOPS_PER_PARAMETER_TOKEN * use
        return check.representable("total FLOPs", n * spent)


def inference_optimum(
    law: ChinchillaLaw, loss: ArrayLike, inference_tokens: ArrayLike
) -> InferenceOptimum:
    """Find the model of a given loss that is cheapest to train and use.

    A model as good as a compute-optimal 13B, for two trillion tokens of use:

    >>> law = ChinchillaLaw(1.69, 406.4, 410.7, 0.336, 0.283)
    >>> loss = law.loss(13e9, law.optimal_tokens_for(13e9))
    >>> best = inference_optimum(law, loss, 2e12)
    >>> f"{best.N:.3g} {best.data_ratio:.2f} {best.saving:.3f}"
    '6.97e+09 2.16 0.174'
    """
    expect_law("law", law, ChinchillaLaw)
    left = np.log(law.reducible(loss))

    # u is the log odds of the model's share of the reducible loss; between the two walls it
    # takes every value, and with it N falls and D rises.
    def model_and_data(u: FloatArray) -> tuple[FloatOrArray, FloatOrArray]:
        log_N = (np.log(law.A) - left + np.logaddexp(0, -u)) / law.alpha
        log_D = (np.log(law.B) - left + np.logaddexp(0, u)) / law.beta
        return law.exp("N", log_N), law.exp("D", log_D)

    start = np.asarray(np.log(law.beta / law.alpha))
    N0, D0 = model_and_data(start)
    at_first = total_flops(N0, D0, inference_tokens)
    use = check.finite("inference_tokens", inference_tokens)
    weight = INFERENCE_FLOPS_PER_PARAMETER_TOKEN / FLOPS_PER_PARAMETER_TOKEN * use
    # D rises with u, so 1 + I / (3 D) is never more than at the start.
    end = start + np.log1p(weight / D0)
    u = root(lambda u: u - start - np.log1p(weight / model_and_data(u)[1]), start, end)
    N, D = model_and_data(u)
    error = unwrap(law.exchange_elasticity(N, D) / (1 + weight / D) - 1)
    if (off := np.max(np.abs(error))) > 1e-6:
        raise ValueError(
            f"no optimum found: the first-order condition is off by {off:.1g}; the loss lies too "
            f"close to E = {law.E}"
        )
    best = N, D, law.loss(N, D), unwrap(use), total_flops(N, D, use)
    return InferenceOptimum(*best, N0, D0, at_first, error, law.source)
