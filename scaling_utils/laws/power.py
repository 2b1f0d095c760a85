"""One-factor power laws, and how the compute-efficient quantities grow with compute.

The loss falls as a power of one factor while nothing else holds it back
(Kaplan et al. 2020, Eqs. 1.1 to 1.3 and 3.3), and the best model size, batch, number of
steps and data set are powers of the compute (Table 6).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from scaling_utils._validate import FloatOrArray, one_of, positive, unwrap
from scaling_utils.laws.base import Law, from_log, unit
from scaling_utils.units import PF_DAY

VARIABLES = {
    "N": "parameters",
    "D": "tokens",
    "C": "FLOPs",
    "C_min": "FLOPs",
}
"""The factors of a one-factor law, with their units."""

_EQUATIONS = {
    "N": r"L(N) = (N_c/N)^{\alpha_N}",
    "D": r"L(D) = (D_c/D)^{\alpha_D}",
    "C": r"L(C) = (C_c/C)^{\alpha_C}",
    "C_min": r"L(C_{\min}) = (C_c^{\min}/C_{\min})^{\alpha_C^{\min}}",
}


@dataclass(frozen=True)
class PowerLaw(Law):
    r"""Loss as a power of one factor, L(x) = (scale / x) ** exponent.

    Kaplan et al. 2020, Eqs. 1.1 (N), 1.2 (D), 1.3 (C_min) and 3.3 (C).
    Each holds while the other factors are no limit: converged training on enough data for
    N; a large model stopped early for D; the optimal model and a small batch for C_min;
    the best model at a fixed batch of 2**19 tokens for C (Table 4).

    Parameters
    ----------
    scale : float
        Value of the factor at which the fitted line reaches 1 nat per token, in the unit
        of the factor. It depends on vocabulary and tokenisation and has no meaning of
        its own.
    exponent : float
        How fast the loss falls.
    variable : {"N", "D", "C", "C_min"}
        The factor: non-embedding parameters, tokens, or FLOPs.
    source : str
        Where the constants come from.

    Raises
    ------
    ValueError
        If a constant is not positive and finite, or the variable is not known.

    Examples
    --------
    A model of a hundred million parameters, and what doubling it does.

    >>> law = PowerLaw(8.8e13, 0.076, "N", source="Kaplan et al. 2020, Table 5")
    >>> round(law.loss(1e8), 2)
    2.83
    >>> round(law.factor(2), 4)
    0.9487
    """

    scale: float = field(metadata=unit("unit of the variable"))
    exponent: float = field(metadata=unit("1"))
    variable: str
    source: str = "user"

    place: ClassVar[str] = "Kaplan et al. 2020, Eqs. 1.1-1.3, 3.3"

    def __post_init__(self) -> None:
        """Check the variable, then the constants."""
        one_of("variable", self.variable, VARIABLES)
        super().__post_init__()

    @property
    def equation(self) -> str:
        """The formula in LaTeX, in the paper's letters."""
        return _EQUATIONS[self.variable]

    def units(self) -> dict[str, str]:
        """Return the units of scale and exponent."""
        return {"scale": VARIABLES[self.variable], "exponent": "1"}

    def loss(self, x: ArrayLike) -> FloatOrArray:
        """Loss at a value of the factor.

        Parameters
        ----------
        x : array_like
            Parameters, tokens or FLOPs, as the variable says.

        Returns
        -------
        float or ndarray
            Nats per token.

        Raises
        ------
        ValueError
            If `x` is not positive and finite.

        Examples
        --------
        >>> law = PowerLaw(5.4e13, 0.095, "D", source="Kaplan et al. 2020, Table 5")
        >>> round(law.loss(2.29e10), 2)
        2.09
        """
        return unwrap((self.scale / positive(self.variable, x)) ** self.exponent)

    def gradient(self, x: ArrayLike) -> FloatOrArray:
        """Slope of the loss, dL/dx = -exponent L / x.

        Parameters
        ----------
        x : array_like
            Parameters, tokens or FLOPs.

        Returns
        -------
        float or ndarray
            Nats per token and unit of the variable.

        Raises
        ------
        ValueError
            If `x` is not positive and finite.

        Examples
        --------
        >>> PowerLaw(100.0, 0.5, "N").gradient(25.0)
        -0.04
        """
        at = positive(self.variable, x)
        return unwrap(-self.exponent * (self.scale / at) ** self.exponent / at)

    def inverse(self, loss: ArrayLike) -> FloatOrArray:
        """Value of the factor that gives a loss, x = scale / loss ** (1/exponent).

        Parameters
        ----------
        loss : array_like
            Nats per token.

        Returns
        -------
        float or ndarray
            Parameters, tokens or FLOPs.

        Raises
        ------
        ValueError
            If the loss is not positive and finite, or the result exceeds double precision.

        Examples
        --------
        >>> law = PowerLaw(5.4e13, 0.095, "D", source="Kaplan et al. 2020, Table 5")
        >>> f"{law.inverse(2.5):.2e}"
        '3.50e+09'
        """
        log = np.log(self.scale) - np.log(positive("loss", loss)) / self.exponent
        return unwrap(from_log(self.variable, log))

    def factor(self, ratio: ArrayLike) -> FloatOrArray:
        """What the loss is multiplied by when the factor is multiplied by `ratio`.

        Parameters
        ----------
        ratio : array_like
            New value of the factor over the old one.

        Returns
        -------
        float or ndarray
            ratio ** -exponent.

        Raises
        ------
        ValueError
            If `ratio` is not positive and finite.

        Examples
        --------
        Kaplan et al. 2020, Section 1.2: doubling the model gives 0.95 of the loss.

        >>> round(PowerLaw(8.8e13, 0.076, "N").factor(2), 2)
        0.95
        """
        return unwrap(positive("ratio", ratio) ** -self.exponent)

    def worth(self, excess: ArrayLike) -> FloatOrArray:
        """Times the factor that make up for a loss that is higher by a fraction.

        Examples
        --------
        Kaplan et al. 2020, Fig. 5: one per cent of the loss is worth 22 % of the compute.

        >>> round(PowerLaw(3.1e8, 0.050, "C_min").worth(0.01), 2)
        1.22
        """
        return unwrap((1.0 + positive("excess", excess)) ** (1.0 / self.exponent))


