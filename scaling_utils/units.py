"""Units of compute, and the one cost formula that both papers share.

Everywhere in this package compute is in FLOPs, model size in parameters, data in
tokens, batch in tokens and loss in nats per token.
Kaplan et al. print compute in PF-days: convert at the edge, with the two functions here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from scaling_utils._validate import (
    FloatOrArray,
    positive,
    positive_together,
    representable,
    unwrap,
)

PF_DAY = 1e15 * 24 * 3600
"""FLOPs in one PF-day: 8.64e19 (Kaplan et al. 2020, Section 1.3)."""

FLOPS_PER_PARAMETER_TOKEN = 6.0
"""Training FLOPs per parameter and token: 2 forward, 4 backward (Kaplan Section 2.1)."""


def pf_days_to_flops(pf_days: ArrayLike) -> FloatOrArray:
    """Convert PF-days to FLOPs."""
    return unwrap(positive("pf_days", pf_days) * PF_DAY)


def flops_to_pf_days(flops: ArrayLike) -> FloatOrArray:
    """Convert FLOPs to PF-days."""
    return unwrap(positive("flops", flops) / PF_DAY)


def training_flops(N: ArrayLike, D: ArrayLike) -> FloatOrArray:
    """Training compute, C = 6 N D, in FLOPs; a float, as whole numbers would overflow in NumPy.

    >>> training_flops(70e9, 1.4e12)
    5.88e+23
    """
    n, d = positive_together(N=N, D=D)
    with np.errstate(over="ignore", under="ignore"):
        return representable("C", FLOPS_PER_PARAMETER_TOKEN * n * d)
