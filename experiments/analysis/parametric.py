"""Approach 3 on our own curves: L(N, D) fitted to their points, and how little E is known.

The points of one run are no independent witnesses: resamples draw whole runs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import least_squares

from experiments.analysis.counts import WITH_HEAD, parameters
from experiments.analysis.result import Result
from experiments.analysis.study import Study
from scaling_utils._validate import FloatArray, one_of, positive
from scaling_utils.bootstrap import Bootstrap, Interval, bootstrap
from scaling_utils.fitting import OBJECTIVES, ChinchillaFit, fit_chinchilla
from scaling_utils.fitting.result import USABLE

FIRST_BYTES = 2.0**17
"""Curves are fitted from here by default: beyond any warm-up."""

FLAT = 0.01
"""E counts as allowed by the curves if the residuals grow by no more than this fraction."""

UNITS = {"runs": "run", "sizes": "size"}
"""What a resample draws with replacement, and the label that keeps its points together."""


@dataclass(frozen=True, eq=False)
class ParametricFit(Result):
    """A Chinchilla law through the points of all curves.

    Attributes
    ----------
    fit : ChinchillaFit
        With its certificate; D is in bytes, losses in nats per byte.
    sample : Bootstrap or None
        Resamples of whole runs, or of whole sizes; None if the fit has no law.
    profile : DataFrame
        E (from zero to just below the lowest loss), rms (least root mean square of log residuals
        of a law with that E), alpha, beta, a, allowed (rms at most 1 % above the least).
    counting : str
        The law's N.
    """

    fit: ChinchillaFit
    sample: Bootstrap | None
    profile: pd.DataFrame
    counting: str

    def interval(self, quantity: str = "a", level: float = 0.95) -> Interval:
        """Interval of E, A, B, alpha, beta, a or b over resamples.

        Raises
        ------
        FitError
            If the fit has no law.
        """
        if self.sample is None:
            return Interval(float(getattr(self.fit.law, quantity)), np.nan, np.nan, level, 0)
        return self.sample.interval(quantity, level)

    def numbers(self) -> dict[str, Interval]:
        """The constants and a; empty if the fit has no law."""
        names = ("E", "A", "B", "alpha", "beta", "a") if self.sample is not None else ()
        return {name: self.interval(name) for name in names}

    @property
    def allowed_E(self) -> tuple[float, float]:
        """Lowest and highest E that the curves allow; see `profile`."""
        own = self.profile.loc[self.profile["allowed"], "E"]
        return float(own.min()), float(own.max())

    def tables(self) -> dict[str, pd.DataFrame]:
        """The profile of E."""
        return {"profile of E": self.profile}


def curve_points(
    study: Study,
    *,
    counting: str = WITH_HEAD,
    first_bytes: float = FIRST_BYTES,
    ratio: float = 2.0,
) -> pd.DataFrame:
    """A thinned grid of points of every curve.

    Parameters
    ----------
    study : Study
        Runs of several sizes; use ``study.group("sizes")``.
    counting : str
        The N of the points.
    first_bytes : float
        The first point; the others follow by `ratio`.
    ratio : float
        Above 1.

    Returns
    -------
    DataFrame
        run, size, N, D (bytes), loss.

    Raises
    ------
    ValueError
        If the ratio is not above 1, or no curve reaches the first point.

    Examples
    --------
    >>> from scaling_utils.laws import ChinchillaLaw
    >>> from experiments.analysis.simulated import simulated_study
    >>> study = simulated_study(ChinchillaLaw(1.0, 20.0, 60.0, 0.34, 0.34), seeds=1)
    >>> bool(curve_points(study)["D"].max() <= study.last.max())
    True
    """
    first = float(positive("first_bytes", first_bytes))
    if ratio <= 1.0:
        raise ValueError(f"ratio must be above 1, got {ratio:g}")
    if study.last.max() < first:
        raise ValueError(f"no curve reaches {first:g} bytes")
    steps = np.arange(np.floor(np.log(study.last.max() / first) / np.log(ratio)) + 1)
    D = first * ratio**steps
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
    study: Study,
    *,
    counting: str = WITH_HEAD,
    first_bytes: float = FIRST_BYTES,
    ratio: float = 2.0,
    objective: str = "huber",
    unit: str = "runs",
    resamples: int = 1000,
    seed: int = 0,
) -> ParametricFit:
    """Fit L(N, D) = E + A / N^alpha + B / D^beta to a thinned grid of all curves.

    Parameters
    ----------
    study : Study
        Runs of several sizes; use ``study.group("sizes")``.
    counting : str
        The law's N.
    first_bytes, ratio : float
        The grid; see `curve_points`.
    objective : str
        As for `scaling_utils.fitting.fit_chinchilla`.
    unit : {"runs", "sizes"}
        What a resample draws. Sizes show more doubt: also whether the law's form holds.
    resamples, seed : int
        As for `scaling_utils.bootstrap.bootstrap`; 0 resamples leave intervals out.

    Returns
    -------
    ParametricFit
        Its status is that of the fit.

    Raises
    ------
    ValueError
        If an option is unknown, or no curve reaches the first point.
    """
    one_of("objective", objective, OBJECTIVES)
    label = UNITS[one_of("unit", unit, UNITS)]
    points = curve_points(study, counting=counting, first_bytes=first_bytes, ratio=ratio)
    N, D, loss = (points[c].to_numpy(dtype=np.float64) for c in ("N", "D", "loss"))
    source = f"fitted to our own curves, N {counting}"
    fit = fit_chinchilla(N, D, loss, objective=objective, source=source)
    sample = None
    if resamples and fit.status in USABLE:
        clusters = pd.factorize(points[label])[0]
        sample = bootstrap(fit, resamples=resamples, kind="clusters", clusters=clusters, seed=seed)
    notes = [note for note in (fit.message, *fit.notes) if note]
    return ParametricFit(
        status=fit.status,
        method=(
            f"L(N, D) by {fit.objective}, N {counting}, points from {first_bytes:.3g} bytes on by "
            f"factors of {ratio:g}; {resamples} resamples of whole {unit}"
        ),
        points=len(points),
        left_out=len(study.left_out),
        notes=(*notes, *(sample.notes() if sample is not None else ())),
        fit=fit,
        sample=sample,
        profile=profile_E(N, D, loss),
        counting=counting,
    )


def profile_E(N: FloatArray, D: FloatArray, loss: FloatArray, *, steps: int = 50) -> pd.DataFrame:
    """The best law for each E, by least squares of log residuals: a flat valley, or a minimum?

    Parameters
    ----------
    N, D, loss : ndarray, shape (n,)
        Parameters, bytes and nats per byte of each point.
    steps : int
        Values of E, evenly spaced from zero to 98 % of the lowest loss.

    Returns
    -------
    DataFrame
        E, rms, alpha, beta, a, allowed.

    Examples
    --------
    >>> N, D = np.repeat(np.geomspace(1e3, 1e6, 8), 8), np.tile(np.geomspace(1e5, 1e7, 8), 8)
    >>> profile = profile_E(N, D, 1.0 + 20 / N**0.34 + 60 / D**0.34, steps=99)
    >>> abs(float(profile["E"][profile["rms"].idxmin()]) - 1.0) < 0.02
    True
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
