"""The words of the sources: numbers in words, places, levels of intervals, headers of tables."""

from __future__ import annotations

import ast
import json
import re

import pytest
from typed import NOTEBOOKS, PAGES, code_of, prose_of, typed_numbers

SOURCES = pytest.mark.parametrize("path", [*NOTEBOOKS, *PAGES], ids=lambda path: path.name)
EVERY = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
ROLE = r"\{[\w:-]+\}`[^`]*`"
TAGS = {"hide-input", "hide-cell"}

TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
UNITS = "two|three|four|five|six|seven|eight|nine"
TEENS = (
    "eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
    "|thirty|forty|fifty|sixty|seventy|eighty|ninety"
)
MANY = "hundred|thousand|million|billion|trillion"
IN_WORDS = re.compile(
    rf"\b(?:(?:{TENS})-(?:one|{UNITS})|(?:{UNITS}|ten|{TEENS}|twenty) per cent|(?:{TEENS})"
    rf"|(?:one|{UNITS}|ten|{TEENS}|twenty|{MANY}) (?:{MANY}))\b",
    re.I,
)
"""Numbers in words that code could give. Up to ten, and twenty, they are also plain language."""
SAID_IN_WORDS = {
    "01": {"ten thousand"},
    "04": {"hundred thousand"},
    "06": {"thirty", "one trillion"},
    "07": {"four hundred", "eleven", "hundred billion"},
    "08": {"ten billion"},
    "10": {"hundred million", "two billion", "forty"},
    "11": {"ten thousand", "thirteen", "nine billion"},
    "12": {"twelve"},
    "no": {"nineteen"},  # what 95 % means
    "qu": {"sixteen"},
}
"""By the first letters of a source: what papers say so, and what is named."""


@SOURCES
def test_no_number_is_typed_in_words(path):
    found = {
        f"{place}: {number}"
        for place, text in prose_of(path)
        for number in IN_WORDS.findall(re.sub(r"\{eval\}`[^`]*`", "", text))
        if number.lower() not in SAID_IN_WORDS.get(path.name[:2], ())
    }
    assert not found, "let an expression give these"


@SOURCES
def test_no_number_hides_in_backticks(path):
    spans = [
        f"{place}: {span}"
        for place, text in prose_of(path)
        for span in re.findall(r"`([^`\n]*)`", re.sub(ROLE, "", text))
        if re.fullmatch(r"[\d.,×^ %+−-]*\d[\d.,×^ %+−-]*", span)
    ]
    assert not spans, "let an expression give these"


@SOURCES
def test_every_chapter_that_is_named_exists_and_no_figure_is_named_by_a_number(path):
    """A figure of the book is called by `{numref}`, which follows when it moves."""
    chapters = {int(each.name[:2]) for each in NOTEBOOKS}
    for place, text in prose_of(path):
        plain = re.sub(ROLE, "", text)
        for named in re.findall(r"\bchapters?\s((?:\d+(?:, | and | to | or )?)+)", plain, re.I):
            missing = set(map(int, re.findall(r"\d+", named))) - chapters
            assert not missing, f"{place}: there is no chapter {sorted(missing)}"
        typed = re.findall(r"\bfig(?:ure)?s?\.?\s\d+\.\d+", plain, re.I)
        assert not typed, f"{place}: write {{numref}} in place of {typed}"


@EVERY
def test_a_cell_has_no_tag_but_those_that_fold_it(path):
    """`raises-exception` would show a reader the traceback of an error."""
    for i, cell in code_of(path):
        tags = set(cell["metadata"].get("tags", ()))
        assert tags <= TAGS, f"cell {i} of {path.name} is tagged {sorted(tags - TAGS)}"


LEVEL = re.compile(
    r"\b(\d+(?:\.\d+)?) %(?=,? (?:band|interval|confidence|as Table|over |of (?:resamples|draws)"
    r"|budgets|its runs|drawn))|\((\d\d) %[,):]"
    r"|(?:[Bb]and|[Bb]ars|[Ww]hiskers|[Rr]anges|[Bb]rackets):? (?:are )?(\d\d) %"
)
PRINTED_LEVELS = {"06": {"80"}}  # Table 2 of Hoffmann et al. has percentiles


@SOURCES
def test_an_interval_has_the_level_of_the_book(path):
    texts = [text for _, text in prose_of(path)]
    if path.suffix == ".ipynb":
        for _, cell in code_of(path):
            nodes = ast.walk(ast.parse("".join(cell["source"])))
            texts += [node.value for node in nodes if isinstance(node, ast.Constant)]
    said = {
        next(filter(None, level))
        for text in texts
        if isinstance(text, str)
        for level in LEVEL.findall(text)
    }
    allowed = {"95"} | PRINTED_LEVELS.get(path.name[:2], set())
    assert said <= allowed, f"intervals of {sorted(said - allowed)} %, and the book's are 95 %"


DIVIDED = re.compile(
    r"/ 1e(?P<power>3|6|9|12)\b[^`}\n]*[`})]+(?: \+ \")? ?"
    r"(?P<word>thousand|[mbtr]+illion|[kMGT]B)\b"
)
POWERS = {"thousand": 3, "kB": 3, "million": 6, "MB": 6, "billion": 9, "GB": 9, "trillion": 12}


