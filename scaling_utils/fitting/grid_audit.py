"""Where each of Hoffmann's 4,500 starts ends.

Hoffmann et al. 2022, Appendix D.2, minimise from every point of a grid in five dimensions.
From most of its points the usual optimiser goes nowhere: a term that is negligible at the
data has no slope and never wakes up, and a term that is enormous drives the others to zero.
The audit shows it, start by start, in two versions: the starts as they are, with the usual
method and its usual stopping rules; and the same starts repaired, with this package's solver.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from scaling_utils._validate import FloatArray, finite, one_number
from scaling_utils.solver.objective import Residual, evaluate
from scaling_utils.solver.paths import by_way_of_squares
from scaling_utils.solver.points import SYMBOLS, Batch, Points
from scaling_utils.solver.problem import checked_problem
from scaling_utils.solver.quasi_newton import quasi_newton
from scaling_utils.solver.starts import hoffmann_grid, repaired

ENDS = ("optimum", "near the optimum", "dead", "elsewhere")
"""Kinds of end: within `tolerance` of the best; within 10 %; a term negligible; the rest."""

NEAR = 0.1
NEGLIGIBLE = 1e-4
"""A term below this fraction of the loss at every run is dead."""


@dataclass(frozen=True, eq=False)
class GridAudit:
    """Where each start of a grid ended.

    Attributes
    ----------
    starts : ndarray, shape (P, 5)
        log A, log B, log E, alpha, beta.
    laws : ndarray, shape (P, 5)
        E, A, B, alpha, beta at the end.
    values : ndarray, shape (P,)
        Objective at the end: sum over runs of Huber's function.
    iterations : ndarray of int, shape (P,)
        Steps.
    stopped : ndarray of bool, shape (P,)
        Whether the method's own rule ended it, which is what it calls success.
    ends : ndarray of str, shape (P,)
        One of `ENDS`.
    best : float
        The lowest objective known.
    tolerance : float
        Relative distance from the best that counts as the optimum.
    runs : int
        Number of runs that were fitted.
    method : str
        How the starts were treated.
    """

    starts: FloatArray
    laws: FloatArray
    values: FloatArray
    iterations: NDArray[np.intp]
    stopped: NDArray[np.bool_]
    ends: NDArray[np.str_]
    best: float
    tolerance: float
    runs: int
    method: str

    def counts(self) -> dict[str, int]:
        """Number of starts by kind of end."""
        return {kind: int((self.ends == kind).sum()) for kind in ENDS}

    def share_within(self, fraction: float) -> float:
        """Share of starts whose objective is within a fraction of the best known.

        Examples
        --------
        >>> import numpy as np
        >>> from scaling_utils.laws import ChinchillaLaw
        >>> N = np.repeat([1e8, 3e8, 1e9, 3e9], 4)
        >>> D = np.tile([1e9, 5e9, 2e10, 1e11], 4)
        >>> audit = audit_grid(N, D, ChinchillaLaw(1.7, 400, 400, 0.34, 0.28).loss(N, D) + 0.01)
        >>> audit.share_within(1.0)
        1.0
        """
        edge = self.best * (1.0 + fraction) + _rounding(self.runs)
        return float((self.values <= edge).mean())

    def table(self) -> pd.DataFrame:
        """One row per start: where it began, where it ended, and what kind of end that is."""
        columns = dict(
            zip(("start_log_A", "start_log_B", "start_log_E"), self.starts.T, strict=False)
        )
        columns |= {"start_alpha": self.starts[:, 3], "start_beta": self.starts[:, 4]}
        columns |= dict(zip(SYMBOLS, self.laws.T, strict=True))
        table = pd.DataFrame(columns)
        table["objective"] = self.values
        table["iterations"] = self.iterations
        table["stopped"] = self.stopped
        table["end"] = self.ends
        return table

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as plain values."""
        return {
            "kind": "GridAudit",
            "method": self.method,
            "starts": len(self.values),
            "best": self.best,
            "tolerance": self.tolerance,
            "ends": self.counts(),
            "stopped": int(self.stopped.sum()),
        }

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(kind)}</td><td>{count}</td>"
            f"<td>{count / len(self.values):.1%}</td></tr>"
            for kind, count in self.counts().items()
        )
        return (
            f"<table><caption><strong>Grid audit</strong> · {escape(self.method)} · "
            f"{int(self.stopped.sum())} of {len(self.values)} stopped by their own rule</caption>"
            f"<thead><tr><th>end</th><th>starts</th><th>share</th></tr></thead>"
            f"<tbody>{rows}</tbody></table>"
        )


