"""The policy of a page, and the page for lost addresses, in a browser and from a server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import about
import pytest
from about import SITE
from built import page_paths, until
from contents import own_files
from playwright.sync_api import Browser, Page
from serving import Quiet, served

pytestmark = pytest.mark.browser

PREFIX = urlsplit(about.address()).path or "/"
CHAPTER = "notebooks/06_twenty_tokens_per_parameter.html"
LOOKED_AT = {*page_paths(), "index.html"}
"""Pages at whose console test_browser.py looks, and the one that only leads to one of them."""
KINDS = [
    *("book/intro.html", CHAPTER, "book/claims.html", "search.html?q=Chinchilla"),
    *sorted({path.relative_to(SITE).as_posix() for path in own_files(SITE)} - LOOKED_AT),
    "no/such/page.html",
]
"""A page of the book of each kind, and every other page of the site."""
EVIL = "<img src=x onerror=run('it')>\"'><script>run('it')</script>"
FILTERS = "&".join(f"{name}={EVIL}" for name in ("q", "verdict", "paper", "chapter", "kind"))
ADDRESSES = [
    *(f"{CHAPTER}#%E0%A4%A", f"{CHAPTER}?found={EVIL}#{EVIL}"),
    *("book/intro.html#fig-planner?logC=%", f"book/intro.html#fig-planner?{EVIL}=1&constructor=1"),
    *(f"book/claims.html?{FILTERS}", "book/claims.html?q=%&verdict=__proto__#%"),
    *(f"search.html?q={EVIL}", "search.html?q=__proto__ constructor"),
    *(f"book/figures.html?q={EVIL}#{EVIL}", f"no/{EVIL}.html?{EVIL}"),
]
LISTEN = """
    window.refused = [];
    document.addEventListener("securitypolicyviolation", (event) =>
        refused.push(`${event.effectiveDirective} ${event.blockedURI}`));
"""
INTRUDE = """async () => {
    const script = document.createElement("script");
    script.textContent = "window.ran = 'a script'";
    document.head.append(script);
    const handler = `<img src="x:" onerror="window.ran = 'a handler'">`;
    document.body.insertAdjacentHTML("beforeend", handler);
    setTimeout("window.ran = 'text'", 0);
    const loaded = (element, url) => new Promise((done) => {
        element.onload = () => done("loaded");
        element.onerror = () => done("refused");
        element.src = url;
        document.body.append(element);
    });
    const image = await loaded(new Image(), "https://example.org/a.png");
    const own = await loaded(new Image(), document.querySelector(".navbar-brand img").src);
    const asked = await fetch("https://example.org/").then(() => "answered", () => "refused");
    await new Promise((done) => setTimeout(done, 100));
    return [window.ran ?? "nothing", image, asked, own, window.refused];
}"""


class _Host(Quiet):
    """The site below the path of its address, as its host would serve it."""

    def translate_path(self, path: str) -> str:
        inside = path.startswith(PREFIX)
        return super().translate_path("/" + path.removeprefix(PREFIX) if inside else "/nowhere")

    def send_error(self, code: int, *_: Any) -> None:
        page = (SITE / "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    with served(SITE, _Host) as address:
        yield address.rstrip("/") + PREFIX


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    window = browser.new_page()
    window.add_init_script(LISTEN)
    yield window
    window.close()


@pytest.mark.parametrize("way", ["file", "server"])
def test_a_page_runs_no_script_and_loads_no_picture_that_is_not_its_own(page, host, way):
    page.goto(f"{host}{CHAPTER}" if way == "server" else (SITE / CHAPTER).as_uri())
    ran, picture, asked, own, refused = page.evaluate(INTRUDE)
    assert (ran, picture, asked, own) == ("nothing", "refused", "refused", "loaded")
    for what in ("script-src-elem inline", "script-src-attr inline", "script-src eval"):
        assert what in refused
    assert "img-src https://example.org/a.png" in refused
    assert "connect-src https://example.org/" in refused


def test_no_kind_of_page_asks_for_what_its_policy_refuses(page, host):
    for name in KINDS:
        page.goto(f"{host}{name}")
        page.evaluate("window.scrollTo(0, document.body.scrollHeight / 2)")
        page.wait_for_load_state()
        assert (name, page.evaluate("refused")) == (name, [])


def test_a_reader_who_uses_a_page_meets_no_refusal(page, host):
    """Colours, search, a copy, a fold of the ledger and a figure's input, each with its script."""
    page.goto(f"{host}book/claims.html")
    page.locator("details.claim-more summary").first.click()
    page.locator("details.claim-more pre").first.wait_for()
    page.locator("details.claim-more button.copy").first.click()
    page.locator(".theme-switch-button").last.dispatch_event("click")
    page.keyboard.press("Control+k")
    page.keyboard.type("twenty to one")
    page.locator("dialog .hit").first.wait_for()
    assert page.evaluate("refused") == []
    page.goto(f"{host}book/intro.html#fig-planner")
    until(page, "document.querySelector('.companion-touch input[type=range]') !== null")
    page.locator(".companion-touch input[type=range]").first.press("ArrowRight")
    page.locator(".number").first.hover()
    page.locator(".def").first.hover()
    assert page.evaluate("refused") == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_somebody_else_wrote_runs_nothing_and_breaks_nothing(page, host, address):
    said = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.add_init_script("window.run = (what) => { window.ran = what; };")
    page.goto(f"{host}{address}")
    page.wait_for_load_state()
    page.wait_for_timeout(50)
    assert page.locator("img[src=x], [onerror]").count() == 0
    assert page.evaluate("[window.ran ?? 'nothing', refused]") == ["nothing", []]
    assert said == []


