"""The lower envelope of the study's curves (Approach 1 of Hoffmann et al. 2022), with intervals.

The curves are means over the seeds of each size: the lowest of single runs would be the
luckiest, and lower the more seeds there are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.analysis.allocation import masked_slope
from experiments.analysis.counts import COMPUTES, SIX_ND, WITH_HEAD
from experiments.analysis.isoflop import Slices, slices
from experiments.analysis.resample import DRAWS, FEWER, seed_weights, single_runs
from experiments.analysis.result import OK, Result, quantile_interval
from experiments.analysis.study import Study
from scaling_utils._validate import FloatArray
from scaling_utils.bootstrap.result import Interval
from scaling_utils.frontier import Envelope, PowerFit, TrainingCurve, envelope, fit_power

NO_SEEDS = "no interval: every size has one seed"
FINE = 200
"""Points of each mean curve, log-spaced."""


@dataclass(frozen=True, eq=False)
class MeasuredFrontier(Result):
    """The best size at each compute, and how the loss falls along it.

    Attributes
    ----------
    envelope : Envelope
        The mean curves and the lowest at each compute.
    slices : Slices
        The study cut at the envelope's compute.
    loss_fit : PowerFit
        Power law of the loss through the envelope without its edges; no floor is taken off.
    slopes : ndarray, shape (resamples, 2)
        Exponents of the loss and of the best size in each resample.
    losses : ndarray, shape (resamples, k)
        Lowest loss of each resample at the envelope's compute.
    weights : ndarray, shape (resamples, runs)
        The resamples; see `seed_weights`.
    """

    envelope: Envelope
    slices: Slices
    loss_fit: PowerFit
    slopes: FloatArray
    losses: FloatArray
    weights: FloatArray

    def interval(self, name: str = "loss", level: float = 0.95) -> Interval:
        """Interval of the exponent of the loss ("loss", negative) or of the best size ("N")."""
        estimate = {"loss": self.loss_fit.exponent, "N": self.envelope.N_fit.exponent}
        column = ("loss", "N").index(name)
        return quantile_interval(estimate[name], self.slopes[:, column], level)

    def numbers(self) -> dict[str, Interval]:
        """Exponents of the loss and of the best size."""
        return {"loss against C": self.interval("loss"), "N against C": self.interval("N")}

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """The envelope: C, N, D, loss with low and high, edge."""
        found = self.envelope.table[["C", "N", "D", "loss", "edge"]].copy()
        share = 0.5 - level / 2.0
        found["low"], found["high"] = np.quantile(self.losses, [share, 1.0 - share], axis=0)
        return found

    def stretches(self) -> pd.DataFrame:
        """Where each size is the best.

        Returns
        -------
        DataFrame
            N, C_low and C_high (first and last compute at which it is the best, FLOPs), C_middle
            (geometric mean of the compute at which it is), loss (there, of its mean curve, nats
            per byte), D (there, bytes), edge.
        """
        rows = []
        for N, own in self.envelope.table.groupby("N"):
            C = own["C"].to_numpy(dtype=np.float64)
            middle = float(np.exp(np.log(C).mean()))
            curve = self.envelope.curves[int(own["curve"].iloc[0])]
            loss = float(np.interp(np.log(middle), np.log(curve.C), curve.loss))
            ends = (N, C[0], C[-1], middle, loss, middle / curve.cost)
            rows.append((*ends, bool(own["edge"].iloc[0])))
        columns = ["N", "C_low", "C_high", "C_middle", "loss", "D", "edge"]
        return pd.DataFrame(rows, columns=columns)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Where each size is the best."""
        return {"best sizes": self.stretches()}


def measured_frontier(
    study: Study,
    *,
    counting: str = WITH_HEAD,
    compute: str = SIX_ND,
    first_bytes: float = 1.0,
    points: int = 120,
    resamples: int = 1000,
    seed: int = 0,
    draw: str = FEWER,
) -> MeasuredFrontier:
    """Take the lowest mean curve at each compute.

    Parameters
    ----------
    study : Study
        Runs of several sizes; use ``study.group("sizes")``.
    counting, compute : str
        Keys of `experiments.analysis.counts.COUNTINGS` and `COMPUTES`.
    first_bytes : float
        Curves count from here, so that a warm-up can be left out.
    points : int
        Log-spaced values of compute.
    resamples, seed, draw
        As for `seed_weights`.

    Returns
    -------
    MeasuredFrontier
        The smallest and the largest size are edges: a better size may be missing there, and
        they enter no exponent.

    Raises
    ------
    ValueError
        If the curves do not overlap in compute, or no size between the smallest and the
        largest is ever the best; see `scaling_utils.frontier.envelope`.

    Examples
    --------
    >>> from scaling_utils.laws import ChinchillaLaw
    >>> from experiments.analysis.simulated import simulated_study
    >>> law = ChinchillaLaw(0.0, 20.0, 60.0, 0.34, 0.34)
    >>> found = measured_frontier(simulated_study(law), counting="all parameters", resamples=50)
    >>> abs(found.loss_fit.exponent + law.frontier_exponent) < 0.01
    True
    """
    first = max(first_bytes, float(study.curves.groupby("run")["bytes_seen"].min().max()))
    whole = slices(study, [1.0], counting=counting, compute=compute)
    curves = [
        _mean_curve(study, whole, size, first)
        for size in range(whole.N.size)
        if study.last[whole.label == size].max() > first
    ]
    found = envelope(curves, points=points)
    cut = slices(study, found.table["C"].to_numpy(), counting=counting, compute=compute)
    inside = ~found.table["edge"].to_numpy()
    x = np.log(cut.C[inside])
    weights = seed_weights(cut.label, resamples, seed, draw=draw)
    profile = cut.profiles(weights)
    started = cut.C[np.newaxis, :] / cut.cost[:, np.newaxis] >= first * (1 - 1e-9)
    profile = np.where(np.isfinite(profile) & started, profile, np.inf)
    losses, best = profile.min(axis=1), np.log(cut.N)[profile.argmin(axis=1)]
    slopes = [masked_slope(x, y[:, inside]) for y in (np.log(losses), best)]
    alone = single_runs(cut.label)
    return MeasuredFrontier(
        status=OK if alone < cut.N.size else NO_SEEDS,
        method=(
            f"lowest of the mean curves of each size, N {counting}, C = {COMPUTES[compute]}; "
            f"power laws without the smallest and the largest size; {resamples} times "
            f"{DRAWS[draw]}"
        ),
        points=int(inside.sum()),
        left_out=len(study.left_out),
        notes=(f"sizes with one seed: {alone}",) if alone else (),
        envelope=found,
        slices=cut,
        loss_fit=fit_power(cut.C[inside], found.table["loss"].to_numpy()[inside]),
        slopes=np.stack(slopes, axis=1),
        losses=losses,
        weights=weights,
    )


def _mean_curve(study: Study, cut: Slices, size: int, first: float) -> TrainingCurve:
    """The mean over the seeds of a size, as far as its longest run goes."""
    own = cut.label == size
    D = np.geomspace(first, study.last[own].max(), FINE)
    loss = study.loss_at(D)[own]
    there = np.isfinite(loss)
    mean = np.where(there, loss, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
    return TrainingCurve(cut.N[size], D, mean, cost=cut.cost[size])
