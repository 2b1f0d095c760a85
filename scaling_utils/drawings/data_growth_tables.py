"""The tables that the figures of chapter 3 are drawn from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from scaling_utils import datasets, published
from scaling_utils._validate import FloatArray
from scaling_utils.data_growth import SPENT_AT_CRITICAL_BATCH, Crossing, DataGrowth, data_rules
from scaling_utils.laws import KaplanND, PowerLaw
from scaling_utils.units import PF_DAY, training_flops


def exponent_table(origins: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """Exponents laid end to end, for `draw_exponent_budget`.

    Parameters
    ----------
    origins : mapping of str to mapping of str to float
        For each origin the exponent of each part, in the order in which they are stacked.

    Returns
    -------
    DataFrame
        Columns row, part, exponent, start.

    Examples
    --------
    >>> exponent_table({"Table 6": {"N": 0.73, "B": 0.24}})["start"].tolist()
    [0.0, 0.73]
    """
    rows = [(row, part, x) for row, parts in origins.items() for part, x in parts.items()]
    table = pd.DataFrame(rows, columns=["row", "part", "exponent"])
    table["start"] = table.groupby("row")["exponent"].transform(
        lambda exponents: exponents.cumsum().shift(fill_value=0.0)
    )
    return table


def overfitting_table(law: KaplanND, sizes: Iterable[float]) -> pd.DataFrame:
    """Overfitting of each model size on parts of WebText2, for `draw_overfitting_collapse`.

    Parameters
    ----------
    law : KaplanND
        The law L(N, D).
    sizes : iterable of float
        Parameters.

    Returns
    -------
    DataFrame
        Columns N (parameters), D (tokens, the training set and parts of it down to a
        512th), ratio (N ** p / D), overfitting and allowed (fractions).

    Examples
    --------
    >>> table = overfitting_table(published.law("kaplan2020/L(N,D)"), [1e8, 1e9])
    >>> f"{table['D'].max():.3g}"
    '2.22e+10'
    """
    whole = published.constant("kaplan2020/WebText2", "tokens").value
    held_out = published.constant("kaplan2020/WebText2", "test_tokens").value
    parts = (whole - held_out) / 2.0 ** np.arange(0, 9.1, 1.5)
    table = pd.DataFrame([(N, D) for N in sizes for D in parts], columns=["N", "D"])
    table["ratio"] = table["N"] ** law.data_exponent / table["D"]
    table["overfitting"] = law.overfitting(table["N"], table["D"])
    table["allowed"] = published.constant("kaplan2020/Eq. 4.4", "overfitting").value
    return table


def rules_and_models_table(C: FloatArray, models: Iterable[str]) -> pd.DataFrame:
    """Tokens under each rule, and named models, for `draw_data_rules`.

    Parameters
    ----------
    C : ndarray
        Budgets, FLOPs.
    models : iterable of str
        Names in the data set ``llm_params_tokens``; their compute is 6 N D.

    Returns
    -------
    DataFrame
        Columns kind ("rule" or "model"), name, C (FLOPs), D (tokens).

    Raises
    ------
    KeyError
        If a model is not in the data set.

    Examples
    --------
    >>> rules_and_models_table(np.array([1e20]), ["GPT-3"])["kind"].value_counts().to_dict()
    {'rule': 6, 'model': 1}
    """
    rules = data_rules(C).rename(columns={"rule": "name"}).assign(kind="rule")
    made = datasets.load("llm_params_tokens").set_index("model").loc[list(models)].reset_index()
    points = pd.DataFrame(
        {
            "kind": "model",
            "name": made["model"],
            "C": training_flops(made["params"], made["tokens"]),
            "D": made["tokens"].astype(float),
        }
    )
    return pd.concat([rules[["kind", "name", "C", "D"]], points], ignore_index=True)


def crossing_table(
    pf_days: FloatArray,
    promised: Mapping[str, PowerLaw],
    by_data: PowerLaw,
    growth: Mapping[str, DataGrowth],
    crossings: Mapping[tuple[str, str], Crossing],
    spent: Mapping[str, float],
) -> pd.DataFrame:
    """Promised and allowed losses with their crossings, for `draw_laws_crossing`.

    Parameters
    ----------
    pf_days : ndarray
        Where the lines are drawn, C_min in PF-days.
    promised : mapping of str to PowerLaw
        L(C_min) by the place of its constants.
    by_data : PowerLaw
        L(D).
    growth : mapping of str to DataGrowth
        Tokens of one pass by the place of the rule.
    crossings : mapping of (str, str) to Crossing
        By the places of the promised loss and of the data rule.
    spent : mapping of str to float
        Compute of real models, FLOPs; half of it is their C_min.

    Returns
    -------
    DataFrame
        Columns kind, name, C_min (PF-days), loss (nats per token, empty for spent budgets).
    """
    C = np.asarray(pf_days) * PF_DAY
    rows: list[tuple[str, str, float, float]] = []
    for place, law in promised.items():
        name = f"promised by compute, {place}"
        rows += [("promised", name, x, y) for x, y in _pairs(pf_days, law.loss(C))]
    for place, rule in growth.items():
        name = f"allowed by data, {place}"
        rows += [("allowed", name, x, y) for x, y in _pairs(pf_days, by_data.loss(rule.tokens(C)))]
    for places, star in crossings.items():
        rows.append(("crossing", " and ".join(places), star.C_min / PF_DAY, star.loss))
    C_star = published.constant("kaplan2020/Eq. 6.8", "C_star").value
    L_star = published.constant("kaplan2020/Eq. 6.8", "L_star").value
    rows += [("printed", "Eq. 6.8", C_star * factor, L_star) for factor in (0.1, 1.0, 10.0)]
    for name, flops in spent.items():
        rows.append(("spent", name, flops / SPENT_AT_CRITICAL_BATCH / PF_DAY, np.nan))
    return pd.DataFrame(rows, columns=["kind", "name", "C_min", "loss"])


def _pairs(x: ArrayLike, y: ArrayLike) -> list[tuple[float, float]]:
    return [(float(a), float(b)) for a, b in zip(np.ravel(x), np.ravel(y), strict=True)]
