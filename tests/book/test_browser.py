"""The built site as a person sees it: in Chromium, wide and narrow, light and dark."""

from __future__ import annotations

import chromium
import pytest
from about import SITE
from built import page_paths, until
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

pytestmark = pytest.mark.browser

SCREENS = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]
CHAPTER = "notebooks/02_convergence_is_inefficient.html"


def _window(browser: Browser, width: int, theme: str, trouble: list[str]) -> Page:
    """A window in a theme, which collects what goes wrong and what is asked of the network."""
    page = chromium.window(browser, width, theme)

    def console(message: ConsoleMessage) -> None:
        if message.type == "error":
            trouble.append(message.text)

    def request(asked: Request) -> None:
        if not asked.url.startswith(("file:", "data:", "blob:")):
            trouble.append(f"asked for: {asked.url}")

    page.on("console", console)
    page.on("request", request)
    page.on("pageerror", lambda error: trouble.append(str(error)))

    def failed(asked: Request) -> None:
        if asked.failure != "net::ERR_ABORTED":  # a page that was left asks for no more
            trouble.append(f"failed: {asked.url}: {asked.failure}")

    page.on("requestfailed", failed)
    return page


def _open(browser: Browser, name: str, width: int, theme: str, trouble: list[str]) -> Page:
    page = _window(browser, width, theme, trouble)
    page.goto((SITE / name).as_uri())
    return page


@pytest.fixture(scope="module", params=[(1280, 320, "light"), (390, 1280, "dark")])
def window(request, browser):
    """One window for all pages: its width, the width it is drawn to, its theme and troubles."""
    trouble: list[str] = []
    width, then, theme = request.param
    page = _window(browser, width, theme, trouble)
    yield page, width, then, theme, trouble
    page.close()


@pytest.mark.parametrize("name", page_paths())
def test_page_fits_its_screen_and_asks_no_other_host(window, name):
    """As it opens, and when the window is drawn narrower or wider."""
    page, width, then, theme, trouble = window
    page.set_viewport_size({"width": width, "height": 900})
    page.goto((SITE / name).as_uri())
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": then, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= then
    said, trouble[:] = list(trouble), []
    assert not said


@pytest.mark.parametrize(("width", "theme"), SCREENS)
def test_figures_show_the_drawing_for_this_screen(browser, width, theme):
    page = _open(browser, CHAPTER, width, theme, [])
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
    still = "figure.companion-figure:not(:has(.companion-touch))"
    for image in page.query_selector_all(f"{still} img"):
        if image.is_visible():
            image.scroll_into_view_if_needed()
    until(
        page,
        f"[...document.querySelectorAll('{still} img')]"
        ".filter(i => i.offsetParent).every(i => i.complete && i.naturalWidth > 0)",
    )
    sources = page.eval_on_selector_all(
        f"{still} img",
        "all => all.filter(i => i.offsetParent).map(i => i.currentSrc)",
    )
    figures = page.locator(still).count()
    page.close()
    assert len(sources) == figures > 0
    assert all(("narrow" in source) == (width == 390) for source in sources)
    assert all(("dark" in source) == (theme == "dark") for source in sources)


def test_the_page_title_leads_home(browser):
    page = _open(browser, CHAPTER, 1280, "light", [])
    page.click(".navbar-brand")
    page.wait_for_url("**/book/intro.html")
    page.close()


def test_a_figure_that_grows_does_not_push_the_linked_place_away(browser):
    page = _window(browser, 390, "light", [])
    page.set_viewport_size({"width": 390, "height": 500})
    page.goto(f"{(SITE / 'book/intro.html').as_uri()}#cite-it-run-it")
    until(page, "() => document.querySelector('.touchable input[type=range]')")
    until(
        page,
        "() => document.getElementById('cite-it-run-it').getBoundingClientRect().top < 150",
    )
    page.close()
