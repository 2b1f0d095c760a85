"""Loss against the position in the context: a power of the position above a floor.

The loss of all other laws of Kaplan et al. 2020 is the mean over the context of 1024 tokens.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from scaling_utils._validate import FloatOrArray, finite, one_number, positive, unwrap
from scaling_utils.laws.base import Law, unit

LONGEST_SUM = 2**20
"""Positions that are summed one by one; the sum of those beyond is known in closed form."""


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
        tokens = positive("context", context)
        if tokens.ndim or tokens != int(tokens):
            raise ValueError(f"context must be one whole number of tokens, got {context!r}")
        last = int(tokens)
        if last <= LONGEST_SUM:
            return float(np.mean(self.loss(np.arange(1, last + 1))))
        first = np.sum(np.arange(1.0, LONGEST_SUM + 1.0) ** -self.exponent)
        return float(self.floor + self.scale * (first + self._tail(LONGEST_SUM, last)) / last)

    def _tail(self, first: int, last: int) -> float:
        """Sum of T ** -exponent after one position up to another (Euler and Maclaurin)."""
        c, ends = self.exponent, np.array([float(first), float(last)])
        whole = np.log(ends) if c == 1.0 else ends ** (1.0 - c) / (1.0 - c)
        return float(np.diff(whole + ends**-c / 2.0 - c * ends ** (-c - 1.0) / 12.0)[0])

    def position_of(self, loss: float) -> float:
        """Position, not rounded, at which the loss has come down to a value."""
        value = one_number("loss", loss)
        if value <= self.floor:
            raise ValueError(f"the loss never falls to {value:g}: its floor is {self.floor:g}")
        return float((self.scale / (value - self.floor)) ** (1 / self.exponent))


def last_position_out_of_order(laws: tuple[ContextLaw, ...], context: int = 1024) -> int:
    """Return the last position at which some larger model is not better than the next smaller.

    The laws go from the smallest model to the largest; 0 if all positions are in order.
    """
    positions = np.arange(1, context + 1)
    losses = np.array([law.loss(positions) for law in laws])
    wrong = (np.diff(losses, axis=0) >= 0).any(axis=0)
    return int(positions[wrong].max(initial=0))
