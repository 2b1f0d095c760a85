"""Does depth matter at a fixed number of parameters? (Kaplan et al. 2020, Section 3.1, Fig. 5.)"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from scaling_utils.fitting.identification import groups
from scaling_utils.measured.counts import BODY, parameters
from scaling_utils.measured.result import OK, Result
from scaling_utils.measured.spread import cells
from scaling_utils.measured.study import Study, StudyError

SAME_N = 0.25
"""Shapes within this fraction of the smallest are of one size."""

ONE_SEED = "no interval: every shape has one seed"


@dataclass(frozen=True, eq=False)
class DepthEffect(Result):
    """Loss of deep and shallow models of the same size.

    Attributes
    ----------
    table : DataFrame
        One row per shape: N (geometric mean of its size's shapes, parameters), layers, N_own
        (parameters), seeds, loss (mean, nats per byte), sd (of its own seeds), and excess: the
        fraction above the best shape of this size, with excess_low and excess_high.
    ranges : DataFrame
        One row per size: N, bytes (at which all are compared), best and worst (layers), range
        (fraction by which the worst lies above the best) with range_low and range_high, ratio
        (of the deepest to the shallowest), N_spread (largest N over smallest, less one), sd
        (of one seed, nats, pooled over the shapes), freedom.
    level : float
        Coverage of the intervals.
    """

    table: pd.DataFrame
    ranges: pd.DataFrame
    level: float

    def tables(self) -> dict[str, pd.DataFrame]:
        """The shapes and the ranges."""
        return {"shapes": self.table, "ranges": self.ranges}


def depth_effect(
    study: Study, *, counting: str = BODY, same: float = SAME_N, level: float = 0.95
) -> DepthEffect:
    """Compare shapes of equal size at equal data.

    Parameters
    ----------
    study : Study
        Runs with a column layers; use ``study.group("depth")``.
    counting : str
        In which N the shapes are of equal size.
    same : float
        Shapes whose N differs by no more than this fraction are of one size.
    level : float
        Coverage of the intervals.

    Returns
    -------
    DepthEffect
        The intervals are Student's t with a spread pooled over the shapes of a size. The best
        shape was chosen by the same runs, so a small excess over it is flattering to it.

    Raises
    ------
    StudyError
        If the runs have no column layers, or no size has two depths.

    Examples
    --------
    >>> from scaling_utils.measured.simulated import simulated_tables
    >>> from scaling_utils.laws import ChinchillaLaw
    >>> runs, curves = simulated_tables(ChinchillaLaw(1.0, 20.0, 60.0, 0.34, 0.34), noise=0.01)
    >>> shallow = runs["seed"] == 0
    >>> study = Study.of(runs.assign(layers=np.where(shallow, 1, 4)), curves)
    >>> depth_effect(study).ranges["ratio"].unique().tolist()
    [4.0]
    """
    if "layers" not in study.runs:
        raise StudyError("the runs have no column layers")
    N = parameters(study.runs, counting)
    layers = study.runs["layers"].to_numpy(dtype=np.float64)
    size = groups(N, same)
    # All shapes of a size are compared after as many bytes as its shortest run has seen.
    shortest = np.array([study.last[size == k].min() for k in range(int(size.max()) + 1)])
    loss = study.loss_at(shortest[size][:, np.newaxis])[:, 0]
    rows, ranges, points = [], [], 0
    for k, D in enumerate(shortest):
        own = np.flatnonzero(size == k)
        depths, label = np.unique(layers[own], return_inverse=True)
        if depths.size < 2:
            continue
        found = cells(loss[own], label)
        mean = float(np.exp(np.log(N[own]).mean()))
        best, worst = int(found.mean.argmin()), int(found.mean.argmax())
        unit = float(found.mean[best])
        half = [found.half_width(j, best, level=level) / unit for j in range(depths.size)]
        excess = found.mean / unit - 1.0
        shape_N = [float(N[own][label == j].mean()) for j in range(depths.size)]
        for j, depth in enumerate(depths):
            ends = (excess[j], excess[j] - half[j], excess[j] + half[j])
            seen = (int(found.number[j]), found.mean[j], found.sd[j])
            rows.append((mean, int(depth), shape_N[j], *seen, *ends))
        largest = (excess[worst], excess[worst] - half[worst], excess[worst] + half[worst])
        spread = (max(shape_N) / min(shape_N) - 1.0, found.pooled, found.freedom)
        at = (mean, float(D), int(depths[best]), int(depths[worst]))
        ranges.append((*at, *largest, depths[-1] / depths[0], *spread))
        points += own.size
    if not rows:
        raise StudyError("no size of the study has two depths")
    names = ["N", "layers", "N_own", "seeds", "loss", "sd", "excess", "excess_low", "excess_high"]
    columns = ["N", "bytes", "best", "worst", "range", "range_low", "range_high", "ratio"]
    table = pd.DataFrame(ranges, columns=[*columns, "N_spread", "sd", "freedom"])
    return DepthEffect(
        status=OK if (table["freedom"] > 0).all() else ONE_SEED,
        method=(
            f"mean loss over the seeds of each shape at equal bytes, sizes equal in N {counting} "
            f"within {same:.0%}; Student's t with a spread pooled over the shapes of a size"
        ),
        points=points,
        left_out=len(study.left_out),
        notes=("the best shape is chosen by the same runs that it is compared with",),
        table=pd.DataFrame(rows, columns=names),
        ranges=table,
        level=level,
    )
