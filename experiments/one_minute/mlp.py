"""The model: a byte-level language model with one hidden layer, in NumPy alone.

Eight bytes are looked up in an embedding table, joined, sent through one layer of rectified
linear units, and to one logit per symbol. Gradients are written out by hand.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.floating[Any]]

FLOPS_PER_WEIGHT = 6
"""FLOPs per weight of a matrix and byte: 2 forward, 2 for each of the two gradients."""


@dataclass(frozen=True)
class Shape:
    """Sizes of a model, and what they cost."""

    width: int
    symbols: int
    context: int = 8
    embedding: int = 8

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} must be a positive whole number, got {value!r}")

    @property
    def inputs(self) -> int:
        """Numbers that enter the hidden layer."""
        return self.context * self.embedding

    @property
    def N_embedding(self) -> int:
        """Parameters of the embedding table."""
        return self.symbols * self.embedding

    @property
    def N_body(self) -> int:
        """Parameters of the hidden layer, matrix and biases."""
        return (self.inputs + 1) * self.width

    @property
    def N_head(self) -> int:
        """Parameters of the output layer, matrix and biases."""
        return (self.width + 1) * self.symbols

    @property
    def N(self) -> int:
        """All parameters."""
        return self.N_embedding + self.N_body + self.N_head

    @property
    def flops_per_byte(self) -> int:
        """FLOPs of the matrix products for one training byte, forward and backward.

        Biases, softmax and the optimiser are left out.
        """
        return FLOPS_PER_WEIGHT * self.width * (self.inputs + self.symbols)


class MLP:
    """A model of one shape, with room for the work on one batch.

    - parameters, gradient (N,): Embedding, hidden layer, output layer; the matrices are views.
    """

    def __init__(self, shape: Shape, batch: int, dtype: DTypeLike = np.float32) -> None:
        self.shape = shape
        self.batch = batch
        self.parameters = np.zeros(shape.N, dtype)
        self.gradient = np.zeros(shape.N, dtype)
        self._weights = matrices(self.parameters, shape)
        self._slopes = matrices(self.gradient, shape)
        self._rows = np.arange(batch)
        self._columns = np.arange(shape.embedding)
        # Every array of a step is made once: small models would spend their time allocating.
        self._places = np.empty((batch, shape.context, shape.embedding), np.intp)
        self._looked_up = np.empty((batch, shape.context, shape.embedding), dtype)
        self._x = self._looked_up.reshape(batch, shape.inputs)
        self._x_slope = np.empty((batch, shape.inputs), dtype)
        self._hidden = np.empty((batch, shape.width), dtype)
        self._hidden_slope = np.empty((batch, shape.width), dtype)
        self._active = np.empty((batch, shape.width), np.bool_)
        self._logits = np.empty((batch, shape.symbols), dtype)

    def initialise(self, rng: np.random.Generator) -> None:
        """Unit embeddings, He's variance below, and a head of zeros, so that all start alike."""
        embedding, first, _, _, _ = self._weights
        self.parameters[:] = 0
        embedding[:] = rng.standard_normal(embedding.shape)
        first[:] = rng.standard_normal(first.shape) * np.sqrt(2 / self.shape.inputs)

    def loss(self, contexts: Bytes, targets: Bytes) -> float:
        """Mean cross-entropy of one batch, nats per byte."""
        total, picked = self._forward(contexts, targets)
        return float(np.log(total).mean(dtype=np.float64) - picked.mean(dtype=np.float64))

    def loss_and_gradient(self, contexts: Bytes, targets: Bytes) -> float:
        """Mean cross-entropy of one batch, and its derivatives into `gradient`."""
        _, first, _, second, _ = self._weights
        embedding_slope, first_slope, bias1_slope, second_slope, bias2_slope = self._slopes
        total, picked = self._forward(contexts, targets)
        batch = len(targets)

        slope = self._logits  # softmax minus one at the target, over the batch
        slope *= (1 / (batch * total))[:, np.newaxis]
        slope[self._rows, targets] -= slope.dtype.type(1 / batch)
        np.sum(slope, axis=0, out=bias2_slope)
        np.dot(self._hidden.T, slope, out=second_slope)

        np.dot(slope, second.T, out=self._hidden_slope)
        np.greater(self._hidden, 0, out=self._active)
        self._hidden_slope *= self._active
        np.sum(self._hidden_slope, axis=0, out=bias1_slope)
        np.dot(self._x.T, self._hidden_slope, out=first_slope)

        np.dot(self._hidden_slope, first.T, out=self._x_slope)
        # One flat index per number looked up: np.add.at is fast only in one dimension.
        np.multiply(
            contexts[:, :, np.newaxis], self.shape.embedding, out=self._places, dtype=np.intp
        )
        self._places += self._columns
        embedding_slope[:] = 0
        np.add.at(embedding_slope.ravel(), self._places.ravel(), self._x_slope.ravel())
        return float(np.log(total).mean(dtype=np.float64) - picked.mean(dtype=np.float64))

    def _forward(self, contexts: Bytes, targets: Bytes) -> tuple[Floats, Floats]:
        """Leave exp(logits) behind; return their sums and the targets' logits."""
        embedding, first, bias1, second, bias2 = self._weights
        # mode="clip" spares NumPy a copy of `out`; every symbol is in range.
        np.take(embedding, contexts, axis=0, out=self._looked_up, mode="clip")
        np.dot(self._x, first, out=self._hidden)
        self._hidden += bias1
        np.maximum(self._hidden, 0, out=self._hidden)
        np.dot(self._hidden, second, out=self._logits)
        self._logits += bias2
        self._logits -= self._logits.max(axis=1, keepdims=True)
        picked = self._logits[self._rows, targets]
        np.exp(self._logits, out=self._logits)
        return self._logits.sum(axis=1), picked


def matrices(vector: Floats, shape: Shape) -> tuple[Floats, ...]:
    """Views of a parameter vector: embedding, first matrix and biases, second and biases."""
    sizes = (
        (shape.symbols, shape.embedding),
        (shape.inputs, shape.width),
        (shape.width,),
        (shape.width, shape.symbols),
        (shape.symbols,),
    )
    ends = np.cumsum([np.prod(size) for size in sizes])[:-1]
    parts = np.split(vector, ends)
    return tuple(part.reshape(size) for part, size in zip(parts, sizes, strict=True))
