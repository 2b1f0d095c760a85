"""Where descents begin: for given exponents the law is linear in E, A and B."""

from __future__ import annotations

from itertools import product

import numpy as np

from scaling_utils._validate import FloatArray
from scaling_utils.points import Points

DEAD_SHARE, HUGE_SHARE = 0.02, 0.2
PROJECTED_EXPONENTS = (0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0)


def repaired(theta: FloatArray) -> FloatArray:
    """Lift or lower each term to 2 to 20 % of the loss at the centre (E: up to 100 %).

    A term that is negligible at the data has a slope of nearly zero and never wakes up; one with
    an exponent near zero is another E, so exponents are at least 0.05.
    """
    moved = theta.copy()
    moved[:2] = np.clip(theta[:2], np.log(DEAD_SHARE), np.log(HUGE_SHARE))
    moved[2] = np.clip(theta[2], DEAD_SHARE, 1.0)
    moved[3:] = np.maximum(theta[3:], PROJECTED_EXPONENTS[0])
    return moved


def projected(
    points: Points, loss: FloatArray, weights: FloatArray, pairs: FloatArray | None = None
) -> FloatArray:
    """Repaired starts (5, P): the best E, A, B >= 0 for each pair of exponents, shape (P, 2).

    For given exponents the law is linear in them (variable projection); best in the sense of
    least squares on relative errors of the loss.
    """
    if pairs is None:
        pairs = np.array(list(product(PROJECTED_EXPONENTS, PROJECTED_EXPONENTS)))
    alpha, beta = pairs.T
    columns = np.empty((len(pairs), 3, points.x.size))
    columns[:, 0] = np.exp(-alpha[:, None] * points.x) / loss
    columns[:, 1] = np.exp(-beta[:, None] * points.y) / loss
    columns[:, 2] = 1.0 / loss
    weighted = columns * weights
    terms = _non_negative(weighted @ columns.transpose(0, 2, 1), weighted.sum(axis=2)).T
    levels = np.log(np.maximum(terms[:2], DEAD_SHARE))
    return repaired(np.stack([*levels, terms[2], alpha, beta]))


def _non_negative(gram: FloatArray, right: FloatArray) -> FloatArray:
    """Minimise t' G t / 2 - r' t over t >= 0 by trying the seven sets of positive terms."""
    best, lowest = np.zeros_like(right), np.zeros(len(right))
    for chosen in list(product((False, True), repeat=3))[1:]:
        k = np.flatnonzero(chosen)
        ridge = 1e-12 * np.einsum("pkk->p", gram)[:, None, None] * np.eye(len(k))
        t = np.linalg.solve(gram[:, k[:, None], k] + ridge, right[:, k, None])[:, :, 0]
        value = -0.5 * (t * right[:, k]).sum(axis=1)
        better = (t >= 0.0).all(axis=1) & (value < lowest)
        lowest[better] = value[better]
        best[better] = 0.0
        best[np.ix_(better, k)] = t[better]
    return best
