"""Lines, parabolas and power laws against NumPy's own, and intervals against sorted draws."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scaling_utils.power_fit import (
    Frontier,
    Interval,
    PowerFit,
    fit_power,
    interval,
    interval_around,
    parabola,
    straight,
)

RNG = np.random.default_rng(5)
X = RNG.uniform(1, 9, (4, 7))
Y = 2.0 - 0.7 * X + RNG.normal(0, 0.5, X.shape)
WEIGHTS = RNG.uniform(0.5, 3.0, X.shape)


def test_lines_are_those_of_numpy() -> None:
    lines = straight(X, Y)
    for k in range(4):
        assert [lines.slope[k], lines.intercept[k]] == pytest.approx(np.polyfit(X[k], Y[k], 1))
        assert lines.correlation[k] == pytest.approx(np.corrcoef(X[k], Y[k])[0, 1])


def test_weighted_lines_are_those_of_numpy() -> None:
    lines = straight(X, Y, WEIGHTS)
    for k, w in enumerate(WEIGHTS):
        expected = np.polyfit(X[k], Y[k], 1, w=np.sqrt(w))
        assert [lines.slope[k], lines.intercept[k]] == pytest.approx(expected)
        cov = np.cov(X[k], Y[k], aweights=w)
        correlation = cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1])
        assert lines.correlation[k] == pytest.approx(correlation)


def test_values_that_are_missing_are_left_out() -> None:
    y = np.where(np.arange(7) == 2, np.nan, Y)
    kept = np.arange(7) != 2
    for weights in (None, WEIGHTS):
        lines = straight(X, y, weights)
        alone = straight(X[:, kept], Y[:, kept], None if weights is None else weights[:, kept])
        for name in ("slope", "intercept", "correlation"):
            assert getattr(lines, name) == pytest.approx(getattr(alone, name)), name


def test_one_x_serves_all_draws() -> None:
    assert straight(X[0], Y).slope == pytest.approx([np.polyfit(X[0], y, 1)[0] for y in Y])


def test_one_x_has_no_slope_and_one_y_no_correlation() -> None:
    assert np.isnan(straight(np.full(3, 7.0), np.arange(3.0)).slope).all()
    assert np.isnan(straight(np.arange(3.0), np.full(3, np.nan)).slope).all()
    flat = straight(np.arange(3.0), np.full(3, 5.0))
    assert (flat.slope[0], flat.intercept[0], flat.correlation[0]) == (0.0, 5.0, 0.0)


def test_places_within_a_millionth_are_one() -> None:
    """Rounding alone would make a slope of them."""
    y = np.array([1.0, 2.0])
    assert np.isnan(straight(1e3 * np.array([1.0, 1.0 + 1.9e-6]), y).slope[0])
    assert straight(1e3 * np.array([1.0, 1.0 + 2.1e-6]), y).slope[0] == pytest.approx(1 / 2.1e-3)


def test_units_of_values_and_of_weights_do_not_matter() -> None:
    own, small = straight(X, Y, WEIGHTS), straight(1e-3 * X, 1e-3 * Y, 1e-3 * WEIGHTS)
    assert small.slope == pytest.approx(own.slope)
    assert small.intercept == pytest.approx(1e-3 * own.intercept)
    assert small.correlation == pytest.approx(own.correlation)


def test_heights_of_lines_are_given_for_each_draw() -> None:
    lines = straight(X, Y)
    at = RNG.uniform(0, 1, (4, 2, 3))
    expected = [lines.intercept[k] + lines.slope[k] * at[k] for k in range(4)]
    assert lines.at(at) == pytest.approx(np.array(expected))
    assert lines.at(at[:, 0, 0]) == pytest.approx(np.array(expected)[:, 0, 0])


def test_parabolas_are_those_of_numpy() -> None:
    expected = np.polyfit(X[0], Y.T, 2)[::-1]
    assert parabola(X[0], Y) == pytest.approx(expected)


def test_a_power_law_is_a_line_of_logarithms() -> None:
    x = np.geomspace(1, 1e6, 9)
    fit = fit_power(x, 3.0 * x**-0.4)
    assert (fit.scale, fit.exponent) == (pytest.approx(3.0), pytest.approx(-0.4))
    assert fit.predict(16.0) == pytest.approx(3.0 * 16**-0.4)
    assert PowerFit(2.0, 0.5).predict([4.0, 9.0]).tolist() == [4.0, 6.0]
    with pytest.raises(ValueError, match=r"^x must be positive"):
        fit.predict(-1.0)
    with pytest.raises(ValueError, match=r"^x must hold at least two different values"):
        fit_power([2.0, 2.0], [1.0, 2.0])
    for name, given in (("x", ([1.0, -2.0], [1.0, 1.0])), ("y", ([1.0, 2.0], [1.0, 0.0]))):
        with pytest.raises(ValueError, match=f"^{name} must be positive"):
            fit_power(*given)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_scale_too_far_away_to_be_held_is_the_last_that_can_be(sign: int) -> None:
    fit = fit_power([1e10, 1e11], np.array([1e300, 1e290]) ** sign)
    assert fit.exponent == pytest.approx(-10 * sign)
    assert np.log(fit.scale) == pytest.approx(700 * sign)


def test_a_frontier_has_a_power_law_of_sizes_and_one_of_data() -> None:
    C = np.geomspace(1e18, 1e22, 5)

    class Made(Frontier):
        @property
        def best(self) -> pd.DataFrame:
            return pd.DataFrame({"C": C, "N": 2 * C**0.4, "D": 5 * C**0.7})

    made = Made()
    assert (made.a, made.b) == (pytest.approx(0.4), pytest.approx(0.7))
    assert (made.N_fit.scale, made.D_fit.scale) == (pytest.approx(2.0), pytest.approx(5.0))


def test_an_interval_is_two_of_the_draws() -> None:
    draws = np.random.default_rng(0).permutation(np.arange(1, 4001))
    assert interval(draws) == (100, 3900)  # the hundredth from either end, not the next one
    assert interval(draws, 0.5) == (1000, 3000)
    assert interval([1.0, 2.0, 3.0, np.inf], 0.8) == (1.0, np.inf)


def test_an_interval_of_a_table_is_of_its_rows_unless_an_axis_is_named() -> None:
    table = np.arange(40.0).reshape(2, 20)
    low, high = interval(table, 0.8)
    assert (low.tolist(), high.tolist()) == ([1.0, 21.0], [17.0, 37.0])
    low, high = interval(table.T, 0.8, axis=0)
    assert (low.tolist(), high.tolist()) == ([1.0, 21.0], [17.0, 37.0])


def test_an_axis_that_is_not_there_and_draws_that_are_no_numbers_are_refused() -> None:
    table = np.arange(6.0).reshape(2, 3)
    assert [len(interval(table, axis=axis)[0]) for axis in (-2, -1, 0, 1)] == [3, 2, 3, 2]
    said = "^values must be numbers, and axis one of their 2 axes$"
    for axis in (-3, 2, 0.5, None):
        with pytest.raises(ValueError, match=said):
            interval(table, axis=axis)
    for values in (np.zeros((0, 3)), np.where(table == 4, np.nan, table)):
        with pytest.raises(ValueError, match=said):
            interval(values)
    with pytest.raises(ValueError, match=r"^values must be"):
        interval(["a", "b"])


@pytest.mark.parametrize("level", [0.0, 1.0, 95, np.nan])
def test_a_level_that_is_no_share_is_refused_by_name(level: float) -> None:
    with pytest.raises(ValueError, match=r"^level "):
        interval([1.0, 2.0], level)


def test_an_interval_says_what_was_left_out() -> None:
    values = np.arange(1.0, 91.0)
    found = interval_around(45.0, values, 0.8, 10)
    assert found == Interval(45.0, 9.0, 81.0, 0.8, 90, 10)
    assert str(found) == "45 (9 to 81, 80 %; 10 of 100 resamples left out)"
    assert str(interval_around(45.0, values, 0.955, 0)) == "45 (3 to 88, 95.5 %)"


def test_more_than_a_tenth_left_out_is_no_interval() -> None:
    said = "of the data gave no exponent; the range of the others would leave out the hardest"
    with pytest.raises(ValueError, match=f"^11 of 101 draws {said} cases. Add runs$"):
        interval_around(45.0, np.arange(90.0), 0.8, 11)
    with pytest.raises(ValueError, match=f"^0 of 0 draws {said}"):
        interval_around(45.0, np.array([]), 0.8, 0)
    assert interval_around(1.0, np.ones(9), 0.8, 1).left_out == 1
