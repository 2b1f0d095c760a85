"""Approach 1 of Hoffmann et al. 2022: the lower envelope of training curves (Section 3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from scaling_utils._validate import FloatArray, aligned, one_number, positive, same_length
from scaling_utils.frontier.power_fit import PowerFit, fit_power
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN


@dataclass(frozen=True, eq=False)
class TrainingCurve:
    """Loss (nats per token) of one run of `N` parameters after `D` tokens, rising.

    `cost` is the FLOPs of one token, 6 N unless given.
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
        """Compute spent, in FLOPs."""
        return np.asarray(self.cost * self.D)


@dataclass(frozen=True, eq=False)
class Envelope:
    """The best of the `curves` at each compute, and the power laws through them.

    `table` has one row per compute: C (FLOPs), N, D, loss (nats), curve (its place among the
    runs), edge (the best run is of the smallest or of the largest size, so a better size may be
    missing). The power laws `N_fit` and `D_fit` leave the edges out.
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


def envelope(curves: Sequence[TrainingCurve], *, points: int = 1500) -> Envelope:
    """Take the run of lowest loss at each compute and fit power laws through them.

    Compute is taken at `points` log-spaced values, 1500 in the paper, and only where at least two
    sizes reach it: elsewhere there is no choice.

    Examples
    --------
    >>> law = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)
    >>> sizes = np.geomspace(1e8, 1e10, 40)
    >>> found = envelope([simulated_curve(law, N, 1e8, 4e12) for N in sizes])
    >>> abs(found.a - law.a) < 0.03
    True
    """
    runs = tuple(curves)
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
    lowest = loss[:, reached].min(axis=0)
    table = pd.DataFrame({"C": C, "N": N, "D": D, "loss": lowest, "curve": best, "edge": edge})
    inside = ~edge
    N_fit, D_fit = fit_power(C[inside], N[inside]), fit_power(C[inside], D[inside])
    return Envelope(runs, table, N_fit, D_fit)


def simulated_curve(
    law: ChinchillaLaw, N: float, D_first: float, D_last: float, *, steps: int = 200
) -> TrainingCurve:
    """A training curve that follows a law, at log-spaced tokens: as if the schedule always fitted.

    Examples
    --------
    >>> law = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)
    >>> simulated_curve(law, 1e9, 1e9, 1e10, steps=3).loss.round(3).tolist()
    [3.284, 2.942, 2.695]
    """
    D = np.geomspace(one_number("D", D_first), one_number("D", D_last), steps)
    return TrainingCurve(N, D, np.asarray(law.loss(N, D)))
