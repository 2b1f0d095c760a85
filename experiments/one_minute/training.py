"""One run: a model trained on one pass over shuffled text, evaluated at marks."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from experiments.one_minute.grid import marks
from experiments.one_minute.mlp import MLP, Shape
from experiments.one_minute.optimiser import Optimiser, Recipe, Vector
from experiments.one_minute.text import Bytes, Positions, Text, validation_sample

BLOWN_UP = 2.0
"""A loss above so many times that of guessing counts as diverged."""

GATHERED = 64
"""Steps whose contexts are cut out of the text at once."""

EVALUATED = 2048
"""Bytes per call in an evaluation."""


@dataclass(frozen=True)
class Mark:
    """Where a run stands.

    - train_loss: Mean over the batches since the last mark, nats per byte.
    - loss: On the validation sample, with the averaged weights, nats per byte.
    - seconds: CPU time of the run so far, evaluations included.
    """

    step: int
    bytes_seen: int
    train_loss: float
    loss: float
    seconds: float
    diverged: bool


def train(
    text: Text, shape: Shape, order: Positions, bytes_planned: int, *, seed: int, recipe: Recipe
) -> Iterator[Mark]:
    """Train a model and yield a mark after each evaluation."""
    if bytes_planned > order.size:
        raise ValueError(
            f"bytes_planned is {bytes_planned}, but the text has {order.size} to train on; a run "
            "makes one pass at most"
        )
    model = MLP(shape, recipe.batch)
    model.initialise(np.random.default_rng([seed, 1, shape.width]))
    optimiser = Optimiser(model, recipe)
    evaluation = _Evaluation(text, shape)
    at, limit = set(marks(bytes_planned, recipe.batch, shape.N)), BLOWN_UP * math.log(text.symbols)
    since: list[float] = []
    spent, started = 0.0, time.process_time()
    for step, (contexts, targets) in enumerate(_batches(text, order, bytes_planned, recipe), 1):
        # What overflows is no surprise in a run that diverges: it is recorded, below.
        with np.errstate(all="ignore"):
            since.append(model.loss_and_gradient(contexts, targets))
            lost = not math.isfinite(since[-1])
            if not lost:
                optimiser.step()
            if not lost and step not in at:
                continue
            loss = math.nan if lost else evaluation.loss(optimiser.average)
        train_loss = math.nan if lost else math.fsum(since) / len(since)
        diverged = not (loss < limit and train_loss < limit)
        # The caller's time between two marks is not the run's.
        spent += time.process_time() - started
        yield Mark(step, step * recipe.batch, train_loss, loss, spent, diverged)
        if diverged:
            return
        since.clear()
        started = time.process_time()


class _Evaluation:
    """The validation sample, and a second model that works on larger batches."""

    def __init__(self, text: Text, shape: Shape) -> None:
        self._contexts, self._targets = validation_sample(text)
        self._shape = shape
        self._model = MLP(shape, min(EVALUATED, self._targets.size))

    def loss(self, parameters: Vector) -> float:
        self._model.parameters[:] = parameters
        size, batch = self._targets.size, self._model.batch
        # Whole batches only: at most the last few of the sample stay out.
        starts = range(0, size - batch + 1, batch)
        each = [
            self._model.loss(self._contexts[i : i + batch], self._targets[i : i + batch])
            for i in starts
        ]
        return math.fsum(each) / len(each)


def _batches(
    text: Text, order: Positions, bytes_planned: int, recipe: Recipe
) -> Iterator[tuple[Bytes, Bytes]]:
    gathered = GATHERED * recipe.batch
    for start in range(0, bytes_planned, gathered):
        contexts, targets = text.examples(order[start : min(start + gathered, bytes_planned)])
        for i in range(0, len(targets) - recipe.batch + 1, recipe.batch):
            yield contexts[i : i + recipe.batch], targets[i : i + recipe.batch]
