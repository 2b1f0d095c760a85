"""Reading text several times: repeats as fewer, effective tokens (Muennighoff et al. 2023)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from scaling_utils.check import FloatArray, FloatOrArray, one_number, positive, unwrap
from scaling_utils.laws.base import Law, expect_law
from scaling_utils.laws.chinchilla import ChinchillaLaw
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN, Record, unit


@dataclass(frozen=True)
class RepeatedOptimum(Record):
    """The best use of a compute budget on a stock of unique tokens; D counts repeats too."""

    C: float = field(metadata=unit("FLOPs"))
    unique: float = field(metadata=unit("tokens"))
    N: float = field(metadata=unit("parameters"))
    D: float = field(metadata=unit("tokens"))
    loss: float = field(metadata=unit("nats per token"))
    source: str = "user"

    @property
    def epochs(self) -> float:
        """Passes over the unique tokens; below one if they are not all read."""
        return self.D / self.unique


@dataclass(frozen=True)
class RepeatedData(Law):
    """Loss with repeated data (Muennighoff et al. 2023, Eqs. 5, 6), over a `law` of fresh data.

    `R_D_star` is the decay constant of repeats, in epochs beyond the first, `R_N_star` that of
    excess parameters, in multiples of the size that fits the data.

    >>> from scaling_utils.published import repeated_data
    >>> best = repeated_data().best(9.3e21, unique=25e9)
    >>> f"{best.N:.3g} {best.epochs:.1f}"
    '6.82e+09 9.1'
    """

    arrays: ClassVar[bool] = True

    law: ChinchillaLaw
    R_D_star: float = field(metadata=unit("1"))
    R_N_star: float = field(metadata=unit("1"))
    source: str = "user"

    def __post_init__(self) -> None:
        expect_law("law", self.law, ChinchillaLaw)
        super().__post_init__()

    def effective_data(self, D: ArrayLike, unique: ArrayLike) -> FloatOrArray:
        """Fresh tokens that are worth as much as `D` tokens read of `unique` ones (Eq. 5)."""
        d = positive("D", D)
        used = np.minimum(d, positive("unique", unique))
        return unwrap(_discounted(used, d / used - 1, self.R_D_star))

    def effective_parameters(self, N: ArrayLike, unique: ArrayLike) -> FloatOrArray:
        """Parameters that count, when the unique tokens call for fewer (Eq. 6)."""
        n = positive("N", N)
        base = np.minimum(n, self.law.optimal_parameters_for(positive("unique", unique)))
        return unwrap(_discounted(base, n / base - 1, self.R_N_star))

    def loss(self, N: ArrayLike, D: ArrayLike, unique: ArrayLike) -> FloatOrArray:
        """Loss of a model that reads `D` tokens out of `unique` ones, in nats per token."""
        used = np.minimum(positive("D", D), positive("unique", unique))
        return self.law.loss(self.effective_parameters(N, used), self.effective_data(D, unique))

    def value_share(self, epochs: ArrayLike) -> FloatOrArray:
        """Average value of a token after so many epochs; fresh tokens have one."""
        passes = positive("epochs", epochs)
        return unwrap(np.asarray(self.effective_data(passes, 1.0)) / passes)

    def marginal_value(self, epochs: ArrayLike) -> FloatOrArray:
        """Value of the next token after so many epochs, exp(-(epochs - 1) / R_D_star)."""
        repeats = np.maximum(positive("epochs", epochs) - 1, 0)
        return unwrap(np.exp(-repeats / self.R_D_star))

    def loss_floor(self, unique: ArrayLike, epochs: float | None = None) -> FloatOrArray:
        """Lowest loss of a model of any size on a stock of text, read so often or endlessly."""
        stock = positive("unique", unique)
        passes = np.inf if epochs is None else one_number("epochs", epochs)
        if passes < 1:
            raise ValueError(f"epochs must be at least 1, got {passes:g}")
        largest = np.asarray(self.law.optimal_parameters_for(stock)) * (1 + self.R_N_star)
        most = stock * (1 - self.R_D_star * np.expm1(-(passes - 1) / self.R_D_star))
        return self.law.loss(largest, most)

    def best(self, C: float, unique: float) -> RepeatedOptimum:
        """Best split of a budget between parameters and epochs on a stock of text."""
        from scipy.optimize import minimize_scalar

        product = one_number("C", C) / FLOPS_PER_PARAMETER_TOKEN
        stock = one_number("unique", unique)

        def loss(log_N: Any) -> Any:
            N = np.exp(log_N)
            return self.loss(N, product / N, stock)

        # A grid first: the caps on data and size make two bends in the curve.
        grid = np.log(self.law.N_opt(C)) + np.linspace(-12, 12, 481)
        i = int(np.clip(np.argmin(loss(grid)), 1, grid.size - 2))
        ends = grid[i - 1], grid[i + 1]
        found = minimize_scalar(loss, bounds=ends, method="bounded", options={"xatol": 1e-9})
        N = float(np.exp(found.x))
        return RepeatedOptimum(float(C), stock, N, product / N, float(found.fun), self.source)


def _discounted(base: FloatArray, repeats: FloatArray, decay: FloatOrArray) -> FloatArray:
    """The base once, and each repeat worth exp(-1 / decay) of the one before it."""
    return np.asarray(base * (1 - decay * np.expm1(-repeats / decay)))
