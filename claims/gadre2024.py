"""Claims of Gadre et al. 2024, *Language models scale reliably with over-training*.

Their law has one exponent for model size and data (Eq. 4 in compute and ratio is the same law).
It is fitted to five small runs on RedPajama, and the mean error on 17 tasks to these and one
more (Table 2 and the released code); two large runs test both.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar

from claims.recompute import Recipe
from scaling_utils.check import FloatArray
from scaling_utils.datasets import load
from scaling_utils.laws import ChinchillaLaw, training_flops

_CHINCHILLA, _FOUR_SIZES = 20.0, 4
_OVER_TRAINED, _LARGE = (1.4e9, 32 * _CHINCHILLA), (6.9e9, _CHINCHILLA)
"""Parameters, and tokens for each, of the two large runs that are predicted."""


def _all_runs() -> pd.DataFrame:
    return load("gadre2024_runs")


@cache
def _runs() -> pd.DataFrame:
    """The runs on RedPajama, with their tokens per parameter."""
    runs = _all_runs()[_all_runs()["dataset"] == "RedPajama"]
    return runs.assign(ratio=runs["D"] / runs["N"], C=training_flops(runs["N"], runs["D"]))


def _run(N: float, ratio: float) -> pd.DataFrame:
    """The one run whose size rounds to N, at one ratio."""
    runs = _runs()
    found: pd.DataFrame = runs[
        np.isclose(runs["N"], N, rtol=0.03) & np.isclose(runs["ratio"], ratio)
    ]
    if len(found) != 1:
        raise LookupError(f"{len(found)} runs of {N:.3g} parameters at {ratio} tokens for each")
    return found


@cache
def small_runs() -> pd.DataFrame:
    """The five runs of the fit: four sizes at twenty tokens per parameter, the least at 320."""
    runs = _runs()
    sizes = sorted(runs["N"].unique())[:_FOUR_SIZES]
    at_twenty = runs["N"].isin(sizes) & np.isclose(runs["ratio"], _CHINCHILLA)
    far = (runs["N"] == sizes[0]) & np.isclose(runs["ratio"], 16 * _CHINCHILLA)
    found: pd.DataFrame = runs[at_twenty | far]
    return found


def _least(columns: Callable[[float], FloatArray], y: FloatArray) -> tuple[float, FloatArray]:
    """The exponent, and the coefficients of its columns, of the least sum of squares."""

    def solve(exponent: float) -> tuple[float, FloatArray]:
        X = columns(exponent)
        scale = np.abs(X).max(axis=0)
        found = np.linalg.lstsq(X / scale, y, rcond=None)[0] / scale
        return float(((X @ found - y) ** 2).sum()), found

    found = minimize_scalar(
        lambda x: solve(x)[0], bounds=(0.05, 1.0), method="bounded", options={"xatol": 1e-12}
    )
    return float(found.x), solve(float(found.x))[1]


@cache
def loss_law() -> ChinchillaLaw:
    """The law of the five small runs, with equal exponents."""
    N, D, loss = (small_runs()[c].to_numpy(dtype=float) for c in ("N", "D", "loss"))
    alpha, (E, A, B) = _least(lambda x: np.c_[np.ones(N.size), N**-x, D**-x], loss)
    return ChinchillaLaw(E, A, B, alpha, alpha, source="Gadre et al. 2024, fitted here")


def _task_runs() -> pd.DataFrame:
    """The runs of the second fit: the five, and 1.4 billion parameters at twenty."""
    return pd.concat([small_runs(), _run(_OVER_TRAINED[0], _CHINCHILLA)])


@cache
def _task_constants() -> tuple[float, float, float]:
    """Constants of error = epsilon - k exp(-gamma loss) (Eq. 5)."""
    loss, error = (_task_runs()[c].to_numpy(dtype=float) for c in ("loss", "task_error"))
    gamma, (epsilon, k) = _least(lambda x: np.c_[np.ones(loss.size), -np.exp(-x * loss)], error)
    return float(epsilon), float(k), gamma


def _predicted(run: pd.DataFrame) -> float:
    return float(np.asarray(loss_law().loss(run["N"], run["D"]))[0])


def _loss_error(run: pd.DataFrame) -> float:
    """Per cent by which the law misses the loss of a run."""
    return 100 * abs(_predicted(run) / float(run["loss"].iloc[0]) - 1)


def _task_error(run: pd.DataFrame) -> float:
    """Per cent by which the predicted mean error, from the predicted loss, misses a run."""
    epsilon, k, gamma = _task_constants()
    error = epsilon - k * float(np.exp(-gamma * _predicted(run)))
    return 100 * abs(error / float(run["task_error"].iloc[0]) - 1)


def _times(run: pd.DataFrame, others: pd.DataFrame) -> float:
    return float(run["C"].iloc[0]) / float(others["C"].sum())


VALUES: dict[str, Recipe] = {
    "gadre-over-training": lambda: float(_run(*_OVER_TRAINED)["ratio"].iloc[0]) / _CHINCHILLA,
    "gadre-largest-ratio": lambda: (_all_runs()["D"] / _all_runs()["N"]).max(),
    "gadre-large-run-ratio": lambda: _run(*_LARGE)["ratio"].iloc[0],
    "gadre-compute-over-trained": lambda: _times(_run(*_OVER_TRAINED), small_runs()),
    "gadre-compute-large": lambda: _times(_run(*_LARGE), small_runs()),
    "gadre-loss-error-over-trained": lambda: _loss_error(_run(*_OVER_TRAINED)),
    "gadre-loss-error-large": lambda: _loss_error(_run(*_LARGE)),
    "gadre-downstream-error-over-trained": lambda: _task_error(_run(*_OVER_TRAINED)),
    "gadre-downstream-error-large": lambda: _task_error(_run(*_LARGE)),
    "gadre-compute-downstream": lambda: min(
        _times(run, _task_runs()) for run in (_run(*_OVER_TRAINED), _run(*_LARGE))
    ),
    "gadre-models": lambda: len(_all_runs()),
}
