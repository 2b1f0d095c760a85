"""A saved fit that was damaged is refused in words; nothing but a fit is written over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from judging import Kept, judged, refused
from planning import runs as made_up
from trying import tried
from values import ODD_VALUES, TEXTS

from scaling_utils import fit, load
from scaling_utils.own import intervals
from scaling_utils.own.fits import Fit

TRIED_HERE = ("read", "save", "report")
NAMES = ["fit.json", "report.html", "C", "folder"]


@pytest.fixture(scope="module")
def good() -> Fit:
    return fit(made_up(), fix={"E": 1.69}, bounds={"alpha": (0.1, 0.9)})


@pytest.fixture
def saved(good: Fit, tmp_path: Path) -> Path:
    good.save(tmp_path / "fit.json")
    return tmp_path / "fit.json"


def test_a_saved_fit_with_any_byte_changed_is_refused_or_the_same(
    good: Fit, saved: Path, record_property
) -> None:
    whole = saved.read_bytes()

    def look(drawn: tuple[float, bytes, bool]) -> None:
        share, put, cut = drawn
        at = int(share * len(whole))
        saved.write_bytes(whole[:at] if cut else whole[:at] + put + whole[at + len(put) :])
        found = judged(lambda: Kept(load(saved)), NAMES)
        if found is not None and f'"version": "{_version(whole)}"'.encode() in saved.read_bytes():
            assert found.held.law.alpha == pytest.approx(good.law.alpha, rel=1e-3)

    drawn = st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=3), st.booleans())
    tried("saved fits", drawn, look, record_property)


def _version(text: bytes) -> str:
    return str(json.loads(text)["version"])


JSON = st.none() | st.booleans() | st.integers() | TEXTS | st.just([]) | st.just({}) | st.floats()
JSON |= st.lists(st.integers(-2, 2), min_size=1, max_size=3)


def test_an_entry_of_another_kind_is_refused(saved: Path, record_property) -> None:
    whole = json.loads(saved.read_text())
    places = [(name,) for name in whole if name not in ("kind", "version", "message", "notes")]
    inside = ("asked", "runs", "dropped", "law")
    places += [(name, inner) for name in inside for inner in whole[name]]

    def look(drawn: tuple[tuple[str, ...], Any]) -> None:
        place, value = drawn
        told = json.loads(json.dumps(whole))
        if len(place) == 1:
            told[place[0]] = value
        else:
            told[place[0]][place[1]] = value
        saved.write_text(json.dumps(told))
        judged(lambda: Kept(load(saved)), NAMES)

    tried("saved fits", st.tuples(st.sampled_from(places), JSON), look, record_property)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[1]", b"\xff\xfe", b"PK\x03\x04", b"<!doctype html>", bytes(99)]
)
def test_what_is_no_saved_fit_is_neither_read_nor_written_over(
    content: bytes, good: Fit, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(intervals, "RESAMPLES", 20)
    for name, door in (("fit.json", good.save), ("report.html", good.report)):
        path = tmp_path / name
        path.write_bytes(content)
        if content:
            with pytest.raises(ValueError, match="is not written over"):
                door(path)
            assert path.read_bytes() == content
        with pytest.raises(ValueError, match="is not a fit") as caught:
            load(path)
        refused(caught.value, NAMES)
    assert len(list(tmp_path.iterdir())) == 2, "no part of a file is left behind"


@pytest.mark.parametrize("door", ["save", "report"])
def test_a_place_that_is_none_is_refused(door: str, good: Fit, tmp_path: Path, record_property):
    """Texts name files in a folder that is not there; what is no text is no place."""
    ask = getattr(good, door)
    paths = TEXTS.map(lambda x: tmp_path / "none" / (x or "x"))
    others = ODD_VALUES.filter(lambda x: not isinstance(x, str | bytes))

    def look(value: Any) -> None:
        with pytest.raises((OSError, TypeError, ValueError), match=r"(?i)folder|path|null"):
            ask(value)

    tried("figures", paths | others, look, record_property)
