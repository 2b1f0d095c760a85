"""How far each held-out text is from what the models train on, counted without any model.

    python -m experiments.transformers.distances    # fetches the texts, prints the table

How often each byte follows each pair of bytes in the training text, smoothed after Witten and
Bell (1991); the loss, and its share on pairs which training hardly shows, say why a text is hard.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.transformers import corpora
from scaling_utils.check import FloatArray

RARE_BYTE, RARE_PAIR = 1e-6, 1e-5
"""A byte, or a pair of bytes, is rare if less than this share of the training text."""

VALUES = 256
OUT = Path(__file__).resolve().parents[2] / "_build" / "study" / "text_distances.csv"

Counts = NDArray[np.int64]


class TrigramModel:
    """Counts of single bytes, pairs and triples of a training text."""

    def __init__(self, training: NDArray[np.uint8]) -> None:
        text = training.astype(np.int64)
        pair = text[:-1] * VALUES + text[1:]
        self.size = text.size
        self.single = np.bincount(text, minlength=VALUES)
        self.pair = np.bincount(pair, minlength=VALUES**2).reshape(VALUES, VALUES)
        triple = pair[:-1] * VALUES + text[2:]
        self.triple = np.bincount(triple, minlength=VALUES**3).reshape(VALUES**2, VALUES)

    def losses(self, text: NDArray[np.uint8]) -> FloatArray:
        """Loss of every byte of a text from its third on, nats, given the two before it."""
        first, second, third = _triples(text)
        before = first * VALUES + second
        uniform = np.full((1, VALUES), 1.0 / VALUES)
        single = _smoothed(self.single[np.newaxis], uniform)
        pair = _smoothed(self.pair, single)
        total = self.triple.sum(axis=1)[before]
        kinds = np.count_nonzero(self.triple, axis=1)[before]
        lower = pair[second, third]
        seen = self.triple[before, third] + kinds * lower
        chance = np.where(total > 0, seen / np.maximum(total + kinds, 1), lower)
        return np.asarray(-np.log(chance))


def distances(training: NDArray[np.uint8], texts: Mapping[str, NDArray[np.uint8]]) -> pd.DataFrame:
    """Compare texts with the training text, by counts.

    Columns: text, bytes, rare_bytes, rare_pairs, new_triples (shares of bytes that are rare, end a
    rare pair or three never seen together), trigram_loss (nats per byte), loss_from_rare_pairs
    (its share on these) and loss_elsewhere (mean of the other bytes, nats per byte).
    """
    model = TrigramModel(training)
    rows = []
    for name, text in texts.items():
        first, second, third = _triples(text)
        losses = model.losses(text)
        rare = model.pair[second, third] < RARE_PAIR * model.size
        rows.append(
            {
                "text": name,
                "bytes": text.size,
                "rare_bytes": float((model.single[text] < RARE_BYTE * model.size).mean()),
                "rare_pairs": float(rare.mean()),
                "new_triples": float((model.triple[first * VALUES + second, third] == 0).mean()),
                "trigram_loss": float(losses.mean()),
                "loss_from_rare_pairs": float(losses[rare].sum() / losses.sum()),
                "loss_elsewhere": float(losses[~rare].mean()),
            }
        )
    return pd.DataFrame(rows)


def _triples(text: NDArray[np.uint8]) -> tuple[Counts, Counts, Counts]:
    """Every byte from the third on, with the two before it: first, second, third."""
    whole = text.astype(np.int64)
    return whole[:-2], whole[1:-1], whole[2:]


def _smoothed(counts: Counts, lower: FloatArray) -> FloatArray:
    """Chances of each value after each history, mixed with a shorter one's (Witten and Bell)."""
    total = counts.sum(axis=1, keepdims=True)
    kinds = np.count_nonzero(counts, axis=1)[:, np.newaxis]
    mixed = (counts + kinds * lower) / np.maximum(total + kinds, 1)
    return np.asarray(np.where(total > 0, mixed, lower))


def main() -> None:
    """Compare the study's own texts; print the table and write it for data/."""
    texts = corpora.load(report=print)
    table = distances(texts.train, {"validation": texts.validation, **texts.held_out})
    table["corpus_sha256"] = texts.sha256
    OUT.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(OUT, index=False, float_format="%.6g", lineterminator="\n")
    print(table.drop(columns="corpus_sha256").to_string(index=False, float_format="%.4g"))
    print(f"wrote {OUT}")


if __name__ == "__main__":
    main()
