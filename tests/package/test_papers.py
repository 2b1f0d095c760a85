"""Every paper has one number, one name and one title, wherever it is named."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAPERS = {
    "1712.00409": ("Hestness", 2017, "Deep Learning Scaling is Predictable"),
    "1812.06162": ("McCandlish", 2018, "An Empirical Model of Large-Batch Training"),
    "2001.08361": ("Kaplan", 2020, "Scaling Laws for Neural Language Models"),
    "2009.03300": ("Hendrycks", 2021, "Measuring Massive Multitask Language Understanding"),
    "2203.15556": ("Hoffmann", 2022, "Training Compute-Optimal Large Language Models"),
    "2303.18223": ("Zhao", 2023, "A Survey of Large Language Models"),
    "2305.16264": ("Muennighoff", 2023, "Scaling Data-Constrained Language Models"),
    "2401.00448": ("Sardana", 2023, "Beyond Chinchilla-Optimal"),
    "2401.02954": ("DeepSeek", 2024, "DeepSeek LLM: Scaling Open-Source Language Models"),
    "2403.08540": ("Gadre", 2024, "Language models scale reliably with over-training"),
    "2404.06395": ("MiniCPM", 2024, "MiniCPM: Unveiling the Potential of Small Language Models"),
    "2404.10102": ("Besiroglu", 2024, "Chinchilla Scaling: A Replication Attempt"),
    "2406.12907": ("Pearce", 2024, "Reconciling Kaplan and Chinchilla Scaling Laws"),
    "2406.19146": ("Porian", 2024, "Resolving Discrepancies in Compute-Optimal Scaling"),
    "2407.21783": ("Llama", 2024, "The Llama 3 Herd of Models"),
    "2506.10972": ("Farseer", 2025, "Predictable Scale: Part II, Farseer"),
    "2603.22339": ("Czech", 2026, "Problems with Chinchilla Approach 2"),
    "2605.01188": ("Limisiewicz", 2026, "Compute Optimal Tokenization"),
}
"""Number at arXiv, the name that the project calls it by, year, and how the title begins."""
NUMBER = re.compile(r"(?<![\d.])(\d{4}\.\d{5})(?:v\d+)?(?![\d.])")
NAMED_IN = [
    *("README.md", "CITATION.cff", ".zenodo.json", "data/README.md", "data/datapackage.json"),
    "book/references.bib",
    *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "book").glob("*.md"))),
    *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "claims").glob("*.toml"))),
]


def plain(text: str) -> str:
    return re.sub(r"[{}]", "", text).casefold()


@pytest.mark.parametrize("name", NAMED_IN)
def test_every_number_of_a_paper_is_known(name):
    found = set(
        re.findall(rf"arxiv\D{{0,30}}{NUMBER.pattern}", (ROOT / name).read_text("utf-8"), re.I)
    )
    assert found <= PAPERS.keys(), f"{name}: {sorted(found - PAPERS.keys())} is no paper's number"


def test_the_bibliography_has_each_papers_own_number_year_and_title():
    entries = (ROOT / "book" / "references.bib").read_text("utf-8").split("\n@")
    seen = 0
    for entry in entries:
        key = entry.partition("{")[2].partition(",")[0]
        numbers = set(NUMBER.findall(entry))
        if numbers:
            (number,) = numbers
            name, year, title = PAPERS[number]
            assert key == f"{name.casefold()}{year}", f"{number} is {name} {year}, not {key}"
            assert plain(title) in plain(entry), f"{key} is called {title!r}"
            seen += 1
    assert seen > 10


@pytest.mark.parametrize("path", sorted((ROOT / "claims").glob("*.toml")), ids=lambda p: p.stem)
def test_the_claims_of_a_paper_name_it_by_its_own_number_and_title(path):
    paper = tomllib.loads(path.read_text("utf-8"))["paper"]
    assert paper["key"] == path.stem
    numbers = set(NUMBER.findall(paper["title"] + paper["url"]))
    assert numbers or path.stem == "devries2023"
    for number in numbers:
        name, year, title = PAPERS[number]
        assert paper["key"] == f"{name.casefold()}{year}", f"{number} is {name} {year}"
        assert plain(title) in plain(paper["title"]), f"{path.stem} is called {title!r}"
        assert str(year) in paper["short"]
        assert numbers == {number}


def test_the_data_name_their_papers_by_their_own_number():
    package = json.loads((ROOT / "data" / "datapackage.json").read_text("utf-8"))
    for resource in package["resources"]:
        for source in resource["sources"]:
            for number in NUMBER.findall(source["title"]):
                name, year, title = PAPERS[number]
                begins = source["title"].split(",")[0]
                fits = name in source["title"] or plain(title) in plain(source["title"])
                assert fits, f"{resource['name']}: {number} is {name} {year}"
                assert str(year) in source["title"] or not re.search(r"\d{4}", begins)
