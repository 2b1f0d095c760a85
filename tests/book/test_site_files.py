"""Files that the site offers are data: no program that opens one is told to do anything."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
import zipfile
from pathlib import PurePosixPath

import pytest
from about import SITE

PICTURES = sorted(SITE.rglob("*.svg"))
ACTIVE = {"script", "foreignObject", "animate", "set", "a", "image", "iframe"}
"""What would run, change or fetch something in a picture that is opened by itself."""


def active(root: ET.Element) -> list[str]:
    """Elements and attributes of a picture that do something."""
    found = []
    for each in root.iter():
        name = each.tag.rpartition("}")[2]
        if name in ACTIVE:
            found.append(name)
        for key, value in each.attrib.items():
            link = key.rpartition("}")[2] == "href" and not value.startswith("#")
            if key.startswith("on") or link or "javascript:" in value:
                found.append(f"{name} {key}={value[:40]}")
        if name == "style" and re.search(r"@import|url\((?!#)", each.text or ""):
            found.append("style")
    return found


def test_no_picture_of_the_site_does_anything():
    assert len(PICTURES) > 200
    done = {path.name: found for path in PICTURES if (found := active(ET.parse(path).getroot()))}
    assert done == {}


@pytest.mark.parametrize(
    "inside",
    [
        "<script/>",
        '<g onload="x"/>',
        '<use href="https://example.org/a.svg#b"/>',
        "<style>@import url(a.css)</style>",
    ],
)
def test_a_picture_that_does_something_is_seen(inside):
    assert active(ET.fromstring(f'<svg xmlns="http://www.w3.org/2000/svg">{inside}</svg>'))


def test_archives_unpack_into_a_folder_of_their_own():
    archives = [SITE / "notebooks.zip", *(SITE / "wheels").glob("*.whl")]
    assert len(archives) == 3
    for path in archives:
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            for entry in archive.infolist():
                name = PurePosixPath(entry.filename)
                assert not name.is_absolute()
                assert ".." not in name.parts
                assert (entry.external_attr >> 28) in (0, 0o10), f"{name} is a link"


def test_every_card_and_record_is_json():
    files = sorted(SITE.rglob("*.json"))
    assert len(files) > 50
    for path in files:
        json.loads(path.read_text("utf-8"))
