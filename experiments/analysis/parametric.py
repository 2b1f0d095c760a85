"""Approach 3 on our own curves: L(N, D) fitted to their points, and how little E is known.

The points of one run are no independent witnesses: resamples draw whole sizes, so that they show
also whether the law's form holds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import least_squares

from experiments.analysis.counts import WITH_HEAD, parameters
from experiments.analysis.study import Study
from experiments.analysis.travel import SINCE
from scaling_utils._validate import FloatArray
from scaling_utils.fit import fit_chinchilla
from scaling_utils.fit_result import ChinchillaFit
from scaling_utils.resample import Bootstrap, Interval, bootstrap

RATIO = 2.0
"""Of the bytes of one point of a curve to those of the point before."""

FLAT = 0.01
"""E counts as allowed by the curves if the residuals grow by no more than this fraction."""


@dataclass(frozen=True, eq=False)
class ParametricFit:
    """A Chinchilla law through the points of all curves.

    - fit: With its certificate; D is in bytes, losses in nats per byte.
    - sample: Resamples of whole sizes.
    - profile: From `profile_E`.
    """

    fit: ChinchillaFit
    sample: Bootstrap
    profile: pd.DataFrame

    def interval(self, quantity: str = "a") -> Interval:
        """95 % interval of E, A, B, alpha, beta, a or b over the sizes."""
        return self.sample.interval(quantity, 0.95)


def curve_points(study: Study, counting: str = WITH_HEAD) -> pd.DataFrame:
    """Points of every curve, from 2^17 bytes on by doublings: run, size, N, D (bytes), loss."""
    steps = np.arange(np.floor(np.log(study.last.max() / SINCE) / np.log(RATIO)) + 1)
    D = SINCE * RATIO**steps
    loss = study.loss_at(D)
    row, column = np.nonzero(np.isfinite(loss))
    runs = study.runs.iloc[row]
    return pd.DataFrame(
        {
            "run": runs["run"].to_numpy(),
            "size": runs["size"].to_numpy(),
            "N": parameters(runs, counting),
            "D": D[column],
            "loss": loss[row, column],
        }
    )


def parametric_fit(
    study: Study, counting: str = WITH_HEAD, resamples: int = 1000, seed: int = 0
) -> ParametricFit:
    """Fit L = E + A / N^alpha + B / D^beta to a thinned grid of all curves, by log squares."""
    points = curve_points(study, counting)
    N, D, loss = (points[c].to_numpy(dtype=np.float64) for c in ("N", "D", "loss"))
    source = f"fitted to our own curves, N {counting}"
    fit = fit_chinchilla(N, D, loss, objective="log squares", source=source)
    clusters = pd.factorize(points["size"])[0]
    sample = bootstrap(fit, resamples=resamples, kind="clusters", clusters=clusters, seed=seed)
    return ParametricFit(fit, sample, profile_E(N, D, loss))


def profile_E(N: FloatArray, D: FloatArray, loss: FloatArray, steps: int = 50) -> pd.DataFrame:
    """The best law for each E, by least squares of log residuals: a flat valley, or a minimum?

    Columns: E (from zero to 98 % of the lowest loss), rms (of log residuals), alpha, beta, a,
    allowed (rms at most 1 % above the least).
    """
    x, y = (np.log(v) - np.log(v).mean() for v in (N, D))
    target = np.log(loss)
    start = np.array([np.log(loss.mean() / 2.0)] * 2 + [0.3, 0.3])
    bounds = ([-30.0, -30.0, 1e-3, 1e-3], [30.0, 30.0, 5.0, 5.0])
    rows = []
    for E in np.linspace(0.0, 0.98 * float(loss.min()), steps):

        def terms(p: FloatArray) -> tuple[FloatArray, FloatArray]:
            return np.exp(p[0] - p[2] * x), np.exp(p[1] - p[3] * y)

        def residuals(p: FloatArray, E: float = E) -> FloatArray:
            model, data = terms(p)
            return np.asarray(np.log(E + model + data) - target)

        def slopes(p: FloatArray, E: float = E) -> FloatArray:
            model, data = terms(p)
            columns = np.stack([model, data, -x * model, -y * data], axis=1)
            return np.asarray(columns / (E + model + data)[:, np.newaxis])

        found = least_squares(residuals, start, slopes, bounds=bounds, x_scale="jac")
        start = np.clip(found.x, np.array(bounds[0]) + 1e-6, np.array(bounds[1]) - 1e-6)
        alpha, beta = found.x[2:]
        rms = float(np.sqrt(2.0 * found.cost / loss.size))
        rows.append((E, rms, alpha, beta, beta / (alpha + beta)))
    table = pd.DataFrame(rows, columns=["E", "rms", "alpha", "beta", "a"])
    return table.assign(allowed=table["rms"] <= (1.0 + FLAT) * table["rms"].min())
