"""Where a claim's place is in arXiv's HTML of its paper: ``Sec. 3.2.1`` is ``#S3.SS2.SSS1``.

arXiv makes these pages by LaTeXML, which names sections, and nothing else, in a way that can be
told from their numbers. So a place leads to its section: of an equation "B.5" that is Appendix B,
of a figure or table what is said here. Abstracts, notebooks and blog posts have no section.
"""

from __future__ import annotations

import re

_PAPER = re.compile(r"https://arxiv\.org/abs/(?P<number>\d{4}\.\d{5})(?P<version>v\d+)?$")
_SECTION = re.compile(r"\b(?:Sec|Secs|App|Section|Sections)\.? (?P<section>[A-Z\d]+(?:\.\d+)*)")
_EQUATION = re.compile(r"\bEqs?\. (?P<section>[A-Z\d]+)\.\d+")
_DRAWN = re.compile(r"\b(?P<what>Fig|Figs|Table|Tables)\.? (?P<name>A?\d+)")
_AGAINST = re.compile(r",? (?:against|from|with) ")
"""What follows is compared with the place, and is not the place."""

_HOLDS: dict[str, dict[str, str]] = {
    "kaplan2020": {
        **dict.fromkeys(("Fig 1", "Fig 2", "Fig 3", "Fig 4"), "1"),
        **dict.fromkeys(("Fig 5", "Fig 6", "Fig 7", "Fig 8"), "3"),
        **dict.fromkeys(("Fig 9", "Table 2"), "4"),
        **dict.fromkeys(("Fig 10", "Fig 11", "Table 3"), "5"),
        **dict.fromkeys(("Fig 12", "Fig 13", "Fig 14", "Fig 15"), "6"),
        **dict.fromkeys(("Table 4", "Table 5", "Table 6"), "A"),
        **{f"Fig {number}": "D" for number in range(16, 25)},
    },
    "hoffmann2022": {
        **dict.fromkeys(("Fig 1", "Table 1"), "1"),
        **dict.fromkeys(("Fig 2", "Fig 3", "Fig 4", "Table 2", "Table 3"), "3"),
        **{f"Table {number}": "4" for number in range(4, 11)},
        **dict.fromkeys(("Fig 5", "Fig 6", "Fig 7"), "4"),
    },
    "besiroglu2024": {"Table 1": "3"},
    "deepseek2024": {"Table 3": "3", "Table 4": "3"},
    "llama2024": {"Fig 2": "3", "Fig 3": "3"},
}
"""Sections in which figures and tables stand."""


def section_address(paper: str, url: str, place: str) -> str:
    """The place in arXiv's HTML, in the version that it names; empty if no section is known.

    >>> section_address("", "https://arxiv.org/abs/2001.08361v1", "Eq. B.5 and App. B.2")
    'https://arxiv.org/html/2001.08361v1#A2.SS2'
    """
    known, section = _PAPER.match(url), _section(paper, _AGAINST.split(place)[0])
    if not (known and section):
        return ""
    named = re.search(r"\((v\d+)", place)
    version = named[1] if named else known["version"] or ""
    return f"https://arxiv.org/html/{known['number']}{version}#{_anchor(section)}"


def _section(paper: str, place: str) -> str:
    for pattern in (_SECTION, _EQUATION):
        if found := pattern.search(place):
            return found["section"]
    for found in _DRAWN.finditer(place):
        thing = f"{found['what'].removesuffix('s')} {found['name']}"
        if section := _HOLDS.get(paper, {}).get(thing):
            return section
    return ""


def _anchor(section: str) -> str:
    """``3.2.1`` is S3.SS2.SSS1, and Appendix ``B.3`` is A2.SS3."""
    first, *rest = section.split(".")
    top = f"A{ord(first) - ord('A') + 1}" if first.isalpha() else f"S{first}"
    return ".".join([top, *(f"S{'S' * depth}{number}" for depth, number in enumerate(rest, 1))])
