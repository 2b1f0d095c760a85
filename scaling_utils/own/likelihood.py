"""A second opinion on the interval of one constant: by profile likelihood.

The constant is fixed farther and farther from its best value, and the others are fitted again.
With S the sum of rho(r) that is minimised and psi the slope of rho, the interval ends where
2 (S(c) - S) E[psi'] / E[psi^2] is t^2 of Student's t (Schrader and Hettmansperger 1980): for least
squares the F test. With a small delta E[psi'] is a density of residuals at zero, from a window as
wide as Hall and Sheather (1988) advise for a median.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from scaling_utils.check import one_between, one_of
from scaling_utils.fitting.fit import fit_law
from scaling_utils.fitting.result import FitError, LawFit

FIRST_STEP, CLOSE, FARTHEST = 0.05, 5e-3, 1e6
"""First step, as a share of the best value; an end is found to this share of its distance; and a
constant that may be a million times smaller, or larger, has no end there."""

FEW, MUCH = 15, 1.5
"""Of fewer runs a bootstrap is rough; intervals differ much if one is so many times wider."""

HALL_SHEATHER = 0.972
"""Their bandwidth for a median at 95 %, in probability: this times n ** (-1 / 3)."""


@dataclass(frozen=True, eq=False)
class Profile:
    """Interval of a constant by profile likelihood, and the curve it was read from.

    `curve` has the constant, the objective of the best law with it, and `t`, which is compared
    with Student's. An end is 0, infinite or a bound where no value fits too badly. `note` says
    whether to believe it or `Fit.interval`, where they differ much.
    """

    constant: str
    estimate: float
    low: float
    high: float
    level: float
    curve: pd.DataFrame
    note: str

    def __str__(self) -> str:
        said = f"{self.estimate:.4g} ({self.low:.4g} to {self.high:.4g}, {100 * self.level:.4g} %"
        return f"{self.constant} {said}, by profile likelihood{self.note and '; '}{self.note})"


def profile_of(fit: Any, constant: str, level: float = 0.95) -> Profile:
    """A second opinion on the interval of one constant, by refits in which it is fixed.

    Where it differs much believe `Fit.interval`; of fewer than 15 runs believe this.
    """
    found, values = fit.found, fit.found.constants()
    if one_of("constant", constant, values) in found.fixed:
        raise ValueError(f"{constant} is fixed: it has no interval")
    best, root = values[constant], found.tied.get(constant, constant)
    freedom = int((found.problem.weights > 0).sum()) - len(found.free)
    enough = float(stdtrit(freedom, 0.5 + one_between("level", level, 0.0, 1.0) / 2))
    scale, tried = 2.0 * sharpness(found), {best: (found.value, 0.0)}

    def t(value: float) -> float:
        if value not in tried:
            objective = _with(fit, root, value).value
            tried[value] = objective, np.sqrt(scale * max(objective - found.value, 0.0))
        return float(tried[value][1])

    limits = found.problem.constraints.bounds.get(root, (0.0, np.inf))
    if constant == "E":
        limits = limits[0], min(limits[1], float(found.problem.loss.min()) * (1.0 - 1e-9))
    low, high = (_end(t, best, limit, enough) for limit in limits)
    rows = [(c, value, np.sign(c - best) * far) for c, (value, far) in sorted(tried.items())]
    curve = pd.DataFrame(rows, columns=[constant, "objective", "t"])
    note = _note(fit, constant, level, high - low)
    return Profile(constant, best, low, high, level, curve, note)


def _note(fit: Any, constant: str, level: float, width: float) -> str:
    """Which interval to believe, this one of a width or the bootstrap's, if it matters."""
    alone = fit.choice.kind in ("runs", "weights")
    try:
        drawn = fit.interval(constant, level)
    except ValueError:  # too many resamples are left out
        return ""
    ends = f"the bootstrap's {drawn.low:.4g} to {drawn.high:.4g}"
    thin, wide = sorted([width, drawn.high - drawn.low])
    if not alone or (wide > MUCH * thin and len(fit.runs) >= FEW):
        return f"believe {ends}: this takes runs as independent and alike"
    return f"believe this, not {ends}: few runs make that rough" if wide > MUCH * thin else ""


def sharpness(found: LawFit) -> float:
    """E[psi'] / E[psi^2] of a fit's residuals: what a rise of its objective is measured by."""
    problem = found.problem
    counts, delta = problem.weights > 0, problem.batch().delta
    w, n = problem.weights[counts], int(counts.sum())
    r = np.abs(found.residuals[counts]) * np.sqrt(n / (n - len(found.free)))
    window = max(delta, float(np.quantile(r, min(2.0 * HALL_SHEATHER * n ** (-1 / 3), 1.0))))
    square = np.average(np.minimum(r, delta) ** 2, weights=w)
    inside = 1.0 if delta == np.inf else np.average(r <= window, weights=w) * delta / window
    unit = delta if problem.objective == "absolute" else 1.0
    return float(unit * inside / max(square, 1e-300) / w.mean())


def _with(fit: Any, root: str, value: float) -> LawFit:
    """The fit with a constant fixed, and with it what is tied to it."""
    problem, tied = fit.found.problem, fit.found.tied
    held = [root, *(name for name, end in tied.items() if end == root)]
    asked = {
        **fit.asked,
        "fix": {**fit.asked["fix"], **dict.fromkeys(held, value)},
        "tie": {name: end for name, end in tied.items() if end != root},
        "bounds": {name: ends for name, ends in fit.asked["bounds"].items() if name not in held},
    }
    again = fit_law(columns=problem.columns, loss=problem.loss, weights=problem.weights, **asked)
    if not np.isfinite(again.value):
        raise FitError(f"with {root} = {value:g} the fit is {again.status}: {again.message}")
    return again


def _end(t: Callable[[float], float], best: float, limit: float, enough: float) -> float:
    """Where t is large enough, between the best value and a limit; the limit if nowhere."""
    from scipy.optimize import brentq

    way = float(np.sign(limit - best))
    farthest = abs(float(np.clip(limit, best / FARTHEST, FARTHEST * (best or 1.0))) - best)
    near, x = 0.0, min(FIRST_STEP * (best or 1.0), farthest)
    while (here := t(best + way * x)) < enough:
        if x == farthest:
            return limit
        near, x = x, min(x * float(np.clip(1.2 * enough / max(here, 1e-9), 1.5, 4.0)), farthest)
    return best + way * float(
        brentq(lambda x: t(best + way * x) - enough, near, x, xtol=CLOSE * x)
    )
