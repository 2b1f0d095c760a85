"""The cheapest model over its whole life: training and use (Sardana et al. 2023).

Among all models of one loss, training (6 N D) and use (2 N for each token read or written)
together cost least where one per cent more parameters replaces 1 + I / (3 D) per cent of the
tokens, with I the inference tokens. There is no closed form.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from scaling_utils.check import (
    FloatArray,
    FloatOrArray,
    aligned,
    finite,
    one_number,
    positive_together,
    representable,
    unwrap,
)
from scaling_utils.laws.base import expect_law, root
from scaling_utils.laws.chinchilla import ChinchillaLaw
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN, Record, unit

INFERENCE_FLOPS_PER_PARAMETER_TOKEN = 2.0
"""FLOPs of one forward pass per parameter and token (Sardana et al. 2023, Section 2)."""


@dataclass(frozen=True, eq=False)
class InferenceOptimum(Record):
    """The cheapest model of a loss when it is also used; `N_training` is cheapest to train.

    Numbers, or arrays where there are many laws, losses or tokens. `first_order` is the relative
    error of the condition for the optimum: zero up to rounding.
    """

    N: float = field(metadata=unit("parameters"))
    D: float = field(metadata=unit("tokens"))
    loss: float = field(metadata=unit("nats per token"))
    inference_tokens: float = field(metadata=unit("tokens", "non-negative"))
    total_flops: float = field(metadata=unit("FLOPs"))
    N_training: float = field(metadata=unit("parameters"))
    D_training: float = field(metadata=unit("tokens"))
    total_flops_training: float = field(metadata=unit("FLOPs"))
    first_order: float = field(metadata=unit("1", "any"))
    source: str = "user"

    @property
    def tokens_per_parameter(self) -> float:
        """Training tokens per parameter."""
        return self.D / self.N

    @property
    def saving(self) -> float:
        """Share of all FLOPs saved against the model that is cheapest to train."""
        return 1 - self.total_flops / self.total_flops_training

    @property
    def data_ratio(self) -> float:
        """Training tokens over those of the model that is cheapest to train."""
        return self.D / self.D_training

    @property
    def training_ratio(self) -> float:
        """Training compute over that of the model that is cheapest to train."""
        return self.data_ratio * self.N / self.N_training


def total_flops(N: ArrayLike, D: ArrayLike, inference_tokens: ArrayLike) -> FloatOrArray:
    """Training and inference together, 6 N D + 2 N I, in FLOPs."""
    use = _use(inference_tokens)
    aligned(N=N, D=D, inference_tokens=inference_tokens)
    n, d, _ = positive_together(N=N, D=D, inference_tokens=use + 1.0)
    with np.errstate(over="ignore", under="ignore"):
        spent = FLOPS_PER_PARAMETER_TOKEN * d + INFERENCE_FLOPS_PER_PARAMETER_TOKEN * use
        return representable("total FLOPs", n * spent)


def inference_optimum(
    law: ChinchillaLaw, loss: ArrayLike, inference_tokens: ArrayLike
) -> InferenceOptimum:
    """Find the model of a given loss that is cheapest to train and use.

    Without use (zero tokens) it is the compute-optimal one. For costs in money weigh the tokens
    first, see `equivalent_inference_tokens`.

    A model as good as a compute-optimal 13B, for two trillion tokens of use.

    >>> law = ChinchillaLaw(1.69, 406.4, 410.7, 0.336, 0.283)
    >>> loss = law.loss(13e9, law.optimal_tokens_for(13e9))
    >>> best = inference_optimum(law, loss, 2e12)
    >>> f"{best.N:.3g} {best.data_ratio:.2f} {best.saving:.3f}"
    '6.97e+09 2.16 0.174'
    """
    expect_law("law", law, ChinchillaLaw)
    left, use = np.log(law.reducible(loss)), _use(inference_tokens)
    weight = INFERENCE_FLOPS_PER_PARAMETER_TOKEN / FLOPS_PER_PARAMETER_TOKEN * use

    # u is the log odds of the model's share of the reducible loss; between the two walls it
    # takes every value, and with it N falls and D rises.
    def model_and_data(u: FloatArray) -> tuple[FloatArray, FloatArray]:
        log_N = (np.log(law.A) - left + np.logaddexp(0, -u)) / law.alpha
        log_D = (np.log(law.B) - left + np.logaddexp(0, u)) / law.beta
        return np.asarray(law.exp("N", log_N)), np.asarray(law.exp("D", log_D))

    start = np.asarray(np.log(law.beta / law.alpha))
    N0, D0 = model_and_data(start)
    # D rises with u, so 1 + I / (3 D) is never more than at the start.
    end = start + np.log1p(weight / D0)
    u = root(lambda u: u - start - np.log1p(weight / model_and_data(u)[1]), start, end)
    N, D = model_and_data(u)
    error = np.asarray(law.exchange_elasticity(N, D)) / (1 + weight / D) - 1
    if np.any(np.abs(error) > 1e-6):
        raise ValueError(
            f"no optimum found: the first-order condition is off by {np.abs(error).max():.1g}; "
            f"the loss lies too close to E = {law.E}"
        )
    whole, whole0 = total_flops(N, D, use), total_flops(N0, D0, use)
    numbers: list[Any] = [
        unwrap(x) for x in (N, D, law.loss(N, D), use, whole, N0, D0, whole0, error)
    ]
    return InferenceOptimum(*numbers, law.source)  # type: ignore[call-arg]


def equivalent_inference_tokens(
    read: float,
    written: float,
    *,
    mfu_training: float = 0.5,
    mfu_reading: float = 0.5,
    mfu_writing: float = 0.01,
) -> float:
    """Inference tokens weighed by what they cost against training, in tokens.

    Hardware in use does a smaller share of its peak in FLOPs (`mfu`) than in training, mostly
    while it writes: Sardana et al. 2023 take 50 % for training and reading, 1 % for writing.
    """
    training, *shares = (one_number("mfu", s) for s in (mfu_training, mfu_reading, mfu_writing))
    tokens = one_number("read", read, zero=True), one_number("written", written, zero=True)
    return sum(count * training / share for count, share in zip(tokens, shares, strict=True))


def _use(inference_tokens: ArrayLike) -> FloatArray:
    use = finite("inference_tokens", inference_tokens)
    if np.any(use < 0):
        raise ValueError(f"inference_tokens must not be negative, got {float(use.min()):g}")
    return use
