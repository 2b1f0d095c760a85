"""What a paper claims: the entries of the ledger, read from TOML and checked.

A file holds a table ``[paper]`` (key, prefix of its claims, title) and one table
``[[claim]]`` per claim. `read_claims` refuses an entry that is incomplete, misspelt or
says nothing about why a number differs, and names the file, the claim and the field.
A claim that our own runs test also says which effect is measured, and which sizes of it
would count as seeing the claim.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scaling_utils.claims.comparison import (
    COMPARISONS,
    WORDS,
    PrintedNumberError,
    parse_printed,
    show_number,
)
from scaling_utils.claims.effect import MEASURED_VERDICTS, SEEN, SeenRange
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
    "",
    "%",
    "FLOPs",
    "PF-days",
    "billion parameters",
    "billion tokens",
    "budgets",
    "cases",
    "characters per token",
    "epochs",
    "models",
    "nats",
    "nats per token",
    "parameters",
    "parameters per token",
    "percentage points",
    "points",
    "rows",
    "runs",
    "steps",
    "subsets",
    "tasks",
    "terabytes",
    "times",
    "tokens",
    "tokens per parameter",
    "tokens per word",
    "updates",
    "values",
)
"""The units that a claim may have; an empty one belongs to a pure number."""

CHAPTERS = range(1, 13)
"""The numbered chapters of the book."""

PRINTED, NUMBER = "{printed}", "{number}"
"""Where a claim's sentence has the printed number: with its unit, and without."""

_PAPER = ("key", "prefix", "title", "short", "url")
_REQUIRED = ("id", "place", "claim", "printed", "kind", "chapter", "verdict")
_OPTIONAL: dict[str, Any] = {
    "compare": "digits",
    "unit": "",
    "ours": "",
    "reason": "",
    "superseded": "",
    "effect": "",
    "seen_if": "",
    "holds_if": "",
    "exact_inputs": "",
    "on_our_reading": False,
    "printed_from": "",
}
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")


class ClaimError(ValueError):
    """An entry of the ledger, or a call for one, is wrong."""


@dataclass(frozen=True)
class Claim:
    """One claim of a paper, in our words, with the digits that the paper prints.

    Attributes
    ----------
    id : str
        Stable, in kebab case, beginning with the paper's prefix.
    paper : str
        Key of the paper, such as ``kaplan2020``.
    place : str
        Section, equation, table or figure.
    claim : str
        One plain sentence, with ``{printed}`` where the printed number and its unit stand, or
        ``{number}`` for the number alone; see `sentence`.
    printed, compare, unit : str
        The printed digits, how they are compared (see `scaling_utils.claims.agrees`), and
        the unit, one of `UNITS`, in which they and our value are given; after words, of our
        value alone.
    chapter : int
        The chapter that discusses the claim.
    verdict : str
        The verdict that is expected; the ledger computes its own.
    kind : str
        One of `KINDS`.
    ours : str
        The value that is expected, at the digits that a reader sees; of a measurement, with
        its interval: ``0.79 (0.78 to 0.80)``. The ledger computes its own.
    reason : str
        What explains a verdict other than reproduced; what limits the evidence, if our runs
        did not see the claim or leave it undecided.
    superseded : str
        By what, if later work superseded the claim.
    effect, seen_if : str
        For a claim that our own runs test: what the measured effect is, in one phrase, and
        which sizes of it would count as seeing the claim: ``low..high``, ``at least low`` or
        ``at most high``, in the claim's unit, chosen from the paper's words alone.
    holds_if : str
        For words that a recomputation decides, and for a number that is said to match only
        closely: which of our values make the claim true, in the same form.
    exact_inputs : str
        Why rounding cannot explain a difference, if nothing that is read is rounded.
    on_our_reading : bool
        Whether our value rests on our reading of a figure and not on the authors' data. Such
        a claim never differs.
    printed_from : str
        The set and the symbol of the published constant from which `printed` was taken.
    work, url : str
        Authors and year of the paper, and its address.
    """

    id: str
    paper: str
    place: str
    claim: str
    printed: str
    compare: str
    unit: str
    chapter: int
    verdict: str
    reason: str
    superseded: str
    effect: str = ""
    seen_if: str = ""
    kind: str = "result"
    ours: str = ""
    holds_if: str = ""
    exact_inputs: str = ""
    on_our_reading: bool = False
    printed_from: str = ""
    work: str = ""
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

    def to_dict(self) -> dict[str, Any]:
        """The claim as a plain dictionary."""
        return asdict(self)


