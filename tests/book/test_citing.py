"""Citations: every entry parses, says which book, version and year, and leads where it says."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from types import SimpleNamespace

import companion_cite as cite
import figure_code as code
import pytest
import yaml
from about import ROOT, SITE, provenance
from built import page_paths
from pybtex.database import BibliographyData, Entry, parse_string

import scaling_utils

CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
YEAR = str(CITATION["date-released"])[:4]
CARDS = {
    path.stem: json.loads(path.read_text("utf-8")) for path in (SITE / "figures").glob("*.json")
}
EVERY = pytest.mark.parametrize("figure_id", sorted(CARDS))
SAID = provenance() | {"address": "https://example.org/book/", "commit": "0123456789abcdef"}


def _plain(text: str) -> str:
    return re.sub(r"[{}]|\\(?=[&%$#_])", "", text)


def _authors(entry: Entry) -> list[str]:
    return [_plain(str(person)) for person in entry.persons["author"]]


def _key(figure_id: str) -> str:
    return f"scaling_laws_reexecuted_{figure_id.replace('-', '_')}"


@pytest.fixture(scope="module")
def entries(pages) -> BibliographyData:
    texts = [pre.get_text() for pre in pages["book/figures.html"].select(".figure-map pre")]
    return parse_string("\n\n".join(texts), "bibtex")


def test_every_figure_has_an_entry_that_parses_and_no_two_share_a_key(entries):
    assert sorted(entries.entries) == sorted(map(_key, CARDS))


@EVERY
def test_a_figures_entry_names_the_figure_the_book_its_version_and_year(entries, figure_id):
    entry, card = entries.entries[_key(figure_id)], CARDS[figure_id]
    assert _plain(entry.fields["title"]) == card["title"]
    assert _authors(entry) == [author["name"] for author in CITATION["authors"]]
    assert entry.fields["year"] == YEAR
    assert _plain(entry.fields["howpublished"]) == (
        f"Figure {card['number']} of {CITATION['title']}, version {CITATION['version']}"
    )
    assert entry.fields["note"].startswith("CC BY 4.0")
    place = f"{provenance()['address']}book/figures.html#map-{figure_id}"
    assert entry.fields.get("url") == (place if provenance()["address"] else None)


@EVERY
def test_a_figure_is_cited_alike_below_it_in_the_list_and_in_its_file(pages, figure_id):
    page, place = CARDS[figure_id]["page"].split("#")
    below = pages[page].find(id=place)
    listed = pages["book/figures.html"].find(id=f"map-{figure_id}")
    for what in ("bibtex", "sentence"):
        one, other = (each.find(id=f"{what}-{figure_id}").get_text() for each in (below, listed))
        assert one == other
    entry = (SITE / "figures" / f"{figure_id}.bib").read_text("utf-8")
    assert entry.strip() == below.find(id=f"bibtex-{figure_id}").get_text()
    sentence = below.find(id=f"sentence-{figure_id}").get_text()
    for part in (CARDS[figure_id]["title"], f"Figure {CARDS[figure_id]['number']} in", YEAR):
        assert part in sentence


@EVERY
def test_the_line_below_a_figure_offers_every_file_its_code_and_its_citation(pages, figure_id):
    page, place = CARDS[figure_id]["page"].split("#")
    line = pages[page].find(id=place).find(class_="companion-links")
    links = {link.get_text(): link["href"] for link in line.p.find_all("a")}
    names = ("SVG", "PDF", "PNG", "data (CSV)", "card (JSON)", "code")
    assert [name for name in links if name != "source"] == list(names)
    assert line.details.summary.get_text() == "cite"
    drawn = pages[page].find(id=links["code"].removeprefix("#"))
    assert figure_id in drawn.find_parent("details").get_text()


def test_an_address_and_a_commit_are_named_once_they_are_known():
    entry = cite.figure_entry("two-laws", "Two_laws & 20 %", "6.1", SAID)
    (parsed,) = parse_string(entry, "bibtex").entries.values()
    assert parsed.fields["url"] == "https://example.org/book/book/figures.html#map-two-laws"
    assert parsed.fields["note"] == "CC BY 4.0, commit 0123456789ab"
    assert parsed.fields["title"] == r"{Two\_laws \& 20 \%}"
    sentence = cite.figure_sentence("two-laws", "Two laws", "6.1", SAID)
    assert "“Two laws”, Figure 6.1 in Scaling Laws, Re-executed, version" in sentence
    assert sentence.endswith("https://example.org/book/book/figures.html#map-two-laws, CC BY 4.0.")
    (book,) = parse_string(cite.book_entry(SAID), "bibtex").entries.values()
    assert book.fields["url"] == SAID["address"]
    nowhere = SAID | {"address": "", "commit": ""}
    quiet = cite.figure_entry("two-laws", "T", "1", nowhere)
    quiet += cite.figure_sentence("two-laws", "T", "1", nowhere)
    assert not [word for word in ("url", "http", "commit", ", ,") if word in quiet]


@EVERY
def test_the_lines_of_a_figures_code_are_those_that_draw_it(figure_id):
    page = ROOT / CARDS[figure_id]["page"].partition("#")[0]
    path = next(filter(lambda p: p.exists(), map(page.with_suffix, (".ipynb", ".md"))))
    text = path.read_text("utf-8")
    first, last = code.lines(text, figure_id)
    own = text.splitlines()[first - 1 : last]
    assert sum("publish(" in line for line in own) == 1
    assert any(figure_id in line for line in own)
    if path.suffix == ".ipynb":  # nothing but the strings of one or more cells' sources
        assert own[0].lstrip().startswith('"')
        assert own[-1].rstrip().endswith('"')
    else:
        assert not [line for line in own if line.startswith("```")]


def test_the_lines_start_with_the_folded_cells_above_and_end_with_the_drawing():
    folded = {"tags": ["hide-input"]}
    sources = [
        ("import x", {}),
        ("y = 1", folded),
        ('publish(\n    "a-b",\n)', folded),
        ('publish("b", y)', {}),
    ]
    cells = [
        {"cell_type": "code", "metadata": tags, "source": source.splitlines(keepends=True)}
        for source, tags in sources
    ]
    text = json.dumps({"cells": cells}, indent=1)

    def ends(figure_id: str) -> list[str]:
        return [text.splitlines()[line - 1].strip() for line in code.lines(text, figure_id)]

    assert ends("a-b") == ['"y = 1"', '")"']
    assert ends("b") == [r'"publish(\"b\", y)"'] * 2
    with pytest.raises(ValueError, match="no cell draws the figure 'a'"):
        code.lines(text, "a")


def test_the_code_has_an_address_once_the_repository_has_one(monkeypatch):
    app = SimpleNamespace(
        env=SimpleNamespace(doc2path=lambda docname: str(ROOT / f"{docname}.md")),
        config=SimpleNamespace(html_theme_options={"repository_branch": "main"}),
        srcdir=str(ROOT),
    )
    monkeypatch.setattr(code, "repository", lambda: "")
    assert code.source(app, "book/intro", "planner") == ""
    first, last = code.lines((ROOT / "book" / "intro.md").read_text("utf-8"), "planner")
    monkeypatch.setattr(code, "repository", lambda: "https://example.org/us/book/")
    for commit, version in (("abc", "abc"), ("", "main")):
        monkeypatch.setattr(code, "commit", lambda commit=commit: commit)
        assert code.source(app, "book/intro", "planner") == (
            f"https://example.org/us/book/blob/{version}/book/intro.md?plain=1#L{first}-L{last}"
        )


def test_the_page_the_file_and_other_peoples_tools_cite_the_same_book(pages):
    page = pages["book/cite.html"].find(id="bibtex-of-the-book").get_text()
    read = ROOT / ".venv" / "cffconvert" / "bin" / "cffconvert"
    assert read.exists(), "run 'make test', which sets it up"
    command = [read, "-i", ROOT / "CITATION.cff"]
    subprocess.run([*command, "--validate"], check=True, capture_output=True)
    converted = subprocess.check_output([*command, "-f", "bibtex"], text=True)
    ours, theirs = (
        next(iter(parse_string(text, "bibtex").entries.values())) for text in (page, converted)
    )
    for entry in (ours, theirs):
        assert _plain(entry.fields["title"]) == CITATION["title"] == CONFIG["title"]
        assert entry.fields["year"] == YEAR
    assert _authors(ours) == [CITATION["authors"][0]["name"]] == [CONFIG["author"]]
    # That tool writes a group as if it were a person: all of its name must still be there.
    spoken = " ".join(
        part
        for names in ("first", "middle", "prelast", "last")
        for part in getattr(theirs.persons["author"][0], f"{names}_names")
    )
    assert sorted(spoken.split()) == sorted(CITATION["authors"][0]["name"].split())
    assert CITATION["version"] in ours.fields["howpublished"]
    assert CONFIG["copyright"] == YEAR


def test_one_version_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (newest,) = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)[:1]
    assert scaling_utils.__version__ == project["version"] == CITATION["version"] == newest


def test_the_papers_have_one_address_in_the_bibliography_and_in_the_citation():
    known = (ROOT / "book" / "references.bib").read_text("utf-8")
    for paper in CITATION["references"]:
        (number,) = re.findall(r"arxiv\.org/abs/([\d.]+)", paper["url"])
        assert number in known


def test_no_page_lacks_the_books_name(pages):
    text = (SITE / "objects.inv").read_bytes().split(b"\n", 3)[1]
    assert text.decode() == f"# Project: {CITATION['title']}"
    assert not [name for name in page_paths() if "name not set" in pages[name].get_text()]
