"""Hoffmann's 4,500 starts, and where a fit from each of them ends.

Hoffmann et al. 2022, Appendix D.2, minimise from every point of a grid in five dimensions.
From most of its points the usual optimiser goes nowhere: a term that is negligible at the
data has no slope and never wakes up, and a term that is enormous drives the others to zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from scaling_utils._validate import FloatArray, finite
from scaling_utils.fit import checked_runs
from scaling_utils.points import Batch, Points
from scaling_utils.solver import evaluate, minimise
from scaling_utils.starts import repaired

EXPONENTS = (0.0, 0.5, 1.0, 1.5, 2.0)
LOG_E = (-1.0, -0.5, 0.0, 0.5, 1.0)
LOG_SCALES = (0.0, 5.0, 10.0, 15.0, 20.0, 25.0)

ENDS = ("optimum", "near the optimum", "dead", "elsewhere")
"""Kinds of end: within 1e-6 of the lowest objective; within 10 %; a term negligible; the rest."""

OPTIMUM, NEAR = 1e-6, 0.1
NEGLIGIBLE = 1e-4
"""A term below this fraction of the loss at every run is dead."""


def hoffmann_grid() -> FloatArray:
    """The starts log A, log B, log E, alpha, beta, shape (5, 4500); the last changes fastest."""
    return np.array(list(product(LOG_SCALES, LOG_SCALES, LOG_E, EXPONENTS, EXPONENTS))).T.copy()


@dataclass(frozen=True, eq=False)
class GridAudit:
    """Where each start of a grid ended: objective over the lowest, less one, and a kind of end."""

    excess: FloatArray
    ends: NDArray[np.str_]
    method: str

    def counts(self) -> dict[str, int]:
        """Number of starts by kind of end."""
        return {kind: int((self.ends == kind).sum()) for kind in ENDS}

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(kind)}</td><td>{count}</td>"
            f"<td>{count / len(self.ends):.1%}</td></tr>"
            for kind, count in self.counts().items()
        )
        return (
            f"<table><caption><strong>Grid audit</strong> · {escape(self.method)}</caption>"
            f"<thead><tr><th>end</th><th>starts</th><th>share</th></tr></thead>"
            f"<tbody>{rows}</tbody></table>"
        )


def audit_usual(starts: pd.DataFrame, scale: str = "sum") -> GridAudit:
    """The audit of SciPy's L-BFGS-B from every start as it is.

    `starts` is the data set ``hoffmann2022_figure4_starts``; `scale` says which objective was
    minimised: the "mean" over runs, their "sum", or a "thousand" times the sum.
    """
    excess = starts[f"{scale}_excess"].to_numpy(dtype=float)
    stopped = starts[f"{scale}_success"].mean()
    return _audit(
        excess,
        starts[f"{scale}_dead"].to_numpy() == 1,
        f"starts as they are, SciPy's L-BFGS-B on the {scale}: {stopped:.1%} called a success",
    )


def audit_repaired(
    N: ArrayLike, D: ArrayLike, loss: ArrayLike, starts: ArrayLike | None = None
) -> GridAudit:
    """The audit of the same starts with each term lifted, or lowered, to a fair share of the loss.

    `starts` has rows log A, log B, log E, alpha, beta; the grid by default. Starts that are the
    same once repaired are solved once.
    """
    n, d, observed = checked_runs(N, D, loss)
    begin = hoffmann_grid() if starts is None else finite("starts", starts).T
    if begin.ndim != 2 or begin.shape[0] != 5:
        raise ValueError("starts must have five columns: log A, log B, log E, alpha, beta")
    points = Points.from_runs(n, d, observed)
    A, B, E = np.exp(begin[:3])
    theta = repaired(points.to_theta(np.stack([E, A, B, *begin[3:]], axis=1)))
    theta, number = np.unique(theta, axis=1, return_inverse=True)
    batch = Batch(points, np.ones(n.size), observed / points.unit)
    found = minimise(batch, theta)
    largest = [(term / batch.loss).max(axis=1) for term in points.terms(found.theta)]
    lowest = found.value.min()
    excess = (found.value - lowest) / max(lowest, 1e-20)
    return _audit(
        excess[number],
        np.min(largest, axis=0)[number] < NEGLIGIBLE,
        "repaired starts, damped semismooth Newton",
    )


def _audit(excess: FloatArray, dead: NDArray[np.bool_], method: str) -> GridAudit:
    kinds = np.where(dead, ENDS[2], ENDS[3])
    kinds = np.where(excess <= NEAR, ENDS[1], kinds)
    return GridAudit(excess, np.where(excess <= OPTIMUM, ENDS[0], kinds), method)


def objective_at(
    N: ArrayLike, D: ArrayLike, loss: ArrayLike, law: ArrayLike, *, delta: float = 1e-3
) -> float:
    """Hoffmann's objective, the sum over runs of Huber's function, at E, A, B, alpha, beta.

    >>> round(objective_at(1e9, 1e10, 2.0, [2.0, 1e-9, 1e-9, 1.0, 1.0], delta=1e-3), 12)
    0.0
    """
    n, d, observed = checked_runs(N, D, loss)
    points = Points.from_runs(n, d, observed)
    batch = Batch(points, np.ones(n.size), observed / points.unit, delta)
    return float(evaluate(batch, points.to_theta(np.atleast_2d(finite("law", law))))[0][0])
