"""The page that a host shows for an address that is not there: `404.html`, as GitHub Pages asks.

It is shown at any depth, so `sphinx-notfound-page` makes its links start at the host's root, with
the path of the site's address. What to read instead stands on it. From disk, where such links lead
nowhere, it leads to the first page.
"""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import urlsplit

from about import address
from contents import chapters
from docutils import nodes
from extending import SAFE
from sphinx.application import Sphinx
from sphinx.config import Config

PAGE, TITLE = "404", "This page is not here"
UNLISTED = '\n    <meta name="robots" content="noindex" />'
FROM_DISK = 'if (location.protocol === "file:") { stop(); location.replace("index.html"); }'
BODY = """<h1>{title}</h1>
<p>It may have moved. The <a href="{search}">search</a> finds a page by its words, the
<a href="{claims}">ledger</a> a claim, the <a href="{figures}">list of figures</a> a figure.</p>
<p>Or start with the <a href="{intro}">first page</a>, or with a chapter:</p>
<ul>{chapters}</ul>
"""


def _write(
    app: Sphinx, page: str, _template: str, context: dict[str, Any], _doctree: nodes.document
) -> None:
    if page != PAGE:
        return
    found = chapters(app.env.found_docs).items()
    titles = {name: escape(app.env.titles[name].astext()) for _, name in found}
    to = context["pathto"]
    context["body"] = BODY.format(
        title=TITLE,
        search=to("search"),
        chapters="".join(f'<li><a href="{to(n)}">{i}. {titles[n]}</a></li>' for i, n in found),
        **{name: to(f"book/{name}") for name in ("claims", "figures", "intro")},
    )
    context["content_root"] = app.config.notfound_urls_prefix  # for scripts that look for files
    context["metatags"] = context.get("metatags", "") + UNLISTED
    context["metatags"] += f"\n    <script>{FROM_DISK}</script>"
    context["pageurl"] = None  # it has no address of its own


def _place(_: Sphinx, config: Config) -> None:
    config.notfound_urls_prefix = urlsplit(address()).path or "/"
    config.notfound_context = {"title": TITLE, "body": ""}


def setup(app: Sphinx) -> dict[str, bool]:
    app.setup_extension("notfound.extension")
    app.connect("config-inited", _place, priority=400)  # before it is checked
    app.connect("html-page-context", _write, priority=430)  # once the links are those of the root
    return SAFE
