"""A fit to do: the runs, the objective by name, and the two ways to its minimum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scaling_utils._validate import (
    FloatArray,
    aligned,
    finite,
    one_number,
    one_of,
    positive,
    same_length,
)
from scaling_utils.solver.objective import Residual
from scaling_utils.solver.paths import ABSOLUTE_DELTA
from scaling_utils.solver.points import Batch, Points

OBJECTIVES = {
    "huber": "sum of Huber({delta:g}) of the log-loss residuals (Hoffmann et al. 2022, Eq. 3)",
    "log squares": "half the sum of squared log-loss residuals",
    "absolute": "sum of absolute log-loss residuals",
    "squares": "half the sum of squared residuals of the loss, nats squared",
}
"""Objectives by name, in words."""


@dataclass(frozen=True, eq=False)
class Problem:
    """Runs and an objective.

    Parameters
    ----------
    N, D, loss, weights : ndarray, shape (n,)
        Parameters, tokens, nats per token, and how much each run counts.
    low, high : ndarray of shape (n,) or None
        Interval of each loss, nats per token.
    objective : str
        A key of `OBJECTIVES`.
    delta : float
        Width of Huber's quadratic zone, in log loss.
    tolerant : bool
        Whether a residual counts from the nearer end of the interval.
    """

    N: FloatArray
    D: FloatArray
    loss: FloatArray
    weights: FloatArray
    low: FloatArray | None
    high: FloatArray | None
    objective: str
    delta: float
    tolerant: bool = False

    @property
    def residual(self) -> Residual:
        """The objective as the solver takes it."""
        one_of("objective", self.objective, OBJECTIVES)
        if self.objective == "huber":
            return Residual(self.delta)
        if self.objective == "absolute":
            return Residual(ABSOLUTE_DELTA)
        return Residual(np.inf, raw=self.objective == "squares")

    def points(self) -> Points:
        """The runs in the solver's coordinates."""
        points = Points.from_runs(self.N, self.D, self.loss)
        if not self.tolerant or self.low is None or self.high is None:
            return points
        if self.residual.raw:
            return points.with_intervals(
                (self.low - self.loss) / points.unit, (self.high - self.loss) / points.unit
            )
        return points.with_intervals(np.log(self.low / self.loss), np.log(self.high / self.loss))

    def batch(self, points: Points) -> Batch:
        """The problem as a batch; every start shares its weights and losses."""
        return Batch.of(points, self.weights, self.loss / points.unit)

    def in_words(self) -> str:
        """What is minimised."""
        return OBJECTIVES[self.objective].format(delta=self.delta)

    def reported(self, value: FloatArray, points: Points) -> FloatArray:
        """Turn the solver's objective into the one that `in_words` names."""
        if self.objective == "absolute":
            return np.asarray(value / self.residual.delta + 0.0, dtype=np.float64)
        scale = points.unit**2 if self.residual.raw else 1.0
        return np.asarray(value * scale, dtype=np.float64)


def checked_problem(
    N: ArrayLike,
    D: ArrayLike,
    loss: ArrayLike,
    objective: str,
    delta: float,
    weights: ArrayLike | None,
    loss_low: ArrayLike | None,
    loss_high: ArrayLike | None,
    within_interval: bool,
) -> Problem:
    """Check runs and options, and name what is wrong with them; see `fit_chinchilla`."""
    aligned(N=N, D=D, loss=loss, weights=weights, loss_low=loss_low, loss_high=loss_high)
    n, d, observed = (
        np.atleast_1d(positive(name, value)).ravel()
        for name, value in (("N", N), ("D", D), ("loss", loss))
    )
    same_length(N=n, D=d, loss=observed)
    one_of("objective", objective, OBJECTIVES)
    width = one_number("delta", delta)
    w = np.ones(n.size) if weights is None else np.atleast_1d(finite("weights", weights)).ravel()
    same_length(N=n, weights=w)
    if (w < 0).any() or not (w > 0).any():
        raise ValueError("weights must not be negative, and at least one must be positive")
    if (loss_low is None) != (loss_high is None):
        raise ValueError("give both loss_low and loss_high, or neither")
    if loss_low is None or loss_high is None:
        if within_interval:
            raise ValueError("within_interval needs loss_low and loss_high")
        return Problem(n, d, observed, w, None, None, objective, width)
    low = np.atleast_1d(positive("loss_low", loss_low)).ravel()
    high = np.atleast_1d(positive("loss_high", loss_high)).ravel()
    same_length(loss=observed, loss_low=low, loss_high=high)
    outside = (low > observed) | (high < observed)
    if outside.any():
        k = int(np.flatnonzero(outside)[0])
        raise ValueError(
            f"loss_low <= loss <= loss_high must hold, but at index {k} they are "
            f"{low[k]:g}, {observed[k]:g}, {high[k]:g}"
        )
    return Problem(n, d, observed, w, low, high, objective, width, within_interval)
