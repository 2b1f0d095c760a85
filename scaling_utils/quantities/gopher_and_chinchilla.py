"""What chapters 9 and 10 ask of a law: Gopher against Chinchilla, and endless parameters.

A quantity is a function of the five constants as arrays, so one call answers for all resamples.
Losses are in nats per token. A difference is Gopher minus Chinchilla, so that it is positive where
Chinchilla is better. Intervals are 95 per cent quantiles of the resamples of our refit, budgets
drawn again; other people's constants come without them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from scaling_utils._validate import FloatArray
from scaling_utils.book import fmt
from scaling_utils.datasets import load
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.published import constant, law
from scaling_utils.refit import refit, resamples
from scaling_utils.solver.points import SYMBOLS
from scaling_utils.transformer import SHAPE, Architecture, kaplan_parameters

PRINTED, TEX, OURS = "Hoffmann, printed", "Hoffmann, unrounded", "our refit"

LEVEL = (0.025, 0.975)
"""The ends of every interval, as quantiles."""

Constants = Mapping[str, FloatArray]
Quantity = Callable[[Constants], FloatArray]


def model(name: str) -> tuple[float, float]:
    """Parameters and tokens of "Gopher" or "Chinchilla" (Hoffmann et al. 2022, Table 1).

    Examples
    --------
    >>> model("Gopher")
    (280000000000.0, 300000000000.0)
    """
    N, D = (constant(f"hoffmann2022/{name}", symbol).value for symbol in ("N", "D"))
    return N, D


GOPHER, CHINCHILLA = model("Gopher"), model("Chinchilla")


def laws() -> dict[str, ChinchillaLaw]:
    """Return the four sets of constants that the chapter compares, by the names it uses.

    The unrounded ones are those of the paper's TeX source.
    """
    return {
        PRINTED: law("hoffmann2022/printed"),
        TEX: law("hoffmann2022/tex"),
        "Besiroglu et al.": law("besiroglu2024"),
        OURS: refit().law,
    }


def interval(quantity: Quantity, kind: str = "budgets") -> tuple[float, float]:
    """Bound a quantity of the law by 95 per cent of the resamples, infinity included.

    Parameters
    ----------
    quantity : callable
        Takes the constants E, A, B, alpha, beta, each an array with one value per resample.
    kind : str
        What is drawn again, see `scaling_utils.refit.resamples`.

    Examples
    --------
    >>> low, high = interval(gap)
    >>> bool(0 < low < high < 0.06)
    True
    """
    # A number of parameters can be infinite: take values that occur, never a mean of two.
    low, high = np.quantile(drawn(quantity, kind), LEVEL, method="inverted_cdf")
    return float(low), float(high)


def drawn(quantity: Quantity, kind: str = "budgets") -> FloatArray:
    """A quantity of the law for every resample; see `interval`."""
    return quantity({symbol: resamples(kind).values_of(symbol) for symbol in SYMBOLS})


def of_law(quantity: Quantity, chosen: ChinchillaLaw) -> float:
    """The same quantity for one law."""
    values = {symbol: np.array([getattr(chosen, symbol)]) for symbol in SYMBOLS}
    return float(quantity(values)[0])


def in_words(quantity: Quantity, spec: str, never: str = "no size at all") -> str:
    """Write a quantity of the refit with its interval, whose upper end may be infinite.

    Examples
    --------
    >>> in_words(parameter_factor, ".1f")
    '7.1 (1.5 to no size at all)'
    """
    low, high = interval(quantity)
    end = fmt(high, spec) if np.isfinite(high) else never
    return f"{fmt(of_law(quantity, refit().law), spec)} ({fmt(low, spec)} to {end})"


def part(symbol: str, x: float) -> Quantity:
    """The part of the loss that x parameters ("N") or x tokens ("D") leave."""
    scale, exponent = {"N": ("A", "alpha"), "D": ("B", "beta")}[symbol]
    return lambda k: k[scale] / x ** k[exponent]


def reducible(N: float, D: float) -> Quantity:
    """Both parts together, L - E."""
    return lambda k: part("N", N)(k) + part("D", D)(k)


def gap(k: Constants) -> FloatArray:
    """Loss of Gopher minus loss of Chinchilla, nats per token."""
    return reducible(*GOPHER)(k) - reducible(*CHINCHILLA)(k)


def relative_gap(k: Constants) -> FloatArray:
    """The same as a fraction of Gopher's loss."""
    return gap(k) / (k["E"] + reducible(*GOPHER)(k))


def gap_at_equal_cost(k: Constants) -> FloatArray:
    """Gopher minus a Chinchilla that stops after exactly four times Gopher's tokens."""
    N, D = CHINCHILLA[0], GOPHER[0] * GOPHER[1] / CHINCHILLA[0]
    return reducible(*GOPHER)(k) - reducible(N, D)(k)


def compute_factor(k: Constants) -> FloatArray:
    """How many times the compute Chinchilla's loss needs, if Gopher's and its are both best spent.

    L - E falls as C to the power alpha beta / (alpha + beta) on the frontier.
    """
    frontier = k["alpha"] * k["beta"] / (k["alpha"] + k["beta"])
    return (reducible(*GOPHER)(k) / reducible(*CHINCHILLA)(k)) ** (1 / frontier)


