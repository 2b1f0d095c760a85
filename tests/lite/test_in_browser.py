"""Chapters run in Chromium by the site's own Python: one through the button, then every one."""

from __future__ import annotations

import gzip
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import build_lite
import pytest
from about import SITE
from playwright.sync_api import Browser, ConsoleMessage, Page

CHAPTER = "06_twenty_tokens_per_parameter"
NOTEBOOKS = sorted(path.stem for path in (SITE / "notebooks").glob("*.ipynb"))
MINUTES = 10

CELLS = """() => [...jupyterapp.shell.currentWidget.content.model.cells]
  .filter(cell => cell.type === 'code').map(cell => cell.toJSON())"""

PACKAGES = ["micropip", "ipython", "numpy", "pandas", "scipy", "matplotlib", "markupsafe"]
ENVIRONMENT = """
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

def run(cells):
    "Run a chapter's cells; say what each printed, and which failed with what."
    shell, printed = InteractiveShell(), []
    for code in cells:
        with capture_output() as seen:
            done = shell.run_cell(code)
        error = done.error_before_exec or done.error_in_exec
        printed.append((seen.stdout, repr(error) if error else ""))
    return printed
"""
START = """async ([packages, wheels, environment]) => {
  globalThis.python = await loadPyodide();
  await python.loadPackage(packages);
  await python.pyimport('micropip').install.callKwargs(python.toPy(wheels), {deps: false});
  python.runPython(environment);
}"""
RUN = """cells => python.globals.get('run')(python.toPy(cells)).toJs({create_proxies: false})"""


class Window:
    """A page that notes what it asked for, what it loaded and what went wrong."""

    def __init__(self, browser: Browser, site: str) -> None:
        self.site = site
        self.context = browser.new_context(viewport={"width": 1280, "height": 900})
        self.asked: list[str] = []
        self.trouble: list[str] = []
        self.context.on("request", lambda request: self.asked.append(request.url))
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.trouble.append(str(error)))
        self.page.on("console", self._note)
        for key in ("mode", "theme"):
            self.page.add_init_script(f"localStorage.setItem('{key}', 'light')")

    def _note(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.trouble.append(f"{said.text} {said.location['url']}")

    def foreign(self) -> list[str]:
        """What was asked of another host."""
        own = (self.site, f"blob:{self.site}", "data:")
        return [url for url in self.asked if not url.startswith(own)]

    def of_lite(self) -> list[str]:
        """What was asked of the lite site, each file once."""
        paths = {re.sub(r"[?#].*", "", url).removeprefix(self.site) for url in self.asked}
        return sorted(path for path in paths if path.startswith("lite/"))


@pytest.fixture
def window(browser: Browser, site: str) -> Iterator[Window]:
    opened = Window(browser, site)
    yield opened
    opened.context.close()


def _run_all(page: Page) -> list[dict[str, Any]]:
    """Choose Run > Run All Cells; the code cells when all have run or one has failed."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    end = time.monotonic() + 60 * MINUTES
    while time.monotonic() < end:
        page.wait_for_timeout(500)
        cells: list[dict[str, Any]] = page.evaluate(CELLS)
        failed = any(o["output_type"] == "error" for c in cells for o in c["outputs"])
        if failed or all(cell["execution_count"] for cell in cells):
            return cells
    pytest.fail(f"the chapter had not run after {MINUTES} minutes")


def test_a_chapter_runs_through_the_button_below_its_title(window, lite):
    page = window.page
    page.goto(f"{window.site}notebooks/{CHAPTER}.html")
    answer = page.locator(".short-answer > p:not(.admonition-title)").first.inner_text()
    page.get_by_role("button", name="run it here").click()
    said = page.locator(".run-here-says").inner_text()
    assert f"about {build_lite.MEGABYTES} MB of Python (Pyodide) from this site" in said
    assert window.of_lite() == [], "something was loaded before the reader said so"

    page.get_by_role("link", name="Start").click()
    page.wait_for_selector(".jp-Notebook blockquote strong >> nth=1")
    text = page.locator(".jp-Notebook").inner_text()
    assert answer.replace("’", "'") in text, "the numbers in the text"
    cells = _run_all(page)
    errors = [o for cell in cells for o in cell["outputs"] if o["output_type"] == "error"]
    assert errors == []
    assert [o["text"] for c in cells for o in c["outputs"] if o.get("name") == "stderr"] == []
    printed = {c["id"]: "".join(o.get("text", "") for o in c["outputs"]) for c in cells}
    assert "16.5B tokens" in printed["parabola"]

    page.wait_for_selector(".jp-RenderedVegaCommon5 :is(canvas, svg)", state="attached")
    picture = page.locator(".jp-Notebook figure img").first
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 300
    assert (window.foreign(), window.trouble) == ([], [])
    loaded = sum(_sent(lite / path) for path in window.of_lite()) / 1e6
    assert loaded == pytest.approx(build_lite.MEGABYTES, rel=0.1), "what the button promises"


def test_a_page_that_is_opened_as_a_file_offers_no_python(browser, lite):
    context = browser.new_context(bypass_csp=True)  # the script comes from another folder
    page = context.new_page()
    page.goto((SITE / "notebooks" / f"{CHAPTER}.html").as_uri())
    page.add_script_tag(path=lite / "_static" / "lite.js")
    assert page.locator("button.run-here").is_hidden()
    context.close()


def _sent(path: Path) -> int:
    """The bytes that a server sends for a file: packages as they are, anything else packed."""
    if not path.is_file():
        return 0
    content = path.read_bytes()
    return len(content if path.suffix in (".whl", ".zip") else gzip.compress(content, 6))


@pytest.fixture(scope="module")
def python(browser: Browser, site: str, lite: Path) -> Iterator[Page]:
    """A page with the site's Python alone, in which every chapter can run in turn."""
    page = browser.new_page()
    page.goto(f"{site}lite/jupyter-lite.json")
    page.add_script_tag(url=f"{site}lite/static/pyodide/pyodide.js")
    wheels = [f"{site}lite/pypi/{path.name}" for path in (lite / "lite" / "pypi").glob("*.whl")]
    page.evaluate(START, [PACKAGES, wheels, ENVIRONMENT])
    yield page
    page.close()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_chapter_runs_whole_and_prints_what_the_book_shows(python, name):
    executed = json.loads((SITE / "notebooks" / f"{name}.ipynb").read_text("utf-8"))
    cells = [c for c in executed["cells"] if c["cell_type"] == "code" and c["id"] != "install"]
    found = python.evaluate(RUN, ["".join(cell["source"]) for cell in cells])
    wrong = []
    for cell, (printed, error) in zip(cells, found, strict=True):
        streams = (o for o in cell["outputs"] if o["output_type"] == "stream")
        shown = "".join("".join(o["text"]) for o in streams if o["name"] == "stdout")
        if error or shown not in printed:
            wrong.append(f"{name}, cell {cell['id']}: {error or f'{printed!r}, not {shown!r}'}")
    assert wrong == []
