"""The text that the models learn: as numbers, and split into training and validation.

The split is by blocks of 8 kB and by a hash of each block's bytes, so that it depends on
nothing but the text. No context reaches over the edge of its block: what is validated was
never seen in training, not even as context.
"""

from __future__ import annotations

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

The difference between two sizes then has a standard error of 0.003 nats, as far as the choice
of these bytes goes: measured on all 700 kB of validation text, where single bytes differ by
0.7 nats between neighbouring sizes.
"""

Bytes = NDArray[np.uint8]
Positions = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Text:
    """A text as numbers, with the places that may be predicted.

    - numbers (bytes,): Each byte as its place in the alphabet.
    - alphabet: The distinct bytes, in order.
    - training, validation: Positions to predict. The first `CONTEXT` bytes of a block are
      context alone.
    - sha256: Checksum of the text, uncompressed.
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
        """Contexts and targets of some positions.

        Returns tuple of ndarray: The bytes before, shape (n, CONTEXT), and the byte at each
        position, shape (n,).
        """
        window = sliding_window_view(self.numbers, CONTEXT + 1)[positions - CONTEXT]
        return np.ascontiguousarray(window[:, :-1]), np.ascontiguousarray(window[:, -1])

    def order(self, seed: int) -> Positions:
        """All training positions once each, in an order drawn from a seed.

        Runs of one seed share it: a small model and a large one read the same bytes.
        """
        return np.random.default_rng([seed, 0]).permutation(self.training)


def encode(text: bytes) -> Text:
    """Turn a text into numbers and split it.

    Examples
    --------
    >>> text = encode(b"".join(b"%d bottles. " % n for n in range(40_000)))
    >>> text.alphabet
    b' .0123456789belost'
    >>> contexts, targets = text.examples(text.training[:1])
    >>> bytes(text.alphabet[i] for i in contexts[0]), chr(text.alphabet[targets[0]])
    (b'les. 639', ' ')
    """
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
    """Read the text that ships with the project: State of the Union addresses.

    Examples
    --------
    >>> text = load_text()
    >>> text.symbols, round(len(text.numbers) / 1e6, 1)
    (86, 6.2)
    """
    return encode(datasets.text(NAME, directory=directory).encode("ascii"))


def validation_sample(text: Text, size: int = VALIDATED) -> tuple[Bytes, Bytes]:
    """Contexts and targets of validation positions at equal distances, the same at every call."""
    places = np.linspace(0, text.validation.size - 1, min(size, text.validation.size))
    return text.examples(text.validation[places.astype(np.intp)])


def _is_validation(block: bytes) -> bool:
    return int.from_bytes(hashlib.sha256(block).digest()[:8], "big") % ONE_IN == 0
