"""The whole book on paper: `make pdf` prints it to `_build/scaling-laws-reexecuted.pdf`.

Chromium prints it twice: the first time to learn on which page each chapter starts. The numbers
on the pages, and all else that paper needs, are in `_static/print.css`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import about
from about import SITE
from chromium import launched
from paper import Book, reading_order
from playwright.sync_api import Browser, Page
from pypdf import PdfReader, PdfWriter

OUT = about.ROOT / "_build" / "scaling-laws-reexecuted.pdf"
STARTED = time.perf_counter()
WIDTH = 643
"""Of the text on A4 with margins of 20 mm, in pixels."""

# What is wider than the text becomes smaller; what is wider still, or cut, is said.
FIT = """() => {
  const edge = document.body.getBoundingClientRect().right + 0.5;
  const right = (box) => box.getBoundingClientRect().right;
  const boxes = [...document.querySelectorAll("table, math, svg, img, pre")];
  for (const box of boxes.filter((box) => right(box) > edge)) {
    const { left, width } = box.getBoundingClientRect();
    box.style.zoom = Math.max(0.4, (edge - left) / width - 0.01);
  }
  const cut = (box) => box.matches("pre") && box.scrollWidth > box.offsetWidth;
  const said = (box) => `${box.closest("[id]").id}: ${box.textContent.trim().slice(0, 60)}`;
  return boxes.filter((box) => right(box) > edge || cut(box)).map((box) => said(box).trim());
}"""


def print_book(
    browser: Browser, pages: list[tuple[str, str]], out: Path, site: Path = SITE
) -> list[str]:
    """Print pages of the site, given as (part, name), as one PDF; say what is cut in it."""
    book = Book(pages, site)
    _say(f"{len(book.articles)} pages of the site are put together")
    window = browser.new_page(viewport={"width": WIDTH, "height": 900})
    window.emulate_media(media="print")
    with TemporaryDirectory() as folder:
        source, printed = Path(folder, "book.html"), Path(folder, "book.pdf")
        cut = _print(window, book.html(), source, printed)
        first = PdfReader(printed)
        _say(f"{len(first.pages)} pages are printed; now with their numbers in the contents")
        _print(window, book.html(chapters(first)[1:]), source, printed)
        _finish(printed, out)
    window.close()
    return cut


def _print(window: Page, html: str, source: Path, printed: Path) -> list[str]:
    source.write_text(html, "utf-8")
    window.goto(source.as_uri())
    cut: list[str] = window.evaluate(FIT)
    window.pdf(path=printed, format="A4", print_background=True, outline=True, tagged=True)
    return cut


def chapters(pdf: PdfReader) -> list[int]:
    """The page, counted from one, on which each heading of the first level stands."""
    top = [entry for entry in pdf.outline if not isinstance(entry, list)]
    return [pdf.get_destination_page_number(entry) + 1 for entry in top]


def _finish(printed: Path, out: Path) -> None:
    """Say inside the file what it is."""
    said = about.provenance()
    writer = PdfWriter(clone_from=printed)
    writer.metadata = {
        "/Title": said["book"],
        "/Author": said["authors"],
        "/Subject": f"Version {said['version']}, {said['date']} {said['commit'][:10]}".strip(),
        "/Keywords": f"{said['license']} {said['address']}".strip(),
        "/CreationDate": f"D:{said['date'].replace('-', '')}000000Z",
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    writer.write(out)


def _say(what: str) -> None:
    print(f"  {time.perf_counter() - STARTED:5.1f} s  {what}", file=sys.stderr, flush=True)


def main() -> None:
    with launched() as browser:
        for what in print_book(browser, reading_order(), OUT):
            print(f"cut at the edge of its page: {what}", file=sys.stderr)
    size = OUT.stat().st_size / 1e6
    print(f"{OUT.relative_to(about.ROOT)}: {len(PdfReader(OUT).pages)} pages, {size:.1f} MB")


if __name__ == "__main__":
    main()
