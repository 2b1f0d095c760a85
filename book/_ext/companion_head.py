"""What a page says of itself to search engines, reference managers and whoever gets its address.

A description, taken from the page's own first words; for a chapter the `citation_*` names that
reference managers read; and, where the site's address is set, what a message shows of the page:
its title, description and first figure (`sphinxext.opengraph` writes these).
"""

from __future__ import annotations

import json
import os
import re
import struct
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from about import address, citation
from bs4 import BeautifulSoup, Tag
from companion_figures import FIGURES_DIR
from docutils import nodes
from extending import SAFE
from sphinx.application import Sphinx
from sphinx.config import Config

LONGEST = 160
"""Characters of a description: search engines show about as many."""

PREVIEW = "planner"
"""The figure that stands for a page without one."""

CITED = re.compile(r"notebooks/\d+_|book/intro$")
"""Pages that are cited as a chapter, and the first one as the book."""

WORDLESS = ".headerlink, [role=tooltip], .reading-time, .citation, annotation, script"
"""What stands within a sentence, below a title or in a list, and is no sentence of the page."""

_book = cache(citation)
_address = cache(address)


def description(body: str) -> str:
    """The page's first words: of its short answer the bold sentence, else its first paragraph."""
    soup = BeautifulSoup(body[:40_000], "html.parser")  # what comes later is never first
    for part in soup.select(WORDLESS):
        part.decompose()
    for power in soup.select("sup"):
        power.insert(0, "^")
    short = soup.select_one(".short-answer")
    places = [short.find("strong"), short.select_one("p:not(.admonition-title)")] if short else []
    texts = (_text(place) for place in (*places, *soup.find_all("p")) if place)
    return next((_shortened(text) for text in texts if text), "")


def citation_tags(title: str, page: str) -> list[str]:
    """What reference managers read: a chapter as part of the book, the first page as the book."""
    said = _book()
    tags = [("citation_title", title)]
    tags += [("citation_author", author["name"]) for author in said["authors"]]
    tags += [("citation_publication_date", str(said["date-released"]).replace("-", "/"))]
    if title != said["title"]:
        tags += [("citation_inbook_title", said["title"])]
    tags += [("citation_language", "en")]
    if _address():
        tags += [("citation_public_url", _address() + page)]
    return [_tag(name, content) for name, content in tags]


def preview(figure: str, folder: Path) -> dict[str, str]:
    """The picture that stands for a page, with its size and what it shows."""
    card = json.loads((folder / f"{figure}.json").read_text("utf-8"))
    with (folder / f"{figure}.png").open("rb") as picture:
        width, height = struct.unpack(">II", picture.read(24)[16:])
    return {
        "og:image": f"{_address()}figures/{figure}.png",
        "og:image:alt": card["alt"],
        "og:image:width": str(width),
        "og:image:height": str(height),
    }


def _text(place: Tag) -> str:
    """The words of a paragraph; of a formula its letters."""
    return re.sub(r"\s+", " ", re.sub(r"\\[()]", "", place.get_text())).strip()


def _shortened(text: str) -> str:
    """As many whole sentences as there is room for, or the start of the first one."""
    if len(text) <= LONGEST:
        return text
    if whole := re.match(rf".{{0,{LONGEST - 1}}}(?<!et al)[.!?](?=\s)", text):
        return whole[0]
    return text[:LONGEST].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def _describe(
    app: Sphinx, page: str, _template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    title = BeautifulSoup(context.get("title", ""), "html.parser").get_text()
    book = _book()["title"]
    words = description(context.get("body", "")) or f"{title} of the book {book}"
    tags = [_tag("description", words)]
    if title == book:
        context["docstitle"] = ""  # once is enough
    if CITED.match(page):
        tags += citation_tags(re.sub(r"^\d+\. ", "", title), app.builder.get_target_uri(page))
    context["metatags"] = context.get("metatags", "") + "".join(f"\n    {tag}" for tag in tags)
    if doctree is not None:
        context["meta"] = {**(context.get("meta") or {}), **_sent(doctree, words)}


def _sent(doctree: nodes.document, words: str) -> dict[str, str]:
    """Fields of a page that `sphinxext.opengraph` reads; without an address nothing is sent."""
    if not _address():
        return {"ogp_disable": "true"}
    figures = (f["names"][0] for f in doctree.findall(nodes.figure) if f["names"])
    folder = Path(os.environ[FIGURES_DIR])
    return {"og:description": words, **preview(next(figures, PREVIEW), folder)}


def _tag(name: str, content: str) -> str:
    return f'<meta name="{name}" content="{escape(content)}" />'


def _set_up_cards(_: Sphinx, config: Config) -> None:
    config.ogp_site_url = _address()
    config.ogp_site_name = _book()["title"]
    config.ogp_type = "article"
    config.ogp_enable_meta_description = False  # ours stands there
    config.ogp_social_cards = {"enable": False}  # a figure says more than a picture of the title
    config.ogp_custom_meta_tags = ['<meta name="twitter:card" content="summary_large_image" />']


def setup(app: Sphinx) -> dict[str, bool]:
    app.setup_extension("sphinxext.opengraph")
    app.connect("config-inited", _set_up_cards)
    app.connect("html-page-context", _describe, priority=450)  # before the cards are written
    return SAFE
