"""Make formulas.woff2: of STIX Two Math, the characters that a formula of this book may need.

Its fonts are under the SIL Open Font License, in formulas_font_license.txt. The font came from
the package `@fontsource/stix-two-math` 5.3.0 (STIX Two Math 2.12).

    pip install fonttools brotli
    python formulas_font.py stix-two-math-latin-400-normal.woff2
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset

RANGES = (
    *((0x20, 0x7E), (0xA0, 0xA0), (0x302, 0x307), (0x391, 0x3C9), (0x3D1, 0x3D6), (0x3F0, 0x3F5)),
    *((0x2013, 0x2019), (0x2026, 0x2026), (0x2032, 0x2034), (0x210E, 0x210E), (0x2113, 0x2115)),
    *((0x1D400, 0x1D467), (0x1D6E2, 0x1D71B)),  # upright bold and italic letters, italic Greek
)
SIGNS = "¬°±·×÷ıȷ¨¯´ˆˇ˙˚˜←→↔⇐⇒⇔↦∀∂∃∅∆∇∈∉∏∑−∓∕∗∘√∝∞∣∥∧∨∩∪∫∼≃≅≈≠≡≤≥≪≫⊂⊆⋅⋯⟨⟩⌈⌉⌊⌋⏞⏟"


def main() -> None:
    """Write the part of the font that is named on the command line."""
    options = subset.Options(flavor="woff2", hinting=False, recalc_timestamp=False)
    options.name_IDs = [0, 1, 2, 5, 13, 14]  # its name, version, copyright and licence
    font = subset.load_font(sys.argv[1], options)
    wanted = subset.Subsetter(options)
    wanted.populate(
        unicodes={code for low, high in RANGES for code in range(low, high + 1)}, text=SIGNS
    )
    wanted.subset(font)
    subset.save_font(font, Path(__file__).with_name("formulas.woff2"), options)


if __name__ == "__main__":
    main()