def parameter_factor(k: Constants) -> FloatArray:
    """How many times Gopher's size reaches Chinchilla's loss on Gopher's tokens; may be inf."""
    left = reducible(*CHINCHILLA)(k) - part("D", GOPHER[1])(k)
    enough = left > 0
    needed = (k["A"] / np.where(enough, left, 1.0)) ** (1 / k["alpha"]) / GOPHER[0]
    return np.where(enough, needed, np.inf)


def parameters_needed(k: Constants) -> FloatArray:
    """The size that reaches Chinchilla's loss on Gopher's tokens, parameters; may be inf."""
    return parameter_factor(k) * GOPHER[0]


def infinite_lead(k: Constants) -> FloatArray:
    """Loss of Chinchilla minus that of an infinite model on Gopher's tokens, nats per token.

    Examples
    --------
    >>> round(of_law(infinite_lead, refit().law), 3)
    0.026
    """
    return reducible(*CHINCHILLA)(k) - part("D", GOPHER[1])(k)


def smallest_model(k: Constants) -> FloatArray:
    """Parameters below which no amount of text reaches Chinchilla's loss."""
    size: FloatArray = (k["A"] / reducible(*CHINCHILLA)(k)) ** (1 / k["alpha"])
    return size


def fewest_tokens(k: Constants) -> FloatArray:
    """Tokens below which no model of any size reaches Chinchilla's loss."""
    tokens: FloatArray = (k["B"] / reducible(*CHINCHILLA)(k)) ** (1 / k["beta"])
    return tokens


def exchange(N: float, D: float) -> Quantity:
    """Tokens that one more parameter saves at the same loss."""
    return lambda k: k["alpha"] * part("N", N)(k) * D / (k["beta"] * part("D", D)(k) * N)


def token_factor(k: Constants) -> FloatArray:
    """How many times Gopher's tokens bring a model of Gopher's size to Chinchilla's loss."""
    left = reducible(*CHINCHILLA)(k) - part("N", GOPHER[0])(k)
    return (k["B"] / left) ** (1 / k["beta"]) / GOPHER[1]


def gain(symbol: str, start: tuple[float, float], times: float = 4.0) -> Quantity:
    """Nats that so many times the parameters ("N") or the tokens ("D") take off the loss."""
    x = start[0] if symbol == "N" else start[1]
    return lambda k: part(symbol, x)(k) - part(symbol, times * x)(k)


def swapped(times: float, start: tuple[float, float] = CHINCHILLA) -> Quantity:
    """Nats by which so many times the parameters on as many times fewer tokens raise the loss.

    Examples
    --------
    >>> round(of_law(swapped(4), refit().law), 3), round(of_law(swapped(16), refit().law), 3)
    (0.018, 0.081)
    """
    moved = (start[0] * times, start[1] / times)
    return lambda k: reducible(*moved)(k) - reducible(*start)(k)


def even_ratio(N: float, times: float = 4.0) -> Quantity:
    """Tokens per parameter at which as many times either takes the same off the loss."""

    def ratio(k: Constants) -> FloatArray:
        by_tokens = k["B"] * (1 - times ** -k["beta"])
        tokens: FloatArray = (by_tokens / gain("N", (N, N), times)(k)) ** (1 / k["beta"])
        return tokens / N

    return ratio


def kaplan_size(model: str) -> float:
    """Parameters of "Gopher" or "Chinchilla" as Kaplan et al. 2020 count them, 12 L d ** 2.

    This leaves out the embeddings, and the matrices of relative positions that Hoffmann et al.
    count: Gopher's 280 billion are 258 billion here.

    Examples
    --------
    >>> round(kaplan_size("Gopher") / 1e9)
    258
    """
    shapes = load("hoffmann2022_table4").set_index("model")
    held = {str(k): int(v) for k, v in shapes.loc[model, list(SHAPE)].to_dict().items()}
    return kaplan_parameters(Architecture.hoffmann(**held))


def kaplan_losses() -> pd.DataFrame:
    """Kaplan's two laws of model size for the two models; N as `kaplan_size` counts it.

    L(N, D) is Eq. 1.5 with Table 2, for models trained until they improve no more; L(N, S)
    is Eq. 1.6 with Table 3, for text that is seen once. The batches are those of Hoffmann's
    Table 4, each for half of the tokens, against the critical batch of Table 5.
    """
    shapes = load("hoffmann2022_table4").set_index("model")
    rows = []
    for name, tokens in (("Gopher", GOPHER[1]), ("Chinchilla", CHINCHILLA[1])):
        N = kaplan_size(name)
        batches = [float(b) for b in shapes.filter(like="batch_tokens").loc[name].to_numpy()]
        at_end = law("kaplan2020/L(N,D)").loss(N, tokens)
        seen_once = _loss_of_steps(N, [(tokens / 2, batch) for batch in batches])
        rows.append((name, N, at_end, seen_once))
    return pd.DataFrame(rows, columns=["model", "N", "L(N, D)", "L(N, S)"]).set_index("model")


def _loss_of_steps(N: float, phases: list[tuple[float, float]]) -> float:
    """Kaplan's loss of a run in phases of (tokens, batch) on new text (Eqs. 1.6, 5.4)."""
    by_steps, critical = law("kaplan2020/L(N,S)"), law("kaplan2020/B_crit")

    def excess(loss: float) -> float:
        # Eq. 5.4 phase by phase: S / (1 + B_crit / B) steps of the least, with S = tokens / B.
        least = sum(tokens / (batch + critical.size(loss)) for tokens, batch in phases)
        return float(by_steps.loss(N, least) - loss)

    return float(brentq(excess, float(by_steps.converged_loss(N)), 10.0, xtol=1e-10))
