"""Certificates of made-up points: objective, slopes and curvature are chosen, not computed."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from scaling_utils.fitting.fit import fit_law
from scaling_utils.fitting.points import Batch
from scaling_utils.fitting.result import Certificate, certify, separable, undetermined

RUNS = 4


def certified(
    g,
    h=None,
    *,
    theta=None,
    value=1.0,
    delta=np.inf,
    floor=(),
    residual=0.5,
    weight=0.5,
    slope=1.0,
) -> Certificate:
    """Of a box from -1 to 1; each slope's parts sum to RUNS * weight * residual * slope."""
    g, m = np.array(g, dtype=float), len(g)
    theta = np.full(m, 0.5) if theta is None else np.array(theta, dtype=float)
    h = np.eye(m) if h is None else np.array(h, dtype=float)
    box = np.stack([np.full((m, 1), -1.0), np.full((m, 1), 1.0)])
    box[0, list(floor)] = 0.0

    def at(batch: Batch, place: np.ndarray):
        assert place.shape == (m, 1)
        return np.array([value]), g[:, np.newaxis], h[:, :, np.newaxis]

    model = SimpleNamespace(
        coordinates=SimpleNamespace(at=at, box=box),
        slopes=lambda *_: (np.full(RUNS, -residual), np.full((m, RUNS), -slope)),
        places=lambda kind: list(floor) if kind == "floor" else [],
        names=tuple("abcde"[:m]),
    )
    batch = Batch(None, np.full(RUNS, weight), np.ones(RUNS), delta)
    return certify(batch, theta, model)


def test_gradients_are_shares_of_what_pulls() -> None:
    assert certified([0.25, -0.5]).gradient == pytest.approx(0.5)  # of 4 * 0.5 * 0.5 * 1
    assert certified([0.25, -0.5], slope=2.0).gradient == pytest.approx(0.25)
    assert certified([0.25], delta=0.1).gradient == pytest.approx(0.25 / (4 * 0.5 * 0.1))
    assert certified([1e-9], slope=0.0).gradient == pytest.approx(1e291)


def test_the_decrement_is_what_a_newton_step_would_remove() -> None:
    own = certified([0.2, 0.1], [[2.0, 1.0], [1.0, 4.0]], value=0.5)
    expected = 0.5 * np.array([0.2, 0.1]) @ np.linalg.solve([[2, 1], [1, 4]], [0.2, 0.1]) / 0.5
    assert own.decrement == pytest.approx(expected)
    spectrum = np.linalg.eigvalsh([[2, 1], [1, 4]])
    assert own.condition == pytest.approx(spectrum[1] / spectrum[0])


def test_a_floor_counts_by_its_logarithm_unless_it_is_zero() -> None:
    own = certified([0.3, 0.4], [[2.0, 0.5], [0.5, 3.0]], theta=[0.5, 0.5], floor=[1])
    h = np.array([[2.0, 0.25], [0.25, 0.75 + 0.2]])
    step = np.linalg.solve(h, [0.3, 0.2])
    assert own.decrement == pytest.approx(0.5 * step @ [0.3, 0.2])
    assert own.gradient == pytest.approx(0.4)  # 0.2 of half as much
    zero = certified([0.0, -0.4], np.diag([1.0, 3.0]), theta=[0.5, 0.0], floor=[1])
    assert zero.gradient == pytest.approx(0.4)
    assert zero.condition == pytest.approx(2.6)  # 3.0 - 0.4


def test_what_presses_on_an_end_is_named_and_does_not_count() -> None:
    for theta, g, names in (
        ([-1.0, 0.5], [0.3, 1e-9], ("a",)),
        ([1.0, 0.5], [-0.3, 1e-9], ("a",)),
        ([-1.0 + 0.9e-9, 0.5], [0.3, 1e-9], ("a",)),
        ([1.0 - 0.9e-9, 0.5], [-0.3, 1e-9], ("a",)),
        ([-1.0 + 1.1e-9, 0.5], [0.3, 1e-9], ()),
        ([1.0 - 1.1e-9, 0.5], [-0.3, 1e-9], ()),
        ([1.0, 0.5], [0.3, 1e-9], ()),
    ):
        own = certified(g, theta=theta)
        assert own.at_bound == names
        assert own.holds == bool(names)
        assert own.gradient == pytest.approx(1e-9 if names else 0.3)
        assert own.asleep == ()
    lifted = certified([1e-9, 0.3], theta=[0.5, 1e-12], floor=[1])
    assert lifted.at_bound == ()  # an E however small is no zero
    assert certified([1e-9, 0.3], theta=[0.5, 0.0], floor=[1]).at_bound == ("b",)
    assert certified([0.0], theta=[-1.0]).at_bound == ()
    assert certified([0.0], theta=[1.0]).at_bound == ()


