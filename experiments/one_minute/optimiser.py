"""How the weights move: Adam, a learning rate without a horizon, and an average of the weights.

The rate falls as one over the square root of the steps whatever the run's length, and a running
average of the weights takes the place of a fall to zero: every point of a run is the end of a
shorter one, and one run per size gives the loss after any number of bytes.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.one_minute.mlp import MLP

Vector = NDArray[np.float32]


@dataclass(frozen=True)
class Recipe:
    """What a run does besides its size and its bytes.

    - batch, rate: Bytes predicted per step; learning rate of the hidden layer.
    - embedding_factor: Rate of the embeddings over `rate`.
    - head_width: The head learns at rate * head_width / width.
    - warm_up, constant: Steps over which the rate rises, and from which it falls.
    - gamma: Weights of step t enter the average as t**gamma.
    """

    batch: int = 256
    rate: float = 2.4e-2
    embedding_factor: float = 2.0
    head_width: int = 64
    warm_up: int = 30
    constant: int = 250
    beta1: float = 0.85
    beta2: float = 0.99
    epsilon: float = 1e-8
    gamma: float = 7.0


def schedule(step: int, recipe: Recipe) -> float:
    """Learning rate at a step, counted from 1, over its highest value."""
    return min(1.0, step / recipe.warm_up) * min(1.0, math.sqrt(recipe.constant / step))


def kept(step: int, gamma: float) -> float:
    """Share of the average that stays when the weights of a step, counted from 1, come in.

    The weights of step t count nearly as t**gamma: the average covers the same share of any run.
    """
    return float((1 - 1 / step) ** (gamma + 1))


class Optimiser:
    """Adam on the one parameter vector of a model, and the average of what it passes through."""

    def __init__(self, model: MLP, recipe: Recipe) -> None:
        self.recipe = recipe
        self.steps = 0
        self._parameters, self._gradient = model.parameters, model.gradient
        self.average = np.zeros_like(model.parameters)
        self._mean = np.zeros_like(model.parameters)
        self._square = np.zeros_like(model.parameters)
        self._work = np.empty_like(model.parameters)
        shape = model.shape
        body, head = shape.N_embedding, shape.N_embedding + shape.N_body
        self._rates = (
            (slice(0, body), recipe.rate * recipe.embedding_factor),
            (slice(body, head), recipe.rate),
            (slice(head, None), recipe.rate * recipe.head_width / shape.width),
        )

    def step(self) -> None:
        """Move the parameters by the gradient that the model holds."""
        self.steps += 1
        r, work = self.recipe, self._work
        # Both moments are kept without their factors (1 - beta): two passes less per step.
        # The factors and the corrections for the zeros at the start go into one number each.
        mean_scale = (1 - r.beta1) / (1 - r.beta1**self.steps)
        root_scale = ((1 - r.beta2) / (1 - r.beta2**self.steps)) ** 0.5
        self._mean *= r.beta1
        self._mean += self._gradient
        np.multiply(self._gradient, self._gradient, out=work)
        self._square *= r.beta2
        self._square += work
        np.sqrt(self._square, out=work)
        work += r.epsilon / root_scale
        np.divide(self._mean, work, out=work)
        factor = schedule(self.steps, r) * mean_scale / root_scale
        for part, rate in self._rates:
            work[part] *= rate * factor
        self._parameters -= work

        np.subtract(self._parameters, self.average, out=work)
        work *= 1 - kept(self.steps, r.gamma)
        self.average += work
