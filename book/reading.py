"""Measure how long the main path of each chapter is, as a reader meets it on the built site.

The main path is what is seen without opening anything. Its words are those of the text: question,
short answer, prose, lists, captions, notes in the margin. Code and what it prints, cells of
tables, folds, footnotes, navigation, the numbers of headings and the links below a figure are no
words; a formula is one. A figure is a picture with a caption of its own, to look at or to touch.

A reader needs a minute for 200 words, a quarter of one for a figure, and two seconds for a line
of code that stands open.

    python book/reading.py [--site _build/html]
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from about import SITE
from bs4 import BeautifulSoup, Tag

WORDS_A_MINUTE, MINUTES_A_FIGURE, SECONDS_A_LINE = 200, 0.25, 2
MOST_WORDS, MOST_FIGURES, MOST_MINUTES = 1200, 4, 10

FIGURE = "figure.companion-figure"
NO_WORDS = (
    *("table", "script", "style", "pre", "nav", ".cell_output .text_html"),
    *(".headerlink", ".section-number", ".companion-links", ".reading-time", "[role=tooltip]"),
    *(".footnote-list", ".footnote-reference"),
)
"""What is taken away before words are counted; of a figure only the caption stays."""


@dataclass(frozen=True)
class Reading:
    """What a reader meets on the main path of a chapter."""

    words: int
    figures: int
    code_lines: int

    @property
    def minutes(self) -> float:
        """How long it takes, by the rule above."""
        return (
            self.words / WORDS_A_MINUTE
            + self.figures * MINUTES_A_FIGURE
            + self.code_lines * SECONDS_A_LINE / 60
        )

    @property
    def fits(self) -> bool:
        """Whether it is within the bounds that the book sets itself."""
        return (
            self.words <= MOST_WORDS
            and self.figures <= MOST_FIGURES
            and self.minutes <= MOST_MINUTES
        )


def main_path(page: str) -> Tag:
    """The article of a page (or the article alone), without what is folded or no text."""
    soup = BeautifulSoup(page, "html.parser")
    article = soup.find("article") or soup
    for folded in article.select("details"):
        folded.decompose()
    return article


def measure(page: str) -> Reading:
    """Measure a page, given as HTML."""
    article = main_path(page)
    figures = article.select(FIGURE)
    lines = sum(
        len(code.get_text().strip().splitlines()) for code in article.select(".cell_input pre")
    )
    return Reading(len(words(article)), len(figures), lines)


def words(article: Tag) -> list[str]:
    """The words of a main path; what is no word is taken out of it."""
    for figure in article.select(FIGURE):
        caption = figure.find("figcaption")
        figure.clear()
        if caption is not None:
            figure.append(caption)
    for math in article.select(".math"):
        math.replace_with(" x ")
    for part in article.select(", ".join(NO_WORDS)):
        part.extract()
    for block in article.find_all(["p", "li", "div", "h1", "h2", "h3", "br"]):
        block.insert_after(" ")
    return re.findall(r"\S*[^\W_]\S*", article.get_text())


def chapters(site: Path) -> dict[str, Reading]:
    """Every chapter of a built site, by the name of its page."""
    pages = sorted((site / "notebooks").glob("*.html"))
    return {page.stem: measure(page.read_text("utf-8")) for page in pages}


def main() -> int:
    """Print the table; the exit status says whether every chapter is within the bounds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--site", type=Path, default=SITE, help="the built site")
    found = chapters(parser.parse_args().site)
    print(f"{'main path of':<40} {'words':>6} {'figures':>8} {'code':>5} {'minutes':>8}")
    for name, each in found.items():
        late = "" if each.fits else "  too long"
        print(
            f"{name:<40} {each.words:>6,} {each.figures:>8} {each.code_lines:>5} "
            f"{each.minutes:>8.1f}{late}"
        )
    print(f"{'at most':<40} {MOST_WORDS:>6,} {MOST_FIGURES:>8} {'':>5} {MOST_MINUTES:>8.1f}")
    return 0 if found and all(each.fits for each in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
