"""The book's numbers here, compared with those that were frozen.

    python tests/reproduce/book_numbers.py [--whole] [--write]

Computed anew are the value of every claim in the ledger, with the ends of its interval, its
verdict, and all that the short answers of the chapters print; with `--whole` all that their text
prints, which takes a minute. It needs the packages' own requirements and the extra `chapters`,
in any Python from 3.11.

Libraries and processors round each in their way. A value may be as far from the frozen one,
relative to itself, as `book_numbers.csv` says beside it; a verdict and a printed text may not
differ at all. `--write` freezes what is found here: look at each line that changes.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import platform
import re
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from importlib.metadata import version
from io import StringIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FROZEN = Path(__file__).with_name("book_numbers.csv")
LIBRARIES = ("numpy", "scipy", "pandas", "matplotlib")
CLOSE, SEARCHED = 1e-7, 1e-4
"""How far a number may be from the frozen one, and one in `LOOSE`, whose fit hardly sees it."""
LOOSE = ("claim gadre-downstream-error-",)
LEDGER, VERDICT = "claim ", " verdict"

EVAL = re.compile(r"\{eval\}`([^`]+)`")
COLUMNS = ("name", "value", "tolerance")


def ledger() -> Iterator[tuple[str, str]]:
    """Each claim's verdict and values, as text with all digits."""
    import claims

    for result in claims.run().results:
        yield f"{LEDGER}{result.id}{VERDICT}", result.verdict
        numbers = {"value": result.value}
        if result.from_rounded is not None:
            numbers |= dict(zip(("rounded low", "rounded high"), result.from_rounded, strict=True))
        if result.measured is not None:
            numbers |= {"low": result.measured.low, "high": result.measured.high}
        for name, number in numbers.items():
            if number is not None:
                yield f"{LEDGER}{result.id} {name}", repr(float(number))


def prose(whole: bool) -> Iterator[tuple[str, str]]:
    """What the text of each chapter prints, or its short answer: after the cells above it."""
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        known: dict[str, object] = {}
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "code" and cell["id"] != "install":
                with redirect_stdout(StringIO()):
                    exec(compile(source, path.name, "exec"), known)
            elif cell["cell_type"] == "markdown":
                for expression in EVAL.findall(source):
                    yield f"{path.stem} {expression}", str(eval(expression, known))
                if "short-answer" in source and not whole:
                    break


def computed(whole: bool) -> dict[str, str]:
    """Every number of here by its name."""
    return dict([*ledger(), *prose(whole)])


def frozen() -> dict[str, tuple[str, str]]:
    """Every frozen number by its name, with how far it may differ."""
    with FROZEN.open(encoding="utf-8", newline="") as file:
        return {row["name"]: (row["value"], row["tolerance"]) for row in csv.DictReader(file)}


def distance(found: str, stated: str) -> float:
    """How far two texts are apart as numbers, relative to the second; endless if they are none."""
    if found == stated:
        return 0.0
    try:
        here, there = float(found), float(stated)
    except ValueError:
        return math.inf
    return abs(here - there) / abs(there) if there else math.inf


def differences(found: dict[str, str], stated: dict[str, tuple[str, str]]) -> dict[str, float]:
    """How far everything is from what was frozen that is farther from it than it may be."""
    apart = {}
    for name in found.keys() | stated.keys():
        value, tolerance = stated.get(name, ("nothing", ""))
        far = distance(found.get(name, "nothing"), value)
        if not far <= float(tolerance or 0):  # nor is what is no number
            apart[name] = far
    return dict(sorted(apart.items()))


def main() -> int:
    """Compute and compare; the exit status says whether all is as it was."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="freeze what is found here")
    parser.add_argument("--whole", action="store_true", help="all numbers in the text")
    asked = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    found = computed(asked.whole or asked.write)
    if asked.write:
        rows = [(name, value, tolerance(name)) for name, value in found.items()]
        with FROZEN.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])
    stated = frozen()
    if not asked.whole:
        stated = {n: v for n, v in stated.items() if n.startswith(LEDGER) or n in found}
    apart = differences(found, stated)
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    print(f"Python {platform.python_version()} on {platform.machine()}, {libraries}")
    far, name = max((distance(found.get(n, v), v), n) for n, (v, t) in stated.items() if t)
    print(f"{len(found)} numbers and words; the farthest apart is that of {name}: {far:.1e}")
    for name, far in apart.items():
        print(f"DIFFERS: {name}: {found.get(name)}, frozen {stated.get(name)}, {far:.1e} apart")
    print(f"{len(apart)} differ." if apart else "The same.")
    return int(bool(apart))


def tolerance(name: str) -> str:
    """How far the number of this name may be from its frozen value; of a word nothing."""
    if not name.startswith(LEDGER) or name.endswith(VERDICT):
        return ""
    return repr(SEARCHED if name.startswith(LOOSE) else CLOSE)


if __name__ == "__main__":
    sys.exit(main())
