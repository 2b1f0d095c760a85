"""What our own small studies say: pure functions of a table of runs and a table of curves.

`Study` checks the tables (`study`); `slices`, `minima` and `allocation` are Approach 2 with
intervals over seeds, in three ways of counting (`counts`).
"""

from scaling_utils.measured.allocation import MeasuredAllocation, allocation
from scaling_utils.measured.counts import COMPUTES, COUNTINGS, cost_per_byte, parameters
from scaling_utils.measured.isoflop import Minima, Slices, minima, slices
from scaling_utils.measured.parabola import Vertices, vertices
from scaling_utils.measured.resample import seed_weights
from scaling_utils.measured.result import Result
from scaling_utils.measured.simulated import simulated_study, simulated_tables
from scaling_utils.measured.study import Study, StudyError

__all__ = [
    "COMPUTES",
    "COUNTINGS",
    "MeasuredAllocation",
    "Minima",
    "Result",
    "Slices",
    "Study",
    "StudyError",
    "Vertices",
    "allocation",
    "cost_per_byte",
    "minima",
    "parameters",
    "seed_weights",
    "simulated_study",
    "simulated_tables",
    "slices",
    "vertices",
]