@pytest.mark.parametrize("kept", [EVIL, "__proto__", ""])
def test_what_the_browser_has_kept_for_the_site_is_no_script(page, host, kept):
    page.add_init_script(f"for (const key of ['mode', 'theme']) localStorage[key] = {kept!r};")
    page.goto(f"{host}{CHAPTER}")
    assert page.locator("img[src=x], [onerror]").count() == 0
    assert page.evaluate("[document.documentElement.dataset.theme, refused]") in (
        [["light", []], ["dark", []]]
    )


def test_a_search_shows_what_it_finds_as_text(page, host):
    """The index is data: whatever stands in it, nothing of it is obeyed."""
    told = {"pages": [["a", EVIL, EVIL]], "places": [["page", 0, EVIL, EVIL, f"alpha {EVIL}"]]}
    index = f"companionSearch({json.dumps(told)})"
    page.route(
        "**/search-index.js", lambda way: way.fulfill(body=index, content_type="text/javascript")
    )
    page.goto(f"{host}search.html?q=alpha")
    page.locator(".hit").first.wait_for()
    assert EVIL in page.locator(".hit").inner_text()
    assert page.locator("article img, .hit script, [onerror]").count() == 0
    assert page.evaluate("refused") == []


def test_the_button_that_prints_still_prints(page, host):
    """It has a script of its own in the page, allowed by its checksum."""
    page.goto(f"{host}{CHAPTER}")
    page.evaluate("window.print = () => { window.printed = true; }")
    page.evaluate("document.querySelector('[onclick*=print]').click()")
    assert page.evaluate("window.printed")


@pytest.mark.parametrize("lost", ["nothing.html", "a/b/c/nothing.html"])
def test_a_lost_reader_sees_a_page_of_the_book_at_any_depth(page, host, lost):
    answer = page.goto(f"{host}{lost}")
    assert answer is not None
    assert answer.status == 404
    heading = page.locator("article h1")
    assert "not here" in heading.inner_text()
    # The theme's styles are there: the text has a width, and a column of contents beside it.
    assert heading.bounding_box()["x"] > 100
    assert (
        page.locator(".bd-sidebar-primary img").first.evaluate("image => image.naturalWidth") > 0
    )
    page.locator("article li a").first.click()
    assert page.title().startswith("1. ")
