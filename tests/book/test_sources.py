"""The book's sources: no number typed by hand in prose, no outputs in notebooks, short cells."""

from __future__ import annotations

import ast
import json
import re
from types import SimpleNamespace

import companion_figures
import first_cell
import pytest
from about import ROOT, address
from typed import NOTEBOOKS, PAGES, code_of, prose_of, typed_numbers


@pytest.mark.parametrize("path", [*NOTEBOOKS, *PAGES], ids=lambda path: path.name)
def test_no_number_in_prose_is_typed_by_hand(path):
    found = [f"{place}: {line}" for place, text in prose_of(path) for line in typed_numbers(text)]
    assert not found, (
        "let an expression give these, or quote them with a claim role:\n" + "\n".join(found)
    )


WORDS = ("caption", "alt", "title", "say")


def words_ofcode_of(source: str) -> list[tuple[str, str]]:
    """(place, text) of the words that a cell types itself, without the values it puts into them.

    These are captions, alternative texts, titles and the words of touchable figures, given to
    `publish` or kept in a variable of that name.
    """
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign):
            names = {getattr(target, "id", "") for target in node.targets} & set(WORDS)
            found += [(name, _typed(node.value)) for name in names]
        if not isinstance(node, ast.Call):
            continue
        if getattr(node.func, "attr", getattr(node.func, "id", "")) == "publish":
            found += [(k.arg, _typed(k.value)) for k in node.keywords if k.arg in WORDS]
    return found


def _typed(words: ast.expr) -> str:
    """The constants of an expression that makes words, without those inside of its values."""
    constants = (node for node in ast.walk(words) if isinstance(node, ast.Constant))
    text = " ".join(str(node.value) for node in constants if not _in_a_value(node, words))
    return re.sub(r"\{\w+(:[^}]*)?\}", "", text)  # results of a touchable figure


def _in_a_value(node: ast.Constant, words: ast.expr) -> bool:
    """Whether a constant is part of code inside the braces of an f-string."""
    values = (part for part in ast.walk(words) if isinstance(part, ast.FormattedValue))
    return any(node is inner for value in values for inner in ast.walk(value))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_no_number_in_a_caption_is_typed_by_hand(path):
    found = [
        f"{path.name} cell {i}, {place}: {line}"
        for i, cell in code_of(path)
        for place, text in words_ofcode_of("".join(cell["source"]))
        for line in typed_numbers(text)
    ]
    assert not found, "let code put these in:\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("source", "typed"),
    [
        ('publish("a", d, t, caption="It needs 9.7 times the compute.")', True),
        ('publish("a", d, t, caption=f"It needs {x:.1f} times {fmt(95, \'pct0\')}.")', False),
        ('publish("a", d, t, alt=("Falls from 4 to " f"{low}."), caption="No number.")', True),
        ('caption = f"Falls by {x} from 9.7 times."', True),
    ],
)
def test_the_scan_of_code_finds_typed_numbers_and_only_those(source, typed):
    assert any(typed_numbers(text) for _, text in words_ofcode_of(source)) is typed


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("Loss falls by 5 % when size doubles.", True),
        ("It costs $C^{0.27}$ tokens.", True),
        ("A model of 70 billion parameters.", True),
        ("See Section 5.2, Eqs. 5.1 to 5.5 and Tables 2, 3 and 5 of Kaplan et al. 2020.", False),
        ("The loss is $L = (N_c / N)^{\\alpha_N}$, so {eval}`factor` is left.", False),
        ("Appendix B.3 gives {claim-value}`kaplan-b12-size-ratio`.", False),
        ("The rule of 20:1 is a name.", False),
    ],
)
def test_the_scan_finds_typed_numbers_and_only_those(text, typed):
    assert bool(typed_numbers(text)) is typed


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebook_is_stripped_and_its_cells_are_short(path):
    for i, cell in code_of(path):
        assert not cell["outputs"], f"cell {i} holds outputs"
        assert cell["execution_count"] is None, f"cell {i} holds an execution count"
        source = "".join(cell["source"])
        assert source.count("\n") < 45, f"cell {i} is too long to read"
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                longer = {"draw": 30, "touch": 40}  # a picture, and a chart with its inputs
                most = longer.get(node.name.split("_")[0], 6)
                assert length <= most, f"cell {i}: {node.name} belongs in the package"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_every_notebook_brings_the_package_at_the_books_version_and_address(path):
    """If this fails, run `python book/first_cell.py`."""
    assert json.loads(path.read_text("utf-8"))["cells"][1] == first_cell.cell(address())


def test_every_verdict_has_its_meaning_and_its_colours():
    import claims

    legend = (ROOT / "book" / "claims.md").read_text("utf-8")
    style = (ROOT / "book" / "_static" / "claims.css").read_text("utf-8")
    for verdict in claims.VERDICTS:
        assert f"**{verdict}**\n: " in legend, verdict
        name = f".verdict-{verdict.replace(' ', '-')} {{ color: "
        muted = f"{name}var(--pst-color-text-muted)" in style  # the theme's, light and dark
        assert muted or style.count(name) == style.count(f'[data-theme="dark"] {name}') + 1 == 2


def test_every_public_module_has_its_place_in_the_package_pages():
    """Left out: what lies below the fitter and the borrower's door, and what a package shows."""
    pages = "\n".join(path.read_text("utf-8") for path in (ROOT / "book" / "api").glob("*.md"))
    listed = set(re.findall(r"automodule:: (scaling_utils[.\w]*|reanalysis[.\w]*)", pages))
    paths = [p for place in ("scaling_utils", "reanalysis") for p in (ROOT / place).rglob("*.py")]
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in paths
        if not path.stem.startswith("_")
    }
    below = {
        *("fitting.constrained", "fitting.coordinates", "fitting.jets", "fitting.points"),
        *("fitting.solver", "fitting.starts", "fitting.steps", "own.drawing", "own.words"),
        *("laws.base", "laws.kaplan", "figures.registry", "figures.style"),
    }
    assert modules - listed == {f"scaling_utils.{name}" for name in below}
    assert listed - modules == {"scaling_utils.laws", "scaling_utils.figures"}


def test_a_caption_cannot_bring_html_into_the_page():
    from filling import no_html

    assert "<" not in no_html("<img src=x onerror=alert(1)></p><!-- -->")
    assert no_html("Loss $L < 2$ where 1 < 2.") == "Loss $L < 2$ where 1 < 2."


class Parsed(Exception):
    """What a directive gives to the parser."""


def test_a_figure_gives_its_caption_to_the_parser_without_html(monkeypatch):
    def parse(_: companion_figures.CompanionFigure, text: str, lineno: int) -> None:
        raise Parsed(text)

    card = {"id": "a", "alt": "A", "caption": "<b>Bold</b> where 1 < 2.", "size": [7, 4]}
    card["narrow_size"] = card["size"]
    monkeypatch.setattr(companion_figures, "read_card", lambda _: card)
    monkeypatch.setattr(companion_figures, "touchable", lambda *_: "")
    monkeypatch.setattr(companion_figures.CompanionFigure, "parse_inline", parse)
    monkeypatch.setenv(companion_figures.FIGURES_DIR, "")
    figure = object.__new__(companion_figures.CompanionFigure)
    figure.arguments, figure.lineno = ["a"], 1
    settings = SimpleNamespace(env=SimpleNamespace(docname="notebooks/a"))
    figure.state = SimpleNamespace(document=SimpleNamespace(settings=settings))
    with pytest.raises(Parsed) as given:
        figure.run()
    assert not re.search("<[A-Za-z/]", str(given.value)), "HTML of a caption reaches the page"
