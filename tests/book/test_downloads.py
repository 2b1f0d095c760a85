"""What a reader takes away: filled-in and plain notebooks, wheels, and a zip with all of it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import first_cell
import lab
import nbformat
import pytest
import unbuilt
import wheels
from about import ROOT, SITE
from bs4 import BeautifulSoup
from companion_notebooks import streams_once
from contents import NOTEBOOKS
from filling import Known, fill
from myst_nb.core.utils import coalesce_streams

CHAPTERS = [path.stem for path in NOTEBOOKS]
NUMBERS = json.loads((SITE / "numbers.json").read_text("utf-8"))
FOLDERS = {"filled": SITE / "notebooks", "lab": SITE.parent / "lab"}
MARK = re.compile(r"\{[\w:-]+\}`|^\s*(`{3,}|:{3,})\{|^\([\w-]+\)=$", re.M)
HERE = "https://book.example/"


@pytest.fixture(scope="module")
def notebooks() -> dict[tuple[str, str], nbformat.NotebookNode]:
    return {
        (kind, name): nbformat.read(folder / f"{name}.ipynb", as_version=4)
        for kind, folder in FOLDERS.items()
        for name in CHAPTERS
    }


def text_of(notebook: nbformat.NotebookNode) -> str:
    """The words, with those below figures."""
    words = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    for cell in notebook.cells:
        words += [o.data.get("text/markdown", "") for o in cell.get("outputs", ()) if "data" in o]
    return "\n\n".join(words)


@pytest.mark.parametrize("name", CHAPTERS)
def test_no_mark_of_myst_is_left_in_a_download(notebooks, name):
    assert not MARK.findall(text_of(notebooks["filled", name]))


def test_what_a_cell_prints_in_pieces_stands_once():
    pieces = [
        nbformat.v4.new_output("stream", name=name, text=text)
        for name, text in (("stdout", "one\n"), ("stderr", "oh\n"), ("stdout", "two\n"))
    ]
    shown = nbformat.v4.new_output("display_data", {"text/plain": "here"})
    outputs = [*pieces, shown]
    coalesce_streams(outputs)  # as the build does
    texts = [output.get("text", "here") for output in streams_once(outputs)]
    assert texts == ["one\ntwo\n", "oh\n", "here"]


@pytest.mark.parametrize("name", CHAPTERS)
def test_in_jupyterlab_only_what_it_shows_itself_is_left(notebooks, name):
    left = {mark[0].strip() for mark in MARK.finditer(text_of(notebooks["lab", name]))}
    assert left <= {"{eval}`", "{sup}`", ":::{", "```{"}
    boxes = re.findall(r"^[`:]{3,}\{([\w-]+)\}", text_of(notebooks["lab", name]), re.M)
    assert set(boxes) <= {"admonition", "math"}


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_number_is_that_of_the_page(notebooks, name):
    """Each sentence of the source, with its expressions replaced, stands in the download."""
    source = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    said = text_of(notebooks["filled", name]).replace("\N{NO-BREAK SPACE}", " ").replace("\\", "")
    asked = 0
    for line in "\n".join(c.source for c in source.cells if c.cell_type == "markdown").split("\n"):
        for expression in re.findall(r"\{eval\}`([^`]+)`", line):
            asked += 1
            value = NUMBERS[f"notebooks/{name}"][expression]
            before = re.split(r"\{eval\}`" + re.escape(expression) + "`", line)[0]
            near = re.findall(r"[\w ,.]*$", before)[0].replace("\\", "")
            assert f"{near}{value}" in said, expression
    assert asked == len(re.findall(r"\{eval\}`", "".join(c.source for c in source.cells)))
    kept = [
        (told["expression"], told["result"]["data"]["text/plain"])
        for cell in notebooks["lab", name].cells
        for told in cell.metadata.get("user_expressions", ())
    ]
    assert all(repr(NUMBERS[f"notebooks/{name}"][e]) == shown for e, shown in kept)
    assert len({e for e, _ in kept}) == len(NUMBERS[f"notebooks/{name}"])


@pytest.mark.parametrize("kind", FOLDERS)
@pytest.mark.parametrize("name", CHAPTERS)
def test_outputs_are_kept_valid_and_free_of_errors(notebooks, kind, name):
    notebook = notebooks[kind, name]
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell.outputs]
    assert outputs
    for output in outputs:
        assert output.output_type != "error"
        assert output.get("name") != "stderr"
        assert " at 0x" not in str(output.get("data", {}).get("text/plain", ""))


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_figure_of_the_page_is_in_the_download(notebooks, pages, name):
    """With its number above it, as a picture with alternative text, and its caption."""
    cells = notebooks["filled", name].cells
    heads = [cell.source for cell in cells if re.match(r"\*\*\[?Fig\. ", cell.source)]
    numbers = [re.search(r"Fig\. [\d.]*\d", head)[0] for head in heads]
    page = pages[f"notebooks/{name}.html"]
    shown = [c.get_text().strip() for c in page.select("figure .caption-number")]
    assert numbers == shown
    pictures = [
        output
        for cell in cells
        for output in cell.get("outputs", ())
        if "image/png" in output.get("data", {})
    ]
    assert len(pictures) == len(shown) > 0
    for picture in pictures:
        assert base64.b64decode(picture.data["image/png"]).startswith(b"\x89PNG")
        assert len(picture.metadata["image/png"]["alt"]) > 20


def test_links_between_chapters_lead_to_notebooks_beside_them(notebooks):
    for (kind, name), notebook in notebooks.items():
        for target in re.findall(r"\]\((?!https?://)([^)]+)\)", text_of(notebook)):
            folder = FOLDERS[kind] if target.endswith(".ipynb") else ROOT / "lab"
            assert (folder / target).resolve().exists(), (kind, name, target)


def test_plain_downloads_are_the_sources():
    for name in CHAPTERS:
        plain = SITE / "notebooks" / "plain" / f"{name}.ipynb"
        assert plain.read_bytes() == (ROOT / "notebooks" / f"{name}.ipynb").read_bytes()


def test_the_zip_holds_all_of_it_in_one_folder_and_nothing_else():
    with zipfile.ZipFile(SITE / "notebooks.zip") as archive:
        assert archive.testzip() is None
        assert {entry.date_time for entry in archive.infolist()} == {(2026, 1, 1, 0, 0, 0)}
        inside = {name: archive.read(name) for name in archive.namelist()}
    assert list(inside) == sorted(inside)
    (top,) = {name.split("/")[0] for name in inside}
    assert top == f"{wheels.CHAPTERS}-{wheels.version()}"
    names = {name.removeprefix(f"{top}/") for name in inside}
    made = {wheels.wheel(each) for each in (wheels.FORMULAS, wheels.CHAPTERS)}
    assert names == {
        "README.txt",
        *(f"wheels/{name}" for name in made),
        *(f"{folder}{name}.ipynb" for name in CHAPTERS for folder in ("", "plain/")),
    }
    for name in names - {"README.txt"}:
        beside = SITE / (name if name.startswith("wheels/") else f"notebooks/{name}")
        assert inside[f"{top}/{name}"] == beside.read_bytes(), name


def tracked(*folders: str) -> set[str]:
    """Files of the repository; where there is none, all but what Python leaves behind."""
    if (ROOT / ".git").exists():
        command = ["git", "ls-files", *folders]
        return set(subprocess.check_output(command, cwd=ROOT, text=True).split())
    found = (path for each in folders for path in (ROOT / each).rglob("*") if path.is_file())
    return {p.relative_to(ROOT).as_posix() for p in found if "__pycache__" not in p.parts}


def test_the_wheels_together_hold_the_packages_and_all_data_once():
    held = {}
    for name in (wheels.FORMULAS, wheels.CHAPTERS):
        with zipfile.ZipFile(SITE / "wheels" / wheels.wheel(name)) as archive:
            held[name] = {n for n in archive.namelist() if ".dist-info/" not in n}
    assert not held[wheels.FORMULAS] & held[wheels.CHAPTERS]
    assert {n.split("/")[0] for n in held[wheels.FORMULAS]} == {"scaling_utils"}
    data = {n for n in tracked("data") if not n.startswith("data/makers/")}
    needed = tracked("claims", "experiments", "reanalysis", "scaling_utils")
    expected = needed | {n.replace("data/", "scaling_utils/_data/", 1) for n in data}
    assert held[wheels.FORMULAS] | held[wheels.CHAPTERS] == expected


def test_the_second_wheel_brings_what_the_chapters_import():
    with zipfile.ZipFile(SITE / "wheels" / wheels.wheel(wheels.CHAPTERS)) as archive:
        (meta,) = (n for n in archive.namelist() if n.endswith("/METADATA"))
        said = archive.read(meta).decode()
    assert f"Requires-Dist: scaling-utils=={wheels.version()}\n" in said
    brought = set(re.findall(r"^Requires-Dist: ([\w-]+)", said, re.M))
    assert {"altair", "jinja2", "joblib", "threadpoolctl", "tqdm"} <= brought
    imported = set()
    for name in CHAPTERS:
        for cell in json.loads((ROOT / "notebooks" / f"{name}.ipynb").read_text("utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                imported |= set(
                    re.findall(r"^(?:from|import) (\w+)", "".join(cell["source"]), re.M)
                )
    own = {
        "scaling_utils",
        "reanalysis",
        "claims",
        "experiments",
        "numpy",
        "scipy",
        "pandas",
        "matplotlib",
    }
    assert imported - own - set(sys.stdlib_module_names) <= brought


def test_the_wheels_page_lists_them_with_their_checksums():
    page = BeautifulSoup((SITE / "wheels" / "index.html").read_text("utf-8"), "html.parser")
    links = dict(a["href"].split("#sha256=") for a in page.select("li a"))
    files = {path.name for path in (SITE / "wheels").glob("*.whl")}
    assert set(links) == files == {wheels.wheel(n) for n in (wheels.FORMULAS, wheels.CHAPTERS)}
    for name, checksum in links.items():
        assert hashlib.sha256((SITE / "wheels" / name).read_bytes()).hexdigest() == checksum


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_offers_its_notebooks_and_the_links_work(pages, name):
    page = pages[f"notebooks/{name}.html"]
    below = page.select_one(".reading-time a")
    head = [a["href"] for a in page.select(".dropdown-download-buttons a[href]")]
    assert below["href"] == f"{name}.ipynb"
    assert head == [f"{name}.ipynb", f"plain/{name}.ipynb", "../notebooks.zip"]
    assert all((SITE / "notebooks" / target).exists() for target in head)
    offered = [below, *page.select(".dropdown-download-buttons a[href]")]
    assert all(link.has_attr("download") for link in offered), "a browser would show its text"


def test_other_pages_offer_all_notebooks(pages):
    for name, page in pages.items():
        head = [a["href"] for a in page.select(".dropdown-download-buttons a[href]")]
        assert head
        assert all((SITE / name).parent.joinpath(target).exists() for target in head), name


def plain_python(cell: str) -> str:
    """The first cell where `%pip` is a call that is written down."""
    return re.sub(r"%pip (.*)", lambda found: f"asked.append(f{found[1]!r})", cell)


@pytest.mark.parametrize("site", ["", HERE])
@pytest.mark.parametrize("here", [True, False])
def test_the_first_cell_installs_only_where_the_package_is_missing(site, here, tmp_path):
    hide = "import importlib.util as u; u.find_spec = lambda name: None\n" * (not here)
    cell = plain_python(first_cell.source(site))
    script = f"asked = []\n{hide}try:\n" + "\n".join(f"    {line}" for line in cell.split("\n"))
    script += "\nexcept ModuleNotFoundError as e: print(e)\nprint(asked)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    if here:
        assert done == "[]\n"
        return
    folder = f"{site}wheels" if site else "wheels"
    both = " ".join(f"{folder}/{wheels.wheel(n)}" for n in (wheels.FORMULAS, wheels.CHAPTERS))
    assert f"['install -q {both}']" in done
    assert "unpack the book's notebooks.zip" in done


def test_with_an_address_the_words_link_to_the_site():
    known = Known(2, {"x": "a_b"}, {"f": ("6.1", "notebooks/06.html#fig-f")}, {"6": "06_x"}, HERE)
    assert fill("See {numref}`f`.", known) == f"See [Fig. 6.1]({HERE}notebooks/06.html#fig-f)."
    assert (
        fill("In chapters 2 and 6.", known) == f"In chapters 2 and [6]({HERE}notebooks/06_x.html)."
    )
    assert fill("[rules](../book/criteria.md)", known) == f"[rules]({HERE}book/criteria.html)"
    assert fill("{eval}`x` {def}`so <loss>`", known) == r"a\_b so"
    cited = "[Kaplan et al. (2020)](https://arxiv.org/abs/2001.08361)"
    assert fill("{cite:t}`kaplan2020`", known) == cited


@pytest.mark.parametrize("text", ["{glue:text}`a`", ":::{figure} a.png\n:::"])
def test_a_mark_that_has_no_plain_words_is_an_error(text):
    with pytest.raises(ValueError, match="no plain Markdown is known"):
        fill(text, Known(1, {}, {}, {}, ""))


def notebook(path: Path, *sources: str) -> None:
    cells = [{"cell_type": "code", "source": s, "metadata": {}, "outputs": []} for s in sources]
    told = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    path.write_text(json.dumps(told), "utf-8")


def test_a_copy_that_the_reader_changed_is_never_written_over(tmp_path, monkeypatch):
    monkeypatch.setattr(lab, "sign", lambda path: None)
    made, mine = tmp_path / "made", tmp_path / "mine"
    made.mkdir()
    notebook(made / "a.ipynb", "1")
    notebook(made / "b.ipynb", "1")
    assert lab.bring(made, mine) == []
    notebook(mine / "a.ipynb", "1", "my own")
    assert lab.bring(made, mine) == []  # the book's is as it was
    notebook(made / "a.ipynb", "2")
    notebook(made / "b.ipynb", "2")
    assert lab.bring(made, mine) == ["a.ipynb"]
    assert "my own" in (mine / "a.ipynb").read_text("utf-8")
    assert (mine / "b.ipynb").read_bytes() == (made / "b.ipynb").read_bytes()


@pytest.mark.parametrize("name", CHAPTERS)
def test_copies_made_without_a_build_say_the_same(notebooks, name):
    copy = unbuilt.copied(ROOT / "notebooks" / f"{name}.ipynb", unbuilt.figures())
    text = [cell["source"] for cell in copy["cells"] if cell["cell_type"] == "markdown"]
    cells = notebooks["lab", name].cells
    built = [cell.source for cell in cells if cell.cell_type == "markdown"]
    assert len(text) == len(built)
    for here, there in zip(text, built, strict=True):
        # a computed title is not known without a run; "Fig." is a link where there is an address
        assert here == there or (
            here.startswith(("**Fig. ", "**[Fig. ")) and there.startswith(here)
        )


def test_what_binder_installs_is_pinned_as_the_book_is():
    def pins(path: Path) -> set[str]:
        return set(re.findall(r"^[\w.-]+==[\w.]+", path.read_text("utf-8"), re.M))

    small, whole = pins(ROOT / "binder" / "requirements.txt"), pins(ROOT / "requirements.lock")
    assert {each.split("==")[0] for each in small} >= {"jupyterlab", "jupyterlab-myst", "altair"}
    assert small <= whole
    assert len(small) < 0.7 * len(whole)
