"""Three ways to count a small model's parameters, most of them in embeddings and head, and two
to count its compute (Kaplan et al. 2020 leave both out, Hoffmann et al. 2022 count all)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scaling_utils.check import FloatArray, one_of
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN

BODY, WITH_HEAD, ALL = "without embeddings", "with the output head", "all parameters"
COUNTINGS = {
    BODY: ("N_body",),
    WITH_HEAD: ("N_body", "N_head"),
    ALL: ("N_body", "N_head", "N_embedding"),
}
"""Ways to count N, and the columns that each adds up."""

SIX_ND, EXACT = "6ND", "exact"
"""Ways to count C: 6 N D in the counting's own N; all training FLOPs, attention and head too."""


def parameters(runs: pd.DataFrame, counting: str = WITH_HEAD) -> FloatArray:
    """N of each run in one of `COUNTINGS`."""
    columns = COUNTINGS[one_of("counting", counting, COUNTINGS)]
    return np.asarray(runs[list(columns)].to_numpy(dtype=np.float64).sum(axis=1))


def cost_per_byte(
    runs: pd.DataFrame, counting: str = WITH_HEAD, compute: str = SIX_ND
) -> FloatArray:
    """Training FLOPs per byte of each run."""
    N = parameters(runs, counting)
    if one_of("compute", compute, (SIX_ND, EXACT)) == EXACT:
        return np.asarray(runs["flops_per_byte"].to_numpy(dtype=np.float64))
    return np.asarray(FLOPS_PER_PARAMETER_TOKEN * N)
