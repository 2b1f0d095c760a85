"""The Chromium that is installed here, and windows of it, for commands and tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from shutil import which
from typing import Any

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATH = next(filter(None, map(which, NAMES)), None)
"""Where it is, or nothing if there is none."""


def launch(playwright: Playwright) -> Browser:
    """A browser that asks nobody for anything but what its pages ask for."""
    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    return playwright.chromium.launch(executable_path=PATH, args=options)


@contextmanager
def launched() -> Iterator[Browser]:
    """The same, closed at the end."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


def window(browser: Browser, width: int = 1280, theme: str = "light", **more: Any) -> Page:
    """A window that has never seen the site, of a reader who has chosen a theme."""
    size = {"width": width, "height": 900}
    page = browser.new_page(viewport=size, color_scheme=theme, **more)
    for key in ("mode", "theme"):
        page.add_init_script(f"localStorage.setItem('{key}', '{theme}')")
    return page
