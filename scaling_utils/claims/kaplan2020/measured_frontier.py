"""Sections 1.1, 3.3 and 6 and Appendix B, on our runs: the best models at equal compute.

N is counted without embeddings and compute as 6 N D, as in the paper. Our batch is far below the
critical one, so that this is the compute of Table 6.
"""

from experiments.analysis.best_sizes import (
    BestSizes,
    above_converged,
    frontier_bend,
    later_gain,
    more_compute,
)
from experiments.analysis.counts import BODY
from experiments.analysis.our_runs import SEEDS_AND_FIT, best_sizes, measured, runs, sizes
from scaling_utils._validate import FloatArray
from scaling_utils.claims.effect import Measured
from scaling_utils.claims.recompute import recomputes

SMALLER, LARGER = 0.6, 2.2
"""Multiples of the best size in Appendix B.4 and Figure 12."""


def best() -> BestSizes:
    """The best sizes, without embeddings in the count."""
    return best_sizes(BODY)


def _over_seeds(draws: FloatArray) -> Measured:
    return measured(draws, runs(sizes()))


@recomputes("kaplan-eq33-straight")
def frontier_is_straight() -> Measured:
    return _over_seeds(frontier_bend(best()))


@recomputes("kaplan-table6-size-exponent-measured")
def size_exponent() -> Measured:
    return _over_seeds(best().exponent)


@recomputes("kaplan-s11-stops-short")
def stops_short() -> Measured:
    return _over_seeds(later_gain(sizes()))


@recomputes("kaplan-b5-excess-measured")
def excess() -> Measured:
    return measured(above_converged(best(), sizes()), runs(sizes()), SEEDS_AND_FIT)


@recomputes("kaplan-b4-smaller-model-measured")
def smaller_model() -> Measured:
    return _over_seeds(more_compute(best(), SMALLER))


@recomputes("kaplan-b4-larger-model-measured")
def larger_model() -> Measured:
    return _over_seeds(more_compute(best(), LARGER))
