"""Appendix F, Tables A4 and A9: parameters and FLOPs of the architectures."""

import numpy as np

from scaling_utils._validate import FloatArray
from scaling_utils.claims.hoffmann2022._tables import architecture, architectures
from scaling_utils.claims.recompute import recomputes
from scaling_utils.datasets import load
from scaling_utils.published import constant
from scaling_utils.transformer import flops_ratio, hoffmann_flops, hoffmann_parameters


def _ratio(row: int, *, vocabulary_terms: bool = False) -> float:
    shape = architectures("hoffmann2022_table_a4")[row]
    return flops_ratio(shape, vocabulary_terms=vocabulary_terms)


def _table_a9() -> tuple[FloatArray, FloatArray]:
    """Printed and counted sizes, in millions of parameters."""
    printed = load("hoffmann2022_table_a9")["params_millions"].to_numpy(dtype=float)
    shapes = architectures("hoffmann2022_table_a9")
    return printed, np.array([hoffmann_parameters(shape) / 1e6 for shape in shapes])


@recomputes("hoffmann-table-a9-rows")
def rows_of_table_a9() -> float:
    printed, counted = _table_a9()
    return float((np.abs(counted / printed - 1) < 0.01).sum())


@recomputes("hoffmann-table-a4-73m")
def ratio_73m() -> float:
    return _ratio(0)


@recomputes("hoffmann-table-a4-305m")
def ratio_305m() -> float:
    return _ratio(1)


@recomputes("hoffmann-table-a4-552m")
def ratio_552m() -> float:
    return _ratio(2)


@recomputes("hoffmann-table-a4-1-1b")
def ratio_1_1b() -> float:
    return _ratio(3)


@recomputes("hoffmann-table-a4-1-6b")
def ratio_1_6b() -> float:
    return _ratio(4)


@recomputes("hoffmann-table-a4-6-8b")
def ratio_6_8b() -> float:
    return _ratio(5)


@recomputes("hoffmann-app-f-embedding-flops")
def ratio_with_embedding() -> float:
    return _ratio(0, vocabulary_terms=True)


@recomputes("hoffmann-app-f-gopher-flops")
def gopher_flops() -> float:
    gopher = architecture("Gopher")
    sequences = constant("hoffmann2022/Gopher", "D").value / gopher.context
    return hoffmann_flops(gopher) * sequences
