"""Every claim of the ledger is a test; the ledger's own behaviour comes after."""

import csv
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

import claims
from claims.fill_ours import filled
from scaling_utils.constants import PrintedNumber


@pytest.mark.parametrize("claim_id", claims.stated())
def test_each_claim_has_the_verdict_and_the_value_that_its_entry_expects(judged, claim_id):
    result = judged(claims.stated()[claim_id].paper).result(claim_id)
    assert result.verdict == result.claim.verdict, (
        f"{result.claim.place} prints {result.shown_printed}, recomputed {result.value!r} "
        f"(with rounding {result.from_rounded})"
    )
    assert not result.drifted, (
        f"ours is {result.ours}, the entry states {result.claim.ours}; if that is right, "
        f"python -m claims.fill_ours --write {result.claim.paper}"
    )
    assert bool(result.claim.ours) == (result.value is not None)
    assert (result.value is None) == (result.verdict == "never published")
    assert (result.shown_value == "–") == (result.value is None)


def test_nothing_differs_without_the_test_of_rounding(ledger):
    for result in ledger.results:
        if result.verdict in ("differs", "on our reading"):
            tested = result.from_rounded is not None or result.claim.exact_inputs
            assert tested or result.claim.on_our_reading, result.id


def test_printed_number_unit_and_place_are_those_of_the_second_list():
    """A digit, a unit or a place that is changed in an entry alone is a misprint of ours."""
    with (Path(__file__).parent / "ledger_printed.csv").open(encoding="utf-8", newline="") as file:
        listed = {row["id"]: row for row in csv.DictReader(file)}
    stated = claims.stated()
    assert listed.keys() == stated.keys(), listed.keys() ^ stated.keys()
    wrong = [
        f"{name}: {field} is {getattr(stated[name], field)!r} and in the second list {typed!r}"
        for name, row in listed.items()
        for field, typed in row.items()
        if getattr(stated[name], field) != typed
    ]
    assert not wrong, "\n".join(wrong)


def test_a_value_that_drifts_is_noticed(ledger):
    result = ledger.result("kaplan-b12-size-ratio")
    assert not result.drifted
    assert replace(result, value=2.7006).drifted is False  # 2.701 at its digits
    assert replace(result, value=2.7004).drifted
    assert replace(result, value=None).drifted
    measured = next(r for r in ledger.results if r.measured is not None)
    width = measured.measured.high - measured.measured.low
    moved = replace(measured.measured, high=measured.measured.high + width)
    assert replace(measured, measured=moved).drifted


def test_the_ledger_is_complete(ledger):
    assert len(ledger) >= 130
    assert len({result.id for result in ledger.results}) == len(ledger)
    counts = ledger.counts()
    assert tuple(counts) == claims.VERDICTS
    assert sum(counts.values()) == len(ledger)
    by_kind = [ledger.counts(kind) for kind in claims.KINDS]
    assert all(sum(kind[verdict] for kind in by_kind) == counts[verdict] for verdict in counts)


def test_a_misprint_of_two_units_changes_the_verdict_of_every_reproduced_number(ledger):
    reproduced = [r for r in ledger.results if r.verdict == "reproduced"]
    by_digits = [r for r in reproduced if r.claim.compare == "digits" and not r.claim.holds_if]
    assert len(by_digits) >= 40
    for result in by_digits:
        number = PrintedNumber.parse(result.claim.printed)
        for wrong in (number.value + 2 * number.unit, number.value - 2 * number.unit):
            misprint = replace(result.claim, printed=f"{wrong:e}", exact_inputs="-")
            judged = claims.judge(misprint, lambda value=result.value: value)
            assert judged.verdict in ("differs", "on our reading"), (result.id, misprint.printed)


def test_a_reason_that_speaks_of_rounding_has_the_rounded_number(ledger):
    for result in ledger.results:
        if result.verdict == "rounding":
            assert result.shown_from_rounded, result.id


def test_run_selects_paper_and_chapter(ledger):
    by_chapter = [claims.run(chapter=chapter) for chapter in claims.CHAPTERS]
    assert sum(len(each) for each in by_chapter) == len(ledger)
    by_paper = [claims.run(paper=paper) for paper in claims.PAPERS]
    assert [r for each in by_paper for r in each.results] == list(ledger.results)
    both = claims.run(paper="kaplan2020", chapter=2)
    assert {r.claim.chapter for r in both.results} == {2}
    assert {r.claim.paper for r in both.results} == {"kaplan2020"}


def test_single_numbers(ledger):
    assert claims.value("kaplan-b12-size-ratio") == pytest.approx(2.701, abs=1e-3)
    assert claims.printed("kaplan-b12-size-ratio") == "2.7"
    assert ledger.result("kaplan-b12-size-ratio").value == claims.value("kaplan-b12-size-ratio")


