"""Size and tokens for a budget, by any rule: of a law, of a table, of a ratio.

With C = 6 N D every published rule is one ratio D / N at one budget and one exponent (`RatioLaw`),
with constants from one place of one paper. Kaplan et al. 2020 count no embeddings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from reanalysis.data_growth import SPENT_AT_CRITICAL_BATCH, table_of
from reanalysis.refit import refit, resamples
from scaling_utils import datasets, published
from scaling_utils.check import FloatOrArray, finite, one_number, one_of, positive, unwrap
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.laws.base import Law, expect_law, from_log
from scaling_utils.power_fit import fit_power
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN, PF_DAY, unit

KAPLAN = "Kaplan, Table 6"


@dataclass(frozen=True)
class RatioLaw(Law):
    """Best tokens per parameter as a power of compute, D / N = ratio (C / C_at) ** exponent.

    The exponent is that of the data less that of the size: zero where one ratio fits all.

    >>> rule = RatioLaw(20, 0.0, source="the rule of thumb")
    >>> f"{rule.N_opt(5.88e23):.3g} {rule.D_opt(5.88e23):.3g}"
    '7e+10 1.4e+12'
    """

    ratio: float = field(metadata=unit("tokens per parameter"))
    exponent: float = field(metadata=unit("1", "any"))
    C_at: float = field(default=1e21, metadata=unit("FLOPs"))
    source: str = "user"

    place: ClassVar[str] = "a power of compute, with C = 6 N D"
    equation: ClassVar[str] = r"D/N = r\,(C/C_0)^{b-a}"

    @classmethod
    def of_law(cls, law: ChinchillaLaw) -> Self:
        """The ratio that follows from a parametric loss (Hoffmann et al. 2022, Eq. 4)."""
        ratio = float(expect_law("law", law, ChinchillaLaw).tokens_per_parameter(1e21))
        return cls(ratio, law.b - law.a, source=law.source)

    @classmethod
    def through(cls, C: float, N: float, exponent: float, source: str = "user") -> Self:
        """The ratio of sizes that grow as C ** exponent through a best size `N` at one `C`."""
        size, budget = one_number("N", N), one_number("C", C)
        ratio = budget / (FLOPS_PER_PARAMETER_TOKEN * size**2)
        return cls(ratio, 1 - 2 * float(finite("exponent", exponent)), budget, source)

    def tokens_per_parameter(self, C: ArrayLike) -> FloatOrArray:
        """Best ratio of tokens to parameters for a budget of `C` FLOPs."""
        log = np.log(positive("C", C) / self.C_at) * self.exponent + np.log(self.ratio)
        return unwrap(from_log("tokens per parameter", log))

    def N_opt(self, C: ArrayLike) -> FloatOrArray:
        """Best model size for a budget of `C` FLOPs, in parameters."""
        spent = positive("C", C) / FLOPS_PER_PARAMETER_TOKEN
        return unwrap(np.sqrt(spent / self.tokens_per_parameter(C)))

    def D_opt(self, C: ArrayLike) -> FloatOrArray:
        """Best amount of data for a budget of `C` FLOPs, in tokens."""
        spent = positive("C", C) / FLOPS_PER_PARAMETER_TOKEN
        return unwrap(np.sqrt(spent * self.tokens_per_parameter(C)))


def recoded(law: RatioLaw | ChinchillaLaw, C: ArrayLike, shrink: ArrayLike) -> FloatOrArray:
    """Tokens per parameter if another tokenizer makes `shrink` times as many tokens of a text."""
    # If a model learns from the text however it is cut, C buys what C / shrink bought before.
    factor = positive("shrink", shrink)
    ratio = law.tokens_per_parameter(positive("C", C) / factor)
    return unwrap(factor * np.asarray(ratio))


@cache
def table_rule(approach: int) -> RatioLaw:
    """The power law through the nine rows of one approach (Hoffmann et al. 2022, Tables 3, A3)."""
    one_of("approach", str(approach), ("1", "2", "3"))
    table = datasets.load("hoffmann2022_table3_a3")
    rows = table[table["approach"] == approach]
    fit = fit_power(rows["flops"], rows["params"].astype(float))
    place = "Table 3" if approach == 1 else "Table A3"
    source = f"Hoffmann et al. 2022, {place}, Approach {approach}"
    return RatioLaw.through(1.0, fit.scale, fit.exponent, source)


def llama_rule(place: str = "Fig. 3") -> RatioLaw:
    """Llama 3's rule D = A C ** alpha, from the text or from the legend of Figure 3."""
    ending = "_legend" if one_of("place", place, ("Fig. 3", "Section 3.2.1")) == "Fig. 3" else ""
    scale, power = (_value("llama3", symbol + ending) for symbol in ("D_scale", "exponent"))
    N_at_one = 1.0 / (FLOPS_PER_PARAMETER_TOKEN * scale)
    return RatioLaw.through(1.0, N_at_one, 1 - power, f"Llama Team 2024, {place}")


