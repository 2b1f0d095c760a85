"""What readers are shown on every page: intervals with a level, no error, no other host."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

import pytest
from about import SITE
from bs4 import BeautifulSoup
from contents import own_files

NUMBERS = json.loads((SITE / "numbers.json").read_text("utf-8"))
ALL = [path.relative_to(SITE).as_posix() for path in own_files(SITE)]
INTERVAL = re.compile(r"\([^()]*\d[^()]* to [^()]*\d[^()]*\)")
LOADS = ("src", "srcset", "data", "poster", "background", "data-vega")
"""Attributes from which a browser loads what they name, whatever the element."""
LOADING = re.compile(
    r"(?:url\(|@import\s+|\b(?:fetch|import|open|sendBeacon|Worker|WebSocket|EventSource)\()"
    r"\s*['\"]?(?:https?:|wss?:)?//"
)


def prose(page: str) -> str:
    """What a page says outside of figures, code and hints."""
    article = BeautifulSoup((SITE / page).read_text("utf-8"), "html.parser").find("article")
    for part in article.select("figure, pre, [role=tooltip], .companion-touch"):
        part.decompose()
    return article.get_text().replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("page", [page for page, said in NUMBERS.items() if said])
def test_a_page_with_intervals_says_which_they_are(page):
    intervals = [value for value in NUMBERS[page].values() if INTERVAL.search(value)]
    assert not intervals or "95 %" in prose(f"{page}.html"), (
        f"say of which level these are, and what was drawn again: {intervals[:3]}"
    )


@pytest.mark.parametrize("page", ALL)
def test_no_page_shows_the_traceback_of_an_error(page):
    text = (SITE / page).read_text("utf-8")
    assert not re.search(r'class="[^"]*\btraceback\b', text), "an error is shown to readers"


def foreign(text: str) -> list[str]:
    """What a page would load from another host."""
    soup = BeautifulSoup(text, "html.parser")
    named = [tag[name] for name in LOADS for tag in soup.find_all(attrs={name: True})]
    named += [
        tag["href"]
        for tag in soup.find_all("link", href=True)
        if not set(tag.get("rel", [])) & {"canonical", "license", "author"}
    ]
    found = [url for url in named if urlsplit(url.strip()).netloc]
    parts = [tag.get_text() for tag in soup.find_all(["script", "style"])]
    parts += [tag["style"] for tag in soup.find_all(style=True)]
    return found + [match[0] for part in parts for match in LOADING.finditer(part)]


@pytest.mark.parametrize("page", ALL)
def test_no_page_asks_another_host(page):
    assert foreign((SITE / page).read_text("utf-8")) == []


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://evil.example/a.js"></script>',
        '<script src="//evil.example/a.js"></script>',
        '<video src="https://evil.example/a.mp4"></video>',
        '<object data="https://evil.example/a"></object>',
        '<link rel="stylesheet" href="https://evil.example/a.css">',
        '<p style="background: url(https://evil.example/a.png)">',
        '<style>@import "https://evil.example/a.css";</style>',
        '<script>fetch("https://evil.example/")</script>',
    ],
)
def test_every_way_to_ask_another_host_is_found(text):
    assert len(foreign(text)) == 1
    assert foreign(text.replace("https:", "").replace("//evil.example/", "./")) == []
