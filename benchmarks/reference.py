"""The common way to fit the Chinchilla law, written plainly, to compare with.

SciPy's optimisers, one start or one resample after the other, on the same objective: the sum
over runs of Huber's function (delta = 1e-3) of the difference of log losses, with the terms
added by log-sum-exp (Hoffmann et al. 2022, Eq. 11). Nothing here is used by the package.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from reanalysis.usual import hoffmann_grid

DELTA = 1e-3


@dataclass(frozen=True)
class Reference:
    """Runs as logarithms.

    Parameters
    ----------
    log_N, log_D, log_loss : ndarray, shape (n,)
        Natural logarithms of parameters, tokens and nats per token.
    """

    log_N: np.ndarray
    log_D: np.ndarray
    log_loss: np.ndarray

    def objective(self, p: np.ndarray, rows: np.ndarray | slice = slice(None)) -> float:
        """The sum of Huber losses at (log A, log B, log E, alpha, beta)."""
        a, b, e, alpha, beta = p
        log_N, log_D = self.log_N[rows], self.log_D[rows]
        fitted = np.logaddexp(np.logaddexp(a - alpha * log_N, b - beta * log_D), e)
        r = np.abs(fitted - self.log_loss[rows])
        return float(np.where(r <= DELTA, 0.5 * r * r, DELTA * (r - 0.5 * DELTA)).sum())

    def gradient(self, p: np.ndarray, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Its exact gradient, as automatic differentiation would give it."""
        a, b, e, alpha, beta = p
        log_N, log_D = self.log_N[rows], self.log_D[rows]
        u, v = a - alpha * log_N, b - beta * log_D
        fitted = np.logaddexp(np.logaddexp(u, v), e)
        slope = np.clip(fitted - self.log_loss[rows], -DELTA, DELTA)
        by_model, by_data = slope * np.exp(u - fitted), slope * np.exp(v - fitted)
        return np.array(
            [
                by_model.sum(),
                by_data.sum(),
                (slope * np.exp(e - fitted)).sum(),
                -(by_model * log_N).sum(),
                -(by_data * log_D).sum(),
            ]
        )

    def grid(self, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        """L-BFGS-B with numerical gradients from some starts of Hoffmann's grid.

        Returns objectives, what SciPy calls success, and CPU seconds.
        """
        starts = hoffmann_grid().T
        begin = time.process_time()
        ends = [minimize(self.objective, starts[k], method="L-BFGS-B") for k in chosen]
        spent = time.process_time() - begin
        return (
            np.array([end.fun for end in ends]),
            np.array([end.success for end in ends]),
            spent,
        )

    def resamples(
        self, drawn: np.ndarray, start: np.ndarray, *, exact: bool
    ) -> tuple[np.ndarray, float]:
        """BFGS from a published law, with exact or numerical gradients, for each row of runs.

        Returns objectives and CPU seconds.
        """
        jac = self.gradient if exact else None
        begin = time.process_time()
        ends = [
            minimize(self.objective, start, args=(rows,), jac=jac, method="BFGS").fun
            for rows in drawn
        ]
        return np.array(ends), time.process_time() - begin
