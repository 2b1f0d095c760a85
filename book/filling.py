"""A chapter's Markdown as any program shows it: roles and directives become their words.

The site fills in what `` {eval}`...` ``, `` {numref}`...` `` and the other marks of MyST stand
for. GitHub, VS Code, Colab and JupyterLab know none or few of them. `fill` writes what the site
shows as plain Markdown; `live=True` leaves what `jupyterlab-myst` shows itself: numbers that the
kernel computes, boxes and formulas.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from about import ROOT
from contents import NAMED, NUMBER
from pybtex.database import Entry, parse_file

import claims

ROLE = re.compile(r"\{([\w:-]+)\}`([^`]+)`")
FENCE = re.compile(r"(`{3,}|:{3,})\{([\w-]+)\}[ \t]*(.*)")
KEPT = re.compile(
    r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$\n]+\$|\[[^\]]*\]\([^)]*\)|^#.*$", re.S | re.M
)
"""Code, formulas, links and headings: no chapter is linked in them."""
LIVE_ROLES, LIVE_BOXES = {"eval", "sup"}, {"admonition", "math"}
"""What `jupyterlab-myst` shows itself. A `margin` it would lay over the text."""


@dataclass(frozen=True)
class Known:
    """What a chapter's marks stand for."""

    number: int
    """The chapter's own."""
    values: Mapping[str, str]
    """What each expression of the text gave."""
    figures: Mapping[str, tuple[str, str]]
    """Id of a figure -> its number, and where it stands on the site."""
    chapters: Mapping[str, str]
    """Number of a chapter -> its file without an ending, `06_twenty_tokens_per_parameter`."""
    site: str
    """Address of the site with a slash at its end, or empty."""

    def figure(self, id: str) -> str:
        """What a figure is called; with an address, linked to where it stands."""
        number, place = self.figures[id]
        return f"[Fig. {number}]({self.site}{place})" if self.site else f"Fig. {number}"


def fill(text: str, known: Known, *, live: bool = False) -> str:
    """Return the Markdown of one cell without marks that only the site understands.

    Raises
    ------
    ValueError
        For a role or a directive that is not known here.
    """
    text = re.sub(r"(?m)^\([\w-]+\)=\n", "", text)  # names that only the site's links need
    text = _boxes(text, known, live)
    if not live:
        text = re.sub(r"\[([^\]]+)\]\(\.\./book/([\w/-]+)\.md(#[\w-]+)?\)", _page(known), text)
    text = _link_chapters(text, known, live)
    return ROLE.sub(lambda mark: _role(mark, known, live), text)


def _boxes(text: str, known: Known, live: bool) -> str:
    """Directives, one after the other: none of the book's stands inside another."""
    lines = iter(text.split("\n"))
    return "\n".join(_box(line, lines, known, live) for line in lines)


def _box(line: str, following: Iterator[str], known: Known, live: bool) -> str:
    opened = FENCE.fullmatch(line)
    if opened is None:
        return line
    fence, kind, title = opened.groups()
    inside = []
    for inner in following:
        if inner == fence:
            break
        inside.append(inner)
    if live and kind in LIVE_BOXES:
        return "\n".join([line, *inside, fence])
    while inside and re.match(r":\w+:", inside[0]):
        inside.pop(0)
    if kind == "verdicts":
        return verdicts(known)
    if kind == "math":
        return "\n".join(["$$", *inside, "$$"])
    if kind not in ("admonition", "margin"):
        raise ValueError(f"no plain Markdown is known for the directive {kind!r}")
    head = [f"**{title}**", ""] if title else []
    return "\n".join(f"> {each}".rstrip() for each in [*head, *inside])


def _role(mark: re.Match[str], known: Known, live: bool) -> str:
    name, text = mark.groups()
    if live and name in LIVE_ROLES:
        return mark[0]
    if name == "sup":
        return f"<sup>{text}</sup>"
    if name in ("def", "q"):
        return re.sub(r"\s*<[^>]*>$", "", text)
    if name == "eval":
        return plain(known.values[text])
    if name == "numref":
        return known.figure(text)
    if name.startswith("cite:"):
        return _cite(text, bare=name == "cite:t")
    if name.startswith("claim-"):
        return _claim(name.removeprefix("claim-"), text, known)
    raise ValueError(f"no plain Markdown is known for the role {name!r}")