def read_claims(path: Path) -> tuple[Claim, ...]:
    """Read and check one paper's claims.

    Parameters
    ----------
    path : Path
        A TOML file.

    Returns
    -------
    tuple of Claim
        In the order of the file.

    Raises
    ------
    ClaimError
        If the file cannot be read or an entry is wrong: the message names the file, the
        claim and the field.
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
    entries = document.get("claim")
    if not isinstance(entries, list) or not entries:
        raise ClaimError(f"{path.name}: needs at least one [[claim]]")
    claims: dict[str, Claim] = {}
    for position, entry in enumerate(entries, start=1):
        where = f"{path.name}: claim {entry.get('id') or f'number {position}'!s}"
        claim = _checked(entry, paper, where)
        if claim.id in claims:
            raise ClaimError(f"{where}: field id: appears twice in this file")
        claims[claim.id] = claim
    return tuple(claims.values())


def _checked(entry: dict[str, Any], paper: dict[str, Any], where: str) -> Claim:
    """Turn one TOML table into a claim, or say which of its fields is wrong."""

    def refuse(field: str, why: str) -> ClaimError:
        return ClaimError(f"{where}: field {field}: {why}")

    for field in entry:
        if field not in _REQUIRED and field not in _OPTIONAL:
            known = ", ".join((*_REQUIRED, *_OPTIONAL))
            raise refuse(field, f"is not known; expected some of {known}")
    fields = {**_OPTIONAL, **entry}
    if fields["printed_from"]:
        if "printed" in entry:
            raise refuse("printed", "cannot stand beside printed_from, from which it is taken")
        try:
            fields["printed"] = _printed_from(fields["printed_from"])
        except ValueError as error:
            raise refuse("printed_from", str(error)) from error
    for field in _REQUIRED:
        if field not in fields:
            raise refuse(field, "is missing")
    for field, value in fields.items():
        if field == "on_our_reading":
            if type(value) is not bool:
                raise refuse(field, f"must be true or false, got {value!r}")
        elif field == "chapter":
            if type(value) is not int or value not in CHAPTERS:
                raise refuse(field, f"must be a chapter's number, 1 to 12, got {value!r}")
        elif not isinstance(value, str):
            raise refuse(field, f"must be a string, got {value!r}")
        elif value != value.strip() or (field in _REQUIRED and not value):
            raise refuse(field, f"is empty or has blanks at its ends: {value!r}")
        elif re.search(r"[$\\\n]", value):
            raise refuse(field, f"must be one line of plain text, without LaTeX, got {value!r}")
    if not _ID.fullmatch(fields["id"]) or not fields["id"].startswith(f"{paper['prefix']}-"):
        raise refuse("id", f"must be in kebab case and begin with {paper['prefix']}-")
    if not fields["claim"].endswith("."):
        raise refuse("claim", "must be a sentence that ends with a full stop")
    if fields["compare"] != WORDS and not any(
        part in fields["claim"] for part in (PRINTED, NUMBER)
    ):
        raise refuse("claim", f"must have its number in it: {PRINTED}, or {NUMBER} without unit")
    if fields["unit"] not in UNITS:
        raise refuse("unit", f"is {fields['unit']!r}; expected one of {', '.join(UNITS[1:])}")
    if fields["verdict"] not in VERDICTS:
        raise refuse("verdict", f"is {fields['verdict']!r}; expected one of {', '.join(VERDICTS)}")
    if fields["verdict"] not in ("reproduced", SEEN) and not fields["reason"]:
        raise refuse("reason", f"is missing; the verdict {fields['verdict']!r} needs one")
    if fields["compare"] not in COMPARISONS:
        raise refuse(
            "compare", f"is {fields['compare']!r}; expected one of {', '.join(COMPARISONS)}"
        )
    wrong = _wrong_number(fields) or _wrong_measurement(fields) or _wrong_kind(fields)
    if wrong:
        raise refuse(*wrong)
    return Claim(paper=paper["key"], work=paper["short"], url=paper["url"], **fields)


def _printed_from(name: str) -> str:
    """The printed digits of a published constant: its set, a blank and its symbol."""
    chosen, _, symbol = name.rpartition(" ")
    digits = constant(chosen, symbol).printed
    if not digits:
        raise ValueError(f"the constant {name!r} has no printed digits")
    return digits


def _wrong_kind(fields: dict[str, Any]) -> tuple[str, str] | None:
    """Name the field that is wrong about the kind of claim or of evidence, and why."""
    kind, measured = fields["kind"], fields["verdict"] in MEASURED_VERDICTS
    if kind not in KINDS:
        return "kind", f"is {kind!r}; expected one of {', '.join(KINDS)}"
    if (kind == MEASURED) != measured:
        return "kind", f"must be {MEASURED!r} where our runs decide, and only there"
    if fields["verdict"] == ON_OUR_READING and not fields["on_our_reading"]:
        return "on_our_reading", f"must be true for the verdict {ON_OUR_READING!r}"
    if fields["on_our_reading"] and fields["verdict"] == "differs":
        return "verdict", f"cannot be 'differs' on our own reading; use {ON_OUR_READING!r}"
    if fields["verdict"] == ON_OUR_READING and "points" not in fields["reason"]:
        return "reason", "must say what the authors' own points give"
    if fields["exact_inputs"] and fields["verdict"] != "differs":
        return "exact_inputs", "explains a verdict 'differs' and nothing else"
    return None


def _wrong_number(fields: dict[str, Any]) -> tuple[str, str] | None:
    """Name the field that is wrong about what is printed, and why."""
    if fields["holds_if"]:
        wrong = _wrong_range(fields, "holds_if")
        if wrong or fields["compare"] == WORDS:
            return wrong
    if fields["compare"] == WORDS:
        if fields["verdict"] in (NEVER_PUBLISHED, *MEASURED_VERDICTS):
            return None
        why = "must be 'never published' or a measurement's where words are printed"
        return "verdict", f"{why}, unless holds_if says which of our values make them true"
    try:
        parse_printed(fields["printed"], fields["compare"])
    except PrintedNumberError as error:
        return "printed", str(error)
    return None


def _wrong_measurement(fields: dict[str, Any]) -> tuple[str, str] | None:
    """Name the field that is wrong about what our runs test, and why."""
    if fields["verdict"] not in MEASURED_VERDICTS:
        given = next((field for field in ("seen_if", "effect") if fields[field]), None)
        why = f"belongs to a measurement, whose verdict is one of {', '.join(MEASURED_VERDICTS)}"
        return (given, why) if given else None
    for field in ("seen_if", "effect"):
        if not fields[field]:
            return field, f"is missing; the verdict {fields['verdict']!r} needs it"
    return _wrong_range(fields, "seen_if")


def _wrong_range(fields: dict[str, Any], field: str) -> tuple[str, str] | None:
    try:
        SeenRange.parse(fields[field])
    except PrintedNumberError as error:
        return field, str(error)
    return None
