"""Loss on other text against validation loss: finished models, and one model while it trains.

Kaplan et al. 2020, Section 3.2.2: the loss on other text follows from the loss on the training
distribution alone, whatever the phase of training. Here both lines are fitted over the same
range of validation loss. What is drawn again are whole sizes with all that belongs to them:
the points along a curve are no independent witnesses.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.analysis.counts import WITH_HEAD, parameters
from experiments.analysis.lines import Line, Lines, correlation, fit_lines, with_intervals
from experiments.analysis.resample import group_weights
from experiments.analysis.result import OK, Result, quantile_interval
from experiments.analysis.study import LOSS, TEXT, Study, StudyError
from scaling_utils._validate import FloatArray, one_of
from scaling_utils.bootstrap.result import Interval

FEWEST_SIZES = 4
FEWEST_ON_CURVE = 4
BEFORE_END = 0.5
"""A point counts as "while it trains" up to this fraction of the run's bytes."""

SCATTERED = "scattered: no line describes it"
LEAST_CORRELATION = 0.9
SLOPES = ["slope", "intercept", "log_slope", "growth"]
BY_LOSS = ["loss", "sizes", "points"]


@dataclass(frozen=True, eq=False)
class TextTransfer(Result):
    """How the loss on another text follows validation loss.

    Attributes
    ----------
    text : str
        Its name.
    anchor : float
        Validation loss at which offsets are given: the median of the finished models.
    lowest, highest : float
        Range of validation loss, that of the finished models, over which all is fitted.
    ends : Line
        The line through the finished models.
    along : Line
        The mean of the lines along the training of single models, one per size; NaN where
        fewer than four sizes have a curve long enough.
    difference : Interval
        Loss on the text while a model trains, less that of finished models of equal validation
        loss (mean over sizes, nats per byte).
    by_loss : DataFrame
        The same in parts of the range: loss (centre), sizes, points, difference, low, high.
    by_size : DataFrame
        One row per size with a curve long enough: N, runs, points, slope, offset, correlation,
        difference (points before the end only; NaN if there is none).
    models : DataFrame
        The finished models: run, seed, N, loss, other, offset, residual.
    """

    text: str
    anchor: float
    lowest: float
    highest: float
    ends: Line
    along: Line
    difference: Interval
    by_loss: pd.DataFrame
    by_size: pd.DataFrame
    models: pd.DataFrame

    def numbers(self) -> dict[str, Interval]:
        """Slopes, offsets and the difference."""
        return {
            "slope, finished models": self.ends.slope,
            "slope, one model training": self.along.slope,
            "offset, finished models": self.ends.offset,
            "offset, one model training": self.along.offset,
            "difference at equal loss": self.difference,
        }

    def tables(self) -> dict[str, pd.DataFrame]:
        """The difference by loss and by size, and the finished models."""
        return {"by loss": self.by_loss, "by size": self.by_size, "models": self.models}


