"""How well a fit foretells runs that it has not seen: a size left out, or larger budgets.

Errors are logarithms of foretold over observed loss: their mean and root mean square. Where the
other runs determine no law they are NaN, and the status says so; nowhere a law is a ValueError.
"""

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

    `rms_of_all` is that of the fit to all runs. A form without N leaves out its variable's values.
    """
    (name, sizes), *_ = fit.found.problem.columns.items()
    r, each = fit.found.residuals, _each(fit, sizes, SAME_SIZE)
    rows = [
        {name: np.median(sizes[k]), "left_out": k.sum(), "rms_of_all": _rms(r[k])} for k in each
    ]
    return _foretold(fit, each, rows)


def roll_forward(fit: Any) -> pd.DataFrame:
    """Foretell the runs above each budget, up to so many decades, by a fit to those `used`."""
    (name, C), *_ = fit.found.problem.columns.items()
    if np.isfinite(fit.runs.C).all():
        name, C = "C", fit.runs.C
    ends = np.array([C[held].max() for held in _each(fit, C, SAME_BUDGET)])
    ends = ends[np.unique(np.linspace(0, len(ends) - 1, MOST_STEPS + 1).astype(int))[:-1]]
    rows = [
        {f"{name}_up_to": end, "used": (end >= C).sum(), "decades": np.log10(C.max() / end)}
        for end in ends
    ]
    return _foretold(fit, [end < C for end in ends], rows)


def _each(fit: Any, values: FloatArray, width: float) -> list[Flags]:
    """The runs of each group of values, from the smallest; an error if that leaves no fit."""
    label = groups(values, width)
    if fit.law and label.max() == 0:  # a fit without a law says so here
        raise ValueError("all runs lie at one size or budget: none is left to foretell it from")
    return [label == k for k in range(int(label.max()) + 1)]


def _foretold(fit: Any, every: list[Flags], rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Errors on runs that are held out, by fits in which they have no weight, beside the rows."""
    problem, said = fit.found.problem, ""
    for held, row in zip(every, rows, strict=True):
        weights = problem.weights * ~held
        again = fit_law(columns=problem.columns, loss=problem.loss, weights=weights, **fit.asked)
        errors = again.residuals[held] if again.status in USABLE else np.full(1, np.nan)
        row |= {"mean_error": errors.mean(), "rms_error": _rms(errors), "status": again.status}
        said = said or again.message
    table = pd.DataFrame(rows)
    if table["rms_error"].isna().all():
        raise ValueError(f"without them no law is determined: {said}")
    return table


def _rms(errors: FloatArray) -> float:
    return float(np.sqrt((errors**2).mean()))