def deepseek_rule() -> RatioLaw:
    """DeepSeek's rule (Eq. 4), with parameters read as M / 6, M in FLOPs per token."""
    M, D = _value("deepseek2024", "M_scale"), _value("deepseek2024", "D_scale")
    b, a = _value("deepseek2024", "D_exponent"), _value("deepseek2024", "M_exponent")
    return RatioLaw(FLOPS_PER_PARAMETER_TOKEN * D / M, b - a, 1.0, "DeepSeek-AI 2024, Eq. 4")


def kaplan_rule() -> RatioLaw:
    """Kaplan's Table 6 at C = 2 C_min, parameters without embeddings."""
    table6 = published.law("kaplan2020/allocation")
    at = SPENT_AT_CRITICAL_BATCH * PF_DAY
    return RatioLaw(table6.D_e / table6.N_e, table6.p_D - table6.p_N, at, table6.source)


def porian_rule(data: str) -> RatioLaw:
    """Porian's last step on one data set, through their size at Chinchilla's budget."""
    name = f"porian2024/{one_of('data', data, ('RefinedWeb', 'OpenWebText2'))} tuned"
    C, N, a = (_value(name, symbol) for symbol in ("C", "N", "a"))
    return RatioLaw.through(C, N, a, published.constant(name, "a").source)


def _value(name: str, symbol: str) -> float:
    return published.constant(name, symbol).value


def allocation_table(
    C: ArrayLike, laws: Mapping[str, ChinchillaLaw] | None = None
) -> pd.DataFrame:
    """Parameters and tokens that each paper, and each of `laws`, recommends for a budget in FLOPs.

    Columns: rule, C, N (without embeddings for Kaplan, at C_min = C / 2), D, ratio; 6 N D = C.
    """
    spent = np.ravel(positive("C", C))
    table6 = published.law("kaplan2020/allocation")
    sizes = {
        KAPLAN: table6.N_opt(spent / SPENT_AT_CRITICAL_BATCH),
        "Hoffmann, Approach 1": table_rule(1).N_opt(spent),
        "Hoffmann, Approach 2": table_rule(2).N_opt(spent),
        "Hoffmann, Approach 3": published.law("hoffmann2022/tex").N_opt(spent),
    }
    for name, law in (laws or {}).items():
        if name in sizes:
            raise ValueError(f"laws must not reuse the name {name!r} of a paper's own rule")
        sizes[name] = law.N_opt(spent)
    both = {rule: (N, spent / FLOPS_PER_PARAMETER_TOKEN / N) for rule, N in sizes.items()}
    table = table_of(spent, both)
    return table.assign(ratio=table["D"] / table["N"])


def equal_size_budget(number: int = 1) -> float:
    """Budget at which Kaplan's Table 6 and an approach of Hoffmann et al. ask for one size."""
    table6, line = published.law("kaplan2020/allocation"), table_rule(number)
    at_one = np.log(line.N_opt(1.0)) - np.log(table6.N_opt(1.0 / SPENT_AT_CRITICAL_BATCH))
    return float(np.exp(at_one / (table6.p_N - (1 - line.exponent) / 2)))


COMMON_BUDGET = 1e20  # FLOPs at which `summary` compares all rules
HOFFMANN_RUNS = "Hoffmann 2022"  # the runs that five of the rules share


def _rules() -> dict[str, RatioLaw]:
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

    Added are at_C_low, at_C_high and at_common (tokens per parameter at the ends of its budgets
    and at `COMMON_BUDGET`; NaN where one number is quoted), exponent and sign (see `sign_of`).
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

    >>> sign_of(-0.03, -0.13, 0.15), sign_of(0.09, 0.02, 0.15), sign_of(-0.46)
    ('sign unknown', 'rises', 'falls, no interval')
    """
    if low <= 0 <= high:
        return "sign unknown"
    if exponent == 0 and np.isnan(low):
        return "held at zero"
    word = "falls" if exponent < 0 else "rises"
    return f"{word}, no interval" if np.isnan(low) else word
