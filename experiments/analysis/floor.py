"""L(D) = L_inf + (B / D)^beta fitted to many curves at once, by variable projection.

For a given beta the law is linear in L_inf and B^beta, so beta alone is searched, on a grid
that is made finer three times. Nothing is assumed about the noise; intervals come from elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scaling_utils._validate import FloatArray, positive

SMALLEST, LARGEST = 0.02, 3.0
"""Range of beta. At its ends the curve is a logarithm, or a step: no floor is known."""

GRID, ROUNDS = 41, 4


@dataclass(frozen=True, eq=False)
class Floors:
    """Fitted floors.

    Attributes
    ----------
    floor : ndarray, shape (R,)
        L_inf, nats.
    beta : ndarray, shape (R,)
        Exponent.
    above : ndarray, shape (R,)
        (B / D)^beta at the last D, nats.
    residual : ndarray, shape (R,)
        Root mean square distance, nats.
    at_bound : ndarray of bool, shape (R,)
        The exponent is at the end of its range, the floor is not positive, or the curve does
        not fall: there is no floor to be known.
    """

    floor: FloatArray
    beta: FloatArray
    above: FloatArray
    residual: FloatArray
    at_bound: NDArray[np.bool_]


def fit_floors(D: FloatArray, loss: FloatArray) -> Floors:
    """Fit each row of losses by least squares.

    Parameters
    ----------
    D : ndarray, shape (n,)
        Bytes, rising; n >= 4.
    loss : ndarray, shape (R, n)
        Nats per byte, without NaN.

    Returns
    -------
    Floors

    Raises
    ------
    ValueError
        If there are fewer than four points.

    Examples
    --------
    >>> D = np.geomspace(1e5, 1e7, 14)
    >>> found = fit_floors(D, 1.5 + (2e4 / D[np.newaxis]) ** 0.4)
    >>> found.floor.round(4).tolist(), found.beta.round(4).tolist()
    ([1.5], [0.4])
    """
    D, y = positive("D", D), np.atleast_2d(loss)
    if D.size < 4:
        raise ValueError(f"three constants and a check need four points, got {D.size}")
    x = np.log(D / D[-1])
    low = np.full(len(y), np.log(SMALLEST))
    high = np.full(len(y), np.log(LARGEST))
    middle = y.mean(axis=1, keepdims=True)
    rows = np.arange(len(y))
    for _ in range(ROUNDS):
        grid = np.linspace(low, high, GRID, axis=1)
        u = np.exp(-np.exp(grid)[:, :, np.newaxis] * x)
        u_mean = u.mean(axis=2)
        away = u - u_mean[:, :, np.newaxis]
        spread = np.maximum((away**2).sum(axis=2), 1e-300)
        slope = np.einsum("rgn,rn->rg", away, y - middle) / spread
        best = (slope**2 * spread).argmax(axis=1)
        step = grid[:, 1] - grid[:, 0]
        low, high = (
            np.clip(grid[rows, best] + k * step, np.log(SMALLEST), np.log(LARGEST))
            for k in (-1.5, 1.5)
        )
    beta, above = np.exp(grid[rows, best]), slope[rows, best]
    floor = middle[:, 0] - above * u_mean[rows, best]
    fitted = floor[:, np.newaxis] + above[:, np.newaxis] * u[rows, best]
    edge = (beta < SMALLEST * 1.001) | (beta > LARGEST / 1.001)
    return Floors(
        floor=floor,
        beta=beta,
        above=above,
        residual=np.sqrt(((fitted - y) ** 2).mean(axis=1)),
        at_bound=np.asarray(edge | (above <= 0.0) | (floor <= 0.0)),
    )
