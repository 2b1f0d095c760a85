"""Runs of your own, as every fit takes them: what they are and what is odd about them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scaling_utils.check import FloatArray


@dataclass(frozen=True, eq=False)
class Runs:
    """Training runs, one row each; `Runs.read` takes them from a file or a table."""

    N: FloatArray
    D: FloatArray
    loss: FloatArray
    C: FloatArray
    S: FloatArray | None = None
    unique: FloatArray | None = None
    weight: FloatArray | None = None
    loss_low: FloatArray | None = None
    loss_high: FloatArray | None = None
    group: NDArray[np.object_] | None = None
    dropped: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.loss)

    def columns(self, form: str) -> dict[str, FloatArray]:
        """The columns that a form of law needs, by name, except the loss."""
        return {"N": self.N, "D": self.D}
