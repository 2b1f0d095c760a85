"""Where the built site lies, which pages it has, and what a browser test needs."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "_build" / "html"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)


def page_paths() -> list[str]:
    """Every page of the book itself, without the theme's search page and indexes."""
    return sorted(
        str(path.relative_to(SITE))
        for folder in ("book", "notebooks")
        for path in (SITE / folder).rglob("*.html")
    )


def until(page: Page, expression: str, arg: object = None) -> None:
    """Wait until an expression is true on a page, or a function of `arg` gives what is.

    Playwright's own `wait_for_function` lets the page evaluate a text, which its policy forbids.
    """
    late = time.monotonic() + 30
    while not page.evaluate(expression, arg):
        assert time.monotonic() < late, f"never true: {expression}"
        page.wait_for_timeout(20)
