"""Damped Newton steps of many problems at once, the last axis, within bounds."""

from __future__ import annotations

import numpy as np

from scaling_utils.check import FloatArray
from scaling_utils.fitting.coordinates import Coordinates
from scaling_utils.fitting.points import Flags


def newton_step(
    by: Coordinates, place: FloatArray, g: FloatArray, h: FloatArray, damping: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Damped Newton steps of what is free to move, and the damping that they needed."""
    low, high = by.bounds
    held = ((place <= low) & (g > 0)) | ((place >= high) & (g < 0))
    scale = np.abs(np.einsum("iip->ip", h))
    scale = np.maximum(scale, 1e-6 * scale.max(axis=0))
    scale[:, scale[0] == 0.0] = 1.0
    if held.any():
        g = np.where(held, 0.0, g)
        i, p = np.nonzero(held)
        h[i, :, p] = 0.0
        h[:, i, p] = 0.0
        h[i, i, p] = scale[i, p]
    used = damping.copy()
    step, positive = solve_damped(h, -g, used, scale)
    for first in (True, *(False,) * 24):
        if positive.all():
            break
        bad = np.flatnonzero(~positive)
        used[bad] = np.maximum(4.0 * used[bad], 1e-6)
        if first:
            root = np.sqrt(scale[:, bad])
            least = np.linalg.eigvalsh((h[:, :, bad] / (root[:, np.newaxis] * root)).T)[:, 0]
            used[bad] = np.maximum(used[bad], -1.5 * least)
        step[:, bad], positive[bad] = solve_damped(
            h[:, :, bad], -g[:, bad], used[bad], scale[:, bad]
        )
    return np.where(held, 0.0, step), used


def shortened(
    by: Coordinates, place: FloatArray, step: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Where steps lead that are cut if too long or at a bound (exactly), and how much is left."""
    size = np.maximum(np.abs(step), 1e-300)
    bound = np.where(step < 0, *by.bounds)
    room = np.abs(bound - place) / size
    room[(step == 0.0) | (room == 0.0)] = np.inf
    longest = (by.longest + by.share * place) / size
    share = np.minimum(1.0, np.minimum(longest, room).min(axis=0))
    return np.where(room <= share, bound, np.clip(place + share * step, *by.bounds)), share


def new_damping(used: FloatArray, ratio: FloatArray, accepted: Flags) -> FloatArray:
    """Less damping where the quadratic model was right, more where it was wrong."""
    factor = np.where(ratio > 0.75, 0.1, np.where(ratio > 0.25, 0.5, 2.0))
    fresh = np.where(accepted, used * factor, 4.0 * np.maximum(used, 1e-7))
    fresh[fresh < 1e-12] = 0.0
    return fresh


def solve_damped(
    matrix: FloatArray, right: FloatArray, damping: FloatArray, scale: FloatArray
) -> tuple[FloatArray, Flags]:
    """Solve (matrix + damping * diag(scale)) s = right for every problem, the last axis.

    Also returns which matrices are positive definite; elsewhere the solution means nothing.
    """
    k = len(right)
    rest = np.concatenate([matrix, right[:, np.newaxis]], axis=1)
    diagonal = np.einsum("iip->ip", rest[:, :k])
    diagonal += damping * scale
    with np.errstate(all="ignore"):
        for j in range(k):
            rest[j, j + 1 :] /= diagonal[j]
            rest[j + 1 :, j + 1 :] -= rest[j + 1 :, j, np.newaxis] * rest[j, j + 1 :]
        positive = (diagonal > 1e-13 * scale).all(axis=0)
        solution = rest[:, k]
        for i in range(k - 1, 0, -1):
            solution[:i] -= rest[:i, i] * solution[i]
    return solution.copy(), positive
