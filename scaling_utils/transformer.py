"""Parameters and FLOPs of a Transformer, as each of the two papers counts them.

Kaplan et al. 2020 leave embeddings out of N and count six operations (Table 1): a multiplication
and an addition are two FLOPs, biases, norms and nonlinearities are left out, and the backward
pass costs twice the forward pass (Section 2.1). Hoffmann et al. 2022 count everything that is
trained, with relative positions, biases and norms. The same model therefore has two sizes, and
most of the papers' disagreement hangs on that.

Hoffmann et al. print sizes and shapes but no formula for the parameters. The one here was found
from the 50 rows of Table A9 and gives every one of them: beside the usual four matrices,
attention has a fifth for relative positions, as in Transformer-XL, which the models inherit
from Gopher.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, NamedTuple

import pandas as pd

from scaling_utils import datasets
from scaling_utils.check import positive

KAPLAN_VOCAB = 50257
"""Byte-pair tokens of Kaplan et al. 2020, Section 2."""

KAPLAN_CONTEXT = 1024
"""Tokens of context of Kaplan et al. 2020, Section 2."""

HOFFMANN_VOCAB = 32000
"""SentencePiece tokens of Hoffmann et al. 2022, Table A8."""

HOFFMANN_CONTEXT = 2048
"""Tokens per sequence with which Hoffmann et al. 2022, Table A4 comes out.

The paper does not print it; 1024 does not reproduce the table.
"""

SHAPE = ("d_model", "n_layers", "n_heads", "kv_size", "d_ff")
"""The columns of Hoffmann's Tables 4, A4 and A9 that `Architecture` takes."""


