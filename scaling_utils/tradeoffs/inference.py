"""The cheapest model over its whole life: training and use (Sardana et al. 2023).

Among all models of one loss, find the one whose training (6 N D) and use (2 N for each token
read or written) together cost least. There is no closed form. The optimum is where one per
cent more parameters replaces 1 + I / (3 D) per cent of the tokens, with I the inference tokens.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scaling_utils._validate import (
    FloatOrArray,
    aligned,
    finite,
    one_number,
    positive_together,
    representable,
)
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.laws.base import Record, from_log, unit
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN
from scipy.optimize import brentq

from scaling_utils.tradeoffs.iso_loss import exchange_elasticity, reducible

INFERENCE_FLOPS_PER_PARAMETER_TOKEN = 2.0
"""FLOPs of one forward pass per parameter and token (Sardana et al. 2023, Section 2)."""


@dataclass(frozen=True)
class InferenceOptimum(Record):
    """The cheapest model of a loss, when it is also used.

    Attributes
    ----------
    N, D : float
        Parameters and training tokens.
    loss : float
        Nats per token.
    inference_tokens : float
        Tokens read and written over its life.
    total_flops : float
        Training and inference.
    N_training, D_training : float
        The model that is cheapest to train to the same loss.
    total_flops_training : float
        What that model costs in training and inference.
    first_order : float
        Relative error of the first-order condition at the root; zero up to rounding.
    source : str
        The law's source.
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
    def saving(self) -> float:
        """Share of all FLOPs saved against the model that is cheapest to train."""
        return 1 - self.total_flops / self.total_flops_training

    @property
    def data_ratio(self) -> float:
        """Training tokens over those of the model that is cheapest to train."""
        return self.D / self.D_training


def total_flops(N: ArrayLike, D: ArrayLike, inference_tokens: ArrayLike) -> FloatOrArray:
    """Training and inference together, 6 N D + 2 N I, in FLOPs.

    Parameters
    ----------
    N, D : array_like
        Parameters and training tokens.
    inference_tokens : array_like
        Tokens that the model reads and writes over its life; zero or more.

    Raises
    ------
    ValueError
        If N or D is not positive and finite, inference tokens are negative or not finite, the
        shapes do not broadcast, or the result is beyond double precision.

    Examples
    --------
    >>> total_flops(70e9, 1.4e12, 1e12)
    7.28e+23
    """
    use = finite("inference_tokens", inference_tokens)
    if (use < 0).any():
        raise ValueError(f"inference_tokens must not be negative, got {float(use.min()):g}")
    aligned(N=N, D=D, inference_tokens=inference_tokens)
    n, d, _ = positive_together(N=N, D=D, inference_tokens=use + 1.0)
    with np.errstate(over="ignore", under="ignore"):
        trained, used = FLOPS_PER_PARAMETER_TOKEN * d, INFERENCE_FLOPS_PER_PARAMETER_TOKEN * use
        return representable("total FLOPs", n * (trained + used))


def inference_optimum(
    law: ChinchillaLaw, loss: float, inference_tokens: float
) -> InferenceOptimum:
    """Find the model of a given loss that is cheapest to train and use.

    Parameters
    ----------
    law : ChinchillaLaw
        The law.
    loss : float
        Nats per token, above E.
    inference_tokens : float
        Tokens that it reads and writes over its life; zero gives the compute-optimal model.
        For costs in money weigh them first, see `equivalent_inference_tokens`.

    Returns
    -------
    InferenceOptimum

    Raises
    ------
    UnreachableLossError
        If the loss is not above E.
    ValueError
        If an argument is not one finite number of the right sign, or the root does not
        satisfy the first-order condition.

    Examples
    --------
    A model as good as a compute-optimal 13B, for two trillion tokens of use.

    >>> law = ChinchillaLaw(1.69, 406.4, 410.7, 0.336, 0.283)
    >>> from scaling_utils.tradeoffs.equivalent import optimal_tokens_for
    >>> loss = law.loss(13e9, optimal_tokens_for(law, 13e9))
    >>> best = inference_optimum(law, loss, 2e12)
    >>> f"{best.N:.3g} {best.data_ratio:.2f} {best.saving:.3f}"
    '6.97e+09 2.16 0.174'
    """
    left = float(np.log(reducible(law, one_number("loss", loss))))
    use = one_number("inference_tokens", inference_tokens, zero=True)
    weight = INFERENCE_FLOPS_PER_PARAMETER_TOKEN / FLOPS_PER_PARAMETER_TOKEN * use

    # u is the log odds of the model's share of the reducible loss; between the two walls it
    # takes every value, and with it N falls and D rises.
    def model_and_data(u: float) -> tuple[float, float]:
        log_N = (np.log(law.A) - left + np.logaddexp(0, -u)) / law.alpha
        log_D = (np.log(law.B) - left + np.logaddexp(0, u)) / law.beta
        N, D = from_log("N", np.asarray(log_N)), from_log("D", np.asarray(log_D))
        return float(N), float(D)

    def condition(u: float) -> float:
        return float(u + np.log(law.alpha / law.beta) - np.log1p(weight / model_and_data(u)[1]))

    start = float(np.log(law.beta / law.alpha))
    N0, D0 = model_and_data(start)
    # D rises with u, so the right-hand side of the condition is never more than at the start.
    end = start + float(np.log1p(weight / D0))
    u = brentq(condition, start - 1e-9, end + 1e-9, xtol=1e-13) if weight else start
    N, D = model_and_data(u)
    needed = 1 + weight / D
    error = float(exchange_elasticity(law, N, D)) / needed - 1
    if abs(error) > 1e-6:
        raise ValueError(
            f"no optimum found for loss {loss:g} and {use:g} inference tokens: the first-order "
            f"condition is off by {error:.1g}; the loss lies too close to E = {law.E:g}"
        )
    return InferenceOptimum(
        N, D, float(law.loss(N, D)), use, float(total_flops(N, D, use)),
        N0, D0, float(total_flops(N0, D0, use)), error, law.source,
    )  # fmt: skip


def equivalent_inference_tokens(
    read: float,
    written: float,
    *,
    mfu_training: float = 0.5,
    mfu_reading: float = 0.5,
    mfu_writing: float = 0.01,
) -> float:
    """Inference tokens weighed by what they cost against training, in tokens.

    Hardware in use does a smaller share of its peak in FLOPs than in training, mostly while
    it writes. Sardana et al. 2023 take 50 % for training and reading, 1 % for writing.

    Parameters
    ----------
    read, written : float
        Tokens of prompts, and tokens generated.
    mfu_training, mfu_reading, mfu_writing : float
        Share of the peak that is used, model FLOPs utilisation.

    Returns
    -------
    float
        Tokens that would cost as much if every FLOP cost what it costs in training.

    Raises
    ------
    ValueError
        If a number of tokens is negative or a share is not positive.

    Examples
    --------
    >>> f"{equivalent_inference_tokens(read=1e12, written=1e11):.3g}"
    '6e+12'
    """
    shares = [one_number("mfu", share) for share in (mfu_training, mfu_reading, mfu_writing)]
    tokens = [
        one_number(name, count, zero=True)
        for name, count in (("read", read), ("written", written))
    ]
    return tokens[0] * shares[0] / shares[1] + tokens[1] * shares[0] / shares[2]
