"""Serve a folder on this machine, as a usual host does (`Usual`) or plainly (`Quiet`)."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

COMPRESSED = (".html", ".css", ".js", ".json", ".svg", ".csv", ".ipynb", ".bib", ".txt", ".xml")
WAIT, RATE = 0.04, 1.25e6
"""Each file comes after so many seconds, with so many bytes a second."""


class Quiet(SimpleHTTPRequestHandler):
    """Files as they are, at once, without a word."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Usual(Quiet):
    """Files as a usual host sends them: text compressed."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        body, packed = _packed(path)
        time.sleep(WAIT + len(body) / RATE)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@cache
def _packed(path: Path) -> tuple[bytes, bool]:
    data = path.read_bytes()
    return (gzip.compress(data, 6), True) if path.suffix in COMPRESSED else (data, False)


class _Server(ThreadingHTTPServer):
    request_queue_size = 64
    daemon_threads = True


@contextmanager
def answering(handler: Callable[..., SimpleHTTPRequestHandler]) -> Iterator[str]:
    """The address of a server on this machine, while it answers."""
    with _Server(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()


@contextmanager
def served(site: Path, kind: type[SimpleHTTPRequestHandler] = Usual) -> Iterator[str]:
    """The address of a folder on this machine, while it is served."""
    with answering(partial(kind, directory=str(site))) as address:
        yield address
