"""Scaling laws as frozen objects: each knows its loss, limits and best allocation.

Every law carries the place its constants come from (`source`) and the place of its
formula (`place`). The published constants are in `scaling_utils.published`. A constant or an
argument must be positive and finite, else ValueError; a loss that cannot be reached raises
UnreachableLossError.
"""

from scaling_utils.laws.base import Law, Record, UnreachableLossError
from scaling_utils.laws.batch import CriticalBatch
from scaling_utils.laws.chinchilla import ChinchillaLaw, Optimum
from scaling_utils.laws.kaplan import Allocation, KaplanND, KaplanNS, PowerLaw

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
]
