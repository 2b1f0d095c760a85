"""Fill in what the README says of the book's addresses: badges, and a picture that shows anywhere.

`make readme` writes the block between two marks of README.md from `_config.yml`. While no address
is set there are no badges, and the picture is the file beside the README.
"""

from __future__ import annotations

import re
import sys

import about

README = about.ROOT / "README.md"
START, END = "<!-- filled in by make readme -->", "<!-- end -->"
ALT = (
    "The best size of a model against compute: nine measured dots and our refit through them, "
    "Hoffmann's rules close to it, Kaplan's far above."
)


def block(address: str, repository: str) -> str:
    """The lines between the marks; both addresses end with a slash, or are empty."""
    picture = f"{address}figures/planner.png" if address else "book/assets/readme.png"
    lines = [" ".join(badges(address, repository)), f"![{ALT}]({picture})"]
    return "\n\n".join(line for line in lines if line)


def badges(address: str, repository: str) -> list[str]:
    """Where to read the book, whether its tests pass, where to run it."""
    found = [f"[**Read the book**]({address})"] if address else []
    if repository:
        tests = f"{repository}actions/workflows/test.yml"
        name = repository.split("://")[1].split("/", 1)[1].rstrip("/")
        binder = f"https://mybinder.org/v2/gh/{name}/HEAD?urlpath=lab/tree/notebooks"
        found += [
            f"[![tests]({tests}/badge.svg)]({tests})",
            f"[![Binder](https://mybinder.org/badge_logo.svg)]({binder})",
        ]
    return found


def filled(text: str, address: str, repository: str) -> str:
    """The README with its block as the addresses want it."""
    marks = re.compile(f"{re.escape(START)}.*?{re.escape(END)}", re.S)
    new = f"{START}\n\n{block(address, repository)}\n\n{END}"
    out, count = marks.subn(lambda _: new, text)
    if count != 1:
        raise ValueError(f"README.md needs one block between {START} and {END}")
    return out


def main() -> int:
    text = README.read_text("utf-8")
    README.write_text(filled(text, about.address(), about.repository()), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
