"""How fast data grow with compute in Kaplan et al. 2020, and where that must end.

The exponent of the data is what the model size leaves over (Section 6.1). With so little
data the loss that compute promises meets, at some budget, the loss that the data allow:
the crossing of Eq. 6.8.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from scaling_utils import published
from scaling_utils._validate import FloatArray, FloatOrArray, finite, one_of, positive, unwrap
from scaling_utils.laws import Allocation, PowerLaw
from scaling_utils.laws.base import Law, Record, expect_law, from_log, unit
from scaling_utils.laws.convergence import ComputeExponents
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN, PF_DAY

SPENT_AT_CRITICAL_BATCH = 2.0
"""Compute of a run at the critical batch over C_min (Kaplan et al. 2020, Eq. 5.5)."""


@dataclass(frozen=True)
class DataGrowth(Law):
    r"""Tokens of one compute-efficient pass, D = D_e (C_min / PF-day) ** p_D.

    Parameters
    ----------
    D_e : float
        Tokens at one PF-day.
    p_D : float
        Exponent.
    source : str
        Where the constants come from.

    Raises
    ------
    ValueError
        If D_e is not positive and finite, or p_D is not finite.

    Examples
    --------
    The paper prints two such rules; at one PF-day they differ by two.

    >>> table6, eq67 = map(DataGrowth.published, ("kaplan2020/allocation", "kaplan2020/Eq. 6.7"))
    >>> eq67.tokens(PF_DAY) / table6.tokens(PF_DAY)
    2.0
    """

    D_e: float = field(metadata=unit("tokens at 1 PF-day"))
    p_D: float = field(metadata=unit("1", "any"))
    source: str = "user"

    place: ClassVar[str] = "Kaplan et al. 2020, Eq. 6.7 and Table 6"
    _equation: ClassVar[str] = r"D(C_{\min}) = D_e\, C_{\min}^{p_D}"

    @classmethod
    def published(cls, name: str) -> DataGrowth:
        """Build the rule from a published set that holds D_e and p_D.

        Parameters
        ----------
        name : {"kaplan2020/allocation", "kaplan2020/Eq. 6.7"}
            Name of the set.

        Raises
        ------
        ValueError
            If the name is not one of these.
        """
        one_of("data rule", name, ("kaplan2020/allocation", "kaplan2020/Eq. 6.7"))
        D_e, p_D = published.constant(name, "D_e"), published.constant(name, "p_D")
        return cls(D_e.value, p_D.value, source=D_e.source)

    def tokens(self, C_min: ArrayLike) -> FloatOrArray:
        """Tokens for a least compute in FLOPs.

        Raises
        ------
        ValueError
            If `C_min` is not positive and finite.
        """
        return unwrap(self.D_e * (positive("C_min", C_min) / PF_DAY) ** self.p_D)


@dataclass(frozen=True)
class Crossing(Record):
    """Where the loss that compute promises meets the loss that the data allow (Eq. 6.8).

    Attributes
    ----------
    C_min : float
        Compute, FLOPs.
    N : float
        Compute-efficient model size there, parameters.
    D : float
        Tokens of one pass there.
    loss : float
        Nats per token.
    source : str
        Sources of the laws that cross.
    """

    C_min: float = field(metadata=unit("FLOPs"))
    N: float = field(metadata=unit("parameters"))
    D: float = field(metadata=unit("tokens"))
    loss: float = field(metadata=unit("nats per token"))
    source: str = "user"


def exponents_by_remainder(p_N: float, alpha_C: float, alpha_B: float) -> ComputeExponents:
    """The paper's chain from three fits to the data exponent (Section 6.1).

    The batch follows the loss, and the loss follows compute, so B grows as C to the power
    alpha_C / alpha_B. What N and B leave of C = 6 N B S goes to the steps, and D = B S.
    The batch drops out: the exponent of D is one minus that of N.

    Parameters
    ----------
    p_N : float
        Fitted exponent of the model size.
    alpha_C : float
        Fitted exponent of the loss in C_min.
    alpha_B : float
        Exponent of the critical batch, B ~ L ** (-1 / alpha_B).

    Returns
    -------
    ComputeExponents

    Raises
    ------
    ValueError
        If `p_N` is not one finite number, or another argument is not one positive number.

    Examples
    --------
    >>> chain = exponents_by_remainder(0.73, 0.050, 0.21)
    >>> round(chain.B, 2), round(chain.S, 2), round(chain.D, 2)
    (0.24, 0.03, 0.27)
    """
    N = _number("p_N", finite("p_N", p_N))
    alpha = _number("alpha_C", positive("alpha_C", alpha_C))
    B = alpha / _number("alpha_B", positive("alpha_B", alpha_B))
    return ComputeExponents(N=N, B=B, S=1 - N - B, D=1 - N, L=alpha)


def one_pass_tokens(C_min: ArrayLike, N: ArrayLike) -> FloatOrArray:
    """Tokens of a run at the critical batch, 2 C_min / 6 N (Kaplan et al. 2020, Eq. 6.7).

    Parameters
    ----------
    C_min : array_like
        Least compute, FLOPs.
    N : array_like
        Parameters; broadcasts against `C_min`.

    Returns
    -------
    float or ndarray
        Tokens.

    Raises
    ------
    ValueError
        If a value is not positive and finite.

    Examples
    --------
    Eq. 6.7 prints 4e10 for this, Table 6 prints 2e10.

    >>> f"{one_pass_tokens(PF_DAY, 1.3e9):.2g}"
    '2.2e+10'
    """
    spent = SPENT_AT_CRITICAL_BATCH * positive("C_min", C_min)
    return unwrap(spent / (FLOPS_PER_PARAMETER_TOKEN * positive("N", N)))


def crossing(
    by_compute: PowerLaw, by_data: PowerLaw, growth: DataGrowth, allocation: Allocation
) -> Crossing:
    """Find where L(C_min) falls below what L(D) allows for the data read so far.

    Parameters
    ----------
    by_compute : PowerLaw
        L(C_min).
    by_data : PowerLaw
        L(D).
    growth : DataGrowth
        Tokens as a power of C_min.
    allocation : Allocation
        Gives the model size at the crossing.

    Returns
    -------
    Crossing

    Raises
    ------
    ValueError
        If a law is of the wrong kind or of the wrong variable, or if the two losses fall
        at the same rate and so never cross.

    Examples
    --------
    >>> star = crossing(
    ...     published.law("kaplan2020/L(C_min)"),
    ...     published.law("kaplan2020/L(D)"),
    ...     DataGrowth.published("kaplan2020/allocation"),
    ...     published.law("kaplan2020/allocation"),
    ... )
    >>> f"{star.C_min / PF_DAY:.1e} PF-days, {star.D:.1e} tokens, {star.loss:.2f} nats"
    '1.1e+04 PF-days, 2.5e+11 tokens, 1.67 nats'
    """
    expect_law("by_compute", by_compute, PowerLaw)
    expect_law("by_data", by_data, PowerLaw)
    expect_law("growth", growth, DataGrowth)
    expect_law("allocation", allocation, Allocation)
    one_of("variable of by_compute", by_compute.variable, ("C_min",))
    one_of("variable of by_data", by_data.variable, ("D",))
    gap = by_compute.exponent - by_data.exponent * growth.p_D
    if abs(gap) < 1e-12:
        raise ValueError(
            "the two losses fall at the same rate and never cross; expected an exponent of "
            f"by_compute other than {by_data.exponent * growth.p_D:g}"
        )
    promised = by_compute.exponent * np.log(by_compute.scale / PF_DAY)
    allowed = by_data.exponent * np.log(by_data.scale / growth.D_e)
    C_min = float(from_log("C_min", np.asarray((promised - allowed) / gap + np.log(PF_DAY))))
    sources = dict.fromkeys(x.source for x in (by_compute, by_data, growth, allocation))
    return Crossing(
        C_min=C_min,
        N=float(allocation.N_opt(C_min)),
        D=float(growth.tokens(C_min)),
        loss=float(by_compute.loss(C_min)),
        source="; ".join(sources),
    )


def _number(name: str, array: FloatArray) -> float:
    if array.ndim:
        raise ValueError(f"{name} must be one number, got an array of shape {array.shape}")
    return float(array)
