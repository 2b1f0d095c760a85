"""Leave out of the finished site what its pages do not use of the frameworks around them.

The theme brings all of Bootstrap, an icon font with its script, and files for things that no page
has. A script or style is taken off a page without what it serves; of the theme's styles a rule
stays if some page or script names every class and id of it. Icons are those of `icons.css`.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import tinycss2
from contents import own_files

NEVER = "nothing on any page"
SERVES = {
    "scripts/fontawesome.js": NEVER,
    "sphinx-thebe.css": NEVER,
    "togglebutton.js": r'class="(toggle|admonition [^"]*dropdown)\b',
    "togglebutton.css": r'class="(toggle|admonition [^"]*dropdown)\b',
    "design-tabs.js": r'class="sd-tab',
    "sphinx-design.min.css": r'class="[^"]*\bsd-',
    "clipboard.min.js": r'class="highlight',
    "copybutton.js": r'class="highlight',
    "copybutton.css": r'class="highlight',
    "pygments.css": r'class="highlight',
    "mystnb.": r'class="cell\b',
}
"""Start of a file's name: what a page has if it needs the file."""
SETTINGS = re.compile(r"<script>(?:let toggle|var togglebutton)[^<]*</script>\s*")
UNUSED = (
    *("vendor/fontawesome", "scripts/fontawesome*", "**/*.map", "locales"),
    *("sphinx-thebe.*", "play-solid.svg"),
)
TRIMMED = ("styles/*.css", "sphinx-design.min.css", "mystnb.*.css", "basic.css", "pygments.css")
WORD = re.compile(r"[A-Za-z][\w-]*")
LIBRARIES = (
    *("bootstrap.js", "vega.js", "clipboard.min.js", "fontawesome.js"),
    *("search-index.js", "claims-folds.js"),  # texts
)
"""Scripts whose words are not looked at: of Bootstrap's, these are what the theme uses."""
BOOTSTRAP = (
    *("active", "collapse", "collapsed", "collapsing", "disabled", "fade", "show", "showing"),
    *("bs-tooltip-auto", "tooltip", "tooltip-arrow", "tooltip-inner", "dropup"),
)
ICONS = re.compile(r"""content:\s*(["'][\ue000-\uf8ff]|var\(--pst-icon)|font:\s*var\(--fa-""")
NESTED = ("media", "supports", "layer", "container")


def slim(site: Path) -> None:
    """Make every page and the styles of the site as light as they can be."""
    static = site / "_static"
    known = set(BOOTSTRAP)
    for path in own_files(site):
        text = slimmer(path.read_text("utf-8"))
        path.write_text(text, "utf-8")
        known |= names(text)
    for path in (*static.glob("*.js"), *static.glob("scripts/*.js")):
        if path.name not in LIBRARIES:
            known |= set(WORD.findall(path.read_text("utf-8")))
    for pattern in UNUSED:
        for path in list(static.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in sorted(path for pattern in TRIMMED for path in static.glob(pattern)):
        path.write_text(trimmed(path.read_text("utf-8"), known), "utf-8")


def slimmer(page: str) -> str:
    """The page without the scripts and styles that serve nothing on it."""
    for name, need in SERVES.items():
        if need is NEVER or not re.search(need, page):
            file = rf'"[^"]*_static/{re.escape(name)}[^"]*"'
            page = re.sub(rf"<script[^>]*\bsrc={file}[^>]*></script>\s*", "", page)
            page = re.sub(rf"<link\b[^>]*\bhref={file}[^>]*>\s*", "", page)
            if name == "togglebutton.js":
                page = SETTINGS.sub("", page)
    return page


def names(page: str) -> set[str]:
    """The classes and ids of a page, and the words of scripts within it."""
    found = re.findall(r'\b(?:class|id)="([^"]*)"', page)
    scripts = re.findall(r"<script>(.*?)</script>", page, re.S)
    return {name for each in found for name in each.split()} | {
        word for script in scripts for word in WORD.findall(script)
    }


def trimmed(style: str, known: set[str]) -> str:
    """The style without rules for what is not known, and without the icon font."""
    rules = tinycss2.parse_stylesheet(style, skip_comments=True, skip_whitespace=True)
    return "".join(_kept(rules, known))


def _kept(rules: Iterable[tinycss2.ast.Node], known: set[str]) -> Iterable[str]:
    for rule in rules:
        if rule.type == "qualified-rule":
            content = tinycss2.serialize(rule.content)
            wanted = [
                tinycss2.serialize(selector).strip()
                for selector in _selectors(rule.prelude)
                if _required(selector) <= known
            ]
            drawn = ICONS.search(content) and re.search(r":(before|after)", str(wanted))
            if wanted and content.strip() and not drawn:
                yield f"{','.join(wanted)}{{{content}}}\n"
        elif rule.type == "at-rule" and rule.lower_at_keyword in NESTED and rule.content:
            inner = tinycss2.parse_rule_list(
                rule.content, skip_comments=True, skip_whitespace=True
            )
            if kept := "".join(_kept(inner, known)):
                yield f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{kept}}}\n"
        elif rule.type == "at-rule":
            text = tinycss2.serialize([rule])
            if "Awesome" not in text and not re.match(r"@(-webkit-)?keyframes fa-", text):
                yield f"{text}\n"
        elif rule.type == "error":
            raise ValueError(f"a style cannot be read: {rule.message}")


def _selectors(prelude: list[tinycss2.ast.Node]) -> list[list[tinycss2.ast.Node]]:
    found: list[list[tinycss2.ast.Node]] = [[]]
    for token in prelude:
        if token == ",":
            found.append([])
        else:
            found[-1].append(token)
    return found


def _required(selector: list[tinycss2.ast.Node]) -> set[str]:
    """The classes and ids that an element must have; `:not()` and the like are left aside."""
    pairs = zip([None, *selector], selector, strict=False)
    classes = {token.value for dot, token in pairs if dot == "." and token.type == "ident"}
    return classes | {token.value for token in selector if token.type == "hash"}
