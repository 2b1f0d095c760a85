"""A second opinion on the interval of one constant: by profile likelihood.

The constant is fixed farther and farther from its best value, everything else is fitted again,
and the interval ends where the fit has become too bad for chance: with S the sum of rho(r) that
is minimised, and psi its slope, where 2 (S(c) - S) E[psi'] / E[psi^2] passes the quantile of F
with 1 and n - p degrees of freedom (Schrader and Hettmansperger 1980). For least squares that is
the usual F test. For absolute deviations and a small delta E[psi'] is a density of residuals near
zero, by the share of them in a window as wide as Hall and Sheather (1988) advise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from scaling_utils.check import one_between, one_of
from scaling_utils.fitting.fit import fit_law
from scaling_utils.fitting.result import FitError, LawFit
from scaling_utils.own.intervals import choice

if TYPE_CHECKING:
    from scaling_utils.own.fits import Fit

FIRST_STEP, CLOSE, FARTHEST = 0.05, 5e-3, 1e6
"""First step of a logarithm, or of E in nats; an end is found to this share of its distance; and
a constant a million times smaller or larger than its best value has no end."""

HALL_SHEATHER = 0.972
"""Their bandwidth for a median at 95 %, in probability: this times n ** (-1 / 3)."""


@dataclass(frozen=True, eq=False)
class Profile:
    """Interval of a constant by profile likelihood, and the curve it was read from.

    `curve` has the constant's value, the objective of the best law with it, and `t`: the signed
    root of the statistic, to be compared with Student's t. An end is 0 or infinite where no value
    fits too badly. `note` says what the interval leaves out.
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


def profile_of(fit: Fit, constant: str, level: float = 0.95) -> Profile:
    """Interval of one constant by refits in which it is fixed, and the others follow."""
    found, values = fit.found, fit.found.constants()
    if one_of("constant", constant, values) in found.fixed:
        raise ValueError(f"{constant} is fixed: it has no interval")
    root = found.tied.get(constant, constant)
    n, p = int((found.problem.weights > 0).sum()), len(found.free)
    enough = float(stdtrit(n - p, 0.5 + one_between("level", level, 0.0, 1.0) / 2))
    factor, best = sharpness(found), values[constant]
    tried = {best: (found.value, 0.0)}

    def t(value: float) -> float:
        if value not in tried:
            objective = _with(fit, root, value).value
            rise = 2.0 * factor * max(objective - found.value, 0.0)
            tried[value] = objective, float(np.sqrt(rise))
        return tried[value][1]

    low, high = (_end(t, constant, best, limit, enough) for limit in _limits(found, constant))
    rows = [(c, value, np.sign(c - best) * t) for c, (value, t) in sorted(tried.items())]
    curve = pd.DataFrame(rows, columns=[constant, "objective", "t"])
    alone = choice(fit.runs, found).kind == "runs"
    note = "" if alone else "it takes runs as independent, which they are not: too narrow"
    return Profile(constant, best, low, high, level, curve, note)


def sharpness(found: LawFit) -> float:
    """E[psi'] / E[psi^2] of a fit's residuals, by which a rise of its objective is measured."""
    problem = found.problem
    counts, p = problem.weights > 0, len(found.free)
    w = problem.weights[counts] / problem.weights[counts].mean()
    n = w.size
    r = np.abs(found.residuals[counts]) * np.sqrt(n / (n - p))
    delta = problem.batch().delta
    share = min(2.0 * n ** (-1 / 3) * HALL_SHEATHER, 1.0)
    window = max(delta, float(np.quantile(r, share)))
    inside = 1.0 if delta == np.inf else float(np.mean(w * (r <= window))) * delta / window
    unit = delta if problem.objective == "absolute" else 1.0
    scale = problem.weights[counts].mean()
    return float(unit * inside / np.mean(w * np.minimum(r, delta) ** 2) / scale)


def _with(fit: Fit, root: str, value: float) -> LawFit:
    """The fit with a constant fixed, and with it what is tied to it."""
    tied, bounds = fit.found.tied, dict(fit.asked["bounds"])
    held = [root, *(name for name, end in tied.items() if end == root)]
    asked = {
        **fit.asked,
        "fix": {**fit.asked["fix"], **dict.fromkeys(held, value)},
        "tie": {name: end for name, end in tied.items() if end != root},
        "bounds": {name: pair for name, pair in bounds.items() if name not in held},
    }
    problem = fit.found.problem
    again = fit_law(columns=problem.columns, loss=problem.loss, weights=problem.weights, **asked)
    if not np.isfinite(again.value):
        raise FitError(f"with {root} = {value:g} the fit is {again.status}: {again.message}")
    return again


def _limits(found: LawFit, constant: str) -> tuple[float, float]:
    """The least and the largest value that is tried of a constant."""
    root, best = found.tied.get(constant, constant), found.constants()[constant]
    low, high = found.problem.constraints.bounds.get(root, (0.0, np.inf))
    if constant == "E":
        return low, min(high, float(found.problem.loss.min()) * (1.0 - 1e-9))
    return max(low, best / FARTHEST), min(high, best * FARTHEST)


def _end(
    t: Callable[[float], float], constant: str, best: float, limit: float, enough: float
) -> float:
    """Where t is large enough, on the way to a limit; if nowhere, the limit, or 0, or infinity."""
    from scipy.optimize import brentq

    way = np.sign(limit - best)
    if way == 0.0:
        return limit
    farthest = abs(limit - best) if constant == "E" else abs(np.log(limit / best))

    def at(x: float) -> float:
        if x == farthest:
            return limit
        return float(best + way * x if constant == "E" else best * np.exp(way * x))

    near, x = 0.0, min(FIRST_STEP, farthest)
    while (here := t(at(x))) < enough:
        if x == farthest:
            far = limit in (best / FARTHEST, best * FARTHEST)
            return (0.0 if way < 0.0 else np.inf) if far else limit
        longer = float(np.clip(1.2 * enough / max(here, 1e-9), 1.5, 4.0))
        near, x = x, min(longer * x, farthest)
    return at(brentq(lambda x: t(at(x)) - enough, near, x, xtol=CLOSE * x))
