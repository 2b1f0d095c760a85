"""A smaller SVG that looks the same: what Matplotlib writes more exactly than a screen shows."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"-?\d+\.\d+")
_PLACES = re.compile(
    r'(?P<name>\b(?:d|x|y|points)=")(?P<path>[^"]*)"|(?P<move>translate\()(?P<by>[^)]*)\)'
)
_LAYOUT = re.compile(r">\s+<")


def smaller(svg: bytes) -> bytes:
    """Return the picture with places to a hundredth of a point, and without blanks between tags.

    Scales, sizes, colours and texts stay as they are.

    >>> smaller(b'<g>\\n <path d="M 0.123456 360 \\nL 2.0 -0.001 \\nz\\n"/>\\n</g>')
    b'<g><path d="M0.12 360L2 0z"/></g>'
    """
    text = _PLACES.sub(_shorter, svg.decode())
    return _LAYOUT.sub("><", text).encode()


def _shorter(found: re.Match[str]) -> str:
    if found["move"]:
        return f"{found['move']}{_rounded(found['by'])})"
    path = re.sub(r"\s*([A-Za-z])\s*", r"\1", _rounded(found["path"]))
    return f'{found["name"]}{" ".join(path.split())}"'


def _rounded(numbers: str) -> str:
    return _NUMBER.sub(
        lambda n: f"{round(float(n[0]), 2) + 0.0:.2f}".rstrip("0").rstrip("."), numbers
    )
