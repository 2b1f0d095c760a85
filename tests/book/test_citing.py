"""Citations: every entry parses, says which book, version and year, and leads where it says."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib

import pytest
import yaml
from built import ROOT, SITE, page_paths
from pybtex.database import BibliographyData, Entry, parse_string

import scaling_utils

CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
YEAR = str(CITATION["date-released"])[:4]
FIGURES = sorted(path.stem for path in (SITE / "figures").glob("*.json"))


def _plain(text: str) -> str:
    return re.sub(r"[{}]|\\(?=[&%$#_])", "", text)


def _authors(entry: Entry) -> list[str]:
    return [_plain(str(person)) for person in entry.persons["author"]]


@pytest.fixture(scope="module")
def entries(pages) -> BibliographyData:
    texts = [pre.get_text() for pre in pages["book/figures.html"].select(".figure-map pre")]
    return parse_string("\n\n".join(texts), "bibtex")


def test_every_figure_has_an_entry_that_parses_and_no_two_share_a_key(entries):
    assert sorted(entries.entries) == sorted(
        f"scaling_laws_reexecuted_{figure.replace('-', '_')}" for figure in FIGURES
    )


@pytest.mark.parametrize("figure_id", FIGURES)
def test_a_figures_entry_names_the_figure_the_book_its_version_and_year(entries, pages, figure_id):
    entry = entries.entries[f"scaling_laws_reexecuted_{figure_id.replace('-', '_')}"]
    card = json.loads((SITE / "figures" / f"{figure_id}.json").read_text("utf-8"))
    place = pages["book/figures.html"].find(id=f"map-{figure_id}")
    (number,) = re.findall(r"Figure (\d[\d.]*)", place.h3.a.get_text())
    assert _plain(entry.fields["title"]) == card["title"]
    assert _authors(entry) == [author["name"] for author in CITATION["authors"]]
    assert entry.fields["year"] == YEAR
    assert _plain(entry.fields["howpublished"]) == (
        f"Figure {number} of {CITATION['title']}, version {CITATION['version']}"
    )
    address = CONFIG["html"]["baseurl"]
    expected = f"{address.rstrip('/')}/figures/{figure_id}.svg" if address else None
    assert entry.fields.get("url") == expected


def test_the_page_the_file_and_other_peoples_tools_cite_the_same_book(pages):
    page = pages["book/cite.html"].select_one("div.highlight-bibtex pre").get_text()
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


@pytest.mark.browser
@pytest.mark.parametrize(("width", "which"), [(1280, 0), (390, 5), (1280, -1), (390, -1)])
def test_cite_lands_on_its_figure_and_opens_its_entry(browser, width, which):
    """From a chapter near the top, in the middle and near the end of the list of figures."""
    name = [name for name in page_paths() if name.startswith("notebooks/")][which]
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto((SITE / name).as_uri())
    link = page.locator("p.companion-links a:visible", has_text="cite").last
    target = link.get_attribute("href").partition("#")[2]
    link.click()
    page.wait_for_load_state("load")
    page.wait_for_timeout(1500)  # pictures above the target may still arrive
    top = page.evaluate(f"document.getElementById('{target}').getBoundingClientRect().top")
    assert -10 <= top <= 450, f"{name}: {target} is {top:.0f} px from the top"
    assert page.locator(f"#{target} pre").is_visible()
    page.close()
