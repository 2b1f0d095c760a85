"""LaTeX to MathML, which a browser shows without a script.

`latex2mathml` translates. What it leaves for a script to mend is mended here, by TeX's rules:
the letters of a name stand together, functions and signs keep their distances, limits go below in
a displayed formula, columns are aligned. The letters N, D, C and L get the colours of their
quantities. What it does not know is an error, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, fromstring, tostring

from latex2mathml.converter import convert

QUANTITY = {"N": "parameters", "D": "tokens", "C": "compute", "L": "loss"}
ENVIRONMENTS = {"aligned": "split", "split": "split", "gathered": "matrix", "matrix": "matrix"}
"""Those of LaTeX that the book uses, and what `latex2mathml` calls them."""
PARTS = {"mfrac": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "mroot": 2}
PARTS |= {"msubsup": 3, "munderover": 3}
SCRIPTED = [tag for tag in PARTS if tag not in ("mfrac", "mroot")]
BELOW = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}
ROWS = ("mrow", "mtd", "mstyle")
THIN = "0.167em"
SPACES = {"negativethinmathspace": f"-{THIN}"}
OPERATORS = {":": ":", "~": "∼", "*": "∗"}
"""What is an operator, and the character for it."""
SIGNS, CLOSING = tuple("+-−±"), tuple(")]}|")
PRIMES, HAT = ("′", "″", "‴"), "\N{COMBINING CIRCUMFLEX ACCENT}"
NO_SPACE = {"lspace": "0", "rspace": "0"}


def mathml(latex: str, *, block: bool = False) -> str:
    """The formula as MathML; an error says what in it is not known."""
    source = " ".join(latex.split())
    tree = fromstring(_as_xml(convert(_plain(source))))
    tree.attrib = {"display": "block" if block else "inline", "alttext": source}
    for part in tree.iter():
        _check(part)
        _name(part)
        _set(part, block)
    for row in tree.iter():
        _join_names(row)
        _space(row)
    for scripted in (part for part in tree.iter() if part.tag in SCRIPTED):
        for sign in (each for script in list(scripted)[1:] for each in script.iter("mo")):
            if sign.text != ",":  # in scripts TeX sets signs tight
                sign.attrib |= NO_SPACE
    return tostring(tree, encoding="unicode", short_empty_elements=False)


def letters(site_page: str) -> set[str]:
    """The characters of all formulas of a page, as a font must have them."""
    found = re.findall(r"<math\b.*?</math>", site_page, re.S)
    return {letter for each in found for letter in re.sub(r"<[^>]*>", "", each)}


def _plain(latex: str) -> str:
    """LaTeX without what `latex2mathml` has no word for; lines are parted by the page's style."""

    def known(found: re.Match[str]) -> str:
        if found[2] not in ENVIRONMENTS:
            raise ValueError(f"the environment {found[2]} is not known")
        return f"\\{found[1]}{{{ENVIRONMENTS[found[2]]}}}"

    latex = re.sub(r"\\(begin|end)\{([^}]*)\}", known, latex)
    latex = re.sub(r"\\mathrm\{(\w)\}", r"\\mathrm{{\1}}", latex)  # else one letter is not upright
    return re.sub(r"\\\\\s*\[[^\]]*\]", r"\\\\", latex)


def _as_xml(said: str) -> str:
    """Numbered characters stay; any other `&` is one that was not understood."""
    return re.sub(r"&(?!#)", "&amp;", re.sub(r' xmlns="[^"]*"', "", said))


def _check(part: Element) -> None:
    if part.text and re.search(r"[\\&]", part.text):
        raise ValueError(f"{part.text} is not known")
    if part.tag in PARTS and len(part) != PARTS[part.tag]:
        raise ValueError(f"something is missing or too much ({part.tag})")


def _name(part: Element) -> None:
    """Say what a letter is: an operator, a function, a quantity."""
    text = part.text or ""
    if part.tag in ("mi", "mo") and text in OPERATORS:
        part.tag, part.text = "mo", OPERATORS[text]
    elif text == "∞" or (part.tag == "mo" and re.fullmatch("[a-z]+", text)):
        part.tag = "mi"
    if part.tag == "mi" and text in QUANTITY and not part.get("mathvariant"):
        part.set("class", f"q-{QUANTITY[text]}")
    if text == "/":
        part.attrib |= NO_SPACE


def _set(part: Element, block: bool) -> None:
    """Attributes that browsers no longer read, as those that they do."""
    if part.tag == "mspace":
        part.set("width", SPACES.get(part.get("width", ""), part.get("width", "0")))
    elif part.tag == "mover" and part[1].text == "^":
        part[1].text = HAT
    elif part.tag == "mtable":
        part.set("displaystyle", "true")
    elif part.tag == "mtd" and (side := part.attrib.pop("columnalign", "")):
        part.set("class", f"to-{side}")
    elif part.tag in BELOW and block and _has_limits(part[0]):
        part.tag = BELOW[part.tag]
    elif part.tag in ("msup", "msubsup") and part[-1].text in PRIMES:
        _raise_prime(part)


def _has_limits(base: Element) -> bool:
    return base.text in ("∑", "∏") or bool(base.get("movablelimits"))


def _raise_prime(part: Element) -> None:
    """A prime is drawn high and small: as a script it would be so twice."""
    prime = Element("mo", NO_SPACE)
    prime.text = part[-1].text
    letter = Element("mrow")
    letter.extend([part[0], prime])
    part.remove(part[-1])
    if part.tag == "msup":
        part.tag, part[:] = "mrow", letter
    else:
        part.tag, part[0] = "msub", letter


def _join_names(row: Element) -> None:
    """Upright letters in a row are one name."""
    for before, letter in zip(list(row), list(row)[1:], strict=False):
        if all(each.get("mathvariant") == "normal" for each in (before, letter)):
            letter.text = f"{before.text}{letter.text}"
            row.remove(before)
    for name in row:
        if len(name.text or "") > 1:
            name.attrib.pop("mathvariant", None)


def _space(row: Element) -> None:
    """`ln x` is not `lnx`; the minus of `a = -1` is a sign of the 1."""
    if row.tag not in ROWS:
        return
    for place, before, part, after in reversed(list(_neighbours(row))):
        if part.tag == "mo" and part.text in SIGNS:
            if before is None or (before.tag == "mo" and before.text not in CLOSING):
                part.set("form", "prefix")
        elif part.tag == "mo" and part.text == "∼":
            part.set("form", "infix")
        elif part.tag == "mi" and re.fullmatch("[a-z]{2,}", part.text or ""):
            if after is not None and after.tag not in ("mo", "mspace"):
                row.insert(place + 1, Element("mspace", width=THIN))
            if before is not None and before.tag not in ("mo", "mspace"):
                row.insert(place, Element("mspace", width=THIN))


def _neighbours(row: Element) -> Iterator[tuple[int, Element | None, Element, Element | None]]:
    parts = [None, *row, None]
    for place, part in enumerate(row):
        yield place, parts[place], part, parts[place + 2]