def test_what_would_grow_from_its_end_is_asleep() -> None:
    own = certified([-1.1e-5, 0.0], theta=[-1.0, 0.5])
    assert (own.asleep, own.at_bound, own.holds) == (("a",), (), False)
    own = certified([-0.9e-5, 0.0], theta=[-1.0, 0.5])
    assert (own.asleep, own.holds) == ((), True)
    assert certified([-1.1e-5, 0.0], theta=[-1.0, 0.5], slope=2.0).asleep == ()
    # For absolute deviations such a slope is let pass, but no point where something is asleep.
    own = certified([-2e-13], theta=[-1.0], delta=1e-9)
    assert (own.gradient, own.asleep) == (pytest.approx(1e-4), ("a",))
    assert not own.holds


def test_nothing_but_rounding_errors_is_a_minimum() -> None:
    least = 1e3 * 200 * np.finfo(float).eps ** 2 * RUNS * 0.5
    own = certified([0.3, 0.3], value=0.99 * least, theta=[-1.0, 0.5])
    assert (own.gradient, own.decrement, own.holds) == (0.0, 0.0, True)
    assert own.at_bound == ("a",)
    away = certified([-0.3, 0.3], value=0.99 * least, theta=[-1.0, 0.5])
    assert away.at_bound == ("a",)  # at its end without a slope to speak of
    own = certified([0.3, 0.3], value=1.01 * least)
    assert (own.gradient, own.holds) == (pytest.approx(0.3), False)


def test_a_saddle_is_no_minimum_and_a_flat_valley_is_one() -> None:
    saddle = certified([0.0, 0.0], np.diag([4.0, -1e-3]))
    assert (saddle.condition, saddle.decrement, saddle.holds) == (np.inf, np.inf, False)
    # Flat is what rounding makes of the slopes: 1e-14 of 4 runs' squares times a half.
    for bend, holds in ((0.0, True), (1.9e-14, True), (-1.9e-14, True), (-2.1e-14, False)):
        own = certified([1e-9, 1e-9], np.diag([bend, 4.0]))
        assert own.condition == np.inf
        assert own.holds == holds, bend
        assert own.decrement == (pytest.approx(0.125e-18) if holds else np.inf)
    flatter = certified([0.0, 0.0], np.diag([-7e-14, 4.0]), slope=2.0)
    assert flatter.holds  # slopes that are twice as large leave four times the rounding
    steep = certified([1e-9, 1e-9, 1e-9], np.diag([3e-14, 4.0, 8.0]))
    assert steep.condition == np.inf
    assert steep.decrement == pytest.approx(0.5e-18 / 3e-14)
    nearly = certified([0.0, 0.0], np.diag([9e-14, 8.0]))
    assert nearly.condition == pytest.approx(8.0 / 9e-14)


def test_slope_and_decrement_must_both_be_small() -> None:
    assert certified([0.99e-5], [[10.0]]).holds
    assert not certified([1.01e-5], [[10.0]]).holds
    assert certified([0.99e-5], [[0.5]]).decrement == pytest.approx(0.99e-5**2)
    assert not certified([0.99e-5], [[0.49]], value=0.9).holds
    deviations = {"residual": 1e5, "weight": 0.5}
    for delta, most in ((1e-5, 1e-3), (1.01e-5, 1e-5)):
        size = RUNS * 0.5 * delta
        for part, holds in ((0.99, True), (1.01, False)):
            own = certified([part * most * size], [[1e6]], delta=delta, **deviations)
            assert own.holds == holds, (delta, part)


def test_where_every_constant_is_at_a_bound_nothing_is_left_to_ask() -> None:
    own = certified([0.3, 0.3], theta=[-1.0, -1.0])
    assert own == Certificate(0.0, 0.0, 1.0, ("a", "b"), (), True)
    N = np.geomspace(1e8, 1e10, 12)
    loss = (1.7 + 400.0 * N**-0.3) * np.exp(np.random.default_rng(0).normal(0, 0.003, 12))
    fixed, bounds = {"E": 1.7, "alpha": 0.3}, {"A": (1.0, 10.0)}
    fit = fit_law("power", {"N": N}, loss, fix=fixed, bounds=bounds)
    assert (fit.status, fit.message) == ("at a bound", "A ends at the bound 10 that was given")
    assert (fit.law.A, fit.law.alpha) == (pytest.approx(10.0), 0.3)


def test_weights_of_runs_count_where_constants_are_told_apart() -> None:
    slopes, residuals = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]), np.array([1.0, -2.0, 3.0])
    for weights in (np.array([1.0, 2.0, 6.0]), np.array([4.0, 1.0, 1.0])):
        gram = slopes.T @ np.diag(weights / weights.mean()) @ slopes
        spread = 1.4826 * 2.0 * np.sqrt(3.0)
        expected = spread * np.sqrt(np.diag(np.linalg.inv(gram)))
        assert separable(slopes, weights, residuals)[1] == pytest.approx(expected)
    lone = np.array([[1.0, 0.0], [1.0, 0.0]])
    condition, errors = separable(lone, np.ones(2), np.ones(2))
    assert (condition, errors.tolist()) == (np.inf, [np.inf, np.inf])


