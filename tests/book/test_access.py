"""Nobody is shut out: what a page says to those who hear it, and what the keyboard reaches."""

from __future__ import annotations

import re
from itertools import pairwise

import access
import chromium
import pytest
from about import SITE
from built import page_paths, until
from companion_access import repair
from playwright.sync_api import Browser, Page

CHAPTER = "notebooks/01_three_power_laws.html"
SOME = ["book/bibliography.html", "book/questions.html", "book/package.html", "search.html"]
FOCUSED = """() => {
  const at = document.activeElement, inside = at.querySelector(":scope > .toctree-toggle");
  return [at, inside].filter(Boolean).some((box) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(box);
    return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
  });
}"""
LANDMARKS = "nav, [role=navigation], aside:not(.margin), [role=complementary], [role=search]"


def _window(browser: Browser, width: int, theme: str) -> Page:
    return chromium.window(browser, width, theme, reduced_motion="reduce")


def _look(page: Page, name: str) -> list[str]:
    page.goto((SITE / name).as_uri())
    access.open_folds(page)
    return [f"{name}: {line}" for line in access.findings(page, access.GRAVE)]


@pytest.mark.browser
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_nothing_grave_on_a_choice_of_pages(browser, width, theme):
    page = _window(browser, width, theme)
    found = [line for name in SOME for line in _look(page, name)]
    page.close()
    assert found == []


@pytest.mark.long
@pytest.mark.browser
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_nothing_grave_on_any_page(browser, width, theme):
    page = _window(browser, width, theme)
    names = [*page_paths(), "search.html"]
    found = [line for name in names for line in _look(page, name)]
    page.close()
    assert found == []


@pytest.mark.browser
def test_a_fault_is_found_even_in_a_fold(browser):
    page = _window(browser, 1280, "light")
    page.goto((SITE / "book/questions.html").as_uri())
    page.evaluate(
        "document.querySelector('article').insertAdjacentHTML('beforeend', "
        "'<details><summary>More</summary><img src=\"../_static/logo.svg\"></details>')"
    )
    access.open_folds(page)
    found = access.findings(page, access.GRAVE)
    page.close()
    assert [line.split(": ")[:2] for line in found] == [["critical", "image-alt"]]


def test_headings_go_down_one_step_at_a_time_from_one_title(pages):
    for name, page in pages.items():
        levels = [int(each.name[1]) for each in page.find_all(re.compile(r"^h[1-6]$"))]
        assert levels[0] == 1, name
        assert levels.count(1) == 1, name
        steps = pairwise(levels)
        assert all(after <= before + 1 for before, after in steps), name


def test_pages_say_their_language_and_skip_to_their_text(pages):
    for name, page in pages.items():
        assert page.html["lang"] == "en", name
        first = page.body.find(["a", "button", "input"])
        assert first["href"] == "#main-content", name
        assert page.find(id="main-content").name == "main", name


def test_what_can_be_opened_or_pressed_has_a_name(pages):
    for name, page in pages.items():
        for switch in page.find_all(["summary", "button", "dialog"]):
            said = switch.get_text().strip() or switch.get("aria-label") or switch.get("title")
            assert said, f"{name}: {switch}"


def test_landmarks_of_a_page_are_told_apart_by_their_names(pages):
    for name, page in pages.items():
        marks = page.select(LANDMARKS)
        told = [
            (mark.get("role", mark.name), mark.get("aria-label") or mark.get("aria-labelledby"))
            for mark in marks
        ]
        assert len(told) == len(set(told)), f"{name}: {told}"


def test_tables_say_what_their_headers_head(pages):
    for name, page in pages.items():
        for table in page.find_all("table"):
            heads = table.find_all("th")
            assert heads, f"{name}: a table without headers"
            assert all(head.get("scope") in ("col", "row") for head in heads), name
            assert all(head.get_text().strip() for head in heads), name


def test_pictures_have_words(pages):
    for name, page in pages.items():
        for image in page.find_all("img"):
            assert image.has_attr("alt"), f"{name}: {image}"
            assert image["alt"] or "logo__image" in image["class"], f"{name}: {image}"


def test_repairs_leave_what_is_right():
    right = (
        '<table><thead><tr><th scope="col">N</th></tr></thead>'
        '<tbody><tr><th scope="row">1</th></tr></tbody></table>'
    )
    assert repair(right) == right


def test_repairs_name_headers_and_switches():
    wrong = (
        "<table><thead><tr><th><p></p></th><th>N</th></tr></thead>"
        "<tbody><tr><th>1</th></tr></tbody></table>"
        '<a href="package.html">The <i>package</i> & more</a><details><summary>'
        '<span class="toctree-toggle"></span></summary></details>'
    )
    mended = repair(wrong.replace("<i>package</i> &", "package &amp;"))
    assert '<td><p></p></td><th scope="col">N</th>' in mended
    assert '<th scope="row">1</th>' in mended
    assert '<summary aria-label="Pages of The package &amp; more">' in mended


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_whoever_goes_by_keyboard_sees_where(browser, theme):
    page = _window(browser, 1280, theme)
    page.goto((SITE / CHAPTER).as_uri())
    unseen = []
    for _ in range(70):
        page.keyboard.press("Tab")
        if not page.evaluate(FOCUSED):
            unseen.append(page.evaluate("document.activeElement.outerHTML.slice(0, 80)"))
    page.close()
    assert unseen == []


@pytest.mark.browser
def test_the_list_of_pages_opens_and_closes_by_keyboard_on_a_phone(browser):
    page = _window(browser, 390, "light")
    page.goto((SITE / CHAPTER).as_uri())
    page.focus(".primary-toggle")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    inside = page.evaluate("document.activeElement.closest('dialog')?.id")
    assert inside == "pst-primary-sidebar-modal"
    page.keyboard.press("Escape")
    until(page, "document.activeElement.matches('.primary-toggle')")
    page.close()


@pytest.mark.browser
def test_folds_words_and_numbers_answer_to_the_keyboard(browser):
    page = _window(browser, 1280, "light")
    page.goto((SITE / CHAPTER).as_uri())
    page.focus("section.fold summary")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.parentElement.open")
    assert page.evaluate("document.getAnimations().length") == 0  # as this reader asked
    page.focus(".def > a")
    tip = page.locator(".def-tip").first
    assert tip.is_visible()
    page.keyboard.press("Escape")
    assert not tip.is_visible()
    page.focus(".number")
    shown = "getComputedStyle(document.activeElement, '::after').display"
    assert page.evaluate(shown) == "block"
    assert page.locator(".number").first.get_attribute("aria-description")
    page.keyboard.press("Escape")
    assert page.evaluate(shown) == "none"
    page.close()
