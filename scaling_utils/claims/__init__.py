"""The ledger: what the papers claim, recomputed and judged at their printed digits.

`run` recomputes every claim, `value` and `printed` give one number of one claim.
The claims are stated in ``data/claims/<paper>.toml`` and recomputed by the module of the
same name, one function per claim.
A claim that no printed number can test may be tested by runs of our own: its function
returns `Measured`, and its verdict says what was seen at our scale, never more.
"""

from scaling_utils.claims.comparison import COMPARISONS, PrintedNumber, PrintedNumberError, agrees
from scaling_utils.claims.effect import MEASURED_VERDICTS, Measured, SeenRange
from scaling_utils.claims.entries import (
    CHAPTERS,
    KINDS,
    RECOMPUTED_VERDICTS,
    UNITS,
    VERDICTS,
    Claim,
    ClaimError,
    read_claims,
)
from scaling_utils.claims.ledger import PAPERS, Ledger, printed, run, value
from scaling_utils.claims.recompute import (
    Recomputation,
    Recomputed,
    digits,
    functions_of,
    recomputes,
    span,
)
from scaling_utils.claims.verdict import Result, judge

__all__ = [
    "CHAPTERS",
    "COMPARISONS",
    "KINDS",
    "MEASURED_VERDICTS",
    "PAPERS",
    "RECOMPUTED_VERDICTS",
    "UNITS",
    "VERDICTS",
    "Claim",
    "ClaimError",
    "Ledger",
    "Measured",
    "PrintedNumber",
    "PrintedNumberError",
    "Recomputation",
    "Recomputed",
    "Result",
    "SeenRange",
    "agrees",
    "digits",
    "functions_of",
    "judge",
    "printed",
    "read_claims",
    "recomputes",
    "run",
    "span",
    "value",
]
