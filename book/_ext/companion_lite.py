"""The script behind a chapter's button "run it here", which does nothing before `make lite`.

`companion_form` writes the button, hidden. The built site alone runs nothing: its script is
empty, until `make lite` puts `book/lite/run_here.js` in its place.
"""

from __future__ import annotations

from pathlib import Path

from extending import SAFE, only_where
from sphinx.application import Sphinx

SCRIPT = "lite.js"
NOTHING = '// "make lite" writes here what shows "run-here" and "run-here-says".\n'
"""It names the styles that are needed then: the build takes away those that nothing names."""


def _write_nothing(app: Sphinx) -> None:
    """Before the first page: Sphinx adds a checksum of the file to each link."""
    if app.builder.format == "html":
        script = Path(app.outdir) / "_static" / SCRIPT
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(NOTHING, "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", _write_nothing)
    only_where(app, lambda page, *_: page.startswith("notebooks/"), SCRIPT)
    return SAFE
