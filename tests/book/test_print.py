"""The book on paper: whole, in order, numbered, and nothing cut off."""

from __future__ import annotations

import re
from pathlib import Path

import about
import paper
import pdf
import pytest
from bs4 import BeautifulSoup
from built import SITE
from playwright.sync_api import Browser
from pypdf import PdfReader

pytestmark = pytest.mark.browser

CHAPTER, REFERENCE = "notebooks/01_three_power_laws", "book/criteria"
PAGES = [("I. Kaplan et al. 2020", CHAPTER), ("Reference", REFERENCE)]


def _solid(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _texts(path: Path) -> list[str]:
    return [page.extract_text() for page in PdfReader(path).pages]


def _numbered(texts: list[str]) -> list[int]:
    """The pages that do not end (or, in some readers' order, start) with their number."""
    lines = [[line.strip() for line in text.strip().splitlines()] for text in texts]
    return [n for n, page in enumerate(lines, 1) if n > 1 and str(n) not in (page[0], page[-1])]


def _soup(page: str) -> BeautifulSoup:
    return BeautifulSoup((SITE / f"{page}.html").read_text("utf-8"), "html.parser")


@pytest.fixture(scope="module")
def printed(browser, tmp_path_factory) -> Path:
    """A chapter and a page of reference, as the whole book is printed."""
    path = tmp_path_factory.mktemp("printed") / "two.pdf"
    assert pdf.print_book(browser, PAGES, path, SITE) == []
    return path


@pytest.fixture(scope="module")
def texts(printed) -> list[str]:
    return _texts(printed)


def test_every_page_but_the_title_has_its_number(texts):
    assert _numbered(texts) == []


def test_no_line_of_code_is_lost(texts):
    """Wrapped lines and pages that turn within them are read over."""
    said = _solid("".join(re.sub(r"\n\d+\s*$", "", text) for text in texts))
    heads = _solid(_soup(CHAPTER).h1.get_text().rstrip("#"))
    said = said.replace(heads, "")
    for code in _soup(CHAPTER).select(".cell_input pre"):
        for line in code.get_text().splitlines():
            assert _solid(line) in said, line


def test_folds_are_open(texts):
    said = _solid("".join(texts))
    folds = _soup(CHAPTER).select("section.fold > details")
    assert folds
    for fold in folds:
        assert _solid(fold.summary.get_text().rstrip("#")) in said
        assert _solid(fold.find("p").find(string=re.compile(r"\w{4} \w{4}"))) in said


def test_every_figure_is_there_and_the_contents_say_where(printed, texts):
    captions = re.findall(r"^Fig\. \d+\.\d+", "\n".join(texts), re.M)
    assert len(set(captions)) == len(_soup(CHAPTER).select("figure.companion-figure"))
    title, *starts = pdf.chapters(PdfReader(printed))
    assert title == 1
    assert [int(n) for n in re.findall(r"(\d+)$", texts[1].strip(), re.M)][: len(starts)] == starts
    outline = [entry.title for entry in PdfReader(printed).outline if not isinstance(entry, list)]
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
    reader, texts = PdfReader(path), _texts(path)
    titles = [_solid(_soup(page).h1.get_text().rstrip("#")) for _, page in pages]
    top = [entry for entry in reader.outline if not isinstance(entry, list)]
    assert [_solid(entry.title) for entry in top[1:]] == titles
    starts = pdf.chapters(reader)
    assert starts == sorted(starts)
    assert _numbered(texts) == []
    assert 200 < len(texts) < 500
    assert path.stat().st_size < 40e6
