"""Numbers in the text: each is the value of an expression, and the page says of which.

`` {eval}`fmt(saved, "pct0")` `` in a notebook's text shows what the expression gives after the
cells above it. Hovering, focusing or tapping the number shows the expression. All of them are
written to ``numbers.json``, page by page, so that tests can compare what pages say.
"""

from __future__ import annotations

import html
import json
from pathlib import Path

from docutils import nodes
from myst_nb.ext.eval import EvalRoleAny
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

Numbers = dict[str, dict[str, str]]


class EvalRole(EvalRoleAny):
    """MyST-NB's role, whose result remembers its expression."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        shown, messages = super().run()
        if not shown:
            return shown, messages
        text = "".join(node.astext() for node in shown)
        for node in shown:  # a number stays on the line of its sign
            for part in list(node.findall(nodes.Text)):
                part.parent.replace(part, nodes.Text(part.replace(" %", "\N{NO-BREAK SPACE}%")))
        env: BuildEnvironment = self.document.settings.env
        _numbers(env).setdefault(env.docname, {})[self.text] = text
        said = html.escape(self.text, quote=True)
        before = f'<span class="number" tabindex="0" data-from="{said}">'
        return [
            nodes.raw("", before, format="html"),
            *shown,
            nodes.raw("", "</span>", format="html"),
        ], messages


def _numbers(env: BuildEnvironment) -> Numbers:
    if not hasattr(env, "companion_numbers"):
        env.companion_numbers = {}
    found: Numbers = env.companion_numbers
    return found


def _forget(_: Sphinx, env: BuildEnvironment, docname: str) -> None:
    _numbers(env).pop(docname, None)


def _merge(_: Sphinx, env: BuildEnvironment, __: set[str], other: BuildEnvironment) -> None:
    _numbers(env).update(_numbers(other))


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html":
        return
    found = {page: dict(numbers) for page, numbers in _numbers(app.env).items()}
    text = json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True)
    (Path(app.outdir) / "numbers.json").write_text(text + "\n", "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_role("eval", EvalRole(), override=True)
    app.connect("env-purge-doc", _forget)
    app.connect("env-merge-info", _merge)
    app.connect("build-finished", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
