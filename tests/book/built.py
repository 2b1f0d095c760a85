"""Which pages the built site has, and how a browser test waits for one."""

from __future__ import annotations

import time

from about import SITE
from contents import page_names
from playwright.sync_api import Page


def page_paths() -> list[str]:
    """Every page of the book itself."""
    return page_names(SITE)


def until(page: Page, expression: str, arg: object = None) -> None:
    """Wait until an expression is true on a page, or a function of `arg` gives what is.

    Playwright's own `wait_for_function` lets the page evaluate a text, which its policy forbids.
    """
    late = time.monotonic() + 30
    while not page.evaluate(expression, arg):
        assert time.monotonic() < late, f"never true: {expression}"
        page.wait_for_timeout(20)
