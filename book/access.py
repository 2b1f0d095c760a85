"""What shuts readers out of a page: axe-core looks at it, as it stands in an open window.

`findings(page)` says it in lines, the worst first; `open_folds(page)` lets it look into folds.
"""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

IMPACTS = ("critical", "serious", "moderate", "minor")
GRAVE = IMPACTS[:2]

_OPTIONS = {
    "resultTypes": ["violations"],  # the others are counted, not listed
    "elementRef": False,
    "rules": {name: {"enabled": True} for name in ("label-content-name-mismatch", "target-size")},
    "preload": False,  # fetches style sheets, which no page opened as a file may
}
_CONTEXT = {"exclude": [["table.claims tbody tr:nth-child(n + 80)"]]}  # one function writes all
_OPEN = """async () => {
  // axe asks what lies where: rows out of sight must have their true height
  for (const row of document.querySelectorAll("tr.claim")) row.style.contentVisibility = "visible";
  const opened = {};
  for (const fold of document.querySelectorAll("details")) {
    const kind = fold.className;
    opened[kind] = (opened[kind] ?? 0) + 1;
    if (opened[kind] <= 40) fold.open = true; // a thousand that are alike take minutes
  }
  const touchable = [...document.querySelectorAll(".companion-touch")];
  await Promise.all(touchable.map((figure) => figure.touch?.open()));
  for (const moving of document.getAnimations()) moving.finish(); // what fades in is pale at first
}"""


def open_folds(page: Page) -> None:
    """Open the folds and draw the figures that can be touched, as a reader would."""
    page.evaluate(_OPEN)


def findings(page: Page, impacts: tuple[str, ...] = IMPACTS) -> list[str]:
    """One line for each rule that the page breaks: impact, rule, where first, how often."""
    answer = Axe().run(page, context=_CONTEXT, options=_OPTIONS).response
    found: list[dict[str, Any]] = answer["violations"]
    broken = [rule for rule in found if rule["impact"] in impacts]
    broken.sort(key=lambda rule: (IMPACTS.index(rule["impact"]), rule["id"]))
    return [_line(rule) for rule in broken]


def _line(rule: dict[str, Any]) -> str:
    places = rule["nodes"]
    first = places[0]["target"][-1]  # within the innermost frame
    return f"{rule['impact']}: {rule['id']}: {first} ({len(places)}x)"
