"""Build the book: execute every notebook, then put the finished site in place.

The site is built beside the last good one and takes its place only when the build succeeded:
what fails, is interrupted or takes too long leaves the last good site as it was, and nothing
else. One build runs at a time, every page must stand in `_toc.yml`, and no page may show an error.
What the site was built from is written into it (`build.json`): the tests refuse a stale one.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from about import COMMIT, PROGRESS, ROOT, SOURCES, address, commit, provenance
from archive import EPOCH
from contents import listed, toc
from finish import finish
from kernels import WELL, quiet, ready_made

REPORT = "jupyter-book.txt"
COLOUR = re.compile(r"\x1b\[[\d;]*m")
PARTS = {"drawn": "drawn", "_build/lab": "lab", "_build/html": "html"}
"""What is built, in the work folder, and its place: for the tests, for `make lab`, the site."""


class BuildError(Exception):
    """The build cannot start, or its site may not be shown; the message says why."""


def sources(root: Path) -> list[Path]:
    """Every file that the site is built from; what tools leave behind is not one of them."""
    found = [path for name in SOURCES for path in (root / name, *(root / name).rglob("*"))]
    return sorted(
        path
        for path in found
        if path.is_file()
        and not any(p[0] == "." or p == "__pycache__" for p in path.relative_to(root).parts)
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
        try:
            yield lock.fileno()
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)  # even if one of them is still about to end


def build(out: Path, minutes: float = 30) -> None:
    """Build into `out`/html."""
    check_listed(ROOT)
    with alone(out) as lock:
        started, before = time.perf_counter(), digest(ROOT)
        work, site = out / "next", out / "next" / "_build" / "html"
        try:
            _finish_replacing(out)
            _execute(work, lock, minutes)
            check_no_error_shown(site)
            finish(site, address())
            (site / "build.json").write_text(json.dumps({"sources": before}) + "\n")
            _let(signal.SIG_IGN)
            for part, name in PARTS.items():
                if (out / name).exists():
                    (out / name).replace(out / f"{name}.old")
                (work / part).replace(out / name)
            _finish_replacing(out)
        finally:
            _let(signal.SIG_IGN)  # nobody is so impatient that a part should stay
            shutil.rmtree(work, ignore_errors=True)
    pages = sum(1 for _ in (out / "html").rglob("*.html"))
    print(f"{pages} pages in {time.perf_counter() - started:.0f} s.")
    print(f"Open {(out / 'html' / 'index.html').as_uri()}")


def _let(happen: Any) -> None:
    """Say what an interruption does from now on; one that is ignored, as by nohup, always is."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(each) != signal.SIG_IGN:
            signal.signal(each, happen)


def _finish_replacing(out: Path) -> None:
    """Remove what was replaced; put it back if whoever was at it was killed half-way."""
    for name in PARTS.values():
        old = out / f"{name}.old"
        if old.exists() and not (out / name).exists():
            old.replace(out / name)
        shutil.rmtree(old, ignore_errors=True)


def _execute(work: Path, lock: int, minutes: float) -> None:
    """Run Jupyter Book in a fresh work folder; once more, if a kernel died.

    Two kernels that start at once can be given the same port: about one build in a hundred.
    """
    for doing in ("Executing the notebooks", "A kernel died. Trying once more: executing them"):
        print(f"{doing} and building the site ...", flush=True)
        if (status := _jupyter_book(work, lock, minutes)) == 0:
            return
        if (work / "jupyter" / WELL).exists():
            break
    raise BuildError(f"{cause(work)}\n\nJupyter Book ended with exit status {status}")


def cause(work: Path) -> str:
    """Why Jupyter Book failed: the cells that raised, as a warning for each number that the text
    then lacks only follows from it; else its warnings and its first error.
    """
    raised = []
    for path in sorted(work.rglob("*.err.log")):
        said = COLOUR.sub("", path.read_text("utf-8")).strip()
        error, cell = said.splitlines()[-1], said.partition("following cell:\n")[2]
        raised.append(f"{path.name.removesuffix('.err.log')}: {error}\n\n{cell}")
    said = COLOUR.sub("", (work / REPORT).read_text("utf-8", "replace"))
    first = re.split(r"\n\s*(?:The above exc|During handling of|The full traceback)", said)[0]
    return "\n\n".join(raised) or "\n".join(dict.fromkeys(filter(None, first.splitlines())))


def _jupyter_book(work: Path, lock: int, minutes: float) -> int:
    """Run it, and return its exit status. Nothing that it started is left when it is done."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    environment = os.environ | {
        **quiet(work / "ipython"),
        "SCALING_UTILS_FIGURES": str(work / "figures"),
        "TMPDIR": str(work),  # what Sphinx and kernels put there goes with it
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
    # What it says is kept back unless something is wrong, but for a line for each page. The report
    # is no pipe, which a kernel left behind would hold open; nothing is asked of the terminal.
    with (
        (work / REPORT).open("wb") as report,
        open(os.dup(2), "wb") as progress,
        ready_made(work / "jupyter", environment, lock) as (found, group),
    ):
        try:
            return subprocess.run(
                [*command, *options],
                env=environment | found | {PROGRESS: str(progress.fileno())},
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=report,
                pass_fds=[lock, progress.fileno()],
                process_group=group,
                timeout=60 * minutes,
            ).returncode
        except subprocess.TimeoutExpired:
            raise BuildError(f"it took more than {minutes:g} minutes (--minutes)") from None


def main() -> int:
    """Build, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "_build", help="where to build")
    parser.add_argument(
        "--if-stale", action="store_true", help="only if the site there is not of these sources"
    )
    parser.add_argument("--minutes", type=float, default=30, help="give up after so many (30)")
    asked = parser.parse_args()
    out = asked.out.resolve()
    if asked.if_stale and not stale(out / "html"):
        return 0
    _let(signal.default_int_handler)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # no terminal may stop what writes to it
    try:
        build(out, asked.minutes)
    except (BuildError, OSError) as error:
        print(f"The build failed: {error}. The last good site was left as it was.")
        return 1
    except KeyboardInterrupt:
        print("The build was interrupted. The last good site was left as it was.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
