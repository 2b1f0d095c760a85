"""Approach 1 of Hoffmann et al. 2022, the lower envelope of training curves (Section 3.1); runs
simulated for both approaches, and the bias of a parabola in closed form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from scaling_utils.check import FloatArray, columns, one_number, positive, whole
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.power_fit import Frontier
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
        object.__setattr__(self, "N", one_number("N", self.N))
        cost = self.cost or FLOPS_PER_PARAMETER_TOKEN * self.N
        object.__setattr__(self, "cost", one_number("cost", cost))
        for name, column in zip(("D", "loss"), columns(D=self.D, loss=self.loss), strict=True):
            object.__setattr__(self, name, column)
        if self.D.size < 2 or (np.diff(self.D) <= 0).any():
            raise ValueError("D must rise along a training curve of at least two steps")

    @property
    def C(self) -> FloatArray:
        """Compute spent, in FLOPs."""
        return np.asarray(self.cost * self.D)


@dataclass(frozen=True, eq=False)
class Envelope(Frontier):
    """The best of the `curves` at each compute, and the power laws through them.

    `table` has one row per compute: C (FLOPs), N, D, loss (nats), curve (its place among the
    runs), edge (of the smallest or the largest size: a better one may be missing; the power laws
    leave these out).
    """

    table: pd.DataFrame
    curves: tuple[TrainingCurve, ...]

    @property
    def best(self) -> pd.DataFrame:
        """Rows of the table between the smallest and the largest size."""
        return self.table[~self.table["edge"]]


def envelope(curves: Sequence[TrainingCurve], *, points: int = 1500) -> Envelope:
    """Take the run of lowest loss at each compute and fit power laws through them.

    Compute is taken at `points` log-spaced values, 1500 in the paper, where at least two sizes
    reach it.

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
    reached = np.isfinite(loss.min(axis=0))
    best, C = loss[:, reached].argmin(axis=0), np.exp(log_C[reached])
    sizes = np.array([c.N for c in runs])
    N = sizes[best]
    edge = (sizes.min() == N) | (sizes.max() == N)
    if edge.all() or np.ptp(N[~edge]) == 0.0:
        raise ValueError(
            "fewer than two sizes between the smallest and the largest are best anywhere: "
            "widen the range of sizes or of compute"
        )
    D, lowest = C / np.array([c.cost for c in runs])[best], loss[:, reached].min(axis=0)
    table = pd.DataFrame({"C": C, "N": N, "D": D, "loss": lowest, "curve": best, "edge": edge})
    return Envelope(table, runs)


def simulated_curve(
    law: ChinchillaLaw, N: float, D_first: float, D_last: float, *, steps: int = 200
) -> TrainingCurve:
    """A training curve of a law, at log-spaced tokens: as if the schedule always fitted."""
    D = np.geomspace(one_number("D", D_first), one_number("D", D_last), steps)
    return TrainingCurve(N, D, np.asarray(law.loss(N, D)))


def simulated_profiles(
    law: ChinchillaLaw, budgets: ArrayLike, *, span: float, sizes: int
) -> pd.DataFrame:
    """Runs at each budget, log-spaced from the best size over `span` to the best size times it.

    One row per run, without noise: C (FLOPs), N (parameters), D (tokens), loss (nats per token).

    >>> law = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)
    >>> runs = simulated_profiles(law, [1e19, 1e21], span=2, sizes=3)
    >>> (runs["N"] / law.N_opt(runs["C"])).round(6).tolist()
    [0.5, 1.0, 2.0, 0.5, 1.0, 2.0]
    """
    C = np.atleast_1d(positive("budgets", budgets)).ravel()
    N = np.outer(law.N_opt(C), np.exp(_grid(span, sizes))).ravel()
    return _runs(law, np.repeat(C, sizes), N)


def _grid(span: float, sizes: int) -> FloatArray:
    """Logarithms of sizes from 1 / span to span."""
    if one_number("span", span) <= 1.0:
        raise ValueError(f"span must be above 1, got {span:g}")
    if whole("sizes", sizes, least=1) < 3:
        raise ValueError(f"a profile needs at least 3 sizes, got {sizes}")
    return np.linspace(-np.log(span), np.log(span), sizes)


def vertex_factor(
    alpha: float, beta: float, *, span: float, sizes: int, centre: float = 1.0
) -> float:
    """Ratio of the parabola's best model size to the law's: its known bias, in closed form.

    At a fixed budget L - E is proportional to exp(-alpha w) / alpha + exp(beta w) / beta with
    w = log(N / N_opt) (Czech et al., arXiv 2603.22339). The `sizes` lie from centre / span to
    centre * span times the best. By Hoffmann's exponents the tokens are 2.9 % too few:

    >>> round(1 / vertex_factor(0.34, 0.28, span=8, sizes=15) - 1, 4)
    -0.029
    """
    s = np.array([[-one_number("alpha", alpha)], [one_number("beta", beta)]])
    t, shift = _grid(span, sizes), np.log(one_number("centre", centre))
    if np.abs(s).max() * (t[-1] + abs(shift)) > 300.0:
        raise ValueError("so steep a profile is beyond double precision; exponents are about 0.3")
    weight, curved = (np.exp(s * shift) / np.abs(s)).T, t**2 - np.mean(t**2)
    slope = weight @ np.sinh(s * t) @ t / (t @ t)
    bend = weight @ np.cosh(s * t) @ curved / (curved @ curved)
    return float(np.exp(shift - slope[0] / (2.0 * bend[0])))


def profiles_between(
    law: ChinchillaLaw, budgets: ArrayLike, low: ArrayLike, high: ArrayLike, runs: ArrayLike
) -> pd.DataFrame:
    """The same, log-spaced between the smallest and the largest size of each budget."""
    C, lows, highs, number = columns(budgets=budgets, low=low, high=high, runs=runs)
    counts = [whole("runs", count, least=1) for count in number]
    rows = zip(lows, highs, counts, strict=True)
    N = np.concatenate([np.geomspace(least, most, count) for least, most, count in rows])
    return _runs(law, np.repeat(C, counts), N)


def _runs(law: ChinchillaLaw, C: FloatArray, N: FloatArray) -> pd.DataFrame:
    D = C / FLOPS_PER_PARAMETER_TOKEN / N
    return pd.DataFrame({"C": C, "N": N, "D": D, "loss": law.loss(N, D)})
