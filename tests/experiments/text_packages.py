"""Small packages in the forms that npm, Debian and SWORD give theirs, for tests."""

import gzip
import hashlib
import io
import struct
import tarfile
import zlib

from experiments.transformers.extractors import extract
from experiments.transformers.packages import Spec


def tgz(files):
    """An npm package that holds these files, given as path -> bytes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        _add(archive, files)
    return buffer.getvalue()


def deb(files):
    """A Debian package that holds these files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:xz") as archive:
        _add(archive, {f"./{path}": content for path, content in files.items()})
    parts = {"debian-binary": b"2.0\n", "control.tar.xz": b"odd", "data.tar.xz": buffer.getvalue()}
    archive = b"!<arch>\n"
    for name, content in parts.items():
        header = f"{name:16}{0:<12}{0:<6}{0:<6}{'100644':8}{len(content):<10}`\n"
        archive += header.encode("ascii") + content + b"\n" * (len(content) % 2)
    return archive


def _add(archive, files):
    for path, content in files.items():
        entry = tarfile.TarInfo(path)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))


def sword_files(testaments):
    """The files of a SWORD module: testament ("ot" or "nt") -> blocks of OSIS text."""
    files = {}
    for name, blocks in testaments.items():
        index = packed = b""
        for block in blocks:
            small = zlib.compress(block)
            index += struct.pack("<III", len(packed), len(small), len(block))
            packed += small
        files[f"usr/share/sword/modules/comments/zcom/some/{name}.bzs"] = index
        files[f"usr/share/sword/modules/comments/zcom/some/{name}.bzz"] = packed
    return files


def prose(kind, length):
    """Text without repetition, so that no two blocks are alike."""
    lines, total = [], 0
    while total < length:
        lines.append(
            f"{kind} {len(lines)} {hashlib.sha256(f'{kind}{len(lines)}'.encode()).hexdigest()}"
        )
        total += len(lines[-1]) + 1
    return "\n".join(lines)


def packages():
    """Package bytes by text name: two to train on, one held out of each other form."""
    tagged = "\n\n\tThe/at jury/nn said/vbd ``/`` no/at ''/'' ./.\nWhy/wrb ?/. ?/.\n"
    tagged += "\n\n\tIt/pps (/( did/dod )/) ./.\n"
    return {
        "addresses": tgz({"package/data/1790_a_n.txt": prose("old", 900_000).encode()}),
        "psalms": deb(sword_files({"ot": [prose("psalm", 500_000).encode()], "nt": []})),
        "modern": tgz({"package/ca01": tagged.encode(), "package/package.json": b"{}"}),
        "dictionary": deb(
            {"usr/share/dictd/some.dict.dz": gzip.compress(b"term\n   what it is\n")}
        ),
        "code": tgz(
            {"package/lodash.js": b"if (a) {\n\treturn  b;\n}\n", "package/lodash.min.js": b"x"}
        ),
    }


READER = {
    "addresses": "addresses",
    "psalms": "sword",
    "modern": "brown",
    "dictionary": "dictionary",
    "code": "code",
}


def spec(name, package, role="held out"):
    """What a table says of a package of `packages()`."""
    text = extract(READER[name], package)
    registry = "debian" if package.startswith(b"!<arch>") else "npm"
    return Spec(
        name=name,
        role=role,
        registry=registry,
        package=f"some-{name}",
        version="1.0-1",
        file=f"some-{name}_1.0-1_all.deb" if registry == "debian" else f"some-{name}-1.0-1.tgz",
        bytes=len(package),
        sha256=hashlib.sha256(package).hexdigest(),
        reader=READER[name],
        clean_bytes=len(text),
        clean_sha256=hashlib.sha256(text).hexdigest(),
        licence="none",
    )
