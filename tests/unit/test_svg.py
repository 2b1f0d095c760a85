"""A smaller picture is the same picture."""

from __future__ import annotations

import re

import pytest

from scaling_utils.figures.style import smaller


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (
            '<path d="M 1.005 -0.001 \nC 2.126 3 4.5 5 6 7 \nz\n"/>',
            '<path d="M1 0C2.13 3 4.5 5 6 7z"/>',
        ),
        ('<use x="10.4567" y="3"/>', '<use x="10.46" y="3"/>'),
        ('<g transform="translate(1.2345 6) scale(0.015625)">', None),
        ('<path style="stroke-width: 0.625; fill: #0b62a4"/>', None),
        (
            "<dc:title>Loss 1.23456</dc:title>\n <dc:date>",
            "<dc:title>Loss 1.23456</dc:title><dc:date>",
        ),
    ],
)
def test_places_are_rounded_and_nothing_else(written, kept):
    kept = kept or written.replace("1.2345 6", "1.23 6")
    assert smaller(written.encode()).decode() == kept


def test_no_place_moves_by_a_hundredth_of_a_point():
    path = " ".join(f"L {0.0137 * k:.6f} {-3.1 + 0.0071 * k:.6f}" for k in range(500))
    number = re.compile(r"-?\d+(?:\.\d+)?")
    before, after = (
        [float(n) for n in number.findall(text)]
        for text in (path, smaller(f'<path d="{path}"/>'.encode()).decode())
    )
    assert max(abs(a - b) for a, b in zip(before, after, strict=True)) <= 0.00501