def audit_grid(
    N: ArrayLike,
    D: ArrayLike,
    loss: ArrayLike,
    *,
    repair: bool = True,
    delta: float = 1e-3,
    scale: float = 1.0,
    starts: ArrayLike | None = None,
    best: float | None = None,
    tolerance: float = 1e-6,
) -> GridAudit:
    """Minimise from every start of Hoffmann's grid and record where each ends.

    Parameters
    ----------
    N, D, loss : array_like, shape (n,)
        Parameters, tokens and nats per token of each run.
    repair : bool
        True moves each term to between 2 % and 20 % of the loss at the centre of the data,
        and solves each start on its own with this package's solver. False takes the starts
        as they are, with BFGS in uncentred coordinates and the stopping rules of SciPy's
        L-BFGS-B.
    delta : float
        Width of Huber's quadratic zone.
    scale : float
        The objective is multiplied by this before the raw starts are minimised: 1 / n gives
        the mean over runs that the first published fit used. The repaired version does not
        depend on it.
    starts : array_like, shape (P, 5), optional
        Other starts (log A, log B, log E, alpha, beta) than the grid's.
    best : float, optional
        The lowest objective known; by default the lowest that this audit finds.
    tolerance : float
        Relative distance from the best that counts as the optimum.

    Returns
    -------
    GridAudit
        Ends in the order of the starts.

    Raises
    ------
    ValueError
        If an argument is not positive and finite, or the lengths differ.
    """
    problem = checked_problem(N, D, loss, "huber", delta, None, None, None, False)
    factor = one_number("scale", scale)
    begin = hoffmann_grid() if starts is None else finite("starts", starts).T
    if begin.ndim != 2 or begin.shape[0] != 5:
        raise ValueError("starts must have five columns: log A, log B, log E, alpha, beta")
    if repair:
        points = problem.points()
        batch = problem.batch(points)
        end = by_way_of_squares(batch, repaired(points.centred(begin)), problem.residual)
        method = "repaired starts, damped semismooth Newton, each start on its own"
    else:
        points = Points.from_runs(problem.N, problem.D, problem.loss, centred=False)
        batch = problem.batch(points)
        end = quasi_newton(batch, begin, problem.residual, scale=factor)
        method = (
            f"starts as they are, BFGS on {factor:g} times the objective, usual stopping rules"
        )
    lowest = float(end.value.min()) if best is None else one_number("best", best)
    return GridAudit(
        starts=begin.T.copy(),
        laws=points.to_laws(end.theta),
        values=end.value,
        iterations=end.iterations,
        stopped=end.converged,
        ends=_kinds(batch, end.theta, end.value, lowest, tolerance),
        best=lowest,
        tolerance=tolerance,
        runs=batch.points.size,
        method=method,
    )


def objective_at(
    N: ArrayLike, D: ArrayLike, loss: ArrayLike, law: ArrayLike, *, delta: float = 1e-3
) -> float:
    """Hoffmann's objective, the sum over runs of Huber's function, at given constants.

    Parameters
    ----------
    N, D, loss : array_like, shape (n,)
        Parameters, tokens and nats per token of each run.
    law : array_like of 5 floats
        E, A, B, alpha, beta.
    delta : float
        Width of Huber's quadratic zone.

    Examples
    --------
    >>> round(objective_at(1e9, 1e10, 2.0, [2.0, 1e-9, 1e-9, 1.0, 1.0], delta=1e-3), 12)
    0.0
    """
    problem = checked_problem(N, D, loss, "huber", delta, None, None, None, False)
    points = problem.points()
    theta = points.to_theta(np.atleast_2d(finite("law", law)))
    return float(evaluate(problem.batch(points), theta, Residual(delta)).value[0])


def _kinds(
    batch: Batch, theta: FloatArray, values: FloatArray, best: float, tolerance: float
) -> NDArray[np.str_]:
    """Classify the ends."""
    with np.errstate(over="ignore"):
        by_model, by_data, floor = batch.points.terms(theta)
    largest = np.stack(
        [(term / batch.loss).max(axis=1) for term in (by_model, by_data, floor)]
    ).min(axis=0)
    kinds = np.where(largest < NEGLIGIBLE, ENDS[2], ENDS[3])
    kinds = np.where(values <= best * (1.0 + NEAR), ENDS[1], kinds)
    edge = best * (1.0 + tolerance) + _rounding(batch.points.size)
    return np.where(values <= edge, ENDS[0], kinds)


def _rounding(runs: int) -> float:
    """Objective that rounding errors alone can leave."""
    return 1e-26 * runs
