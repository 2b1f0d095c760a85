"""Each rule of the jets against slopes and curvatures that are known."""

from __future__ import annotations

import numpy as np
import pytest

from scaling_utils.fitting.jets import Jet, variables

X, Y = np.array([0.7, -1.3]), np.array([1.9, 0.4])

# Value, slopes by x and y, and second derivatives by xx, xy and yy.
KNOWN = {
    "sum": (lambda x, y: x + y, X + Y, (1.0, 1.0), (0, 0, 0)),
    "difference": (lambda x, y: x - y, X - Y, (1.0, -1.0), (0, 0, 0)),
    "product": (lambda x, y: x * y, X * Y, (Y, X), (0, 1.0, 0)),
    "square": (lambda x, y: x * x + y, X * X + Y, (2 * X, 1.0), (2.0, 0, 0)),
    "quotient": (lambda x, y: x / y, X / Y, (1 / Y, -X / Y**2), (0, -1 / Y**2, 2 * X / Y**3)),
    "negative": (lambda x, y: -(x * y), -X * Y, (-Y, -X), (0, -1.0, 0)),
    "exp": (
        lambda x, y: np.exp(x * y),
        np.exp(X * Y),
        (Y * np.exp(X * Y), X * np.exp(X * Y)),
        (Y**2 * np.exp(X * Y), (1 + X * Y) * np.exp(X * Y), X**2 * np.exp(X * Y)),
    ),
    "expm1": (
        lambda x, y: np.expm1(2.0 * x) + 0.0 * y,
        np.exp(2 * X) - 1,
        (2 * np.exp(2 * X), 0.0),
        (4 * np.exp(2 * X), 0, 0),
    ),
    "log": (
        lambda x, y: np.log(y * y) + x,
        2 * np.log(Y) + X,
        (1.0, 2 / Y),
        (0, 0, -2 / Y**2),
    ),
    "both in one variable": (
        lambda x, y: (x * y) * x,
        X * X * Y,
        (2 * X * Y, X * X),
        (2 * Y, 2 * X, 0),
    ),
    "one variable twice": (
        lambda x, y: (x * y) * (x * y),
        X * X * Y * Y,
        (2 * X * Y**2, 2 * X**2 * Y),
        (2 * Y**2, 4 * X * Y, 2 * X**2),
    ),
    "numbers": (
        lambda x, y: (3.0 - 2.0 / x) * 4.0 + y / 5.0,
        12 - 8 / X + Y / 5,
        (8 / X**2, 0.2),
        (-16 / X**3, 0, 0),
    ),
}


def part(of: dict, key) -> np.ndarray:
    return np.broadcast_to(of.get(key, 0.0), X.shape)


@pytest.mark.parametrize("what", KNOWN)
def test_slopes_and_curvatures_are_the_known_ones(what: str) -> None:
    formula, value, slopes, bends = KNOWN[what]
    jet = formula(*variables(np.array([X, Y])))
    assert jet.value == pytest.approx(value)
    for k, slope in enumerate(slopes):
        assert part(jet.first, k) == pytest.approx(np.broadcast_to(slope, X.shape)), k
    for key, bend in zip([(0, 0), (0, 1), (1, 1)], bends, strict=True):
        assert part(jet.second, key) == pytest.approx(np.broadcast_to(bend, X.shape)), key
    assert set(jet.second) <= {(0, 0), (0, 1), (1, 1)}


def test_a_minimum_has_the_slope_of_the_lower_one() -> None:
    jet = np.minimum(*variables(np.array([[1.0, 3.0, 2.0], [2.0, 2.0, 2.0]])))
    assert jet.value.tolist() == [1.0, 2.0, 2.0]
    assert jet.first[0].tolist() == [1.0, 0.0, 0.0]
    assert jet.first[1].tolist() == [0.0, 1.0, 1.0]  # where they are equal, the second one
    assert jet.second == {}


def test_the_log_of_a_sum_shares_its_slope() -> None:
    jet = np.logaddexp(*variables(np.array([X, Y])))
    share = np.exp(X) / (np.exp(X) + np.exp(Y))
    assert jet.value == pytest.approx(np.log(np.exp(X) + np.exp(Y)))
    assert jet.first[0] == pytest.approx(share)
    assert jet.first[1] == pytest.approx(1 - share)
    bend = share * (1 - share)
    for key, sign in (((0, 0), 1), ((0, 1), -1), ((1, 1), 1)):
        assert jet.second[key] == pytest.approx(sign * bend)


def test_a_gradient_has_a_row_of_zeros_for_each_variable_that_is_not_there() -> None:
    x, y = variables(np.array([X, Y]))
    assert (x * 2.0).gradient(3).tolist() == [[2.0, 2.0], [0.0, 0.0], [0.0, 0.0]]
    assert y.gradient(2).tolist() == [[0.0, 0.0], [1.0, 1.0]]


def test_what_has_no_rule_is_refused() -> None:
    x, y = variables(np.array([X, Y]))
    assert isinstance(x + y, Jet)
    for wrong in (
        lambda: np.sin(x),
        lambda: np.add.reduce(x),
        lambda: np.add(x, y, where=np.array([True, False])),
        lambda: np.multiply.outer(x, y),
    ):
        with pytest.raises(TypeError):
            wrong()
