"""How far to train: Kaplan et al. 2020, Appendix B ("convergence is inefficient").

`EfficientTraining` gives the best model size and training time for a compute budget,
`compare_convergence` what stopping early saves, `compute_ratio`, `steps_ratio` and
`size_interval` what a model of the wrong size costs. `best_excess` and `cost_of_stopping_at`
ask the same of a law whose loss has a floor.
"""

from scaling_utils.convergence.allocation import ComputeExponents, EfficientTraining
from scaling_utils.convergence.comparison import ConvergenceComparison, compare_convergence
from scaling_utils.convergence.with_floor import (
    best_excess,
    cost_of_stopping_at,
)
from scaling_utils.convergence.wrong_size import (
    SizeInterval,
    compute_ratio,
    size_interval,
    smallest_size_ratio,
    steps_ratio,
)
from scaling_utils.laws.base import UnreachableLossError

__all__ = [
    "ComputeExponents",
    "ConvergenceComparison",
    "EfficientTraining",
    "SizeInterval",
    "UnreachableLossError",
    "best_excess",
    "compare_convergence",
    "compute_ratio",
    "cost_of_stopping_at",
    "size_interval",
    "smallest_size_ratio",
    "steps_ratio",
]
