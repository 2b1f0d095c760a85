"""Text of data, claims, figures and titles is shown, and never obeyed: by pages, files, notebooks.

Whatever writes HTML is given a hostile text and a tame one: both must make the same elements with
the same attributes, and the hostile text must stand in them as it was given.
"""

from __future__ import annotations

import json
import re

import companion_cite
import companion_figure_list
import companion_figures
import companion_foot
import companion_head
import companion_ledger
import companion_words
import filled
import filling
import finish
import paper
import policy
import pytest
from bs4 import BeautifulSoup
from companion_claims import _card
from companion_touch import touchable
from made_up_claims import GOOD, PAPER, claim, write
from markdown_it import MarkdownIt
from pybtex.database import parse_string

import claims
from claims import Ledger, judge
from claims.entries import read_claims
from claims.html import table

TAME = "tame"
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    "</script><script>alert(1)</script>",
    "</style></title></textarea><svg onload=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<!--<script>",
]
SAID = {
    "book": "A book",
    "authors": "Some",
    "version": "1",
    "date": "2026-01-01",
    "license": "CC BY 4.0",
    "address": "https://example.org/",
    "commit": "",
}
CARD = {
    "id": "a-figure",
    "size": [7, 4],
    "narrow_size": [4, 4],
    "rows": 2,
    "title": TAME,
    "alt": TAME,
    "caption": TAME,
    "columns": {TAME: TAME},
}


def _result(text: str) -> claims.Result:
    words = dict.fromkeys(("work", "place", "reason", "superseded", "exact_inputs", "url"), text)
    entry = claim(claim=f"{text} is {{printed}}.", paper=text, unit=text, **words)
    return judge(entry, lambda: 1.0)


def _card_of(text: str) -> dict:
    said = dict.fromkeys(("title", "alt", "caption"), text)
    return CARD | said | {"columns": {text: text}}


