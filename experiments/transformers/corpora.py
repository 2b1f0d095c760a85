"""Texts of the study, split into training, validation and held-out text.

`corpora.csv` lists them: what models train on, then what they never see, from near to far.
A block of the training texts goes to validation if its own checksum says so.

    python -m experiments.transformers.corpora            # fetch, verify, print a table
"""

import argparse
import bz2
import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from experiments.transformers.packages import (
    CorpusError,
    Download,
    Report,
    download,
    read_table,
    silent,
    text,
)
from scaling_utils import datasets

Bytes = NDArray[np.uint8]

CACHE = Path(__file__).resolve().parents[2] / "_build" / "corpora"
TABLE = Path(__file__).with_name("corpora.csv")
BLOCK = 8192  # bytes that go to training or to validation together
LATEST = 400_000  # bytes of the shipped addresses that are held out
ONE_IN = 50  # blocks for each one that goes to validation


@dataclass(frozen=True)
class Corpora:
    """Texts ready for training and evaluation; arrays of bytes, one dimension each.

    - train, validation: Blocks in an order without trend, and about one in fifty kept apart.
    - held_out: Texts that training never sees, from near to far.
    - sha256: One checksum over all cleaned texts, names included.
    """

    train: Bytes
    validation: Bytes
    held_out: Mapping[str, Bytes]
    sha256: str


def load(
    cache: Path | None = None,
    *,
    table: Path = TABLE,
    download: Download = download,
    report: Report = silent,
) -> Corpora:
    """Return the study's texts, fetched and verified."""
    cache = CACHE if cache is None else cache
    texts = {
        spec: text(spec, cache, download=download, report=report) for spec in read_table(table)
    }
    return _corpora(
        {spec.name: content for spec, content in texts.items() if spec.role == "training"},
        {spec.name: content for spec, content in texts.items() if spec.role != "training"},
    )


def from_text(train: bytes, held_out: Mapping[str, bytes]) -> Corpora:
    """Return corpora made of texts at hand, split as `load` splits its own."""
    return _corpora({"training": train}, held_out)


def shipped() -> Corpora:
    """Return the addresses that ship; the last 400 kB, since 2011, are held out as "latest"."""
    addresses = bz2.decompress(datasets.content("state_of_the_union"))
    return from_text(addresses[:-LATEST], {"latest": addresses[-LATEST:]})


def split(texts: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Cut texts into blocks for training, in order, and for validation, by their checksums."""
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
        train=_array(for_training),
        validation=_array(for_validation),
        held_out={name: _array(content) for name, content in held_out.items()},
        sha256=checksum.hexdigest(),
    )


def _array(content: bytes) -> Bytes:
    """Return bytes as an array of their own, since PyTorch warns of one it may not write to."""
    return np.frombuffer(bytearray(content), np.uint8)


def main(arguments: Sequence[str] | None = None) -> None:
    """Fetch and verify every text, and print what they are."""
    parser = argparse.ArgumentParser(
        prog="python -m experiments.transformers.corpora", description=__doc__
    )
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder that keeps the packages")
    parser.add_argument("--table", type=Path, default=TABLE, help="another table of texts")
    options = parser.parse_args(arguments)
    corpora = load(options.cache, table=options.table, report=print)
    print(f"{'text':18} {'role':9} {'bytes':>10}  zlib bits/byte  licence")
    for spec in read_table(options.table):
        content = text(spec, options.cache)
        bits = 8 * len(zlib.compress(content, 9)) / len(content)
        print(f"{spec.name:18} {spec.role:9} {len(content):10,}  {bits:14.2f}  {spec.licence}")
    print(f"training {corpora.train.size:,} bytes, validation {corpora.validation.size:,} bytes")
    print(f"sha256 of all texts: {corpora.sha256}")


if __name__ == "__main__":
    main()
