"""Intervals of a fit to your own runs: of constants, of what follows from them, of new runs.

What hangs together is drawn again together: rows of one group; without groups, rows of a budget
or of a size whose residuals are alike. Single runs are drawn again for least squares; for absolute
deviations, which jump with each run, they get random weights (Rubin 1981). An interval lies
between quantiles of 1,000 such fits: plain ones for absolute deviations; for least squares, whose
resamples spread too little, as much farther out as Student's t is wider than the normal curve
(Hesterberg 2015); for Huber's objective between, by the share of residuals in its quadratic zone.
`benchmarks/coverage.py` measures how often they cover the truth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import fdtrc, ndtr, ndtri, stdtrit

from scaling_utils.check import FloatOrArray, one_between, positive_together
from scaling_utils.fitting.draws import draws, varied
from scaling_utils.fitting.points import SAME_BUDGET, SAME_SIZE, groups
from scaling_utils.fitting.resample import Bootstrap, Interval, Quantity, bootstrap
from scaling_utils.fitting.result import USABLE, LawFit
from scaling_utils.own.runs import Runs
from scaling_utils.power_fit import MOST_LEFT_OUT, interval

RESAMPLES, TRIED, NEW_RUNS = 1000, 200, 20
FEWEST_UNITS, FEWEST_IN_A_UNIT = 5, 3
"""Fewer groups give too few different resamples; fewer runs in each cannot be seen to be alike."""

ALIKE = 0.05
"""Residuals of a group are alike if chance makes them so with a smaller probability."""


@dataclass(frozen=True, eq=False)
class Choice:
    """Kind ("groups", "budgets", "sizes", "runs", "weights"), cluster of each run, and why."""

    kind: str
    clusters: NDArray[np.intp]
    why: str

    @property
    def units(self) -> int:
        """How many there are to draw."""
        return int(self.clusters.max()) + 1


def choice(runs: Runs, found: LawFit) -> Choice:
    """What the intervals of a fit draw again, and why."""
    few = ""
    if runs.group is not None:
        label = np.unique(runs.group, return_inverse=True)[1].ravel()
        said = f"{label.max() + 1} groups"
        if _enough(found, label):
            return Choice("groups", label, f"{said} drawn again, each with all its runs")
        few = f", as {said} are too few to draw"
    single = np.arange(len(runs))
    chosen = Choice("weights", single, f"single runs weighted again at random{few}")
    if _inside(found) > 0.5 and _enough(found, single):
        chosen = Choice("runs", single, f"single runs drawn again{few}")
    lowest = ALIKE
    for kind, values, width in (("budgets", runs.C, SAME_BUDGET), ("sizes", runs.N, SAME_SIZE)):
        label = groups(values, width) if np.isfinite(values).all() else single
        number = int(label.max()) + 1
        many = len(values) >= FEWEST_IN_A_UNIT * number and _enough(found, label)
        if many and (chance := _chance(found, label)) < lowest:
            said = f"{number} {kind} drawn again, each with all its runs, as residuals of one"
            chosen, lowest = Choice(kind, label, f"{said} {kind[:-1]} are alike{few}"), chance
    return chosen


def _enough(found: LawFit, label: NDArray[np.intp]) -> bool:
    """Whether there are enough groups, and most draws of them determine a law."""
    if label.max() + 1 < FEWEST_UNITS or found.status not in USABLE:
        return False
    tried = [varied(found, weights) for weights, _ in draws(found, "clusters", label, TRIED, 0)]
    return bool(np.mean(np.concatenate(tried)) > 1.0 - MOST_LEFT_OUT / 2)


def _inside(found: LawFit) -> float:
    """Share of the residuals in the quadratic zone of the objective."""
    return float(np.mean(np.abs(found.residuals) <= found.problem.batch().delta))


def _chance(found: LawFit, label: NDArray[np.intp]) -> float:
    """Probability that ranks of residuals differ so much between groups by chance (Conover)."""
    n, number = label.size, int(label.max()) + 1
    rank = np.argsort(np.argsort(found.residuals)) - (n - 1) / 2
    between = float((np.bincount(label, rank) ** 2 / np.bincount(label)).sum())
    ratio = between / (number - 1) / ((rank @ rank - between) / (n - number))
    return float(fdtrc(number - 1, n - number, ratio))


def resamples_of(found: LawFit, drawn: Choice) -> Bootstrap:
    """Laws fitted to 1,000 resamples of what was chosen."""
    if drawn.kind in ("runs", "weights"):
        return bootstrap(found, resamples=RESAMPLES, kind=drawn.kind)
    return bootstrap(found, resamples=RESAMPLES, kind="clusters", clusters=drawn.clusters)


def widened(level: float, units: int, share: float = 1.0) -> float:
    """The level of plain quantiles for an interval of a level: a share of the way to Student's t.

    >>> round(widened(0.95, 9), 3), round(widened(0.95, 9, share=0.0), 3)
    (0.986, 0.95)
    """
    upper = 0.5 + one_between("level", level, 0.0, 1.0) / 2
    normal, t = ndtri(upper), stdtrit(units - 1, upper) * np.sqrt(units / (units - 1))
    return float(2.0 * ndtr(normal + share * (t - normal)) - 1.0)


def plain_level(fit: Any, level: float) -> float:
    """The level of plain quantiles of a fit's resamples that make an interval of a level."""
    return widened(level, fit.choice.units, _inside(fit.found))


