"""The form of a chapter: short, a plain answer first, a picture at once, the rest in folds."""

from __future__ import annotations

import re

import pytest
import reading
from about import SITE
from bs4 import BeautifulSoup, Tag
from built import page_paths, until
from playwright.sync_api import Browser, Page

from claims import CHAPTERS as NUMBERS

CHAPTERS = [name for name in page_paths() if name.startswith("notebooks/")]
CHECKING = [name for name in CHAPTERS if int(re.search(r"\d+", name)[0]) in NUMBERS]
SCREENS = {(1280, 800): 2, (390, 844): 3}
"""How many screens of a width and a height the first picture may take to reach."""


@pytest.fixture(scope="module")
def measured() -> dict[str, reading.Reading]:
    return {f"notebooks/{name}.html": each for name, each in reading.chapters(SITE).items()}


def test_words_are_those_that_are_seen_without_opening_anything():
    page = """<article><h1><span class="section-number">1. </span>One two</h1>
    <p>three <span class="math">\\(x + y\\)</span> five<sup class="footnote-reference">1</sup></p>
    <table><tr><td>no</td></tr></table>
    <div class="cell"><div class="cell_input"><pre>a = 1\nb = 2\n</pre></div>
    <div class="cell_output"><pre>no</pre></div></div>
    <figure class="companion-figure"><div>no</div><figcaption><p>six 7
    <a class="headerlink">#</a></p><p class="companion-links">SVG</p></figcaption></figure>
    <details><summary>no</summary><figure class="companion-figure"></figure></details>
    <p>eight, 95&nbsp;% <span role="tooltip">no</span></p></article>"""
    found = reading.measure(page)
    assert (found.words, found.figures, found.code_lines) == (9, 1, 2)
    assert found.minutes == pytest.approx(9 / 200 + 0.25 + 4 / 60)
    assert found.fits


@pytest.mark.parametrize("name", CHAPTERS)
def test_main_path_is_read_in_ten_minutes(measured, name):
    found = measured[name]
    assert found.words <= reading.MOST_WORDS
    assert found.figures <= reading.MOST_FIGURES
    assert found.minutes <= reading.MOST_MINUTES


@pytest.mark.parametrize("name", CHAPTERS)
def test_page_says_how_long_it_takes(pages, measured, name):
    said = pages[name].find(class_="reading-time").get_text()
    assert said.startswith(f"{round(measured[name].minutes)} minutes · {measured[name].figures} ")


def answer(soup: BeautifulSoup) -> Tag:
    """The short answer alone, parsed anew so that tests may take parts out of it."""
    found = BeautifulSoup(str(soup.find(class_="short-answer")), "html.parser")
    found.find(class_="admonition-title").decompose()
    for link in found.select("a[href*=bibliography]"):
        link.decompose()  # a year is no number of the answer
    for tip in found.select("[role=tooltip]"):
        tip.decompose()
    return found


NUMBER = re.compile(r"\d[\d.,]*(?:\s?×\s?10\S*)?(?:\s?\((?:95\s%, )?[\d.,]+ to [\d.,]+[^)]*\))?")


@pytest.mark.parametrize("name", CHAPTERS)
def test_short_answer_is_short(pages, name):
    short = answer(pages[name])
    text = " ".join(short.get_text().replace("\N{NO-BREAK SPACE}", " ").split())
    text = text.replace("95 %", "").replace("et al.", "et al")
    sentences = re.split(r"(?<=[.!?])\s+(?=[A-Z])", text)
    assert len(sentences) <= 3, f"at most three sentences: {sentences}"
    numbers = NUMBER.findall(text)
    assert len(numbers) <= 3, f"at most three numbers: {numbers}"


@pytest.mark.parametrize("name", CHAPTERS)
def test_first_sentence_of_the_answer_is_bold(pages, name):
    first = next(child for child in answer(pages[name]).find("p").children if str(child).strip())
    assert first.name == "strong"
    assert re.search(r"[.!?]$", first.get_text().strip())


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_chapter_named_in_the_text_is_a_link(pages, name):
    article = BeautifulSoup(str(pages[name].find("article")), "html.parser")
    own = int(re.match(r"notebooks/0*(\d+)", name)[1])
    for part in article.find_all(["a", "pre", "code", "h1", "h2", "h3", "h4", "table", "summary"]):
        part.decompose()
    named = re.findall(r"\b[Cc]hapters?\s+(\d+)", article.get_text())
    assert {int(number) for number in named} <= {own}


@pytest.mark.parametrize("name", CHECKING)
def test_the_verdicts_of_a_chapter_are_one_line_that_leads_into_the_ledger(pages, name):
    (line,) = pages[name].select("article p.verdicts")
    own = re.match(r"notebooks/0*(\d+)", name)[1]
    assert line.find_parent("details") is None
    links = [link["href"] for link in line.find_all("a")]
    assert len(links) > 1
    assert all(link.startswith(f"../book/claims.html?chapter={own}") for link in links)
    assert pages[name].find("table", class_="claims") is None


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_word_that_is_explained_has_its_entry(pages, name):
    for word in pages[name].select("article .def"):
        place = word.find("a")["href"].partition("#")[2]
        assert pages["book/notation.html"].find(id=place) is not None
        assert word.find(id=word.find("a")["aria-describedby"]).get_text().endswith((".", "!"))


