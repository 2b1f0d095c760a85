"""The ledger: every claim, recomputed or measured, and judged.

How a verdict comes about is said in `scaling_utils.claims.verdict`.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import pandas as pd

from scaling_utils._validate import one_of
from scaling_utils.claims._html import table
from scaling_utils.claims.effect import Measured
from scaling_utils.claims.entries import CHAPTERS, KINDS, VERDICTS, Claim, ClaimError, read_claims
from scaling_utils.claims.recompute import Recomputation, Recomputed, functions_of
from scaling_utils.claims.verdict import Result, judge
from scaling_utils.datasets import data_path

_T = TypeVar("_T")


def _papers() -> tuple[str, ...]:
    """The keys of all files of claims, oldest paper first: a key ends with the year."""
    keys = (path.stem for path in data_path("claims").glob("*.toml"))
    return tuple(sorted(keys, key=lambda key: (key[-4:], key)))


PAPERS = _papers()
"""Papers whose claims are kept: ``data/claims/<paper>.toml`` and a module here each."""


@dataclass(frozen=True)
class Ledger:
    """Claims with their verdicts, in the order of the papers.

    Attributes
    ----------
    results : tuple of Result
    """

    results: tuple[Result, ...]

    def __len__(self) -> int:
        """The number of claims."""
        return len(self.results)

    def counts(self, kind: str | None = None) -> dict[str, int]:
        """How many claims there are of each verdict, in the order of `VERDICTS`.

        Parameters
        ----------
        kind : str, optional
            Count only the claims of this kind: one of `KINDS`.

        Raises
        ------
        ValueError
            If the kind is not known.
        """
        if kind is not None:
            one_of("kind of claim", kind, KINDS)
        found = [result.verdict for result in self.results if kind in (None, result.claim.kind)]
        return {verdict: found.count(verdict) for verdict in VERDICTS}

    def result(self, claim_id: str) -> Result:
        """The result of one claim.

        Raises
        ------
        ClaimError
            If there is no such claim here; the message names the nearest ids.
        """
        return _pick({result.id: result for result in self.results}, claim_id)

    def to_frame(self) -> pd.DataFrame:
        """One row per claim: its entry with the computed verdict, and what we computed.

        ``low``, ``high``, ``runs`` and ``interval`` belong to a measured value.
        """
        numbers = ["value", "from_rounded_low", "from_rounded_high", "low", "high"]
        rows = []
        for result in self.results:
            row = result.to_dict()
            low, high = row.pop("from_rounded") or (None, None)
            measured = row.pop("measured") or {}
            rows.append({**row, "from_rounded_low": low, "from_rounded_high": high, **measured})
        columns = [*Claim.__dataclass_fields__, *numbers, "runs", "interval"]
        types = {**dict.fromkeys(numbers, "float64"), "runs": "Int64", "interval": "str"}
        return pd.DataFrame(rows, columns=columns).astype(types)

    def to_dict(self) -> dict[str, Any]:
        """The ledger as plain dictionaries and lists."""
        return {
            "counts": self.counts(),
            "results": [result.to_dict() for result in self.results],
        }

    def _repr_html_(self) -> str:
        return table(self.results)


def judge_all(
    claims: Iterable[Claim],
    functions: Mapping[str, Callable[[], Recomputed | Measured]],
    chapter: int | None = None,
) -> tuple[Result, ...]:
    """Recompute, or measure, and judge claims; with `chapter`, only those that it discusses.

    Raises
    ------
    ClaimError
        If a function recomputes a claim that is not among these.
    """
    claims = tuple(claims)
    orphans = sorted(functions.keys() - {claim.id for claim in claims})
    if orphans:
        raise ClaimError(f"functions recompute claims that no entry states: {', '.join(orphans)}")
    return tuple(
        _judged(claim, functions.get(claim.id))
        for claim in claims
        if chapter is None or claim.chapter == chapter
    )


@cache  # a claim or a function that changes is another one
def _judged(claim: Claim, function: Callable[[], Recomputed | Measured] | None) -> Result:
    if function is None:
        return judge(claim, None)
    tried = function.allowing_for_rounding if isinstance(function, Recomputation) else None
    return judge(claim, function(), tried)


def run(paper: str | None = None, chapter: int | None = None) -> Ledger:
    """Recompute the claims, or measure them in our runs, and judge them.

    Parameters
    ----------
    paper : str, optional
        Only the claims of this paper: one of `PAPERS`.
    chapter : int, optional
        Only the claims that this chapter discusses.

    Returns
    -------
    Ledger

    Raises
    ------
    ValueError
        If the paper or the chapter is not known.
    ClaimError
        If the entries or the functions are at fault.

    Examples
    --------
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
        results += judge_all(_claims(key), _functions(key), chapter)
    return Ledger(tuple(results))


def value(claim_id: str) -> float:
    """The recomputed or measured value of one claim, in the claim's unit.

    Raises
    ------
    ClaimError
        If there is no such claim, or what it needs was never published.

    Examples
    --------
    >>> round(value("kaplan-b12-size-ratio"), 3)
    2.701
    """
    claim = _find(claim_id)
    functions = _functions(claim.paper)
    if claim.id not in functions:
        raise ClaimError(
            f"{claim.id} cannot be computed, for what it needs was never published: {claim.reason}"
        )
    return functions[claim.id]().value


def printed(claim_id: str) -> str:
    """The digits that the paper prints for one claim.

    Raises
    ------
    ClaimError
        If there is no such claim.

    Examples
    --------
    >>> printed("kaplan-b12-size-ratio")
    '2.7'
    """
    return _find(claim_id).printed


def _claims(paper: str) -> tuple[Claim, ...]:
    return read_claims(data_path("claims", f"{paper}.toml"))


def _functions(paper: str) -> dict[str, Recomputation]:
    return functions_of(importlib.import_module(f"scaling_utils.claims.{paper}"))


def _find(claim_id: str) -> Claim:
    return _pick({claim.id: claim for paper in PAPERS for claim in _claims(paper)}, claim_id)


def _pick(known: Mapping[str, _T], claim_id: str) -> _T:
    """Look an id up, or name those nearest to it."""
    if claim_id in known:
        return known[claim_id]
    near = difflib.get_close_matches(str(claim_id), known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "see claims.run().to_frame()"
    raise ClaimError(f"no claim {claim_id!r}; {hint}")
