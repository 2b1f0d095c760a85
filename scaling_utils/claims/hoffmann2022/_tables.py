"""Tables as the claims use them: rows of Tables 3 and A3, power laws through them, shapes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from scaling_utils.claims.recompute import digits
from scaling_utils.datasets import load
from scaling_utils.published import constant
from scaling_utils.transformer import SHAPE, Architecture


@dataclass(frozen=True)
class TableLaw:
    """N = scale * C ** exponent through the rows of one approach, C in FLOPs."""

    scale: float
    exponent: float

    def N(self, C: float) -> float:
        """Model size, parameters."""
        return float(self.scale * C**self.exponent)


def rows(approach: int) -> pd.DataFrame:
    """The nine rows of one approach: params, flops, flops_as_printed, tokens."""
    table = load("hoffmann2022_table3_a3")
    return table[table["approach"] == approach].set_index("params")


def cell(approach: int, params: float, column: str) -> float:
    """One number of Table 3 or A3: the row of one approach and model size."""
    return float(rows(approach)[column].to_dict()[int(params)])


def printed_flops(approach: int, params: float) -> float:
    """The compute of a row, read with its three printed digits."""
    return digits(f"{cell(approach, params, 'flops'):.2e}", of=f"row of {params:.3g}")


def printed_tokens(approach: int, params: float) -> str:
    """The tokens of a row as printed: one decimal of billions, or of trillions."""
    tokens = cell(approach, params, "tokens")
    return f"{tokens / 1e12:.1f}e12" if tokens >= 1e12 else f"{tokens / 1e9:.1f}e9"


def law_of(approach: int) -> TableLaw:
    """Least squares in logarithms through the nine rows of one approach."""
    table = rows(approach)
    exponent, log_scale = np.polyfit(np.log(table["flops"]), np.log(table.index), 1)
    return TableLaw(float(np.exp(log_scale)), float(exponent))


def architectures(table: str) -> list[Architecture]:
    """The models of one table of architectures, in its order."""
    shapes = load(table)[list(SHAPE)].to_dict("records")
    return [
        Architecture.hoffmann(**{str(k): int(v) for k, v in shape.items()}) for shape in shapes
    ]


def architecture(model: str) -> Architecture:
    """One of the two models of Table 4."""
    models = load("hoffmann2022_table4")["model"].tolist()
    return architectures("hoffmann2022_table4")[models.index(model)]


def gopher_budget() -> float:
    """FLOPs that Table 3 counts as one Gopher."""
    return constant("hoffmann2022/Gopher", "C").value
