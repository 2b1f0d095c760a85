"""Runs of pytest that start at once: each forks a process that has imported the libraries.

Nothing of the project is imported before the fork: a run has the packages of its own checkout.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

LIBRARIES = (
    "pytest",
    "hypothesis.strategies",
    "numpy",
    "pandas",
    "scipy.optimize",
    "scipy.stats",
    "matplotlib.pyplot",
    "frictionless",
    "yaml",
    "bs4",
    "jinja2",
    "nbformat",
    "markdown_it",
    "docutils.core",
    "altair",
)


@functools.cache
def _server() -> subprocess.Popen[str]:
    """The process that is forked; it ends with this one."""
    server = subprocess.Popen(
        [sys.executable, __file__],
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "MPLBACKEND": "agg"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(server.communicate)
    return server


def pytest_in(folder: Path, arguments: list[str]) -> tuple[int, str]:
    """Run pytest in a folder, on the folder's own packages; return its status and output."""
    server = _server()
    with TemporaryDirectory() as place:
        said = Path(place, "said")
        asked = {"folder": str(folder), "arguments": arguments, "said": str(said)}
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(json.dumps(asked) + "\n")
        server.stdin.flush()
        status = int(server.stdout.readline())
        return status, said.read_text("utf-8", "replace")


def _serve() -> None:
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):  # what a test does not need may be absent
            importlib.import_module(name)
    gc.freeze()  # or each fork looks through all of it for garbage, ten times
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _run(**json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _run(folder: str, arguments: list[str], said: str) -> None:
    """What the fork does; it never returns."""
    status = 70
    try:
        out = os.open(said, os.O_WRONLY | os.O_CREAT)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (out, 1), (out, 2)):
            os.dup2(source, target)
        os.chdir(folder)
        os.environ["PYTHONPATH"] = folder
        sys.path[0] = folder
        sys.argv = ["pytest", *arguments]
        status = int(sys.modules["pytest"].main(arguments))
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)


if __name__ == "__main__":
    _serve()
