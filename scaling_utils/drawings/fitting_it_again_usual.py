"""The usual way to fit the Chinchilla law, for the experiments of chapter 7.

SciPy's L-BFGS-B with its default stopping rules, in log A, log B, log E, alpha and beta, on
the objective of Hoffmann et al. 2022, Eq. 11, which may be multiplied by a number first.
Nothing in this package fits this way; the chapter shows what happens when one does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy import optimize

from scaling_utils import published
from scaling_utils._validate import FloatArray, positive
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.points import SYMBOLS
from scaling_utils.usual_fit import hoffmann_grid

DELTA = published.constant("hoffmann2022/Eq. 3", "delta").value


def scales(runs: int) -> dict[str, float]:
    """What the sum over runs is multiplied by, by name.

    Parameters
    ----------
    runs : int
        Number of runs.

    Examples
    --------
    >>> scales(240)["sum"], round(1 / scales(240)["mean"])
    (1.0, 240)
    """
    return {"mean": 1.0 / runs, "sum": 1.0, "thousand": 1000.0}


@dataclass(frozen=True, eq=False)
class UsualFit:
    """Runs, as the usual code holds them.

    Parameters
    ----------
    log_N, log_D, log_loss : ndarray, shape (n,)
        Natural logarithms of parameters, tokens and nats per token.
    """

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

    def minimise(
        self, start: FloatArray, scale: float, callback: Callable[[FloatArray], Any] | None = None
    ) -> optimize.OptimizeResult:
        """L-BFGS-B on `scale` times the objective, from (log A, log B, log E, alpha, beta)."""
        solve: Any = optimize.minimize
        end: optimize.OptimizeResult = solve(
            lambda p: scale * self.objective(p),
            start,
            jac=lambda p: scale * self.gradient(p),
            method="L-BFGS-B",
            callback=callback,
        )
        return end

    def _terms(self, p: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        u, v = p[0] - p[3] * self.log_N, p[1] - p[4] * self.log_D
        return u, v, np.logaddexp(np.logaddexp(u, v), p[2])


def path_table(runs: pd.DataFrame, start: FloatArray, lowest: float) -> pd.DataFrame:
    """The steps of L-BFGS-B from one start under each scale, for `draw_stopped_early`.

    Parameters
    ----------
    runs : DataFrame
        Columns N, D and loss.
    start : ndarray, shape (5,)
        log A, log B, log E, alpha, beta.
    lowest : float
        The lowest objective there is.

    Returns
    -------
    DataFrame
        scale (name), step, excess (objective over the lowest, less one), a, the constants E
        (nats), A, B, alpha and beta, and success (what SciPy says in the end); two rows
        "printed" hold the interval of Table 2.
    """
    usual = UsualFit.of(runs)
    rows: list[tuple[str, int, float, float, float, float, float, float, float, str]] = []
    for name, scale in scales(len(runs)).items():
        points = [np.array(start, dtype=np.float64)]
        end = usual.minimise(start, scale, callback=_keeper(points))
        for step, p in enumerate(points):
            excess = usual.objective(p) / lowest - 1.0
            a = p[4] / (p[3] + p[4]) if p[3] + p[4] else np.nan
            A, B, E = (float(np.exp(level)) for level in p[:3])
            rows.append((name, step, excess, a, E, A, B, *p[3:], str(bool(end.success))))
    columns = ["scale", "step", "excess", "a", *SYMBOLS, "success"]
    table = pd.DataFrame(rows, columns=columns)
    ends = [published.constant("hoffmann2022/Approach 3", f"a_{end}") for end in ("low", "high")]
    printed = pd.DataFrame({"scale": "printed", "a": [end.value for end in ends]})
    return pd.concat([table, printed], ignore_index=True)


def law_at(row: pd.Series) -> ChinchillaLaw:
    """The law of one row of `path_table`."""
    E, A, B, alpha, beta = (float(row[symbol]) for symbol in SYMBOLS)
    return ChinchillaLaw(E, A, B, alpha, beta, source="a step of L-BFGS-B")


def _keeper(points: list[FloatArray]) -> Callable[[FloatArray], None]:
    """A callback that appends a copy of every step to a list."""

    def keep(p: FloatArray) -> None:
        points.append(p.copy())

    return keep


def run_again(runs: pd.DataFrame, kept: pd.DataFrame, every: int) -> pd.DataFrame:
    """Run some of Hoffmann's starts again, beside what is kept of them.

    Parameters
    ----------
    runs : DataFrame
        Columns N, D and loss.
    kept : DataFrame
        The data set ``hoffmann2022_figure4_starts``.
    every : int
        Every so many starts, beginning with the first.

    Returns
    -------
    DataFrame
        start, objective (of the sum, at the end), excess_kept (as kept).
    """
    usual, grid = UsualFit.of(runs), hoffmann_grid()
    chosen = np.arange(0, grid.shape[1], every)
    ends = [usual.objective(usual.minimise(grid[:, k], 1.0).x) for k in chosen]
    excess = kept["sum_excess"].to_numpy()[chosen]
    return pd.DataFrame({"start": chosen + 1, "objective": ends, "excess_kept": excess})


def warm_started(
    runs: pd.DataFrame, law: ChinchillaLaw, subsets: np.ndarray, *, mean: bool
) -> FloatArray:
    """Exponents a of L-BFGS-B fits to parts of the runs, each started from the same law.

    Parameters
    ----------
    runs : DataFrame
        Columns N, D and loss.
    law : ChinchillaLaw
        Where every fit starts.
    subsets : ndarray of int, shape (R, m)
        Rows of the runs, one part each.
    mean : bool
        Whether the mean over the runs is minimised, instead of a thousand times their sum.

    Returns
    -------
    ndarray, shape (R,)
    """
    usual = UsualFit.of(runs)
    start = np.array([np.log(law.A), np.log(law.B), np.log(law.E), law.alpha, law.beta])
    scale = scales(subsets.shape[1])["mean" if mean else "thousand"]
    ends = np.array([usual.take(rows).minimise(start, scale).x for rows in subsets])
    return np.asarray(ends[:, 4] / (ends[:, 3] + ends[:, 4]), dtype=np.float64)


def subsets(runs: int, share: float = 0.8, draws: int = 100, seed: int = 0) -> np.ndarray:
    """Draw parts of the runs without replacement, as for Table 2 of Hoffmann et al. 2022.

    Parameters
    ----------
    runs : int
        Number of runs.
    share : float
        Share of them in each part.
    draws : int
        Number of parts.
    seed : int
        The same seed gives the same parts.

    Returns
    -------
    ndarray of int, shape (draws, round(share * runs))

    Examples
    --------
    >>> subsets(10, draws=3).shape
    (3, 8)
    """
    rng = np.random.default_rng(seed)
    kept = round(share * runs)
    return np.array([np.sort(rng.permutation(runs)[:kept]) for _ in range(draws)])


__all__ = [
    "DELTA",
    "UsualFit",
    "law_at",
    "path_table",
    "run_again",
    "scales",
    "subsets",
    "warm_started",
]
