"""The frontier of compute-optimal training: Approaches 1 and 2 of Hoffmann et al. 2022."""

from scaling_utils.frontier.envelope import Envelope, TrainingCurve, envelope, simulated_curve
from scaling_utils.frontier.isoflop import (
    PROFILES,
    IsoFlops,
    isoflops,
    nearest_budget,
    vertex_factor,
)
from scaling_utils.frontier.power_fit import PowerFit, Range, fit_power
from scaling_utils.frontier.simulated import profiles_between, simulated_profiles

__all__ = [
    "PROFILES",
    "Envelope",
    "IsoFlops",
    "PowerFit",
    "Range",
    "TrainingCurve",
    "envelope",
    "fit_power",
    "isoflops",
    "nearest_budget",
    "profiles_between",
    "simulated_curve",
    "simulated_profiles",
    "vertex_factor",
]
