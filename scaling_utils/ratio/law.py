r"""Tokens per parameter of the compute-optimal model, whatever a paper fitted to find it.

Every published rule is a power of compute. Some papers print it for the model size, some for
the tokens, some as a loss from which both follow; with C = 6 N D each of them is one ratio D / N
at one budget and one exponent, so that all can be drawn on one axis.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from scaling_utils._validate import (
    FloatOrArray,
    finite,
    positive,
    unwrap,
)
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.laws.base import Law, expect_law, from_log, unit
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN

REFERENCE_BUDGET = 1e21
"""FLOPs at which a `RatioLaw` states its ratio unless told otherwise."""


@dataclass(frozen=True)
class RatioLaw(Law):
    r"""Best tokens per parameter as a power of compute, D / N = ratio (C / C_at) ** exponent.

    Parameters
    ----------
    ratio : float
        Tokens per parameter at the budget `C_at`.
    exponent : float
        Power of compute: positive if the ratio rises, zero if one rule fits all budgets.
        It is the exponent of the data minus that of the model size, b - a.
    C_at : float
        FLOPs.
    source : str
        Where the constants come from.

    Raises
    ------
    ValueError
        If ratio or budget are not positive and finite, or the exponent is not finite.

    Examples
    --------
    >>> rule = RatioLaw(20, 0.0, source="the rule of thumb")
    >>> f"{rule.N_opt(5.88e23):.3g} {rule.D_opt(5.88e23):.3g}"
    '7e+10 1.4e+12'
    """

    ratio: float = field(metadata=unit("tokens per parameter"))
    exponent: float = field(metadata=unit("1", "any"))
    C_at: float = field(default=REFERENCE_BUDGET, metadata=unit("FLOPs"))
    source: str = "user"

    place: ClassVar[str] = "a power of compute, with C = 6 N D"
    _equation: ClassVar[str] = r"D/N = r\,(C/C_0)^{b-a}"

    @classmethod
    def of_law(cls, law: ChinchillaLaw) -> Self:
        """The ratio that follows from a parametric loss (Hoffmann et al. 2022, Eq. 4).

        Examples
        --------
        >>> tied = ChinchillaLaw(1.87, 521, 1488, 0.3527, 0.3527)
        >>> RatioLaw.of_law(tied).exponent
        0.0
        """
        expect_law("law", law, ChinchillaLaw)
        ratio = float(law.tokens_per_parameter(REFERENCE_BUDGET))
        return cls(ratio, law.b - law.a, source=law.source)

    @classmethod
    def of_sizes(cls, scale: float, exponent: float, *, source: str = "user") -> Self:
        """The ratio that follows from N = scale C ** exponent, with C in FLOPs.

        Examples
        --------
        >>> round(RatioLaw.of_sizes(0.0992, 0.4981).tokens_per_parameter(5.76e23), 1)
        20.9
        """
        return cls.through(REFERENCE_BUDGET, _power(scale, exponent), exponent, source=source)

    @classmethod
    def of_tokens(cls, scale: float, exponent: float, *, source: str = "user") -> Self:
        """The ratio that follows from D = scale C ** exponent, with C in FLOPs.

        Examples
        --------
        Llama 3's rule as the legend of its Figure 3 prints it, at its budget:

        >>> round(RatioLaw.of_tokens(0.299, 0.537).tokens_per_parameter(3.8e25), 1)
        41.9
        """
        D = _power(scale, exponent)
        N = REFERENCE_BUDGET / (FLOPS_PER_PARAMETER_TOKEN * D)
        return cls.through(REFERENCE_BUDGET, N, 1 - exponent, source=source)

    @classmethod
    def through(cls, C: float, N: float, exponent: float, *, source: str = "user") -> Self:
        """The ratio that follows from a best size `N` at a budget `C` and its exponent a.

        Examples
        --------
        >>> round(RatioLaw.through(5.88e23, 70e9, 0.5).ratio, 6)
        20.0
        """
        size, budget = float(positive("N", N)), float(positive("C", C))
        power = float(finite("exponent", exponent))
        ratio = budget / (FLOPS_PER_PARAMETER_TOKEN * size**2)
        return cls(ratio, 1 - 2 * power, budget, source)

    def tokens_per_parameter(self, C: ArrayLike) -> FloatOrArray:
        """Best ratio of tokens to parameters for a budget of `C` FLOPs."""
        log = np.log(positive("C", C) / self.C_at) * self.exponent + np.log(self.ratio)
        return unwrap(from_log("tokens per parameter", log))

    def N_opt(self, C: ArrayLike) -> FloatOrArray:
        """Best model size for a budget of `C` FLOPs, in parameters."""
        spent = positive("C", C) / FLOPS_PER_PARAMETER_TOKEN
        return unwrap(np.sqrt(spent / self.tokens_per_parameter(C)))

    def D_opt(self, C: ArrayLike) -> FloatOrArray:
        """Best amount of data for a budget of `C` FLOPs, in tokens."""
        spent = positive("C", C) / FLOPS_PER_PARAMETER_TOKEN
        return unwrap(np.sqrt(spent * self.tokens_per_parameter(C)))

    @property
    def per_decade(self) -> float:
        """Factor by which the ratio changes for ten times the compute."""
        return float(10.0**self.exponent)


def recoded(law: RatioLaw | ChinchillaLaw, C: ArrayLike, shrink: ArrayLike) -> FloatOrArray:
    """Tokens per parameter if another tokenizer cuts the same text into other tokens.

    It assumes that what a model learns depends on the text that it read and not on how the text
    was cut. Then `shrink` times as many tokens make the same text cheaper or dearer by that
    factor, and a budget of `C` buys what C / shrink bought before.

    Parameters
    ----------
    law : RatioLaw or ChinchillaLaw
        Fitted with the old tokenizer.
    C : array_like
        Budgets, FLOPs.
    shrink : array_like
        New tokens per old token: 0.8 for a larger vocabulary that needs a fifth fewer.

    Returns
    -------
    float or ndarray
        New tokens per parameter: shrink times the old rule at C / shrink.

    Raises
    ------
    ValueError
        If a value is not positive and finite.

    Examples
    --------
    Where the ratio does not depend on compute, the rule counts text, in whatever units:

    >>> recoded(RatioLaw(20, 0.0), 1e24, [0.5, 1, 4])
    array([10., 20., 80.])
    """
    factor = positive("shrink", shrink)
    ratio = law.tokens_per_parameter(positive("C", C) / factor)
    return unwrap(factor * np.asarray(ratio))


def _power(scale: float, exponent: float) -> float:
    """Value of scale C ** exponent at the reference budget."""
    log = np.log(positive("scale", scale)) + finite("exponent", exponent) * np.log(
        REFERENCE_BUDGET
    )
    return float(from_log("N or D", log))
