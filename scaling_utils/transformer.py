"""Parameters and FLOPs of a Transformer, as each of the two papers counts them.

Kaplan et al. 2020 leave embeddings out of N (Section 2.1, Table 1), Hoffmann et al. 2022 count
all that is trained: the same model has two sizes, and most of their disagreement hangs on that.
FLOPs are two for each multiplication with its addition; training is three forward passes.

Hoffmann et al. print no formula. The one here gives each of the 50 rows of Table A9: beside the
usual four matrices, attention has a fifth for relative positions, as in Transformer-XL.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields
from typing import NamedTuple

import pandas as pd

from scaling_utils import datasets
from scaling_utils.check import careful, whole

KAPLAN_VOCAB, KAPLAN_CONTEXT = 50257, 1024  # Section 2
HOFFMANN_VOCAB = 32000  # Table A8
HOFFMANN_CONTEXT = 2048  # not printed; Table A4 comes out with it, and not with 1024

SHAPE = ("d_model", "n_layers", "n_heads", "kv_size", "d_ff")
"""The columns of Hoffmann's Tables 4, A4 and A9 that `Architecture` takes."""


@dataclass(frozen=True)
class Architecture:
    """Shape of a decoder-only Transformer; each size is a positive whole number.

    `d_model` is the width of the residual stream, `kv_size` that of one head, `d_ff` that inside
    the feed-forward block; `vocab` and `context` are tokens.
    """

    d_model: int
    n_layers: int
    n_heads: int
    kv_size: int
    d_ff: int
    vocab: int
    context: int

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(self)):
            object.__setattr__(self, name, whole(name, getattr(self, name), least=1))

    @property
    def d_attn(self) -> int:
        """Width of all heads together."""
        return self.n_heads * self.kv_size

    @classmethod
    def hoffmann(
        cls, d_model: int, n_layers: int, n_heads: int, kv_size: int, d_ff: int | None = None
    ) -> Architecture:
        """A model of Hoffmann et al. 2022; `d_ff` is 4 `d_model` unless given."""
        inner = 4 * whole("d_model", d_model, least=1) if d_ff is None else d_ff
        return cls(d_model, n_layers, n_heads, kv_size, inner, HOFFMANN_VOCAB, HOFFMANN_CONTEXT)

    @classmethod
    def kaplan(cls, n_layers: int, d_model: int) -> Architecture:
        """A model of Kaplan et al. 2020 in their standard shape, d_attn = d_ff / 4 = d_model.

        The number of heads does not enter their counts; it is one here.
        """
        d = whole("d_model", d_model, least=1)
        return cls(d, n_layers, 1, d, 4 * d, KAPLAN_VOCAB, KAPLAN_CONTEXT)


def kaplan_parameters(shape: Architecture) -> int:
    """N without embeddings, 2 d_model n_layer (2 d_attn + d_ff): Kaplan et al. 2020, Eq. 2.1."""
    return 2 * shape.d_model * shape.n_layers * (2 * shape.d_attn + shape.d_ff)


def kaplan_embedding_parameters(shape: Architecture) -> int:
    """Parameters that N leaves out: the embeddings of tokens and positions (Section 2.1)."""
    return (shape.vocab + shape.context) * shape.d_model


def kaplan_forward_flops(shape: Architecture) -> int:
    """Forward FLOPs per token, 2 N + 2 n_layer n_ctx d_attn: Kaplan et al. 2020, Eq. 2.2."""
    return 2 * kaplan_parameters(shape) + 2 * shape.n_layers * shape.context * shape.d_attn


def context_share(shape: Architecture) -> float:
    """The second term of Eq. 2.2, which the paper neglects, over the first."""
    two_n = 2 * kaplan_parameters(shape)
    return (kaplan_forward_flops(shape) - two_n) / two_n


def hoffmann_parameter_terms(shape: Architecture) -> dict[str, int]:
    """Parameters of a model of Hoffmann et al. 2022, part by part, over all layers."""
    d, layers, d_attn, d_ff = shape.d_model, shape.n_layers, shape.d_attn, shape.d_ff
    return {
        "embedding": shape.vocab * d,  # and output matrix, the same one
        "attention": layers * 4 * d * d_attn,
        "relative positions": layers * d * d_attn,
        "feed-forward": layers * 2 * d * d_ff,
        # Biases of q, k, v and two relative ones (5 d_attn), of both output projections (2 d) and
        # of the inner layer (d_ff); scale and shift of two norms (4 d), and of the last.
        "biases and norms": layers * (5 * d_attn + 6 * d + d_ff) + 2 * d,
    }


