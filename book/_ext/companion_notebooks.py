"""Notebooks to take away: executed and filled in, plain, and all of them with the wheels.

At the end of a build the site has ``notebooks/<chapter>.ipynb`` (outputs kept, numbers in the
text), ``notebooks/plain/<chapter>.ipynb`` (the source), ``wheels/`` and ``notebooks.zip`` with
all of these. Beside the site, ``lab/`` has the chapters for `make lab`, whose numbers stay live.
The button in a page's head offers them, ``{install}`` says how the packages are installed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import wheels
from about import address
from archive import pack
from companion_figures import anchor, in_order
from contents import chapter, chapters
from docutils import nodes
from extending import SAFE, at_end, root_of
from filled import filled, written
from filling import Known
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective, SphinxRole

README = """Scaling Laws, Re-executed, version {version}: the chapters as notebooks.

1. With Python 3.11 or later: pip install jupyterlab
2. In this folder: jupyter lab
3. Open a chapter and choose Run > Run All Cells. Its first cell installs the book's package from
   the folder wheels/.

The chapters here have been executed, with the numbers in the text; plain/ has their sources.
"""


def known(env: BuildEnvironment, page: str) -> Known:
    """What the marks of a chapter's text stand for."""
    files = {str(n): Path(doc).name for n, doc in chapters(env.found_docs).items()}
    figures = {id: (shown, f"{doc}.html#{anchor(id)}") for shown, id, doc in in_order(env)}
    number = chapter(page)
    assert number is not None
    values = env.companion_numbers["numbers.json"].get(page, {})
    return Known(number, values, figures, files, address())


class Install(SphinxDirective):
    """``{install} distribution``: the command that installs it.

    It names the wheels themselves: nobody else's package of that name can come in their place.
    """

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        text = install(self.arguments[0], address())
        return [nodes.literal_block(text, text, language="sh")]


def install(distribution: str, site: str) -> str:
    """From the site's wheels or, without an address, in a checkout."""
    both = distribution == wheels.CHAPTERS
    if not site:
        return "pip install . ./book/wheel" if both else "pip install ."
    names = (wheels.FORMULAS, wheels.CHAPTERS) if both else (wheels.FORMULAS,)
    return " \\\n  ".join(["pip install", *(f"{site}wheels/{wheels.wheel(n)}" for n in names)])


class ZipRole(SphinxRole):
    """``{notebooks-zip}`words` ``: a link to the file with all notebooks."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        root = root_of(self.env.docname)
        return [nodes.reference("", self.text, refuri=f"{root}notebooks.zip")], []


def _write(app: Sphinx) -> None:
    out = Path(app.outdir)
    made = wheels.make(out / "wheels")
    for page in chapters(app.env.found_docs).values():
        _write_chapter(app, page, out)
    inside = {f"wheels/{path.name}": path.read_bytes() for path in made}
    for path in sorted((out / "notebooks").rglob("*.ipynb")):
        inside[path.relative_to(out / "notebooks").as_posix()] = path.read_bytes()
    inside["README.txt"] = README.format(version=wheels.version()).encode()
    pack(out / "notebooks.zip", f"{wheels.CHAPTERS}-{wheels.version()}", inside)


def _write_chapter(app: Sphinx, page: str, out: Path) -> None:
    executed = json.loads((out.parent / "jupyter_execute" / f"{page}.ipynb").read_text("utf-8"))
    for cell in executed["cells"]:
        cell["source"] = "".join(cell["source"])
        if "outputs" in cell:
            cell["outputs"] = streams_once(cell["outputs"])
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            data.update({k: "".join(v) for k, v in data.items() if isinstance(v, list)})
    for folder, live in ((out / "notebooks", False), (out.parent / "lab", True)):
        knows = known(app.env, page)
        notebook = filled(executed, knows, out / "figures", live=live)
        nbformat.validate(notebook)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{Path(page).name}.ipynb").write_text(written(notebook), "utf-8")
    plain = out / "notebooks" / "plain" / f"{Path(page).name}.ipynb"
    plain.parent.mkdir(exist_ok=True)
    plain.write_bytes(Path(app.env.doc2path(page)).read_bytes())


def streams_once(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The outputs without repeated lines: MyST-NB adds whatever a cell prints to the first piece
    of it, and leaves the other pieces, where the kernel sent several.
    """
    first = {output["name"]: id(output) for output in reversed(outputs) if "name" in output}
    return [each for each in outputs if id(each) == first.get(each.get("name"), id(each))]


def _offer(
    _app: Sphinx, page: str, _template: str, context: dict[str, Any], _doctree: nodes.document
) -> None:
    """Fill the download button in a page's head; Binder opens its own copies, not the sources."""
    for group in context.get("header_buttons", ()):
        for button in group.get("buttons", ()):
            if "mybinder" in button.get("url", ""):
                button["url"] = button["url"].replace("/tree/notebooks/", "/tree/lab/")
        if group.get("label") == "download-buttons":
            printed = [b for b in group["buttons"] if b["label"] == "download-pdf-button"]
            for button in printed:
                button["text"] = "Print, or save as PDF"
            group["buttons"] = [*_links(page, context["pathto"]), *printed]


def _links(page: str, pathto: Any) -> Iterator[dict[str, str]]:
    if chapter(page) is not None:
        name = page.removeprefix("notebooks/")
        yield _button(f"{name}.ipynb", "Notebook, executed", "code")
        yield _button(f"plain/{name}.ipynb", "Notebook, plain", "file")
    yield _button(pathto("notebooks.zip", 1), "All notebooks, zip", "download")


def _button(url: str, text: str, icon: str) -> dict[str, str]:
    label = f"download-{icon}-button"
    return {
        "type": "link",
        "url": url,
        "text": text,
        "tooltip": text,
        "icon": f"fas fa-{icon}",
        "label": label,
    }


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("install", Install)
    app.add_role("notebooks-zip", ZipRole())
    app.connect("html-page-context", _offer, priority=890)  # companion_form shows the same links
    at_end(app, _write, priority=900)  # when the figures are in place
    return SAFE
