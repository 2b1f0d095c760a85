"""Loss along the context: a power with a floor, its mean, and the six printed fits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaling_utils.laws import PowerWithFloor
from scaling_utils.published import figure_20

CONSTANTS = st.floats(0.1, 10)


@given(CONSTANTS, CONSTANTS, st.floats(0.1, 2), st.integers(1, 3000))
def test_loss_starts_at_floor_plus_scale_and_finds_its_way_back(floor, scale, exponent, n):
    law = PowerWithFloor(floor, scale, exponent, "T")
    assert law.loss(1) == pytest.approx(floor + scale)
    assert law.inverse(law.loss(n)) == pytest.approx(n, rel=1e-6)


def test_six_fits_in_order_with_their_source():
    laws = figure_20()
    assert len(laws) == 6
    assert {law.source for law in laws} == {"Kaplan et al. 2020, Fig. 20 left"}
    assert np.diff([np.mean(law.loss(np.arange(1, 1025))) for law in laws]).max() < 0
    assert np.diff([law.alpha for law in laws]).min() >= 0


def test_bad_input_is_refused():
    law = PowerWithFloor(2.0, 3.0, 0.5, "T")
    for call, message in (
        (lambda: law.loss(0), "T must be positive"),
        (lambda: law.loss([1, np.nan]), "T must be finite"),
        (lambda: law.inverse(2.0), "^loss 2 is never reached: the floor is 2$"),
        (lambda: PowerWithFloor(2.0, -1.0, 0.5, "T"), "PowerWithFloor.A must be positive"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
