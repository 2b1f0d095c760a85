"""What the site carries of other people's work, and the notices that have to go along with it.

A part names the files that are its own, by patterns within `_static`, and where its notice stands:
in the installed package that the files come from, in `book/assets/licences`, or in both.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch
from importlib.metadata import distribution
from pathlib import Path

ASSETS = Path(__file__).parent / "assets"
FOLDER = "_static/licences"
"""Where the notices lie on the site."""


@dataclass(frozen=True)
class Part:
    """Something that others made and the site carries."""

    name: str
    licence: str
    what: str
    files: tuple[str, ...]
    """Patterns of its files in `_static`; another folder of the site starts with a slash."""
    package: str = ""
    """The installed package with its notice."""
    assets: tuple[str, ...] = ()
    """Files with its notice in `book/assets`."""

    @property
    def notice(self) -> str:
        """The name of its notice on the site."""
        return f"{self.name.lower().replace(' ', '-').replace('.', '-')}.txt"

    def text(self) -> str:
        """Its notice, whole."""
        texts = [(ASSETS / name).read_text("utf-8") for name in self.assets]
        if self.package:
            files = distribution(self.package).files or []
            texts += [file.read_text("utf-8") for file in files if _is_notice(file.parts)]
        if not texts:
            raise ValueError(f"no notice of {self.name} was found")
        return "\n\n".join(text.strip() for text in texts) + "\n"

    def holds(self, path: str) -> bool:
        """Whether a file of the site, named from its root, is one of this part."""
        own = (p[1:] if p[0] == "/" else f"_static/{p}" for p in self.files)
        return any(fnmatch(path, pattern) for pattern in own)


PARTS = (
    Part(
        *("Sphinx", "BSD-2-Clause", "made the pages; small scripts and a style"),
        (
            *("basic.css", "doctools.js", "documentation_options.js"),
            *("file.png", "minus.png", "plus.png"),
        ),
        package="sphinx",
    ),
    Part(
        *("PyData Sphinx Theme", "BSD-3-Clause", "the pages' look"),
        ("scripts/pydata-sphinx-theme.js*", "styles/pydata-sphinx-theme.css*", "styles/theme.css"),
        package="pydata-sphinx-theme",
    ),
    Part(
        *("Sphinx Book Theme", "BSD-3-Clause", "the pages' look"),
        (*("scripts/sphinx-book-theme.js*", "styles/sphinx-book-theme.css*", "images/logo_*"),),
        package="sphinx-book-theme",
    ),
    Part(
        *("Bootstrap", "MIT", "in the theme, with Popper"),
        ("scripts/bootstrap.js*",),
        assets=("licences/bootstrap.txt",),
    ),
    Part("Pygments", "BSD-2-Clause", "the colours of code", ("pygments.css",), package="pygments"),
    Part(
        "sphinx-copybutton",
        "MIT",
        "the button that copies code, with clipboard.js and an icon of Tabler",
        ("copybutton*", "clipboard.min.js", "copy-button.svg", "check-solid.svg"),
        package="sphinx-copybutton",
        assets=("licences/clipboard.txt",),
    ),
    Part(
        "sphinx-togglebutton", "MIT", "folds", ("togglebutton.*",), package="sphinx-togglebutton"
    ),
    Part(
        *("sphinx-design", "MIT", "boxes and tabs"),
        ("sphinx-design.min.css", "design-tabs.js"),
        package="sphinx-design",
    ),
    Part(
        *("MyST-NB", "BSD-3-Clause", "executed the notebooks; the style of their cells"),
        ("mystnb.*.css",),
        package="myst-nb",
    ),
    Part(
        "Vega",
        "BSD-3-Clause and others",
        "draws the figures that can be touched: Vega, Vega-Lite, D3 and what they need",
        ("vega.js",),
        package="vl-convert-python",
        assets=("licences/vega.txt",),
    ),
    Part(
        *("MiniSearch", "MIT", "the search"),
        ("minisearch/*",),
        assets=("../_static/minisearch/LICENSE.txt",),
    ),
    Part(
        *("STIX Two Math", "OFL-1.1", "a part of this font: the letters of formulas"),
        ("formulas.css",),
        assets=("formulas_font_license.txt",),
    ),
    Part(
        *("DejaVu", "Bitstream Vera licence", "the letters within the figures' PDF files"),
        ("/figures/*.pdf",),
        assets=("licences/dejavu.txt",),
    ),
)


def write(site: Path) -> None:
    """Put every notice where the page *Licences and notices* links to it."""
    folder = site / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        (folder / part.notice).write_text(part.text(), "utf-8")


def _is_notice(parts: tuple[str, ...]) -> bool:
    """Whether a file of an installed package is the notice of the package itself."""
    name = parts[-1].lower()
    return parts[0].endswith(".dist-info") and name.startswith(("licen", "copying", "notice"))
