"""The laws of Kaplan et al. 2020: one factor, size and data, size and steps; one with a floor.

N counts parameters without embeddings, D tokens, C FLOPs; losses are in nats per token.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from scaling_utils import check
from scaling_utils.check import FloatOrArray, positive, positive_together, unwrap
from scaling_utils.laws.base import Law, from_log, reachable
from scaling_utils.units import PF_DAY, unit

# The factor of a one-factor law: its unit, and the law in LaTeX.
_FACTORS = {
    "N": ("parameters", r"L(N) = (N_c/N)^{\alpha_N}"),
    "D": ("tokens", r"L(D) = (D_c/D)^{\alpha_D}"),
    "C": ("FLOPs", r"L(C) = (C_c/C)^{\alpha_C}"),
    "C_min": ("FLOPs", r"L(C_{\min}) = (C_c^{\min}/C_{\min})^{\alpha_C^{\min}}"),
}


@dataclass(frozen=True)
class PowerLaw(Law):
    """Loss as a power of one factor, L(x) = (scale / x) ** exponent.

    Kaplan et al. 2020, Eqs. 1.1 (N: converged, on enough data), 1.2 (D: a large model stopped
    early), 1.3 (C_min: the best model, in small batches) and 3.3 (C: the best model, at a batch of
    2**19 tokens). At the scale, which depends on the vocabulary, the loss is 1 nat per token.

    >>> law = PowerLaw(8.8e13, 0.076, "N", source="Kaplan et al. 2020, Table 5")
    >>> round(law.loss(1e8), 2), round(law.factor(2), 2)
    (2.83, 0.95)
    """

    scale: float = field(metadata=unit("unit of the variable"))
    exponent: float = field(metadata=unit("1"))
    variable: str
    source: str = "user"

    place: ClassVar[str] = "Kaplan et al. 2020, Eqs. 1.1-1.3, 3.3"

    def __post_init__(self) -> None:
        check.one_of("variable", self.variable, _FACTORS)
        object.__setattr__(self, "equation", _FACTORS[self.variable][1])
        super().__post_init__()

    def units(self) -> dict[str, str]:
        """Return the units of scale and exponent."""
        return {"scale": _FACTORS[self.variable][0], "exponent": "1"}

    def loss(self, x: ArrayLike) -> FloatOrArray:
        """Loss at a value of the factor."""
        return unwrap((self.scale / positive(self.variable, x)) ** self.exponent)

    def inverse(self, loss: ArrayLike) -> FloatOrArray:
        """Value of the factor that gives a loss, x = scale / loss ** (1/exponent)."""
        log = np.log(self.scale) - np.log(positive("loss", loss)) / self.exponent
        return unwrap(from_log(self.variable, log))

    def factor(self, ratio: ArrayLike) -> FloatOrArray:
        """What the loss is multiplied by when the factor is multiplied by `ratio`."""
        return unwrap(positive("ratio", ratio) ** -self.exponent)

    def worth(self, excess: ArrayLike) -> FloatOrArray:
        """Times the factor that make up for a loss that is higher by a fraction (cf. Fig. 5)."""
        return unwrap((1.0 + positive("excess", excess)) ** (1.0 / self.exponent))


@dataclass(frozen=True)
class PowerWithFloor(Law):
    """Loss as a power of one factor above a floor, L(x) = E + A / x ** alpha; E may be zero.

    Of the position T in the context it is the law of Kaplan et al. 2020, Appendix D.5.

    >>> law = PowerWithFloor(1.7, 400, 0.3, "N")
    >>> round(law.loss(1e9), 3), round(law.inverse(law.loss(1e9)) / 1e9, 6)
    (2.498, 1.0)
    """

    E: float = field(metadata=unit("nats per token", "non-negative"))
    A: float = field(metadata=unit("nats per token x unit of the variable^alpha"))
    alpha: float = field(metadata=unit("1"))
    variable: str
    source: str = "user"

    place: ClassVar[str] = "Henighan et al. 2020, Eq. 1.1"
    arrays: ClassVar[bool] = True
    equation: ClassVar[str] = r"L(x) = E + A/x^{\alpha}"

    def loss(self, x: ArrayLike) -> FloatOrArray:
        """Loss at a value of the factor, in nats per token."""
        return unwrap(self.E + self.A / positive(self.variable, x) ** self.alpha)

    def inverse(self, loss: ArrayLike) -> FloatOrArray:
        """Value of the factor that gives a loss, x = (A / (loss - E)) ** (1 / alpha)."""
        target = positive("loss", loss)
        said = "loss {:g} is never reached: the floor is {:g}"
        left = reachable(target - self.E, said, target, self.E)
        return unwrap(from_log(self.variable, np.log(self.A / left) / self.alpha))


@dataclass(frozen=True)
class Allocation(Law):
    """Compute-efficient model size, batch, steps and data as powers of the compute.

    Kaplan et al. 2020, Table 6: X(C_min) = X_e (C_min / PF-day) ** p_X; the methods take FLOPs.
    C_min is the compute of a run far below the critical batch, S_e the steps far above it; D_e are
    the tokens of one pass at it.
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
    equation: ClassVar[str] = r"X(C_{\min}) = X_e\, C_{\min}^{p_X},\ X \in \{N, B, S, D\}"

    def N_opt(self, C: ArrayLike) -> FloatOrArray:
        """Model size that reaches the lowest loss with compute `C` (FLOPs, as C_min)."""
        return self._power(self.N_e, self.p_N, C)

    def batch(self, C: ArrayLike) -> FloatOrArray:
        """Critical batch in tokens at the loss that compute `C` (FLOPs) reaches."""
        return self._power(self.B_e, self.p_B, C)

    def steps(self, C: ArrayLike) -> FloatOrArray:
        """Fewest parameter updates, S_min, with compute `C` (FLOPs)."""
        return self._power(self.S_e, self.p_S, C)

    def D_opt(self, C: ArrayLike) -> FloatOrArray:
        """Tokens of one pass over the data with compute `C` (FLOPs)."""
        return self._power(self.D_e, self.p_D, C)

    def _power(self, at_one_pf_day: float, exponent: float, C: ArrayLike) -> FloatOrArray:
        return unwrap(at_one_pf_day * (positive("C", C) / PF_DAY) ** exponent)


