"""Bytes that each size needs to reach a loss: larger models need fewer (Kaplan et al., Fig. 2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.interpolate import PchipInterpolator
from scipy.optimize import brentq

from scaling_utils._validate import FloatArray, positive
from scaling_utils.bootstrap.result import Interval
from scaling_utils.measured.allocation import masked_slope
from scaling_utils.measured.counts import WITH_HEAD, parameters
from scaling_utils.measured.resample import DRAWS, FEWER, seed_weights, size_means
from scaling_utils.measured.result import OK, Result, quantile_interval
from scaling_utils.measured.study import Study

NEVER = "no size reaches a loss"


@dataclass(frozen=True, eq=False)
class SampleEfficiency(Result):
    """Bytes to reach each loss.

    Attributes
    ----------
    table : DataFrame
        One row per loss and size: loss (nats per byte), N, runs, reached (how many of them reach
        the loss), bytes (geometric mean over the seeds) with low and high; NaN unless all runs
        of the size reach it.
    exponents : DataFrame
        One row per loss: loss, sizes (that reach it), exponent of N in the bytes, low, high
        (NaN with fewer than three sizes), ratio (bytes of the smallest over those of the largest
        of these sizes).
    """

    table: pd.DataFrame
    exponents: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        """The bytes and the exponents."""
        return {"bytes": self.table, "exponents": self.exponents}


def sample_efficiency(
    study: Study,
    losses: ArrayLike,
    *,
    counting: str = WITH_HEAD,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
    draw: str = FEWER,
) -> SampleEfficiency:
    """Find where each run's lowest loss so far first reaches a loss.

    Parameters
    ----------
    study : Study
        Runs of several sizes; use ``study.group("sizes")``.
    losses : array_like, shape (k,)
        Nats per byte.
    counting : str
        The N of the tables.
    resamples, seed, draw
        As for `seed_weights`.
    level : float
        Coverage of the intervals.

    Returns
    -------
    SampleEfficiency

    Raises
    ------
    ValueError
        If a loss is not positive.

    Examples
    --------
    >>> from scaling_utils.laws import ChinchillaLaw
    >>> from scaling_utils.measured.simulated import simulated_study
    >>> study = simulated_study(ChinchillaLaw(1.0, 20.0, 60.0, 0.34, 0.34))
    >>> found = sample_efficiency(study, [2.0], resamples=10)
    >>> bool(found.table["bytes"].dropna().is_monotonic_decreasing)
    True
    """
    targets = np.unique(np.atleast_1d(positive("loss", losses)))
    N_run = parameters(study.runs, counting)
    N, label = np.unique(N_run, return_inverse=True)
    log_bytes = np.log(bytes_to_reach(study, targets))
    counts = [np.isfinite(log_bytes[label == size]).sum(axis=0) for size in range(N.size)]
    reached, runs = np.stack(counts), np.bincount(label)
    whole = reached == runs[:, np.newaxis]
    weights = np.vstack([np.ones(label.size), seed_weights(label, resamples, seed, draw=draw)])
    mean = np.where(whole, size_means(weights, log_bytes, label), np.nan)
    rows, exponents = [], []
    for j, target in enumerate(targets):
        for i, size in enumerate(N):
            found = quantile_interval(mean[0, i, j], mean[1:, i, j], level)
            ends = np.exp([found.estimate, found.low, found.high])
            rows.append((target, size, int(runs[i]), int(reached[i, j]), *ends))
        own = whole[:, j]
        slopes = masked_slope(np.log(N), mean[:, :, j])
        fit = quantile_interval(slopes[0], slopes[1:], level)
        if own.sum() < 3:
            fit = Interval(float(slopes[0]), np.nan, np.nan, level, 0)
        k = np.flatnonzero(own)
        ratio = float(np.exp(mean[0, k[0], j] - mean[0, k[-1], j])) if k.size else np.nan
        exponents.append((target, k.size, fit.estimate, fit.low, fit.high, ratio))
    table = pd.DataFrame(rows, columns=["loss", "N", "runs", "reached", "bytes", "low", "high"])
    columns = ["loss", "sizes", "exponent", "low", "high", "ratio"]
    never = [f"{target:.4g}" for j, target in enumerate(targets) if not whole[:, j].any()]
    return SampleEfficiency(
        status=NEVER if never else OK,
        method=(
            "bytes at which the lowest loss so far first reaches a loss, by monotone "
            f"interpolation in ln D; geometric mean over seeds; {resamples} times {DRAWS[draw]}"
        ),
        points=int(reached.sum()),
        left_out=len(study.left_out),
        notes=(f"not reached by any size: {', '.join(never)}",) if never else (),
        table=table,
        exponents=pd.DataFrame(exponents, columns=columns),
    )


def bytes_to_reach(study: Study, losses: FloatArray) -> FloatArray:
    """Bytes after which each run first reaches each loss.

    Parameters
    ----------
    study : Study
        Any runs.
    losses : ndarray, shape (k,)
        Nats per byte.

    Returns
    -------
    ndarray, shape (runs, k)
        NaN where a run never reaches the loss, or is below it at its first point already.
    """
    found = np.full((len(study.runs), len(losses)), np.nan)
    for row, run in enumerate(study.runs["run"]):
        D, loss = study.curve(run)
        lowest = np.minimum.accumulate(loss)
        for j, target in enumerate(losses):
            if lowest[0] >= target >= lowest[-1]:
                found[row, j] = np.exp(_crossing(np.log(D), lowest, float(target)))
    return found


def _crossing(x: FloatArray, lowest: FloatArray, target: float) -> float:
    """Where a monotone curve first comes down to the target."""
    k = int((lowest <= target).argmax())
    if k == 0:
        return float(x[0])
    # Inside one step, between two different losses, the interpolant falls strictly.
    curve = PchipInterpolator(x, lowest)
    return float(brentq(lambda at: float(curve(at)) - target, x[k - 1], x[k], xtol=1e-12))
