"""How one claim is cited, as BibTeX and as a sentence, and where its row stays."""

from __future__ import annotations

from companion_cite import KEY, Said, bibtex, edition, in_a_sentence, with_commit

from claims import Result

PAGE = "book/claims.html"


def claim_address(claim_id: str, said: Said) -> str:
    """The permanent address of a claim's row; empty while the book has none."""
    return f"{said['address']}{PAGE}#claim-{claim_id}" if said["address"] else ""


def claim_entry(result: Result, said: Said) -> str:
    """BibTeX of one claim: its sentence, the paper that makes it, and our verdict."""
    claim = result.claim
    where = f"Claim {claim.id} of {said['book']}, version {said['version']}"
    about = f"On {claim.work}, {claim.place}. Verdict: {result.verdict}"
    return bibtex(
        f"{KEY}_claim_{claim.id.replace('-', '_')}",
        claim.sentence.removesuffix("."),
        said,
        howpublished=where,
        url=claim_address(claim.id, said),
        note=with_commit(f"{about}. {said['license']}", said),
    )


def claim_sentence(result: Result, said: Said) -> str:
    """One claim in a list of references that is written by hand."""
    claim = result.claim
    text = claim.sentence.removesuffix(".")
    what = f"\N{LEFT DOUBLE QUOTATION MARK}{text}\N{RIGHT DOUBLE QUOTATION MARK}"
    on = f"on {claim.work}, {claim.place}: {result.verdict}"
    where = f"claim {claim.id} in {edition(said)}"
    return in_a_sentence(said, f"{what} ({on})", where, claim_address(claim.id, said))
