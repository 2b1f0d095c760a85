"""What a page may load and run: files of its own site, and scripts that the build wrote into it.

A content-security policy stands in every page of the finished site, so that no page can ask
another host for anything, and text that became a script by mistake would not run. Scripts within
a page are allowed one by one, by their checksum; one that nobody has put there stops the build.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from pathlib import Path

from contents import own_files

OWN = "'self'"  # of a site opened as a file, too: the files beside the page

RULES = {
    "default-src": OWN,
    "img-src": f"{OWN} data: blob:",
    "font-src": f"{OWN} data:",
    "style-src": f"{OWN} 'unsafe-inline'",  # sizes of columns, Vega's own styles
    "object-src": "'none'",
    "base-uri": OWN,
    "form-action": OWN,  # the search
}

CHARSET = re.compile(r"<meta charset=[^>]*>")
SCRIPT = re.compile(r"<script\b(?P<about>[^>]*)>(?P<text>.*?)</script", re.S | re.I)
HANDLER = re.compile(r"""<[a-z][^<>]*?\son[a-z]+="([^"]*)\"""", re.I)
RUNS = re.compile(r"""\btype=["']?(?:text/javascript|module)\b|^(?!.*\btype=)""", re.S)
"""A script of another type is data, and a browser does not run it."""
KNOWN = re.compile(
    r"DOCUMENTATION_OPTIONS\.pagename = '[\w/-]+';|kernelName = 'python3'|window\.print\(\)|"
    r"document\.fonts\.load\('1em Formulas'\);|"
    r'if \(location\.protocol === "file:"\) \{ stop\(\); location\.replace\("index\.html"\); \}|'
    r'(document\.documentElement\.dataset\.\w+ = localStorage\.getItem\("\w+"\) \|\| "";\s*){2}'
)
"""Scripts and handlers of the theme and the build, all that a page may have within it."""


def seal(site: Path) -> None:
    """Write its policy into each page of the book."""
    for path in own_files(site):
        path.write_text(sealed(path.read_text("utf-8"), f"{path.relative_to(site)}"), "utf-8")


def sealed(page: str, name: str) -> str:
    """The page with its policy, before anything that it could hold back."""
    tag = f'<meta http-equiv="Content-Security-Policy" content="{policy(page, name)}" />'
    found, count = CHARSET.subn(lambda charset: f"{charset[0]}\n    {tag}", page, count=1)
    if not count:
        raise ValueError(f"{name}: without <meta charset> there is no place for its policy")
    return found


def policy(page: str, name: str = "a page") -> str:
    """The rules for one page; a ValueError if a script or handler in it is not known."""
    found = [each["text"] for each in SCRIPT.finditer(page) if RUNS.search(each["about"])]
    handlers = [html.unescape(handler) for handler in HANDLER.findall(page)]
    run = {each for each in (*found, *handlers) if each.strip()}
    for each in run:
        if not KNOWN.fullmatch(each.strip()):
            told = "escape its text, or, if a page needs it, add it to KNOWN in book/policy.py"
            raise ValueError(f"{name}: the script {each.strip()[:80]!r} is not known: {told}")
    hashes = ["'unsafe-hashes'"] * bool(handlers)  # which, for all its name, allows these alone
    allowed = " ".join([OWN, *hashes, *sorted(map(_checksum, run))])
    rules = {**RULES, "script-src": allowed}
    return "; ".join(f"{name} {sources}" for name, sources in rules.items())


def _checksum(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
