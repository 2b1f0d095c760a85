"""The ledger: what the papers claim, recomputed and judged at their printed digits.

``<paper>.toml`` states the claims of a paper, ``<paper>.py`` beside it has one expression for
each, in a dictionary ``VALUES``. `run` recomputes and judges them; `value` and `printed` give
one number of one claim. A claim that no printed number can test may be tested by runs of our
own: its expression gives `Measured`, and its verdict says what was seen at our scale.
"""

from claims.entries import CHAPTERS, KINDS, VERDICTS, Claim, ClaimError
from claims.ledger import PAPERS, Ledger, printed, run, stated, value
from claims.verdict import Result, judge

__all__ = [
    "CHAPTERS",
    "KINDS",
    "PAPERS",
    "VERDICTS",
    "Claim",
    "ClaimError",
    "Ledger",
    "Result",
    "judge",
    "printed",
    "run",
    "stated",
    "value",
]
