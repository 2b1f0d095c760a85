"""The book on paper: whole, in order, numbered, and nothing cut off."""

from __future__ import annotations

import re
from pathlib import Path

import about
import paper
import pdf
import pytest
from about import SITE
from bs4 import BeautifulSoup
from playwright.sync_api import Browser
from pypdf import PdfReader

pytestmark = pytest.mark.browser

CHAPTER, REFERENCE = "notebooks/01_three_power_laws", "book/criteria"
PAGES = [("I. Kaplan et al. 2020", CHAPTER), ("Reference", REFERENCE)]


def _solid(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _lines(path: Path) -> list[list[str]]:
    """The lines of each page; its head and its number come first."""
    return [page.extract_text().strip().splitlines() for page in PdfReader(path).pages]


def _without_number(pages: list[list[str]]) -> list[int]:
    return [n for n, lines in enumerate(pages, 1) if n > 1 and str(n) not in lines[:2]]


def _running(pages: list[list[str]]) -> str:
    """The text as it runs on from page to page, without white space."""
    texts = [lines[lines.index(str(n)) + 1 :] for n, lines in enumerate(pages, 1) if n > 1]
    return _solid("".join(line for lines in texts for line in lines))


def _soup(page: str) -> BeautifulSoup:
    return BeautifulSoup((SITE / f"{page}.html").read_text("utf-8"), "html.parser")


@pytest.fixture(scope="module")
def printed(browser, tmp_path_factory) -> Path:
    """A chapter and a page of reference, as the whole book is printed."""
    path = tmp_path_factory.mktemp("printed") / "two.pdf"
    assert pdf.print_book(browser, PAGES, path, SITE) == []
    return path


@pytest.fixture(scope="module")
def lines(printed) -> list[list[str]]:
    return _lines(printed)


def test_every_page_but_the_title_has_its_number(lines):
    assert len(lines) > 10
    assert _without_number(lines) == []


def test_no_line_of_code_is_lost(lines):
    said = _running(lines)
    code = [block.get_text() for block in _soup(CHAPTER).select(".cell_input pre")]
    assert len(code) > 10
    lost = [line for block in code for line in block.splitlines() if _solid(line) not in said]
    assert lost == []


def test_folds_are_open(lines):
    said = _running(lines)
    folds = _soup(CHAPTER).select("section.fold > details")
    assert folds
    for fold in folds:
        assert _solid(fold.summary.get_text()).rstrip("#") in said
        assert _solid(fold.find("p").find(string=re.compile(r"\w{4} \w{4}"))) in said


def test_every_figure_is_there_and_the_contents_say_where(printed, lines):
    found = [re.match(r"Fig\. \d+\.\d+", line) for page in lines for line in page]
    captions = {caption[0] for caption in found if caption}
    assert len(captions) == len(_soup(CHAPTER).select("figure.companion-figure"))
    reader = PdfReader(printed)
    title, *starts = pdf.chapters(reader)
    assert title == 1
    said = [line.rsplit(" ", 1)[-1] for line in lines[1][1:]]
    assert [int(last) for last in said if last.isdigit() and int(last) < 1000] == starts
    outline = [entry.title for entry in reader.outline if not isinstance(entry, list)]
    assert outline[0] == about.citation()["title"]
    assert len(outline) == 1 + len(PAGES)


def test_the_file_says_what_it_is(printed):
    said = PdfReader(printed).metadata
    assert said.title == about.citation()["title"]
    assert said.author == about.provenance()["authors"]
    assert about.provenance()["version"] in said.subject


def test_links_lead_into_the_book_or_to_the_web(printed):
    addresses = {
        link.get_object()["/A"]["/URI"]
        for page in PdfReader(printed).pages
        for link in page.get("/Annots", [])
        if "/URI" in link.get_object().get("/A", {})
    }
    assert [each for each in addresses if each.startswith("file:")] == []


def test_a_single_page_prints_light_and_open_and_is_then_as_before(browser: Browser):
    page = browser.new_page()
    for key in ("mode", "theme"):
        page.add_init_script(f"localStorage.setItem('{key}', 'dark')")
    page.goto((SITE / f"{CHAPTER}.html").as_uri())
    state = """() => [
      document.documentElement.dataset.theme,
      document.querySelectorAll("section.fold > details[open]").length,
    ]"""
    theme, opened = page.evaluate(state)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(state) == ["light", page.locator("section.fold > details").count()]
    assert page.locator("img[loading=lazy]").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(state) == [theme, opened] == ["dark", 0]
    page.close()


def test_what_is_cut_is_found(browser: Browser):
    page = browser.new_page(viewport={"width": pdf.WIDTH, "height": 900})
    page.set_content(
        f"<article id='a'><pre style='overflow: hidden; white-space: pre'>{'long ' * 90}</pre>"
        "<pre>short</pre></article>"
    )
    assert page.evaluate(pdf.FIT) == [f"a: {('long ' * 12).strip()}"]
    page.close()


@pytest.mark.long
def test_the_whole_book_is_printed_in_order(browser, tmp_path):
    path = tmp_path / "book.pdf"
    pages = paper.reading_order()
    assert pdf.print_book(browser, pages, path, SITE) == []
    reader, lines = PdfReader(path), _lines(path)
    titles = [_solid(_soup(page).h1.get_text()).rstrip("#") for _, page in pages]
    top = [entry for entry in reader.outline if not isinstance(entry, list)]
    assert [_solid(entry.title) for entry in top[1:]] == titles
    starts = pdf.chapters(reader)
    assert starts == sorted(starts)
    assert _without_number(lines) == []
    assert 200 < len(lines) < 500
    assert path.stat().st_size < 40e6
