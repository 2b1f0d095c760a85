"""What the committed points of Figure 4 must satisfy, against Table A9 and other readings."""

import math

import numpy as np
import pytest

from scaling_utils import datasets

POINTS = datasets.load("hoffmann2022_figure4_points")
CALIBRATIONS = datasets.load("hoffmann2022_figure4_calibrations").set_index("calibration")


def test_sizes_are_those_of_table_a9():
    table = set(1_000_000 * datasets.load("hoffmann2022_table_a9")["params_millions"])
    assert len(POINTS) == 245
    assert set(POINTS["N"]) <= table
    assert POINTS["N"].nunique() == 43
    error = (POINTS["N_read"] / POINTS["N"] - 1).abs()
    assert error.max() < 0.006
    assert round(100 * error.median(), 2) == 0.03
    np.testing.assert_allclose(error, POINTS["snap_error"].abs(), atol=1e-6)


def test_tokens_follow_from_compute():
    np.testing.assert_allclose(POINTS["D"], POINTS["C"] / (6 * POINTS["N"]), rtol=1e-6)


def test_losses_lie_in_one_of_256_steps():
    step = math.log(5.0 / 1.8) / 256
    closed = POINTS.dropna(subset="loss_high")
    assert len(closed) == 244
    np.testing.assert_allclose(np.log(closed["loss_high"] / closed["loss_low"]), step, atol=1e-6)
    edges = np.log(POINTS["loss_low"] / 1.8) / step
    np.testing.assert_allclose(edges, edges.round(), atol=2e-4)


def test_only_the_highest_loss_is_open():
    (place,) = np.flatnonzero(POINTS["loss_high"].isna())
    assert place == POINTS["loss"].argmax()


def test_outliers_are_the_points_that_besiroglu_et_al_dropped():
    # Five points near 1e19 FLOPs with hardly any data (their Section 2).
    outliers = POINTS[POINTS["outlier_rule"] == "five highest losses"]
    others = POINTS[POINTS["outlier_rule"] == ""]
    assert len(outliers) == 5
    assert len(others) == 240
    assert outliers["loss"].min() > others["loss"].max()
    ratios = outliers["D"] / outliers["N"]
    assert sorted(ratios.round(3)) == [0.036, 0.173, 0.233, 0.308, 0.404]
    assert ((outliers["C"] > 9e18) & (outliers["C"] < 1.01e19)).all()
    assert (others["D"] / others["N"]).min() > ratios.max()


def test_readings_agree_with_those_of_besiroglu_et_al():
    # Their released points: C from 1.397e18 to 1.2956e22, losses from 2.077 to 5.006.
    assert POINTS["C"].min() == pytest.approx(1.3972367e18, rel=1e-4)
    assert POINTS["C"].max() == pytest.approx(1.2956023e22, rel=1e-4)
    assert POINTS["loss"].min() == pytest.approx(2.0773942, rel=0.004)
    assert POINTS["loss"].max() == pytest.approx(5.0055820, rel=0.004)


def test_table_a9_refutes_the_later_correction():
    own, later = (
        CALIBRATIONS.loc["labels of the figure"],
        CALIBRATIONS.loc["later public correction"],
    )
    assert (own["y_100B"], own["y_100M"]) == (26.872, 319.125)
    assert (later["y_100B"], later["y_100M"]) == (26.872, 322.703)
    assert own["sizes_matched"] == 43
    assert own["max_snap_error"] < 0.006
    assert later["median_snap_error"] > 100 * own["median_snap_error"]


def test_the_correction_is_the_one_of_the_released_notebook():
    # The notebook that extracts the points prints sizes from 62,750,890 to 16,543,768,463.
    own, later = (
        CALIBRATIONS.loc["labels of the figure"],
        CALIBRATIONS.loc["later public correction"],
    )
    decades = np.log10(1e11 / POINTS["N_read"])
    ratio = (own["y_100M"] - own["y_100B"]) / (later["y_100M"] - later["y_100B"])
    corrected = 1e11 / 10 ** (decades * ratio)
    assert corrected.min() == pytest.approx(62_750_890, rel=1e-4)
    assert corrected.max() == pytest.approx(16_543_768_463, rel=1e-4)