@dataclass(frozen=True)
class Allocation(Law):
    r"""Compute-efficient model size, batch, steps and data as powers of the compute.

    Kaplan et al. 2020, Table 6 and Section 6.1: X(C_min) = X_e (C_min / PF-day) ** p_X.
    The prefactors are the values at one PF-day; the methods take FLOPs.
    C_min is the compute of a run at a batch far below the critical one.

    Parameters
    ----------
    N_e, p_N : float
        Non-embedding parameters at one PF-day, and their exponent.
    B_e, p_B : float
        Critical batch in tokens.
    S_e, p_S : float
        Steps at a batch far above the critical one: a lower bound. Its exponent may be
        zero or negative.
    D_e, p_D : float
        Tokens processed in one pass at the critical batch.
    source : str
        Where the constants come from.

    Raises
    ------
    ValueError
        If a prefactor is not positive and finite, or an exponent is not finite.

    Examples
    --------
    Ten times the compute: 5.4 times the model on 1.9 times the data.

    >>> table6 = Allocation(1.3e9, 0.73, 2.0e6, 0.24, 5.4e3, 0.03, 2e10, 0.27,
    ...                     source="Kaplan et al. 2020, Table 6")
    >>> round(table6.N_opt(8.64e20) / table6.N_opt(8.64e19), 2)
    5.37
    >>> round(table6.D_opt(8.64e20) / table6.D_opt(8.64e19), 2)
    1.86
    """

    N_e: float = field(metadata=unit("parameters at 1 PF-day"))
    p_N: float = field(metadata=unit("1", "any"))
    B_e: float = field(metadata=unit("tokens per batch at 1 PF-day"))
    p_B: float = field(metadata=unit("1", "any"))
    S_e: float = field(metadata=unit("steps at 1 PF-day"))
    p_S: float = field(metadata=unit("1", "any"))
    D_e: float = field(metadata=unit("tokens at 1 PF-day"))
    p_D: float = field(metadata=unit("1", "any"))
    source: str = "user"

    place: ClassVar[str] = "Kaplan et al. 2020, Table 6"
    _equation: ClassVar[str] = r"X(C_{\min}) = X_e\, C_{\min}^{p_X},\ X \in \{N, B, S, D\}"

    def N_opt(self, C: ArrayLike) -> FloatOrArray:
        """Model size that reaches the lowest loss with compute `C` (FLOPs, as C_min).

        Examples
        --------
        >>> table6 = Allocation(1.3e9, 0.73, 2.0e6, 0.24, 5.4e3, 0.03, 2e10, 0.27)
        >>> table6.N_opt(8.64e19)
        1300000000.0
        """
        return self._power(self.N_e, self.p_N, C)

    def batch(self, C: ArrayLike) -> FloatOrArray:
        """Critical batch in tokens at the loss that compute `C` (FLOPs) reaches.

        Examples
        --------
        >>> table6 = Allocation(1.3e9, 0.73, 2.0e6, 0.24, 5.4e3, 0.03, 2e10, 0.27)
        >>> table6.batch(8.64e19)
        2000000.0
        """
        return self._power(self.B_e, self.p_B, C)

    def steps(self, C: ArrayLike) -> FloatOrArray:
        """Fewest parameter updates, S_min, with compute `C` (FLOPs).

        Examples
        --------
        >>> table6 = Allocation(1.3e9, 0.73, 2.0e6, 0.24, 5.4e3, 0.03, 2e10, 0.27)
        >>> table6.steps(8.64e19)
        5400.0
        """
        return self._power(self.S_e, self.p_S, C)

    def D_opt(self, C: ArrayLike) -> FloatOrArray:
        """Tokens of one pass over the data with compute `C` (FLOPs).

        Examples
        --------
        >>> table6 = Allocation(1.3e9, 0.73, 2.0e6, 0.24, 5.4e3, 0.03, 2e10, 0.27)
        >>> table6.D_opt(8.64e19)
        20000000000.0
        """
        return self._power(self.D_e, self.p_D, C)

    def _power(self, at_one_pf_day: float, exponent: float, C: ArrayLike) -> FloatOrArray:
        return unwrap(at_one_pf_day * (positive("C", C) / PF_DAY) ** exponent)