@dataclass(frozen=True)
class KaplanND(Law):
    """Loss from model size and data, with early stopping (Kaplan et al. 2020, Eq. 1.5).

    L(N, D) = [(N_c / N) ** (alpha_N / alpha_D) + D_c / D] ** alpha_D
    """

    N_c: float = field(metadata=unit("parameters"))
    D_c: float = field(metadata=unit("tokens"))
    alpha_N: float = field(metadata=unit("1"))
    alpha_D: float = field(metadata=unit("1"))
    source: str = "user"

    place: ClassVar[str] = "Kaplan et al. 2020, Eq. 1.5"
    arrays: ClassVar[bool] = True
    equation: ClassVar[str] = (
        r"L(N, D) = \left[(N_c/N)^{\alpha_N/\alpha_D} + D_c/D\right]^{\alpha_D}"
    )

    @property
    def data_exponent(self) -> float:
        """Growth of the data with the model at equal overfitting, alpha_N / alpha_D."""
        return self.alpha_N / self.alpha_D

    def loss(self, N: ArrayLike, D: ArrayLike) -> FloatOrArray:
        """Test loss of a model stopped early, in nats per token."""
        n, d = positive_together(N=N, D=D)
        return unwrap(((self.N_c / n) ** self.data_exponent + self.D_c / d) ** self.alpha_D)

    def loss_infinite_data(self, N: ArrayLike) -> FloatOrArray:
        """Limit D to infinity, (N_c / N) ** alpha_N, in nats per token."""
        return unwrap((self.N_c / positive("N", N)) ** self.alpha_N)

    def loss_infinite_model(self, D: ArrayLike) -> FloatOrArray:
        """Limit N to infinity, (D_c / D) ** alpha_D, in nats per token."""
        return unwrap((self.D_c / positive("D", D)) ** self.alpha_D)

    def overfitting(self, N: ArrayLike, D: ArrayLike) -> FloatOrArray:
        """L(N, D) / L(N, inf) - 1 (Eqs. 4.2, 4.3; the approximate sign of Eq. 4.3 is exact)."""
        n, d = positive_together(N=N, D=D)
        ratio = (n / self.N_c) ** self.data_exponent * self.D_c / d
        # expm1 and log1p keep the digits where the excess is far below one.
        return unwrap(np.expm1(self.alpha_D * np.log1p(ratio)))

    def tokens_needed(self, N: ArrayLike, overfitting: ArrayLike = 0.02) -> FloatOrArray:
        """Tokens for a level of overfitting, by default that from seed to seed (Eqs. 4.3, 4.4)."""
        n, excess = positive_together(N=N, overfitting=overfitting)
        with np.errstate(over="ignore", under="ignore"):
            ratio = np.expm1(np.log1p(excess) / self.alpha_D)
            tokens = self.D_c * (n / self.N_c) ** self.data_exponent / ratio
            return check.representable("D", tokens)


