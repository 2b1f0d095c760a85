"""The search: what a reader types, and the page that must come first."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from about import SITE
from built import page_paths, until
from companion_search import _plain, formula, typed
from playwright.sync_api import Browser, Page

import claims

CHAPTER = {
    int(name.removeprefix("notebooks/")[:2]): name
    for name in page_paths()
    if name.startswith("notebooks/")
}
LEDGER, WORDS = "book/claims.html", "book/notation.html"
FIRST = [
    ("20:1", CHAPTER.get(6), ""),
    ("20 tokens per parameter", CHAPTER.get(6), ""),
    ("twenty to one", CHAPTER.get(6), ""),
    ("0.27", CHAPTER.get(3), ""),
    ("C^0.27", CHAPTER.get(3), ""),
    ("D ~ C", CHAPTER.get(3), ""),
    ("D ∝ C^0.27", CHAPTER.get(3), ""),
    ("Chinchilla", CHAPTER.get(9), ""),
    ("Gopher", CHAPTER.get(9), ""),
    ("Hoffmann", CHAPTER.get(5), ""),
    ("LLaMA", CHAPTER.get(11), ""),
    ("infinite parameters", CHAPTER.get(10), ""),
    ("convergence is inefficient", CHAPTER.get(2), ""),
    ("why do the papers disagree", CHAPTER.get(8), ""),
    ("is kaplan wrong", CHAPTER.get(8), ""),
    ("kaplan-b5-excess", LEDGER, "claim-kaplan-b5-excess"),
    ("floor or ceiling", CHAPTER.get(6), "is-twenty-a-floor-or-a-ceiling"),
    ("trigram", CHAPTER.get(4), "in-more-detail-rare-pairs-of-bytes-counted"),  # in a fold only
    ("6ND", CHAPTER.get(4), "in-more-detail-what-n-and-6nd-leave-out"),
    ("bootstrap", CHAPTER.get(7), ""),
    ("isoflop", WORDS, "term-IsoFLOP"),
    ("overfitting", WORDS, "term-overfit"),
    ("critical batch size", WORDS, "term-critical-batch-size"),
    ("perplexity", LEDGER, "claim-hoffmann-s42-wikitext103"),
    ("hoffmann-s42-mmlu-wins", LEDGER, "claim-hoffmann-s42-mmlu-wins"),
    ("past 20:1 cost LLaMA", CHAPTER.get(11), "fig-llama-by-the-law"),
    ("cite", "book/cite.html", ""),
    ("ChinchillaLaw", "book/api/laws.html", "scaling_utils.laws.ChinchillaLaw"),
    ("overparametrisaton convergense inefficient", CHAPTER.get(2), ""),  # as best it can
]
TERMS = {
    "20:1": [["20:1", "20"]],
    "20 to 1, ten-to-one": [["20:1", "20", "to"], ["10:1", "ten-to-one", "ten", "to", "one"]],
    "twenty tokens for each parameter": [["20:1", "twenty", "token", "for", "each", "parameter"]],
    "20:15 20:1.": [["20:15", "20", "15"], ["20:1", "20"]],
    "0.27; 1,200 .": [["0.27"], ["1200"]],
    "C^0.27": [["c^0.27", "0.27"]],
    "C^{-0.05}": [["c"], ["0.05"]],
    "N^−0.076": [["n^-0.076", "0.076"]],
    "D ~ C": [["d~c", "d", "c"]],
    "D_opt ∝ C^0.27": [["d~c", "d_opt", "opt", "c^0.27", "0.27"]],
    "1e23 10^23 10²³": [["1e23"], ["1e23"], ["1e23"]],
    "5.76 × 10²³ 5.76×10^23": [["5.76e23"], ["5.76e23"]],
    "kaplan-s11-data-exponent": [
        ["kaplan-s11-data-exponent", "kaplan", "s11", "data", "exponent"]
    ],
    "scaling_utils.laws": [["scaling_utils.law", "scaling", "util", "law"]],
    "Chinchilla’s losses": [["chinchilla"], ["loss"]],
    "generalization": [["generalisation"]],
    "β_opt Ångström": [["β_opt", "opt"], ["ångström"]],
    "<b>&amp; \u2028 ’ - ": [["b"], ["amp"]],
}


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What the index knows."""
    script = (SITE / "_static" / "search-index.js").read_text("utf-8")
    return json.loads(script.removeprefix("companionSearch(").removesuffix(");\n"))


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """Every page as it was written."""
    return {name: (SITE / name).read_text("utf-8") for name in page_paths()}


