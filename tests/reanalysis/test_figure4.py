"""Which axis of Figure 4 Table A9 supports."""

from __future__ import annotations

import numpy as np
import pytest

from reanalysis import figure4
from scaling_utils import datasets


def test_outliers_are_left_out_unless_asked_for():
    every = figure4.points(outliers=True)
    assert len(every) == 245
    kept = figure4.points()
    assert len(kept) == 240
    assert kept["loss"].max() < every.nlargest(5, "loss")["loss"].min()


def test_the_own_calibration_reads_the_sizes_as_they_were_read():
    read = datasets.load("hoffmann2022_figure4_points")["N_read"]
    np.testing.assert_allclose(figure4.sizes_read_with(figure4.OWN), read, rtol=1e-9)


@pytest.mark.parametrize("calibration", [figure4.OWN, figure4.CORRECTED])
def test_distances_agree_with_the_makers_table(calibration):
    away = figure4.distance_to_table_a9(figure4.sizes_read_with(calibration))
    row = (
        datasets.load("hoffmann2022_figure4_calibrations")
        .set_index("calibration")
        .loc[calibration]
    )
    assert np.median(away) == pytest.approx(row["median_snap_error"], abs=2e-5)
    assert away.max() == pytest.approx(row["max_snap_error"], abs=2e-5)


def test_table_a9_supports_the_labels_and_not_the_correction():
    own, corrected = (
        figure4.distance_to_table_a9(figure4.sizes_read_with(c))
        for c in (figure4.OWN, figure4.CORRECTED)
    )
    assert own.max() < 0.006
    assert np.median(corrected) > 0.03


def test_an_unknown_calibration_lists_the_known():
    with pytest.raises(ValueError, match="labels of the figure"):
        figure4.sizes_read_with("mine")