def hoffmann_parameters(shape: Architecture) -> int:
    """N, all trained parameters, by the formula behind Hoffmann's Table A9.

    Gopher and Chinchilla (Table 4), in billions:

    >>> models = [(16384, 80, 128, 128), (8192, 80, 64, 128)]
    >>> [round(hoffmann_parameters(Architecture.hoffmann(*m)) / 1e9, 2) for m in models]
    [279.72, 70.07]
    """
    return sum(hoffmann_parameter_terms(shape).values())


def non_embedding_parameters(shape: Architecture) -> int:
    """Hoffmann's N less the embedding: Kaplan's N, relative positions, biases and norms."""
    return hoffmann_parameters(shape) - hoffmann_parameter_terms(shape)["embedding"]


def hoffmann_flops_terms(shape: Architecture) -> dict[str, int]:
    """Forward FLOPs of one sequence by Hoffmann et al. 2022, Appendix F, over all layers."""
    d, layers, d_attn, length = shape.d_model, shape.n_layers, shape.d_attn, shape.context
    lookup = length * shape.vocab * d
    return {
        "embedding": 2 * lookup,
        "queries, keys and values": layers * 6 * length * d * d_attn,
        "attention logits": layers * 2 * length**2 * d_attn,
        "softmax": layers * 3 * shape.n_heads * length**2,
        "weighted sum": layers * 2 * length**2 * d_attn,
        "output projection": layers * 2 * length * d_attn * d,
        "feed-forward": layers * 4 * length * d * shape.d_ff,
        "final logits": 2 * lookup,
    }


def hoffmann_flops(
    shape: Architecture, *, vocabulary_terms: bool = True, training: bool = True
) -> int:
    """FLOPs of one sequence by Appendix F, of training or of the forward pass alone.

    With `vocabulary_terms` the embedding and the final logits count, as the appendix says; its
    Table A4 comes out only without them.
    """
    terms = hoffmann_flops_terms(shape)
    if not vocabulary_terms:
        del terms["embedding"], terms["final logits"]
    return (3 if training else 1) * sum(terms.values())


def flops_ratio(shape: Architecture, *, vocabulary_terms: bool = True) -> float:
    """Appendix F's training FLOPs over 6 N D for the same tokens, as in Table A4."""
    flops = hoffmann_flops(shape, vocabulary_terms=vocabulary_terms)
    return flops / (6 * hoffmann_parameters(shape) * shape.context)


def kaplan_shapes() -> pd.DataFrame:
    """The shapes that Kaplan et al. name, or whose size they print (`kind`).

    Adds to the file N, with_embeddings (parameters) and aspect_ratio (d_model over n_layers).
    """
    table = datasets.load("kaplan2020_shapes")
    shapes = table[["n_layers", "d_model"]].astype(int).to_numpy().tolist()
    models = [Architecture.kaplan(*shape) for shape in shapes]
    return table.assign(
        N=[kaplan_parameters(m) for m in models],
        with_embeddings=[kaplan_parameters(m) + kaplan_embedding_parameters(m) for m in models],
        aspect_ratio=table["d_model"] / table["n_layers"],
    )


class Shares(NamedTuple):
    """Embeddings as a fraction of parameters (no biases, no norms); the rest of forward FLOPs."""

    embedding: float
    layers: float  # the 2 N
    context: float  # attention over the context
    vocabulary: float  # the steps to and from the vocabulary


def shares(shape: Architecture) -> Shares:
    """Split a model by the rows of Kaplan et al. 2020, Table 1."""
    embedding, N = kaplan_embedding_parameters(shape), kaplan_parameters(shape)
    counted = kaplan_forward_flops(shape)
    outside = 4 * shape.d_model + 2 * shape.d_model * shape.vocab
    flops = counted + outside
    return Shares(
        embedding=embedding / (embedding + N),
        layers=2 * N / flops,
        context=(counted - 2 * N) / flops,
        vocabulary=outside / flops,
    )


def released_parameters(shape: Architecture) -> int:
    """Every parameter of a GPT-2 of this shape, as its files hold them."""
    per_layer = 3 * shape.d_attn + 6 * shape.d_model + shape.d_ff  # biases, and two norms
    last_norm = 2 * shape.d_model
    outside = kaplan_embedding_parameters(shape) + last_norm
    return kaplan_parameters(shape) + outside + shape.n_layers * per_layer


careful(sys.modules[__name__])
