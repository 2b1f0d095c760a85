"""What a law says of Gopher against Chinchilla.

Each quantity is a function of a law: of `refit().law` a number, of `resamples().law` one for each
resample, 95 per cent of which make an interval. Losses are in nats per token.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from reanalysis.refit import refit, resamples
from scaling_utils.check import FloatArray, FloatOrArray
from scaling_utils.datasets import load
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.numbers import fmt
from scaling_utils.power_fit import interval
from scaling_utils.published import constant, law
from scaling_utils.transformer import SHAPE, Architecture, kaplan_parameters

PRINTED, TEX, OURS = "Hoffmann, printed", "Hoffmann, unrounded", "our refit"

Quantity = Callable[[ChinchillaLaw], FloatOrArray]


def model(name: str) -> tuple[float, float]:
    """Parameters and tokens of "Gopher" or "Chinchilla" (Hoffmann et al. 2022, Table 1)."""
    N, D = (constant(f"hoffmann2022/{name}", symbol).value for symbol in ("N", "D"))
    return N, D


GOPHER, CHINCHILLA = model("Gopher"), model("Chinchilla")


def laws() -> dict[str, ChinchillaLaw]:
    """Return the four sets of constants that are compared; the unrounded are the TeX source's."""
    return {
        PRINTED: law("hoffmann2022/printed"),
        TEX: law("hoffmann2022/tex"),
        "Besiroglu et al.": law("besiroglu2024"),
        OURS: refit().law,
    }


def ends(quantity: Quantity) -> tuple[float, float]:
    """Bound a quantity by 95 per cent of the resamples, infinity included."""
    low, high = interval(quantity(resamples().law))
    return float(low), float(high)


def in_words(quantity: Quantity, spec: str, never: str = "no size at all") -> str:
    """Write a quantity of the refit with its interval, whose upper end may be infinite."""
    low, high = ends(quantity)
    end = fmt(high, spec) if np.isfinite(high) else never
    return f"{fmt(float(quantity(refit().law)), spec)} ({fmt(low, spec)} to {end})"


def part(symbol: str, x: float) -> Quantity:
    """The part of the loss that x parameters ("N") or x tokens ("D") leave."""
    return lambda law: law.terms(x, x)[1 if symbol == "N" else 2]


def gap(law: ChinchillaLaw) -> FloatOrArray:
    """Loss of Gopher minus loss of Chinchilla, nats per token."""
    return law.loss(*GOPHER) - law.loss(*CHINCHILLA)


def parameters_needed(law: ChinchillaLaw) -> FloatOrArray:
    """The size that reaches Chinchilla's loss on Gopher's tokens, parameters; may be inf."""
    return law.parameters_for_loss(GOPHER[1], law.loss(*CHINCHILLA))


def infinite_lead(law: ChinchillaLaw) -> FloatOrArray:
    """Loss of Chinchilla minus that of an infinite model on Gopher's tokens, nats per token."""
    return law.loss(*CHINCHILLA) - law.loss_infinite_model(GOPHER[1])


def gain(symbol: str, start: tuple[float, float], times: float = 4.0) -> Quantity:
    """Nats that so many times the parameters ("N") or the tokens ("D") take off the loss."""
    x = start[0] if symbol == "N" else start[1]
    return lambda law: part(symbol, x)(law) - part(symbol, times * x)(law)


def kaplan_size(model: str) -> float:
    """Parameters as Kaplan et al. 2020 count them, 12 L d ** 2: for Gopher 258 of 280 billion."""
    shapes = load("hoffmann2022_table4").set_index("model")
    held = {str(k): int(v) for k, v in shapes.loc[model, list(SHAPE)].to_dict().items()}
    return kaplan_parameters(Architecture.hoffmann(**held))


def kaplan_losses() -> pd.DataFrame:
    """Kaplan's two laws of model size for the two models; N as `kaplan_size` counts it.

    L(N, D) is Eq. 1.5, for converged models; L(N, S) is Eq. 1.6, for text seen once in the batches
    of Hoffmann's Table 4, each for half of the tokens.
    """
    shapes = load("hoffmann2022_table4").set_index("model")
    rows = []
    for name, (_, tokens) in {"Gopher": GOPHER, "Chinchilla": CHINCHILLA}.items():
        N = kaplan_size(name)
        batches = shapes.filter(like="batch_tokens").loc[name].to_numpy(float)
        at_end = law("kaplan2020/L(N,D)").loss(N, tokens)
        rows.append((name, N, at_end, _loss_of_steps(N, tokens / batches.size, batches)))
    return pd.DataFrame(rows, columns=["model", "N", "L(N, D)", "L(N, S)"]).set_index("model")


def _loss_of_steps(N: float, tokens: float, batches: FloatArray) -> float:
    """Kaplan's loss of a run that reads so many new tokens at each batch (Eqs. 1.6, 5.4)."""
    by_steps, critical = law("kaplan2020/L(N,S)"), law("kaplan2020/B_crit")

    def excess(loss: float) -> float:
        # Eq. 5.4 batch by batch: S / (1 + B_crit / B) steps of the least, with S = tokens / B.
        least = np.sum(tokens / (batches + critical.size(loss)))
        return float(by_steps.loss(N, least) - loss)

    return float(brentq(excess, float(by_steps.converged_loss(N)), 10.0, xtol=1e-10))