def text_transfer(
    study: Study,
    text: str,
    *,
    counting: str = WITH_HEAD,
    parts: int = 4,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> TextTransfer:
    """Compare finished models with models in training, by the loss on one other text.

    Parameters
    ----------
    study : Study
        Runs of several sizes; use ``study.group("sizes")``.
    text : str
        One of ``study.texts``.
    counting : str
        The N of the tables.
    parts : int
        Parts of the range of validation loss for `by_loss`.
    resamples, seed : int
        Number of resamples of sizes, and their seed.
    level : float
        Coverage of the intervals.

    Returns
    -------
    TextTransfer
        Its status is "ok", or says that finished models are too few or scattered.

    Raises
    ------
    ValueError
        If the text is unknown.
    StudyError
        If there are fewer than four sizes, or all finished at the same loss.

    Examples
    --------
    >>> from scaling_utils.laws import ChinchillaLaw
    >>> from experiments.analysis.simulated import simulated_study
    >>> law = ChinchillaLaw(1.0, 20.0, 60.0, 0.34, 0.34)
    >>> found = text_transfer(simulated_study(law, texts={"novel": (0.9, 0.3)}), "novel")
    >>> round(found.ends.slope.estimate, 6), round(found.along.slope.estimate, 6)
    (0.9, 0.9)
    >>> found.ends.trend
    'the offset grows as the model improves'
    """
    column = TEXT + one_of("text", text, study.texts)
    size = study.runs["size"].to_numpy(dtype=np.intp)
    number = int(size.max()) + 1
    if number < FEWEST_SIZES:
        raise StudyError(f"{number} sizes are too few to compare: {FEWEST_SIZES} are needed")
    end = study.last[:, np.newaxis]
    x, y = study.loss_at(end)[:, 0], study.loss_at(end, column=column)[:, 0]
    if np.ptp(x) == 0.0:
        raise StudyError("all models finished at the same validation loss: no line is possible")
    N = parameters(study.runs, counting)
    weights = np.vstack([np.ones(number), group_weights(number, resamples, seed)])
    lines = fit_lines(weights[:, size], x, y)
    points = _points(study, column).assign(N=lambda t: N[t["row"]])
    points = points[points["loss"].between(x.min(), x.max())]
    runs = _run_lines(points)
    before = points[points["share"] <= BEFORE_END]
    anchor = float(np.median(x))
    residual = y - lines.intercept[0] - lines.slope[0] * x
    ends = with_intervals(
        lines,
        anchor,
        level,
        residual=float(np.sqrt((residual**2).mean())),
        correlation=correlation(x, y),
    )
    width = (x.max() - x.min()) / parts
    part = np.clip((before["loss"] - x.min()) / width, 0, parts - 1).astype(int)
    by_loss = [
        (
            float(x.min() + (float(str(k)) + 0.5) * width),
            own["size"].nunique(),
            len(own),
            *_ends_of(own, lines, weights, level),
        )
        for k, own in before.groupby(part)
    ]
    models = study.runs[["run", "seed"]].assign(
        N=N, loss=x, other=y, offset=y - x, residual=residual
    )
    short = number - runs["size"].nunique()
    said = [f"sizes whose curve is too short within the range: {short}"] if short else []
    return TextTransfer(
        status=OK if abs(ends.correlation) >= LEAST_CORRELATION else SCATTERED,
        method=(
            "least squares of the text's loss on validation loss, over the range of the "
            f"finished models; sizes drawn again {resamples} times with replacement, one fewer "
            f"than there are; in training: up to {BEFORE_END:g} of a run's bytes"
        ),
        points=len(x),
        left_out=len(study.left_out),
        notes=(f"finished models: {ends.trend}", *said),
        text=text,
        anchor=anchor,
        lowest=float(x.min()),
        highest=float(x.max()),
        ends=ends,
        along=_along(runs, weights, anchor, level),
        difference=_difference(before, lines, weights, level),
        by_loss=pd.DataFrame(by_loss, columns=[*BY_LOSS, "difference", "low", "high"]),
        by_size=_by_size(runs, before, lines, anchor),
        models=models.sort_values(["N", "seed"], ignore_index=True),
    )


def _points(study: Study, column: str) -> pd.DataFrame:
    """Every point of every curve: row and size of its run, share of its bytes, both losses."""
    row = pd.Series(np.arange(len(study.runs)), index=study.runs["run"])
    found = study.curves[["run", LOSS, column]].set_axis(["run", "loss", "other"], axis=1)
    place = row[found["run"]].to_numpy()
    share = study.curves["bytes_seen"].to_numpy(dtype=np.float64) / study.last[place]
    return found.assign(row=place, size=study.runs["size"].to_numpy()[place], share=share)


def _run_lines(points: pd.DataFrame) -> pd.DataFrame:
    """The line along each run with enough points: run, size, N, slope, intercept, ..."""
    rows = []
    for run, own in points.groupby("run"):
        if len(own) < FEWEST_ON_CURVE or own["loss"].nunique() < FEWEST_ON_CURVE:
            continue
        x, y = own["loss"].to_numpy(), own["other"].to_numpy()
        line = fit_lines(np.ones((1, len(x))), x, y)
        away = y - line.intercept[0] - line.slope[0] * x
        found = (line.slope[0], line.intercept[0], line.log_slope[0], line.growth[0])
        fit = (float((away**2).mean()), correlation(x, y), len(x))
        rows.append((run, own["size"].iloc[0], own["N"].iloc[0], *found, *fit))
    columns = ["run", "size", "N", *SLOPES, "square", "correlation", "points"]
    return pd.DataFrame(rows, columns=columns)


def _along(runs: pd.DataFrame, weights: FloatArray, anchor: float, level: float) -> Line:
    """The mean over sizes of the lines along single models."""
    mean = runs.groupby("size")[SLOPES].mean()
    drawn = _size_means(mean, weights, FEWEST_SIZES)
    residual = float(np.sqrt(runs["square"].mean())) if len(runs) else float("nan")
    middle = float(runs["correlation"].median()) if len(runs) else float("nan")
    lines = Lines(**drawn)
    return with_intervals(lines, anchor, level, residual=residual, correlation=middle)


def _difference(points: pd.DataFrame, lines: Lines, weights: FloatArray, level: float) -> Interval:
    """Mean distance of points from the line of the finished models, sizes counting alike.

    The line is that of the same resample of sizes, so its doubt is in the interval.
    """
    mean = points.groupby(["size", "run"])[["loss", "other"]].mean().groupby("size").mean()
    drawn = _size_means(mean, weights, FEWEST_SIZES - 1)
    draws = drawn["other"] - lines.intercept - lines.slope * drawn["loss"]
    return quantile_interval(float(draws[0]), draws[1:], level)


def _ends_of(
    points: pd.DataFrame, lines: Lines, weights: FloatArray, level: float
) -> tuple[float, float, float]:
    found = _difference(points, lines, weights, level)
    return found.estimate, found.low, found.high


def _size_means(mean: pd.DataFrame, weights: FloatArray, fewest: int) -> dict[str, FloatArray]:
    """Weighted means over the sizes of a table; NaN with fewer sizes than that."""
    own = weights[:, mean.index.to_numpy(dtype=np.intp)]
    total = own.sum(axis=1) if len(mean) >= fewest else np.zeros(len(weights))
    some = total > 0
    return {
        str(name): np.where(some, own @ column.to_numpy() / np.where(some, total, 1.0), np.nan)
        for name, column in mean.items()
    }


def _by_size(
    runs: pd.DataFrame, before: pd.DataFrame, lines: Lines, anchor: float
) -> pd.DataFrame:
    """The lines along training and the differences, size by size."""
    away = before["other"] - lines.intercept[0] - lines.slope[0] * before["loss"]
    difference = away.groupby(before["size"]).mean()
    offset = runs["intercept"] + (runs["slope"] - 1.0) * anchor
    found = runs.assign(offset=offset, runs=1).groupby("size", as_index=False)
    table = found.agg(
        {
            "N": "first",
            "runs": "sum",
            "points": "sum",
            "slope": "mean",
            "offset": "mean",
            "correlation": "mean",
        }
    )
    return table.assign(difference=table["size"].map(difference)).drop(columns="size")
