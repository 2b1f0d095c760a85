"""How well a fit foretells runs that it has not seen: a size left out, or larger budgets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from scaling_utils.check import FloatArray
from scaling_utils.fitting.fit import fit_law
from scaling_utils.fitting.points import SAME_BUDGET, SAME_SIZE, Flags, groups
from scaling_utils.fitting.result import USABLE

MOST_STEPS = 12  # of `roll_forward`, evenly out of the budgets there are


def leave_one_size_out(fit: Any) -> pd.DataFrame:
    """Foretell each size by a fit to all others; sizes within 1 % count as one.

    Errors are logarithms of foretold over observed loss, their mean and root mean square; beside
    them those of the fit to all runs. A fit that determines no law leaves them NaN and says why.
    A form without N leaves out values of its variable.
    """
    (name, sizes), *_ = fit.found.problem.columns.items()
    rows = []
    for held in _each(fit, sizes, SAME_SIZE):
        of_all = _errors(fit.found.residuals[held], "_of_all")
        rows.append({name: np.median(sizes[held])} | _foretold(fit, held, of_all))
    return pd.DataFrame(rows)


def roll_forward(fit: Any) -> pd.DataFrame:
    """Foretell the runs above each budget by a fit to those up to it; errors as when left out."""
    (name, C), *_ = fit.found.problem.columns.items()
    if np.isfinite(fit.runs.C).all():
        name, C = "C", fit.runs.C
    ends = np.array([C[held].max() for held in _each(fit, C, SAME_BUDGET)])
    chosen = np.unique(np.linspace(0, len(ends) - 1, MOST_STEPS + 1).astype(int))[:-1]
    return pd.DataFrame(
        {f"{name}_up_to": end}
        | _foretold(fit, end < C, {"decades_beyond": np.log10(C.max() / end)})
        for end in ends[chosen]
    )


def _each(fit: Any, values: FloatArray, width: float) -> list[Flags]:
    """The runs of each group of values, from the smallest; an error if that leaves no fit."""
    label = groups(values, width)
    if fit.law and label.max() == 0:
        raise ValueError("all runs lie at one size or budget: none is left to foretell it from")
    return [label == k for k in range(int(label.max()) + 1)]


def _foretold(fit: Any, held: Flags, more: dict[str, float]) -> dict[str, Any]:
    """Errors on runs that are held out, by a fit in which they have no weight."""
    problem, weights = fit.found.problem, fit.found.problem.weights * ~held
    again = fit_law(columns=problem.columns, loss=problem.loss, weights=weights, **fit.asked)
    errors = again.residuals[held] if again.status in USABLE else np.full(1, np.nan)
    used = {"runs_used": int((weights > 0).sum()), "runs_foretold": int(held.sum())}
    return used | _errors(errors) | more | {"status": again.status, "message": again.message}


def _errors(r: FloatArray, of: str = "") -> dict[str, float]:
    return {f"mean_error{of}": float(r.mean()), f"rms_error{of}": float(np.sqrt((r**2).mean()))}
