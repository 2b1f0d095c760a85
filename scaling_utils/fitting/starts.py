"""Where descents begin: the best terms for each pair of a grid of exponents.

For given exponents a law is linear in E and both terms, whose best values, not negative, are known
in closed form for relative squares; only the exponents are left to search. Resamples of few runs
may have more than one minimum on the grid, for instance where one size or one amount of data
stands alone.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from scaling_utils.check import FloatArray
from scaling_utils.fitting.points import Points

EXPONENTS = np.array([0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0])
PAIRS = np.array(list(product(EXPONENTS[:-1], repeat=2)))

LEAST = 4.5e-5
"""A term starts with at least this share of the loss at the middle of the runs."""

DEAD_SHARE, HUGE_SHARE = 0.02, 0.2


def basins(
    points: Points, loss: FloatArray, weights: FloatArray
) -> tuple[NDArray[np.intp], FloatArray]:
    """Resample and theta, shape (5, P), of every minimum of relative squares over the grid.

    Weights (R, n), loss (n,) or (R, n) in the unit of the points; resamples in order, each once
    at least.
    """
    gain, terms = _profiles(points, loss, weights)
    around = np.pad(gain, ((0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    k, top = len(EXPONENTS), np.ones(gain.shape, dtype=np.bool_)
    for down, right in product(range(3), repeat=2):
        top &= gain >= around[:, down : down + k, right : right + k]
    r, i, j = np.nonzero(top)
    model, data, E = (term[r, i, j] for term in terms)
    levels = np.log(np.maximum([model, data], LEAST))
    return r, np.stack([*levels, E, EXPONENTS[i], EXPONENTS[j]])


def _profiles(
    points: Points, loss: FloatArray, weights: FloatArray
) -> tuple[FloatArray, list[FloatArray]]:
    """How much of the squares the best terms explain, (R, k, k), and the terms: model, data, E."""
    k, once, twice = len(EXPONENTS), weights / loss, weights / loss**2
    u, v = (np.exp(-np.outer(EXPONENTS, each)) for each in (points.x, points.y))
    uv = (twice @ (u[:, np.newaxis] * v).reshape(k * k, -1).T).reshape(-1, k, k)
    uu, u1, uE = ((w @ z.T)[:, :, np.newaxis] for w, z in ((twice, u * u), (once, u), (twice, u)))
    vv, v1, vE = ((w @ z.T)[:, np.newaxis] for w, z in ((twice, v * v), (once, v), (twice, v)))
    EE, E1 = (w.sum(axis=1)[:, np.newaxis, np.newaxis] for w in (twice, once))
    best, terms = np.full_like(uv, -np.inf), [np.zeros_like(uv) for _ in range(3)]
    for share in (1.0, 0.0):  # E free, then zero: what it explains is taken out of the rest
        a, b, c = uu - share * uE * uE / EE, vv - share * vE * vE / EE, uv - share * uE * vE / EE
        p, q = u1 - share * uE * E1 / EE, v1 - share * vE * E1 / EE
        across = np.maximum(a * b - c * c, 1e-12 * a * b)
        model = np.maximum(p * b - q * c, 0.0) / across
        data = np.maximum(q * a - p * c, 0.0) / across
        model = np.where(data > 0.0, model, np.maximum(p, 0.0) / a)
        data = np.where(model > 0.0, data, np.maximum(q, 0.0) / b)
        E = share * (E1 - uE * model - vE * data) / EE
        gain = 2.0 * (p * model + q * data) - a * model**2 - b * data**2 - 2.0 * c * model * data
        gain = np.where(E >= 0.0, gain + share * E1 * E1 / EE, -np.inf)
        better = gain > best
        best = np.where(better, gain, best)
        terms = [np.where(better, *each) for each in zip((model, data, E), terms, strict=True)]
    return best, terms


def projected(
    points: Points,
    loss: FloatArray,
    weights: FloatArray,
    pairs: FloatArray = PAIRS,
    known: FloatArray | None = None,
) -> FloatArray:
    """Repaired starts (5, P): the best E, A, B >= 0 for each pair of exponents, shape (P, 2).

    For given exponents the law is linear in them; best by least squares on relative errors. Of
    `known` both terms and E, shape (P, 3), those that are not NaN are kept.
    """
    alpha, beta = pairs.T
    if known is None:
        known = np.full((len(pairs), 3), np.nan)
    columns = []
    for slopes, along in ((alpha, points.x), (beta, points.y), (0.0 * alpha, points.x)):
        different, row = np.unique(slopes, return_inverse=True)
        columns.append((np.exp(-np.outer(different, along)) / loss, row.ravel()))
    gram, right = np.empty((len(pairs), 3, 3)), np.empty((len(pairs), 3))
    for k, (column, row) in enumerate(columns):
        right[:, k] = (column @ weights)[row]
        gram[:, k, k] = (column**2 @ weights)[row]
        for m, (other, across) in enumerate(columns[:k]):
            gram[:, k, m] = gram[:, m, k] = ((column * weights) @ other.T)[row, across]
    terms = _non_negative(gram, right, known).T
    levels = np.log(np.maximum(terms[:2], DEAD_SHARE))
    most = HUGE_SHARE if np.isnan(known[:, 2]).all() else 1.0
    return repaired(np.stack([*levels, terms[2], alpha, beta]), most)


def _non_negative(gram: FloatArray, right: FloatArray, known: FloatArray) -> FloatArray:
    """Minimise t' G t / 2 - r' t over t >= 0 by trying all sets of positive terms."""
    free = np.asarray(np.isnan(known).all(axis=0))
    given = np.nan_to_num(known)
    best, lowest = np.zeros_like(right), np.zeros(len(right))
    if not free.all():
        right = right - np.einsum("pij,pj->pi", gram, given)
    for chosen in list(product((False, True), repeat=3))[1:]:
        k = np.flatnonzero(chosen)
        if not free[k].all():
            continue
        ridge = 1e-12 * np.einsum("pkk->p", gram)[:, None, None] * np.eye(len(k))
        t = np.linalg.solve(gram[:, k[:, None], k] + ridge, right[:, k, None])[:, :, 0]
        value = -0.5 * (t * right[:, k]).sum(axis=1)
        better = (t >= 0.0).all(axis=1) & (value < lowest)
        lowest[better] = value[better]
        best[better] = 0.0
        best[np.ix_(better, k)] = t[better]
    return best + given


def repaired(theta: FloatArray, most: float = HUGE_SHARE) -> FloatArray:
    """Lift or lower each term to 2 to 20 % of the loss, or `most`, at the centre (E: up to 100 %).

    A term that is negligible at the data has no slope and never wakes up; one with an exponent
    near zero is another E, so exponents are at least 0.05.
    """
    moved = theta.copy()
    moved[:2] = np.clip(theta[:2], np.log(DEAD_SHARE), np.log(most))
    moved[2] = np.clip(theta[2], DEAD_SHARE, 1.0)
    moved[3:] = np.maximum(theta[3:], EXPONENTS[0])
    return moved
