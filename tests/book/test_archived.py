"""A copy of the site that somebody kept: opened from disk, for the first time, with no network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from about import SITE
from built import page_paths, until
from contents import own_files
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

pytestmark = pytest.mark.browser

CHAPTER = "notebooks/06_twenty_tokens_per_parameter.html"
LEADING = ("index.html", "404.html")
NAMES = {path.relative_to(SITE).as_posix() for path in own_files(SITE)}
OTHERS = sorted(NAMES - {*LEADING, *page_paths()})
"""Pages that are no text: at texts test_browser.py looks."""
KINDS = ["book/intro.html", CHAPTER, "book/claims.html", "book/figures.html", "book/api/laws.html"]
SCROLL = """async () => {
    for (const fold of document.querySelectorAll("details")) fold.open = true;
    for (let y = 0; y < document.documentElement.scrollHeight; y += 800) {
        scrollTo({ top: y, behavior: "instant" });
        await new Promise((done) => setTimeout(done, 20));
    }
}"""
LOADED = """() => [...document.images].filter((image) => image.offsetParent)
    .every((image) => image.complete && image.naturalWidth > 0)"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site in another folder."""
    copy = tmp_path_factory.mktemp("kept") / "Große Räume, à côté 100 % #1"
    shutil.copytree(SITE, copy, copy_function=os.link)
    return copy


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window of somebody who was never here, without a network; nothing may go wrong in it."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    page, trouble = context.new_page(), []

    def console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            trouble.append(f"{page.url}: {message.type}: {message.text}")

    def request(asked: Request) -> None:
        if not asked.url.startswith(("file:", "data:", "blob:")):
            trouble.append(f"{page.url}: asked for {asked.url}")

    def failed(asked: Request) -> None:
        if asked.failure != "net::ERR_ABORTED":  # a page that was left asks for no more
            trouble.append(f"{page.url}: {asked.failure}: {asked.url}")

    page.on("console", console)
    page.on("request", request)
    page.on("requestfailed", failed)
    page.on("pageerror", lambda error: trouble.append(f"{page.url}: {error}"))
    yield page
    context.close()
    assert trouble == []


@pytest.mark.parametrize("name", [*KINDS, *OTHERS])
def test_a_page_shows_all_it_has_and_the_console_nothing(page, archive, name):
    page.goto((archive / name).as_uri())
    page.evaluate(SCROLL)
    until(page, LOADED)
    styled = "getComputedStyle(document.body).getPropertyValue('--pst-color-text-base')"
    assert page.evaluate(styled) or name == "wheels/index.html", "the styles have come"


def test_formulas_have_their_size(page, archive):
    page.goto((archive / CHAPTER).as_uri())
    heights = "all => all.map(one => one.getBoundingClientRect().height)"
    found = page.locator("article math:visible").evaluate_all(heights)
    assert min(found) > 5
    assert page.evaluate("[...document.fonts].some(font => font.status === 'loaded')")


def test_the_search_finds_and_shows_excerpts(page, archive):
    page.goto(f"{(archive / 'search.html').as_uri()}?q=20:1")
    page.wait_for_selector("main .hit")
    assert page.locator("main .hit mark").count() > 3
    page.locator("main .hit > a").first.click()
    page.wait_for_url(f"**/{CHAPTER}?found=*")


def test_a_figure_can_be_touched(page, archive):
    page.goto((archive / "book" / "intro.html").as_uri())
    slider = page.locator(".touchable input[type=range]").first
    slider.scroll_into_view_if_needed()
    figure = page.locator("figure.touchable").first
    before = figure.inner_text()
    slider.focus()
    page.keyboard.press("ArrowRight")
    figure_id = figure.get_attribute("id")
    until(
        page,
        "([id, before]) => document.getElementById(id).innerText !== before",
        arg=[figure_id, before],
    )


def test_the_ledger_is_filtered_and_a_claim_opens(page, archive):
    page.goto((archive / "book" / "claims.html").as_uri())
    rows = page.locator("table.claims tbody tr:visible")
    whole = rows.count()
    page.locator(".claims-filter select").first.select_option(index=1)
    until(
        page, f"document.querySelectorAll('table.claims tbody tr:not([hidden])').length < {whole}"
    )
    opened = page.locator("details.claim-more:visible").first
    opened.locator("summary").click()
    opened.locator("pre").first.wait_for()


@pytest.mark.parametrize("name", LEADING)
def test_a_page_that_is_no_place_leads_to_the_first(page, archive, name):
    page.goto((archive / name).as_uri())
    page.wait_for_url("**/book/intro.html")
