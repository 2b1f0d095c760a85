"""Loss on other text against validation loss: finished models, and one model while it trains.

Kaplan et al. 2020, Section 3.2.2. Intervals draw whole sizes again: what separates sizes is more
than the noise of their seeds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.analysis.seed_draws import over_draws, size_weights
from experiments.analysis.study import LOSS, TEXT, Study, StudyError
from scaling_utils.check import FloatArray, one_of
from scaling_utils.fitting.resample import Interval
from scaling_utils.power_fit import Lines, straight

FEWEST_SIZES, FEWEST_ON_CURVE = 4, 4
BEFORE_END = 0.5
"""A model is in training up to this part of its bytes."""


@dataclass(frozen=True, eq=False)
class TextTransfer:
    """The loss on one other text, with intervals over the sizes.

    - slope, along: Of the line through the finished models, and mean of those along the training
      of one: 1 for a constant difference; below 1 the offset grows as the loss falls.
    - offset: Loss on the text less validation loss, at the median of the latter, nats per byte.
    - difference: Of models in training from finished ones of equal loss, nats per byte.
    - grows: Whether a constant difference and factor are ruled out, and the offset grows.
    """

    slope: Interval
    along: Interval
    offset: Interval
    difference: Interval
    grows: bool


def text_transfer(study: Study, text: str, resamples: int = 1000, seed: int = 0) -> TextTransfer:
    """Compare finished models with models in training, over the range of the finished ones."""
    column = TEXT + one_of("text", text, study.texts)
    size = study.runs["size"].to_numpy(dtype=np.intp)
    number = int(size.max()) + 1
    if number < FEWEST_SIZES:
        raise StudyError(f"{number} sizes are too few to compare: {FEWEST_SIZES} are needed")
    end = study.last[:, np.newaxis]
    x, y = study.loss_at(end)[:, 0], study.loss_at(end, column=column)[:, 0]
    if np.ptp(x) == 0.0:
        raise StudyError("all models finished at the same validation loss: no line is possible")
    weights = size_weights(number, resamples, seed)
    lines = straight(x, y, weights[:, size])
    slope = over_draws(lines.slope)
    power = over_draws(straight(np.log(x), np.log(y), weights[:, size]).slope)
    points = _points(study, column)
    points = points[points["loss"].between(x.min(), x.max())]
    return TextTransfer(
        slope=slope,
        along=over_draws(_along(points, weights)),
        offset=over_draws(lines.intercept + (lines.slope - 1.0) * float(np.median(x))),
        difference=over_draws(_difference(points, lines, weights)),
        grows=slope.high < 1.0 and not power.low <= 1.0 <= power.high,
    )


def _points(study: Study, column: str) -> pd.DataFrame:
    """Every point of every curve: run, its size, share of its bytes, both losses."""
    row = pd.Series(np.arange(len(study.runs)), index=study.runs["run"])
    found = study.curves[["run", LOSS, column]].set_axis(["run", "loss", "other"], axis=1)
    place = row[found["run"]].to_numpy()
    share = study.curves["bytes_seen"].to_numpy(dtype=np.float64) / study.last[place]
    return found.assign(size=study.runs["size"].to_numpy()[place], share=share)


def _along(points: pd.DataFrame, weights: FloatArray) -> FloatArray:
    """Mean over sizes of the slopes along single runs, in every draw."""
    rows = []
    for _, own in points.groupby("run"):
        if own["loss"].nunique() >= FEWEST_ON_CURVE:
            line = straight(own["loss"].to_numpy(), own["other"].to_numpy())
            rows.append((own["size"].iloc[0], float(line.slope[0])))
    mean = pd.DataFrame(rows, columns=["size", "slope"]).groupby("size").mean()
    return _size_means(mean, weights, FEWEST_SIZES)["slope"]


def _difference(points: pd.DataFrame, lines: Lines, weights: FloatArray) -> FloatArray:
    """Mean distance of points in training from the finished models' line, by draw of sizes."""
    before = points[points["share"] <= BEFORE_END]
    mean = before.groupby(["size", "run"])[["loss", "other"]].mean().groupby("size").mean()
    drawn = _size_means(mean, weights, FEWEST_SIZES - 1)
    return np.asarray(drawn["other"] - lines.intercept - lines.slope * drawn["loss"])


def _size_means(mean: pd.DataFrame, weights: FloatArray, fewest: int) -> dict[str, FloatArray]:
    """Weighted means over the sizes of a table; NaN with fewer sizes than that."""
    own = weights[:, mean.index.to_numpy(dtype=np.intp)]
    total = own.sum(axis=1) if len(mean) >= fewest else np.zeros(len(weights))
    some = total > 0
    return {
        str(name): np.where(some, own @ column.to_numpy() / np.where(some, total, 1.0), np.nan)
        for name, column in mean.items()
    }