def said_of(jacobian, *, at_bound=(), bounds=(), weights=None, residuals=None, kinds=None) -> str:
    """Why constants E, A and alpha, with these slopes, would not be determined."""
    jacobian = np.array(jacobian, dtype=float)
    n = jacobian.shape[1]
    r = np.full(n, 1e-3) if residuals is None else residuals
    model = SimpleNamespace(
        constraints=SimpleNamespace(bounds=dict.fromkeys(bounds)),
        names=("A", "E", "alpha"),
        kinds=kinds or ("level", "floor", "exponent"),
        form=SimpleNamespace(names=lambda kind: {"scale": ["A"], "exponent": ["alpha"]}[kind]),
        slopes=lambda *_: (r, jacobian),
    )
    batch = Batch(None, np.ones(n) if weights is None else weights, np.ones(n))
    proof = Certificate(0.0, 0.0, 1.0, at_bound, (), True)
    return undetermined(batch, np.array([1.0, 0.5, 0.3]), proof, model)


APART = np.array([[1.0, 1, 1, 1, 1], [0.0, 1, 0, -1, 0], [1.0, 0, -1, 0, 1]])


def test_a_constant_that_is_held_at_its_bound_is_not_asked_about() -> None:
    assert said_of(APART) == ""
    for name, row in (("E", 1), ("alpha", 2), ("A", 0)):
        same = APART.copy()
        same[row] = APART[(row + 1) % 3]  # exchangeable with another one
        assert "cannot tell the constants apart" in said_of(same)
        assert said_of(same, at_bound=(name,), bounds=(name,)) == ""
        free = said_of(same, at_bound=(name,))
        assert (free == "") == (name == "E"), "only an E of zero is held without a bound"


def test_runs_without_weight_say_nothing_of_the_errors() -> None:
    more = np.hstack([APART, np.repeat([[1.0], [5.0], [5.0]], 6, axis=1)])
    residuals = np.r_[np.full(5, 1e-3), np.full(6, 9.0)]
    lost = np.r_[np.ones(5), np.zeros(6)]
    assert said_of(more, residuals=residuals, weights=lost) == ""
    assert said_of(more, residuals=residuals, weights=lost + 1e-9).startswith("the runs do not")


@pytest.mark.parametrize(("kind", "share"), [("exponent", 0.5), ("decay", 1.0)])
def test_an_error_of_half_an_exponent_or_all_of_a_decay_is_too_much(kind, share) -> None:
    kinds = ("level", "floor", kind)
    value = 0.3 if kind == "exponent" else np.exp(0.3)
    rough = separable(APART.T, np.ones(5), np.full(5, 1.0))[1][2]
    size = value if kind == "decay" else 1.0  # a decay's own entry is its logarithm
    limit = share * value / (rough * size)
    assert said_of(APART, residuals=np.full(5, 0.99 * limit), kinds=kinds) == ""
    assert said_of(APART, residuals=np.full(5, 1.01 * limit), kinds=kinds) == (
        f"the runs do not determine alpha: {value:.3g}, with a rough standard error of "
        f"{1.01 * limit * rough * size:.2g}"
    )


def test_slopes_may_be_nearly_but_not_wholly_alike() -> None:
    for far, limit in ((1e-4, ""), (1e-6, "the runs cannot tell the constants apart: ")):
        near = APART.copy()
        near[1] = near[0] + far * APART[1]
        said = said_of(near, residuals=np.full(5, 1e-9))
        assert said.startswith(limit)
        assert bool(said) == bool(limit)
    assert said_of(np.zeros((3, 5))) == "no run depends on A or E or alpha (fix what is known)"


def test_three_columns_are_told_apart_whatever_their_units() -> None:
    condition, errors = separable(APART.T, np.ones(5), np.full(5, 2.0))
    length = np.linalg.norm(APART, axis=1)
    singular = np.linalg.svd((APART.T / length), compute_uv=False)
    assert condition == pytest.approx(singular[0] / singular[2])
    spread = 1.4826 * 2.0 * np.sqrt(5 / 2)
    expected = spread * np.sqrt(np.diag(np.linalg.inv(APART @ APART.T)))
    assert errors == pytest.approx(expected)
    unit = np.array([1e-6, 1e6, 1e-3])
    scaled, others = separable(APART.T * unit, np.ones(5), np.full(5, 2.0))
    assert scaled == pytest.approx(condition)
    assert others * unit == pytest.approx(errors)
    gone = APART.T.copy()
    gone[:, 1] = 0.0
    assert separable(gone, np.ones(5), np.ones(5))[0] == np.inf
