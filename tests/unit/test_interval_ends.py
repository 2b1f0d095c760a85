"""The ends of an interval are counted by hand."""

import numpy as np
import pytest

from scaling_utils.power_fit import interval


@pytest.mark.parametrize(
    ("level", "ends"), [(0.95, (25, 975)), (0.8, (100, 900)), (0.5, (250, 750))]
)
def test_an_interval_leaves_as_many_draws_below_as_above(level, ends):
    draws = np.random.default_rng(0).permutation(np.arange(1, 1001))
    assert interval(draws, level) == ends
    below, above = (draws < ends[0]).sum(), (draws > ends[1]).sum()
    assert abs(below - above) <= 1
    assert interval(draws) == (25, 975)
