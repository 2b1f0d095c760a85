"""The files of every figure: whose they are stands inside, they agree, and no id is lost."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from typing import Any

import pandas as pd
import pytest
from about import SITE, provenance
from companion_figure_list import IDS, known_ids, renamed
from PIL import Image
from pypdf import PdfReader

FOLDER = SITE / "figures"
FIGURES = sorted(path.stem for path in FOLDER.glob("*.json"))
EVERY = pytest.mark.parametrize("figure_id", FIGURES)
NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "cc": "http://creativecommons.org/ns#",
    "svg": "http://www.w3.org/2000/svg",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}


def card_of(figure_id: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{figure_id}.json").read_text("utf-8"))


def source_of(card: dict[str, Any]) -> str:
    """What each picture says of the book: version, commit and address where they are known."""
    told = [f"{name} {card[name]}" for name in ("version", "commit") if card.get(name)]
    return ", ".join(filter(None, [card["book"], *told, card.get("address")]))


@EVERY
def test_a_card_says_whose_the_figure_is_where_it_stands_and_which_files_it_has(figure_id):
    card = card_of(figure_id)
    for name, said in provenance().items():
        if name != "commit":  # sources that lie here uncommitted may be committed since
            assert card.get(name, "") == said, name
    assert re.fullmatch("[0-9a-f]{40}|", card.get("commit", ""))
    endings = ("svg", "dark.svg", "narrow.svg", "narrow.dark.svg", "png", "pdf", "csv", "bib")
    assert set(card["files"]) == {f"{figure_id}.{ending}" for ending in endings}
    assert all((FOLDER / name).stat().st_size > 0 for name in card["files"])
    page, _, place = card["page"].partition("#")
    assert (SITE / page).exists()
    assert place == f"fig-{figure_id}"


def test_all_files_are_of_one_commit():
    assert len({card_of(figure_id).get("commit") for figure_id in FIGURES}) == 1


@EVERY
def test_an_svg_says_inside_what_it_is_and_whose(figure_id):
    card = card_of(figure_id)
    for ending in ("svg", "dark.svg", "narrow.svg", "narrow.dark.svg"):
        root = ET.parse(FOLDER / f"{figure_id}.{ending}").getroot()
        assert root.findtext("svg:title", None, NAMESPACES) == card["title"]
        work = root.find("svg:metadata/rdf:RDF/cc:Work", NAMESPACES)
        said = {
            name: work.findtext(path, None, NAMESPACES)
            for name, path in {
                "title": "dc:title",
                "id": "dc:identifier",
                "alt": "dc:description",
                "date": "dc:date",
                "authors": "dc:creator/cc:Agent/dc:title",
                "license": "dc:rights/cc:Agent/dc:title",
            }.items()
        }
        assert said == {name: card[name] for name in said}
        assert work.findtext("dc:source", None, NAMESPACES) == source_of(card)


@EVERY
def test_a_png_and_a_pdf_say_inside_what_they_are_and_whose(figure_id):
    card = card_of(figure_id)
    with Image.open(FOLDER / f"{figure_id}.png") as picture:
        assert picture.text == {
            "Title": card["title"],
            "Description": card["alt"],
            "Identifier": figure_id,
            "Source": source_of(card),
            "Author": card["authors"],
            "Copyright": card["license"],
            "Creation Time": card["date"],
        }
    said = PdfReader(FOLDER / f"{figure_id}.pdf").metadata
    assert said.title == card["title"]
    assert said.author == card["authors"]
    assert said.subject == source_of(card)
    assert said.keywords == f"{figure_id}, {card['license']}"
    assert said.creation_date.date().isoformat() == card["date"]


@EVERY
def test_pandas_reads_the_data_without_options_as_the_card_describes_them(figure_id):
    card, table = card_of(figure_id), pd.read_csv(FOLDER / f"{figure_id}.csv")
    assert sorted(card["columns"]) == sorted(table.columns)
    assert card["rows"] == len(table) > 0


def lost_and_new(known: dict[str, str], figures: list[str]) -> list[str]:
    """What is wrong between the list of ids and the figures, and what to do."""
    gone = sorted(set(known.values()) - set(figures))
    new = sorted(set(figures) - set(known))
    return [
        *(
            f"the figure {old!r} is gone, and citations of it lead nowhere: bring it back, "
            f"or write '{old} -> <its new id>' in its line of book/figure_ids.txt"
            for old in gone
        ),
        *(f"the figure {fid!r} is new: add its id to book/figure_ids.txt" for fid in new),
    ]


def test_no_id_is_lost_and_none_is_missing_from_the_list():
    assert lost_and_new(known_ids(IDS.read_text("utf-8")), FIGURES) == []


def test_a_lost_a_new_and_a_renamed_figure_are_told_apart():
    known = known_ids("# ids\nkept\n\nold -> kept\nlost # a remark\nolder -> nowhere\n")
    assert known == {"kept": "kept", "old": "kept", "lost": "lost", "older": "nowhere"}
    found = lost_and_new(known, ["fresh", "kept"])
    assert [re.findall("'([a-z]+)'", said)[0] for said in found] == ["lost", "nowhere", "fresh"]


def test_the_old_address_of_a_renamed_figure_says_where_it_is():
    said = renamed(known_ids("old -> kept\nkept"))
    assert said.count("<p") == 1
    assert '<p id="map-old">' in said
    assert 'href="#map-kept"' in said
