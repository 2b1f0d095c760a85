"""One quantity has one number in the whole book: what pages and the ledger print is compared."""

from __future__ import annotations

import json
import re

import pytest
from about import SITE

import claims

NUMBERS = json.loads((SITE / "numbers.json").read_text("utf-8"))
CHAPTERS = {int(page.split("/")[1][:2]): page for page in NUMBERS if page.startswith("notebooks/")}
CHAPTERS[0], CHAPTERS["questions"] = "book/intro", "book/questions"

# Each quantity, and every place that prints it: (chapter, expression), 0 for the first page; or a
# claim.
SAME = {
    "how far above its floor the best run stops at one PF-day": [
        (0, "best_stop(PF_DAY, 0)"),
        (2, 'best_stop(PF_DAY, ".0f")'),
        (8, 'excess(PF_DAY, "pct0")'),
    ],
    "the same at Gopher's budget": [
        (0, 'best_stop(gopher["C"], 1)'),
        (2, 'best_stop(gopher, ".1f")'),
        (8, 'excess(gopher_C, "pct1")'),
    ],
    "exponent of the refit": [
        (5, "said(resamples())"),
        (7, 'said("a", ".2f")'),
        (8, 'said(sample.interval("a"), ".2f")'),
    ],
    "exponent of the small budgets": [
        (5, 'said(refit_without("large", 5))'),
        (7, 'said("a", ".2f", refit_without("large", 5))'),
    ],
    "exponent of the large budgets": [
        (5, 'said(refit_without("small", 3))'),
        (7, 'said("a", ".2f", refit_without("small", 3))'),
    ],
    "tokens per parameter of the refit": [
        (6, "ours_at(gopher_C)"),
        (7, 'said(ratio, ".0f")'),
        (11, 'in_words(best_ratio, ".0f")'),
    ],
    "tokens per parameter of the unrounded constants": [
        (7, 'fmt(ratio(tex), ".0f")'),
        (11, 'fmt(best_ratio(tex), ".0f")'),
    ],
    "how much too narrow Table 2's interval is": [
        (5, 'fmt(own_width / printed_width, ".0f")'),
        (7, 'fmt(own_width / printed_width, ".0f")'),
    ],
    "tokens per parameter at the smallest budget": [
        (5, 'fmt(ratios.iloc[0], ".0f")'),
        (6, 'fmt(smallest.ratio, ".0f")'),
    ],
    "Chinchilla's lead": [(9, 'in_words(gap, ".3f")'), (10, 'gopher.in_words(gopher.gap, ".3f")')],
    "Kaplan's lead for Gopher": [
        (9, 'fmt(gopher_lead["L(N, D)"], ".3f")'),
        (10, 'fmt(rival - at_gopher, ".3f")'),
    ],
    "size that Chinchilla's loss needs on Gopher's text": [
        (9, 'in_words(parameters_needed, "count2")'),
        (10, 'gopher.in_words(gopher.parameters_needed, "count2")'),
    ],
    "little text: gain if stopped in time": [
        (10, 'fmt(early[0], "pct0")'),
        (12, 'said(in_time, "pct0")'),
    ],
    "little text: gain of fresh text": [
        (10, 'fmt(fresh[0], "pct0")'),
        (12, 'said(fresh, "pct0")'),
    ],
    "little text: harm if not stopped": [
        (10, 'fmt(harm[0], "pct0")'),
        (12, 'said(to_the_end, "pct0")'),
    ],
    "little text: how much": [(10, "kB(little.D[0])"), (12, 'fmt(text.D[0] / 1000, ".0f")')],
    "best stop by Kaplan's law": [
        (2, 'fmt(training.excess, "pct0")'),
        "kaplan-b5-excess",
    ],
    "text for ten times the compute": [
        (0, 'fmt(10**ours.b, ".1f", interval(10**many.b))'),
        (3, 'fmt(ten.estimate, ".1f", (ten.low, ten.high))'),
    ],
    "lowest of the nine measured ratios": [
        (0, 'fmt(nine["ratio"].min(), ".0f")'),
        (6, 'fmt(nine.ratio.min(), ".0f")'),
    ],
    "highest of the nine measured ratios": [
        (0, 'fmt(nine["ratio"].max(), ".0f")'),
        (6, 'fmt(nine.ratio.max(), ".0f")'),
    ],
    "mean of the nine measured ratios": [
        (0, 'fmt(mean_ratio(nine), ".0f")'),
        (6, 'fmt(mean_ratio(nine), ".0f")'),
    ],
    "what an infinite model would gain on Gopher's text": [
        (0, 'fmt(left_to_gain(ours), ".3f", interval(left_to_gain(many)))'),
        (10, 'gopher.in_words(gopher.part("N", GOPHER[0]), ".3f")'),
    ],
    "how much text endless parameters are worth": [
        (10, 'gopher.in_words(worth_of_size, ".0f")'),
        ("questions", 'gopher.in_words(worth_of_size, ".0f")'),
    ],
    "size below which no text is enough": [
        (11, 'in_words(size_wall, "pct0")'),
        ("questions", 'gopher.in_words(size_wall, "pct0")'),
    ],
    "subjects of MMLU": [(9, "len(mmlu)"), ("questions", "len(mmlu)")],
    "Kaplan's exponent for data": [(3, 'fmt(table6.p_D, ".2f")'), "kaplan-s11-data-exponent"],
}


def _printed(place: tuple[int | str, str] | str) -> str:
    """What a place prints of its quantity."""
    if isinstance(place, str):
        result = claims.run(paper=_paper(place)).result(place)
        return f"{result.shown_value} {result.claim.unit}"
    chapter, name = place
    return NUMBERS[CHAPTERS[chapter]][name]


def _paper(claim_id: str) -> str:
    (paper,) = [key for key in claims.PAPERS if key.startswith(claim_id.partition("-")[0])]
    return paper


def _numbers(text: str) -> list[str]:
    """All numbers of a text; units may stand once or at each end of an interval."""
    return re.findall(r"[−-]?\d[\d.,]*", text.replace("no size at all", ""))


@pytest.mark.parametrize("quantity", SAME)
def test_a_quantity_has_one_number_wherever_it_is_printed(quantity):
    places = SAME[quantity]
    shown = {place: _numbers(_printed(place)) for place in places}
    least = min(len(numbers) for numbers in shown.values())
    assert least > 0, shown
    heads = {tuple(numbers[:least]) for numbers in shown.values()}
    assert len(heads) == 1, shown


def test_every_number_of_the_first_page_is_compared_with_a_chapter():
    compared = {key for places in SAME.values() for key in places if not isinstance(key, str)}
    assert {(0, expression) for expression in NUMBERS[CHAPTERS[0]]} <= compared


def test_the_claims_of_a_chapter_are_those_of_the_ledger(pages):
    """Every claim value in a chapter's text stands in the ledger with the same words."""
    rows = {
        row["id"]: row.select_one(".claim-value").get_text(" ", strip=True)
        for row in pages["book/claims.html"].select("table.claims tbody tr")
    }
    quoted = 0
    for page in [*(f"{page}.html" for page in CHAPTERS.values()), "book/intro.html"]:
        for link in pages[page].select("a.claim-value"):
            claim = link["href"].partition("#")[2]
            numbers = _numbers(link.get_text(" ", strip=True))
            assert numbers == _numbers(rows[claim])[: len(numbers)], (page, claim)
            quoted += 1
    assert quoted > 60