def interval_of(fit: Any, quantity: Quantity, level: float = 0.95) -> Interval:
    """Interval of a constant ("alpha"), or of any function of the law."""
    resamples: Bootstrap = fit.resamples
    return replace(resamples.interval(quantity, plain_level(fit, level)), level=level)


def constants_of(fit: Any, level: float = 0.95) -> pd.DataFrame:
    """One row a constant: value, low, high and how: "free", "fixed", tied or bounded."""
    found, rows = fit.found, {}
    for name, value in found.constants().items():
        if name in found.fixed:
            rows[name] = (value, value, value, "fixed")
            continue
        root, own = found.tied.get(name, name), interval_of(fit, name, level)
        bounds = found.problem.constraints.bounds.get(root)
        how = "free" if bounds is None else f"free within {bounds[0]:.4g} to {bounds[1]:.4g}"
        rows[name] = (value, own.low, own.high, how if root == name else f"= {root}")
    return pd.DataFrame.from_dict(rows, orient="index", columns=["value", "low", "high", "how"])


def prediction(fit: Any, *columns: ArrayLike, level: float = 0.95) -> pd.DataFrame:
    """Loss of new runs, as in ``predict(N, D)``: low and high of the law, and of one new run each.

    A new run differs from the law as the runs do: their residuals are drawn beside the laws,
    enlarged for the constants that were fitted to them.
    """
    names = tuple(fit.found.problem.columns)
    if len(columns) != len(names):
        raise ValueError(f"give {', '.join(names)}; got {len(columns)} columns")
    given = positive_together(**dict(zip(names, columns, strict=True)))
    table = pd.DataFrame(dict(zip(names, map(np.ravel, np.broadcast_arrays(*given)), strict=True)))
    r = fit.found.residuals[fit.found.problem.weights > 0]
    r = r * np.sqrt(r.size / max(r.size - len(fit.found.free), 1))
    plain, wide = plain_level(fit, level), widened(level, fit.choice.units)

    def at(*row: float) -> tuple[FloatOrArray, ...]:
        laws = fit.resamples.values_of(lambda law: law.loss(*row))
        runs = laws * np.exp(-np.random.default_rng(0).choice(r, (NEW_RUNS, laws.size)))
        law_ends, run_ends = interval(laws, plain), interval(runs.ravel(), wide)
        return (fit.law.loss(*row), *law_ends, *run_ends)

    rows = [at(*row) for row in table.to_numpy()]
    return table.join(pd.DataFrame(rows, columns=["loss", "low", "high", "run_low", "run_high"]))
