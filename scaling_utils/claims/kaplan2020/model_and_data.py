"""Sections 1.1 and 4.1: how the joint law of size and data behaves at its ends."""

import math

from scaling_utils.claims.recompute import recomputes
from scaling_utils.published import law


@recomputes("kaplan-s41-inverse-data")
def inverse_data() -> float:
    # The excess over unlimited data, at two amounts so large that higher powers vanish.
    joint = law("kaplan2020/L(N,D)")
    excess = [float(joint.overfitting(1e8, D)) for D in (1e15, 2e15)]
    return math.log2(excess[0] / excess[1])
