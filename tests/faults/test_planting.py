"""The suite of planted faults can itself fail."""

from __future__ import annotations

from dataclasses import replace

import planting
import pytest

FAULT = planting.Fault(
    "a sign",
    "the exponent of a power law loses its sign",
    "scaling_utils/laws/base.py",
    "class",
    "class",
    "tests/unit/test_house.py::test_lines_of_docstrings_are_counted",
    "",
)


def test_what_no_test_catches_is_a_failure(tmp_path):
    harmless = replace(FAULT, file="LICENSE", old="MIT License", new="MIT  License")
    with pytest.raises(AssertionError, match="not caught"):
        planting.assert_caught(harmless, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
