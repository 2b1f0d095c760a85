"""A lite site of the built site, in a folder of its own, and a server that shows both as one."""

from __future__ import annotations

import subprocess
import sys
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

from about import ROOT, SITE
from serving import Quiet, answering


def run_build(out: Path, *options: str) -> str:
    """Build the lite site of the built site into another folder; return what was said."""
    command = [sys.executable, str(ROOT / "book" / "lite" / "build_lite.py"), "--out", str(out)]
    return subprocess.run([*command, *options], check=True, capture_output=True, text=True).stdout


class _Handler(Quiet):
    """Serves the built site with another lite site over it."""

    def __init__(self, *args: Any, over: Path) -> None:
        self.over = over
        super().__init__(*args, directory=str(SITE))

    def translate_path(self, path: str) -> str:
        below = super().translate_path(path)
        above = self.over / Path(below).relative_to(SITE)
        return str(above) if path.startswith("/lite/") or above.is_file() else below


def with_lite(over: Path) -> AbstractContextManager[str]:
    """Serve the site with the files below `over` in place of its own; yields its address."""
    return answering(partial(_Handler, over=over))
