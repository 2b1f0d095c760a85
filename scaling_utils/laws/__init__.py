"""Scaling laws as frozen objects: each knows its loss, limits and best allocation.

Each carries the place of its constants (`source`) and of its formula (`place`); the published
constants are in `scaling_utils.published`. A constant or an argument must be positive and finite,
else ValueError; a loss that cannot be reached raises UnreachableLossError.
"""

from scaling_utils.check import careful
from scaling_utils.laws import chinchilla, convergence, lifetime
from scaling_utils.laws.base import Law, UnreachableLossError, training_flops
from scaling_utils.laws.chinchilla import ChinchillaLaw, Optimum
from scaling_utils.laws.kaplan import (
    Allocation,
    CriticalBatch,
    KaplanND,
    KaplanNS,
    PowerLaw,
    PowerWithFloor,
)

__all__ = ["Allocation", "ChinchillaLaw", "CriticalBatch", "KaplanND", "KaplanNS", "Law"]
__all__ += ["Optimum", "PowerLaw", "PowerWithFloor", "UnreachableLossError", "training_flops"]

for _place in (chinchilla, convergence, convergence.EfficientTraining, lifetime):
    careful(_place)
