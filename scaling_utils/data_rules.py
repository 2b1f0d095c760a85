"""The rules for the amount of data side by side, in tokens.

Kaplan et al. 2020 answer three different questions with a number of tokens: how much one
compute-efficient pass reads (Table 6, Eq. 6.7, Appendix B), how much keeps a model from
overfitting (Eq. 4.4), and how much a loss needs at the least (Eq. 1.2).
Beside them stands the ratio at which Chinchilla was trained.

The paper's rules are stated in C_min, the compute of a run at a small batch.
A run at the critical batch spends twice that (Eq. 5.5), and that is the compute which is
set equal to 6 N D here: C = 2 C_min.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from scaling_utils import published
from scaling_utils._validate import FloatOrArray, positive, unwrap
from scaling_utils.data_growth import SPENT_AT_CRITICAL_BATCH, DataGrowth
from scaling_utils.laws.base import from_log
from scaling_utils.laws.convergence import EfficientTraining
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN, PF_DAY


def data_rules(C: ArrayLike) -> pd.DataFrame:
    """Model size and tokens that each rule gives for a budget.

    Parameters
    ----------
    C : array_like
        Compute that is spent, FLOPs. The paper's rules are asked at C_min = C / 2.

    Returns
    -------
    DataFrame
        Columns rule, C (FLOPs), N (parameters), D (tokens); the rules in the order
        ``Table 6``, ``Eq. 6.7``, ``Appendix B`` (constants of Table 5), ``Eq. 4.4`` (through
        the model size of Table 6), ``L(D)`` (the tokens that the loss L(C_min) needs of an
        unlimited model, Table 5) and ``20 per parameter`` (Chinchilla's own ratio).

    Raises
    ------
    ValueError
        If `C` is not positive and finite.

    Examples
    --------
    >>> at_gopher = data_rules(5.76e23).set_index("rule")
    >>> f"{at_gopher.D['Table 6']:.2g} {at_gopher.D['20 per parameter']:.2g}"
    '1.8e+11 1.4e+12'
    """
    spent = np.ravel(positive("C", C))
    parts = []
    for rule, (size, tokens) in _rules().items():
        N, D = size(spent), tokens(spent)
        parts.append(pd.DataFrame({"rule": rule, "C": spent, "N": N, "D": D}))
    return pd.concat(parts, ignore_index=True)


def data_for_model(N: float) -> pd.DataFrame:
    """Tokens that each rule gives to a model of a given size.

    Parameters
    ----------
    N : float
        Parameters.

    Returns
    -------
    DataFrame
        Columns as in `data_rules`, one row per rule; C is the budget for which the rule
        would choose this size.

    Raises
    ------
    ValueError
        If `N` is not one positive and finite number.

    Examples
    --------
    >>> for_70b = data_for_model(70e9).set_index("rule")
    >>> f"{for_70b.D['Table 6']:.2g} {for_70b.D['20 per parameter']:.2g}"
    '8.7e+10 1.4e+12'
    """
    array = positive("N", N)
    if array.ndim:
        raise ValueError(f"N must be one model size, got an array of shape {array.shape}")
    wanted = float(array)
    parts = []
    for rule, (size, tokens) in _rules().items():
        # Every size here is a power of compute: two values give it for all budgets.
        at_one, at_e = np.log(size(np.array([PF_DAY, np.e * PF_DAY])))
        log_C = np.log(PF_DAY) + (np.log(wanted) - at_one) / (at_e - at_one)
        C = from_log("C", np.asarray([log_C]))
        parts.append(pd.DataFrame({"rule": rule, "C": C, "N": wanted, "D": tokens(C)}))
    return pd.concat(parts, ignore_index=True)


_Rule = tuple[Callable[[ArrayLike], FloatOrArray], Callable[[ArrayLike], FloatOrArray]]


def _rules() -> dict[str, _Rule]:
    """Each rule as model size and tokens of the compute that is spent."""
    table6 = published.law("kaplan2020/allocation")
    eq67 = DataGrowth.published("kaplan2020/Eq. 6.7")
    theory = EfficientTraining(
        published.law("kaplan2020/L(N,S) Table 5"), published.law("kaplan2020/B_crit")
    )
    scale = published.constant("kaplan2020/Eq. 4.4", "scale").value
    power = published.constant("kaplan2020/Eq. 4.4", "exponent").value
    loss = published.law("kaplan2020/L(C_min)")
    tokens = published.law("kaplan2020/L(D)")
    ratio = (
        published.constant("hoffmann2022/Chinchilla", "D").value
        / published.constant("hoffmann2022/Chinchilla", "N").value
    )

    def least(C: ArrayLike) -> FloatOrArray:
        return unwrap(np.asarray(C) / SPENT_AT_CRITICAL_BATCH)

    def size(C: ArrayLike) -> FloatOrArray:
        return table6.N_opt(least(C))

    def fixed_ratio(C: ArrayLike) -> FloatOrArray:
        return unwrap(np.sqrt(np.asarray(C) / (FLOPS_PER_PARAMETER_TOKEN * ratio)))

    return {
        "Table 6": (size, lambda C: table6.D_opt(least(C))),
        "Eq. 6.7": (size, lambda C: eq67.tokens(least(C))),
        "Appendix B": (lambda C: theory.N_opt(least(C)), lambda C: theory.tokens(least(C))),
        "Eq. 4.4": (size, lambda C: unwrap(scale * np.asarray(size(C)) ** power)),
        "L(D)": (size, lambda C: tokens.inverse(loss.loss(least(C)))),
        "20 per parameter": (fixed_ratio, lambda C: unwrap(ratio * np.asarray(fixed_ratio(C)))),
    }
