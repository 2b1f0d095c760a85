"""What our own small studies say: pure functions of a table of runs and a table of curves.

`Study` checks the tables (`study`); `slices`, `minima` and `allocation` are Approach 2 with
intervals over seeds, in three ways of counting (`counts`). `text_transfer` (`other_text`,
`lines`) is the loss on other text. `measured_frontier` (`frontier`) is Approach 1, `stops_short`
(`converged`, `floor`) how far its models are from convergence, `parametric_fit` Approach 3.

The effects of the ledger's measured claims are found for all draws of the seeds (`drawn`) at once:
`travel` and `shape` for chapter 4, `best_sizes`, `size_trend`, `curve_shape` (`two_terms`),
`little_text`, `early_stop` and `recipe` for chapter 12.
"""

from scaling_utils.measured.allocation import MeasuredAllocation, allocation
from scaling_utils.measured.converged import StopsShort, stops_short
from scaling_utils.measured.counts import COMPUTES, COUNTINGS, cost_per_byte, parameters
from scaling_utils.measured.floor import Floors, fit_floors
from scaling_utils.measured.frontier import MeasuredFrontier, measured_frontier
from scaling_utils.measured.isoflop import Minima, Slices, minima, slices
from scaling_utils.measured.lines import Line
from scaling_utils.measured.other_text import TextTransfer, text_transfer
from scaling_utils.measured.parabola import Vertices, vertices
from scaling_utils.measured.parametric import (
    ParametricFit,
    curve_points,
    parametric_fit,
    profile_E,
)
from scaling_utils.measured.resample import DRAWS, seed_weights
from scaling_utils.measured.result import Result
from scaling_utils.measured.simulated import simulated_study, simulated_tables
from scaling_utils.measured.study import Study, StudyError

__all__ = [
    "COMPUTES",
    "COUNTINGS",
    "DRAWS",
    "Floors",
    "Line",
    "MeasuredAllocation",
    "MeasuredFrontier",
    "Minima",
    "ParametricFit",
    "Result",
    "Slices",
    "StopsShort",
    "Study",
    "StudyError",
    "TextTransfer",
    "Vertices",
    "allocation",
    "cost_per_byte",
    "curve_points",
    "fit_floors",
    "measured_frontier",
    "minima",
    "parameters",
    "parametric_fit",
    "profile_E",
    "seed_weights",
    "simulated_study",
    "simulated_tables",
    "slices",
    "stops_short",
    "text_transfer",
    "vertices",
]
