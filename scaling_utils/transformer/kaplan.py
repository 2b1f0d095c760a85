"""Kaplan et al. 2020: counts without embeddings, operation by operation (Table 1).

A multiplication and an addition are two FLOPs; biases, norms and nonlinearities are left
out; the backward pass costs twice the forward pass (Section 2.1).
"""

from __future__ import annotations

from dataclasses import dataclass

from scaling_utils.transformer.architecture import Architecture


@dataclass(frozen=True)
class Operation:
    """One row of Table 1.

    Attributes
    ----------
    name : str
        The operation as the paper names it.
    parameters : int
        Parameters.
    flops : int
        Forward FLOPs per token.
    counted : bool
        Whether the row is part of the non-embedding totals.
    """

    name: str
    parameters: int
    flops: int
    counted: bool


def kaplan_operations(architecture: Architecture) -> tuple[Operation, ...]:
    """Return the rows of Kaplan et al. 2020, Table 1, without its total.

    The row "Attention: Project" prints a symbol d_embd that the paper does not define;
    it is read as d_model, which is what the total needs.

    Parameters
    ----------
    architecture : Architecture
        The model.

    Returns
    -------
    tuple of Operation
        Parameters, and forward FLOPs per token, of each operation over all layers.

    Examples
    --------
    >>> rows = kaplan_operations(Architecture.kaplan(2, 128))
    >>> [(row.name, row.parameters) for row in rows if row.counted]
    ... # doctest: +NORMALIZE_WHITESPACE
    [('Attention: QKV', 98304), ('Attention: Mask', 0), ('Attention: Project', 32768),
     ('Feedforward', 262144)]
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

    Examples
    --------
    >>> kaplan_parameters(Architecture.kaplan(48, 1600))
    1474560000
    """
    shape = architecture
    return 2 * shape.d_model * shape.n_layers * (2 * shape.d_attn + shape.d_ff)


def kaplan_embedding_parameters(architecture: Architecture) -> int:
    """Return the parameters that N leaves out: token and position embeddings.

    (n_vocab + n_ctx) d_model, Kaplan et al. 2020, Section 2.1 and Table 1.

    Examples
    --------
    >>> kaplan_embedding_parameters(Architecture.kaplan(48, 1600))
    82049600
    """
    return (architecture.vocab + architecture.context) * architecture.d_model


def kaplan_forward_flops(architecture: Architecture) -> int:
    """Return the forward FLOPs per token, 2 N + 2 n_layer n_ctx d_attn.

    Kaplan et al. 2020, Table 1; Eq. 2.2 writes d_model for d_attn, which is the same in the
    standard shape.

    Examples
    --------
    >>> kaplan_forward_flops(Architecture.kaplan(48, 1600))
    3106406400
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
