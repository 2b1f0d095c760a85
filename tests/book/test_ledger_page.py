"""The page of claims as a reader uses it, a claim's card in a chapter, and the ledger's files."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator

import about
import chromium
import companion_ledger
import pandas as pd
import pytest
from about import ROOT, SITE
from built import until
from claim_citing import claim_address, claim_entry, claim_sentence
from claim_code import recipes
from claim_places import section_address
from companion_cite import provenance
from companion_ledger import filters, inside_fold
from playwright.sync_api import Browser, Page
from pybtex.database import parse_file, parse_string

import claims

PAGE = (SITE / "book" / "claims.html").as_uri()
SENT = f"{about.address()}book/claims.html" if about.address() else PAGE
"""What a copied link starts with."""
LEDGER = claims.run()
INTRO = "book/intro.html"
TRACED = "kaplan-b5-excess"

SEARCHES = {
    "20:1": "besiroglu-s33-ratio",
    "20 tokens/param": "gadre-large-run-ratio",
    "twenty to one": "besiroglu-s33-ratio",
    "twenty tokens per parameter": "besiroglu-s33-ratio",
    "twenty tokens for each parameter": "besiroglu-s33-ratio",
    "D/N = 20": "gadre-large-run-ratio",
    "C^0.27": "kaplan-s11-data-exponent",
    "D ~ C": "hoffmann-table2-data-exponent-1",
    "D ∼ C^0.27": "kaplan-s11-data-exponent",
    "N_opt ∝ C^{0.73}": "kaplan-table6-size-exponent-measured",
    "0.27": "kaplan-eq67-exponent",
    "KAPLAN-B5-EXCESS": TRACED,
    "b5-exc": TRACED,
    "3.1 x 10^8 PF-days": "kaplan-table5-compute-scale",
    "3.8e25": "llama-s32-flagship-compute",
    "5.76×10²³": "hoffmann-s4-chinchilla-compute",
    "α 0.34": "hoffmann-eq10-refit-alpha",
    "-0.155": "pearce-frontier-hoffmann",
    "−0.10": "minicpm-s45-exponent",
    "2.7×": "kaplan-b12-size-ratio",
    "1.4 billion": "gadre-over-training",
    "4,000 resamples": "besiroglu-table1-se-alpha",
    "tokens per parameter 192": "minicpm-s45-ratio",
    "Bésiroglu 600,000 runs": "besiroglu-s32-runs-needed",
}
"""What a reader types, and a claim that it must find."""


@pytest.fixture(scope="module")
def trouble() -> list[str]:
    return []


@pytest.fixture(scope="module")
def page(browser: Browser, trouble: list[str]) -> Iterator[Page]:
    """One window for the whole file."""
    page = chromium.window(browser)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda said: said.type == "error" and trouble.append(said.text))
    page.add_init_script("navigator.clipboard.writeText = async (text) => { window.held = text }")
    yield page
    page.close()


def shown(page: Page) -> list[str]:
    """The claims that are not filtered away."""
    found: list[str] = page.eval_on_selector_all(
        "tr.claim:not([hidden])", "rows => rows.map(row => row.id.replace('claim-', ''))"
    )
    return found


def below_bar(page: Page, claim: str) -> bool:
    """Whether the head of a row is seen: in the window and not behind the bar."""
    seen: bool = page.evaluate(
        """id => {
          const row = document.getElementById(id).getBoundingClientRect();
          const bar = document.querySelector('.claims-filter').getBoundingClientRect();
          return row.height > 0 && row.top >= bar.bottom - 1 && row.top + 20 < innerHeight;
        }""",
        f"claim-{claim}",
    )
    return seen


@pytest.mark.browser
def test_each_notation_finds_its_claim_and_not_all_of_them(page):
    assert set(SEARCHES.values()) <= claims.stated().keys()
    page.goto(PAGE)
    box = page.locator(".claims-filter input")
    missed = {}
    for query, claim in SEARCHES.items():
        box.fill(query)
        found = shown(page)
        if claim not in found or len(found) > 60:
            missed[query] = len(found)
    assert not missed, "too many, or not the claim"
    for nonsense in ("no such words", "1e23.5", "777:1"):
        box.fill(nonsense)
        assert shown(page) == [], nonsense
        assert "try fewer words" in page.inner_text(".claims-count")
    box.fill("1e19")
    assert "kaplan-s13-pf-day" not in shown(page), "8.64e19 is another number"
    box.fill("")
    assert len(shown(page)) == len(LEDGER)


@pytest.mark.browser
def test_filters_narrow_the_table_and_say_how_many_are_left(page):
    page.goto(PAGE)
    page.click("[data-verdict=differs]")
    differing = [result.id for result in LEDGER.results if result.verdict == "differs"]
    assert shown(page) == differing
    page.select_option("[data-filter=paper]", "kaplan2020")
    left = [name for name in differing if claims.stated()[name].paper == "kaplan2020"]
    assert shown(page) == left
    assert page.inner_text(".claims-count") == f"{len(left)} of {len(LEDGER)} claims"
    assert page.inner_text("[data-verdict=differs] b") == str(len(left))
    page.select_option("[data-filter=chapter]", "3")
    page.select_option("[data-filter=kind]", "result")
    assert shown(page) == [
        name
        for name in left
        if (claims.stated()[name].chapter, claims.stated()[name].kind) == (3, "result")
    ]


@pytest.mark.browser
def test_what_is_chosen_can_be_sent_and_back_undoes_a_click(page):
    page.goto(PAGE)
    page.click("[data-verdict=differs]")
    page.select_option("[data-filter=paper]", "kaplan2020")
    two = shown(page)
    page.locator(".claims-filter input").press_sequentially("compute")
    three = shown(page)
    page.wait_for_url("**/claims.html?verdict=differs&paper=kaplan2020&q=compute")
    page.click(".claims-view")
    sent = page.evaluate("window.held").replace(SENT, PAGE)
    page.goto((SITE / INTRO).as_uri())
    page.goto(sent)
    assert shown(page) == three != two
    assert page.input_value(".claims-filter input") == "compute"
    page.go_back()
    page.go_back()
    assert shown(page) == three
    page.go_back()
    assert page.url.endswith("?verdict=differs")
    assert page.input_value("[data-filter=paper]") == ""
    page.go_back()
    assert len(shown(page)) == len(LEDGER)
    page.goto(f"{PAGE}?search=20%3A1")
    assert SEARCHES["20:1"] in shown(page), "addresses of the first edition"


@pytest.mark.browser
def test_a_permanent_link_shows_its_row_whatever_is_filtered(page):
    page.goto(f"{PAGE}?verdict=differs")
    for claim in (TRACED, LEDGER.results[-1].id, LEDGER.results[0].id):
        page.click("[data-verdict=differs]")
        assert claim not in shown(page)
        page.evaluate("hash => { location.hash = hash }", f"claim-{claim}")
        until(page, "!document.querySelector('tr.claim[hidden]')")
        assert below_bar(page, claim)
    page.click("[data-verdict=differs]")
    page.go_back()
    until(page, "!document.querySelector('tr.claim[hidden]')")
    assert below_bar(page, LEDGER.results[0].id)
    page.goto(f"{PAGE}?verdict=differs&q=nothing#claim-{TRACED}")
    assert below_bar(page, TRACED)
    for address in page.eval_on_selector_all("a.claim-id", "all => all.map(a => a.hash)"):
        assert address.removeprefix("#claim-") in claims.stated()


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_filter_and_first_rows_are_on_the_first_screen_and_the_filter_stays(page, width, height):
    page.set_viewport_size({"width": width, "height": height})
    page.goto(PAGE)
    boxes = [page.locator(".claims-filter input").bounding_box()]
    boxes += [page.locator("tr.claim").nth(n).bounding_box() for n in (0, 1)]
    assert all(box["y"] > 0 and box["y"] + box["height"] < height for box in boxes)
    page.evaluate("scrollTo({ top: 20000, behavior: 'instant' })")
    bar = page.locator(".claims-filter").bounding_box()
    head = page.locator(".bd-header-article").bounding_box()
    assert abs(bar["y"] - (head["y"] + head["height"])) < 2
    assert bar["height"] < height / 6
    assert bar["x"] >= 0
    assert bar["x"] + bar["width"] <= width
    page.fill(".claims-filter input", "20:1")
    assert below_bar(page, SEARCHES["20:1"]), "what was found is in sight"
    if width == 390:
        assert not page.locator("[data-filter=paper]").is_visible()
        page.click(".claims-choose")
        assert page.locator("[data-filter=paper]").is_visible()
        assert page.get_attribute(".claims-choose", "aria-expanded") == "true"
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.browser
def test_a_row_gives_its_link_its_citation_and_its_code_in_a_click_or_two(page):
    page.goto(f"{PAGE}?q={TRACED}")
    row = page.locator(f"#claim-{TRACED}")
    row.locator(".claim-link").click()
    assert page.evaluate("window.held") == f"{SENT}#claim-{TRACED}"
    assert row.locator(".claim-link").inner_text() == "copied"
    assert row.locator(".citation").count() == 0
    row.locator("summary").click()
    row.locator("[data-copy^='#bibtex']").click()
    until(page, "window.held.startsWith('@misc')")
    assert "claim_kaplan_b5_excess" in page.evaluate("window.held")
    assert row.locator(".claim-code").inner_text() == "100 * _theory().excess"
    assert re.match(r"claims/kaplan2020\.py, line \d+", row.locator(".claim-source").inner_text())


@pytest.mark.browser
def test_a_claims_number_shows_its_card_on_hover_and_focus_inside_the_window(page, pages):
    name = INTRO
    link = pages[name].select_one("table a.claim-printed")
    claim = claims.stated()[link["href"].partition("#claim-")[2]]
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto((SITE / name).as_uri())
        number = page.locator(f"[aria-describedby={link['aria-describedby']}]")
        card = page.locator(f"#{link['aria-describedby']}")
        folds = page.locator("details")
        folds.evaluate_all("all => all.forEach(fold => { fold.open = true })")
        assert not card.is_visible()
        number.scroll_into_view_if_needed()
        number.hover()
        assert card.is_visible()
        for said in ("printed: ", "ours: ", LEDGER.result(claim.id).verdict, claim.id):
            assert said in card.inner_text()
        page.keyboard.press("Escape")
        assert not card.is_visible()
        page.mouse.move(0, 0)
        number.focus()
        box = card.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 844
        assert page.evaluate(
            "([x, y, id]) => !!document.elementFromPoint(x, y)?.closest('#' + id)",
            [box["x"] + 20, box["y"] + box["height"] - 10, link["aria-describedby"]],
        ), "no table cuts it off"
        page.keyboard.press("Escape")
        assert not card.is_visible()
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.browser
def test_nothing_went_wrong_in_the_console(trouble):
    assert not trouble


@pytest.mark.browser
def test_without_scripts_a_card_shows_on_hover(browser, pages):
    name = INTRO
    card = pages[name].select_one("a.claim-printed")["aria-describedby"]
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((SITE / name).as_uri())
    for fold in page.locator(f"details:has([aria-describedby={card}]) > summary").all():
        fold.click()
    number = page.locator(f"[aria-describedby={card}]")
    number.hover()
    assert page.locator(f"#{card}").is_visible()
    context.close()


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
