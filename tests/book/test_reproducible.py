"""Two builds give the same bytes, whatever the folder, the hash seed or the time zone."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import about
import build
import pytest
from about import ROOT, SITE


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.long
def test_a_second_build_elsewhere_gives_the_same_bytes(tmp_path):
    copy = tmp_path / "another folder"
    copy.mkdir()
    for source in build.sources(ROOT):
        target = copy / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    elsewhere = os.environ | {
        about.COMMIT: about.commit(),  # the copy has no Git
        "PYTHONHASHSEED": "12345",
        "TZ": "Pacific/Kiritimati",
        "LANG": "C",
        "PYTHONPATH": str(copy),  # the copy's package, not the checkout's
    }
    subprocess.run([sys.executable, "book/build.py"], cwd=copy, env=elsewhere, check=True)
    first, second = _digests(SITE), _digests(copy / "_build" / "html")
    for name in [each for each in first if each.startswith("lite/")]:
        del first[name]  # what `make lite` adds to a built site
    first["_static/lite.js"] = second["_static/lite.js"]
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []
