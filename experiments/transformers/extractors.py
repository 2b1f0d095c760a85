"""Readers that take plain text out of packages, and the one cleaning they all share.

Each reader undoes one form, such as compressed XML or tagged words; `clean` then makes plain ASCII
of all, so that a model meets one alphabet and a checksum holds on every machine.
"""

import gzip
import html
import io
import re
import struct
import tarfile
import unicodedata
import zlib
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

Files = Mapping[str, bytes]

_AR_MAGIC = b"!<arch>\n"
_AR_HEADER = 60  # bytes before each member: name, times, owners, mode, size
_PLAIN = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u2032": "'",
        "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2033": '"', "\u00ab": '"', "\u00bb": '"',
        "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2212": "-",
        "\u2014": "--", "\u2015": "--",
        "\u00d7": "x", "\u00df": "ss", "\u00f8": "o", "\u00d8": "O",
        "\u00e6": "ae", "\u00c6": "AE", "\u0153": "oe", "\u0152": "OE",
    }
)  # fmt: skip


class PackageError(ValueError):
    """A package does not have the form its reader expects; says which part is missing."""


def members(package: bytes) -> dict[str, bytes]:
    """Return path and content of the files of an npm (.tgz) or Debian (.deb) package."""
    if package.startswith(_AR_MAGIC):
        package = _ar_member(package, "data.tar")
    try:
        with tarfile.open(fileobj=io.BytesIO(package)) as archive:
            found = {}
            for entry in archive:
                content = archive.extractfile(entry) if entry.isfile() else None
                if content is not None:
                    found[str(PurePosixPath(entry.name))] = content.read()
            return found
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise PackageError(f"not a readable .tgz or .deb package: {error}") from error


def _ar_member(archive: bytes, prefix: str) -> bytes:
    """Return the first member of an `ar` archive whose name starts with `prefix`."""
    place = len(_AR_MAGIC)
    while place + _AR_HEADER <= len(archive):
        header = archive[place : place + _AR_HEADER]
        name, size = header[:16].decode("ascii").strip(" /"), int(header[48:58])
        place += _AR_HEADER
        if name.startswith(prefix):
            return archive[place : place + size]
        place += size + size % 2  # members start at even places
    raise PackageError(f"the .deb package has no member {prefix}*")


def extract(reader: str, package: bytes) -> bytes:
    """Return the cleaned text of a package, plain ASCII."""
    if reader not in READERS:
        raise PackageError(f"reader {reader!r} is not known; expected one of {', '.join(READERS)}")
    text = READERS[reader](members(package))
    if not text.strip():
        raise PackageError(f"the reader {reader!r} found no text in the package")
    return clean(text, code=reader == "code")


def clean(text: str, *, code: bool = False) -> bytes:
    """Return plain ASCII: one alphabet, one kind of newline, no empty stretches.

    Typographic quotes and dashes become plain ones, accents are dropped (NFKD), what has no
    ASCII form is left out; tabs stay in code alone.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_PLAIN)
    text = re.sub("(?<=[0-9])(?=[\u00bc-\u00be\u2150-\u215e])", " ", text)  # 1½ is not 11/2
    text = unicodedata.normalize("NFKD", text).replace("\u2044", "/")  # the slash of a fraction
    text = text.encode("ascii", "ignore").decode("ascii")
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", text)
    if not code:
        text = re.sub(r"[ \t]+", " ", text)
        text = re.sub(r"^ ", "", text, flags=re.MULTILINE)
    text = re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)
    text = re.sub(r"\n{3,}", "\n\n", text)
    return (text.strip("\n") + "\n").encode("ascii")


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _select(files: Files, pattern: str) -> list[str]:
    """Return the paths that match, numbers inside them in counting order."""
    found = [path for path in files if re.fullmatch(pattern, path)]
    if not found:
        raise PackageError(f"the package holds no file {pattern}")
    return sorted(
        found, key=lambda path: re.sub(r"[0-9]+", lambda number: number[0].zfill(9), path)
    )


def _texts(files: Files, *patterns: str) -> str:
    paths = [path for pattern in patterns for path in _select(files, pattern)]
    return "\n\n".join(_decode(files[path]) for path in paths)


def addresses(files: Files, since: int = 0) -> str:
    """Return the State of the Union addresses since some year, oldest first."""
    wanted = {
        path: files[path]
        for path in _select(files, r"package/data/[0-9]{4}_\w+\.txt")
        if int(PurePosixPath(path).name[:4]) >= since
    }
    return _texts(wanted, r".*")


def novel(files: Files) -> str:
    """Return Moby Dick once, chapter by chapter (the package also holds it as one file)."""
    kinds = ("etymology", "extracts", r"chapter_[0-9]+", "epilogue")
    return _texts(files, *(rf"package/data/{kind}\.txt" for kind in kinds))


def code(files: Files) -> str:
    """Return the one file with all of lodash's source, not minified."""
    return _texts(files, r"package/lodash\.js")


def dictionary(files: Files) -> str:
    """Return the text of a dictd database, which is compressed in the form of gzip."""
    (path,) = _select(files, r".*/[^/]+\.dict\.dz")
    return _decode(gzip.decompress(files[path]))


def brown(files: Files) -> str:
    """Return the Brown corpus as running text: no tags, punctuation back at its word."""
    paragraphs = []
    for path in _select(files, r"package/c[a-r][0-9]{2}"):
        for paragraph in re.split(r"\n\s*\n", _decode(files[path])):
            words = [token.rpartition("/")[0] for token in paragraph.split()]
            if words:
                paragraphs.append(_joined(" ".join(words)))
    return "\n\n".join(paragraphs)


def _joined(text: str) -> str:
    """Undo the spacing of tokens; the corpus writes ?, !, ; and : twice."""
    text = re.sub(r"([?!;:]) \1", r"\1", text)
    text = re.sub(r"`` ?", '"', re.sub(r" ?''", '"', text))
    text = re.sub(r" ([.,;:?!)\]}])", r"\1", text)
    return re.sub(r"([(\[{]) ", r"\1", text)


def sword(files: Files) -> str:
    """Return the text of a SWORD module: Old Testament, then New, in the books' order.

    The index *.bzs or *.czs gives offset, size and inflated size of each zlib block in *.bzz or
    *.czz as three little-endian 32-bit numbers.
    """
    texts = []
    for path in reversed(_select(files, r".*/[on]t\.[bc]zs")):
        blocks = files[path[:-1] + "z"]
        for offset, size, inflated in struct.iter_unpack("<III", files[path]):
            block = zlib.decompress(blocks[offset : offset + size])
            if len(block) != inflated:
                raise PackageError(f"{path}: a block has {len(block)} bytes, expected {inflated}")
            texts.append(_decode(block))
    return strip_osis("".join(texts))


def strip_osis(text: str) -> str:
    """Return running text for OSIS XML: notes left out, paragraphs and lines kept apart.

    Examples
    --------
    >>> strip_osis('<w lemma="G1">In</w> <hi>it</hi>,<note>or: by</note><w>we</w> &amp; you.')
    'In it, we & you.'
    """
    text = text.replace("\n", " ")
    text = re.sub(r"<note\b[^>]*/>", "", text)
    text = re.sub(r"<note\b.*?</note>", "\x00", text)
    breaks = r"</?(?:title|chapter|row|list|lg)\b[^>]*>|<div\b[^>]*\btype=.x-p\b[^>]*>"
    text = re.sub(breaks, "\n\n", text)
    text = re.sub(r"<(?:lb|item)\b[^>]*>|<l\b[^>]*\bsID[^>]*>", "\n", text)
    text = re.sub(r"</cell>", " ", text)
    text = re.sub(r"<[^>]*>", "", text)
    # Words on both sides of a note may stand without a space; before punctuation none is due.
    text = re.sub(r"\x00(?=[\w\"'(\u2018\u201c])", " ", text).replace("\x00", "")
    return html.unescape(text)


READERS: Mapping[str, Callable[[Files], str]] = {
    reader.__name__: reader for reader in (addresses, novel, code, dictionary, brown, sword)
}
