"""Runs in the solver's coordinates, batches and ends of descents, and how varied runs are."""

from __future__ import annotations

import numpy as np
import pytest

from scaling_utils.fitting.points import (
    Batch,
    Ends,
    Points,
    alike,
    complaint,
    counted,
    design,
    groups,
    thin,
)

N, D = np.array([1e8, 1e9, 1e10]), np.array([4e9, 2e9, 9e9])
LOSS = np.array([4.0, 3.0, 2.0])


def test_logarithms_are_centred_and_losses_have_their_mean_as_unit() -> None:
    points = Points.from_runs(N, D, LOSS)
    assert points.centre == pytest.approx((np.log(1e9), np.log(D).mean()))
    assert points.x == pytest.approx(np.log(N / 1e9))
    assert points.y == pytest.approx(np.log(D) - np.log(D).mean())
    assert points.unit == pytest.approx(24 ** (1 / 3))
    assert points.log_unit == pytest.approx(np.log(24) / 3)
    assert points.repeats.tolist() == [0.0, 0.0, 0.0]


def test_repeated_tokens_are_unique_ones_and_epochs_beyond_the_first() -> None:
    points = Points.from_runs(N, D, LOSS, np.array([1e9, 8e9, 3e9]))
    unique = np.array([1e9, 2e9, 3e9])
    assert points.y + points.centre[1] == pytest.approx(np.log(unique))
    assert points.repeats.tolist() == [3.0, 0.0, 2.0]


def test_powers_and_lines_are_those_that_the_sums_need() -> None:
    points = Points.from_runs(N, D, LOSS)
    x, y = points.x, points.y
    for own, power in zip(points.powers, (x**0, -x, x**2, -y, y**2, x * y), strict=True):
        assert own == pytest.approx(power)
    assert points.lines.shape == (2, 2, 3)
    assert points.lines[0] == pytest.approx(np.stack([x**0, -x]))
    assert points.lines[1] == pytest.approx(np.stack([x**0, -y]))
    assert points.reach == pytest.approx(np.log(10.0))
    wide = Points.from_runs(N**0.1, D**3, LOSS)
    assert wide.reach == pytest.approx(np.abs(wide.y).max())


def test_problems_are_taken_from_a_batch() -> None:
    points, weights = Points.from_runs(N, D, LOSS), np.arange(6.0).reshape(2, 3)
    batch = Batch(points, weights, LOSS, 0.25)
    one = batch.take(1)
    assert (one.points, one.delta) == (points, 0.25)
    assert one.weights.tolist() == [3.0, 4.0, 5.0]
    assert one.loss is LOSS
    own = Batch(points, LOSS, weights).take(slice(0, 1))
    assert own.weights is LOSS
    assert own.loss.tolist() == [[0.0, 1.0, 2.0]]
    eps = np.finfo(float).eps
    assert batch.floor() == pytest.approx(200 * eps**2 * np.array([3.0, 12.0]), rel=1e-12, abs=0)


def test_ends_are_taken_joined_and_replaced() -> None:
    one = Ends(
        np.arange(6.0).reshape(2, 3), np.array([1.0, 2.0, 3.0]), np.array([True, True, False])
    )
    two = Ends(-np.ones((2, 2)), np.array([8.0, 9.0]), np.array([False, True]))
    both = one.joined(two)
    assert both.theta.tolist() == [[0, 1, 2, -1, -1], [3, 4, 5, -1, -1]]
    assert both.value.tolist() == [1, 2, 3, 8, 9]
    assert both.converged.tolist() == [True, True, False, False, True]
    part = both.take(np.array([3, 0]))
    assert part.theta.tolist() == [[-1, 0], [-1, 3]]
    assert (part.value.tolist(), part.converged.tolist()) == ([8, 1], [False, True])
    mixed = one.replaced(np.array([2, 0]), two, np.array([True, False]))
    assert mixed.theta.tolist() == [[0, 1, -1], [3, 4, -1]]
    assert (mixed.value.tolist(), mixed.converged.tolist()) == ([1, 2, 8], [True, True, False])
    assert one.value.tolist() == [1, 2, 3]


def test_groups_reach_a_fraction_beyond_their_smallest() -> None:
    values = np.array([5.0, 1.0, 1.01, 1.0101, 1.0200, 1.021, 4.95])
    assert groups(values, 0.01).tolist() == [4, 0, 0, 1, 1, 2, 3]
    assert groups(np.array([1.0, 2.0, 2.0, 3.0]), 0.5).tolist() == [0, 1, 1, 1]
    assert groups(np.array([1.0, 2.0, 2.0, 3.1]), 0.5).tolist() == [0, 1, 1, 2]
    assert groups(np.array([]), 0.1).tolist() == []


def test_sizes_within_a_hundredth_and_budgets_within_a_tenth_are_alike() -> None:
    n, d = np.array([1.0, 1.009, 1.02, 1.0]), np.array([1.0, 1.0, 1.0, 1.09])
    found = alike(n, d)
    assert list(found) == ["model size", "amount of data", "budget"]
    assert found["model size"].tolist() == [0, 0, 1, 0]
    assert found["amount of data"].tolist() == [0, 0, 0, 1]
    assert found["budget"].tolist() == [0, 0, 0, 0]
    assert alike(n, np.array([1.0, 1.0, 1.0, 1.11]))["budget"].tolist() == [0, 0, 0, 1]
    assert design(n, d) == {"model size": 2, "amount of data": 2, "budget": 1}


def varied(sizes: int, data: int, budgets: int) -> dict[str, int]:
    return {"model size": sizes, "amount of data": data, "budget": budgets}


def test_a_complaint_says_what_is_missing_and_what_to_add() -> None:
    assert complaint(varied(3, 3, 2)) == ""
    assert complaint(varied(2, 1, 1)) == (
        "the runs have 2 model sizes: E, A and alpha cannot be told apart with fewer than 3; fix "
        "those that are known, such as E, or add runs of other sizes"
    )
    assert complaint(varied(3, 1, 1)) == (
        "the runs have only one amount of data: E, B and beta cannot be told apart with fewer "
        "than 3; fix those that are known, such as E, or add runs on other amounts of data"
    )
    assert complaint(varied(3, 3, 1)) == (
        "all runs have the same compute budget, so N and D change together: add runs at another "
        "budget"
    )


def test_what_is_thin_is_said_in_words() -> None:
    assert thin(varied(4, 4, 4)) == ""
    assert thin(varied(3, 4, 1)) == "the runs have only 3 model sizes and one budget"
    assert thin(varied(1, 3, 5)) == "the runs have only one model size and 3 amounts of data"
    assert counted(1, "amount of data") == "only one amount of data"
    assert counted(2, "amount of data") == "2 amounts of data"
    assert counted(0, "budget") == "0 budgets"
