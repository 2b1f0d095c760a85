"""What the loss on other text depends on, besides validation loss (Kaplan et al. 2020, 3.2.2).

An answer for each draw of the seeds (see `seed_draws`), by the rules of criteria.md, chapter 4.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from experiments.analysis.counts import BODY, parameters
from experiments.analysis.seed_draws import Drawn
from experiments.analysis.study import LOSS, TEXT, StudyError
from scaling_utils.check import FloatArray
from scaling_utils.power_fit import Lines, straight
from scaling_utils.published import constant, law

PROSE = ("commentary", "scripture", "novel", "modern")
"""Held-out prose, from near to far: what the claims are about (criteria G2)."""

UNLIKE = ("dictionary", "code")
"""Held-out text unlike anything trained on: the limit of the claims, with no verdict."""

SINCE = 2**17
"""Bytes from which curves count (criteria G5)."""

EQUAL_BYTES = 2**20
"""Bytes at which all sizes are compared (criteria G5)."""

NEAR_CONVERGENCE = 370.0
"""Least bytes for a parameter of a model near convergence (criteria G6)."""


def seed_noise() -> float:
    """Variation of the loss between the seeds of Kaplan et al. 2020, as a fraction of the loss.

    Section 4.2 prints 0.02, read as nats here; the fraction is of their largest model's loss.
    """
    largest = law("kaplan2020/L(N)").loss(constant("kaplan2020/runs", "N_high").value)
    return constant("kaplan2020/noise", "seeds").value / float(largest)


def finished(sizes: Drawn, text: str) -> Lines:
    """The line of the loss on a text against validation loss, through the ends of all sizes."""
    return straight(sizes.ends(), sizes.ends(TEXT + text))


def slopes(sizes: Drawn) -> FloatArray:
    """Slopes of the lines of the prose texts, (texts, draws): one for a constant offset."""
    return np.stack([finished(sizes, text).slope for text in PROSE])


def least_correlation(sizes: Drawn) -> FloatArray:
    """Least correlation of the loss on a prose text with validation loss, over sizes."""
    return np.asarray(np.min([finished(sizes, text).correlation for text in PROSE], axis=0))


def near_convergence(sizes: Drawn) -> NDArray[np.intp]:
    """Numbers of the sizes that ended near convergence."""
    bytes_each = sizes.last / parameters(sizes.setups, BODY)
    near = np.flatnonzero(bytes_each >= NEAR_CONVERGENCE)
    if near.size < 3:
        raise StudyError(f"{near.size} sizes ended near convergence; a power law needs three")
    return near


def exponent(sizes: Drawn, column: str = LOSS) -> FloatArray:
    """Power with which a loss falls with N, without embeddings, near convergence."""
    near = near_convergence(sizes)
    ends = np.log(sizes.ends(column)[:, near])
    return -straight(np.log(parameters(sizes.setups, BODY)[near]), ends).slope


def exponent_ratios(sizes: Drawn) -> FloatArray:
    """Exponent of size on each prose text over that on the validation text: (texts, draws)."""
    other = np.stack([exponent(sizes, TEXT + text) for text in PROSE])
    return np.asarray(other / exponent(sizes))


def greatest_rise_with_size(sizes: Drawn) -> FloatArray:
    """Greatest rise of a prose loss from one size to the next larger, at equal bytes [%]."""
    losses = np.stack([sizes.loss_at(EQUAL_BYTES, TEXT + text)[:, :, 0] for text in PROSE])
    if np.isnan(losses).any():
        raise StudyError(f"a size did not reach {EQUAL_BYTES} bytes")
    rises = losses[:, :, 1:] / losses[:, :, :-1] - 1.0
    return np.asarray(100.0 * rises.max(axis=(0, 2)))


def greatest_rise_in_training(sizes: Drawn) -> FloatArray:
    """Greatest rise of a prose loss from its least value to the end of a run [%]."""
    least = [np.nanmin(sizes.mean(_since(sizes, TEXT + text)), axis=2) for text in PROSE]
    rises = [sizes.ends(TEXT + text) / low - 1.0 for text, low in zip(PROSE, least, strict=True)]
    return np.asarray(100.0 * np.max(rises, axis=(0, 2)))


def distances_along(sizes: Drawn) -> FloatArray:
    """Distance of the largest model along its training from the line of finished models [%].

    Root mean square over its marks in the finished models' range, each text: (texts, draws).
    """
    largest = np.flatnonzero(sizes.label == sizes.label.max())
    loss, weights = _since(sizes, LOSS)[largest], sizes.weights[:, largest]
    others = {text: sizes.curves(TEXT + text)[largest] for text in PROSE}
    return np.stack([_distance(sizes, text, weights, loss, others[text]) for text in PROSE])


def distance_on_repeated(
    sizes: Drawn, fixed: Drawn, unique_bytes: float | None = None
) -> FloatArray:
    """Distance of models on repeated text from the line of those finished on fresh text [%].

    Root mean square over runs at their least validation loss, in per cent of it, mean over texts;
    `unique_bytes`: only the models on that much text.
    """
    curves = fixed.curves()
    best = np.nanargmin(curves, axis=1)[:, np.newaxis]
    loss = np.take_along_axis(curves, best, axis=1)
    if unique_bytes is not None:
        own = fixed.study.runs["unique_bytes"].to_numpy() == unique_bytes
        loss = np.where(own[:, np.newaxis], loss, np.nan)
    found = []
    for text in PROSE:
        other = np.take_along_axis(fixed.curves(TEXT + text), best, axis=1)
        found.append(_distance(sizes, text, fixed.weights, loss, other))
    return np.asarray(np.mean(found, axis=0))


def closeness(sizes: Drawn, text: str) -> FloatArray:
    """Change of the loss on a text for every tenfold of bytes per parameter [%].

    ln(loss) is regressed on a parabola in validation loss and on log10 of bytes per parameter.
    """
    loss = sizes.mean(_since(sizes, LOSS))
    log_ratio = np.log10(sizes.marks) - np.log10(parameters(sizes.setups, BODY))[:, np.newaxis]
    there = np.isfinite(loss[0])
    x, near = loss[:, there], np.broadcast_to(log_ratio[there], loss[:, there].shape)
    away = x - x.mean(axis=1, keepdims=True)
    design = np.stack([np.ones_like(x), away, away**2, near], axis=2)
    y = np.log(sizes.mean(sizes.curves(TEXT + text))[:, there])
    across = np.swapaxes(design, 1, 2)
    beta = np.linalg.solve(across @ design, across @ y[:, :, np.newaxis])
    return np.asarray(100.0 * np.expm1(beta[:, 3, 0]))


def closeness_by_text(sizes: Drawn) -> FloatArray:
    """`closeness` of each prose text: (texts, draws)."""
    return np.stack([closeness(sizes, text) for text in PROSE])


def _since(runs: Drawn, column: str) -> FloatArray:
    """Curves of all runs from `SINCE` on; NaN before."""
    return np.where(runs.marks >= SINCE, runs.curves(column), np.nan)


def _distance(
    sizes: Drawn, text: str, weights: FloatArray, loss: FloatArray, other: FloatArray
) -> FloatArray:
    """Root mean square distance of points of runs from the line of each draw [% of the loss].

    Losses (runs, k), weights (draws, runs); points in the range of a draw's finished models.
    """
    ends = sizes.ends()
    low, high = ends.min(axis=1), ends.max(axis=1)
    point = np.isfinite(loss)
    x, y, row = loss[point], other[point], np.nonzero(point)[0]
    inside = (x >= low[:, np.newaxis]) & (x <= high[:, np.newaxis])
    line = finished(sizes, text).at(np.broadcast_to(x, inside.shape))
    counted = weights[:, row] * inside
    squares = (counted * ((y - line) / y) ** 2).sum(axis=1)
    number = counted.sum(axis=1)
    if number[0] == 0:
        raise StudyError("no point lies within the range of the finished models")
    return np.asarray(100.0 * np.sqrt(squares / np.where(number > 0, number, np.nan)))
