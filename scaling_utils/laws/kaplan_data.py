"""Loss from model size and data: how much data a model needs (Kaplan et al. 2020, Section 4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from scaling_utils._validate import (
    FloatArray,
    FloatOrArray,
    positive,
    positive_together,
    representable,
    unwrap,
)
from scaling_utils.laws.base import Law, unit


@dataclass(frozen=True)
class KaplanND(Law):
    r"""Loss from model size and data, with early stopping (Kaplan et al. 2020, Eq. 1.5).

    L(N, D) = [(N_c / N) ** (alpha_N / alpha_D) + D_c / D] ** alpha_D

    Parameters
    ----------
    N_c : float
        Scale of the model size, non-embedding parameters.
    D_c : float
        Scale of the data, tokens.
    alpha_N, alpha_D : float
        Exponents of the two limits, L(N) on infinite data and L(D) of an infinite model.
    source : str
        Where the constants come from.

    Raises
    ------
    ValueError
        If a constant is not positive and finite.

    Examples
    --------
    A billion parameters on WebText2: 2.2 per cent lost to overfitting.

    >>> law = KaplanND(6.4e13, 1.8e13, 0.076, 0.103, source="Kaplan et al. 2020, Table 2")
    >>> round(law.loss(1e9, 22e9), 3), round(law.overfitting(1e9, 22e9), 4)
    (2.369, 0.0218)
    """

    N_c: float = field(metadata=unit("parameters"))
    D_c: float = field(metadata=unit("tokens"))
    alpha_N: float = field(metadata=unit("1"))
    alpha_D: float = field(metadata=unit("1"))
    source: str = "user"

    place: ClassVar[str] = "Kaplan et al. 2020, Eq. 1.5"
    _equation: ClassVar[str] = (
        r"L(N, D) = \left[(N_c/N)^{\alpha_N/\alpha_D} + D_c/D\right]^{\alpha_D}"
    )

    @property
    def data_exponent(self) -> float:
        """Growth of the data with the model at equal overfitting, alpha_N / alpha_D."""
        return self.alpha_N / self.alpha_D

    def loss(self, N: ArrayLike, D: ArrayLike) -> FloatOrArray:
        """Test loss of a model stopped early, in nats per token.

        Parameters
        ----------
        N : array_like
            Non-embedding parameters.
        D : array_like
            Tokens in the data set; broadcasts against `N`.

        Returns
        -------
        float or ndarray
            Nats per token.

        Raises
        ------
        ValueError
            If a value is not positive and finite, or the shapes do not broadcast.

        Examples
        --------
        >>> law = KaplanND(6.4e13, 1.8e13, 0.076, 0.103)
        >>> law.loss(1e9, [1e9, 1e10, 1e11]).round(3)
        array([2.794, 2.42 , 2.331])
        """
        n, d = positive_together(N=N, D=D)
        return unwrap(self._inside(n, d) ** self.alpha_D)

    def gradient(self, N: ArrayLike, D: ArrayLike) -> tuple[FloatOrArray, FloatOrArray]:
        """Slopes dL/dN and dL/dD.

        Parameters
        ----------
        N, D : array_like
            Non-embedding parameters and tokens.

        Returns
        -------
        tuple of float or ndarray
            Nats per token and parameter, nats per token and token of data.

        Raises
        ------
        ValueError
            If a value is not positive and finite, or the shapes do not broadcast.

        Examples
        --------
        Both factors help, so both slopes are negative.

        >>> law = KaplanND(6.4e13, 1.8e13, 0.076, 0.103)
        >>> dN, dD = law.gradient(1e9, 1e9)
        >>> f"{dN:.1e} {dD:.1e}"
        '-3.5e-11 -2.4e-10'
        """
        n, d = positive_together(N=N, D=D)
        outer = self.alpha_D * self._inside(n, d) ** (self.alpha_D - 1)
        by_model = -self.data_exponent * (self.N_c / n) ** self.data_exponent / n
        by_data = -self.D_c / d**2
        return unwrap(outer * by_model), unwrap(outer * by_data)

    def loss_infinite_data(self, N: ArrayLike) -> FloatOrArray:
        """Limit D to infinity, (N_c / N) ** alpha_N, in nats per token.

        Examples
        --------
        >>> round(KaplanND(6.4e13, 1.8e13, 0.076, 0.103).loss_infinite_data(1e9), 3)
        2.319
        """
        return unwrap((self.N_c / positive("N", N)) ** self.alpha_N)

    def loss_infinite_model(self, D: ArrayLike) -> FloatOrArray:
        """Limit N to infinity, (D_c / D) ** alpha_D, in nats per token.

        Examples
        --------
        >>> round(KaplanND(6.4e13, 1.8e13, 0.076, 0.103).loss_infinite_model(22e9), 3)
        1.995
        """
        return unwrap((self.D_c / positive("D", D)) ** self.alpha_D)

    def overfitting(self, N: ArrayLike, D: ArrayLike) -> FloatOrArray:
        """Relative excess of the loss over infinite data, L(N, D) / L(N, inf) - 1.

        Kaplan et al. 2020, Eqs. 4.2 and 4.3. The paper writes Eq. 4.3 with an approximate
        sign; it is exact.

        Parameters
        ----------
        N, D : array_like
            Non-embedding parameters and tokens.

        Returns
        -------
        float or ndarray
            A fraction: 0.02 is two per cent.

        Raises
        ------
        ValueError
            If a value is not positive and finite, or the shapes do not broadcast.

        Examples
        --------
        >>> law = KaplanND(6.4e13, 1.8e13, 0.076, 0.103)
        >>> law.overfitting([1e8, 1.5e9], 22e9).round(4)
        array([0.0043, 0.0285])
        """
        n, d = positive_together(N=N, D=D)
        ratio = (n / self.N_c) ** self.data_exponent * self.D_c / d
        # expm1 and log1p keep the digits where the excess is far below one.
        return unwrap(np.expm1(self.alpha_D * np.log1p(ratio)))

    def tokens_needed(self, N: ArrayLike, overfitting: ArrayLike = 0.02) -> FloatOrArray:
        """Data that keeps the overfitting of a model at a given level.

        Solves Eq. 4.3 for D. The paper's level is the variation from seed to seed, 0.02,
        and it prints D > 5e3 N ** 0.74 (Kaplan et al. 2020, Eq. 4.4).

        Parameters
        ----------
        N : array_like
            Non-embedding parameters.
        overfitting : array_like
            Relative excess of the loss, as a fraction.

        Returns
        -------
        float or ndarray
            Tokens.

        Raises
        ------
        ValueError
            If a value is not positive and finite, or the shapes do not broadcast.

        Examples
        --------
        >>> law = KaplanND(6.4e13, 1.8e13, 0.076, 0.103)
        >>> f"{law.tokens_needed(1e9):.3g}"
        '2.41e+10'
        >>> round(law.tokens_needed(8e9) / law.tokens_needed(1e9), 2)
        4.64
        """
        n, excess = positive_together(N=N, overfitting=overfitting)
        with np.errstate(over="ignore", under="ignore"):
            ratio = np.expm1(np.log1p(excess) / self.alpha_D)
            return representable("D", self.D_c * (n / self.N_c) ** self.data_exponent / ratio)

    def _inside(self, n: FloatArray, d: FloatArray) -> FloatArray:
        inside: FloatArray = (self.N_c / n) ** self.data_exponent + self.D_c / d
        return inside
