"""What a row of the ledger leads to, and the ledger's files."""

from __future__ import annotations

import csv
import io
import json
import re

import about
import companion_ledger
import pandas as pd
import pytest
from about import ROOT, SITE
from claim_citing import claim_address, claim_entry, claim_sentence
from claim_code import recipes
from claim_places import section_address
from companion_cite import provenance
from companion_ledger import filters, inside_fold
from pybtex.database import parse_file, parse_string

import claims

LEDGER = claims.run()
TRACED = "kaplan-b5-excess"


def test_a_row_links_its_paper_its_section_and_its_chapter(pages):
    rows = pages["book/claims.html"].select("tr.claim")
    sections = 0
    for row, result in zip(rows, LEDGER.results, strict=True):
        claim = result.claim
        links = [link["href"] for link in row.select(".claim-place a")]
        assert links[0] == claim.url
        assert links[-1] == f"#claim-{claim.id}"
        chapter = links[-2].removeprefix("../")
        assert chapter.startswith(f"notebooks/{claim.chapter:02}_")
        assert (SITE / chapter).exists()
        section = section_address(claim.paper, claim.url, claim.place)
        assert ([section] if section else []) == links[1:-2]
        sections += bool(section)
    assert sections > len(rows) / 2


@pytest.mark.parametrize(
    ("place", "anchor"),
    [
        ("Sec. 3.2.1", "S3.SS2.SSS1"),
        ("Secs. 1.2 and 3", "S1.SS2"),
        ("Eq. B.5 and App. B.2", "A2.SS2"),
        ("Eq. 6.5", "S6"),
        ("Fig. 20, against Fig. 4", "A4"),
        ("Table 6", "A1"),
        ("Abstract", None),
        ("Released notebook, from Sec. 3", None),
    ],
)
def test_a_place_is_a_section_of_arxivs_page(place, anchor):
    found = section_address("kaplan2020", "https://arxiv.org/abs/2001.08361v1", place)
    assert found == (f"https://arxiv.org/html/2001.08361v1#{anchor}" if anchor else "")


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return pd.read_csv(SITE / "claims.csv", keep_default_na=False).set_index("id")


def test_the_files_hold_every_claim_as_it_is_judged(table):
    whole = json.loads((SITE / "claims.json").read_text("utf-8"))
    assert list(whole["columns"]) == ["id", *table.columns]
    assert list(table.index) == [each["id"] for each in whole["claims"]]
    for each, result in zip(whole["claims"], LEDGER.results, strict=True):
        claim, row = result.claim, table.loc[result.id]
        assert each["id"] == claim.id
        assert each["sentence"] == row["sentence"] == claim.sentence
        assert each["verdict"] == row["verdict"] == result.verdict
        for name in ("paper", "place", "unit", "reason", "url", "kind", "chapter"):
            assert each[name] == row[name] == getattr(claim, name)
        assert each["printed"] == str(row["printed"]).removeprefix("'") == claim.printed
        if result.value is None:
            assert each["value"] is None
            assert row["value"] == ""
        else:
            assert each["value"] == pytest.approx(result.value, rel=1e-7)
            assert float(row["value"]) == each["value"]


def test_no_cell_of_the_table_is_a_formula_to_a_spreadsheet():
    for row in csv.reader(io.StringIO((SITE / "claims.csv").read_text("utf-8"))):
        for cell in row:
            assert not re.match(r"[=+@\t\r]|-(?!\d+\.?\d*(e-?\d+)?$)", cell), cell


def test_the_bibliography_of_the_claims_parses_and_names_each(pages):
    entries = parse_file(SITE / "claims.bib", "bibtex").entries
    assert list(entries) == [
        f"scaling_laws_reexecuted_claim_{name.replace('-', '_')}" for name in claims.stated()
    ]
    for entry, result in zip(entries.values(), LEDGER.results, strict=True):
        assert result.verdict in entry.fields["note"]
        assert f"Claim {result.id} of" in entry.fields["howpublished"]
        assert entry.fields["title"].isascii(), "older LaTeX knows no other letters"


def test_with_an_address_claims_and_code_are_linked_there():
    said = {**about.provenance(), "address": "https://book.example/", "commit": "c0ffee"}
    row = "https://book.example/book/claims.html#claim-kaplan-b5-excess"
    result = LEDGER.result(TRACED)
    assert claim_address(TRACED, said) == row
    entry = parse_string(claim_entry(result, said), "bibtex")
    assert next(iter(entry.entries.values())).fields["url"] == row
    assert row in claim_sentence(result, said)
    assert 'data-page="https://book.example/book/claims.html"' in filters(LEDGER, said["address"])
    code = recipes()[TRACED]
    address = code.address("https://code.example/", "c0ffee")
    assert address == f"https://code.example/blob/c0ffee/{code.file}#L{code.first}-L{code.last}"
    assert code.address("", "c0ffee") == code.address("https://code.example/", "") == ""


def test_the_code_of_a_claim_is_what_its_file_says():
    assert set(recipes()) == {
        name for name, claim in claims.stated().items() if claim.verdict != "never published"
    }
    for code in recipes().values():
        lines = (ROOT / code.file).read_text("utf-8").splitlines()[code.first - 1 : code.last]
        said = "\n".join(line.strip() for line in lines)
        assert all(line.strip() in said for line in code.text.splitlines())


def test_a_claim_can_be_disputed_where_the_sources_have_an_address(monkeypatch):
    monkeypatch.setattr(companion_ledger, "repository", lambda: "https://github.com/someone/book/")
    (result,) = (each for each in LEDGER.results if each.id == TRACED)
    form = "issues/new?template=dispute-a-claim.yml&amp;claim=kaplan-b5-excess"
    assert f'{form}">dispute it</a>' in inside_fold(result, provenance())
    monkeypatch.setattr(companion_ledger, "repository", lambda: "")
    assert "dispute" not in inside_fold(result, provenance())
