"""What a page costs: kilobytes over the wire, pictures that nobody sees, things that jump."""

from __future__ import annotations

import re
from functools import cache
from gzip import compress
from pathlib import Path

import pages as measure
import pytest
import slim
from about import SITE
from built import page_paths
from serving import served

CHAPTERS = [name for name in page_paths() if name.startswith("notebooks/")]
KINDS = [CHAPTERS[0], "book/intro.html", "book/data.html"]
FOREIGN = re.compile(r"fontawesome|mathjax|bootstrap\.css", re.I)
PRIVATE = """() => [...document.querySelectorAll("*")].flatMap((e) => ["::before", "::after"]
  .map((part) => getComputedStyle(e, part).content)
  .filter((content) => /[\\ue000-\\uf8ff]/.test(content)))"""


@cache
def kilobytes(path: Path) -> float:
    return len(compress(path.read_bytes())) / 1000


def fetched(name: str, page) -> set[Path]:
    """The files of a page that has been read to its end, wide and light."""
    asked = [tag["src"] for tag in page.select("script[src]")]
    asked += [tag["href"] for tag in page.select("link[rel=stylesheet]")]
    asked += [tag["data-vega"] for tag in page.select("[data-vega]")]
    asked += [tag["src"] for tag in page.select("img[src]") if ".dark." not in tag["src"]]
    files = {(SITE / name).parent / each.split("?")[0] for each in asked if ":" not in each}
    return {SITE / name, *(file.resolve() for file in files)}


def test_a_chapter_with_its_figures_is_five_hundred_kilobytes_at_most(pages):
    heavy = {name: sum(map(kilobytes, fetched(name, pages[name]))) for name in CHAPTERS}
    assert {name: kb for name, kb in heavy.items() if kb > measure.MOST_KB} == {}


def test_no_page_has_an_icon_font_or_a_script_for_formulas():
    for path in (path for path in SITE.rglob("*.html") if "lite" not in path.parts):
        links = re.findall(r'(?:src|href)="([^"]*)"', path.read_text("utf-8"))
        assert not list(filter(FOREIGN.search, links)), path
    left = [path for path in (SITE / "_static").rglob("*") if FOREIGN.search(path.name)]
    assert not left


def test_every_icon_of_the_theme_is_drawn(pages):
    drawn = set(re.findall(r"\.(fa-[\w-]+)", (SITE / "_static" / "icons.css").read_text("utf-8")))
    used = {
        name
        for page in pages.values()
        for icon in page.select("i[class*='fa-'], span[class*='fa-']")
        for name in icon["class"]
        if name.startswith("fa-")
    }
    assert {"fa-bars", "fa-moon"} <= used
    assert used - {"fa-solid", "fa-regular", "fa-brands"} <= drawn


def test_a_rule_stays_if_a_page_can_have_what_it_is_for():
    style = (
        ".a,.b:hover{color:red}.a.c{top:0}#x .a{left:0}div:not(.c){top:1px}"
        "@media print{.c{top:0}.a{top:0}}@media screen{.c{top:0}}"
        '@font-face{font-family:"Font Awesome"}.a:before{content:"\\f0c9"}.a:after{content:"x"}'
    )
    kept = slim.trimmed(style, {"a"}).replace("\n", "")
    assert kept == (
        '.a{color:red}div:not(.c){top:1px}@media print{.a{top:0}}.a:after{content:"x"}'
    )


def test_a_script_goes_from_a_page_without_what_it_serves():
    copy = '<script src="../_static/copybutton.js?v=1"></script>'
    assert slim.slimmer(f"<p>{copy}</p>") == "<p></p>"
    code = f'<p>{copy}</p><div class="highlight">'
    assert slim.slimmer(code) == code


@pytest.mark.browser
@pytest.mark.parametrize("name", KINDS)
def test_the_browser_fetches_what_is_seen_and_no_more(browser, name):
    with served(SITE) as address, measure.window(browser, 1280, "light") as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        cost = measure.cost(page, address + name)
    assert cost.over(name) == []
    pictures = [url for url in asked if "/figures/" in url]
    assert not [url for url in pictures if ".dark." in url or ".narrow." in url]
    assert bool(cost.vega) == ('data-vega="' in (SITE / name).read_text("utf-8"))


@pytest.fixture(scope="module")
def seen(browser):
    """Every page, opened in one narrow window: its layout shift, and letters of an icon font."""
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.add_init_script(measure.WATCH)
    found = {}
    for name in page_paths():
        page.goto((SITE / name).as_uri())
        found[name] = page.evaluate("shifted"), page.evaluate(PRIVATE)
    page.close()
    return found


@pytest.mark.browser
def test_nothing_jumps_when_a_page_opens(seen):
    assert {name: shift for name, (shift, _) in seen.items() if shift > measure.MOST_SHIFT} == {}


@pytest.mark.browser
def test_no_page_shows_a_letter_that_only_an_icon_font_has(seen):
    assert {name: drawn for name, (_, drawn) in seen.items() if drawn} == {}
