"""The critical batch: steps and compute against the least possible ones (Kaplan, Section 5.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from scaling_utils._validate import FloatArray, FloatOrArray, positive, positive_together, unwrap
from scaling_utils.laws.base import Law, from_log, unit


@dataclass(frozen=True)
class CriticalBatch(Law):
    """Critical batch size, B_crit(L) = B_star / L ** (1 / alpha_B) (Eqs. 1.4, 5.3).

    With E = B S the tokens processed, a run obeys (S / S_min - 1) (E / E_min - 1) = 1 (Eq. 5.1)
    and B_crit = E_min / S_min (Eq. 5.2): at B = B_crit it takes twice the least steps and compute.

    >>> law = CriticalBatch(2e8, 0.21, source="Kaplan et al. 2020, Eq. 5.3")
    >>> f"{law.size(3.0):.3g}"
    '1.07e+06'
    """

    B_star: float = field(metadata=unit("tokens per batch"))
    alpha_B: float = field(metadata=unit("1"))
    source: str = "user"

    place: ClassVar[str] = "Kaplan et al. 2020, Eqs. 1.4, 5.3"
    _equation: ClassVar[str] = r"B_{\mathrm{crit}}(L) = B_*/L^{1/\alpha_B}"

    def size(self, loss: ArrayLike) -> FloatOrArray:
        """Critical batch at a loss."""
        return unwrap(self._size(positive("loss", loss)))

    def loss_at(self, B: ArrayLike) -> FloatOrArray:
        """Loss at which a batch is the critical one: the inverse of `size`."""
        return unwrap((self.B_star / positive("B", B)) ** self.alpha_B)

    def steps(self, S_min: ArrayLike, B: ArrayLike, loss: ArrayLike) -> FloatOrArray:
        """Steps that a run at batch `B` takes, S_min (1 + B_crit / B) (Eq. 5.4)."""
        s, b, at = positive_together(S_min=S_min, B=B, loss=loss)
        return unwrap(s * (1 + self._size(at) / b))

    def compute(self, C_min: ArrayLike, B: ArrayLike, loss: ArrayLike) -> FloatOrArray:
        """Compute that a run at batch `B` takes, C_min (1 + B / B_crit), in FLOPs (Eq. 5.5)."""
        c, b, at = positive_together(C_min=C_min, B=B, loss=loss)
        return unwrap(c * (1 + b / self._size(at)))

    def _size(self, loss: FloatArray) -> FloatArray:
        return from_log("B_crit", np.log(self.B_star) - np.log(loss) / self.alpha_B)