@dataclass(frozen=True)
class Architecture:
    """Shape of a decoder-only Transformer.

    `d_model` is the width of the residual stream, `kv_size` that of one head's queries, keys and
    values, `d_ff` the inner width of the feed-forward block; `vocab` and `context` are the tokens
    in the vocabulary and in a sequence. A size that is no positive whole number is refused.

    Examples
    --------
    >>> chinchilla = Architecture.hoffmann(8192, 80, 64, 128)
    >>> chinchilla.d_attn, chinchilla.d_ff
    (8192, 32768)
    """

    d_model: int
    n_layers: int
    n_heads: int
    kv_size: int
    d_ff: int
    vocab: int
    context: int

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            # Through `positive` first: a text or a NaN gets its own message.
            number = positive(field.name, value)
            if number.ndim or number != int(number):
                raise ValueError(f"{field.name} must be one whole number, got {value!r}")
            object.__setattr__(self, field.name, int(number))

    @property
    def d_attn(self) -> int:
        """Width of all heads together, `n_heads * kv_size`."""
        return self.n_heads * self.kv_size

    @classmethod
    def hoffmann(
        cls,
        d_model: int,
        n_layers: int,
        n_heads: int,
        kv_size: int,
        d_ff: int | None = None,
        vocab: int = HOFFMANN_VOCAB,
        context: int = HOFFMANN_CONTEXT,
    ) -> Architecture:
        """Return a model of Hoffmann et al. 2022; `d_ff` is 4 `d_model` unless given."""
        inner = 4 * d_model if d_ff is None else d_ff
        return cls(d_model, n_layers, n_heads, kv_size, inner, vocab, context)

    @classmethod
    def kaplan(
        cls,
        n_layers: int,
        d_model: int,
        n_heads: int = 1,
        vocab: int = KAPLAN_VOCAB,
        context: int = KAPLAN_CONTEXT,
    ) -> Architecture:
        """Return a model of Kaplan et al. 2020 in their standard shape.

        It has d_attn = d_ff / 4 = d_model (Section 2.1). The paper names models by
        (n_layer, d_model); the number of heads, which must divide d_model, does not enter its
        counts.
        """
        if d_model % n_heads:
            raise ValueError(f"n_heads must divide d_model = {d_model}, got {n_heads}")
        return cls(d_model, n_layers, n_heads, d_model // n_heads, 4 * d_model, vocab, context)

    def to_dict(self) -> dict[str, Any]:
        """Return the sizes as a plain dictionary."""
        return asdict(self)


@dataclass(frozen=True)
class Operation:
    """A row of Kaplan's Table 1; `counted` if it is part of the non-embedding totals."""

    name: str
    parameters: int
    flops: int  # forward, per token
    counted: bool


def kaplan_operations(architecture: Architecture) -> tuple[Operation, ...]:
    """Return the rows of Kaplan et al. 2020, Table 1, over all layers and without its total.

    The row "Attention: Project" prints a symbol d_embd that the paper does not define;
    it is read as d_model, which is what the total needs.
    """
    shape = architecture
    d, layers, d_attn = shape.d_model, shape.n_layers, shape.d_attn
    qkv = layers * d * 3 * d_attn
    project = layers * d_attn * d
    feedforward = layers * 2 * d * shape.d_ff
    return (
        Operation("Embed", kaplan_embedding_parameters(shape), 4 * d, counted=False),
        Operation("Attention: QKV", qkv, 2 * qkv, counted=True),
        Operation("Attention: Mask", 0, 2 * layers * shape.context * d_attn, counted=True),
        Operation("Attention: Project", project, 2 * project, counted=True),
        Operation("Feedforward", feedforward, 2 * feedforward, counted=True),
        Operation("De-embed", 0, 2 * d * shape.vocab, counted=False),
    )


def kaplan_parameters(architecture: Architecture) -> int:
    """Return N, the parameters without embeddings: 2 d_model n_layer (2 d_attn + d_ff).

    Kaplan et al. 2020, Eq. 2.1; 12 n_layer d_model² in the standard shape.
    """
    shape = architecture
    return 2 * shape.d_model * shape.n_layers * (2 * shape.d_attn + shape.d_ff)


def kaplan_embedding_parameters(architecture: Architecture) -> int:
    """Return the parameters that N leaves out: token and position embeddings.

    (n_vocab + n_ctx) d_model, Kaplan et al. 2020, Section 2.1 and Table 1.
    """
    return (architecture.vocab + architecture.context) * architecture.d_model


def kaplan_forward_flops(architecture: Architecture) -> int:
    """Return the forward FLOPs per token, 2 N + 2 n_layer n_ctx d_attn.

    Kaplan et al. 2020, Table 1; Eq. 2.2 writes d_model for d_attn, which is the same in the
    standard shape.
    """
    shape = architecture
    return 2 * kaplan_parameters(shape) + 2 * shape.n_layers * shape.context * shape.d_attn


def context_share(architecture: Architecture) -> float:
    """Return the context term of the forward FLOPs as a fraction of the 2 N term.

    Kaplan et al. 2020 neglect it where d_model is much larger than n_ctx / 12; in the
    standard shape it is n_ctx / (12 d_model).

    Examples
    --------
    A small model of the paper pays two thirds on top:

    >>> round(context_share(Architecture.kaplan(2, 128)), 3)
    0.667
    """
    two_n = 2 * kaplan_parameters(architecture)
    return (kaplan_forward_flops(architecture) - two_n) / two_n


def hoffmann_parameter_terms(architecture: Architecture) -> dict[str, int]:
    """Return the parameters of a model of Hoffmann et al. 2022, part by part, over all layers.

    With d = d_model, K = n_heads kv_size, f = d_ff and V = vocab: V d for the embedding,
    which is also the output matrix; per layer 4 d K for queries, keys, values and output,
    d K for relative positions, 2 d f for the feed-forward block, and 5 K + 6 d + f for
    biases and norms; 2 d for the last norm.
    """
    d, layers, d_attn = architecture.d_model, architecture.n_layers, architecture.d_attn
    d_ff = architecture.d_ff
    return {
        "embedding": architecture.vocab * d,
        "attention": layers * 4 * d * d_attn,
        "relative positions": layers * d * d_attn,
        "feed-forward": layers * 2 * d * d_ff,
        # Biases of q, k, v and two relative ones (5 K), of both output projections (2 d)
        # and of the inner layer (f); scale and shift of two norms (4 d), and of the last.
        "biases and norms": layers * (5 * d_attn + 6 * d + d_ff) + 2 * d,
    }


def hoffmann_parameters(architecture: Architecture) -> int:
    """Return N, all trained parameters, by the formula behind Hoffmann's Table A9.

    Examples
    --------
    Gopher and Chinchilla (Hoffmann et al. 2022, Table 4), in billions:

    >>> gopher = Architecture.hoffmann(16384, 80, 128, 128)
    >>> chinchilla = Architecture.hoffmann(8192, 80, 64, 128)
    >>> [round(hoffmann_parameters(model) / 1e9, 2) for model in (gopher, chinchilla)]
    [279.72, 70.07]
    """
    return sum(hoffmann_parameter_terms(architecture).values())


def non_embedding_parameters(architecture: Architecture) -> int:
    """Return Hoffmann's N without the embedding, to set beside Kaplan's N.

    It is larger than Kaplan's Eq. 2.1 for the same shape, by relative positions, biases
    and norms.
    """
    terms = hoffmann_parameter_terms(architecture)
    return sum(terms.values()) - terms["embedding"]


def hoffmann_flops_terms(architecture: Architecture) -> dict[str, int]:
    """Return the forward FLOPs of one sequence, term by term, over all layers.

    Hoffmann et al. 2022, Appendix F, with S = context, V = vocab, d = d_model,
    K = n_heads kv_size, h = n_heads, f = d_ff: embedding 2 S V d; per layer queries, keys
    and values 6 S d K, attention logits 2 S² K, softmax 3 h S², weighted sum 2 S² K,
    output 2 S K d, feed-forward 4 S d f; final logits 2 S d V.
    """
    d, layers, d_attn = architecture.d_model, architecture.n_layers, architecture.d_attn
    length, lookup = architecture.context, architecture.context * architecture.vocab * d
    return {
        "embedding": 2 * lookup,
        "queries, keys and values": layers * 6 * length * d * d_attn,
        "attention logits": layers * 2 * length**2 * d_attn,
        "softmax": layers * 3 * architecture.n_heads * length**2,
        "weighted sum": layers * 2 * length**2 * d_attn,
        "output projection": layers * 2 * length * d_attn * d,
        "feed-forward": layers * 4 * length * d * architecture.d_ff,
        "final logits": 2 * lookup,
    }


def hoffmann_flops(
    architecture: Architecture, *, vocabulary_terms: bool = True, training: bool = True
) -> int:
    """Return the FLOPs of one sequence by Hoffmann et al. 2022, Appendix F.

    Training is three times the forward pass. With `vocabulary_terms` the embedding and the final
    logits count, as the appendix says; its Table A4 comes out only without them.
    """
    terms = hoffmann_flops_terms(architecture)
    if not vocabulary_terms:
        del terms["embedding"], terms["final logits"]
    return (3 if training else 1) * sum(terms.values())


def flops_ratio(architecture: Architecture, *, vocabulary_terms: bool = True) -> float:
    """Return Appendix F's training FLOPs divided by 6 N D, for the same tokens.

    N is `hoffmann_parameters`, embedding included, in either case; `vocabulary_terms` as in
    `hoffmann_flops`.

    Examples
    --------
    The first row of Table A4 prints 1.03:

    >>> model = Architecture.hoffmann(640, 10, 10, 64)
    >>> round(flops_ratio(model), 2), round(flops_ratio(model, vocabulary_terms=False), 2)
    (1.58, 1.03)
    """
    flops = hoffmann_flops(architecture, vocabulary_terms=vocabulary_terms)
    return flops / (6 * hoffmann_parameters(architecture) * architecture.context)


def kaplan_shapes() -> pd.DataFrame:
    """The shapes that the paper names, or whose size it prints (`kind`), with their sizes.

    Adds to the file N (parameters without embeddings), with_embeddings (parameters) and
    aspect_ratio (d_model over n_layers).
    """
    table = datasets.load("kaplan2020_shapes")
    shapes = table[["n_layers", "d_model"]].astype(int).to_numpy().tolist()
    models = [Architecture.kaplan(*shape) for shape in shapes]
    N = [kaplan_parameters(model) for model in models]
    return table.assign(
        N=N,
        with_embeddings=[
            n + kaplan_embedding_parameters(m) for n, m in zip(N, models, strict=True)
        ],
        aspect_ratio=table["d_model"] / table["n_layers"],
    )


class Shares(NamedTuple):
    """Embeddings as a fraction of parameters (no biases, no norms); the rest of forward FLOPs.

    `layers` is the 2 N, `context` the attention over the context, `vocabulary` the steps to and
    from the vocabulary: these three add up to one.
    """

    embedding: float
    layers: float
    context: float
    vocabulary: float


def shares(architecture: Architecture) -> Shares:
    """Split a model by the rows of Kaplan et al. 2020, Table 1.

    In the smallest shape that the paper names, nearly everything lies outside N:

    >>> small = shares(Architecture.kaplan(2, 128))
    >>> round(small.embedding, 2), round(small.layers, 3)
    (0.94, 0.055)
    """
    rows = kaplan_operations(architecture)
    flops = sum(row.flops for row in rows)
    attention = sum(row.flops for row in rows if row.counted and not row.parameters)
    outside = sum(row.flops for row in rows if not row.counted)
    embedding = kaplan_embedding_parameters(architecture)
    return Shares(
        embedding=embedding / (embedding + kaplan_parameters(architecture)),
        layers=(flops - attention - outside) / flops,
        context=attention / flops,
        vocabulary=outside / flops,
    )


def released_parameters(architecture: Architecture) -> int:
    """Every parameter of a GPT-2 of this shape, as its files hold them.

    N, the embeddings, the biases of the four matrices and two norms in each layer
    (6 d_model + d_ff + 3 d_attn in all), and a last norm.
    """
    shape = architecture
    per_layer = 3 * shape.d_attn + 6 * shape.d_model + shape.d_ff
    return (
        kaplan_parameters(shape)
        + kaplan_embedding_parameters(shape)
        + shape.n_layers * per_layer
        + 2 * shape.d_model
    )
