"""How much data: how fast they grow with compute in Kaplan et al. 2020, and where that must end.

The paper answers three questions with a number of tokens: how much one compute-efficient pass
reads (Table 6, Eq. 6.7, Appendix B), how much keeps a model from overfitting (Eq. 4.4), and how
much a loss needs at the least (Eq. 1.2). They are stated in C_min, the compute of a run at a small
batch; a run at the critical batch spends twice that (Eq. 5.5), set equal to 6 N D.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from scaling_utils import published
from scaling_utils.check import FloatOrArray, finite, one_number, one_of, positive, unwrap
from scaling_utils.laws import Allocation, PowerLaw
from scaling_utils.laws.base import expect_law, from_log
from scaling_utils.laws.convergence import ComputeExponents, EfficientTraining
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN, PF_DAY, Record, unit

SPENT_AT_CRITICAL_BATCH = 2.0
"""Compute of a run at the critical batch over C_min (Kaplan et al. 2020, Eq. 5.5)."""


def equation_67() -> Allocation:
    """Table 6 with the data rule of Eq. 6.7, which at one PF-day asks for twice the tokens."""
    D_e, p_D = (
        published.constant("kaplan2020/Eq. 6.7", symbol).value for symbol in ("D_e", "p_D")
    )
    return published.law("kaplan2020/allocation").with_values(D_e=D_e, p_D=p_D)


@dataclass(frozen=True)
class Crossing(Record):
    """Where the loss that compute promises meets the loss that the data allow (Eq. 6.8)."""

    C_min: float = field(metadata=unit("FLOPs"))
    N: float = field(metadata=unit("parameters"))
    D: float = field(metadata=unit("tokens"))
    loss: float = field(metadata=unit("nats per token"))
    source: str = "user"


def exponents_by_remainder(p_N: float, alpha_C: float, alpha_B: float) -> ComputeExponents:
    """The paper's chain from three fits to the data exponent (Section 6.1).

    B grows as C to the power alpha_C / alpha_B. What N and B leave of C = 6 N B S goes to the
    steps, and D = B S: the batch drops out, and the exponent of D is one minus that of N.
    """
    share = finite("p_N", p_N)
    if share.ndim:
        raise ValueError(f"p_N must be one number, got an array of shape {share.shape}")
    N = float(share)
    alpha = one_number("alpha_C", alpha_C)
    B = alpha / one_number("alpha_B", alpha_B)
    return ComputeExponents(N=N, B=B, S=1 - N - B, D=1 - N, L=alpha)


def one_pass_tokens(C_min: ArrayLike, N: ArrayLike) -> FloatOrArray:
    """Tokens of a run at the critical batch, 2 C_min / 6 N (Kaplan et al. 2020, Eq. 6.7)."""
    spent = SPENT_AT_CRITICAL_BATCH * positive("C_min", C_min)
    return unwrap(spent / (FLOPS_PER_PARAMETER_TOKEN * positive("N", N)))


def crossing(by_compute: PowerLaw, by_data: PowerLaw, allocation: Allocation) -> Crossing:
    """Find where L(C_min) falls below what L(D) allows for the data read so far.

    >>> laws = map(published.law, ("kaplan2020/L(C_min)", "kaplan2020/L(D)"))
    >>> star = crossing(*laws, published.law("kaplan2020/allocation"))
    >>> f"{star.C_min / PF_DAY:.1e} PF-days, {star.D:.1e} tokens, {star.loss:.2f} nats"
    '1.1e+04 PF-days, 2.5e+11 tokens, 1.67 nats'
    """
    expect_law("by_compute", by_compute, PowerLaw)
    expect_law("by_data", by_data, PowerLaw)
    expect_law("allocation", allocation, Allocation)
    one_of("variable of by_compute", by_compute.variable, ("C_min",))
    one_of("variable of by_data", by_data.variable, ("D",))
    gap = by_compute.exponent - by_data.exponent * allocation.p_D
    if abs(gap) < 1e-12:
        raise ValueError(
            "the two losses fall at the same rate and never cross; expected an exponent of "
            f"by_compute other than {by_data.exponent * allocation.p_D:g}"
        )
    promised = by_compute.exponent * np.log(by_compute.scale / PF_DAY)
    allowed = by_data.exponent * np.log(by_data.scale / allocation.D_e)
    C_min = float(from_log("C_min", np.asarray((promised - allowed) / gap + np.log(PF_DAY))))
    return Crossing(
        C_min=C_min,
        N=float(allocation.N_opt(C_min)),
        D=float(allocation.D_opt(C_min)),
        loss=float(by_compute.loss(C_min)),
        source="; ".join(law.source for law in (by_compute, by_data, allocation)),
    )


def data_rules(C: ArrayLike) -> pd.DataFrame:
    """Model size and tokens that each rule gives for a budget `C` that is spent, FLOPs.

    Columns: rule, C, N, D. "Appendix B" has the constants of Table 5, "Eq. 4.4" the model size of
    Table 6, "L(D)" the tokens that the loss L(C_min) needs of an unlimited model.

    >>> at_gopher = data_rules(5.76e23).set_index("rule")
    >>> f"{at_gopher.D['Table 6']:.2g} {at_gopher.D['20 per parameter']:.2g}"
    '1.8e+11 1.4e+12'
    """
    spent = np.ravel(positive("C", C))
    least = spent / SPENT_AT_CRITICAL_BATCH
    size = np.asarray(published.law("kaplan2020/allocation").N_opt(least))
    theory = EfficientTraining(
        published.law("kaplan2020/L(N,S) Table 5"), published.law("kaplan2020/B_crit")
    )
    scale, power = (
        published.constant("kaplan2020/Eq. 4.4", symbol).value for symbol in ("scale", "exponent")
    )
    promised = published.law("kaplan2020/L(C_min)").loss(least)
    tokens, parameters = (
        published.constant("hoffmann2022/Chinchilla", symbol).value for symbol in "DN"
    )
    ratio = tokens / parameters
    fixed = np.sqrt(spent / (FLOPS_PER_PARAMETER_TOKEN * ratio))
    rules = {
        "Table 6": (size, published.law("kaplan2020/allocation").D_opt(least)),
        "Eq. 6.7": (size, equation_67().D_opt(least)),
        "Appendix B": (theory.N_opt(least), theory.tokens(least)),
        "Eq. 4.4": (size, scale * size**power),
        "L(D)": (size, published.law("kaplan2020/L(D)").inverse(promised)),
        "20 per parameter": (fixed, ratio * fixed),
    }
    return pd.concat(
        [
            pd.DataFrame({"rule": rule, "C": spent, "N": N, "D": D})
            for rule, (N, D) in rules.items()
        ],
        ignore_index=True,
    )