def test_kaplan_allocation_says_what_superseded_it(ledger):
    for claim_id in ("kaplan-s12-size-exponent", "kaplan-s11-data-exponent"):
        assert ledger.result(claim_id).claim.superseded.startswith("Hoffmann et al. 2022:")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: claims.value("kaplan-b12-size"), "did you mean kaplan-b12-size-ratio"),
        (lambda: claims.printed("kaplan-b13-step-ratio"), "did you mean kaplan-b13-steps-ratio"),
        (lambda: claims.Ledger(()).result("qqq"), r"no claim 'qqq'; see claims.run\(\)"),
        (lambda: claims.value("kaplan-s42-seed-noise"), "never published: The repeated runs"),
        (lambda: claims.run(paper="kaplan"), "expected one of .*hoffmann2022, kaplan2020"),
        (
            lambda: claims.Ledger(()).counts("results"),
            "expected one of arithmetic, measured, result",
        ),
        (lambda: claims.run(chapter=13), "chapter 13 is not known; expected 1 to 12"),
    ],
)
def test_unknown_names_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_frame_has_a_row_for_each_claim(ledger):
    frame = ledger.to_frame().set_index("id")
    assert len(frame) == len(ledger)
    counts = {verdict: n for verdict, n in ledger.counts().items() if n}
    assert frame["verdict"].value_counts().to_dict() == counts
    ratio = frame.loc["kaplan-b14-compute-ratio"]
    assert ratio["from_rounded_low"] == ratio["from_rounded_high"] == pytest.approx(0.351)
    assert frame["value"].isna().sum() == ledger.counts()["never published"]
    assert claims.Ledger(()).to_frame().empty


class Table(HTMLParser):
    """Rows of a table by id, with their attributes and the text of each cell."""

    def __init__(self, html):
        super().__init__()
        self.rows, self.tags, self.attributes, self.open = {}, [], set(), []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.open.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "tr" and attrs:
            self.row = {"attributes": dict(attrs), "cells": []}
            self.rows[dict(attrs)["id"]] = self.row
        elif tag in ("td", "th") and self.rows:
            self.row["cells"].append([dict(attrs).get("class"), ""])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.rows and self.row["cells"]:
            self.row["cells"][-1][1] += data.rstrip("\n")


def test_html_is_a_semantic_table(ledger):
    html = ledger._repr_html_()
    table = Table(html)
    assert not table.open
    assert table.attributes == {
        "class",
        "scope",
        "id",
        "href",
        "data-verdict",
        "data-paper",
        "data-chapter",
        "data-kind",
        "data-superseded",
    }
    tags = {"style", "table", "thead", "tbody", "tr", "th", "td", "span", "small", "a", "code"}
    assert set(table.tags) == tags
    assert len(table.rows) == len(ledger)
    row = table.rows["claim-kaplan-s31-wide-shape"]
    assert row["attributes"]["data-verdict"] == "never-published"
    assert row["attributes"]["data-chapter"] == "4"
    assert row["cells"][-1] == ["verdict verdict-never-published", "never published"]
    ratio = table.rows["claim-kaplan-b14-compute-ratio"]["cells"]
    assert [text for _, text in ratio[1:3]] == [
        "Kaplan et al. 2020, Eq. B.14 kaplan-b14-compute-ratio",
        "0.35",
    ]
    assert ratio[3][1] == "0.3589 allowing for rounding: 0.351"
    superseded = table.rows["claim-kaplan-eq67-exponent"]["cells"]
    assert "Superseded: Hoffmann" in superseded[0][1]
    assert superseded[-1][1] == "differs superseded"
    assert 'href="https://arxiv.org/abs/2001.08361v1">Kaplan et al. 2020</a>, Eq. B.14' in html
    assert 'href="#claim-kaplan-b14-compute-ratio"' in html
    size = table.rows["claim-kaplan-s3-smallest-model"]["cells"]
    assert size[0][1] == "The smallest model has 768 parameters without embeddings."
    assert [size[2][1], size[3][1]] == ["768 parameters", "768 parameters"]


def test_our_values_are_filled_in_and_nothing_else_is_touched():
    before = """[paper]
key = "x"

[[claim]]
id = "x-one"
verdict = "differs"
ours = "1"
reason = "A [bracket]."

# ---- Chapter 2

[[claim]]
id = "x-two"
verdict = "reproduced"

[[claim]]
id = "x-three"
verdict = "never published"
ours = "3"
"""
    text, changes = filled(before, {"x-one": "2.5", "x-two": "7", "x-three": ""})
    assert changes == [
        'x-one: ours = "1" -> ours = "2.5"',
        'x-two: nothing -> ours = "7"',
        'x-three: ours = "3" -> nothing',
    ]
    expected = before.replace('ours = "1"', 'ours = "2.5"').replace('ours = "3"\n', "")
    expected = expected.replace('"reproduced"\n', '"reproduced"\nours = "7"\n')
    assert text == expected
    assert filled(text, {"x-one": "2.5", "x-two": "7", "x-three": ""}) == (text, [])