@EVERY
def test_what_is_called_millions_is_divided_by_a_million(path):
    for place, cell in enumerate(json.loads(path.read_text("utf-8"))["cells"]):
        for found in DIVIDED.finditer("".join(cell["source"])):
            power = POWERS.get(found["word"], 12)
            assert power == int(found["power"]), f"cell {place} of {path.name}: {found[0]}"


def tables(text: str) -> list[list[list[str]]]:
    """The tables of a text: rows of cells, the header first."""
    blocks = re.findall(r"(?:^\|.*\|[ ]*\n?){3,}", text, re.M)
    rows = [[line.strip()[1:-1].split("|") for line in block.splitlines()] for block in blocks]
    return [[[cell.strip() for cell in row] for row in (each[0], *each[2:])] for each in rows]


LETTERS = {"parameters": "N", "tokens": "D", "compute": "C"}


def named(title: str) -> str:
    """What a header names in code: itself, if it is a name alone, or what it computes."""
    return title if re.fullmatch(r"\w+", title) else " ".join(re.findall(r"`[^`]*`", title))


def wrong_heads(table: list[list[str]]) -> list[str]:
    """Headers of columns that hold what another header names."""
    head, *rows = table
    names = [set(re.findall(r"[a-z_]{4,}", named(cell).lower())) for cell in head]
    found = []
    for k, title in enumerate(head):
        cells = [" ".join(re.findall(ROLE, row[k])) for row in rows]
        whole = " ".join(cells)
        others = set().union(*(names[:k] + names[k + 1 :])) - names[k]
        code = [" ".join(re.findall(r"`([^`]*)`", cell)) for cell in cells]
        inside = [set(re.findall(r"[a-z_]{4,}", cell.lower())) for cell in code]
        letters = [set(re.findall(r"(?:_|\b)([NDC])\b", cell)) for cell in code]
        asked = {letter for word, letter in LETTERS.items() if title == word}
        wrong = [
            "claim-value" in whole and re.search(r"\bpaper\b|printed|^Section", title, re.I),
            "claim-printed" in whole and re.search(r"recomputed|^ours\b|^from ", title, re.I),
            "claim-" in whole.replace("claim-verdict", "") and title.lower() == "verdict",
            len(asked) == 1 and any(one and not one & asked for one in letters),
            any(cell & others and not cell & names[k] for cell in inside if names[k]),
        ]
        if any(wrong):
            found.append(title)
    return found


@SOURCES
def test_a_header_heads_its_own_column(path):
    for place, text in prose_of(path):
        for table in tables(text):
            assert wrong_heads(table) == [], f"{place}: what stands below these headers?"


HEADED = "| | the paper | ours |\n|---|---|---|\n| a | {claim-printed}`x` | {claim-value}`x` |\n"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (HEADED, []),
        (HEADED.replace("the paper | ours", "ours | the paper"), ["ours", "the paper"]),
        ("| | Gopher |\n|--|--|\n| a | {eval}`GOPHER[0]` |\n", []),
        (
            "| Gopher | Kaplan |\n|--|--|\n| {eval}`kaplan` | {eval}`gopher` |\n",
            ["Gopher", "Kaplan"],
        ),
        ("| tokens |\n|--|\n| {eval}`old_N` |\n", ["tokens"]),
    ],
)
def test_headers_that_changed_places_are_found(text, wrong):
    (table,) = tables(text)
    assert len(wrong_heads(table)) == len(wrong)


SIZES = {"under 2B", "2B to 15B", "15B to 100B", "over 100B"}
UNIT_SIZE = {"model size (1: the cheapest to train)", "bill of a lifetime (1 at size 1)"}
TYPED_IN_PICTURES = {
    "01": {"and 5,"},  # two tables
    "06": {"and tokens per parameter if 20 is best", "80 %, as  prints it"},
    "10": {"Three sizes on 300B tokens", "epochs on 300B tokens"},
    "11": SIZES | UNIT_SIZE,
    "12": {"1: best run at", "2: parabola", "3: formula"},  # approaches by their numbers
}
"""What pictures say with digits in them, and no code gives: names, rules, classes."""


def strings_of_drawings(source: str) -> list[str]:
    """Texts of more than a word that functions which draw have typed, without values put in."""
    functions = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.name.startswith(("draw", "touch"))
    ]
    nodes = [node for function in functions for node in ast.walk(function)]
    values = [node for node in nodes if isinstance(node, ast.FormattedValue)]
    inside = {id(part) for value in values for part in ast.walk(value)}
    return [
        node.value
        for node in nodes
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in inside
        and re.search(r"[A-Za-z]{2,} |[ %][A-Za-z]{2,}", node.value)
        and not re.search(r"[<>?*]|datum|\w - \w|\w - \d|\d - \w", node.value)  # code of a chart
    ]


@EVERY
def test_no_number_is_typed_into_a_picture(path):
    found = {
        line
        for _, cell in code_of(path)
        for text in strings_of_drawings("".join(cell["source"]))
        for line in typed_numbers(re.sub(r"\{[^{}]*\}", "", text))
    }
    assert found <= TYPED_IN_PICTURES.get(path.name[:2], set()), "let code put these in"
