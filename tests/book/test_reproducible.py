"""Another build gives the same bytes, whatever the folder, the machine's settings or its cores."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import pytest
from about import ROOT, SITE

sys.path.insert(0, str(ROOT / "tests" / "reproduce"))
import reproduce


@pytest.mark.long
def test_a_build_under_other_circumstances_gives_the_same_bytes(capsys):
    assert reproduce.main(["--against", str(SITE)]) == 0, capsys.readouterr().out


@pytest.fixture
def sites(tmp_path):
    """Two folders that hold the same."""
    for name in ("one", "other"):
        (tmp_path / name / "lite").mkdir(parents=True)
        (tmp_path / name / "a.html").write_text("first\nsecond line\n")
        (tmp_path / name / "lite" / "x").write_text(name)  # what make lite adds
    return tmp_path / "one", tmp_path / "other"


def test_sites_that_are_the_same_have_one_checksum(sites):
    one, other = sites
    assert reproduce.differences(one, other) == []
    digest = hashlib.sha256(b"first\nsecond line\n").hexdigest()
    whole = hashlib.sha256(f"{digest}  a.html\n".encode()).hexdigest()
    assert {reproduce.checksum(reproduce.files(site)) for site in sites} == {whole}


@pytest.mark.parametrize("made", ["byte", "name", "more", "less"])
def test_what_differs_is_named_with_its_place(sites, made):
    one, other = sites
    page = other / "a.html"
    if made == "byte":
        page.write_text("first\nsecond lime\n")
    elif made == "name":
        page.rename(other / "b.html")
    elif made == "more":
        (other / "b.html").touch()
    else:
        page.write_text("first\n")
    assert (
        reproduce.differences(one, other)
        == {
            "byte": ["a.html: line 2, byte 10: b'second line' and b'second lime'"],
            "name": [f"a.html: only in {one}", f"b.html: only in {other}"],
            "more": [f"b.html: only in {other}"],
            "less": ["a.html: line 2, byte 1: b'second line' and b''"],
        }[made]
    )
    assert len({reproduce.checksum(reproduce.files(site)) for site in sites}) == 2


TRY = """
import os, socket, sys
sys.path.insert(0, {here!r})
import reproduce
from pathlib import Path
reproduce.os.execv = lambda *_: None
reproduce.inside(Path({copy!r}), Path("out"))
with socket.create_server(("127.0.0.1", 0)) as here:
    socket.create_connection(here.getsockname()).close()
try:
    socket.create_connection(("192.0.2.1", 9), timeout=5)
except OSError as error:
    print(error.strerror)
try:
    Path({copy!r}, "new").touch()
except OSError as error:
    print(error.strerror)
print(len(os.sched_getaffinity(0)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="others have no such ways")
def test_the_network_is_off_the_copy_protected_and_one_processor_left(tmp_path, monkeypatch):
    apart = next(filter(reproduce._allowed, reproduce.APART), None)
    if apart is None:
        assert "with the network on" in _refused(tmp_path, monkeypatch)
        return
    monkeypatch.setenv(reproduce.MINE, "yes")
    code = TRY.format(here=str(ROOT / "tests" / "reproduce"), copy=str(tmp_path))
    said = subprocess.check_output([*apart, sys.executable, "-c", code], text=True)
    assert said.splitlines() == ["Network is unreachable", "Read-only file system", "1"]


def test_what_the_system_refuses_is_said(tmp_path, monkeypatch):
    assert "with the network on" in _refused(tmp_path, monkeypatch)


def _refused(tmp_path, monkeypatch):
    monkeypatch.setattr(reproduce, "APART", (["false"], ["no-such-command"]))
    monkeypatch.setattr(reproduce.subprocess, "run", _run_of(subprocess.run))
    return reproduce.otherwise(tmp_path, tmp_path / "out")


def _run_of(run):
    def only_short(command, **options):
        return None if "--inside" in command else run(command, **options)

    return only_short
