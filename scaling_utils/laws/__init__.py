"""Scaling laws as frozen objects: each knows its loss, limits and best allocation.

Every law carries the place its constants come from (`source`) and the place of its
formula (`place`). The published constants are in `scaling_utils.published`. A constant or an
argument must be positive and finite, else ValueError; a loss that cannot be reached raises
UnreachableLossError.
"""

from scaling_utils.laws.base import Law, UnreachableLossError, training_flops
from scaling_utils.laws.chinchilla import ChinchillaLaw, Optimum
from scaling_utils.laws.kaplan import Allocation, CriticalBatch, KaplanND, KaplanNS, PowerLaw
from scaling_utils.units import Record

__all__ = [
    "Allocation",
    "ChinchillaLaw",
    "CriticalBatch",
    "KaplanND",
    "KaplanNS",
    "Law",
    "Optimum",
    "PowerLaw",
    "Record",
    "UnreachableLossError",
    "training_flops",
]