@dataclass(frozen=True)
class KaplanNS(Law):
    """Loss from model size and steps, on infinite data (Kaplan et al. 2020, Eq. 1.6).

    L(N, S_min) = (N_c / N) ** alpha_N + (S_c / S_min) ** alpha_S

    S_min is the number of steps at a batch far above the critical one (see `CriticalBatch`).
    """

    N_c: float = field(metadata=unit("parameters"))
    S_c: float = field(metadata=unit("steps"))
    alpha_N: float = field(metadata=unit("1"))
    alpha_S: float = field(metadata=unit("1"))
    source: str = "user"

    place: ClassVar[str] = "Kaplan et al. 2020, Eq. 1.6"
    arrays: ClassVar[bool] = True
    equation: ClassVar[str] = r"L(N, S) = (N_c/N)^{\alpha_N} + (S_c/S_{\min})^{\alpha_S}"

    def loss(self, N: ArrayLike, S_min: ArrayLike) -> FloatOrArray:
        """Loss after `S_min` steps, in nats per token."""
        n, s = positive_together(N=N, S_min=S_min)
        return unwrap((self.N_c / n) ** self.alpha_N + (self.S_c / s) ** self.alpha_S)

    def converged_loss(self, N: ArrayLike) -> FloatOrArray:
        """Limit of infinitely many steps, (N_c / N) ** alpha_N, in nats per token."""
        return unwrap((self.N_c / positive("N", N)) ** self.alpha_N)

    def steps_to_loss(self, N: ArrayLike, loss: ArrayLike) -> FloatOrArray:
        """Steps S_min after which a model reaches a loss."""
        n, target = positive_together(N=N, loss=loss)
        converged = (self.N_c / n) ** self.alpha_N
        said = "loss {:g} is never reached: this model converges to {:g}"
        gap = reachable(target - converged, said, target, converged)
        return unwrap(from_log("S_min", np.log(self.S_c) - np.log(gap) / self.alpha_S))


@dataclass(frozen=True)
class CriticalBatch(Law):
    """Critical batch size, B_crit(L) = B_star / L ** (1 / alpha_B) (Eqs. 1.4, 5.3).

    A run at the critical batch takes twice the least steps and twice the least compute.
    """

    B_star: float = field(metadata=unit("tokens per batch"))
    alpha_B: float = field(metadata=unit("1"))
    source: str = "user"

    place: ClassVar[str] = "Kaplan et al. 2020, Eqs. 1.4, 5.3"
    equation: ClassVar[str] = r"B_{\mathrm{crit}}(L) = B_*/L^{1/\alpha_B}"

    def size(self, loss: ArrayLike) -> FloatOrArray:
        """Critical batch at a loss."""
        log = np.log(self.B_star) - np.log(positive("loss", loss)) / self.alpha_B
        return unwrap(from_log("B_crit", log))

    def loss_at(self, B: ArrayLike) -> FloatOrArray:
        """Loss at which a batch is the critical one: the inverse of `size`."""
        return unwrap((self.B_star / positive("B", B)) ** self.alpha_B)

    def steps(self, S_min: ArrayLike, B: ArrayLike, loss: ArrayLike) -> FloatOrArray:
        """Steps that a run at batch `B` takes, S_min (1 + B_crit / B) (Eq. 5.4)."""
        s, b, at = positive_together(S_min=S_min, B=B, loss=loss)
        return unwrap(s * (1 + self.size(at) / b))

    def compute(self, C_min: ArrayLike, B: ArrayLike, loss: ArrayLike) -> FloatOrArray:
        """Compute that a run at batch `B` takes, C_min (1 + B / B_crit), in FLOPs (Eq. 5.5)."""
        c, b, at = positive_together(C_min=C_min, B=B, loss=loss)
        return unwrap(c * (1 + b / self.size(at)))
