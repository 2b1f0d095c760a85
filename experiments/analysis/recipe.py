"""Whether the recipe decides: schedule and learning rate (Kaplan et al. 2020, App. D.6).

An answer for each draw of the seeds (see `seed_draws`), by the rules of criteria.md, chapter 12.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from experiments.analysis.counts import BODY, parameters
from experiments.analysis.seed_draws import Drawn
from experiments.analysis.study import SIZE_COLUMNS, StudyError
from scaling_utils.check import FloatArray
from scaling_utils.power_fit import parabola, straight

BASE_WIDTH = 32
"""Width at which the rate of the blocks is the base rate; it falls as one over the width."""


def decay_excess(decay: Drawn, sizes: Drawn) -> FloatArray:
    """Loss with a decay of its own less that of averaged weights, as a share of it [%].

    Mean over sizes, where the runs with a decay end, each against the same size and seed.
    """
    key = [*SIZE_COLUMNS, "seed"]
    beside = pd.MultiIndex.from_frame(sizes.study.runs[key])
    place = beside.get_indexer(pd.MultiIndex.from_frame(decay.study.runs[key]))
    if (place < 0).any():
        raise StudyError("a run with a decay has no run of the same size and seed beside it")
    when = np.unique(decay.study.last)
    losses = sizes.study.loss_at(when)[place, np.searchsorted(when, decay.study.last)]
    if np.isnan(losses).any():
        raise StudyError("a size was not trained for as long as its run with a decay")
    ends = decay.study.loss_at(decay.study.last[:, np.newaxis])
    excess = ends / losses[:, np.newaxis] - 1.0
    return np.asarray(100.0 * decay.by_size().mean(excess)[:, :, 0].mean(axis=1))


def best_rates(rates: Drawn) -> tuple[FloatArray, FloatArray]:
    """N of each size and the best rate of its blocks (draws, sizes), by a parabola; else NaN."""
    setups = rates.setups
    N, size = np.unique(parameters(setups, BODY), return_inverse=True)
    rates = rates.by_size()
    actual = (setups["rate"] * BASE_WIDTH / setups["width"]).to_numpy(dtype=np.float64)
    ends, found = rates.ends(), []
    for k in range(N.size):
        own = size == k
        if own.sum() < 3:
            raise StudyError("a parabola needs three learning rates for every size")
        x = np.log(actual[own])
        _, slope, steep = parabola(x - x.mean(), ends[:, own])
        found.append(np.exp(x.mean() - slope / np.where(steep > 0, 2.0 * steep, np.nan)))
    return N, np.stack(found, axis=1)


def rate_exponent(rates: Drawn) -> FloatArray:
    """Power of N in the best learning rate of the blocks; NaN where a size has none."""
    N, best = best_rates(rates)
    slope = straight(np.log(N), np.log(best)).slope
    return np.where(np.isfinite(best).all(axis=1), slope, np.nan)
