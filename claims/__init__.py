"""The ledger: what the papers claim, recomputed and judged at their printed digits.

``<paper>.toml`` states the claims of a paper, ``<paper>.py`` beside it has one expression for
each, in a dictionary ``VALUES``. `run` recomputes and judges them; `value` and `printed` give
one number of one claim. A claim that no printed number can test may be tested by runs of our
own: its expression gives `Measured`, and its verdict says what was seen at our scale.
"""

from claims.entries import CHAPTERS as CHAPTERS
from claims.entries import KINDS as KINDS
from claims.entries import VERDICTS as VERDICTS
from claims.entries import Claim as Claim
from claims.entries import ClaimError as ClaimError
from claims.ledger import PAPERS as PAPERS
from claims.ledger import Ledger as Ledger
from claims.ledger import printed as printed
from claims.ledger import run as run
from claims.ledger import stated as stated
from claims.ledger import value as value
from claims.verdict import Result as Result
from claims.verdict import judge as judge
