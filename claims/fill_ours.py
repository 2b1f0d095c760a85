"""Write the field `ours` of each claim: ``python -m claims.fill_ours``.

It prints what would change and writes nothing; with ``--write`` it writes. Name papers to
look at these alone: ``python -m claims.fill_ours --write porian2024``.
Look at each line: a value that changed without a reason is a fault, not a new value.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

from claims.ledger import FOLDER, PAPERS, run

_BLOCK = re.compile(r"^\[\[claim\]\]\n(?:(?!\[).*\n?)*", re.MULTILINE)
_OURS = re.compile(r"^ours = .*\n", re.MULTILINE)


def filled(text: str, ours: dict[str, str]) -> tuple[str, list[str]]:
    """The text of a file with the value of each claim, if any, and one line about each change."""
    changes: list[str] = []

    def fill(block: re.Match[str]) -> str:
        entry = block[0]
        said = re.search(r'^id = "(.*)"$', entry, re.MULTILINE)
        if said is None or said[1] not in ours:
            return entry
        old = "".join(_OURS.findall(entry))
        new = f'ours = "{ours[said[1]]}"\n' if ours[said[1]] else ""
        if old == new:
            return entry
        changes.append(f"{said[1]}: {old.strip() or 'nothing'} -> {new.strip() or 'nothing'}")
        rest = _OURS.sub("", entry)
        return re.sub(r"^(verdict = .*\n)", rf"\g<1>{new}", rest, count=1, flags=re.MULTILINE)

    return _BLOCK.sub(fill, text), changes


def main(arguments: Sequence[str]) -> None:
    """Print what changes, and write it if asked to."""
    papers = [word for word in arguments if word != "--write"] or PAPERS
    for paper in papers:
        file = FOLDER / f"{paper}.toml"
        # A value that is the stated one at its digits stays as it is stated.
        values = {
            r.id: r.ours if r.drifted or not r.claim.ours else r.claim.ours
            for r in run(paper).results
        }
        text, changes = filled(file.read_text("utf-8"), values)
        for change in changes:
            print(change)
        if changes and "--write" in arguments:
            file.write_text(text, "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
