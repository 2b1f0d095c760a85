"""What the tests of the built site share: where it lies, its pages, and a browser."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cache

import build
import chromium
import pytest
from about import SITE
from bs4 import BeautifulSoup
from built import page_paths
from playwright.sync_api import Browser

HOW = "install one (on Debian: apt-get install chromium) and run 'make test' again"
_left_out: list[str] = []


def pytest_configure(config: pytest.Config) -> None:
    if reason := build.stale(SITE):
        raise pytest.UsageError(f"{reason}: run 'make book' first, or 'make test'")
    if chromium.PATH is None and os.environ.get("REQUIRE_BROWSER"):
        raise pytest.UsageError(f"REQUIRE_BROWSER is set and no Chromium was found: {HOW}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a Chromium the browser tests are left out, and said so at the end."""
    if chromium.PATH is not None:
        return
    browser = [item for item in items if item.get_closest_marker("browser")]
    _left_out.extend(item.nodeid for item in browser)
    config.hook.pytest_deselected(items=browser)
    items[:] = [item for item in items if item not in browser]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _left_out:
        terminalreporter.write_line(
            f"NOT RUN: {len(_left_out)} tests that look at pages, no Chromium: {HOW}"
        )


class Pages(Mapping[str, BeautifulSoup]):
    """Every page by its name, each parsed when somebody first asks for it."""

    def __init__(self) -> None:
        self.names = dict.fromkeys(page_paths())

    def __getitem__(self, name: str) -> BeautifulSoup:
        if name not in self.names:
            raise KeyError(name)
        return parsed(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


@cache
def parsed(name: str) -> BeautifulSoup:
    return BeautifulSoup((SITE / name).read_text("utf-8"), "html.parser")


@pytest.fixture(scope="session")
def pages() -> Pages:
    """Every page, parsed."""
    return Pages()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium.launched() as browser:
        yield browser
