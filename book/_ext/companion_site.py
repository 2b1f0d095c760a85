"""What makes the site self-contained, quiet where nothing is set up, and timed.

Buttons that need the repository's address are left out while it is not set, and the time that
each page took is printed as it is read.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from pathlib import Path
from typing import Any

from about import PROGRESS
from docutils import nodes
from extending import SAFE
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util.parallel import make_chunks

REPOSITORY_BUTTONS = ("use_repository_button", "use_issues_button")


def _hide_unset(_: Sphinx, config: Config) -> None:
    options = config.html_theme_options
    has_repository = bool(options.get("repository_url"))
    options.update(dict.fromkeys(REPOSITORY_BUTTONS, has_repository))
    if not has_repository:
        options["launch_buttons"] = {}


def _drop_thebe(
    _app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: nodes.document
) -> None:
    """Leave out the scripts of Thebe, which runs cells on a remote server; Jupyter Book loads them
    unasked, and twice.
    """
    context["script_files"] = [
        script
        for script in context.get("script_files", [])
        if "thebe" not in f"{script.filename} {script.attributes.get('body')}".lower()
    ]


def _start(app: Sphinx, docname: str, _: list[str]) -> None:
    app.companion_started = time.perf_counter()


def _print_time(app: Sphinx, _: nodes.document) -> None:
    """Show progress: a line per page once it has been read and, if it is a notebook, executed."""
    seconds = time.perf_counter() - app.companion_started
    line = f"  {seconds:5.1f} s  {app.env.docname}\n"
    os.write(int(os.environ.get(PROGRESS, sys.stderr.fileno())), line.encode())


def _allow_parallel(app: Sphinx) -> None:
    """Let notebooks be executed side by side.

    Jupyter Book's own extensions keep no state of pages but do not all say so, and Sphinx then
    reads page after page. That the site stays the same, byte for byte, is tested.
    """
    for extension in app.extensions.values():
        for safe in ("parallel_read_safe", "parallel_write_safe"):
            if getattr(extension, safe) is None:
                setattr(extension, safe, True)


def _deal_notebooks(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Deal the notebooks out to the first blocks of pages, a block to a process, by their length.

    Sphinx hands out the pages in blocks of neighbours, and a notebook costs a hundred other pages.
    """
    blocks = make_chunks(docnames, app.parallel)  # only their lengths matter here
    files = {name: Path(env.doc2path(name)) for name in docnames}
    weight = {n: file.stat().st_size * (file.suffix == ".ipynb") for n, file in files.items()}
    dealt: list[list[str]] = [[] for _ in blocks]
    for name in sorted(docnames, key=lambda name: (-weight[name], name)):
        room = [mine for mine, block in zip(dealt, blocks, strict=True) if len(mine) < len(block)]
        room = room[: app.parallel] if weight[name] else room
        min(room, key=lambda mine: sum(weight[each] for each in mine)).append(name)
    docnames[:] = [name for mine in dealt for name in mine]


def setup(app: Sphinx) -> dict[str, bool]:
    gc.disable()  # a build lives for a minute: looking for garbage takes longer than it spares
    found = getattr(os, "sched_getaffinity", lambda _: range(os.cpu_count() or 1))
    app.parallel = len(found(0))  # Jupyter Book's command line has no option for it
    app.connect("builder-inited", _allow_parallel)
    app.connect("env-before-read-docs", _deal_notebooks)
    app.connect("config-inited", _hide_unset, priority=900)
    app.connect("html-page-context", _drop_thebe, priority=900)
    app.connect("source-read", _start)
    app.connect("doctree-read", _print_time)
    return SAFE
