"""Open every page of the built site in a browser and say what it costs a reader.

The site is served here, compressed, over a network made slow, and each page is opened anew: wide
and narrow, light and dark. A line a page, with the worst of its windows: kilobytes over the wire
when it opens and when it has been scrolled to its end, those of Vega's script where a figure can
be touched, requests, layout shift, and what axe-core finds grave. What is over a limit is marked,
and then the exit status is 1.

    python book/pages.py [--site _build/html] [--only notebooks/06]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

import access
import chromium
from about import SITE
from contents import page_names
from playwright.sync_api import Browser, Page, sync_playwright
from serving import served

WINDOWS = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]
LOOKED_AT = [(1280, "light"), (390, "dark")]
"""Windows in which axe-core looks: colours and widths are each seen once."""
MOST_KB, MOST_SHIFT = 500, 0.05
"""Kilobytes (of 1,000 bytes) of any page as it opens and of a chapter to its end; layout shift."""

WATCH = """
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) shifted += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  performance.setResourceTimingBufferSize(1000);
"""
SCROLL = """async () => {
  for (let y = 0; y < document.documentElement.scrollHeight; y += 600) {
    scrollTo({ top: y, behavior: "instant" });
    await new Promise((done) => setTimeout(done, 60));
  }
}"""
COUNT = """() => [...performance.getEntriesByType("navigation"),
  ...performance.getEntriesByType("resource")].filter((entry) => entry.transferSize)
  .map((entry) => [entry.name, entry.transferSize])"""


@dataclass(frozen=True)
class Cost:
    """What a page costs; of several windows the worst."""

    opened: float
    scrolled: float
    vega: float
    requests: int
    shift: float
    findings: tuple[str, ...] = ()

    def worse(self, other: Cost) -> Cost:
        """The worse of two, figure by figure; findings of both."""
        numbers = (max(getattr(self, f.name), getattr(other, f.name)) for f in fields(self)[:-1])
        return Cost(*numbers, tuple(dict.fromkeys(self.findings + other.findings)))

    def over(self, name: str) -> list[str]:
        """Which limits the page of this name exceeds."""
        kilobytes = self.scrolled if name.startswith("notebooks/") else self.opened
        said = [f"over {MOST_KB} kB"] * (kilobytes > MOST_KB)
        return said + [f"shifts over {MOST_SHIFT}"] * (self.shift > MOST_SHIFT)


@contextmanager
def window(browser: Browser, width: int, theme: str) -> Iterator[Page]:
    """A window that watches what shifts."""
    page = chromium.window(browser, width, theme)
    page.add_init_script(WATCH)
    yield page
    page.close()


def cost(page: Page, address: str, *, look: bool = False) -> Cost:
    """What the page at an address costs in this window, which has not seen it yet."""
    page.goto(address, timeout=120_000)
    opened = _settled(page)
    page.evaluate(SCROLL)
    scrolled, shift = _settled(page), page.evaluate("shifted")
    if look:
        access.open_folds(page)
    findings = tuple(access.findings(page, access.GRAVE)) if look else ()
    first, vega = _kilobytes(opened) - _kilobytes(opened, "vega"), _kilobytes(scrolled, "vega")
    return Cost(first, _kilobytes(scrolled) - vega, vega, len(scrolled), shift, findings)


def _settled(page: Page) -> list[tuple[str, int]]:
    """The files that came, once no more come."""
    before: list[tuple[str, int]] = []
    while len(now := page.evaluate(COUNT)) > len(before):
        before = now
        page.wait_for_timeout(400)
    return before


def _kilobytes(files: list[tuple[str, int]], part: str = "") -> float:
    return sum(size for name, size in files if part in name) / 1000


def _start() -> None:
    """In each process: a browser that stays open."""
    global _browser
    _browser = chromium.launch(sync_playwright().start())


def _measure(task: tuple[str, str, int, str]) -> tuple[str, Cost]:
    address, name, width, theme = task
    with window(_browser, width, theme) as page:
        return name, cost(page, address + name, look=(width, theme) in LOOKED_AT)


def main() -> int:
    """Print the table; the exit status says whether every page is within the limits."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--site", type=Path, default=SITE, help="the built site")
    parser.add_argument("--only", default="", help="pages whose path starts with this")
    given = parser.parse_args()
    names = [*page_names(given.site), "search.html", "404.html"]
    names = [name for name in names if name.startswith(given.only)]
    found: dict[str, Cost] = {}
    with served(given.site) as address, ProcessPoolExecutor(4, initializer=_start) as pool:
        tasks = [(address, name, *each) for name in names for each in WINDOWS]
        for name, each in pool.map(_measure, tasks):
            found[name] = each.worse(found[name]) if name in found else each
    print(f"{'':<48} {'opened':>7} {'to end':>7} {'Vega':>5} {'requests':>8} {'shift':>6}")
    for name, each in found.items():
        marks = "; ".join(each.over(name) + list(each.findings))
        print(
            f"{name:<48} {each.opened:>4.0f} kB {each.scrolled:>4.0f} kB {each.vega:>5.0f} "
            f"{each.requests:>8} {each.shift:>6.3f}  {marks}".rstrip()
        )
    return int(not found or any(each.over(n) or each.findings for n, each in found.items()))


if __name__ == "__main__":
    sys.exit(main())
