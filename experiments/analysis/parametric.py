"""Approach 3 on our own curves: L(N, D) fitted to their points.

The points of one run are no independent witnesses: resamples draw whole sizes, so that they show
also whether the law's form holds.
"""

import numpy as np
import pandas as pd

from experiments.analysis.counts import WITH_HEAD, parameters
from experiments.analysis.study import Study
from experiments.analysis.travel import SINCE
from scaling_utils.fitting.fit import fit_chinchilla
from scaling_utils.fitting.resample import Bootstrap, bootstrap

RATIO = 2.0
"""Of the bytes of one point of a curve to those of the point before."""


def curve_points(study: Study, counting: str = WITH_HEAD) -> pd.DataFrame:
    """Points of every curve, from 2^17 bytes on by doublings: run, size, N, D (bytes), loss."""
    steps = np.arange(np.floor(np.log(study.last.max() / SINCE) / np.log(RATIO)) + 1)
    D = SINCE * RATIO**steps
    loss = study.loss_at(D)
    row, column = np.nonzero(np.isfinite(loss))
    runs = study.runs.iloc[row]
    points = runs[["run", "size"]].reset_index(drop=True)
    return points.assign(N=parameters(runs, counting), D=D[column], loss=loss[row, column])


def parametric_fit(
    study: Study, counting: str = WITH_HEAD, resamples: int = 1000, seed: int = 0
) -> Bootstrap:
    """Fit L = E + A / N^alpha + B / D^beta to points of all curves, and resample whole sizes."""
    points = curve_points(study, counting)
    N, D, loss = (points[c].to_numpy(dtype=np.float64) for c in ("N", "D", "loss"))
    source = f"fitted to our own curves, N {counting}"
    fit = fit_chinchilla(N, D, loss, objective="log squares", source=source)
    clusters = pd.factorize(points["size"])[0]
    return bootstrap(fit, resamples=resamples, kind="clusters", clusters=clusters, seed=seed)
