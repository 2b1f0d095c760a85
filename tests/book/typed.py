"""Which numbers of a text somebody typed, and where the texts are: prose and cells."""

from __future__ import annotations

import json
import re
from pathlib import Path

import first_cell
from about import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PAGES = sorted((ROOT / "book").glob("*.md"))

# What may be typed: names and places. Everything else with a digit comes from code.
ALLOWED = [
    r"\{[\w:-]+\}`[^`]*`",  # a role: numbers, claims, references, citations
    r"`[^`]*`",  # code
    r"(?m)^\d+\. ",  # a numbered list
    r"\[\d+\]\([^)]*\)|\]\([^)]*\)",  # a chapter's number as a link; the address of a link
    r"<https?://[^>]*>",
    r"\b(arXiv[: ]|version |Python )\d[\d.]*v?\d*",
    # Places: "Section 5.2", "Eqs. 5.1 to 5.5", "Tables 2, 3 and 5", "chapters 5 and 8".
    r"(?i)\b(sections?|secs?\.|equations?|eqs?\.|tables?|figures?|figs?\.|appendix|app\.|chapters?|"
    r"rows?|footnotes?|approach|approaches)\s(\(?[A-F]?\.?\d+(\.\d+)*\)?(,? (and|to|or) |, )?)+",
    r"\b[A-F]\.\d+(\.\d+)?\b",  # B.3 alone
    r"\b(19|20)\d\d\b",  # years
    r"\b20:1\b|\b6ND\b|C\^0\.27",  # names that readers know
    r"\bCC BY 4\.0\b",  # a licence
    r"\b95 %",  # the level of every interval: it names the convention
    # Names of models and data sets.
    r"\b(GPT-\d|(Open)?WebText2|C4|MT-NLG 530B|[A-Z][A-Za-z]+-\d+B?|Llama[ -]\d(\.\d)?)\b",
]


def code_of(path: Path) -> list[tuple[int, dict]]:
    """(number, cell) of a notebook's code, but for the cell that installs, which is no Python."""
    cells = enumerate(json.loads(path.read_text("utf-8"))["cells"])
    return [(i, c) for i, c in cells if c["cell_type"] == "code" and c["id"] != first_cell.ID]


def prose_of(path: Path) -> list[tuple[str, str]]:
    """(place, text) of every piece of prose, without code blocks and directives' options."""
    if path.suffix == ".ipynb":
        cells = json.loads(path.read_text("utf-8"))["cells"]
        pieces = [
            (f"{path.name} cell {i}", "".join(cell["source"]))
            for i, cell in enumerate(cells)
            if cell["cell_type"] == "markdown"
        ]
    else:
        text = re.sub(r"\A---\n.*?\n---\n", "", path.read_text("utf-8"), flags=re.S)
        pieces = [(path.name, text)]
    return [(place, _prose(text)) for place, text in pieces]


def _prose(text: str) -> str:
    """Drop fenced code and the heads of directives; keep the text inside of admonitions."""
    code = r"^(```+)(?!\{(admonition|note|warning|tip))[^\n]*\n.*?^\1\s*$"
    text = re.sub(code, "", text, flags=re.M | re.S)
    return re.sub(r"^(```+|:::+)\{[^\n]*\n(:\w+:[^\n]*\n)*", "", text, flags=re.M)


def typed_numbers(text: str) -> list[str]:
    """Lines of prose that hold a number typed by hand."""
    # Formulas hold symbols and small integers; a decimal or a large number in one is a result.
    text = re.sub(
        r"(\$\$?)(.+?)\1",
        lambda m: m.group() if re.search(r"\d\.\d|\d{3,}", m.group(2)) else "",
        text,
        flags=re.S,
    )
    for pattern in ALLOWED:
        text = re.sub(pattern, "", text)
    return [line.strip() for line in text.splitlines() if re.search(r"\d", line)]