@pytest.fixture(scope="module")
def asked() -> list[str]:
    """What the window asked for, in its order."""
    return []


@pytest.fixture(scope="module")
def window(browser: Browser, asked: list[str]) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.on("request", lambda request: asked.append(request.url))
    page.goto((SITE / "search.html").as_uri())
    yield page
    page.close()


def _find(window: Page, query: str, inside: str = "main") -> list[str]:
    """Type it, and hand back where the hits lead, from the root of the site."""
    window.fill(f"{inside} form.bd-search input", query)
    until(
        window,
        "([inside, query]) => document.querySelector(`${inside} .hits`).dataset.query === query",
        arg=[inside, query],
    )
    links = window.locator(f"{inside} .hit > a").evaluate_all("all => all.map(a => a.href)")
    return [re.sub(r"\?found=[^#]*", "", link.removeprefix(f"{SITE.as_uri()}/")) for link in links]


@pytest.mark.browser
def test_nothing_is_loaded_before_somebody_searches(window, asked):
    assert not [url for url in asked if "search-index" in url or "minisearch" in url]
    assert _find(window, "loss")
    assert [url for url in asked if "search-index" in url]
    assert all(url.startswith("file:") for url in asked)


@pytest.mark.browser
@pytest.mark.parametrize(("query", "page", "section"), FIRST, ids=[each[0] for each in FIRST])
def test_what_readers_type_leads_to_its_place(window, query, page, section):
    first, *_ = _find(window, query)
    assert first == page + (f"#{section}" if section else "")


@pytest.mark.browser
def test_chapters_come_before_the_package(window):
    for query in ("Chinchilla", "Gopher", "compute", "loss", "fit"):
        kinds = [link.partition("/")[2].startswith("api/") for link in _find(window, query)]
        assert not any(kinds[:10]), query


@pytest.mark.browser
def test_an_excerpt_shows_the_words(window):
    for query in ("0.27", "floor or ceiling", "kaplan-s11-data-exponent", "generalization"):
        _find(window, query)
        hits = window.locator("main .hit")
        marked = hits.evaluate_all("all => all.map(hit => hit.querySelector('mark')?.innerText)")
        assert any(marked), query
        assert all(marked[1:5]), query  # the first may be a page that says it otherwise


@pytest.mark.browser
def test_text_is_cut_into_the_words_that_a_reader_means(window):
    cut = "all => all.map(text => companionFind.pieces(text).map(piece => piece.terms))"
    found = window.evaluate(cut, list(TERMS))
    assert dict(zip(TERMS, found, strict=True)) == TERMS


@pytest.mark.browser
def test_a_letter_amiss_is_forgiven_and_nothing_found_is_said(window):
    assert CHAPTER[2] in _find(window, "convergance")
    assert "come near" in window.inner_text("main .hit-status")
    assert "kaplan-s11-data-exponent" in " ".join(_find(window, "D ~ C^0.27")), "said in words"
    few = _find(window, "overtraining llama")  # one place has both: others come after it
    assert CHAPTER[11] in few[0]
    assert len(few) > 5
    assert not _find(window, "zzzzzz")
    assert "Try fewer or other words" in window.inner_text("main .hit-status")


@pytest.mark.browser
def test_more_hits_come_on_demand(window):
    assert len(_find(window, "loss")) == 25
    window.click("main .hit-more")
    assert window.locator("main .hit").count() == 50


@pytest.mark.browser
def test_the_dialog_finds_while_one_types_and_a_hit_opens_its_fold(window):
    start = (SITE / LEDGER).as_uri()
    window.goto(start)
    window.keyboard.press("Control+k")
    dialog = "#pst-search-dialog"
    assert _find(window, "trigr", dialog)[0].startswith(CHAPTER[4])  # the last word is not whole
    window.keyboard.press("ArrowDown")
    window.keyboard.press("Enter")
    window.wait_for_url(f"**/{CHAPTER[4]}?found=trigr#*")
    until(window, "CSS.highlights.get('found')?.size > 0")
    fold = window.locator("section:target").locator("xpath=ancestor-or-self::section/details")
    assert fold.evaluate_all("all => all.map(one => one.open)") == [True]
    window.go_back()
    window.wait_for_url(start)


