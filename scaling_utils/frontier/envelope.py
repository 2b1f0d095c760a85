"""Approach 1 of Hoffmann et al. 2022: the lower envelope of training curves (Section 3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.ndimage import gaussian_filter1d

from scaling_utils._validate import (
    FloatArray,
    aligned,
    one_number,
    positive,
    same_length,
    whole,
)
from scaling_utils.frontier.power_fit import PowerFit, Range, fit_power, quantile_range
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN

LATE = 0.15


@dataclass(frozen=True, eq=False)
class TrainingCurve:
    """Loss of one run while it trains.

    Parameters
    ----------
    N : float
        Parameters.
    D : array_like, shape (steps,)
        Tokens seen, rising.
    loss : array_like, shape (steps,)
        Nats per token.
    cost : float, optional
        FLOPs per token; 6 N by default.

    Raises
    ------
    ValueError
        If a value is not positive, lengths differ, or tokens do not rise.
    """

    N: float
    D: FloatArray
    loss: FloatArray
    cost: float = 0.0

    def __post_init__(self) -> None:
        """Check the curve and make its columns arrays."""
        object.__setattr__(self, "N", one_number("N", self.N))
        cost = self.cost or FLOPS_PER_PARAMETER_TOKEN * self.N
        object.__setattr__(self, "cost", one_number("cost", cost))
        aligned(D=self.D, loss=self.loss)
        for name in ("D", "loss"):
            array = np.atleast_1d(positive(name, getattr(self, name))).ravel()
            object.__setattr__(self, name, array)
        same_length(D=self.D, loss=self.loss)
        if self.D.size < 2 or (np.diff(self.D) <= 0).any():
            raise ValueError("D must rise along a training curve of at least two steps")

    @property
    def C(self) -> FloatArray:
        """Compute spent, in FLOPs: 6 N D unless the curve says what a token costs."""
        return np.asarray(self.cost * self.D)

    def smoothed(self, width: float) -> TrainingCurve:
        """The curve with its loss smoothed by a Gaussian of `width` steps (App. D.1: 10)."""
        loss = gaussian_filter1d(self.loss, width, mode="nearest")
        return replace(self, loss=loss)


@dataclass(frozen=True, eq=False)
class Envelope:
    """The best run at each compute, and the power laws through them.

    Attributes
    ----------
    curves : tuple of TrainingCurve
        The runs.
    table : DataFrame
        One row per compute: C (FLOPs), N, D, loss (nats), curve (its place among the runs),
        progress (share of the run's tokens seen), edge (the best run is of the smallest or
        of the largest size, so a better size may be missing).
    N_fit, D_fit : PowerFit
        Best size and best data against compute, without the edges; their exponents are a
        and b.
    """

    curves: tuple[TrainingCurve, ...]
    table: pd.DataFrame
    N_fit: PowerFit
    D_fit: PowerFit

    @property
    def a(self) -> float:
        """Exponent of the best size."""
        return self.N_fit.exponent

    @property
    def b(self) -> float:
        """Exponent of the best amount of data."""
        return self.D_fit.exponent

    def late_share(self, last: float = LATE) -> float:
        """Share of the envelope in the last part of its runs (footnote 4 says all, for 15 %)."""
        return float((self.table.loc[~self.table["edge"], "progress"] >= 1.0 - last).mean())

    def interval(
        self,
        *,
        draws: int = 100,
        share: float = 0.8,
        level: float = 0.8,
        seed: int = 0,
        allow_left_out: bool = False,
    ) -> Range:
        """Range of a over subsets of the runs: the paper's 100 draws of 80 %, 10th to 90th.

        Such subsets overlap and are smaller than the data; the range is no standard error.
        A subset whose envelope has fewer than two inner sizes gives no exponent; the range says
        how many there are, and more than a tenth need `allow_left_out`.

        Raises
        ------
        ValueError
            If no subset gives an exponent, or too few do.
        """
        rng = np.random.default_rng(whole("seed", seed, least=0))
        draws = whole("draws", draws, least=1)
        kept = max(2, round(share * len(self.curves)))
        found, points = [], len(self.table)
        for _ in range(draws):
            chosen = rng.choice(len(self.curves), kept, replace=False)
            try:
                found.append(envelope([self.curves[k] for k in chosen], points=points).a)
            except ValueError:
                continue
        missing = draws - len(found)
        return quantile_range(np.array(found), level, missing, allow_left_out=allow_left_out)


def envelope(
    curves: Sequence[TrainingCurve], *, points: int = 1500, smoothing: float = 0.0
) -> Envelope:
    """Take the run of lowest loss at each compute and fit power laws through them.

    Parameters
    ----------
    curves : sequence of TrainingCurve
        Runs of at least two sizes.
    points : int
        Log-spaced values of compute; the paper uses 1500.
    smoothing : float
        Width of a Gaussian, in steps, that smooths each loss first; 0 leaves it as it is.

    Returns
    -------
    Envelope
        Only compute that at least two sizes reach is used: elsewhere there is no choice.

    Raises
    ------
    ValueError
        If no compute is reached by two sizes, or fewer than two inner sizes are ever best.

    Examples
    --------
    >>> law = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)
    >>> sizes = np.geomspace(1e8, 1e10, 40)
    >>> found = envelope([simulated_curve(law, N, 1e8, 4e12) for N in sizes])
    >>> abs(found.a - law.a) < 0.03
    True
    """
    runs = tuple(curve.smoothed(smoothing) if smoothing > 0 else curve for curve in curves)
    if len({curve.N for curve in runs}) < 2:
        raise ValueError("an envelope needs runs of at least two sizes")
    start = sorted({c.N: min(r.C[0] for r in runs if r.N == c.N) for c in runs}.values())[1]
    stop = sorted({c.N: max(r.C[-1] for r in runs if r.N == c.N) for c in runs}.values())[-2]
    if start >= stop:
        raise ValueError("no compute is reached by two sizes: the curves do not overlap")
    log_C = np.linspace(np.log(start), np.log(stop), points)
    loss = np.stack(
        [np.interp(log_C, np.log(c.C), c.loss, left=np.inf, right=np.inf) for c in runs]
    )
    best = loss.argmin(axis=0)
    reached = np.isfinite(loss.min(axis=0))
    best, C = best[reached], np.exp(log_C[reached])
    sizes = np.array([c.N for c in runs])
    N = sizes[best]
    edge = (sizes.min() == N) | (sizes.max() == N)
    if edge.all() or np.ptp(N[~edge]) == 0.0:
        raise ValueError(
            "fewer than two sizes between the smallest and the largest are best anywhere: "
            "widen the range of sizes or of compute"
        )
    D = C / np.array([c.cost for c in runs])[best]
    table = pd.DataFrame(
        {
            "C": C,
            "N": N,
            "D": D,
            "loss": loss[:, reached].min(axis=0),
            "curve": best,
            "progress": D / np.array([c.D[-1] for c in runs])[best],
            "edge": edge,
        }
    )
    inside = ~edge
    N_fit, D_fit = fit_power(C[inside], N[inside]), fit_power(C[inside], D[inside])
    return Envelope(runs, table, N_fit, D_fit)


def simulated_curve(
    law: ChinchillaLaw, N: float, D_first: float, D_last: float, *, steps: int = 200
) -> TrainingCurve:
    """A training curve that follows a law: as if the schedule fitted every amount of data.

    Parameters
    ----------
    law : ChinchillaLaw
        Gives the loss.
    N : float
        Parameters.
    D_first, D_last : float
        Tokens at the first and at the last step, log-spaced between.
    steps : int
        Number of steps.

    Examples
    --------
    >>> law = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)
    >>> simulated_curve(law, 1e9, 1e9, 1e10, steps=3).loss.round(3).tolist()
    [3.284, 2.942, 2.695]
    """
    D: ArrayLike = np.geomspace(one_number("D", D_first), one_number("D", D_last), steps)
    return TrainingCurve(N, np.asarray(D), np.asarray(law.loss(N, D)))
