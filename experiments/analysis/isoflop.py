"""IsoFLOP slices through training curves, and their minima (Approach 2 of Hoffmann et al. 2022).

Every run is cut where its compute meets the budget, by interpolation and never beyond its ends.
A parabola in ln N goes through the means over the seeds of each size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from experiments.analysis.counts import (
    COMPUTES,
    SIX_ND,
    WITH_HEAD,
    cost_per_byte,
    parameters,
)
from experiments.analysis.parabola import FEWEST, STATUS, WINDOW, Vertices, vertices
from experiments.analysis.resample import size_means
from experiments.analysis.result import OK, Result
from experiments.analysis.study import Study
from scaling_utils._validate import FloatArray, positive
from scaling_utils.frontier.isoflop import MINIMUM

NO_INTERIOR = "no interior minimum"


@dataclass(frozen=True, eq=False)
class Slices:
    """The loss of every run at every budget.

    Attributes
    ----------
    study : Study
        The runs.
    counting, compute : str
        How N and C are counted.
    C : ndarray, shape (k,)
        Budgets, FLOPs, rising.
    N, cost : ndarray, shape (sizes,)
        Parameters, and FLOPs per byte, of each size, in the order of N.
    label : ndarray of int, shape (runs,)
        Size of each run: a place in N.
    loss : ndarray, shape (runs, k)
        Nats per byte; NaN where the run's curve does not reach the budget.
    """

    study: Study
    counting: str
    compute: str
    C: FloatArray
    N: FloatArray
    cost: FloatArray
    label: NDArray[np.intp]
    loss: FloatArray

    def table(self) -> pd.DataFrame:
        """One row per run and budget that its curve reaches: C, run, seed, N, D, loss."""
        row, column = np.nonzero(np.isfinite(self.loss))
        runs = self.study.runs.iloc[row]
        C, size = self.C[column], self.label[row]
        found = pd.DataFrame(
            {
                "C": C,
                "run": runs["run"].to_numpy(),
                "seed": runs["seed"].to_numpy(),
                "N": self.N[size],
                "D": C / self.cost[size],
                "loss": self.loss[row, column],
            }
        )
        return found.sort_values(["C", "N", "seed"], ignore_index=True)

    def profiles(self, weights: FloatArray | None = None) -> FloatArray:
        """Mean loss of each size, shape (resamples, sizes, k), with the weights of resamples."""
        each = np.ones((1, len(self.label))) if weights is None else weights
        return size_means(each, self.loss, self.label)

    def bytes_at(self, C: ArrayLike, N: ArrayLike) -> FloatArray:
        """Bytes that a model of size N sees for a budget; its cost lies between the sizes'."""
        cost = np.exp(np.interp(np.log(N), np.log(self.N), np.log(self.cost)))
        return np.asarray(C, dtype=np.float64) / cost


def slices(
    study: Study,
    budgets: ArrayLike,
    *,
    counting: str = WITH_HEAD,
    compute: str = SIX_ND,
    running_minimum: bool = False,
) -> Slices:
    """Cut every run at every budget.

    Parameters
    ----------
    study : Study
        Runs of several sizes; use ``study.group("sizes")``.
    budgets : array_like, shape (k,)
        FLOPs.
    counting, compute : str
        Keys of `experiments.analysis.counts.COUNTINGS` and `COMPUTES`.
    running_minimum : bool
        Take the lowest loss so far at every point of a curve first.

    Returns
    -------
    Slices

    Raises
    ------
    ValueError
        If a budget is not positive, a counting is unknown, or two sizes have the same N.

    Examples
    --------
    >>> from scaling_utils.laws import ChinchillaLaw
    >>> from experiments.analysis.simulated import simulated_study
    >>> law = ChinchillaLaw(1.0, 20.0, 60.0, 0.34, 0.34)
    >>> cut = slices(simulated_study(law), [1e12], counting="all parameters").table()
    >>> bool(np.allclose(cut["loss"], law.loss(cut["N"], cut["D"]), rtol=1e-5))
    True
    """
    C = np.unique(np.atleast_1d(positive("C", budgets)))
    N_run = parameters(study.runs, counting)
    cost_run = cost_per_byte(study.runs, counting, compute)
    N, first, label = np.unique(N_run, return_index=True, return_inverse=True)
    if N.size != study.runs["size"].nunique():
        raise ValueError(
            f"two sizes of the study have the same N {counting}: take one group of it"
        )
    loss = study.loss_at(C / cost_run[:, np.newaxis], running_minimum=running_minimum)
    return Slices(study, counting, compute, C, N, cost_run[first], label, loss)


