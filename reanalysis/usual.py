"""The usual way to fit the Chinchilla law, and where it ends from Hoffmann's 4,500 starts.

From most points of the grid of Hoffmann et al. 2022, Appendix D.2, it goes nowhere: a term that
is negligible at the data has no slope, and an enormous one drives the others to zero.

The usual way is SciPy's L-BFGS-B with its default stopping rules, in log A, log B, log E, alpha
and beta, on the objective of Eq. 11, times a number. Nothing else in this package fits this way.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from scaling_utils.check import FloatArray, columns, finite, positive
from scaling_utils.fitting.constrained import Constrained
from scaling_utils.fitting.forms import FORMS
from scaling_utils.fitting.points import Batch, Points
from scaling_utils.fitting.solver import evaluate, minimise
from scaling_utils.fitting.starts import repaired
from scaling_utils.laws import ChinchillaLaw

EXPONENTS = (0.0, 0.5, 1.0, 1.5, 2.0)
LOG_E = (-1.0, -0.5, 0.0, 0.5, 1.0)
LOG_SCALES = (0.0, 5.0, 10.0, 15.0, 20.0, 25.0)

OPTIMUM, NEGLIGIBLE = 1e-6, 1e-4
"""An end is at the optimum up to this excess; a term is dead below this share of every loss."""

DELTA = 1e-3
"""Width of Huber's quadratic zone (Hoffmann et al. 2022, Eq. 3)."""


def hoffmann_grid() -> FloatArray:
    """The starts log A, log B, log E, alpha, beta, shape (5, 4500); the last changes fastest."""
    return np.array(list(product(LOG_SCALES, LOG_SCALES, LOG_E, EXPONENTS, EXPONENTS))).T.copy()


def audit_repaired(N: ArrayLike, D: ArrayLike, loss: ArrayLike) -> FloatArray:
    """Where the grid ends once each term is lifted, or lowered, to a fair share of the loss.

    The objective of each of the 4,500 ends over the lowest, less one.
    """
    batch, model = _problem(N, D, loss)
    begin = hoffmann_grid()
    A, B, E = np.exp(begin[:3])
    theta = repaired(model.to_theta(np.stack([E, A, B, *begin[3:]], axis=1)))
    theta, number = np.unique(theta, axis=1, return_inverse=True)
    found = minimise(batch, theta, model.coordinates)
    excess = (found.value - found.value.min()) / max(found.value.min(), 1e-20)
    return np.asarray(excess[number.ravel()])  # NumPy 2.0 gives `number` a shape of its own


def objective_at(N: ArrayLike, D: ArrayLike, loss: ArrayLike, law: ArrayLike) -> float:
    """Hoffmann's objective, the sum over runs of Huber's function, at E, A, B, alpha, beta."""
    batch, model = _problem(N, D, loss)
    return float(evaluate(batch, model.to_theta(np.atleast_2d(finite("law", law))))[0][0])


def _problem(N: ArrayLike, D: ArrayLike, loss: ArrayLike) -> tuple[Batch, Constrained]:
    n, d, observed = columns(N=N, D=D, loss=loss)
    model = Constrained(FORMS["chinchilla"], Points.from_runs(n, d, observed))
    return Batch(model.points, np.ones(n.size), observed / model.points.unit, DELTA), model


def scales(runs: int) -> dict[str, float]:
    """What the sum over runs is multiplied by, by name."""
    return {"mean": 1.0 / runs, "sum": 1.0, "thousand": 1000.0}


