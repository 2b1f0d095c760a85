"""Loss along the context: its limits, its mean, and the six printed fits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaling_utils.laws.kaplan import ContextLaw
from scaling_utils.published import figure_20

CONSTANTS = st.floats(0.1, 10)


@given(CONSTANTS, CONSTANTS, st.floats(0.1, 2), st.integers(1, 3000))
def test_loss_starts_at_floor_plus_scale_and_the_mean_lies_between(floor, scale, exponent, n):
    law = ContextLaw(floor, scale, exponent)
    assert law.loss(1) == pytest.approx(floor + scale)
    assert law.loss(n) * (1 - 1e-12) <= law.mean(n) <= law.loss(1) * (1 + 1e-12)
    assert law.position_of(law.loss(n)) == pytest.approx(n, rel=1e-6)


def test_mean_is_the_sum_over_all_tokens():
    law = ContextLaw(2.0, 3.0, 0.5)
    by_hand = sum(2.0 + 3.0 / t**0.5 for t in range(1, 9)) / 8
    assert law.mean(8) == pytest.approx(by_hand)


def test_six_fits_in_order_with_their_source():
    laws = figure_20()
    assert len(laws) == 6
    assert {law.source for law in laws} == {"Kaplan et al. 2020, Fig. 20 left"}
    assert np.diff([law.mean(1024) for law in laws]).max() < 0
    assert np.diff([law.exponent for law in laws]).min() >= 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda law: law.loss(0), "position counts tokens from 1, got 0"),
        (lambda law: law.loss([1, np.nan]), "position must be finite"),
        (lambda law: law.mean(10.5), "one whole number, at least 1, got 10.5"),
        (lambda law: law.mean(0), "one whole number, at least 1, got 0"),
        (lambda law: law.position_of(2.0), "never falls to 2: its floor is 2"),
        (lambda law: ContextLaw(2.0, -1.0, 0.5), "ContextLaw.scale must be positive"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(ContextLaw(2.0, 3.0, 0.5))
