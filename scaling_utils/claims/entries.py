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

from scaling_utils.claims.comparison import COMPARISONS, WORDS, PrintedNumberError, parse_printed
from scaling_utils.claims.effect import MEASURED_VERDICTS, SEEN, SeenRange

RECOMPUTED_VERDICTS = ("reproduced", "rounding", "differs", "never published")
"""Reproduced at the printed digits; explained by the paper's own rounded inputs; neither;
something is missing that a recomputation would need."""

VERDICTS = RECOMPUTED_VERDICTS + MEASURED_VERDICTS
"""Those of a recomputation, and those of a measurement; no claim can have both kinds."""

CHAPTERS = range(1, 13)
"""The numbered chapters of the book."""

_REQUIRED = ("id", "place", "claim", "printed", "chapter", "verdict")
_OPTIONAL = {
    "compare": "digits",
    "unit": "",
    "reason": "",
    "superseded": "",
    "effect": "",
    "seen_if": "",
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
        One plain sentence.
    printed, compare, unit : str
        The printed digits, how they are compared (see `scaling_utils.claims.agrees`), and
        the unit in which they and our value are given; after words, of our value alone.
    chapter : int
        The chapter that discusses the claim.
    verdict : str
        The verdict that is expected; the ledger computes its own.
    reason : str
        What explains a verdict other than reproduced; what limits the evidence, if our runs
        did not see the claim or leave it undecided.
    superseded : str
        By what, if later work superseded the claim.
    effect, seen_if : str
        For a claim that our own runs test: what the measured effect is, in one phrase, and
        which sizes of it would count as seeing the claim: ``low..high``, ``at least low`` or
        ``at most high``, in the claim's unit, chosen from the paper's words alone.
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
    effect: str
    seen_if: str

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
    if not isinstance(paper, dict) or {"key", "prefix", "title"} - paper.keys():
        raise ClaimError(f"{path.name}: needs a table [paper] with key, prefix and title")
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
    for field in _REQUIRED:
        if field not in entry:
            raise refuse(field, "is missing")
    fields = {**_OPTIONAL, **entry}
    for field, value in fields.items():
        if field == "chapter":
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
    if fields["verdict"] not in VERDICTS:
        raise refuse("verdict", f"is {fields['verdict']!r}; expected one of {', '.join(VERDICTS)}")
    if fields["verdict"] not in ("reproduced", SEEN) and not fields["reason"]:
        raise refuse("reason", f"is missing; the verdict {fields['verdict']!r} needs one")
    if fields["compare"] not in COMPARISONS:
        raise refuse(
            "compare", f"is {fields['compare']!r}; expected one of {', '.join(COMPARISONS)}"
        )
    wrong = _wrong_number(fields) or _wrong_measurement(fields)
    if wrong:
        raise refuse(*wrong)
    return Claim(paper=paper["key"], **fields)


def _wrong_number(fields: dict[str, Any]) -> tuple[str, str] | None:
    """Name the field that is wrong about what is printed, and why."""
    if fields["compare"] == WORDS:
        if fields["verdict"] in ("never published", *MEASURED_VERDICTS):
            return None
        return "verdict", "must be 'never published' or a measurement's where words are printed"
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
    try:
        SeenRange.parse(fields["seen_if"])
    except PrintedNumberError as error:
        return "seen_if", str(error)
    return None
