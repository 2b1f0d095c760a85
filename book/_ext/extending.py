"""What several extensions do alike: run at the end of a build, and lead to the top of the site."""

from __future__ import annotations

from collections.abc import Callable

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
