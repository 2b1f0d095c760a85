"""Who says what about tokens per parameter: every published rule over the budgets behind it.

`data/ratio_studies.csv` says whose runs and which budgets each rule rests on, how it counts, and
its interval; nothing is converted except as stated there.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from scaling_utils import datasets, published
from scaling_utils.refit import refit, resamples
from scaling_utils.rules import (
    RatioLaw,
    deepseek_rule,
    kaplan_rule,
    llama_rule,
    porian_rule,
    table_rule,
)

COMMON_BUDGET = 1e20
"""FLOPs at which `summary` compares all rules: within or near the budgets of nearly all."""

HOFFMANN_RUNS = "Hoffmann 2022"
"""The runs that five of the rules share."""


def _rules() -> dict[str, RatioLaw]:
    """The rules that follow from published constants, and that of our refit."""
    laws = {
        "Hoffmann 2022, Approach 3": published.law("hoffmann2022/tex"),
        "Besiroglu 2024": published.law("besiroglu2024"),
        "Our refit": refit().law,
        "Muennighoff 2023": published.law("muennighoff2023"),
    }
    return {study: RatioLaw.of_law(law) for study, law in laws.items()} | {
        "Kaplan 2020, Table 6": kaplan_rule(),
        "Hoffmann 2022, Approach 1": table_rule(1),
        "Hoffmann 2022, Approach 2": table_rule(2),
        "DeepSeek 2024": deepseek_rule(),
        "Porian 2024, RefinedWeb": porian_rule("RefinedWeb"),
        "Porian 2024, OpenWebText2": porian_rule("OpenWebText2"),
        "Llama 3 2024": llama_rule(),
    }


def summary() -> pd.DataFrame:
    """What each study says: `ratio_studies` with its rules worked out, one row for each.

    Beside the columns of the data: at_C_low, at_C_high, at_common (tokens per parameter at the
    ends of its own budgets and at `COMMON_BUDGET`; NaN where only one number is quoted), exponent
    (the power of compute with which the ratio changes) and sign (see `sign_of`).
    """
    table = datasets.load("ratio_studies").set_index("study")
    for study, rule in _rules().items():
        at = rule.tokens_per_parameter([*table.loc[study, ["C_low", "C_high"]], COMMON_BUDGET])
        table.loc[study, ["at_C_low", "at_C_high", "at_common"]] = at
        table.loc[study, "exponent"] = rule.exponent
    b = resamples().interval("b")
    table.loc["Our refit", ["low", "high", "level"]] = 2 * b.low - 1, 2 * b.high - 1, b.level
    signs = [sign_of(*row) for row in table[["exponent", "low", "high"]].to_numpy(float)]
    return table.assign(sign=signs).reset_index()


def sign_of(exponent: float, low: float = np.nan, high: float = np.nan) -> str:
    """Say what an exponent tells about the trend: a sign only if its interval excludes zero.

    An exponent that was held at zero has no interval; where none is published (NaN), the study
    says only that the ratio rises.

    Examples
    --------
    >>> sign_of(-0.03, -0.13, 0.15), sign_of(0.09, 0.02, 0.15), sign_of(-0.46)
    ('sign unknown', 'rises', 'falls, no interval')
    """
    if low <= 0 <= high:
        return "sign unknown"
    if exponent == 0 and np.isnan(low):
        return "held at zero"
    word = "falls" if exponent < 0 else "rises"
    return f"{word}, no interval" if np.isnan(low) else word