@dataclass(frozen=True, eq=False)
class UsualFit:
    """Runs, as the usual code holds them: natural logarithms of N, D and loss."""

    log_N: FloatArray
    log_D: FloatArray
    log_loss: FloatArray

    @classmethod
    def of(cls, runs: pd.DataFrame) -> Self:
        """Take the logarithms of a table with columns N, D and loss."""
        return cls(*(np.log(positive(name, runs[name])) for name in ("N", "D", "loss")))

    def take(self, rows: np.ndarray) -> UsualFit:
        """Some of the runs."""
        return UsualFit(self.log_N[rows], self.log_D[rows], self.log_loss[rows])

    def objective(self, p: FloatArray) -> float:
        """Sum over runs of Huber's function at (log A, log B, log E, alpha, beta)."""
        r = np.abs(self._terms(p)[2] - self.log_loss)
        return float(np.where(r <= DELTA, 0.5 * r * r, DELTA * (r - 0.5 * DELTA)).sum())

    def gradient(self, p: FloatArray) -> FloatArray:
        """The exact gradient of `objective`, shape (5,)."""
        u, v, fitted = self._terms(p)
        slope = np.clip(fitted - self.log_loss, -DELTA, DELTA)
        by_model, by_data = slope * np.exp(u - fitted), slope * np.exp(v - fitted)
        by_floor = slope * np.exp(p[2] - fitted)
        slopes = [by_model, by_data, by_floor, -by_model * self.log_N, -by_data * self.log_D]
        return np.array([part.sum() for part in slopes])

    def least_term(self, p: FloatArray) -> float:
        """The smallest of the three terms: its largest share of the loss at any run."""
        terms = (*self._terms(p)[:2], np.full_like(self.log_loss, p[2]))
        return float(np.exp(min((term - self.log_loss).max() for term in terms)))

    def minimise(self, start: FloatArray, scale: float, callback: Any = None) -> Any:
        """L-BFGS-B on `scale` times the objective."""
        from scipy import optimize

        solve: Any = optimize.minimize
        return solve(
            lambda p: scale * self.objective(p),
            start,
            jac=lambda p: scale * self.gradient(p),
            method="L-BFGS-B",
            callback=callback,
        )

    def _terms(self, p: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        u, v = p[0] - p[3] * self.log_N, p[1] - p[4] * self.log_D
        return u, v, np.logaddexp(np.logaddexp(u, v), p[2])


def optimiser_steps(runs: pd.DataFrame, start: ArrayLike, lowest: float) -> pd.DataFrame:
    """The steps of L-BFGS-B from one start (log A, log B, log E, alpha, beta) under each scale.

    Columns scale (name), step, excess (objective over the `lowest`, less one), a, the constants,
    and success (what SciPy says in the end).
    """
    usual, first = UsualFit.of(runs), np.asarray(start, dtype=np.float64)
    rows: list[tuple[Any, ...]] = []
    for name, scale in scales(len(runs)).items():
        points = [first]
        end = usual.minimise(first, scale, callback=lambda p, kept=points: kept.append(p.copy()))
        for step, p in enumerate(points):
            excess = usual.objective(p) / lowest - 1.0
            a = p[4] / (p[3] + p[4]) if p[3] + p[4] else np.nan
            A, B, E = np.exp(p[:3])
            rows.append((name, step, excess, a, E, A, B, *p[3:], str(bool(end.success))))
    columns = ["scale", "step", "excess", "a", "E", "A", "B", "alpha", "beta", "success"]
    return pd.DataFrame(rows, columns=columns)


def refits_from(
    law: ChinchillaLaw, runs: pd.DataFrame, scale: str, parts: int = 100
) -> FloatArray:
    """Exponents a of L-BFGS-B fits, begun at one law, to parts of four fifths of the runs.

    Drawn without replacement, as for Table 2 of Hoffmann et al. 2022 (Section 3.3).
    """
    usual, rng = UsualFit.of(runs), np.random.default_rng(0)
    kept = round(0.8 * len(runs))
    start = np.array([np.log(law.A), np.log(law.B), np.log(law.E), law.alpha, law.beta])
    drawn = [np.sort(rng.permutation(len(runs))[:kept]) for _ in range(parts)]
    factor = scales(kept)[scale]
    ends = np.array([usual.take(rows).minimise(start, factor).x for rows in drawn])
    return np.asarray(ends[:, 4] / (ends[:, 3] + ends[:, 4]), dtype=np.float64)
