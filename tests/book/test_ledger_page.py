"""The page of claims as a reader uses it, and a claim's card in a chapter."""

from __future__ import annotations

import re
from collections.abc import Iterator

import about
import chromium
import pytest
from about import SITE
from built import until
from playwright.sync_api import Browser, Page

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
