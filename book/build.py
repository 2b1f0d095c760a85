"""Build the book: execute every notebook, then put the finished site in place.

The site is built beside the last good one and takes its place only when the build succeeded,
so that a failure or an interruption leaves the last good site as it was. One build runs at a
time, every page must stand in `_toc.yml`, and no page may show an error. What the site was built
from is written into it (`build.json`), so that the tests can refuse a stale one.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from about import COMMIT, ROOT, SOURCES, address, commit, provenance
from archive import EPOCH
from contents import listed, toc
from finish import finish
from kernels import DIED, quiet, ready_made

REPORT = "jupyter-book.txt"


class BuildError(Exception):
    """The build cannot start, or its site may not be shown; the message says why."""


def sources(root: Path) -> list[Path]:
    """Every file that the site is built from; what tools leave behind is not one of them."""
    found = [path for name in SOURCES for path in (root / name, *(root / name).rglob("*"))]
    return sorted(
        path
        for path in found
        if path.is_file()
        and not any(part[0] == "." or part == "__pycache__" for part in _parts(path, root))
    )


def digest(root: Path) -> str:
    """One checksum over the names and the bytes of all sources."""
    whole = hashlib.sha256()
    for path in sources(root):
        name = path.relative_to(root).as_posix()
        whole.update(f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def stale(site: Path, root: Path = ROOT) -> str:
    """Why a site is not that of these sources, or nothing if it is."""
    record = site / "build.json"
    if not record.exists():
        return "the site is not built"
    if json.loads(record.read_text("utf-8"))["sources"] != digest(root):
        return "the site was built from other sources than those that lie here now"
    return ""


def check_listed(root: Path) -> None:
    """Refuse a notebook or a page that no reader could reach."""
    pages = [*(root / "notebooks").glob("*.ipynb"), *(root / "book").rglob("*.md")]
    names = {path.relative_to(root).with_suffix("").as_posix() for path in pages}
    if missing := sorted(names - set(listed(toc(root)))):
        raise BuildError(f"not in _toc.yml, so that nobody would see it: {', '.join(missing)}")


def check_no_error_shown(site: Path) -> None:
    """Refuse a page with a traceback, even of a cell that was allowed to raise."""
    for page in sorted(site.rglob("*.html")):
        if re.search(r'class="[^"]*\btraceback\b', page.read_text("utf-8")):
            raise BuildError(f"{page.relative_to(site)} shows the traceback of an error")


@contextmanager
def alone(out: Path) -> Iterator[int]:
    """Hold the lock of `out`, a file with our process in it, and hand its number on.

    The system lets go of it when this process and those that it started are gone, however they
    ended: no lock is ever stale.
    """
    out.mkdir(parents=True, exist_ok=True)
    with (out / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise BuildError(f"another build is at work here (process {lock.read()})") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield lock.fileno()


def build(out: Path) -> None:
    """Build into `out`/html."""
    check_listed(ROOT)
    with alone(out) as lock:
        started, before = time.perf_counter(), digest(ROOT)
        work = out / "next"
        _execute(work, lock)
        site, target, old = work / "_build" / "html", out / "html", out / "old"
        check_no_error_shown(site)
        finish(site, address())
        shutil.rmtree(out / "drawn", ignore_errors=True)
        (work / "drawn").replace(out / "drawn")  # for the tests, and no part of the site
        shutil.rmtree(out / "lab", ignore_errors=True)
        (work / "_build" / "lab").replace(out / "lab")  # for `make lab`
        (site / "build.json").write_text(json.dumps({"sources": before}) + "\n")
        shutil.rmtree(old, ignore_errors=True)
        if target.exists():
            target.replace(old)
        site.replace(target)
        shutil.rmtree(old, ignore_errors=True)
        shutil.rmtree(work, ignore_errors=True)
    pages = sum(1 for _ in target.rglob("*.html"))
    print(f"{pages} pages in {time.perf_counter() - started:.0f} s.")
    print(f"Open {(target / 'index.html').as_uri()}")


def _execute(work: Path, lock: int) -> None:
    """Run Jupyter Book in a fresh work folder; once more, if a kernel died.

    Two kernels that start at once can be given the same port: about one build in a hundred.
    """
    print("Executing the notebooks and building the site ...", flush=True)
    status = _jupyter_book(work, lock)
    if status != 0 and (work / "jupyter" / DIED).exists():
        print("A kernel ended before its notebook did: trying once more ...", flush=True)
        status = _jupyter_book(work, lock)
    if status != 0:
        for report in sorted(work.rglob("*.err.log")):
            print(f"{report.name}\n{report.read_text('utf-8')}")
        print((work / REPORT).read_text("utf-8"))
        raise BuildError(f"Jupyter Book ended with exit status {status}")


def _jupyter_book(work: Path, lock: int) -> int:
    """Run it, and return its exit status. Nothing that it started is left when it is done."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    environment = os.environ | {
        **quiet(work / "ipython"),
        "SCALING_UTILS_FIGURES": str(work / "figures"),
        "SCALING_UTILS_PROVENANCE": json.dumps(provenance()),  # into every file of a figure
        COMMIT: commit(),
        # One thread: every machine adds numbers in the same order, and starts faster.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "SOURCE_DATE_EPOCH": EPOCH,  # Sphinx and Matplotlib date by it
        "PYTHONHASHSEED": "0",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "JUPYTER_PLATFORM_DIRS": "1",
    }
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", str(ROOT)]
    options = ["--path-output", str(work), "--all", "-n", "-W", "--keep-going", "-q"]
    # Jupyter Book's own report names the work folder: it is kept back unless something is wrong.
    # Warnings, errors and the line for each page come through standard error. The report is no
    # pipe, which a kernel left behind would hold open.
    with (
        (work / REPORT).open("wb") as report,
        ready_made(work / "jupyter", environment) as (found, group),
    ):
        return subprocess.run(
            [*command, *options],
            env=environment | found,
            cwd=ROOT,
            stdout=report,
            pass_fds=[lock],
            process_group=group,
        ).returncode


def _parts(path: Path, root: Path) -> tuple[str, ...]:
    return path.relative_to(root).parts


def main() -> int:
    """Build, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "_build", help="where to build")
    parser.add_argument(
        "--if-stale", action="store_true", help="only if the site there is not of these sources"
    )
    asked = parser.parse_args()
    out = asked.out.resolve()
    if asked.if_stale and not stale(out / "html"):
        return 0
    try:
        build(out)
    except BuildError as error:
        print(f"The build failed: {error}. The last good site was left as it was.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