@pytest.mark.browser
def test_enter_leads_to_all_hits_and_back_returns(window):
    start = (SITE / WORDS).as_uri()
    window.goto(start)
    window.keyboard.press("Control+k")
    window.keyboard.type("20:1")
    window.keyboard.press("Enter")
    window.wait_for_selector("main .hit")
    assert window.url.endswith("search.html?q=20%3A1")
    assert window.input_value("main form.bd-search input") == "20:1"
    window.go_back()
    window.wait_for_url(start)


def test_every_page_figure_and_claim_can_be_found(told, texts):
    assert {f"{told['pages'][page][0]}.html" for _, page, *_ in told["places"]} == set(texts)
    places = {(kind, anchor) for kind, _, anchor, *_ in told["places"]}
    assert {f"claim-{claim_id}" for claim_id in claims.stated()} == {
        anchor for kind, anchor in places if kind == "claim"
    }
    figure = re.compile(r'<figure class="[^"]*companion-figure[^"]*" id="([^"]+)"')
    drawn = {found for text in texts.values() for found in figure.findall(text)}
    assert drawn == {anchor for kind, anchor in places if kind == "figure"}


def test_every_hit_has_a_place_to_lead_to(told, texts):
    ids = {name: set(re.findall(r'\bid="([^"]+)"', text)) for name, text in texts.items()}
    lost = [
        f"{name}#{anchor}"
        for _, page, anchor, *_ in told["places"]
        if anchor and anchor not in ids[name := f"{told['pages'][page][0]}.html"]
    ]
    assert not lost


def test_the_index_holds_words_and_no_markup(told):
    markup = re.compile(r"</?(?:a|p|b|td|code|span|div)\b|\\[a-z]{3}|\{eval\}")
    shown = [f"{heading} {text}" for *_, heading, text in told["places"]]
    assert not [text for text in shown if markup.search(text)]


def test_formulas_are_written_as_somebody_would_type_them():
    assert formula(r"D \propto C^{0.27}") == "D ∝ C^0.27"
    assert formula(r"L = E + \frac{A}{N^{\alpha}} + \frac{B}{D^\beta}") == "L = E + A/N^α + B/D^β"
    assert formula(r"C = 6\,N D") == "C = 6ND"
    assert formula(r"5.76 \times 10^{23}") == "5.76 × 10^23"
    assert formula(r"B_{\rm crit}") == "B_crit"
    assert formula(r"\operatorname*{argmin}_N \sum_i x") == "argmin_N Σ_i x"
    assert _plain("D ∼ C<sup>0.27</sup>", between="") == "D ∼ C^0.27"


def test_a_claim_that_says_a_power_in_words_is_found_by_its_formula():
    stated = claims.stated()
    assert typed(stated["kaplan-s11-data-exponent"]) == " D ~ C^0.27"
    assert typed(stated["deepseek-table4-size-exponent"]) == " N ~ C^0.524"
    assert not typed(stated["kaplan-s63-data-limited-exponent"]), "it is the loss that falls"


def test_the_old_search_is_gone_and_a_reader_without_scripts_is_told():
    for name in ("searchindex.js", *(f"_static/{n}.js" for n in ("searchtools", "language_data"))):
        assert not (SITE / name).exists()
    text = (SITE / "search.html").read_text("utf-8")
    assert "searchtools" not in text
    assert "sphinx_highlight" not in text
    said = re.search(r"<noscript>\s*<p>.*?</noscript>", text, re.DOTALL)
    assert said
    for page in ("claims", "figures", "notation"):
        assert f'href="book/{page}.html"' in said[0]


def test_minisearch_is_the_published_file_with_its_licence():
    folder = Path(SITE / "_static" / "minisearch")
    script = (folder / "minisearch.js").read_bytes()
    # dist/umd/index.js of minisearch 7.2.0
    published = "03c27931eb603af1d3358579e9885eafdb6a2f5fa9929557b3e77d7e99d06d03"
    assert hashlib.sha256(script).hexdigest() == published
    assert "Luca Ongaro" in (folder / "LICENSE.txt").read_text("utf-8")
