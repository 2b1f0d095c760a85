"""What depth changes at a fixed number of parameters (Kaplan et al. 2020, 3.1, 3.2 and D.8).

An answer for each draw of the seeds (see `seed_draws`), by the rules of criteria.md, chapter 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from experiments.analysis.counts import ALL, BODY, parameters
from experiments.analysis.seed_draws import Drawn
from experiments.analysis.study import LOSS, TEXT, StudyError
from experiments.analysis.travel import EQUAL_BYTES, PROSE, finished
from scaling_utils.check import FloatArray
from scaling_utils.fitting.points import groups
from scaling_utils.power_fit import parabola, straight

SAME_N = 0.25
"""Shapes within this fraction of the smallest are of one size."""

NARROWEST = 3.7
"""Least aspect ratio, width over layers, that Kaplan et al. tried: 207 layers of width 768."""


@dataclass(frozen=True, eq=False)
class SameSize:
    """Shapes of about the same number of parameters, at equal bytes.

    - N, bytes_seen: To which the losses were moved (without embeddings), and at which compared.
    - place, layers, width (shapes,): Their set-ups, from shallow to deep.
    - loss (draws, shapes): Validation loss, moved to N along our own law of size, nats per byte.
    - slope (draws,): Of that law: d ln(loss) / d ln(N) at N.
    """

    N: float
    bytes_seen: float
    place: np.ndarray
    layers: FloatArray
    width: FloatArray
    loss: FloatArray
    slope: FloatArray

    def excess(self, shape: np.ndarray, beside: np.ndarray) -> FloatArray:
        """Excess of the worst of some shapes over the best of others [%]; both are masks."""
        worst, best = self.loss[:, shape].max(axis=1), self.loss[:, beside].min(axis=1)
        return np.asarray(100.0 * (worst / best - 1.0))

    @property
    def usual(self) -> np.ndarray:
        """Which shapes are within what the paper tried: two layers or more, not too narrow."""
        return np.asarray((self.layers >= 2) & (self.width / self.layers > NARROWEST))

    @property
    def few(self) -> np.ndarray:
        """Which shapes have two to four layers."""
        return np.asarray((self.layers >= 2) & (self.layers <= 4))


@cache
def same_size(depth: Drawn, sizes: Drawn) -> tuple[SameSize, ...]:
    """Compare the shapes of each size; the law of size is a parabola in logarithms."""
    N = parameters(depth.setups, BODY)
    at = float(depth.last.min())
    loss = depth.loss_at(at)[:, :, 0]
    law = sizes.loss_at(at)[:, :, 0]
    reach = np.isfinite(law[0])
    log_N = np.log(parameters(sizes.setups, BODY)[reach])
    layers, width = (depth.setups[name].to_numpy(dtype=np.float64) for name in ("layers", "width"))
    found = []
    label = groups(N, SAME_N)
    for k in np.unique(label):
        own = np.flatnonzero(label == k)
        if np.unique(layers[own]).size < 3:
            continue
        own = own[np.argsort(layers[own])]
        common = float(np.exp(np.log(N[own]).mean()))
        slope = parabola(log_N - np.log(common), np.log(law[:, reach]))[1]
        away = np.log(N[own] / common)
        moved = loss[:, own] * np.exp(-slope[:, np.newaxis] * away)
        found.append(SameSize(common, at, own, layers[own], width[own], moved, slope))
    if not found:
        raise StudyError("no size of the study has three depths")
    return tuple(found)


def seed_excess(depth: Drawn, each: SameSize) -> pd.DataFrame:
    """Excess of single runs, moved to one size, over the best shape [%]: N, layers, value."""
    away = parameters(depth.study.runs, BODY) / each.N
    loss = depth.study.loss_at(each.bytes_seen)[:, 0] * away ** -each.slope[0]
    layers = depth.study.runs["layers"].to_numpy(dtype=np.float64)
    value = 100.0 * (loss / each.loss[0].min() - 1.0)
    runs = pd.DataFrame({"N": each.N, "layers": layers, "value": value})
    return runs[np.isin(depth.label, each.place)]


def few_percent(depth: Drawn, sizes: Drawn) -> FloatArray:
    """Excess of the worst usual shape over the best, for the worse of the sizes [%]."""
    found = [each.excess(each.usual, each.usual) for each in same_size(depth, sizes)]
    return np.asarray(np.max(found, axis=0))


def few_layers(depth: Drawn, sizes: Drawn) -> FloatArray:
    """Excess of one layer over the best of two to four, mean over the sizes [%]."""
    found = [each.excess(each.layers == 1, each.few) for each in same_size(depth, sizes)]
    return np.asarray(np.mean(found, axis=0))


def extreme_ratio(depth: Drawn, sizes: Drawn) -> FloatArray:
    """Excess of the deepest shape of the smallest size over the best of two to four layers [%]."""
    smallest = same_size(depth, sizes)[0]
    return smallest.excess(smallest.layers == smallest.layers.max(), smallest.few)


def scatter(depth: Drawn, sizes: Drawn, counting: str) -> FloatArray:
    """RMS distance of ln(loss) from a parabola in ln N, at equal bytes: sizes, usual shapes."""
    shapes = np.concatenate([each.place[each.usual] for each in same_size(depth, sizes)])
    N = np.concatenate(
        [parameters(sizes.setups, counting), parameters(depth.setups, counting)[shapes]]
    )
    loss = [sizes.loss_at(EQUAL_BYTES)[:, :, 0], depth.loss_at(EQUAL_BYTES)[:, shapes, 0]]
    y = np.log(np.concatenate(loss, axis=1))
    if np.isnan(y).any():
        raise StudyError(f"a shape did not reach {EQUAL_BYTES} bytes")
    x = np.log(N) - np.log(N).mean()
    rest = y - parabola(x, y).T @ np.vander(x, 3, increasing=True).T
    return np.asarray(np.sqrt((rest**2).mean(axis=1)))


def one_trend(depth: Drawn, sizes: Drawn) -> FloatArray:
    """Scatter about one trend with embeddings counted, over that without."""
    return np.asarray(scatter(depth, sizes, ALL) / scatter(depth, sizes, BODY))


def away_from_line(depth: Drawn, sizes: Drawn, text: str) -> FloatArray:
    """Distance of the largest size's shapes from the finished models' line [% of the loss]."""
    place = same_size(depth, sizes)[-1].place
    x, y = (depth.ends(column)[:, place] for column in (LOSS, TEXT + text))
    return np.asarray(100.0 * (y - finished(sizes, text).at(x)) / y)


def depth_elsewhere(depth: Drawn, sizes: Drawn, text: str) -> FloatArray:
    """Trend of `away_from_line` in ln(layers), from the shallowest to the deepest shape [%]."""
    layers = same_size(depth, sizes)[-1].layers
    away = away_from_line(depth, sizes, text)
    trend = straight(np.log(layers), away).slope
    return np.asarray(trend * np.log(layers[-1] / layers[0]))


def depth_elsewhere_by_text(depth: Drawn, sizes: Drawn) -> FloatArray:
    """`depth_elsewhere` of each prose text: (texts, draws)."""
    return np.stack([depth_elsewhere(depth, sizes, text) for text in PROSE])
