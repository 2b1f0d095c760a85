"""How the loss depends on size: near convergence, and in the bytes needed for an equal loss.

N without embeddings.
An answer for each draw of the seeds (see `seed_draws`), by the rules of criteria.md, chapter 12.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from experiments.analysis.counts import BODY, parameters
from experiments.analysis.seed_draws import Drawn
from experiments.analysis.study import StudyError
from experiments.analysis.travel import near_convergence
from scaling_utils.check import FloatArray
from scaling_utils.power_fit import straight

FEWEST = 3
"""Sizes that a trend needs."""

FINE = 1 / 8
"""Doublings of the bytes between which a curve is taken as straight to find where it crosses."""


@dataclass(frozen=True, eq=False)
class BytesNeeded:
    """Bytes that each size needs for one loss.

    - N (sizes,): Parameters without embeddings.
    - loss: The loss on the mean over the seeds, nats per byte.
    - bytes (draws, sizes): NaN where a size starts below the loss, or never reaches it.
    - exponent (draws,): Power of N in the bytes, over the sizes that reach it on the mean.
    """

    N: FloatArray
    loss: float
    bytes: FloatArray
    exponent: FloatArray


def bytes_needed(sizes: Drawn, share: float = 1.0) -> BytesNeeded:
    """Bytes that each size needs for the loss at which the smallest one ends, or a share of it.

    Curves count from their first point; each draw takes its own smallest size's end.
    """
    steps = np.arange(0.0, np.log2(sizes.marks[-1] / sizes.marks[0]), FINE)
    grid = np.unique([*(sizes.marks[0] * 2.0**steps), *sizes.last])
    loss = sizes.loss_at(grid)
    # The smallest size reaches it at its end at the latest, whatever rounding says.
    target = share * sizes.ends()[:, 0] * (1.0 + 1e-12)
    log_bytes = first_crossing(np.log(grid), loss, target)
    reach = np.isfinite(log_bytes[0])
    if reach.sum() < FEWEST:
        raise StudyError(f"{reach.sum()} sizes cross the loss; a trend needs {FEWEST}")
    own = log_bytes[:, reach]
    N = parameters(sizes.setups, BODY)
    slope = straight(np.log(N[reach]), own).slope
    slope = np.where(np.isfinite(own).all(axis=1), slope, np.nan)
    return BytesNeeded(N, float(target[0]), np.exp(log_bytes), slope)


def sample_exponent(sizes: Drawn) -> FloatArray:
    """Power of N in the bytes that a size needs for the loss at which the smallest one ends."""
    needed = bytes_needed(sizes)
    if np.isnan(needed.bytes[0]).any():
        never = np.flatnonzero(np.isnan(needed.bytes[0])).tolist()
        raise StudyError(f"sizes {never} do not cross the loss at which the smallest one ends")
    return needed.exponent


def first_crossing(x: FloatArray, curves: FloatArray, target: FloatArray) -> FloatArray:
    """Where curves first come down to a height, straight between their points; NaN for never."""
    height = target[:, np.newaxis, np.newaxis]
    below = np.isfinite(curves) & (curves <= height)
    at = below.argmax(axis=2)
    before = np.maximum(at - 1, 0)
    high, low = (
        np.take_along_axis(curves, where[:, :, np.newaxis], axis=2)[:, :, 0]
        for where in (before, at)
    )
    inside = below.any(axis=2) & (at > 0) & np.isfinite(high)
    fall = np.where(inside, high - low, 1.0)
    share = np.where(inside, (high - height[:, :, 0]) / fall, np.nan)
    return np.asarray(x[before] + share * (x[at] - x[before]))


def bend(sizes: Drawn) -> FloatArray:
    """Greatest distance of a size near convergence from a straight line of logarithms [%]."""
    x, y = _near_convergence(sizes)
    return np.asarray(100.0 * np.abs(np.expm1(y - straight(x, y).at(x))).max(axis=1))


def logarithm_against_power(sizes: Drawn) -> FloatArray:
    """Misfit of a logarithm of N over that of a power, near convergence, relative residuals."""
    x, y = _near_convergence(sizes)
    power = np.expm1(straight(x, y).at(x) - y)
    share = np.exp(-y)
    design = np.stack([share, share * x], axis=2)
    across = np.swapaxes(design, 1, 2)
    constants = np.linalg.solve(across @ design, across @ np.ones_like(share)[:, :, np.newaxis])
    logarithm = (design @ constants)[:, :, 0] - 1.0
    return np.asarray(np.sqrt((logarithm**2).sum(axis=1) / (power**2).sum(axis=1)))


def _near_convergence(sizes: Drawn) -> tuple[FloatArray, FloatArray]:
    """ln N and ln of the final loss, both of shape (draws, sizes near convergence)."""
    near = near_convergence(sizes)
    y = np.log(sizes.ends()[:, near])
    x = np.log(parameters(sizes.setups, BODY)[near])
    return np.broadcast_to(x - x.mean(), y.shape), y
