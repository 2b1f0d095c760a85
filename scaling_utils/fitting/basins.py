"""Where the least squares of each resample have their minima, on a grid of exponents.

For given exponents the best E, A and B are known in closed form, so the two exponents are all that
is left to search: for few runs there may be more than one minimum, for instance where one size or
one amount of data stands alone.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from scaling_utils.check import FloatArray
from scaling_utils.fitting.points import Points

EXPONENTS = np.array([0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0])

LEAST = 4.5e-5
"""A term starts with at least this share of the loss at the middle of the runs."""


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