@dataclass(frozen=True, eq=False)
class Minima(Result):
    """The minimum of each slice.

    Attributes
    ----------
    slices : Slices
        What the parabolas go through.
    table : DataFrame
        One row per budget: C (FLOPs), status ("minimum"; "at the edge"; "not convex"; "too few
        sizes"), sizes and runs taken, N (parameters), D (bytes), bytes_per_parameter, loss
        (nats per byte), curvature (nats per squared unit of ln N), residual (nats), N_low and
        N_high (smallest and largest size taken). N, D and loss are NaN unless the status is
        "minimum".
    window : float
        Half-width of the sizes taken, in ln N.
    fewest : int
        Sizes taken at least.
    """

    slices: Slices
    table: pd.DataFrame
    window: float
    fewest: int

    def tables(self) -> dict[str, pd.DataFrame]:
        """The minima."""
        return {"minima": self.table}

    @property
    def interior(self) -> NDArray[np.bool_]:
        """Which budgets have a minimum between sizes that were trained, shape (k,)."""
        return np.asarray(self.table["status"] == MINIMUM)

    def parabolas(self, points: int = 41) -> pd.DataFrame:
        """The fitted parabolas over the sizes that each was fitted to: C, N, loss."""
        parts = []
        for row in self.table[self.interior].itertuples():
            N = np.geomspace(float(str(row.N_low)), float(str(row.N_high)), points)
            away = np.log(N / float(str(row.N)))
            loss = float(str(row.loss)) + 0.5 * float(str(row.curvature)) * away**2
            parts.append(pd.DataFrame({"C": row.C, "N": N, "loss": loss}))
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["C", "N"])

    def refit(self, weights: FloatArray) -> list[Vertices]:
        """Minima of resamples, for each budget in turn; see `seed_weights`."""
        profiles = self.slices.profiles(weights)
        log_N = np.log(self.slices.N)
        return [
            vertices(log_N, profiles[:, :, j], window=self.window, fewest=self.fewest)
            for j in range(self.slices.C.size)
        ]


def minima(cut: Slices, *, window: float = WINDOW, fewest: int = FEWEST) -> Minima:
    """Find the minimum of each slice; see `experiments.analysis.parabola`.

    Parameters
    ----------
    cut : Slices
        From `slices`.
    window : float
        Half-width of the sizes taken, in ln N.
    fewest : int
        Sizes taken at least, however far they are.

    Returns
    -------
    Minima
        Its status is "ok" if every budget has a minimum inside, "edges" if only some have,
        "no interior minimum" if none has.

    Examples
    --------
    >>> from scaling_utils.laws import ChinchillaLaw
    >>> from experiments.analysis.simulated import simulated_study
    >>> law = ChinchillaLaw(1.0, 20.0, 60.0, 0.34, 0.34)
    >>> study = simulated_study(law, counting="all parameters")
    >>> found = minima(slices(study, [1e12, 1e16], counting="all parameters"))
    >>> found.status, found.table["status"].tolist()
    ('edges', ['minimum', 'too few sizes'])
    >>> abs(float(found.table["N"][0] / law.N_opt(1e12)) - 1) < 0.03
    True
    """
    profile = cut.profiles()[0]
    rows = []
    for j, C in enumerate(cut.C):
        found = vertices(np.log(cut.N), profile[:, j], window=window, fewest=fewest)
        status = STATUS[int(found.status[0])]
        first, last = int(found.first[0]), int(found.last[0])
        there = np.isfinite(profile[:, j])
        taken = there & (np.arange(cut.N.size) >= first) & (np.arange(cut.N.size) <= last)
        if first < 0:
            taken[:] = False
        N, loss, bend = float(np.exp(found.log_N[0])), float(found.loss[0]), found.curvature[0]
        if status != MINIMUM:
            N = loss = bend = float("nan")
        D = float(cut.bytes_at(C, N)) if status == MINIMUM else float("nan")
        runs = int((np.isfinite(cut.loss[:, j]) & taken[cut.label]).sum())
        ends = (cut.N[first], cut.N[last]) if first >= 0 else (np.nan, np.nan)
        rows.append(
            (C, status, int(taken.sum()), runs, N, D, D / N, loss, bend, found.residual[0], *ends)
        )
    columns = ["C", "status", "sizes", "runs", "N", "D", "bytes_per_parameter", "loss"]
    table = pd.DataFrame(rows, columns=[*columns, "curvature", "residual", "N_low", "N_high"])
    good = int((table["status"] == MINIMUM).sum())
    others = table.loc[table["status"] != MINIMUM]
    notes = tuple(f"at {r.C:.3g} FLOPs: {r.status}" for r in others.itertuples())
    return Minima(
        status=OK if good == len(table) else ("edges" if good else NO_INTERIOR),
        method=(
            f"parabola of the mean loss of each size in ln N {cut.counting}, C = "
            f"{COMPUTES[cut.compute]}; sizes within a factor {np.exp(window):.3g} of the best, "
            f"or the nearest {fewest}"
        ),
        points=int(table["runs"].sum()),
        left_out=len(cut.study.left_out),
        notes=notes,
        slices=cut,
        table=table,
        window=window,
        fewest=fewest,
    )
