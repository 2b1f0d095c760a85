"""The best sizes at equal compute, how they grow, and what is best about them.

An answer for each draw of the seeds (see `seed_draws`), by the rules of criteria.md, chapter 12.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from experiments.analysis.counts import BODY, SIX_ND
from experiments.analysis.seed_draws import Drawn, over_draws
from experiments.analysis.slices import STATUS, Slices, slices, vertices
from experiments.analysis.study import StudyError
from experiments.analysis.travel import SINCE
from scaling_utils.check import FloatArray, one_of, positive
from scaling_utils.fitting.resample import Interval
from scaling_utils.isoflop import MINIMUM
from scaling_utils.power_fit import straight

BUDGETS = (2.5e10, 7.9e10, 2.5e11, 7.9e11, 2.5e12, 7.9e12)
"""FLOPs at which sizes are compared: half a decade apart, up to just below the 8e12 that the plan
of the runs reaches without embeddings; the runs end at whole steps, a little short of it."""

FEWEST_BUDGETS = 3


@dataclass(frozen=True, eq=False)
class BestSizes:
    """Minima of IsoFLOP slices, in every draw, where the mean has one between the sizes.

    - cut: The losses of all sizes at these budgets.
    - status: What was found at each budget that was asked for.
    - taken (2, k): Smallest and largest N that the parabola of the mean went through.
    - N, D, loss, curvature (draws, k): Place, bytes, height and second derivative by ln N (nats)
      of each minimum; NaN where a draw has none inside.
    - weights (draws, runs): How often each run counts.
    - a, b (draws,): Powers of compute with which N and D grow.
    """

    cut: Slices
    status: dict[float, str]
    taken: FloatArray
    N: FloatArray
    D: FloatArray
    loss: FloatArray
    curvature: FloatArray
    weights: FloatArray
    a: FloatArray = field(init=False)
    b: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        """Fit the power laws of the best size and the best amount of data."""
        for name, values in (("a", self.N), ("b", self.D)):
            object.__setattr__(self, name, straight(np.log(self.cut.C), np.log(values)).slope)

    @property
    def lowest(self) -> FloatArray:
        """Least loss of all sizes at each budget, nats per byte: (draws, k)."""
        profiles = self.cut.profiles(self.weights)
        return np.asarray(np.where(np.isfinite(profiles), profiles, np.inf).min(axis=1))

    def interval(self, name: str = "a", level: float = 0.95) -> Interval:
        """Interval of a, b or b - a over the seeds."""
        draws = {"a": self.a, "b": self.b, "b - a": self.b - self.a}
        return over_draws(draws[one_of("name", name, draws)], level)

    def budget_range(self) -> tuple[float, float]:
        """Lowest and highest a when one budget is left out."""
        kept = ~np.eye(self.cut.C.size, dtype=bool)
        left = straight(np.log(self.cut.C), np.where(kept, np.log(self.N[0]), np.nan)).slope
        return float(left.min()), float(left.max())

    def lines(self, C: FloatArray) -> tuple[FloatArray, FloatArray]:
        """N and D of the power laws through the minima of the mean."""
        x = np.log(self.cut.C)
        N, D = (
            straight(x, np.log(each[:1])).at(np.log(C)[np.newaxis]) for each in (self.N, self.D)
        )
        return np.exp(N[0]), np.exp(D[0])

    def table(self) -> pd.DataFrame:
        """C; N, D, bytes_per_parameter and loss at each minimum, each with _low and _high."""
        found = {"C": self.cut.C}
        each = {"N": self.N, "D": self.D, "bytes_per_parameter": self.D / self.N}
        for name, values in (each | {"loss": self.loss}).items():
            ends = [over_draws(draws) for draws in values.T]
            found[name] = values[0]
            found[f"{name}_low"] = np.array([end.low for end in ends])
            found[f"{name}_high"] = np.array([end.high for end in ends])
        return pd.DataFrame(found)

    def runs(self) -> pd.DataFrame:
        """The runs that the parabolas of the mean were fitted to; see `Slices.table`."""
        ends = pd.DataFrame({"C": self.cut.C, "least": self.taken[0], "most": self.taken[1]})
        table = self.cut.table().merge(ends, on="C")
        kept = table["N"].between(table["least"], table["most"])
        return table[kept].drop(columns=["least", "most"])

    def parabolas(self, points: int = 41) -> pd.DataFrame:
        """The parabolas of the mean over the sizes that each was fitted to: C, N, loss."""
        parts = []
        for j, (C, ends) in enumerate(zip(self.cut.C, self.taken.T, strict=True)):
            N = np.geomspace(ends[0], ends[1], points)
            loss = self.loss[0, j] + 0.5 * self.curvature[0, j] * np.log(N / self.N[0, j]) ** 2
            parts.append(pd.DataFrame({"C": C, "N": N, "loss": loss}))
        return pd.concat(parts, ignore_index=True)


def best_sizes(
    sizes: Drawn,
    counting: str = BODY,
    budgets: ArrayLike = BUDGETS,
    *,
    compute: str = SIX_ND,
    first: float = SINCE,
) -> BestSizes:
    """Find the best size at each budget [FLOPs] in every draw; curves count from `first` bytes."""
    study = sizes.since(first).study
    whole = slices(study, budgets, counting=counting, compute=compute)
    profiles, log_N = whole.profiles(sizes.weights), np.log(whole.N)
    found = [vertices(log_N, profiles[:, :, j]) for j in range(whole.C.size)]
    status = {float(C): STATUS[each.status[0]] for C, each in zip(whole.C, found, strict=True)}
    inside = np.array([name == MINIMUM for name in status.values()])
    if inside.sum() < FEWEST_BUDGETS:
        raise StudyError(
            f"{inside.sum()} of {whole.C.size} budgets have a minimum between the sizes; "
            "three are needed"
        )
    found = [each for each, kept in zip(found, inside, strict=True) if kept]
    cut = slices(study, whole.C[inside], counting=counting, compute=compute)
    good = np.stack([each.status == STATUS.index(MINIMUM) for each in found], axis=1)
    N, loss, curvature = (
        np.where(good, np.stack(values, axis=1), np.nan)
        for values in zip(*[(np.exp(v.log_N), v.loss, v.curvature) for v in found], strict=True)
    )
    taken = np.array([cut.N[[each.first[0], each.last[0]]] for each in found]).T
    D = cut.bytes_at(cut.C, N)
    return BestSizes(cut, status, taken, N, D, loss, curvature, sizes.weights)


def exponent_shift(more: BestSizes, fewer: BestSizes) -> Interval:
    """Exponent a in one counting less that in another, on the same draws of the seeds."""
    return over_draws(fewer.a - more.a)


def frontier_bend(best: BestSizes) -> FloatArray:
    """Greatest distance of the best loss at a budget from a straight line of logarithms [%]."""
    x, y = np.log(best.cut.C), np.log(best.lowest)
    line = straight(x, y).at(np.broadcast_to(x, y.shape))
    return np.asarray(100.0 * np.abs(np.expm1(y - line)).max(axis=1))


def more_compute(best: BestSizes, factor: float) -> FloatArray:
    """Compute for the same loss at a multiple of the best size, less that of the best [%].

    Mean over budgets. With x = ln of the compute ratio the loss falls by slope x along the
    frontier and rises by the parabola of the slice there, whose vertex has moved by a x.
    """
    away = float(np.log(positive("factor", factor)))
    power = straight(np.log(best.cut.C), np.log(best.loss)).slope[:, np.newaxis]
    slope, bend, a = power * best.loss, best.curvature, best.a[:, np.newaxis]
    # bend / 2 (away - a x)^2 + slope x = 0, the root nearer to zero.
    linear = slope - bend * a * away
    inside = linear**2 - (bend * a * away) ** 2
    root = np.sqrt(np.where(inside >= 0, inside, np.nan))
    return np.asarray(100.0 * mean_over(np.expm1(bend * away**2 / (-linear + root))))


def mean_over(values: FloatArray) -> FloatArray:
    """Mean over the budgets that are there; NaN where none is."""
    there = np.isfinite(values)
    number = there.sum(axis=1)
    total = np.where(there, values, 0.0).sum(axis=1)
    return np.asarray(np.where(number > 0, total / np.maximum(number, 1), np.nan))
