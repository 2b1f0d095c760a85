"""A lite site of the built site, in a folder of its own, and a server that shows both as one."""

from __future__ import annotations

import functools
import http.server
import subprocess
import sys
import threading
from pathlib import Path

from built import ROOT, SITE


def run_build(out: Path, *options: str) -> str:
    """Build the lite site of the built site into another folder; return what was said."""
    command = [sys.executable, str(ROOT / "book" / "lite" / "build_lite.py"), "--out", str(out)]
    return subprocess.run([*command, *options], check=True, capture_output=True, text=True).stdout


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the built site with another lite site over it."""

    def __init__(self, *args: object, over: Path) -> None:
        self.over = over
        super().__init__(*args, directory=str(SITE))  # type: ignore[arg-type]

    def translate_path(self, path: str) -> str:
        below = super().translate_path(path)
        above = self.over / Path(below).relative_to(SITE)
        return str(above) if path.startswith("/lite/") or above.is_file() else below

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def serve(over: Path) -> http.server.ThreadingHTTPServer:
    """Start a server of the site, with the files below `over` in place of its own."""
    handler = functools.partial(_Handler, over=over)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def address(server: http.server.ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_port}/"
