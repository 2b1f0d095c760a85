"""What each claim says, sealed: its sentence, rule and chapter were read beside the paper.

The number, its unit and its place are typed twice (ledger_printed.csv). A sentence is not; who
changes one reads it beside the paper again, and renews its seal:

    python tests/claims/sentences.py ID ...
"""

from __future__ import annotations

import csv
import hashlib
import sys
from pathlib import Path

import claims

SEALS = Path(__file__).with_name("ledger_sentences.csv")

SEALED = (
    *("claim", "kind", "compare", "superseded", "on_our_reading"),
    *("holds_if", "seen_if", "effect"),
)
"""The sentence, how its number is compared, and what was chosen before anybody looked at runs."""


def seal(claim: claims.Claim) -> dict[str, str]:
    """The paper, the chapter and the checksum of what one claim says."""
    said = "|".join(str(getattr(claim, field)) for field in SEALED)
    digest = hashlib.sha256(said.encode()).hexdigest()
    return {
        "id": claim.id,
        "paper": claim.paper,
        "chapter": str(claim.chapter),
        "seal": digest[:12],
    }


def sealed() -> dict[str, dict[str, str]]:
    with SEALS.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def renew(ids: list[str]) -> None:
    """Renew the seals of some claims and leave the others; forget claims that are gone."""
    found, stated = sealed(), claims.stated()
    found |= {name: seal(stated[name]) for name in ids}
    with SEALS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["id", "paper", "chapter", "seal"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(found[name] for name in stated if name in found)


if __name__ == "__main__":
    renew(sys.argv[1:])
