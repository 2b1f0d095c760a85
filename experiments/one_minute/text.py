"""The text that the models learn: as numbers, and split into training and validation.

Blocks of 8 kB are split by a hash of their own bytes. No context reaches over the edge of its
block: what is validated was never seen in training.
"""

import bz2
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from scaling_utils import datasets

NAME = "state_of_the_union"
BLOCK = 8192
"""Bytes of a block; a whole block is either for training or for validation."""

CONTEXT = 8
"""Bytes that the model sees before the one it predicts."""

ONE_IN = 10
"""One block in so many is kept for validation."""

VALIDATED = 2**16
"""Validation bytes predicted at each evaluation, the same ones for every run.

Their choice gives the difference between two sizes a standard error of 0.003 nats.
"""

Bytes = NDArray[np.uint8]
Positions = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Text:
    """A text as numbers, with the places that may be predicted.

    - numbers (bytes,): Each byte as its place in the alphabet of distinct bytes.
    - training, validation: Positions to predict; a block's first bytes are context alone.
    """

    numbers: Bytes
    alphabet: bytes
    training: Positions
    validation: Positions
    sha256: str

    @property
    def symbols(self) -> int:
        """Distinct bytes."""
        return len(self.alphabet)

    def examples(self, positions: Positions) -> tuple[Bytes, Bytes]:
        """Contexts (n, CONTEXT) and targets (n,) of some positions."""
        window = sliding_window_view(self.numbers, CONTEXT + 1)[positions - CONTEXT]
        return np.ascontiguousarray(window[:, :-1]), np.ascontiguousarray(window[:, -1])

    def order(self, seed: int) -> Positions:
        """All training positions once each, in an order that the runs of one seed share."""
        return np.random.default_rng([seed, 0]).permutation(self.training)


def encode(text: bytes) -> Text:
    """Turn a text into numbers and split it."""
    raw = np.frombuffer(text, np.uint8)
    there = np.bincount(raw, minlength=256) > 0
    number = np.cumsum(there) - 1  # of each byte that occurs, in the alphabet
    parts: tuple[list[Positions], list[Positions]] = ([], [])
    for start in range(0, len(text), BLOCK):
        block = text[start : start + BLOCK]
        positions = np.arange(start + CONTEXT, start + len(block), dtype=np.int32)
        parts[_is_validation(block)].append(positions)
    for name, blocks in zip(("training", "validation"), parts, strict=True):
        if sum(map(len, blocks)) == 0:
            raise ValueError(
                f"a text of {len(text)} bytes leaves no {name} block of {BLOCK} bytes; "
                f"expected at least {2 * ONE_IN} blocks"
            )
    training, validation = map(np.concatenate, parts)
    return Text(
        number.astype(np.uint8)[raw],
        bytes(np.flatnonzero(there).tolist()),
        training,
        validation,
        hashlib.sha256(text).hexdigest(),
    )


def load_text(*, directory: Path | None = None) -> Text:
    """Read the text that ships with the project: State of the Union addresses."""
    return encode(bz2.decompress(datasets.content(NAME, directory=directory)))


def validation_sample(text: Text, size: int = VALIDATED) -> tuple[Bytes, Bytes]:
    """Contexts and targets of validation positions at equal distances, the same at every call."""
    places = np.linspace(0, text.validation.size - 1, min(size, text.validation.size))
    return text.examples(text.validation[places.astype(np.intp)])


def _is_validation(block: bytes) -> bool:
    return int.from_bytes(hashlib.sha256(block).digest()[:8], "big") % ONE_IN == 0
