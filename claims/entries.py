"""What a paper claims: the entries of the ledger, read from TOML and checked.

A file holds a table ``[paper]`` (key, prefix of its claims, title) and one table ``[[claim]]``
per claim. `read_claims` refuses an entry that is incomplete, misspelt or says nothing about why
a number differs, and names the file, the claim and the field.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

from claims.comparison import COMPARISONS, WORDS, parse_printed, show_number
from claims.measured import MEASURED_VERDICTS, SEEN, SeenRange
from scaling_utils.published import constant

ON_OUR_READING = "on our reading"
NEVER_PUBLISHED = "never published"

RECOMPUTED_VERDICTS = ("reproduced", "rounding", "differs", ON_OUR_READING, NEVER_PUBLISHED)
"""Reproduced at the printed digits; explained by the paper's own rounded inputs; neither;
neither, but computed from our reading of a figure instead of the authors' data; something is
missing that a recomputation would need."""

VERDICTS = RECOMPUTED_VERDICTS + MEASURED_VERDICTS
"""Those of a recomputation, and those of a measurement; no claim can have both kinds."""

MEASURED = "measured"
KINDS = ("result", "arithmetic", "transcription", MEASURED)
"""What a claim is about: what a paper found; a sum that it did with its own numbers; the same
number at two places; what happens when models are trained, tested by our own runs."""

UNITS = (
    *("", "%", "FLOPs", "PF-days", "billion parameters", "billion tokens", "budgets", "cases"),
    *("characters per token", "epochs", "models", "nats", "nats per token", "parameters"),
    *("parameters per token", "percentage points", "points", "rows", "runs", "steps", "subsets"),
    *("tasks", "terabytes", "times", "tokens", "tokens per parameter", "tokens per word"),
    *("updates", "values"),
)
"""The units that a claim may have; an empty one belongs to a pure number."""

CHAPTERS = range(1, 13)
"""The numbered chapters of the book."""

PRINTED, NUMBER = "{printed}", "{number}"
"""Where a claim's sentence has the printed number: with its unit, and without."""

_PAPER = ("key", "prefix", "title", "short", "url")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")


class ClaimError(ValueError):
    """An entry of the ledger, or a call for one, is wrong."""


@dataclass(frozen=True)
class Claim:
    """One claim of a paper, in our words, with the digits that the paper prints.

    A measured claim has `effect` and `seen_if`, chosen from the paper's words alone. One that
    rests on our reading of a figure, and not on the authors' data, never differs.
    """

    id: str  #: stable, in kebab case, beginning with the paper's prefix
    paper: str  #: its key, such as kaplan2020
    place: str  #: section, equation, table or figure
    claim: str  #: one plain sentence with {printed}, or {number} for the number without its unit
    printed: str  #: the digits
    kind: str  #: one of KINDS
    chapter: int  #: that discusses it
    verdict: str  #: that is expected; the ledger computes its own
    compare: str = "digits"  #: how the digits are compared, see `agrees`
    unit: str = ""  #: one of UNITS, of what is printed and of our value; after words, of ours
    ours: str = ""  #: our value that is expected, at its digits, with its interval if measured
    reason: str = ""  #: what explains a verdict other than reproduced, or limits our evidence
    superseded: str = ""  #: by what later work
    effect: str = ""  #: what our own runs measure
    seen_if: str = ""  #: which sizes of it would count as seeing the claim, see `SeenRange`
    holds_if: str = ""  #: which values make words, or a number said to match closely, true
    exact_inputs: str = ""  #: why rounding cannot explain a difference, if nothing is rounded
    on_our_reading: bool = False
    printed_from: str = ""  #: set and symbol of the published constant with the printed digits
    work: str = ""  #: authors and year
    url: str = ""

    @property
    def sentence(self) -> str:
        """The claim for a reader, with its number in it."""
        number = show_number(self.printed, self.compare)
        joint = "\N{NO-BREAK SPACE}" if self.unit == "%" else " "
        whole = number if self.compare == WORDS else f"{number}{joint}{self.unit}".strip()
        return self.claim.replace(PRINTED, whole).replace(NUMBER, number)

    @property
    def holds_range(self) -> SeenRange | None:
        """Which values make the claim true, where that is not said by the printed digits."""
        return SeenRange.parse(self.holds_if) if self.holds_if else None

    @property
    def seen_range(self) -> SeenRange | None:
        """The effect sizes that count as seeing the claim; None if no run tests it."""
        return SeenRange.parse(self.seen_if) if self.seen_if else None


_FROM_PAPER = ("paper", "work", "url")
_GIVEN = [field for field in fields(Claim) if field.name not in _FROM_PAPER]
_REQUIRED = [field.name for field in _GIVEN if field.default is MISSING]
_OPTIONAL = {field.name: field.default for field in _GIVEN if field.default is not MISSING}


