"""Who says what about tokens per parameter: every published rule over the budgets behind it.

Papers count parameters and compute in their own ways; each `Study` says how, and nothing is
converted except as stated there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from scaling_utils import figure4, published
from scaling_utils.data_growth import SPENT_AT_CRITICAL_BATCH
from scaling_utils.refit import refit, resamples
from scaling_utils.rules import (
    RatioLaw,
    deepseek_rule,
    kaplan_rule,
    llama_rule,
    porian_rule,
    table_rule,
)
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN, PF_DAY

COMPUTED, QUOTED = "computed", "quoted"
"""The rule follows from published constants, or only its outcome is published."""

FALLS, RISES, UNKNOWN, ASSUMED = "falls", "rises", "sign unknown", "held at zero"
"""What a rule says about the ratio with compute: a sign only where the interval excludes zero."""

NO_INTERVAL = ", no interval"
"""Follows the sign of a rule that comes without an interval."""

COMMON_BUDGET = 1e20
"""FLOPs at which `summary` compares all rules: within or near the budgets of nearly all."""

HOFFMANN_RUNS = "Hoffmann 2022"
"""The runs that five of the rules share."""

_FIG_3 = "hoffmann2022/Fig. 3 budgets"


@dataclass(frozen=True)
class Study:
    """What one work says about tokens per parameter.

    Attributes
    ----------
    name : str
        Authors, year, and which of their fits.
    runs : str
        Whose runs, on which text: rules of the same runs are not independent.
    ratio : RatioLaw
        The rule. Where a work gives only a number it has that number and exponent zero.
    C_low, C_high : float
        The budgets of the runs behind it, FLOPs.
    exponent : float or None
        Power of compute with which the ratio changes; None where none is published.
    sign : str
        See `sign_of`; `ASSUMED` where the fit held the exponent at zero.
    interval : pair of float or None
        Published or bootstrap interval of the exponent.
    level : float or None
        Of the interval.
    how : str
        `COMPUTED` or `QUOTED`.
    note : str
        How it counts, and what the interval is.
    """

    name: str
    runs: str
    ratio: RatioLaw
    C_low: float
    C_high: float
    exponent: float | None
    sign: str
    interval: tuple[float, float] | None
    level: float | None
    how: str
    note: str


@cache
def studies() -> tuple[Study, ...]:
    """Return what each work says: Kaplan, the five rules of Hoffmann's runs, then by year.

    Examples
    --------
    >>> len(studies()), len({study.runs for study in studies()})
    (13, 9)
    """
    runs = figure4.points()["C"]
    figure_4 = (float(runs.min()), float(runs.max()))
    tied = RatioLaw.of_law(published.law("muennighoff2023"))
    sizes = [_value("muennighoff2023/range", end) for end in ("N_low", "N_high")]
    minicpm = [
        FLOPS_PER_PARAMETER_TOKEN
        * _value("minicpm2024/range", f"N_{end}") ** 2
        * _value("minicpm2024/range", f"ratio_{end}")
        for end in ("low", "high")
    ]
    besiroglu = published.law("besiroglu2024")
    error = 2 * 1.96 * _value("besiroglu2024", "se_a")
    b = resamples().interval("b")
    spread = (besiroglu.b - besiroglu.a - error, besiroglu.b - besiroglu.a + error)
    tex = RatioLaw.of_law(published.law("hoffmann2022/tex"))
    eighty = "all parameters; 10th to 90th percentile of Table 2"
    return (
        _computed("Kaplan 2020, Table 6", "Kaplan 2020", kaplan_rule(), _kaplan_budgets(),
                  "without embeddings; C = 2 C_min"),
        _computed("Hoffmann 2022, Approach 1", HOFFMANN_RUNS, table_rule(1), figure_4, eighty,
                  _table_2(1), 0.8),
        _computed("Hoffmann 2022, Approach 2", HOFFMANN_RUNS, table_rule(2),
                  (_value(_FIG_3, "C_1"), _value(_FIG_3, "C_9")), eighty, _table_2(2), 0.8),
        _computed("Hoffmann 2022, Approach 3", HOFFMANN_RUNS, tex, figure_4, eighty,
                  _table_2(3), 0.8),
        _computed("Besiroglu 2024", HOFFMANN_RUNS, RatioLaw.of_law(besiroglu), figure_4,
                  "all parameters; 1.96 standard errors of Table 1", spread, 0.95),
        _computed("Our refit", HOFFMANN_RUNS, RatioLaw.of_law(refit().law), figure_4,
                  "all parameters; budgets drawn again", (2 * b.low - 1, 2 * b.high - 1), 0.95),
        _computed("Muennighoff 2023", "Muennighoff 2023", tied,
                  (_budget(tied, sizes[0]), _budget(tied, sizes[1])),
                  "exponents held equal; budgets at which the sizes trained are the best"),
        _computed("DeepSeek 2024", "DeepSeek 2024", deepseek_rule(), _range("deepseek2024"),
                  "parameters as M / 6, attention included"),
        _quoted("MiniCPM 2024", _value("minicpm2024", "tokens_per_parameter"),
                (minicpm[0], minicpm[1]), -_value("minicpm2024", "eta"),
                "without embeddings; an average over five texts"),
        *(
            _computed(f"Porian 2024, {data}", f"Porian 2024, {data}", porian_rule(data),
                      _range("porian2024"),
                      "with the output matrix, without the input one; 95 % interval",
                      _from_sizes(f"porian2024/{data} tuned"), 0.95)
            for data in ("RefinedWeb", "OpenWebText2")
        ),
        _computed("Llama 3 2024", "Llama 3 2024", llama_rule(), _range("llama3"),
                  "digits of Fig. 3"),
        _quoted("Farseer 2025", _value("farseer2025", "tokens_per_parameter"),
                (_value("farseer2025", "C_low"), _value("farseer2025", "C_high")), None,
                "20 holds between these budgets and more is needed above, says the work"),
    )  # fmt: skip


def summary() -> pd.DataFrame:
    """Return `studies` as a table, one row for each.

    Returns
    -------
    DataFrame
        Columns study, runs, C_low, C_high (FLOPs), at_C_low, at_C_high, at_common (tokens per
        parameter at these budgets and at `COMMON_BUDGET`; NaN where only one number is quoted),
        quoted (that number), exponent, low, high, level (its interval; NaN where none is
        published), sign, how.
    """
    rows = []
    for s in studies():
        at = np.ravel(s.ratio.tokens_per_parameter([s.C_low, s.C_high, COMMON_BUDGET]))
        quoted = s.ratio.ratio if s.how == QUOTED else np.nan
        ratios = np.full(3, np.nan) if s.how == QUOTED else at
        low, high = s.interval or (np.nan, np.nan)
        exponent = np.nan if s.exponent is None else s.exponent
        level = np.nan if s.level is None else s.level
        rows.append(
            (s.name, s.runs, s.C_low, s.C_high, *ratios, quoted, exponent, low, high, level)
        )
    columns = [
        "study", "runs", "C_low", "C_high", "at_C_low", "at_C_high", "at_common", "quoted",
        "exponent", "low", "high", "level",
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(sign=[s.sign for s in studies()], how=[s.how for s in studies()])


def sign_of(exponent: float, interval: tuple[float, float] | None = None) -> str:
    """Say what an exponent with its interval tells about the trend.

    Examples
    --------
    >>> sign_of(-0.03, (-0.13, 0.15)), sign_of(0.09, (0.02, 0.15)), sign_of(-0.46)
    ('sign unknown', 'rises', 'falls, no interval')
    """
    word = RISES if exponent > 0 else FALLS
    if interval is None:
        return ASSUMED if exponent == 0 else word + NO_INTERVAL
    return UNKNOWN if interval[0] <= 0 <= interval[1] else word


def _computed(
    name: str,
    runs: str,
    ratio: RatioLaw,
    budgets: tuple[float, float],
    note: str,
    interval: tuple[float, float] | None = None,
    level: float | None = None,
) -> Study:
    power = ratio.exponent
    sign = sign_of(power, interval)
    return Study(name, runs, ratio, *budgets, power, sign, interval, level, COMPUTED, note)


def _quoted(
    name: str, ratio: float, budgets: tuple[float, float], exponent: float | None, note: str
) -> Study:
    law = RatioLaw(ratio, 0.0, budgets[0], name)
    sign = RISES + NO_INTERVAL if exponent is None else sign_of(exponent)
    return Study(name, name, law, *budgets, exponent, sign, None, None, QUOTED, note)


def _value(name: str, symbol: str) -> float:
    return published.constant(name, symbol).value


def _range(name: str) -> tuple[float, float]:
    return _value(f"{name}/range", "C_low"), _value(f"{name}/range", "C_high")


def _from_sizes(name: str) -> tuple[float, float]:
    """Interval of b - a = 1 - 2 a from the interval of a."""
    return 1 - 2 * _value(name, "a_high"), 1 - 2 * _value(name, "a_low")


def _table_2(approach: int) -> tuple[float, float]:
    return _from_sizes(f"hoffmann2022/Approach {approach}")


def _budget(rule: RatioLaw, N: float) -> float:
    """Budget at which `N` is the best size, for a rule that does not depend on compute."""
    return FLOPS_PER_PARAMETER_TOKEN * rule.ratio * N**2


def _kaplan_budgets() -> tuple[float, float]:
    """Budgets whose best size, by Table 6, is the smallest and the largest that was trained."""
    table6 = published.law("kaplan2020/allocation")
    sizes = (_value("kaplan2020/runs", "N_low"), _value("kaplan2020/runs", "N_high"))
    low, high = (
        SPENT_AT_CRITICAL_BATCH * PF_DAY * (N / table6.N_e) ** (1 / table6.p_N) for N in sizes
    )
    return low, high