# --- in a browser --------------------------------------------------------------------------


def opened(browser: Browser, name: str, size: tuple[int, int], **kwargs: object) -> Page:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, **kwargs)
    page.goto((SITE / name).as_uri())
    return page


@pytest.fixture(scope="module", params=CHAPTERS)
def standing(request, browser):
    """A chapter on its page, opened once for the tests that leave it as it was."""
    page = opened(browser, request.param, (1280, 800))
    yield page
    page.close()


@pytest.mark.browser
def test_a_picture_comes_within_the_first_screens(standing):
    for (width, height), screens in SCREENS.items():
        standing.set_viewport_size({"width": width, "height": height})
        top = standing.evaluate(
            "document.querySelector('figure.companion-figure').getBoundingClientRect().top"
        )
        assert top + standing.evaluate("scrollY") <= screens * height


@pytest.mark.browser
def test_a_line_of_text_has_at_most_eighty_characters(standing):
    """75 on average: a line may run over by a short word."""
    standing.set_viewport_size({"width": 1280, "height": 800})
    longest = standing.evaluate(
        """() => {
          let most = 0;
          for (const p of document.querySelectorAll('article section > p')) {
            if (p.querySelector('math')) continue;
            const height = parseFloat(getComputedStyle(p).lineHeight);
            const lines = p.getBoundingClientRect().height / height;
            if (lines > 3.5) most = Math.max(most, p.innerText.length / Math.round(lines));
          }
          return most;
        }"""
    )
    assert longest <= 80


@pytest.mark.browser
def test_folds_are_closed_and_a_link_or_the_printer_opens_them(browser, pages):
    name, fold = next(
        (name, fold)
        for name in CHAPTERS
        for fold in pages[name].select("section.fold")
        if fold.select("figure.companion-figure")
    )
    figure = fold.select_one("figure.companion-figure")["id"]
    own = f"document.getElementById('{fold['id']}').querySelector(':scope > details')"
    page = opened(browser, name, (1280, 800))
    assert not page.evaluate(f"{own}.open")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert (
        page.evaluate("document.querySelectorAll('section.fold > details:not([open])').length")
        == 0
    )
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not page.evaluate(f"{own}.open")
    for place in (figure, fold["id"]):
        page.goto((SITE / name).as_uri())
        page.evaluate(f"{own}.open = false")
        page.evaluate(f"location.hash = '{place}'")
        until(page, f"{own}.open")
        page.evaluate("location.hash = ''")
    page.close()


@pytest.mark.browser
def test_a_fold_opens_without_scripts(browser, pages):
    name = next(name for name in CHAPTERS if pages[name].select("section.fold"))
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((SITE / name).as_uri())
    summary = page.locator("section.fold > details > summary").first
    content = page.locator("section.fold > details > :not(summary)").first
    assert not content.is_visible()
    summary.click()
    assert content.is_visible()
    context.close()


@pytest.mark.browser
def test_a_word_shows_its_meaning_on_focus_and_hides_it_on_escape(browser, pages):
    name = next(name for name in CHAPTERS if pages[name].select("article p > .def"))
    page = opened(browser, name, (390, 844))
    word = page.locator("article section:not(.fold) > p > .def").first
    tip = word.locator(".def-tip")
    assert not tip.is_visible()
    word.locator("a").focus()
    assert tip.is_visible()
    box = tip.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    page.keyboard.press("Escape")
    assert not tip.is_visible()
    page.close()


@pytest.mark.browser
def test_a_first_tap_explains_and_a_second_follows(browser, pages):
    name = next(name for name in CHAPTERS if pages[name].select("article p > .def"))
    page = opened(browser, name, (390, 844), has_touch=True)
    word = page.locator("article section:not(.fold) > p > .def").first
    word.locator("a").tap()
    assert word.locator(".def-tip").is_visible()
    assert page.url.endswith(name)
    word.locator("a").tap()
    page.wait_for_url("**/notation.html#term-*")
    page.close()


@pytest.mark.browser
def test_letters_of_formulas_have_the_colours_of_their_quantities(browser, pages):
    from scaling_utils.figures.style import QUANTITY

    letter = "article math mi.q-parameters"
    name = next(name for name in CHAPTERS if pages[name].select(letter))
    page = opened(browser, name, (1280, 800))
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    fill = page.eval_on_selector(letter, "letter => getComputedStyle(letter).color")
    page.close()
    code = QUANTITY["parameters"].lstrip("#")
    assert fill == f"rgb({', '.join(str(int(code[i : i + 2], 16)) for i in (0, 2, 4))})"
