"""How much data: how fast they grow with compute in Kaplan et al. 2020, and where that must end.

Three questions have a number of tokens as their answer: how much one compute-efficient pass reads
(Table 6, Eq. 6.7, Appendix B), how much keeps a model from overfitting (Eq. 4.4), and how much a
loss needs at the least (Eq. 1.2). They are stated in C_min, half of what is spent, 6 N D.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from scaling_utils import published
from scaling_utils.check import FloatArray, FloatOrArray, one_number, one_of, positive, unwrap
from scaling_utils.laws import Allocation, PowerLaw
from scaling_utils.laws.base import expect_law, from_log
from scaling_utils.laws.convergence import ComputeExponents, EfficientTraining
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN, PF_DAY, Record, unit

SPENT_AT_CRITICAL_BATCH = 2.0
"""Compute of a run at the critical batch over C_min (Kaplan et al. 2020, Eq. 5.5)."""


def equation_67() -> Allocation:
    """Table 6 with the data rule of Eq. 6.7, which at one PF-day asks for twice the tokens."""
    printed = {s: published.constant("kaplan2020/Eq. 6.7", s).value for s in ("D_e", "p_D")}
    return published.law("kaplan2020/allocation").with_values(**printed)


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

    What N and B leave of C = 6 N B S goes to the steps, and D = B S: the batch drops out.
    """
    N, alpha = one_number("p_N", p_N), one_number("alpha_C", alpha_C)
    B = alpha / one_number("alpha_B", alpha_B)
    return ComputeExponents(N=N, B=B, S=1 - N - B, D=1 - N, L=alpha)


def one_pass_tokens(C_min: ArrayLike, N: ArrayLike) -> FloatOrArray:
    """Tokens of a run at the critical batch, 2 C_min / 6 N (Kaplan et al. 2020, Eq. 6.7)."""
    spent = SPENT_AT_CRITICAL_BATCH * positive("C_min", C_min)
    return unwrap(spent / (FLOPS_PER_PARAMETER_TOKEN * positive("N", N)))


def crossing(by_compute: PowerLaw, by_data: PowerLaw, allocation: Allocation) -> Crossing:
    """Find where L(C_min) falls below what L(D) allows for the data read so far (Eq. 6.8)."""
    one_of("variable of by_compute", by_compute.variable, ("C_min",))
    one_of("variable of by_data", by_data.variable, ("D",))
    p_D = expect_law("allocation", allocation, Allocation).p_D
    gap = by_compute.exponent - by_data.exponent * p_D
    if abs(gap) < 1e-12:
        raise ValueError(f"both losses fall as C_min ** -{by_compute.exponent:g} and never cross")
    promised = by_compute.exponent * np.log(by_compute.scale / PF_DAY)
    allowed = by_data.exponent * np.log(by_data.scale / allocation.D_e)
    C_min = float(from_log("C_min", np.asarray((promised - allowed) / gap + np.log(PF_DAY))))
    N, D, loss = allocation.N_opt(C_min), allocation.D_opt(C_min), by_compute.loss(C_min)
    source = "; ".join(law.source for law in (by_compute, by_data, allocation))
    return Crossing(C_min, float(N), float(D), float(loss), source)


def data_rules(C: ArrayLike) -> pd.DataFrame:
    """Model size and tokens that each rule gives for a budget `C` that is spent, FLOPs.

    "Appendix B" has the constants of Table 5, "Eq. 4.4" the model size of Table 6, "L(D)" the
    tokens that the loss L(C_min) needs of an unlimited model.
    """
    spent = np.ravel(positive("C", C))
    least = spent / SPENT_AT_CRITICAL_BATCH
    size = np.asarray(published.law("kaplan2020/allocation").N_opt(least))
    theory = EfficientTraining(
        published.law("kaplan2020/L(N,S) Table 5"), published.law("kaplan2020/B_crit")
    )
    rule44 = {s: published.constant("kaplan2020/Eq. 4.4", s).value for s in ("scale", "exponent")}
    promised = published.law("kaplan2020/L(C_min)").loss(least)
    D, N = (published.constant("hoffmann2022/Chinchilla", symbol).value for symbol in "DN")
    ratio = D / N
    fixed = np.sqrt(spent / (FLOPS_PER_PARAMETER_TOKEN * ratio))
    rules = {
        "Table 6": (size, published.law("kaplan2020/allocation").D_opt(least)),
        "Eq. 6.7": (size, equation_67().D_opt(least)),
        "Appendix B": (theory.N_opt(least), theory.tokens(least)),
        "Eq. 4.4": (size, rule44["scale"] * size ** rule44["exponent"]),
        "L(D)": (size, published.law("kaplan2020/L(D)").inverse(promised)),
        "20 per parameter": (fixed, ratio * fixed),
    }
    return table_of(spent, rules)


def table_of(C: FloatArray, rules: Mapping[str, tuple[Any, Any]]) -> pd.DataFrame:
    """Columns rule, C, N and D from the sizes and tokens of each rule at all budgets."""
    tables = [pd.DataFrame({"rule": r, "C": C, "N": N, "D": D}) for r, (N, D) in rules.items()]
    return pd.concat(tables, ignore_index=True)