def read_claims(path: Path) -> tuple[Claim, ...]:
    """Read and check one paper's claims, in the order of its TOML file.

    A ClaimError names the file, the claim and the field that is wrong.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ClaimError(f"{path.name}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ClaimError(f"{path.name}: is not valid TOML ({error})") from error
    paper = document.get("paper")
    if not isinstance(paper, dict) or set(_PAPER) - paper.keys():
        raise ClaimError(f"{path.name}: needs a table [paper] with {', '.join(_PAPER)}")
    if not str(paper["url"]).startswith("https://"):
        raise ClaimError(f"{path.name}: [paper] url must begin with https://")
    entries = document.get("claim")
    if not isinstance(entries, list) or not entries:
        raise ClaimError(f"{path.name}: needs at least one [[claim]]")
    claims: dict[str, Claim] = {}
    for position, entry in enumerate(entries, start=1):
        where = f"{path.name}: claim {entry.get('id') or f'number {position}'!s}"
        given = {**_OPTIONAL, **entry}
        for field, why in _faults(given, entry, paper["prefix"]):
            raise ClaimError(f"{where}: field {field}: {why}")
        claim = Claim(paper=paper["key"], work=paper["short"], url=paper["url"], **given)
        if claim.id in claims:
            raise ClaimError(f"{where}: field id: appears twice in this file")
        claims[claim.id] = claim
    return tuple(claims.values())


def _faults(
    given: dict[str, Any], entry: dict[str, Any], prefix: str
) -> Iterator[tuple[str, str]]:
    """Name each field that is wrong and say why; what is `given` gets its printed digits."""
    for field in entry:
        if field not in _REQUIRED and field not in _OPTIONAL:
            yield field, f"is not known; expected some of {', '.join((*_REQUIRED, *_OPTIONAL))}"
    if given["printed_from"]:
        if "printed" in entry:
            yield "printed", "cannot stand beside printed_from, from which it is taken"
        name, _, symbol = given["printed_from"].rpartition(" ")
        if why := _refused(lambda: given.update(printed=constant(name, symbol).printed)):
            yield "printed_from", why
        if not given["printed"]:
            yield "printed_from", f"the constant {given['printed_from']!r} has no printed digits"
    for field in _REQUIRED:
        if field not in given:
            yield field, "is missing"
    for field, value in given.items():
        if field == "on_our_reading":
            if type(value) is not bool:
                yield field, f"must be true or false, got {value!r}"
        elif field == "chapter":
            if type(value) is not int or value not in CHAPTERS:
                yield field, f"must be a chapter's number, 1 to 12, got {value!r}"
        elif not isinstance(value, str):
            yield field, f"must be a string, got {value!r}"
        elif value != value.strip() or (field in _REQUIRED and not value):
            yield field, f"is empty or has blanks at its ends: {value!r}"
        elif re.search(r"[$\\\n]", value):
            yield field, f"must be one line of plain text, without LaTeX, got {value!r}"
    for field, known in (
        *(("unit", UNITS), ("verdict", VERDICTS)),
        *(("compare", COMPARISONS), ("kind", KINDS)),
    ):
        if given[field] not in known:
            yield field, f"is {given[field]!r}; expected one of {', '.join(filter(None, known))}"
    yield from _contradictions(Claim(paper="", **given), prefix)


def _contradictions(claim: Claim, prefix: str) -> Iterator[tuple[str, str]]:
    """Fields that are well formed and do not go together."""
    words, measured = claim.compare == WORDS, claim.verdict in MEASURED_VERDICTS
    if not _ID.fullmatch(claim.id) or not claim.id.startswith(f"{prefix}-"):
        yield "id", f"must be in kebab case and begin with {prefix}-"
    if not claim.claim.endswith("."):
        yield "claim", "must be a sentence that ends with a full stop"
    if not words and PRINTED not in claim.claim and NUMBER not in claim.claim:
        yield "claim", f"must have its number in it: {PRINTED}, or {NUMBER} without unit"
    if claim.verdict not in ("reproduced", SEEN) and not claim.reason:
        yield "reason", f"is missing; the verdict {claim.verdict!r} needs one"
    if claim.holds_if and (why := _refused(lambda: claim.holds_range)):
        yield "holds_if", why
    if words and not (claim.holds_if or measured or claim.verdict == NEVER_PUBLISHED):
        why = "must be 'never published' or a measurement's where words are printed"
        yield "verdict", f"{why}, unless holds_if says which of our values make them true"
    if not words and (why := _refused(lambda: parse_printed(claim.printed, claim.compare))):
        yield "printed", why
    for field, said in (("seen_if", claim.seen_if), ("effect", claim.effect)):
        if said and not measured:
            kinds = ", ".join(MEASURED_VERDICTS)
            yield field, f"belongs to a measurement, whose verdict is one of {kinds}"
        if measured and not said:
            yield field, f"is missing; the verdict {claim.verdict!r} needs it"
    if claim.seen_if and (why := _refused(lambda: claim.seen_range)):
        yield "seen_if", why
    if (claim.kind == MEASURED) != measured:
        yield "kind", f"must be {MEASURED!r} where our runs decide, and only there"
    if claim.verdict == ON_OUR_READING and not claim.on_our_reading:
        yield "on_our_reading", f"must be true for the verdict {ON_OUR_READING!r}"
    if claim.on_our_reading and claim.verdict == "differs":
        yield "verdict", f"cannot be 'differs' on our own reading; use {ON_OUR_READING!r}"
    if claim.verdict == ON_OUR_READING and "points" not in claim.reason:
        yield "reason", "must say what the authors' own points give"
    if claim.exact_inputs and claim.verdict != "differs":
        yield "exact_inputs", "explains a verdict 'differs' and nothing else"


def _refused(read: Callable[[], object]) -> str:
    """The message with which something is refused, or nothing."""
    try:
        read()
    except ValueError as error:
        return str(error)
    return ""