def no_html(text: str) -> str:
    """Markdown in which a tag is shown, and not obeyed."""
    return re.sub(r"<(?=[A-Za-z/!?])", "&lt;", text)


def plain(text: str) -> str:
    """Words that no program takes for Markdown; a number stays on the line of its sign."""
    return re.sub(r"([\\`*_$<|\[\]])", r"\\\1", text).replace(" %", "\N{NO-BREAK SPACE}%")


def said_of(result: claims.Result, shows: str) -> str:
    """The `printed` number of a claim in a sentence, our `value`, or the `verdict`.

    A sentence names other units itself; a bare number would hide that this is per cent.
    """
    per_cent = " %" if result.claim.unit == "%" else ""
    shown = {
        "printed": result.shown_printed,
        "value": result.shown_value + per_cent,
        "verdict": result.verdict,
    }
    return shown[shows]


def _claim(shows: str, id: str, known: Known) -> str:
    shown = said_of(claims.run().result(id), shows)
    link = f"{known.site}book/claims.html#claim-{id}"
    return f"[{plain(shown)}]({link})" if known.site else plain(shown)


def verdicts(known: Known) -> str:
    """The line at the end of a chapter: how many claims it checks, and with what verdicts."""
    ledger = claims.run(chapter=known.number)
    address = f"{known.site}book/claims.html?chapter={known.number}"
    links: Callable[[str, str], str] = (
        (lambda words, more: f"[{words}]({address}{more})")
        if known.site
        else lambda words, _: words
    )
    parts = []
    for verdict, n in ledger.counts().items():
        said = "differ" if verdict == "differs" and n != 1 else verdict
        if n:
            parts.append(links(f"{n} {said}", f"&verdict={verdict.replace(' ', '-')}"))
    count = links(f"{len(ledger)} claim{'s' * (len(ledger) != 1)}", "")
    return f"This chapter checks {count}: {', '.join(parts)}."


@cache
def _works() -> Mapping[str, Entry]:
    return dict(parse_file(str(ROOT / "book" / "references.bib")).entries)


def _cite(keys: str, *, bare: bool) -> str:
    """`[Kaplan et al. (2020)](address)`, or the same in brackets."""
    links = []
    for key in re.split(r"\s*,\s*", keys):
        work = _works()[key]
        people = [" ".join([*p.prelast_names, *p.last_names]) for p in work.persons["author"]]
        who = people[0] + (" et al." if people[2:] else "".join(f" and {p}" for p in people[1:]))
        year = f"({work.fields['year']})" if bare else work.fields["year"]
        links.append(f"[{no_html(re.sub('[{}]', '', who))} {year}]({work.fields['url']})")
    return ", ".join(links) if bare else f"({'; '.join(links)})"


def _page(known: Known) -> str:
    """What a link to a page of the site becomes; without an address, its words."""
    return rf"[\1]({known.site}book/\2.html\3)" if known.site else r"\1"


def _link_chapters(text: str, known: Known, live: bool) -> str:
    """Link other chapters: to the site, or without an address to the notebook beside this."""
    out, end = [], 0
    for kept in [*KEPT.finditer(text), None]:
        free = text[end : kept.start() if kept else len(text)]
        out.append(NAMED.sub(lambda found: _linked(found[0], known, live), free))
        if kept:
            out.append(kept[0])
            end = kept.end()
    return "".join(out)


def _linked(named: str, known: Known, live: bool) -> str:
    def link(found: re.Match[str]) -> str:
        file = known.chapters.get(found[1])
        if file is None or int(found[1]) == known.number:
            return found[0]
        there = known.site and not live
        return (
            f"[{found[0]}]({f'{known.site}notebooks/{file}.html' if there else f'{file}.ipynb'})"
        )

    return NUMBER.sub(link, named)
