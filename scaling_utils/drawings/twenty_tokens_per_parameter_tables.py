"""The tables that the figures of chapter 6 are drawn from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from scaling_utils import datasets, figure4, published
from scaling_utils._validate import FloatArray, positive
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.laws.off_optimum import efficiency_of_size
from scaling_utils.minima import minima
from scaling_utils.printed import span
from scaling_utils.refit import refit, resamples
from scaling_utils.rules import RatioLaw, table_rule
from scaling_utils.studies import summary
from scaling_utils.units import training_flops

OURS = "our refit"


def measured_table(C: ArrayLike) -> pd.DataFrame:
    """The nine measured ratios with two laws, for `draw_measured_ratio`.

    Parameters
    ----------
    C : array_like
        Budgets for the laws, FLOPs.

    Returns
    -------
    DataFrame
        Columns kind ("measured", "law", "model"), name, C (FLOPs), runs (of a measured budget),
        ratio (tokens per parameter), low, high (95 %: the runs of a budget drawn again; for our
        refit, budgets drawn again).
    """
    measured = minima()[["C", "runs", "ratio", "low", "high"]]
    measured.insert(0, "name", "lowest point of a budget")
    measured.insert(0, "kind", "measured")
    laws = _laws(C, {OURS: refit().law, "Approach 3, TeX source": _tex()})
    return pd.concat([measured, laws, _chinchilla()], ignore_index=True)


def ratio_table(C: ArrayLike) -> pd.DataFrame:
    """Best tokens per parameter by budget, for `draw_ratio_by_budget`.

    Parameters
    ----------
    C : array_like
        Budgets, FLOPs.

    Returns
    -------
    DataFrame
        Columns kind ("law"; "row", of Tables 3 and A3; "model", Chinchilla; "measured", the
        budgets of the runs of Figure 4), name, C (FLOPs), ratio (tokens per parameter), and for
        our refit low, high (95 %, budgets drawn again).
    """
    rules: dict[str, RatioLaw | ChinchillaLaw] = {
        "Approach 3, TeX source": _tex(),
        "Approach 2, Table A3": table_rule(2),
        "Approach 1, Table 3": table_rule(1),
        OURS: refit().law,
    }
    parts = [_laws(C, rules)]
    rows = datasets.load("hoffmann2022_table3_a3")
    for approach, name in zip((1, 2, 3), ("Approach 1", "Approach 2", "Approach 3"), strict=True):
        of = rows[rows["approach"] == approach]
        ratio = of["tokens"].astype(float) / of["params"]
        parts.append(pd.DataFrame({"kind": "row", "name": name, "C": of["flops"], "ratio": ratio}))
    runs = figure4.points()["C"]
    ends_of_runs = [float(runs.min()), float(runs.max())]
    parts.append(_chinchilla())
    parts.append(pd.DataFrame({"kind": "measured", "name": "runs", "C": ends_of_runs}))
    return pd.concat(parts, ignore_index=True)


def constants_table(C: ArrayLike) -> pd.DataFrame:
    """Best tokens per parameter by every set of constants that the chapter names.

    Parameters
    ----------
    C : array_like
        Budgets, FLOPs.

    Returns
    -------
    DataFrame
        As the laws of `ratio_table`, with two more: the printed constants of Eq. 10 and those of
        Besiroglu et al. 2024.
    """
    return _laws(
        C,
        {
            "Approach 1, Table 3": table_rule(1),
            "Approach 2, Table A3": table_rule(2),
            "Approach 3, printed": published.law("hoffmann2022/printed"),
            "Approach 3, TeX source": _tex(),
            "Besiroglu 2024": published.law("besiroglu2024"),
            OURS: refit().law,
        },
    )


def _laws(C: ArrayLike, rules: Mapping[str, RatioLaw | ChinchillaLaw]) -> pd.DataFrame:
    """The ratio by each rule; for our refit with its band."""
    budgets = positive("C", C)
    parts = []
    for name, rule in rules.items():
        part = pd.DataFrame({"kind": "law", "name": name, "C": budgets})
        part["ratio"] = rule.tokens_per_parameter(budgets)
        if name == OURS:
            band = resamples().law.tokens_per_parameter(budgets[:, None])
            part["low"], part["high"] = np.quantile(band, (0.025, 0.975), axis=1)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _chinchilla() -> pd.DataFrame:
    N, D = (published.constant("hoffmann2022/Chinchilla", symbol).value for symbol in "ND")
    spent = [float(training_flops(N, D))]
    return pd.DataFrame({"kind": "model", "name": "Chinchilla", "C": spent, "ratio": D / N})


def _tex() -> ChinchillaLaw:
    return published.law("hoffmann2022/tex")


def studies_table() -> pd.DataFrame:
    """What each rule says, for `draw_who_says_what`: columns of `summary`."""
    columns = [
        "study", "runs", "how", "C_low", "C_high", "at_C_low", "at_C_high", "at_common", "quoted",
    ]  # fmt: skip
    return summary()[columns]


def trend_table() -> pd.DataFrame:
    """The exponent of each rule's ratio with its interval, for `draw_trends`."""
    return summary()[["study", "runs", "exponent", "low", "high", "level", "sign"]]


