"""The shapes that Kaplan et al. 2020 tried, and what their count N leaves out of each.

N has no embeddings and 6 N has neither the attention over the context nor the step from the
last layer to the vocabulary. For a small model these are most of it.
"""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from scaling_utils import datasets
from scaling_utils.transformer import (
    Architecture,
    kaplan_embedding_parameters,
    kaplan_operations,
    kaplan_parameters,
)


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
