"""Numbers as the book prints them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaling_utils.numbers import fmt


@pytest.mark.parametrize(
    ("value", "spec", "text"),
    [
        (0.27, ".2f", "0.27"),
        (-0.075, ".3f", "−0.075"),
        (np.float64(2.5), ".1f", "2.5"),
        (5.5e3, "sci2", "5.5 × 10³"),
        (3e-5, "sci1", "3 × 10⁻⁵"),
        (1e24, "sci0", "10²⁴"),
        (9.96e3, "sci2", "1.0 × 10⁴"),
        (0.1, "pct0", "10 %"),
        (-0.0127, "pct1", "−1.3 %"),
        (1.4e12, "count2", "1.4 trillion"),
        (70.07e9, "count2", "70 billion"),
        (22.4e6, "count2", "22 million"),
        (999.9e6, "count3", "1 billion"),
        (393_216, "count6", "393,216"),
        (524_288, "short3", "524K"),
        (7.53, "times2", "7.5×"),
        (0.0996, "times2", "0.10×"),
        (22_515.9, "times2", "23000×"),
        (0, "count2", "0"),
    ],
)
def test_fmt(value, spec, text):
    assert fmt(value, spec) == text


@given(st.floats(1e-12, 1e30), st.integers(2, 6))
def test_scientific_text_reads_back_as_the_number(value, digits):
    mantissa, power = fmt(value, f"sci{digits}").split(" × 10")
    exponent = int(power.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")))
    assert math.isclose(float(mantissa) * 10.0**exponent, value, rel_tol=10.0 ** (1 - digits))


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_number_that_is_none_is_not_printed(value):
    with pytest.raises(ValueError, match="must be finite"):
        fmt(value)


def test_an_unknown_specification_lists_the_known():
    with pytest.raises(ValueError, match="sciN, pctN"):
        fmt(1.0, "percent")


def test_a_reversed_interval_is_refused():
    with pytest.raises(ValueError, match="low, high"):
        fmt(0.5, interval=(0.6, 0.4))
