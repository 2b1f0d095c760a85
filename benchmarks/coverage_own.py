"""How often intervals of a fit to own runs hold the truth: five designs, and two with too little.

Runs are made from a known law, fitted and resampled as `scaling_utils.fit` does. Beside the
default intervals stand two common ways, on the same runs: plain percentiles of a bootstrap of
single runs, and SciPy's `curve_fit` (the standard errors that lmfit prints too) +- 1.96 of them.
N_opt is at ten times the largest budget, where "beyond" is too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from coverage_kinds import (
    LAW_LOSS,
    LEAN,
    MINIMA,
    ONE_MORE,
    OWN,
    PLAN,
    PROFILE,
    Held,
    holds,
)
from scipy.optimize import curve_fit

from scaling_utils import Runs, fit, published
from scaling_utils.fitting.resample import bootstrap
from scaling_utils.fitting.result import USABLE
from scaling_utils.isoflop import isoflops
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.own import intervals

LEVEL, SEED, FARTHER = 0.95, 20260101, 10.0
PROFILES, MINIMA_DRAWN = 200, 200
"""Simulated tables of a design with profiles, which take longest; draws of the runs of minima."""
REFIT, HOFFMANN = map(published.law, ("besiroglu2024", "hoffmann2022/printed"))
TOO_FEW = "too few"  # designs so named are reported, and fail nothing
WAYS = ("default", "runs", "curve_fit")
QUANTITIES = ("alpha", "beta", "a", "E", "N_opt", "run within", "run beyond")


@dataclass(frozen=True, eq=False)
class Design:
    """Runs of a law: sizes, tokens, errors of log loss (of a unit, and of each run)."""

    law: ChinchillaLaw
    N: np.ndarray
    D: np.ndarray
    unit: np.ndarray
    shift: float
    noise: Callable[[np.random.Generator, int], np.ndarray]
    grouped: bool = False
    profiled: bool = False
    budgets: bool = False

    def losses(self, rng: np.random.Generator) -> np.ndarray:
        """Losses of all runs."""
        shifts = rng.normal(0.0, self.shift, self.unit.max() + 1)[self.unit]
        return self.law.loss(self.N, self.D) * np.exp(shifts + self.noise(rng, self.N.size))

    def new_run(self, rng: np.random.Generator, N: float, D: float) -> float:
        """Loss of one more run, of a unit of its own."""
        error = rng.normal(0.0, self.shift) + self.noise(rng, 1)[0]
        return float(self.law.loss(N, D) * np.exp(error))


def normal(spread: float) -> Callable[[np.random.Generator, int], np.ndarray]:
    """Normal errors."""
    return lambda rng, n: rng.normal(0.0, spread, n)


def heavy(spread: float) -> Callable[[np.random.Generator, int], np.ndarray]:
    """Errors of Student's t with 2.5 degrees of freedom."""
    return lambda rng, n: spread * rng.standard_t(2.5, n)


@cache
def designs() -> dict[str, Design]:
    """The five designs by name, and two with too little to draw again."""
    N = np.repeat(np.geomspace(7e7, 7e9, 6), 5)
    D = N * np.tile([5.0, 10.0, 20.0, 40.0, 80.0], 6)
    ladder = Design(HOFFMANN, N, D, np.arange(30), 0.0, normal(0.006), profiled=True)
    N, D = np.repeat(np.geomspace(1e8, 6e9, 4), 8), np.tile(np.geomspace(1e9, 3e11, 8), 4)
    few = Design(HOFFMANN, N, D, np.arange(32), 0.0, normal(0.004))
    model = np.repeat(np.arange(22), 15)
    size = np.geomspace(2e7, 1e10, 22)
    last = 20.0 * size * np.exp(np.random.default_rng(1).uniform(-1.2, 1.2, 22))
    D = last[model] * np.tile(np.geomspace(0.05, 1.0, 15), 22)
    clustered = Design(HOFFMANN, size[model], D, model, 0.004, normal(0.002), grouped=True)
    N, D = np.repeat(np.geomspace(5e7, 7e9, 7), 7), np.tile(np.geomspace(1e9, 2e11, 7), 7)
    tails = Design(HOFFMANN, N, D, np.arange(49), 0.0, heavy(0.003), profiled=True)
    N, D = np.repeat(np.geomspace(1e8, 6e9, 3), 3), np.tile(np.geomspace(1e9, 3e11, 3), 3)
    nine = Design(HOFFMANN, N, D, np.arange(9), 0.0, normal(0.004), profiled=True)
    return {
        "IsoFLOP grid: 9 budgets x 8 sizes, a shift per budget": profiles(9),
        "ladder: 6 sizes x 5 ratios": ladder,
        "few sizes: 4 x 8 amounts of data": few,
        "checkpoints: 22 models x 15, a shift per model": clustered,
        "heavy tails: 7 x 7, t with 2.5 degrees of freedom": tails,
        f"{TOO_FEW} budgets: 4 x 8 sizes, a shift per budget": profiles(4),
        f"{TOO_FEW} runs: 3 sizes x 3 amounts of data": nine,
    }


