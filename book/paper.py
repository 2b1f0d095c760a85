"""The book as one document for paper, put together from the built pages.

Folds are open, links between pages lead to places in the document, and what only a screen has
(buttons, inputs, scripts, files to take) is left out. `book/pdf.py` prints it.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import about
import contents
from bs4 import BeautifulSoup, Tag

LEFT_OUT = ("book/figures", "book/package", "book/changes", "book/licences")
"""Nobody reads on paper where a figure's files are, what a function takes, what changed, and who
wrote the site's software."""
SCREEN_ONLY = (
    "script, style, button, input, select, .headerlink, .companion-links, .companion-touch, "
    ".claims-filter, .claim-more, .def-tip, .reading-time, .companion-dark, source"
)
NO_SCRIPT = '<meta http-equiv="Content-Security-Policy" content="script-src \'none\'">'
REFERRING = ("for", "aria-describedby", "aria-labelledby", "aria-controls", "aria-owns")


def reading_order() -> list[tuple[str, str]]:
    """Of each page that is printed: the part it is in, and its name."""
    toc = contents.toc()
    pages, part = [("", toc["root"])], ""
    for each in toc["parts"]:
        part = each.get("caption", part)
        pages += [(part, entry["file"]) for entry in each["chapters"]]
    return [(part, page) for part, page in pages if page not in LEFT_OUT]


class Book:
    """Pages of the built site, as (part, name), and the document they make."""

    def __init__(self, pages: list[tuple[str, str]], site: Path) -> None:
        self.site = site
        self.parts = {page: part for part, page in pages}
        self.styles: dict[str, str | None] = {}  # address -> medium, in the order of the heads
        self.articles = [self._article(page) for page in self.parts]
        self.titles = [" ".join(article.h1.get_text().split()) for article in self.articles]

    def _article(self, page: str) -> Tag:
        """The text of a page, made for paper."""
        path = self.site / f"{page}.html"
        soup = BeautifulSoup(path.read_text("utf-8"), "html.parser")
        for link in soup.select("head link[rel=stylesheet]"):
            self.styles[urljoin(path.as_uri(), link["href"])] = link.get("media")
        article: Tag = soup.select_one("article.bd-article")
        for box in article.select(SCREEN_ONLY):
            box.decompose()
        for fold in article.find_all(["details", "summary"]):  # a page turns within them better
            fold["class"] = [*fold.get("class", []), fold.name]
            fold.name = "div"
        for code in article.select(".hide pre"):  # colours there would double the file
            code.string = code.get_text()
        for answer in article.select(".cell:has(> .hide) + :is(.short-answer, .answers)"):
            answer.insert_after(answer.find_previous_sibling("div"))  # the imports can wait
        for image in article.find_all("img"):
            image["loading"] = "eager"
            image["src"] = urljoin(path.as_uri(), image["src"])
        for named in article.find_all(id=True):
            named["id"] = f"{page}--{named['id']}"
        for name in REFERRING:
            for box in article.find_all(attrs={name: True}):
                box[name] = " ".join(f"{page}--{each}" for each in box[name].split())
        for link in article.find_all("a", href=True):
            self._lead(link, page)
        article["id"] = page
        return article

    def _lead(self, link: Tag, page: str) -> None:
        """Let a link lead to a place in the document, to the site, or nowhere."""
        address, place = urldefrag(urljoin(f"{page}.html", link["href"]))
        target = address.split("?")[0].removesuffix(".html")
        if "://" in address or address.startswith("mailto:"):
            return
        if target in self.parts:
            link["href"] = f"#{target}--{place}" if place else f"#{target}"
        elif about.address():
            link["href"] = urljoin(about.address(), address) + (f"#{place}" if place else "")
        else:
            link.name = "span"
            del link["href"]

    def html(self, starts: list[int] | None = None) -> str:
        """The document; `starts` are the numbers of the pages on which the articles begin."""
        links = "".join(
            f'<link rel="stylesheet" href="{escape(address)}" media="{medium or "all"}">'
            for address, medium in self.styles.items()
        )
        heads = ""
        for i, (article, title) in enumerate(zip(self.articles, self.titles, strict=True)):
            article["style"] = f"page: p{i}"
            # A string in CSS is as in JSON, but for a sign that could end the style.
            said = json.dumps(title, ensure_ascii=False).replace("<", r"\3c ")
            heads += f"@page p{i} {{ @top-right {{ content: {said} }} }}\n"
        return (
            f'<!DOCTYPE html><html lang="en" data-theme="light" class="whole-book"><head>'
            f'<meta charset="utf-8">{NO_SCRIPT}<title>{escape(about.citation()["title"])}</title>'
            f"{links}<style>{heads}</style></head><body>{_title_page()}{self._contents(starts)}"
            f'<main class="bd-main"><div class="bd-content"><div class="bd-article-container">'
            f"{''.join(map(str, self.articles))}</div></div></main></body></html>"
        )

    def _contents(self, starts: list[int] | None) -> str:
        rows, shown = "", ""
        starts = starts or [0] * len(self.titles)
        for (page, part), title, at in zip(self.parts.items(), self.titles, starts, strict=True):
            if part != shown:
                shown = part
                rows += f'<p class="part">{escape(part)}</p>'
            rows += f'<p><a href="#{page}"><span>{escape(title)}</span><b>{at}</b></a></p>'
        return f'<nav class="front book-contents"><h2>Contents</h2>{rows}</nav>'


def _title_page() -> str:
    said = about.provenance()
    lines = [
        f"Version {said['version']}, {said['date']}",
        said["commit"] and f"commit {said['commit'][:10]}",
        said["address"],
        f"Text and figures: {said['license']}. Code: MIT.",
        "The figures' files, the package's reference, changes and notices are on the site alone.",
    ]
    imprint = "".join(f"<p>{escape(line)}</p>" for line in lines if line)
    return (
        f'<header class="front"><h1>{escape(said["book"])}</h1>'
        f'<p class="authors">{escape(said["authors"])}</p>{imprint}</header>'
    )