def _entry(text: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(companion_figures, "read_card", lambda _: _card_of(text))
    monkeypatch.setattr(companion_figures, "links", lambda *_: "")
    return companion_figure_list._entry(None, "1.1", "a-figure", "book/a", "book/figures")


def _citation(text: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(companion_figures, "read_card", lambda _: _card_of(text))
    return companion_figures.citation("1.1", "a-figure", "book/a")


def _touch(text: str, folder) -> str:
    (folder / "touch").mkdir(exist_ok=True)
    point = {"data": {"values": [{"x": text}]}, "mark": "point", "encoding": {}}
    told = {"inputs": [{"label": text}], "say": text, "results": [], "spec": point}
    (folder / "touch" / "a-figure.json").write_text(json.dumps(told))
    return touchable(folder, _card_of(text), "../")


def _foot(text: str, monkeypatch: pytest.MonkeyPatch) -> str:
    said = {"version": text, "date-released": "2026", "authors": [{"name": text}]}
    monkeypatch.setattr(companion_foot.about, "citation", lambda: said)
    companion_foot.version.cache_clear()
    return companion_foot.foot(lambda page: page, "", "")


def _first(text: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(finish.about, "citation", lambda: {"title": text})
    return finish.leads_to("book/a.html", "", "")


def _printed(text: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(paper.about, "citation", lambda: {"title": text})
    monkeypatch.setattr(paper.about, "provenance", lambda: SAID | {"book": text, "authors": text})
    book = object.__new__(paper.Book)
    book.parts, book.styles, book.titles = {"book/a": text}, {}, [text]
    book.articles = [BeautifulSoup("<article></article>", "html.parser").article]
    return book.html()


WRITERS = {
    "the ledger's table": lambda text, *_: table([_result(text)]),
    "a notebook's ledger": lambda text, *_: Ledger((_result(text),))._repr_html_(),
    "a claim's place": lambda text, *_: companion_ledger._place(_result(text), {}),
    "a claim's fold": lambda text, *_: companion_ledger.inside_fold(_result(text), SAID),
    "the ledger's filters": lambda text, *_: companion_ledger.filters(
        Ledger((_result(text),)), text
    ),
    "a claim's card": lambda text, *_: _card(_result(text), "card", "row"),
    "a citation": lambda text, *_: companion_cite.shown("a", text, text),
    "a figure's picture": lambda text, *_: companion_figures._picture(_card_of(text), "../"),
    "a figure's citation": lambda text, patch, _: _citation(text, patch),
    "a figure in the list": lambda text, patch, _: _entry(text, patch),
    "a figure that can be touched": lambda text, _, folder: _touch(text, folder),
    "a word's meaning": lambda text, *_: companion_words._html(text, "a.html", text, "tip"),
    "what a page says of itself": lambda text, *_: companion_head._tag("description", text),
    "what managers of references read": lambda text, *_: "".join(
        companion_head.citation_tags(text, "a.html")
    ),
    "the foot of a page": lambda text, patch, _: _foot(text, patch),
    "the first page": lambda text, patch, _: _first(text, patch),
    "the printed book": lambda text, patch, _: _printed(text, patch),
}


def _shape(markup: str) -> list[tuple[str, list[str]]]:
    soup = BeautifulSoup(markup, "html.parser")
    return [(element.name, sorted(element.attrs)) for element in soup.find_all(True)]


def _words(markup: str) -> list[str]:
    soup = BeautifulSoup(markup, "html.parser")
    values = [str(value) for each in soup.find_all(True) for value in each.attrs.values()]
    return [*values, soup.get_text(), *(str(each.string) for each in soup.select("script, style"))]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("writer", WRITERS)
def test_hostile_text_makes_no_element_and_no_attribute(writer, text, monkeypatch, tmp_path):
    tame, hostile = (WRITERS[writer](each, monkeypatch, tmp_path) for each in (TAME, text))
    assert TAME in " ".join(_words(tame)), "the writer must show what it is given"
    assert _shape(hostile) == _shape(tame)
    assert any(text in words or json.dumps(text)[1:-1] in words for words in _words(hostile)) or (
        "<" in text and "\\u003c" in hostile
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text_in_a_notebook(text):
    """JupyterLab obeys HTML within the Markdown of a notebook that it trusts, as those in lab/."""
    known = filling.Known(1, {"x": text}, {"a-figure": ("1.1", "")}, {}, "")
    cells = [
        filled.heading(_card_of(text), known)["source"],
        filling.fill("{eval}`x`", known),
        filling.plain(text),
        filling.no_html(text),
    ]
    for cell in cells:
        html = MarkdownIt("commonmark").render(cell)
        assert {name for name, _ in _shape(html)} <= {"p", "strong", "br"}
        assert not any(attributes for _, attributes in _shape(html))


@pytest.mark.parametrize(
    "title", [*HOSTILE, r"\input{/etc/passwd} ~ ^ \\ {", "100 % of $N_c$ & C^0.27 #1}", '"},']
)
def test_hostile_text_is_one_field_of_a_bibliography(title):
    entry = companion_cite.figure_entry("a-figure", title, "1.1", SAID)
    ((_, found),) = parse_string(entry, "bibtex").entries.items()
    assert set(found.fields) <= {"title", "year", "howpublished", "url", "note"}
    written = re.search(r"(?m)^  title +=(.*),$", entry)
    assert written is not None
    commands = set(re.findall(r"\\([A-Za-z]+)", written[1]))
    assert commands <= {f"text{name}" for name in companion_cite.LETTERS.values()}
    bare = re.sub(r"\\.", "", written[1].replace(r"\\", ""))
    assert not re.search(r"[$&#%^_~]", bare)
    assert bare.count("{") == bare.count("}")


@pytest.mark.parametrize(
    "markup",
    ["<script>alert(1)</script>", '<img src="x" onerror="alert(1)">', "<SCRIPT\n>go()</script>"],
)
def test_a_script_that_nobody_knows_stops_the_build(markup, tmp_path):
    page = '<html><head><meta charset="utf-8"></head><body>{}</body></html>'
    (tmp_path / "a.html").write_text(page.format("<p>text</p>"))
    policy.seal(tmp_path)
    (tmp_path / "b.html").write_text(page.format(markup))
    with pytest.raises(ValueError, match=r"b\.html: the script .* is not known: escape"):
        policy.seal(tmp_path)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://example.org", "JAVASCRIPT:", ""])
def test_a_paper_whose_address_is_none_of_the_web_is_refused(url, tmp_path):
    """Outside the book no policy holds back what a link in the ledger's table would run."""
    file = write(tmp_path, GOOD, paper=PAPER.replace("https://example.org", url))
    with pytest.raises(claims.ClaimError, match=r"\[paper\] url must begin with https://"):
        read_claims(file)


def test_every_address_that_a_page_links_is_one_of_the_web():
    """No `javascript:` and no other host's plain http: those of papers, data and citations."""
    addresses = {result.claim.url for result in claims.run().results}
    addresses |= {work.fields["url"] for work in filling._works().values()}
    assert len(addresses) > 20
    assert [each for each in addresses if not re.fullmatch(r"https://[\w./~-]+", each)] == []