def profiles(budgets: int) -> Design:
    """An IsoFLOP grid: eight sizes at each budget, whose runs are all off by one amount, too."""
    C = np.geomspace(6e18, 3e21, budgets)
    N = (REFIT.N_opt(C)[:, np.newaxis] * np.geomspace(0.25, 4.0, 8)).ravel()
    budget = np.repeat(np.arange(budgets), 8)
    return Design(REFIT, N, C[budget] / 6.0 / N, budget, 0.003, normal(0.003), budgets=True)


def values(E: Any, A: Any, B: Any, alpha: Any, beta: Any, C: float) -> np.ndarray:
    """alpha, beta, a, E and log N_opt at C, for constants that may be arrays."""
    a = beta / (alpha + beta)
    log_G = (np.log(alpha) + np.log(A) - np.log(beta) - np.log(B)) / (alpha + beta)
    return np.stack([alpha, beta, a, E, log_G + a * np.log(C / 6.0)])


def by_curve_fit(
    design: Design, loss: np.ndarray, C: float, new: list[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Intervals +- 1.96 standard errors of least squares, begun at the truth; NaN if it fails."""
    n, d = np.log(design.N), np.log(design.D)
    middle = n.mean(), d.mean()

    def log_loss(
        x: tuple[np.ndarray, np.ndarray], E: float, a: float, b: float, alpha: float, beta: float
    ) -> np.ndarray:
        terms = np.exp(a - alpha * (x[0] - middle[0])) + np.exp(b - beta * (x[1] - middle[1]))
        return np.log(np.maximum(E + terms, 1e-300))

    def follows(p: np.ndarray) -> np.ndarray:
        E, a, b, alpha, beta = p
        A, B = np.exp(a + alpha * middle[0]), np.exp(b + beta * middle[1])
        at = (np.log([N for N, _ in new]), np.log([D for _, D in new]))
        return np.concatenate([values(E, A, B, alpha, beta, C), log_loss(at, *p)])

    law = design.law
    start = [law.E, np.log(law.A) - law.alpha * middle[0], np.log(law.B) - law.beta * middle[1]]
    try:
        p, cov = curve_fit(log_loss, (n, d), np.log(loss), [*start, law.alpha, law.beta])
    except RuntimeError:
        return [(np.nan, np.nan)] * len(QUANTITIES)
    steps = 1e-6 * np.eye(5) * p
    slopes = np.array([(follows(p + h) - follows(p - h)) / (2.0 * h.sum()) for h in steps])
    variance = np.einsum("ik,ij,jk->k", slopes, cov, slopes)
    r = np.log(loss) - log_loss((n, d), *p)
    variance[-len(new) :] += (r @ r) / (r.size - 5)
    centre, reach = follows(p), 1.96 * np.sqrt(variance)
    return [*zip(centre - reach, centre + reach, strict=True)]


def simulate(name: str, number: int, resamples: int) -> list[Held]:
    """Which intervals of one simulated table hold the truth; none if its fit is refused."""
    intervals.RESAMPLES = resamples
    design = designs()[name]
    rng = np.random.default_rng([SEED, list(designs()).index(name), number])
    law, loss = design.law, design.losses(rng)
    C = FARTHER * float((6.0 * design.N * design.D).max())
    middle = tuple(float(np.exp(np.log(x).mean())) for x in (design.N, design.D))
    new = [middle, (float(law.N_opt(C)), float(law.D_opt(C)))]
    group = design.unit.astype(str) if design.grouped else None
    own = fit(Runs(N=design.N, D=design.D, loss=loss, group=group))
    if own.status not in USABLE:
        return []
    losses = [design.new_run(rng, *each) for each in new]
    truth = [*values(*law.constants().values(), C), *np.log(losses)]

    def log_N(law: ChinchillaLaw) -> np.ndarray:
        return values(*law.constants().values(), C)[4]

    found = [own.interval(each) for each in ("alpha", "beta", "a", "E", log_N)]
    table = own.predict(*np.transpose(new))
    default = [(each.low, each.high) for each in found]
    default += zip(np.log(table["run_low"]), np.log(table["run_high"]), strict=True)
    single = bootstrap(own.found, resamples=resamples, seed=1)
    kept = single.laws[~single.not_varied]  # whoever draws plainly leaves out what fails
    drawn = [*values(*kept.T, C)]
    for N, D in new:
        r = np.random.default_rng(1).choice(own.found.residuals, (20, len(kept)))
        drawn.append((np.log(ChinchillaLaw(*kept.T).loss(N, D)) - r).ravel())
    plain = [tuple(np.quantile(each, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])) for each in drawn]
    ends = default, plain, by_curve_fit(design, loss, C, new)
    by_way = [
        (way, quantity, holds(low, t, high))
        for way, each in zip(WAYS, ends, strict=True)
        for quantity, (low, high), t in zip(QUANTITIES, each, truth, strict=True)
    ]
    said = [
        (ONE_MORE if quantity.startswith("run ") else OWN, quantity, held)
        for way, quantity, held in by_way
        if way == WAYS[0]
    ]
    return by_way + said + beside(own, design, C, number, table, new)


def beside(
    own: Any,
    design: Design,
    C: float,
    number: int,
    table: pd.DataFrame,
    new: list[tuple[float, float]],
) -> list[Held]:
    """What else is said of the same runs: a plan, the law's loss, a profile, IsoFLOP minima."""
    law = design.law
    plan = own.plan(C, extrapolate=True)
    asked = (
        ("N", plan.N, law.N_opt(C)),
        ("D", plan.D, law.D_opt(C)),
        ("tokens per parameter", plan.tokens_per_parameter, law.tokens_per_parameter(C)),
        ("loss", plan.loss, law.loss_at(C)),
    )
    held = [(PLAN, name, holds(x.low, float(true), x.high)) for name, x, true in asked]
    for where, row, at in zip(("within", "beyond"), table.itertuples(), new, strict=True):
        held.append((LAW_LOSS, f"loss {where}", holds(row.low, float(law.loss(*at)), row.high)))
    if design.profiled and number < PROFILES:
        for name in ("alpha", "E"):
            found = own.profile(name)
            held.append((PROFILE, name, holds(found.low, law.constants()[name], found.high)))
    return held + (minima(own, design) if design.budgets else [])


def minima(own: Any, design: Design) -> list[Held]:
    """Exponents of Approach 2 by the runs' own minima, and the lean that is said of them."""
    found = isoflops(own.runs)
    held = []
    for name, true in (("a", design.law.a), ("b", design.law.b)):
        each = found.interval(name, draws=MINIMA_DRAWN)
        held.append((MINIMA, name, holds(each.low, true, each.high)))
    said = re.search(r"their N are \S+ \((\S+) to (\S+), 95 %\)", " ".join(found.notes()))
    if said:
        held.append((LEAN, "lean", holds(float(said[1]), true_lean(design), float(said[2]))))
    return held


def true_lean(design: Design) -> float:
    """Best sizes of parabolas over those of cubics where losses have no error."""
    exact = isoflops(design.N, design.D, design.law.loss(design.N, design.D))
    return float(np.exp(np.log(exact.table["lean"].dropna()).mean()))