def efficiency_table(size_ratio: ArrayLike, ratio: float) -> pd.DataFrame:
    """What missing the best size leaves of a budget, for `draw_flat_optimum`.

    Parameters
    ----------
    size_ratio : array_like
        Model size over the best size for the budget.
    ratio : float
        Tokens per parameter at the best size, for the column of that name.

    Returns
    -------
    DataFrame
        Columns law, size_ratio, tokens_per_parameter (ratio / size_ratio ** 2), useful (share of
        the budget that the best model would have needed), and for our refit low, high (95 %,
        budgets drawn again).
    """
    k = positive("size_ratio", size_ratio)
    laws = {
        "Approach 3, TeX source": published.law("hoffmann2022/tex"),
        "Muennighoff 2023": published.law("muennighoff2023"),
        OURS: refit().law,
    }
    parts = [
        pd.DataFrame({"law": name, "size_ratio": k}).assign(
            tokens_per_parameter=ratio / k**2, useful=efficiency_of_size(law, k)
        )
        for name, law in laws.items()
    ]
    band = efficiency_of_size(resamples().law, k[:, None])
    parts[-1]["low"], parts[-1]["high"] = np.quantile(band, (0.025, 0.975), axis=1)
    return pd.concat(parts, ignore_index=True)


def rounding_table(C: float, N: FloatArray) -> pd.DataFrame:
    """How the digits of Equation 10 move the best size for a budget, for `draw_rounding`.

    Parameters
    ----------
    C : float
        Budget, FLOPs.
    N : ndarray
        Sizes at which the loss is drawn, parameters.

    Returns
    -------
    DataFrame
        Columns kind ("range": best size while one printed constant, or all, move within their
        digits; "curve": loss above the lowest of the same law; "best": where it is lowest), name,
        N (parameters), N_high (upper end of a range), excess (nats per token).
    """
    printed, tex = published.law("hoffmann2022/printed"), published.law("hoffmann2022/tex")
    rows: list[tuple[str, str, float, float, float]] = []
    for moved in (("A", "B"), ("alpha",), ("beta",), ("A", "B", "alpha", "beta")):
        given = [published.constant("hoffmann2022/printed", symbol).printed for symbol in moved]

        def best(*values: float, symbols: tuple[str, ...] = moved) -> float:
            return float(printed.with_values(**dict(zip(symbols, values, strict=True))).N_opt(C))

        rows.append(("range", " ".join(moved), *span(best, *given), np.nan))
    for name, law in (
        ("printed constants", printed),
        ("TeX source", tex),
        (OURS, refit().law),
    ):
        lowest = law.loss_at(C)
        for size in N:
            excess = float(law.loss(size, C / (6 * size)) - lowest)
            rows.append(("curve", name, float(size), np.nan, excess))
        rows.append(("best", name, float(law.N_opt(C)), np.nan, 0.0))
    return pd.DataFrame(rows, columns=["kind", "name", "N", "N_high", "excess"])
