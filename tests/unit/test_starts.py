"""Where descents begin, against SciPy's non-negative squares, and in which coordinates they go."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.optimize import nnls

from scaling_utils.fitting.constrained import Constrained
from scaling_utils.fitting.coordinates import Coordinates
from scaling_utils.fitting.forms import FORMS, Constraints
from scaling_utils.fitting.points import Batch, Points
from scaling_utils.fitting.starts import (
    EXPONENTS,
    PAIRS,
    _non_negative,
    _profiles,
    basins,
    projected,
    repaired,
)
from scaling_utils.laws import ChinchillaLaw

LAW = ChinchillaLaw(1.8, 120, 60, 0.27, 0.19)
N = np.repeat([2e8, 4e8, 8e8, 1.3e9, 3.2e9], 5)
D = 20 * N * np.tile([0.5, 1, 2, 5, 10], 5)
RNG = np.random.default_rng(6)
LOSS = LAW.loss(N, D) * np.exp(RNG.normal(0, 0.006, N.size))
POINTS = Points.from_runs(N, D, LOSS)
OWN = LOSS / POINTS.unit
WEIGHTS = RNG.multinomial(N.size, np.full(N.size, 1 / N.size), 3).astype(float)


def columns(alpha: float, beta: float) -> np.ndarray:
    return np.stack([np.exp(-alpha * POINTS.x), np.exp(-beta * POINTS.y), np.ones(N.size)])


def explained(weights: np.ndarray, alpha: float, beta: float) -> tuple[np.ndarray, float]:
    """The best terms, none negative, and how much of the relative squares they explain."""
    root = np.sqrt(weights)
    terms, rest = nnls((columns(alpha, beta) / OWN * root).T, root)
    return terms, float(weights.sum() - rest**2)


def test_the_grid_is_of_all_pairs_but_the_steepest() -> None:
    assert PAIRS.shape == (81, 2)
    assert [tuple(pair) for pair in PAIRS] == list(product(EXPONENTS[:-1], EXPONENTS[:-1]))


def test_profiles_are_the_best_terms_over_the_grid() -> None:
    gain, terms = _profiles(POINTS, OWN, WEIGHTS)
    assert gain.shape == (3, 10, 10)
    for r, (i, j) in product(range(3), [(0, 0), (2, 3), (9, 1), (4, 9), (9, 9), (1, 8)]):
        best, value = explained(WEIGHTS[r], EXPONENTS[i], EXPONENTS[j])
        assert gain[r, i, j] == pytest.approx(value, rel=1e-8)
        assert [term[r, i, j] for term in terms] == pytest.approx(best, rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("rising", ["N", "D", "both"])
def test_terms_that_would_be_negative_are_zero(rising: str) -> None:
    """Losses that rise with size, with data, or with both."""
    slopes = {"N": (1.0, -1.5), "D": (-1.5, 1.0), "both": (0.3, 0.3)}[rising]
    loss = np.exp(slopes[0] * POINTS.x + slopes[1] * POINTS.y)
    gain, terms = _profiles(POINTS, loss, WEIGHTS[:1])
    for i, j in product(range(10), repeat=2):
        matrix = (columns(EXPONENTS[i], EXPONENTS[j]) / loss * np.sqrt(WEIGHTS[0])).T
        best, rest = nnls(matrix, np.sqrt(WEIGHTS[0]))
        assert gain[0, i, j] == pytest.approx(WEIGHTS[0].sum() - rest**2, rel=1e-7)
        assert [term[0, i, j] for term in terms] == pytest.approx(best, rel=1e-4, abs=1e-7)
    model, data, _ = terms
    assert ((data > 0.0) & (model == 0.0)).any() == (rising == "N")
    assert ((model > 0.0) & (data == 0.0)).any() == (rising == "D")


def test_basins_are_the_tops_of_the_profile_edges_and_corners_too() -> None:
    gain, terms = _profiles(POINTS, OWN, WEIGHTS)
    places = list(product(range(3), range(10), range(10)))
    tops = [
        (r, i, j)
        for r, i, j in places
        if gain[r, i, j] == gain[r, max(i - 1, 0) : i + 2, max(j - 1, 0) : j + 2].max()
    ]
    number, theta = basins(POINTS, OWN, WEIGHTS)
    assert number.tolist() == [r for r, _, _ in tops]
    assert theta[3].tolist() == [EXPONENTS[i] for _, i, _ in tops]
    assert theta[4].tolist() == [EXPONENTS[j] for _, _, j in tops]
    for k, top in enumerate(tops):
        assert theta[2, k] == terms[2][top]
        for term in (0, 1):
            assert theta[term, k] == pytest.approx(np.log(max(terms[term][top], 4.5e-5)))


def squares(gram: np.ndarray, right: np.ndarray, t: np.ndarray) -> float:
    return float(0.5 * t @ gram @ t - right @ t)


def test_non_negative_terms_are_the_best_of_all_sets() -> None:
    matrices = RNG.normal(0, 1, (40, 6, 3))
    targets = RNG.normal(0, 1, (40, 6))
    gram = np.einsum("pni,pnj->pij", matrices, matrices)
    right = np.einsum("pni,pn->pi", matrices, targets)
    found = _non_negative(gram, right, np.full((40, 3), np.nan))
    for k in range(40):
        assert found[k] == pytest.approx(nnls(matrices[k], targets[k])[0], abs=1e-8)


def test_terms_that_are_known_are_kept_and_the_rest_fits_what_they_leave() -> None:
    matrices, targets = RNG.normal(0, 1, (20, 6, 3)), RNG.normal(0, 1, (20, 6))
    gram = np.einsum("pni,pnj->pij", matrices, matrices)
    right = np.einsum("pni,pn->pi", matrices, targets)
    known = np.full((20, 3), np.nan)
    known[:, 1] = RNG.uniform(0.1, 0.5, 20)
    found = _non_negative(gram, right, known)
    assert found[:, 1] == pytest.approx(known[:, 1])
    for k in range(20):
        left = targets[k] - matrices[k, :, 1] * known[k, 1]
        rest = nnls(matrices[k][:, [0, 2]], left)[0]
        assert found[k, [0, 2]] == pytest.approx(rest, abs=1e-8)


def test_starts_are_the_best_terms_repaired() -> None:
    pairs = np.array([[0.2, 0.35], [0.05, 2.0], [1.5, 0.1]])
    found = projected(POINTS, OWN, WEIGHTS[0], pairs)
    for k, pair in enumerate(pairs):
        best, _ = explained(WEIGHTS[0], *pair)
        assert found[3:, k].tolist() == pair.tolist()
        expected = np.clip(best, 0.02, [0.2, 0.2, 1.0])
        assert [*np.exp(found[:2, k]), found[2, k]] == pytest.approx(expected, rel=1e-5)
    assert projected(POINTS, OWN, WEIGHTS[0]).shape == (5, 81)


def test_starts_with_a_known_floor_may_be_larger() -> None:
    pairs, known = np.array([[0.1, 0.1]]), np.array([[np.nan, np.nan, 0.0]])
    found = projected(POINTS, OWN, WEIGHTS[0], pairs, known)
    matrix = (columns(0.1, 0.1)[:2] / OWN * np.sqrt(WEIGHTS[0])).T
    best = nnls(matrix, np.sqrt(WEIGHTS[0]))[0]
    assert best.max() > 0.2
    assert np.exp(found[:2, 0]) == pytest.approx(np.clip(best, 0.02, 1.0), rel=1e-5)
    assert found[2, 0] == 0.02


def test_repaired_starts_are_neither_dead_nor_huge() -> None:
    theta = np.array([[-9.0, 0.0], [0.0, -9.0], [0.0, 2.0], [0.01, 0.3], [0.3, -1.0]])
    assert repaired(theta).tolist() == [
        [np.log(0.02), np.log(0.2)],
        [np.log(0.2), np.log(0.02)],
        [0.02, 1.0],
        [0.05, 0.3],
        [0.3, 0.05],
    ]
    assert repaired(theta, 1.0)[1, 0] == 0.0
    assert theta[0, 0] == -9.0


def coordinates(form: str = "chinchilla", **limits) -> Coordinates:
    return Constrained(FORMS[form], POINTS, Constraints(**limits)).coordinates


THETA = np.array([[-0.5], [-0.9], [0.6], [0.3], [0.4]])


def test_steps_are_taken_in_inverse_exponents_and_in_exponent_times_size() -> None:
    by = coordinates()
    place = by.place(THETA)
    expected = [-0.5 + np.log(0.3), -0.9 + np.log(0.4), 0.6, 1 / 0.3, 1 / 0.4]
    assert place[:, 0] == pytest.approx(expected)
    assert by.theta(place) == pytest.approx(THETA)
    assert (place[3:] != THETA[3:]).all()
    far = by.place(np.array([[99.0], [-99.0], [-3.0], [9.0], [0.0]]))
    assert far[:, 0] == pytest.approx([25.0, -18 + np.log(1e-3), 0.0, 0.2, 1e3])


def test_an_end_is_in_the_box_and_next_to_nothing_is_no_floor() -> None:
    by = coordinates()
    place = by.place(THETA)
    assert by.end(place) == pytest.approx(THETA)
    place[2] = 0.9e-12
    assert by.end(place)[2, 0] == 0.0
    place[2] = 1.1e-12
    assert by.end(place)[2, 0] == 1.1e-12
    place[0] = 40.0
    assert by.end(place)[0, 0] == 25.0
    kept = coordinates(bounds={"E": (1.0, 2.0)})
    place[2] = 0.0
    assert kept.end(place)[2, 0] == pytest.approx(1.0 / POINTS.unit)


@pytest.mark.parametrize(
    "limits", [{}, {"tied": {"alpha": "beta"}}, {"fixed": {"E": 1.7}}, {"fixed": {"alpha": 0.3}}]
)
def test_slopes_and_curvature_by_steps_are_differences(limits) -> None:
    by, batch = coordinates(**limits), Batch(POINTS, WEIGHTS[0], OWN, np.inf)
    theta = Constrained(FORMS["chinchilla"], POINTS, Constraints(**limits)).reduced(THETA)
    place, zone = by.place(theta), np.array([np.inf])
    value, g, h = by.values(batch, place, zone)
    assert value == pytest.approx(by.at(batch, theta)[0])
    for k in range(len(place)):
        step = np.zeros_like(place)
        step[k] = 1e-5
        up, down = (by.values(batch, place + s, zone) for s in (step, -step))
        assert g[k, 0] == pytest.approx((up[0] - down[0])[0] / 2e-5, rel=1e-6, abs=1e-9)
        numeric = (up[1] - down[1])[:, 0] / 2e-5
        assert h[k, :, 0] == pytest.approx(numeric, rel=1e-5, abs=1e-7)
        assert h[:, k, 0] == pytest.approx(numeric, rel=1e-5, abs=1e-7)


def test_values_at_theta_take_the_batchs_delta() -> None:
    by = coordinates()
    for delta in (1e-3, np.inf):
        batch = Batch(POINTS, WEIGHTS[0], OWN, delta)
        fitted = (np.exp(THETA[:2]) * columns(0.3, 0.4)[:2]).sum(axis=0) + 0.6
        r = np.abs(np.log(fitted / OWN))
        rho = np.where(r <= delta, r**2 / 2, np.minimum(delta, 9.0) * (r - min(delta, 9.0) / 2))
        assert by.at(batch, THETA)[0] == pytest.approx(WEIGHTS[0] @ rho)
