"""The ledger as an HTML table: semantic, without inline style or script.

A page can link to a row (``#claim-<id>``), and a script can filter rows by their data
attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # that module imports this one
    from scaling_utils.claims.verdict import Result

_HEADINGS = ("Claim", "Place", "Printed", "Recomputed or measured", "Verdict")


def table(results: Iterable[Result]) -> str:
    """Write one row per result.

    Parameters
    ----------
    results : iterable of Result

    Returns
    -------
    str
        A ``<table class="claims">``.
    """
    head = "".join(f'<th scope="col">{heading}</th>' for heading in _HEADINGS)
    rows = "\n".join(_row(result) for result in results)
    return (
        f'<table class="claims">\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody>\n</table>"
    )


def _row(result: Result) -> str:
    claim = result.claim
    name = result.verdict.replace(" ", "-")
    said = f'<span class="claim-text">{escape(claim.claim)}</span>'
    if result.measured is not None:
        effect = _unbroken(escape(result.shown_measurement))
        said += f' <small class="claim-effect">Measured: {effect}.</small>'
    if claim.reason:
        said += f' <small class="claim-reason">{escape(claim.reason)}</small>'
    if claim.superseded:
        said += f' <small class="claim-superseded">Superseded: {escape(claim.superseded)}</small>'
    # A recomputed value has the unit that is printed beside it; an effect may have another.
    unit = f" {claim.unit}" if result.measured is not None and claim.unit else ""
    ours = _unbroken(escape(result.shown_value + unit))
    if result.shown_from_rounded:
        ours += (
            ' <small class="claim-rounded">allowing for rounding: '
            f"{escape(result.shown_from_rounded)}</small>"
        )
    attributes = {
        "id": f"claim-{claim.id}",
        "class": "claim",
        "data-verdict": name,
        "data-paper": claim.paper,
        "data-chapter": str(claim.chapter),
        "data-superseded": "yes" if claim.superseded else "no",
    }
    opening = " ".join(f'{key}="{escape(value)}"' for key, value in attributes.items())
    return (
        f"<tr {opening}>"
        f'<th scope="row" class="claim-said">{said}</th>'
        f'<td class="claim-place">{escape(claim.place)}</td>'
        f'<td class="claim-printed">{escape(result.shown_printed)}</td>'
        f'<td class="claim-value{" measured" if result.measured else ""}">{ours}</td>'
        f'<td class="verdict verdict-{name}">{escape(result.verdict)}</td>'
        "</tr>"
    )


def _unbroken(text: str) -> str:
    """Keep a number on the line of its sign."""
    return re.sub(r"(?<=[≤≥]) | (?=%)", "\N{NO-BREAK SPACE}", text)
