"""The ledger: every claim, recomputed or measured, and judged (see `claims.verdict`)."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import TypeVar

import pandas as pd

from claims.entries import CHAPTERS, KINDS, VERDICTS, Claim, ClaimError, read_claims
from claims.html import IN_NOTEBOOKS, table
from claims.recompute import Recipe, evaluate
from claims.verdict import Result, judge
from scaling_utils.check import one_of

_T = TypeVar("_T")
FOLDER = Path(__file__).parent


PAPERS = tuple(sorted((p.stem for p in FOLDER.glob("*.toml")), key=lambda key: (key[-4:], key)))
"""Keys of the papers, the oldest first: ``<paper>.toml`` states, ``<paper>.py`` recomputes."""


@dataclass(frozen=True)
class Ledger:
    """Claims with their verdicts, in the order of the papers."""

    results: tuple[Result, ...]

    def __len__(self) -> int:
        """The number of claims."""
        return len(self.results)

    def counts(self, kind: str | None = None) -> dict[str, int]:
        """How many claims there are of each verdict; with `kind`, one of `KINDS`, only of it."""
        if kind is not None:
            one_of("kind of claim", kind, KINDS)
        found = [result.verdict for result in self.results if kind in (None, result.claim.kind)]
        return {verdict: found.count(verdict) for verdict in VERDICTS}

    def result(self, claim_id: str) -> Result:
        """The result of one claim; a ClaimError names the nearest ids if there is none."""
        return _pick({result.id: result for result in self.results}, claim_id)

    def to_frame(self) -> pd.DataFrame:
        """One row per claim: its entry with the computed verdict, and what we computed.

        ``low``, ``high``, ``runs`` and ``interval`` belong to a measured value.
        """
        numbers = ["value", "from_rounded_low", "from_rounded_high", "low", "high"]
        columns = [*(field.name for field in fields(Claim)), *numbers, "runs", "interval"]
        types = {**dict.fromkeys(numbers, "float64"), "runs": "Int64", "interval": "str"}
        rows = [result.to_row() for result in self.results]
        return pd.DataFrame(rows, columns=columns).astype(types)

    def _repr_html_(self) -> str:
        return IN_NOTEBOOKS + table(self.results)


def judge_all(
    claims: Iterable[Claim], recipes: Mapping[str, Recipe], chapter: int | None = None
) -> tuple[Result, ...]:
    """Judge claims, or those of one chapter; a recipe without a claim is a ClaimError."""
    claims = tuple(claims)
    orphans = sorted(recipes.keys() - {claim.id for claim in claims})
    if orphans:
        raise ClaimError(f"VALUES recomputes claims that no entry states: {', '.join(orphans)}")
    return tuple(
        _judged(claim, recipes.get(claim.id))
        for claim in claims
        if chapter in (None, claim.chapter)
    )


_judged = cache(judge)  # a claim or a recipe that changes is another one


def run(paper: str | None = None, chapter: int | None = None) -> Ledger:
    """Recompute the claims, or measure them in our runs, and judge them.

    `paper`, one of `PAPERS`, and `chapter` select claims; other names are a ValueError, and
    entries or recipes that are at fault a ClaimError.

    >>> ledger = run(paper="kaplan2020", chapter=2)
    >>> ledger.result("kaplan-b12-size-ratio").verdict
    'reproduced'
    """
    if paper is not None:
        one_of("paper", paper, PAPERS)
    if chapter is not None and chapter not in CHAPTERS:
        raise ValueError(f"chapter {chapter!r} is not known; expected 1 to {CHAPTERS[-1]}")
    results: list[Result] = []
    for key in PAPERS if paper is None else (paper,):
        results += judge_all(_claims(key), _recipes(key), chapter)
    return Ledger(tuple(results))


@cache
def stated() -> dict[str, Claim]:
    """Every claim by its id, as its entry states it; nothing is computed."""
    return {claim.id: claim for paper in PAPERS for claim in _claims(paper)}


def value(claim_id: str) -> float:
    """The recomputed or measured value of one claim, in the claim's unit.

    >>> round(value("kaplan-b12-size-ratio"), 3)
    2.701
    """
    claim = _pick(stated(), claim_id)
    recipe = _recipes(claim.paper).get(claim.id)
    if recipe is None:
        raise ClaimError(
            f"{claim.id} cannot be computed, for what it needs was never published: {claim.reason}"
        )
    return evaluate(claim.id, recipe)[0]


def printed(claim_id: str) -> str:
    """The digits that the paper prints for one claim.

    >>> printed("kaplan-b12-size-ratio")
    '2.7'
    """
    return _pick(stated(), claim_id).printed


@cache
def _claims(paper: str) -> tuple[Claim, ...]:
    return read_claims(FOLDER / f"{paper}.toml")


def _recipes(paper: str) -> Mapping[str, Recipe]:
    values: Mapping[str, Recipe] = importlib.import_module(f"claims.{paper}").VALUES
    return values


def _pick(known: Mapping[str, _T], claim_id: str) -> _T:
    """Look an id up, or name those nearest to it."""
    if claim_id in known:
        return known[claim_id]
    near = difflib.get_close_matches(str(claim_id), known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "see claims.run().to_frame()"
    raise ClaimError(f"no claim {claim_id!r}; {hint}")
