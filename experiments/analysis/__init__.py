"""What our own small studies say: pure functions of a table of runs and a table of curves.

`Study` checks the tables (`study`); `slices`, `minima` and `allocation` are Approach 2 with
intervals over seeds, in three ways of counting (`counts`). `text_transfer` (`other_text`,
`lines`) is the loss on other text. `measured_frontier` (`frontier`) is Approach 1, `stops_short`
(`converged`, `floor`) how far its models are from convergence, `parametric_fit` Approach 3.

The effects of the ledger's measured claims are found for all draws of the seeds (`drawn`) at once:
`travel` and `shape` for chapter 4, `best_sizes`, `size_trend`, `curve_shape` (`two_terms`),
`little_text`, `early_stop` and `recipe` for chapter 12.
"""

from experiments.analysis.allocation import MeasuredAllocation, allocation
from experiments.analysis.converged import StopsShort, stops_short
from experiments.analysis.counts import COMPUTES, COUNTINGS, cost_per_byte, parameters
from experiments.analysis.floor import Floors, fit_floors
from experiments.analysis.frontier import MeasuredFrontier, measured_frontier
from experiments.analysis.isoflop import Minima, Slices, minima, slices
from experiments.analysis.lines import Line
from experiments.analysis.other_text import TextTransfer, text_transfer
from experiments.analysis.parabola import Vertices, vertices
from experiments.analysis.parametric import (
    ParametricFit,
    curve_points,
    parametric_fit,
    profile_E,
)
from experiments.analysis.resample import DRAWS, seed_weights
from experiments.analysis.result import Result
from experiments.analysis.simulated import simulated_study, simulated_tables
from experiments.analysis.study import Study, StudyError

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
