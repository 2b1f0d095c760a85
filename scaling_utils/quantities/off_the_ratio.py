"""What chapter 11 asks of a law: what a ratio or a size costs, and the cheapest model to own.

A quantity is a function of the five constants as arrays, so one call answers for all resamples;
`scaling_utils.quantities.gopher_and_chinchilla` evaluates it. A cost is a factor: how many times
the training compute of the best model of the same loss. `scaling_utils.tradeoffs` has the same
answers for one law at a time.
"""

from __future__ import annotations

import numpy as np

from scaling_utils._validate import FloatArray
from scaling_utils.quantities.gopher_and_chinchilla import Constants, Quantity, reducible
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN, training_flops

_USE_PER_TRAINING_TOKEN = 1 / 3  # a token of use costs 2 N, one of training 6 N


def best_ratio(C: float) -> Quantity:
    """Tokens per parameter of the best model for a budget."""

    def ratio(k: Constants) -> FloatArray:
        total = k["alpha"] + k["beta"]
        G = (k["alpha"] * k["A"] / (k["beta"] * k["B"])) ** (1 / total)
        tilt = (k["alpha"] - k["beta"]) / total
        found: FloatArray = (C / FLOPS_PER_PARAMETER_TOKEN) ** tilt / G**2
        return found

    return ratio


def cost(N: float, D: float) -> Quantity:
    """How many times the compute a model took that the best one of its loss needs.

    Examples
    --------
    >>> from scaling_utils.quantities.gopher_and_chinchilla import laws, of_law
    >>> round(of_law(cost(280e9, 300e9), laws()["Besiroglu et al."]), 2)
    2.01
    """
    spent = float(training_flops(N, D))

    def factor(k: Constants) -> FloatArray:
        N_best, D_best = _best_for(k, reducible(N, D)(k))
        needed: FloatArray = FLOPS_PER_PARAMETER_TOKEN * N_best * D_best
        return spent / needed

    return factor


def saved_size(N: float, D: float) -> Quantity:
    """How much smaller a model is than the best one of its loss, as a share of the latter."""

    def share(k: Constants) -> FloatArray:
        return 1 - N / _best_for(k, reducible(N, D)(k))[0]

    return share


def cost_at_ratio(C: float, M: float) -> Quantity:
    """The cost of spending a budget at M tokens per parameter."""
    product = C / FLOPS_PER_PARAMETER_TOKEN
    return cost(float(np.sqrt(product / M)), float(np.sqrt(product * M)))


def cost_at_times_best(times: float) -> Quantity:
    """The cost of so many times the best ratio of tokens to parameters, whatever the budget."""

    def factor(k: Constants) -> FloatArray:
        a, b, s = _share(k), 1 - _share(k), times**-0.5
        excess = a * s ** -k["alpha"] + b * s ** k["beta"]
        found: FloatArray = excess ** (1 / k["alpha"] + 1 / k["beta"])
        return found

    return factor


def cost_of_size(size_ratio: float) -> Quantity:
    """The cost of so many times the best size at the same loss; infinite beyond the wall."""

    def factor(k: Constants) -> FloatArray:
        left = (1 - _share(k) * size_ratio ** -k["alpha"]) / (1 - _share(k))
        reached = left > 0
        tokens = np.where(reached, left, 1.0) ** (-1 / k["beta"])
        return np.where(reached, size_ratio * tokens, np.inf)

    return factor


def size_wall(k: Constants) -> FloatArray:
    """Share of the best size below which no amount of data reaches the same loss."""
    wall: FloatArray = _share(k) ** (1 / k["alpha"])
    return wall


def data_wall(k: Constants) -> FloatArray:
    """Share of the best tokens below which no model of any size reaches the same loss."""
    wall: FloatArray = (1 - _share(k)) ** (1 / k["beta"])
    return wall


def critical_size(k: Constants, times: float = 2.0) -> FloatArray:
    """Share of the best size at which the same loss costs so many times the compute."""
    low, high = np.log(size_wall(k)), np.zeros_like(k["alpha"])
    for _ in range(50):  # the cost falls from infinity at the wall to one at the best size
        middle = (low + high) / 2
        left = (1 - _share(k) * np.exp(-k["alpha"] * middle)) / (1 - _share(k))
        dear = middle - np.log(np.maximum(left, 1e-300)) / k["beta"] > np.log(times)
        low, high = np.where(dear, middle, low), np.where(dear, high, middle)
    return np.exp((low + high) / 2)


def owned(N: float, use: float) -> dict[str, Quantity]:
    """The cheapest model to train and use, as good as a compute-optimal one of N parameters.

    Parameters
    ----------
    N : float
        Parameters of the model that sets the quality, trained as its law advises.
    use : float
        Tokens read and written over the model's life.

    Returns
    -------
    dict of Quantity
        "size" (parameters), "data" (tokens), "ratio" (tokens per parameter), "saving" (share
        of all FLOPs saved) and "training" (its training compute over that of the other).

    Examples
    --------
    >>> from scaling_utils.quantities.gopher_and_chinchilla import laws, of_law
    >>> law = laws()["Besiroglu et al."]
    >>> f"{of_law(owned(13e9, 2e12)['size'], law):.3g}"
    '6.1e+09'
    """

    def solved(k: Constants) -> tuple[FloatArray, ...]:
        loss = k["A"] * N ** -k["alpha"] / _share(k)
        D = _best_for(k, loss)[1]
        weight = _USE_PER_TRAINING_TOKEN * use
        # u is the log odds of the model's share of the loss: N falls with it and D rises.
        low = np.log(k["beta"] / k["alpha"])
        high = low + np.log1p(weight / D)
        for _ in range(50):
            u = (low + high) / 2
            tokens = (k["B"] / loss * (1 + np.exp(u))) ** (1 / k["beta"])
            more = u + np.log(k["alpha"] / k["beta"]) < np.log1p(weight / tokens)
            low, high = np.where(more, u, low), np.where(more, high, u)
        u = (low + high) / 2
        size = (k["A"] / loss * (1 + np.exp(-u))) ** (1 / k["alpha"])
        tokens = (k["B"] / loss * (1 + np.exp(u))) ** (1 / k["beta"])
        saving = 1 - size * (tokens + weight) / (N * (D + weight))
        return size, tokens, tokens / size, saving, size * tokens / (N * D)

    def part(i: int) -> Quantity:
        return lambda k: solved(k)[i]

    return {n: part(i) for i, n in enumerate(("size", "data", "ratio", "saving", "training"))}


def _share(k: Constants) -> FloatArray:
    """The model's share of the reducible loss at the best split, beta / (alpha + beta)."""
    share: FloatArray = k["beta"] / (k["alpha"] + k["beta"])
    return share


def _best_for(k: Constants, loss: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Parameters and tokens of the best model for a reducible loss."""
    N = (k["A"] / (_share(k) * loss)) ** (1 / k["alpha"])
    D = (k["B"] / ((1 - _share(k)) * loss)) ** (1 / k["beta"])
    return N, D
