"""The last touch to the site, once Sphinx and Jupyter Book are through: what its host needs.

A first page that leads on and says so, the policy of every page, and, where the site's address is
set, the list of pages that search engines ask for.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

import about
import contents
import policy
import slim

FIRST = """<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta http-equiv="refresh" content="0; url={page}" />
    <title>{title}</title>
    {description}
    {canonical}
    <link rel="icon" href="_static/logo.svg" />
  </head>
  <body>
    <p><a href="{page}">{title}</a></p>
  </body>
</html>
"""
ROBOTS = """User-agent: *
Allow: /
Sitemap: {address}sitemap.xml
"""


def finish(site: Path, address: str) -> None:
    """Complete a built site; `address` may be empty."""
    for template in (site / "_static").glob("*macros.html"):
        template.unlink()  # the themes' own, no pages
    page = f"{contents.toc()['root']}.html"
    (site / "index.html").write_text(leads_to(page, (site / page).read_text("utf-8"), address))
    (site / ".nojekyll").touch()  # GitHub Pages would leave out folders whose name starts with _
    if address:
        (site / "sitemap.xml").write_text(sitemap(contents.page_names(site), address), "utf-8")
        (site / "robots.txt").write_text(ROBOTS.format(address=address))
    slim.slim(site)
    policy.seal(site)


def leads_to(page: str, text: str, address: str) -> str:
    """The page at the site's address, which leads to the book's first and says the same of it."""
    description = re.search(r'<meta name="description" content="[^"]*" />', text)
    return FIRST.format(
        page=page,
        title=escape(about.citation()["title"]),
        description=description[0] if description else "",
        canonical=f'<link rel="canonical" href="{address}{page}" />' if address else "",
    )


def sitemap(pages: list[str], address: str) -> str:
    """The pages' full addresses, in the form of sitemaps.org."""
    rows = "".join(f"  <url><loc>{escape(address + page)}</loc></url>\n" for page in pages)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}</urlset>\n'
    )
