"""Numbers in the text: each is the value of an expression, and the page says of which.

`` {eval}`fmt(saved, "pct0")` `` in a notebook's text shows what the expression gives after the
cells above it. Hovering, focusing or tapping the number shows the expression. All of them are
written to ``numbers.json``, page by page, so that tests can compare what pages say.
``numbers_at_end.json`` has what they give after the last cell: JupyterLab shows that.
"""

from __future__ import annotations

import ast
import copy
import html
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

from docutils import nodes
from extending import SAFE, at_end
from myst_nb.core.variables import RetrievalError, render_variable_outputs
from myst_nb.ext.eval import eval_warning, retrieve_eval_data
from myst_nb.ext.utils import RoleBase
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

Numbers = dict[str, dict[str, str]]
FILES = "numbers.json", "numbers_at_end.json"


class EvalRole(RoleBase):
    """MyST-NB's role, whose result remembers its expression."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        try:
            shown = self.value()
        except RetrievalError as error:
            return [], [eval_warning(str(error), self.document, self.line)]
        self.keep("numbers.json", _text(shown))
        self.ask_again()
        for node in shown:  # a number stays on the line of its sign
            for part in list(node.findall(nodes.Text)):
                part.parent.replace(part, nodes.Text(part.replace(" %", "\N{NO-BREAK SPACE}%")))
        said = html.escape(self.text, quote=True)
        before = f'<span class="number" tabindex="0" data-from="{said}">'
        return [
            nodes.raw("", before, format="html"),
            *shown,
            nodes.raw("", "</span>", format="html"),
        ], []

    def value(self) -> list[nodes.Node]:
        """What the expression gives now."""
        found = retrieve_eval_data(self.document, self.text)
        for output in found:
            output.metadata["strip_text_quotes"] = True
        place = self.document, self.line, self.source
        shown: list[nodes.Node] = render_variable_outputs(found, *place, inline=True)
        return shown

    def value_or_error(self) -> str:
        """The value, or what went wrong, in words."""
        try:
            return _text(self.value())
        except RetrievalError as error:
            return str(error)

    def ask_again(self) -> None:
        """Have the kernel say the value once more when all cells have run."""
        client = self.document["nb_renderer"].renderer.nb_client
        if "asked" not in vars(client):  # MyST-NB finalises after the last cell
            client.asked = []
            client.finalise_client = partial(_at_end, client.asked, client.finalise_client)
        client.asked.append(copy.copy(self))  # one role serves all numbers

    def keep(self, file: str, text: str) -> None:
        """Of an expression that stands in several places the first counts."""
        env: BuildEnvironment = self.document.settings.env
        _numbers(env)[file].setdefault(env.docname, {}).setdefault(self.text, text)


def _at_end(asked: list[EvalRole], finalise: Callable[[], None]) -> None:
    """Ask for all in one expression, or one by one if any of them fails by now."""
    together = f"[{', '.join(f'str({role.text})' for role in asked)}]"
    try:
        (found,) = retrieve_eval_data(asked[0].document, together)
        said = ast.literal_eval(found.data["text/plain"])
    except (RetrievalError, ValueError):
        said = [role.value_or_error() for role in asked]
    for role, text in zip(asked, said, strict=True):
        role.keep("numbers_at_end.json", text)
    finalise()


def _text(shown: list[nodes.Node]) -> str:
    return "".join(node.astext() for node in shown)


def _numbers(env: BuildEnvironment) -> dict[str, Numbers]:
    if not hasattr(env, "companion_numbers"):
        env.companion_numbers = {file: {} for file in FILES}
    found: dict[str, Numbers] = env.companion_numbers
    return found


def _forget(_: Sphinx, env: BuildEnvironment, docname: str) -> None:
    for pages in _numbers(env).values():
        pages.pop(docname, None)


def _merge(_: Sphinx, env: BuildEnvironment, __: set[str], other: BuildEnvironment) -> None:
    for file, pages in _numbers(env).items():
        pages.update(_numbers(other)[file])


def _write(app: Sphinx) -> None:
    for file, pages in _numbers(app.env).items():
        text = json.dumps(pages, indent=1, ensure_ascii=False, sort_keys=True)
        (Path(app.outdir) / file).write_text(text + "\n", "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_role("eval", EvalRole(), override=True)
    app.connect("env-purge-doc", _forget)
    app.connect("env-merge-info", _merge)
    at_end(app, _write)
    return SAFE
