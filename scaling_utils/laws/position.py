"""Loss against the position in the context: a power of the position above a floor.

The loss of all other laws of Kaplan et al. 2020 is the mean over the context of 1024 tokens.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from scaling_utils._validate import FloatOrArray, finite, one_number, unwrap, whole
from scaling_utils.laws.base import Law, unit


@dataclass(frozen=True)
class ContextLaw(Law):
    """Loss at a position in the context, L(T) = floor + scale T ** -exponent.

    Kaplan et al. 2020, Appendix D.5 and Figure 20 (left). The first and the last token, and the
    mean:

    >>> law = ContextLaw(2.3, 5.4, 0.62, source="Kaplan et al. 2020, Fig. 20 left")
    >>> round(law.loss(1), 2), round(law.loss(1024), 2), round(law.mean(1024), 2)
    (7.7, 2.37, 2.48)
    """

    floor: float = field(metadata=unit("nats per token"))
    scale: float = field(metadata=unit("nats per token"))
    exponent: float = field(metadata=unit("1"))
    source: str = "user"

    place: ClassVar[str] = "Kaplan et al. 2020, Appendix D.5 and Fig. 20"
    _equation: ClassVar[str] = r"L(T) = a + b\,T^{-c}"

    def loss(self, position: ArrayLike) -> FloatOrArray:
        """Loss at a position."""
        at = finite("position", position)
        if (at < 1).any():
            raise ValueError(f"position counts tokens from 1, got {at.min():g}")
        return unwrap(self.floor + self.scale * at**-self.exponent)

    def mean(self, context: int) -> float:
        """Mean loss over a context, what the paper's other laws call the loss."""
        return float(np.mean(self.loss(np.arange(1, whole("context", context, least=1) + 1))))

    def position_of(self, loss: float) -> float:
        """Position, not rounded, at which the loss has come down to a value."""
        value = one_number("loss", loss)
        if value <= self.floor:
            raise ValueError(f"the loss never falls to {value:g}: its floor is {self.floor:g}")
        return float((self.scale / (value - self.floor)) ** (1 / self.exponent))
