"""Extracts Hoffmann's Figure 4 again; collected only where HOFFMANN_FIGURE4_SVG names it."""

import os
from pathlib import Path

import digitise_figure4
import figure4_frontiers
import pytest

from scaling_utils import datasets

FILES = [
    "hoffmann2022_figure4_points.csv",
    "hoffmann2022_figure4_calibrations.csv",
    "hoffmann2022_figure4_frontiers.csv",
]


@pytest.fixture(scope="module")
def extracted(tmp_path_factory):
    svg = Path(os.environ["HOFFMANN_FIGURE4_SVG"])
    assert svg.is_file(), f"HOFFMANN_FIGURE4_SVG names {svg}, where there is no file"
    folder = tmp_path_factory.mktemp("figure4")
    for maker in (digitise_figure4, figure4_frontiers):
        assert maker.main([str(svg), "--into", str(folder)]) == 0
    return folder


@pytest.mark.parametrize("name", FILES)
def test_extraction_gives_the_committed_file_byte_for_byte(extracted, name):
    assert (extracted / name).read_bytes() == datasets.data_path(name).read_bytes()
