"""The lower envelope of the study's curves (Approach 1 of Hoffmann et al. 2022), with intervals.

Curves are means over seeds: the lowest of single runs would be the luckiest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.analysis.counts import WITH_HEAD
from experiments.analysis.seed_draws import Drawn, over_draws
from experiments.analysis.slices import Slices, slices
from experiments.analysis.study import Study
from reanalysis.envelope import Envelope, TrainingCurve, envelope
from scaling_utils.check import FloatArray
from scaling_utils.fitting.resample import Interval
from scaling_utils.power_fit import interval, straight

FINE, POINTS = 200, 120
"""Points of each mean curve, and values of compute, log-spaced."""


@dataclass(frozen=True, eq=False)
class MeasuredFrontier:
    """The best size at each compute, and how the loss falls along it.

    - envelope: The mean curves and the lowest at each compute.
    - slices: The study cut at the envelope's compute.
    - losses, sizes (draws, k): Lowest loss of each draw at that compute, and its size.
    - weights (draws, runs): How often each run counts.
    """

    envelope: Envelope
    slices: Slices
    losses: FloatArray
    sizes: FloatArray
    weights: FloatArray

    def interval(self, name: str) -> Interval:
        """Power of C of the "loss" or of "N", over the seeds; no floor is taken off.

        The smallest and the largest size are left out: a better one may be missing there.
        """
        inside = ~self.envelope.table["edge"].to_numpy()
        x = np.log(self.slices.C[inside])
        whole = self.envelope.table[name].to_numpy()[inside]
        drawn = (self.losses if name == "loss" else self.sizes)[1:, inside]
        return over_draws(straight(x, np.log(np.vstack([whole, drawn]))).slope)

    def table(self) -> pd.DataFrame:
        """The envelope: C, N, D, loss with low and high, edge."""
        found = self.envelope.table[["C", "N", "D", "loss", "edge"]].copy()
        found["low"], found["high"] = interval(self.losses[1:], axis=0)
        return found

    def stretches(self) -> pd.DataFrame:
        """Where each size is the best: N, C_low, C_high and C_middle (FLOPs, the first, the last
        and the geometric mean of all), D (bytes, there), edge."""
        rows = []
        for N, own in self.envelope.table.groupby("N"):
            C = own["C"].to_numpy(dtype=np.float64)
            middle = float(np.exp(np.log(C).mean()))
            D = middle / self.envelope.curves[int(own["curve"].iloc[0])].cost
            rows.append((N, C[0], C[-1], middle, D, bool(own["edge"].iloc[0])))
        return pd.DataFrame(rows, columns=["N", "C_low", "C_high", "C_middle", "D", "edge"])


def measured_frontier(
    runs: Drawn, counting: str = WITH_HEAD, first_bytes: float = 1.0
) -> MeasuredFrontier:
    """Take the lowest mean curve at each compute, 6 N D in the counting's N, in every draw."""
    study = runs.study
    first = max(first_bytes, float(study.curves.groupby("run")["bytes_seen"].min().max()))
    whole = slices(study, [1.0], counting=counting)
    curves = [
        _mean_curve(study, whole, size, first)
        for size in range(whole.N.size)
        if study.last[whole.label == size].max() > first
    ]
    found = envelope(curves, points=POINTS)
    cut = slices(study, found.table["C"].to_numpy(), counting=counting)
    profile = cut.profiles(runs.weights)
    started = cut.C[np.newaxis, :] / cut.cost[:, np.newaxis] >= first * (1 - 1e-9)
    profile = np.where(np.isfinite(profile) & started, profile, np.inf)
    best = cut.N[profile.argmin(axis=1)]
    return MeasuredFrontier(found, cut, profile.min(axis=1), best, runs.weights)


def _mean_curve(study: Study, cut: Slices, size: int, first: float) -> TrainingCurve:
    """The mean over the seeds of a size, as far as its longest run goes."""
    own = cut.label == size
    D = np.geomspace(first, study.last[own].max(), FINE)
    loss = study.loss_at(D)[own]
    there = np.isfinite(loss)
    mean = np.where(there, loss, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
    return TrainingCurve(cut.N[size], D, mean, cost=cut.cost[size])
