"""Build the book twice, under other circumstances, and compare every byte: `make reproduce`.

One build is plain. The other is in a folder with blanks and accents, which cannot be written to,
with another hash seed, time zone and locale, on one processor, without a home, and with the
network off: what of that the system lets us do is said. `--against SITE` makes only this other
one and compares it with a site that is there. One checksum stands for all of a site.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "book"))
import about
import build
from about import ROOT

LITE = ("lite/", "_static/lite.js")
"""What `make lite` adds to a built site, or changes in it."""
APART = (["unshare", "--net", "--mount"], ["unshare", "--map-root-user", "--net", "--mount"])
"""Ways to a process with a network and mounts of its own: as root, and as anybody."""
MINE = "NETWORK_AND_MOUNTS_ARE_MINE"
LOOPBACK = struct.pack("16sh", b"lo", 0x41)  # up and running, as <net/if.h> numbers it
SIOCSIFFLAGS = 0x8914
OTHER = {"PYTHONHASHSEED": "12345", "TZ": "Pacific/Kiritimati", "LC_ALL": "C", "LANG": "C"}


def checkout(copy: Path) -> Path:
    """Copy what the site is built from."""
    for source in build.sources(ROOT):
        target = copy / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    return copy


def plain(copy: Path, out: Path) -> None:
    """Build a copy as it comes."""
    command = [sys.executable, str(copy / "book" / "build.py"), "--out", str(out)]
    subprocess.run(command, env=os.environ | _found_in(copy), check=True)


def otherwise(copy: Path, out: Path) -> str:
    """Build a copy under other circumstances, and say which of them the system refused."""
    apart = next(filter(_allowed, APART), [])
    for path in (*copy.rglob("*"), copy):
        path.chmod(path.stat().st_mode & 0o555)
    environment = {k: v for k, v in os.environ.items() if k != "HOME"} | OTHER | _found_in(copy)
    environment |= {MINE: "yes"} if apart else {}
    command = [*apart, sys.executable, __file__, "--inside", str(copy), "--out", str(out)]
    subprocess.run(command, env=environment, check=True)
    return "" if apart else "; with the network on, as this system does not let us cut it off"


def inside(copy: Path, out: Path) -> None:
    """In a process apart: protect the copy, leave only ourselves to talk to, then build."""
    if os.environ.pop(MINE, ""):
        for options in (["--bind", str(copy)], ["-o", "remount,bind,ro"]):
            subprocess.run(["mount", *options, str(copy)], check=True)
        with socket.socket() as any_socket:
            fcntl.ioctl(any_socket, SIOCSIFFLAGS, LOOPBACK)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    os.execv(sys.executable, [sys.executable, f"{copy}/book/build.py", "--out", str(out)])


def files(site: Path) -> dict[str, str]:
    """The checksum of each file of a site, by its name."""
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(site.rglob("*"))
        if path.is_file() and not (name := path.relative_to(site).as_posix()).startswith(LITE)
    }


def checksum(found: dict[str, str]) -> str:
    """One checksum of all names and bytes."""
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(found.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def differences(first: Path, second: Path) -> list[str]:
    """A line for each file that two sites do not share, or not byte by byte; it says where."""
    one, other = files(first), files(second)
    told = []
    for name in sorted(one.keys() | other.keys()):
        if name not in other or name not in one:
            told.append(f"{name}: only in {first if name in one else second}")
        elif one[name] != other[name]:
            told.append(f"{name}: {_where(first / name, second / name)}")
    return told


def _where(one: Path, other: Path) -> str:
    rows = zip_longest(one.read_bytes().split(b"\n"), other.read_bytes().split(b"\n"))
    line, *pair = next((n, a or b"", b or b"") for n, (a, b) in enumerate(rows, 1) if a != b)
    at = next(
        (n for n, (a, b) in enumerate(zip(*pair, strict=False)) if a != b), min(map(len, pair))
    )
    shown = [repr(text[max(0, at - 30) : at + 60]) for text in pair]
    return f"line {line}, byte {at + 1}: {shown[0]} and {shown[1]}"


def _found_in(copy: Path) -> dict[str, str]:
    return {"PYTHONPATH": str(copy), about.COMMIT: about.commit()}  # a copy has no Git


def _allowed(apart: list[str]) -> bool:
    try:
        return subprocess.run([*apart, "true"], capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, compare, and say whether all is the same."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--against", type=Path, help="a built site to compare with")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.inside:
        inside(asked.inside, asked.out)
    with TemporaryDirectory() as folder:
        first = asked.against or Path(folder, "first", "html")
        if not asked.against:
            plain(checkout(Path(folder, "plain")), first.parent)
        second = Path(folder, "second", "html")
        refused = otherwise(checkout(Path(folder, "Große Räume, à côté")), second.parent)
        for site, how in ((first, "as it comes"), (second, f"otherwise{refused}")):
            found = files(site)
            print(f"{checksum(found)}  {len(found)} files, {how}")
        apart = differences(first, second)
    print("\n".join(apart) or "The same, byte for byte.")
    return int(bool(apart))


if __name__ == "__main__":
    sys.exit(main())
