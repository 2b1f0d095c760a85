"""What our own small studies say: pure functions of a table of runs and a table of curves.

`Study` checks the tables (`study`); `slices`, `minima` and `allocation` are Approach 2 with
intervals over seeds, in three ways of counting (`counts`). `text_transfer` (`other_text`,
`lines`), `depth_effect` (`depth`) and `fixed_data` answer the questions of single chapters.
"""

from scaling_utils.measured.allocation import MeasuredAllocation, allocation
from scaling_utils.measured.counts import COMPUTES, COUNTINGS, cost_per_byte, parameters
from scaling_utils.measured.depth import DepthEffect, depth_effect
from scaling_utils.measured.fixed_data import FixedData, fixed_data
from scaling_utils.measured.isoflop import Minima, Slices, minima, slices
from scaling_utils.measured.lines import Line
from scaling_utils.measured.other_text import TextTransfer, text_transfer
from scaling_utils.measured.parabola import Vertices, vertices
from scaling_utils.measured.resample import seed_weights
from scaling_utils.measured.result import Result
from scaling_utils.measured.simulated import simulated_study, simulated_tables
from scaling_utils.measured.study import Study, StudyError

__all__ = [
    "COMPUTES",
    "COUNTINGS",
    "DepthEffect",
    "FixedData",
    "Line",
    "MeasuredAllocation",
    "Minima",
    "Result",
    "Slices",
    "Study",
    "StudyError",
    "TextTransfer",
    "Vertices",
    "allocation",
    "cost_per_byte",
    "depth_effect",
    "fixed_data",
    "minima",
    "parameters",
    "seed_weights",
    "simulated_study",
    "simulated_tables",
    "slices",
    "text_transfer",
    "vertices",
]
