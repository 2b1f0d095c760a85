"""Damped Newton steps, where they are cut, and how the damping changes."""

from __future__ import annotations

import numpy as np
import pytest

from scaling_utils.fitting.coordinates import Coordinates
from scaling_utils.fitting.steps import new_damping, newton_step, shortened, solve_damped

RNG = np.random.default_rng(2)
ROOT = RNG.normal(size=(6, 3, 3))
MATRICES = (ROOT @ ROOT.transpose(0, 2, 1) + 0.2 * np.eye(3)).transpose(1, 2, 0)
RIGHT = RNG.normal(size=(3, 6))


def coordinates(low=-10.0, high=10.0, longest=100.0, share=0.0) -> Coordinates:
    bounds = np.array([np.full((3, 1), low), np.full((3, 1), high)])
    most, part = np.full((3, 1), longest), np.full((3, 1), share)
    return Coordinates(lambda *_: None, bounds, bounds, most, part, (), [])


def plain(h: np.ndarray, g: np.ndarray, damping: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """The damped step of each problem, by NumPy."""
    return np.stack(
        [
            np.linalg.solve(h[:, :, p] + damping[p] * np.diag(scale[:, p]), -g[:, p])
            for p in range(g.shape[1])
        ],
        axis=1,
    )


def test_systems_are_solved_and_what_is_not_positive_is_marked() -> None:
    damping, scale = np.linspace(0, 1, 6), RNG.uniform(0.5, 2, (3, 6))
    before = MATRICES.copy()
    found, positive = solve_damped(MATRICES, RIGHT, damping, scale)
    assert found == pytest.approx(plain(MATRICES, -RIGHT, damping, scale))
    assert positive.all()
    assert (before == MATRICES).all()
    bent = MATRICES.copy()
    bent[2, 2, 0] -= 50.0
    bent[0, 0, 3] = 0.0
    assert solve_damped(bent, RIGHT, np.zeros(6), scale)[1].tolist() == [0, 1, 1, 0, 1, 1]
    flat = np.diag([1.0, 1.0, 5e-14])[:, :, np.newaxis]
    for scaled, definite in ((0.1, True), (1.0, False)):
        own = solve_damped(flat, np.ones((3, 1)), np.zeros(1), np.full((3, 1), scaled))
        assert own[1].tolist() == [definite]


def test_a_step_of_a_bowl_is_newtons_with_its_damping() -> None:
    g, damping = RIGHT.copy(), np.linspace(0.0, 0.5, 6)
    scale = np.einsum("iip->ip", MATRICES)
    step, used = newton_step(coordinates(), np.zeros((3, 6)), g, MATRICES.copy(), damping)
    assert step == pytest.approx(plain(MATRICES, g, damping, scale))
    assert (used == damping).all()
    assert (damping == np.linspace(0.0, 0.5, 6)).all()


def test_problems_of_other_sizes_do_not_meet() -> None:
    size = np.array([1.0, 1e12, 1.0, 1e-12, 1.0, 1.0])
    flat = np.diag([1.0, 1.0, 1e-9])[:, :, np.newaxis] * size
    g, damping = RIGHT * size, np.full(6, 0.1)
    step, _ = newton_step(coordinates(), np.zeros((3, 6)), g, flat.copy(), damping)
    assert step == pytest.approx(plain(flat, g, damping, np.array([[1.0], [1.0], [1e-6]]) * size))


def test_a_saddle_is_damped_until_the_step_leads_down() -> None:
    h = MATRICES.copy()
    h[:, :, 1] -= 6.0 * np.eye(3)
    h[:, :, 4] = -np.eye(3)
    scale = np.abs(np.einsum("iip->ip", h))
    scale = np.maximum(scale, 1e-6 * scale.max(axis=0))
    step, used = newton_step(coordinates(), np.zeros((3, 6)), RIGHT, h.copy(), np.zeros(6))
    assert (used[[0, 2, 3, 5]] == 0.0).all()
    assert step == pytest.approx(plain(h, RIGHT, used, scale))
    assert ((step * RIGHT).sum(axis=0) < 0).all()
    for p in (1, 4):
        root = np.sqrt(scale[:, p])
        least = np.linalg.eigvalsh(h[:, :, p] / np.outer(root, root))[0]
        assert used[p] == pytest.approx(max(1e-6, -1.5 * least))


@pytest.mark.parametrize(
    ("bend", "before", "after"), [(0.0, 0.0, 1e-6), (-1e-9, 0.0, 1.5e-3), (-1e-9, 1e-3, 4e-3)]
)
def test_the_damping_of_a_saddle_suits_its_bend_and_is_four_times_what_it_was(
    bend: float, before: float, after: float
) -> None:
    """The diagonal's smallest entry counts as a millionth of the largest one."""
    h, g = np.diag([1.0, 1.0, bend])[:, :, np.newaxis], np.ones((3, 1))
    step, used = newton_step(coordinates(), np.zeros((3, 1)), g, h.copy(), np.full(1, before))
    assert used[0] == pytest.approx(after)
    assert step[:, 0] == pytest.approx([-1 / (1 + after)] * 2 + [-1 / (bend + 1e-6 * after)])


@pytest.mark.parametrize(("at", "slope"), [(-10.0, 0.5), (10.0, -0.5)])
def test_what_presses_on_a_bound_stays_and_the_rest_moves_as_if_it_were_fixed(at, slope) -> None:
    place, g = np.zeros((3, 6)), RIGHT.copy()
    place[1, 2], g[1, 2] = at, slope
    step, _ = newton_step(coordinates(), place, g, MATRICES.copy(), np.zeros(6))
    assert step[1, 2] == 0.0
    rest = [0, 2]
    alone = np.linalg.solve(MATRICES[np.ix_(rest, rest)][:, :, 2], -g[rest, 2])
    assert step[rest, 2] == pytest.approx(alone)
    others = np.arange(6) != 2
    assert step[:, others] == pytest.approx(
        plain(MATRICES, g, np.zeros(6), np.ones((3, 6)))[:, others]
    )
    g[1, 2] = -slope  # away from the bound it is free
    step, _ = newton_step(coordinates(), place, g, MATRICES.copy(), np.zeros(6))
    assert step == pytest.approx(plain(MATRICES, g, np.zeros(6), np.ones((3, 6))))


def test_a_problem_without_curvature_takes_the_scale_of_one() -> None:
    step, used = newton_step(
        coordinates(), np.zeros((3, 1)), np.ones((3, 1)), np.zeros((3, 3, 1)), np.full(1, 0.5)
    )
    assert (used[0], step[:, 0].tolist()) == (0.5, [-2.0, -2.0, -2.0])


def test_steps_are_cut_at_the_longest_and_end_exactly_on_a_bound() -> None:
    by = coordinates(low=-1.0, high=2.0, longest=0.5, share=0.25)
    place = np.array([[0.0, 1.0, 1.9, -0.5, 0.3], [0.0] * 5, [0.0] * 5])
    step = np.array([[0.4, 3.0, 0.3, -0.3, 0.0], [0.1, 0.3, 0.0, -4.0, 0.0], [0.0] * 5])
    reached, share = shortened(by, place, step)
    # Free; cut to 0.5 + 0.25 * 1; cut by the bound at 2; cut to 0.5 in the second; no step.
    assert share == pytest.approx([1.0, 0.25, 1 / 3, 0.125, 1.0])
    assert reached[0] == pytest.approx([0.4, 1.75, 2.0, -0.5375, 0.3])
    assert reached[0, 2] == 2.0
    assert reached[1] == pytest.approx([0.1, 0.075, 0.0, -0.5, 0.0])
    low, part = shortened(by, np.array([[-0.9], [0.0], [0.0]]), np.array([[-0.2], [0.2], [0.0]]))
    assert (low[0, 0], part[0]) == (-1.0, pytest.approx(0.5))
    on, part = shortened(by, np.array([[2.0], [0.0], [0.0]]), np.array([[0.1], [0.2], [0.0]]))
    assert (on[:, 0].tolist(), part[0]) == ([2.0, 0.2, 0.0], 1.0)


def test_a_step_that_meets_a_bound_ends_on_it_to_the_last_bit() -> None:
    rng = np.random.default_rng(0)
    by, place, step = (
        coordinates(-0.7, 0.9),
        rng.uniform(-0.7, 0.9, (3, 300)),
        rng.normal(0, 9, (3, 300)),
    )
    reached, _ = shortened(by, place, step)
    on = (reached == -0.7) | (reached == 0.9)
    assert (on.sum(axis=0) == 1).all()
    assert (np.sign(reached[on]) == np.sign(step[on])).all()


def test_damping_falls_where_the_model_was_right_and_rises_where_it_was_wrong() -> None:
    ratio = np.array([0.9, 0.75, 0.5, 0.25, 0.1])
    accepted = np.ones(5, dtype=bool)
    fresh = new_damping(np.full(5, 1e-2), ratio, accepted)
    assert fresh == pytest.approx([1e-3, 5e-3, 5e-3, 2e-2, 2e-2])
    assert new_damping(np.full(5, 1e-2), ratio, ~accepted) == pytest.approx(4e-2)
    assert new_damping(np.zeros(5), ratio, ~accepted) == pytest.approx(4e-7)
    small = new_damping(np.array([1.1e-11, 0.9e-11]), np.ones(2), np.ones(2, dtype=bool))
    assert small.tolist() == [pytest.approx(1.1e-12), 0.0]
