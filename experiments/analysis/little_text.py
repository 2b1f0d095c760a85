"""Growing models and growing data on text that repeats: what overfitting costs.

A run stops at its least validation loss; N without embeddings.
An answer for each draw of the seeds (see `seed_draws`), by the rules of criteria.md, chapter 12.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.analysis.counts import BODY, parameters
from experiments.analysis.seed_draws import Drawn
from experiments.analysis.study import SIZE_COLUMNS, StudyError
from scaling_utils.check import FloatArray
from scaling_utils.power_fit import straight

WORTH_COUNTING = 0.02
"""A penalty counts from here."""

POWERS = np.linspace(0.0, 3.0, 301)
"""Powers of N that are tried in the combination of N and D."""

CONSTANTS = 4
"""Of the curve through the penalties: a parabola's three, and the power."""


@dataclass(frozen=True, eq=False)
class LittleText:
    """Runs on repeated text as a grid of sizes and amounts, with the same sizes on fresh text.

    - N (sizes,): Parameters without embeddings, rising.
    - D (amounts,): Different bytes, rising.
    - early, final (draws, sizes, amounts): Least and last loss of a run, nats per byte.
    - fresh (draws, sizes): Loss after as many bytes of fresh text.
    """

    N: FloatArray
    D: FloatArray
    early: FloatArray
    final: FloatArray
    fresh: FloatArray

    @property
    def penalty(self) -> FloatArray:
        """What too little text costs, as a fraction (Kaplan et al. 2020, Eq. 4.2)."""
        return np.asarray(self.early / self.fresh[:, :, np.newaxis] - 1.0)


def little_text(fixed: Drawn, sizes: Drawn) -> LittleText:
    """Put runs on repeated text in order, and the same sizes on fresh text beside them."""
    setups = fixed.setups
    N, row = np.unique(parameters(setups, BODY), return_inverse=True)
    D, column = np.unique(setups["unique_bytes"].to_numpy(float), return_inverse=True)
    order = np.argsort(row * D.size + column, kind="stable")
    if len(setups) != N.size * D.size or np.unique(row * D.size + column).size != len(setups):
        raise StudyError(f"{len(setups)} set-ups are no grid of {N.size} sizes by {D.size} texts")
    if np.unique(fixed.last).size != 1:
        raise StudyError("runs on repeated text must end after the same bytes")
    least = np.nanmin(fixed.curves(), axis=1)
    same = same_size(fixed, sizes)[order].reshape(N.size, D.size)[:, 0]
    fresh = sizes.loss_at(fixed.last[0])[:, same, 0]
    if np.isnan(fresh).any():
        raise StudyError(f"a size has no fresh text up to {fixed.last[0]:g} bytes")
    shape = (len(fixed.weights), N.size, D.size)
    early = fixed.mean(least[:, np.newaxis])[:, order, 0].reshape(shape)
    final = fixed.ends()[:, order].reshape(shape)
    return LittleText(N, D, early, final, fresh)


def same_size(fixed: Drawn, sizes: Drawn) -> NDArray[np.intp]:
    """For each set-up the number of the set-up of the same size on fresh text."""
    wanted = fixed.setups[SIZE_COLUMNS].to_numpy()
    have = sizes.setups[SIZE_COLUMNS].to_numpy()
    equal = (wanted[:, np.newaxis] == have).all(axis=2)
    if not equal.any(axis=1).all():
        raise StudyError("a size on repeated text has no run on fresh text")
    return np.asarray(equal.argmax(axis=1), dtype=np.intp)


def runs_beside(fixed: Drawn, sizes: Drawn) -> int:
    """How many runs on fresh text have one of the sizes."""
    return int(np.isin(sizes.label, same_size(fixed, sizes)).sum())


def parameters_pay(text: LittleText) -> FloatArray:
    """Exponent of N on the smallest amount of text, stopped early, over that on fresh text."""
    log_N = np.broadcast_to(np.log(text.N), text.fresh.shape)
    little = straight(log_N, np.log(text.early[:, :, 0])).slope
    return np.asarray(little / straight(log_N, np.log(text.fresh)).slope)


def data_pay(text: LittleText) -> FloatArray:
    """Exponent of D for the smallest size, stopped early, over that for the largest."""
    log_D = np.broadcast_to(np.log(text.D), text.early[:, 0].shape)
    small, large = (straight(log_D, np.log(text.early[:, size])).slope for size in (0, -1))
    return np.asarray(small / large)


def greatest_rise(text: LittleText) -> FloatArray:
    """Greatest rise of the early-stopped loss from one size to the next larger [%]."""
    rises = text.early[:, 1:] / text.early[:, :-1] - 1.0
    return np.asarray(100.0 * rises.max(axis=(1, 2)))


def repeated_excess(text: LittleText) -> FloatArray:
    """Loss at the end on the largest amount over that on fresh text, mean over sizes [%]."""
    return np.asarray(100.0 * (text.final[:, :, -1] / text.fresh - 1.0).mean(axis=1))


def best_at_end(text: LittleText) -> FloatArray:
    """N with the least loss at the end on each amount of text: (draws, amounts)."""
    return np.asarray(text.N[text.final.argmin(axis=1)])


def gain_of_text(text: LittleText, less: int = -2, more: int = -1) -> FloatArray:
    """Fall of each size's early-stopped loss by more text, nats per byte: (draws, sizes)."""
    return np.asarray(text.early[:, :, less] - text.early[:, :, more])


@dataclass(frozen=True, eq=False)
class Combination:
    """How well one combination of N and D says what overfitting costs.

    - power (draws,): Of N in N^power / D.
    - unexplained (draws,): Share of the variation of the penalty's logarithm that is left.
    - points (draws,): How many penalties count.
    """

    power: FloatArray
    unexplained: FloatArray
    points: NDArray[np.intp]


def combination(text: LittleText) -> Combination:
    """Fit a parabola in p ln N - ln D to the logarithm of every penalty above 2 %."""
    penalty = text.penalty.reshape(len(text.early), -1)
    log_N = np.repeat(np.log(text.N), text.D.size)
    log_D = np.tile(np.log(text.D), text.N.size)
    counts = penalty > WORTH_COUNTING
    points = counts.sum(axis=1)
    if points[0] < CONSTANTS + 2:
        raise StudyError(f"{points[0]} penalties are above {WORTH_COUNTING:g}; too few for a fit")
    y = np.log(np.where(counts, penalty, 1.0))
    weights = counts.astype(np.float64)
    mean = (weights * y).sum(axis=1) / np.maximum(points, 1)
    variation = (weights * (y - mean[:, np.newaxis]) ** 2).sum(axis=1)
    rests = []
    for power in POWERS:
        z = power * log_N - log_D
        z = (z - z.mean()) / np.ptp(z)
        design = np.stack([np.ones_like(z), z, z * z], axis=1)
        across = np.swapaxes(weights[:, :, np.newaxis] * design, 1, 2)
        square = across @ design + 1e-12 * np.eye(3)
        constants = np.linalg.solve(square, across @ y[:, :, np.newaxis])[:, :, 0]
        rests.append((weights * (y - constants @ design.T) ** 2).sum(axis=1))
    rest = np.stack(rests, axis=1)
    enough = points >= CONSTANTS + 2
    share = np.where(enough, rest.min(axis=1) / np.where(enough, variation, 1.0), np.nan)
    return Combination(np.where(enough, POWERS[rest.argmin(axis=1)], np.nan), share, points)
