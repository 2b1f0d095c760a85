"""Tokens per parameter at the optimum: as measured (`minima`), by any law (`law`), by published
rules (`rules`), and who says what over which budgets (`studies`).
"""

from scaling_utils.ratio.law import RatioLaw, recoded
from scaling_utils.ratio.rules import (
    deepseek_rule,
    kaplan_rule,
    llama_rule,
    porian_rule,
    table_rule,
)
from scaling_utils.ratio.studies import Study, sign_of, studies, summary

__all__ = [
    "RatioLaw",
    "Study",
    "deepseek_rule",
    "kaplan_rule",
    "llama_rule",
    "porian_rule",
    "recoded",
    "sign_of",
    "studies",
    "summary",
    "table_rule",
]
