"""The built site, read as files: complete, self-contained, without a dead link."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pandas as pd
import pytest
import yaml
from about import ROOT, SITE
from bs4 import BeautifulSoup
from built import page_paths

from claims import CHAPTERS as NUMBERS

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
LISTED = [TOC["root"]]
for part in TOC["parts"]:
    for chapter in part["chapters"]:
        LISTED += [entry["file"] for entry in (chapter, *chapter.get("sections", []))]
CHAPTERS = [name for name in LISTED if name.startswith("notebooks/")]
CHECKING = {name for name in CHAPTERS if int(name.split("/")[1][:2]) in NUMBERS}
"""Chapters that check claims: all but the one about the readers' own runs."""
FIGURES = sorted(path.stem for path in (SITE / "figures").glob("*.json"))


def test_every_listed_page_is_built_and_no_other():
    assert page_paths() == sorted(f"{name}.html" for name in LISTED)


@pytest.mark.parametrize("name", page_paths())
def test_page_has_one_title_and_a_language(pages, name):
    soup = pages[name]
    assert len(soup.find("article").find_all("h1")) == 1
    assert soup.html["lang"].startswith("en")


@pytest.mark.parametrize("name", page_paths())
def test_nothing_is_loaded_from_another_host(pages, name):
    sources = {"script": "src", "link": "href", "img": "src", "source": "srcset", "iframe": "src"}
    loads = [
        element.get(attribute, "")
        for tag, attribute in sources.items()
        for element in pages[name].find_all(tag)
        if tag != "link" or set(element.get("rel", [])) & {"stylesheet", "preload", "icon"}
    ]
    assert loads
    assert not [url for url in loads if urlsplit(url).netloc]


@pytest.mark.parametrize("name", page_paths())
def test_no_link_leads_nowhere(pages, name):
    dead = []
    for element in pages[name].find_all(["a", "img", "script", "link", "source"]):
        for attribute in ("href", "src", "srcset"):
            url = urlsplit(element.get(attribute, ""))
            if url.scheme or url.netloc or not (url.path or url.fragment):
                continue
            target = (SITE / name).parent / unquote(url.path) if url.path else SITE / name
            if not target.exists() or not _has_place(pages, target, url.fragment):
                dead.append(url.geturl())
    assert not dead


def _has_place(pages: dict[str, BeautifulSoup], target: Path, fragment: str) -> bool:
    if not fragment or target.suffix != ".html":
        return True
    name = str(target.resolve().relative_to(SITE))
    soup = pages.get(name) or BeautifulSoup(target.read_text("utf-8"), "html.parser")
    return soup.find(id=unquote(fragment)) is not None


@pytest.mark.parametrize("name", page_paths())
def test_every_picture_says_what_it_shows(pages, name):
    content = pages[name].find("article")
    assert not [str(img) for img in content.find_all("img") if len(img.get("alt", "")) < 20]


@pytest.mark.parametrize("name", page_paths())
def test_page_shows_no_raw_markup(pages, name):
    article = copy.copy(pages[name].find("article"))  # other tests read what is removed here
    for code in article.find_all(["pre", "code", "script", "style"]):
        code.decompose()
    text = article.get_text()
    for mark in ("{eval", "{claim", "{numref", "{cite", ":::", "```", "Traceback", "None nats"):
        assert mark not in text


def test_every_figure_is_shown_once_numbered_and_mapped(pages):
    shown = [
        (figure["id"].removeprefix("fig-"), name)
        for name in page_paths()
        for figure in pages[name].find_all("figure", class_="companion-figure")
    ]
    assert sorted(figure for figure, _ in shown) == FIGURES
    for figure_id, name in shown:
        caption = pages[name].find(id=f"fig-{figure_id}").find(class_="caption-number").get_text()
        entry = pages["book/figures.html"].find(id=f"map-{figure_id}")
        assert caption.split()[-1] in entry.get_text()


@pytest.mark.parametrize("figure_id", FIGURES)
def test_a_figure_brings_its_files_and_the_table_that_its_card_describes(figure_id):
    folder = SITE / "figures"
    for ending in ("svg", "dark.svg", "narrow.svg", "narrow.dark.svg", "pdf", "png", "csv"):
        assert (folder / f"{figure_id}.{ending}").stat().st_size > 0
    card = json.loads((folder / f"{figure_id}.json").read_text("utf-8"))
    table = pd.read_csv(folder / f"{figure_id}.csv")
    assert set(card["columns"]) == set(table.columns)
    assert card["rows"] == len(table) > 0


@pytest.mark.parametrize("name", CHAPTERS)
def test_chapter_has_its_parts_in_order(pages, name):
    article = pages[f"{name}.html"].find("article")
    text = str(article)
    assert article.find("blockquote") is not None, "the reader's question"
    short = article.find(class_="short-answer")
    assert short is not None
    assert short.find(class_="number") is not None, "the short answer has its numbers"
    headings = [h.get_text().lstrip("0123456789. ") for h in article.find_all("h2")]
    checks = name in CHECKING
    last = ("The claims of this chapter",) if checks else ()
    for heading in ("What would change the answer", "Try it", *last):
        assert any(h.startswith(heading) for h in headings), heading
    assert text.index("blockquote") < text.index("short-answer") < text.index("<h2")
    assert len(article.find_all("figure", class_="companion-figure")) >= 2
    assert (article.find("p", class_="verdicts") is not None) == checks


def test_the_ledger_page_holds_every_claim(pages):
    import claims

    rows = pages["book/claims.html"].select("table.claims tbody tr")
    assert [row["id"] for row in rows] == [f"claim-{name}" for name in claims.stated()]
