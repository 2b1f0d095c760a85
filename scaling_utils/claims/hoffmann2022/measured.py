"""Section 3 and Table 2, on our runs: the best size at equal compute, all parameters counted."""

from experiments.analysis.counts import ALL
from experiments.analysis.our_runs import best_sizes, measured
from scaling_utils.claims.effect import Measured
from scaling_utils.claims.recompute import recomputes


@recomputes("hoffmann-equal-growth-measured")
def equal_growth() -> Measured:
    best = best_sizes(ALL)
    return measured(best.exponent, len(best.cut.study.runs))
