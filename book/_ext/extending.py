"""What several extensions do alike: files for some pages, and work at the end of a build."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

SAFE = {"parallel_read_safe": True, "parallel_write_safe": True}
"""What `setup` says of an extension: pages may be read and written side by side."""


def root_of(docname: str) -> str:
    """The way from a page to the top of the site."""
    return "../" * docname.count("/")


def at_end(app: Sphinx, write: Callable[[Sphinx], None], priority: int = 500) -> None:
    """Call `write` when the pages of a site have been written and nothing failed."""

    def finished(app: Sphinx, exception: Exception | None) -> None:
        if exception is None and app.builder.format == "html":
            write(app)

    app.connect("build-finished", finished, priority=priority)


def only_where(app: Sphinx, wanted: Callable[..., bool], *files: str) -> None:
    """Add styles and scripts to pages that want them, and to no other.

    `wanted` is asked with a page's name, its context, and its text or None.
    """

    def add(
        app: Sphinx, page: str, _: str, context: dict[str, Any], doctree: nodes.document | None
    ) -> None:
        if wanted(page, context, doctree):
            for file in files:
                if file.endswith(".css"):
                    app.add_css_file(file)
                else:
                    app.add_js_file(file, loading_method="defer")

    app.connect("html-page-context", add)
