"""Kaplan's counts: Table 1 row by row, Eqs. 2.1 and 2.2, and the shapes that the paper names."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaling_utils import datasets
from scaling_utils.transformer import (
    Architecture,
    context_share,
    kaplan_embedding_parameters,
    kaplan_forward_flops,
    kaplan_parameters,
    shares,
)

size = st.integers(1, 4096)
shapes = st.builds(Architecture, size, size, size, size, size, size, size)
standard_shapes = st.builds(Architecture.kaplan, size, size)


def symbols(shape: Architecture) -> dict[str, int]:
    return {
        "n_layer": shape.n_layers,
        "d_model": shape.d_model,
        "d_attn": shape.d_attn,
        "d_ff": shape.d_ff,
        "n_vocab": shape.vocab,
        "n_ctx": shape.context,
        "N": kaplan_parameters(shape),
    }


def evaluate(expression: str, shape: Architecture) -> int:
    """Evaluate an expression of data/kaplan2020_table1.csv; an empty one means none."""
    return eval(expression, {"__builtins__": {}}, symbols(shape)) if expression else 0


@given(shapes)
def test_counts_and_shares_are_those_of_table_1(shape):
    rows = datasets.load("kaplan2020_table1").set_index("operation")
    parameters, flops = (
        rows[name].map(lambda cell: evaluate(cell, shape))
        for name in ("parameters", "flops_per_token")
    )
    total, rows = rows.index[-1], rows.iloc[:-1]
    counted = rows.index[rows["counted"] == "yes"]
    assert parameters[counted].sum() == parameters[total] == kaplan_parameters(shape)
    assert flops[counted].sum() == flops[total] == kaplan_forward_flops(shape)
    assert parameters["Embed"] == kaplan_embedding_parameters(shape)
    split, every = shares(shape), flops[rows.index].sum()
    assert split.context == pytest.approx(flops["Attention: Mask"] / every)
    assert split.vocabulary == pytest.approx((flops["Embed"] + flops["De-embed"]) / every)
    assert split.layers + split.context + split.vocabulary == pytest.approx(1.0)
    assert split.embedding == pytest.approx(
        parameters["Embed"] / (parameters["Embed"] + parameters[total])
    )


@given(standard_shapes)
def test_standard_shape_has_twelve_layers_d_model_squared(shape):
    # Eq. 2.1, right-hand side; and Eq. 2.2, where d_model stands for d_attn.
    assert kaplan_parameters(shape) == 12 * shape.n_layers * shape.d_model**2
    assert context_share(shape) == pytest.approx(shape.context / (12 * shape.d_model), rel=1e-14)


@pytest.mark.parametrize(
    ("n_layers", "d_model", "N"),
    [
        (1, 8, 768),  # the smallest model, Section 3
        (2, 128, 393_200),  # "393.2K" in Figure 4
        (36, 1280, 708_000_000),  # "708M" in Figure 4
        (6, 4288, 1_324_000_000),  # the flattest, Figure 5
        (48, 1600, 1_475_000_000),  # GPT-2's shape, Figure 5
        (207, 768, 1_465_000_000),  # the deepest, Section 3
    ],
)
def test_named_shapes(n_layers, d_model, N):
    counted = kaplan_parameters(Architecture.kaplan(n_layers, d_model))
    assert counted == pytest.approx(N, rel=5e-4)


@pytest.mark.parametrize(
    ("d_model", "percent"),
    [(128, 66.7), (256, 33.3), (512, 16.7), (768, 11.1), (1280, 6.7), (1600, 5.3), (4288, 2.0)],
)
def test_neglected_context_term(d_model, percent):
    assert round(100 * context_share(Architecture.kaplan(2, d_model)), 1) == percent


def test_embeddings_are_left_out_of_N():
    shape = Architecture.kaplan(48, 1600)
    assert kaplan_embedding_parameters(shape) == (50257 + 1024) * 1600


@pytest.mark.parametrize("bad", [0, -1, 2.5, math.nan, "wide", [1, 2]])
@pytest.mark.parametrize("name", ["d_model", "n_layers", "vocab", "context"])
def test_bad_sizes_are_named(name, bad):
    good = {"d_model": 8, "n_layers": 1, "n_heads": 1, "kv_size": 8, "d_ff": 32}
    sizes = {**good, "vocab": 10, "context": 4, name: bad}
    with pytest.raises(ValueError, match=name):
        Architecture(**sizes)


def test_sizes_from_arrays_become_plain_integers():
    shape = Architecture.kaplan(np.int64(2), np.int64(128))
    assert type(shape.d_model) is int
    assert shape.n_layers == 2
