"""Citing and finding a figure as a reader does: one click, the clipboard, the keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import chromium
import pytest
import serving
from about import SITE
from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.browser

CHAPTER = "notebooks/02_convergence_is_inefficient.html"
LIST = "book/figures.html"
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """The address of the site on a server of its own."""
    with serving.served(SITE, serving.Quiet) as address:
        yield address


@pytest.fixture
def window(browser: Browser) -> Iterator[Page]:
    page = chromium.window(browser)
    yield page
    page.close()


def pasted(page: Page) -> str:
    """What the clipboard holds: pasted into a field, as a person would."""
    page.evaluate("document.body.prepend(document.createElement('textarea'))")
    area = page.locator("body > textarea")
    area.focus()
    page.keyboard.press("Control+V")
    return area.input_value()


def is_on_screen(element: Locator) -> bool:
    box, size = element.bounding_box(), element.page.viewport_size
    return box is not None and box["y"] >= 0 and box["y"] + box["height"] <= size["height"] + 1


@pytest.mark.parametrize(
    ("width", "where"), [(1280, "served"), (390, "served"), (1280, "without"), (390, "a file")]
)
def test_one_click_shows_a_citation_and_one_more_copies_it(window, served, width, where):
    """From a server, from one where the browser has no clipboard to give, and from a file."""
    window.set_viewport_size({"width": width, "height": 900})
    if where != "without":
        allowed = ["clipboard-read", "clipboard-write"]
        window.context.grant_permissions(allowed if where == "served" else [])
    if where != "served":
        window.add_init_script(NO_CLIPBOARD)
    window.goto((SITE / CHAPTER).as_uri() if where == "a file" else served + CHAPTER)
    line = window.locator("#fig-measured-stops .companion-links")
    entry = line.locator("pre")
    assert not entry.is_visible()
    line.locator("summary").evaluate("e => scrollBy(0, e.getBoundingClientRect().bottom - 880)")
    line.locator("summary").click()
    window.wait_for_timeout(100)
    assert is_on_screen(line.locator("details"))
    for what, text in (("bibtex", entry), ("sentence", line.locator(".citation p"))):
        button = line.locator(f"button[data-copy='#{what}-measured-stops']")
        button.click()
        button.filter(has_text="copied").wait_for()
        assert pasted(window) == text.text_content()
        window.evaluate("document.querySelector('body > textarea').remove()")


def test_a_citation_is_opened_and_copied_from_the_keyboard(window):
    window.goto((SITE / CHAPTER).as_uri())
    line = window.locator("#fig-measured-stops .companion-links")
    line.get_by_role("link", name="code").focus()
    if line.get_by_role("link", name="source").count():
        window.keyboard.press("Tab")
    for key in ("Tab", "Enter", "Tab", "Enter"):
        window.keyboard.press(key)
    line.get_by_role("button", name="copied").wait_for()
    assert pasted(window) == line.locator(".citation p").text_content()


@pytest.mark.parametrize("width", [1280, 390])
def test_code_opens_the_cell_below_its_figure(window, width):
    window.set_viewport_size({"width": width, "height": 900})
    window.goto((SITE / CHAPTER).as_uri())
    window.locator("#fig-measured-stops").get_by_role("link", name="code").click()
    cell = window.locator("details.hide", has=window.locator("#code-measured-stops"))
    cell.locator(".cell_input").wait_for()
    top = cell.locator(".cell_input").bounding_box()["y"]
    assert 0 <= top <= 450


@pytest.mark.parametrize("width", [1280, 390])
def test_the_address_of_a_figure_in_the_list_lands_there_with_its_citation_open(window, width):
    """Near the end of the list, where all pictures above may still arrive."""
    window.set_viewport_size({"width": width, "height": 900})
    window.goto((SITE / LIST).as_uri())
    target = window.locator(".figure-map .entry").last.get_attribute("id")
    window.goto("about:blank")
    window.goto(f"{(SITE / LIST).as_uri()}#{target}")
    window.wait_for_timeout(700)
    entry = window.locator(f"#{target}")
    assert -10 <= entry.bounding_box()["y"] <= 450
    assert entry.locator("pre").is_visible()


def test_the_list_finds_figures_and_says_so_in_its_address(window):
    def shown() -> list[str]:
        found = window.locator(".figure-map .entry:visible").all()
        return [entry.get_attribute("id").removeprefix("map-") for entry in found]

    window.goto((SITE / LIST).as_uri())
    everything = shown()
    box, said = window.get_by_role("searchbox", name="Find a figure"), window.locator("output")
    assert said.text_content() == f"{len(everything)} of {len(everything)} figures"
    number = window.locator("#map-measured-stops h3 a").first.text_content()
    for words in ("measured-stops", "REAL learning curves", number, "orange stretches form one"):
        box.fill(words)
        assert "measured-stops" in shown(), words
        assert len(shown()) < len(everything)
        assert said.text_content() == f"{len(shown())} of {len(everything)} figures"
    headings = window.locator(".figure-map h2:visible")
    assert headings.count() == len({*headings.all_text_contents()}) <= len(shown())
    window.reload()
    assert box.input_value() == "orange stretches form one"
    assert shown() == ["measured-stops"]
    other = next(each for each in everything if each != "measured-stops")
    window.evaluate(f"location.hash = 'map-{other}'")
    window.locator(f"#map-{other}").wait_for()
    box.fill("nonesuch")
    assert shown() == []
    assert said.text_content().startswith(f"0 of {len(everything)} figures; try fewer words")
    chapter, _, _ = number.removeprefix("Figure ").partition(".")
    box.fill(f"chapter {chapter}")
    one = window.locator(".figure-map h2:visible").all_text_contents()
    assert [heading.partition(".")[0] for heading in one] == [chapter]
    box.fill(f"Fig. {chapter}.1")
    assert shown()


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
@pytest.mark.parametrize("name", [CHAPTER, LIST])
def test_pictures_of_the_other_theme_and_width_are_not_fetched(
    browser, served, name, width, theme
):
    """Not even when a reader has gone through the whole page."""
    page = chromium.window(browser, width, theme)
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url.rpartition("/figures/")[2]))
    page.goto(served + name)
    for _ in range(40):
        page.mouse.wheel(0, 1500)
        page.wait_for_timeout(20)
    page.wait_for_load_state("networkidle")
    page.close()
    drawn = {each for each in asked if each.endswith(".svg") and ":" not in each}
    assert len(drawn) >= 2
    assert {each for each in drawn if (".dark." in each) != (theme == "dark")} == set()
    narrow = width == 390 and name == CHAPTER
    assert {each for each in drawn if (".narrow." in each) != narrow} == set()


def test_the_list_has_chapters_as_headings_and_in_the_contents_beside_it(pages):
    article = pages[LIST].find("article")
    levels = [int(heading.name[1]) for heading in article.find_all(["h1", "h2", "h3", "h4"])]
    assert levels[:3] == [1, 2, 3]
    assert set(levels[1:]) == {2, 3}
    contents = pages[LIST].select(".bd-toc a, #pst-page-toc-nav a, .page-toc a")
    places = [link["href"] for link in contents]
    for section in article.select("section.of-chapter, section.entry"):
        assert f"#{section['id']}" in places
