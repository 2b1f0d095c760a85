"""A plan for a budget: the best size and tokens, what being off costs, how far out it is."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from scaling_utils.check import FloatArray, one_between, one_number
from scaling_utils.fitting.resample import Interval
from scaling_utils.laws import ChinchillaLaw, KaplanND
from scaling_utils.laws.base import root
from scaling_utils.laws.repeated import RepeatedData
from scaling_utils.numbers import fmt
from scaling_utils.own.runs import Runs
from scaling_utils.own.words import WIDTH
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN as SIX

INSIDE, FAR, TOO_FAR = 0.05, 1.0, 2.0
"""Decades outside the runs from which a plan says so, warns, and must be asked for."""
FEWEST = 1.01  # parameters or tokens: an optimum at fewer is none


@dataclass(frozen=True, eq=False, repr=False)
class Plan:
    """The best way to spend `C` FLOPs by a fit; its numbers are intervals.

    `off` is what "half" and "twice" the best size lose: nats per token, and a share of the
    compute. `outside` counts decades above the largest run, or, negative, below the smallest.
    """

    C: float
    N: Interval
    D: Interval
    tokens_per_parameter: Interval
    loss: Interval
    off: dict[str, tuple[float, float]]
    outside: dict[str, float]
    counted: str
    warnings: tuple[str, ...]

    def __str__(self) -> str:
        less, more = (f"{a:.2g} nats, {float(f'{100 * b:.2g}'):g} %" for a, b in self.off.values())
        lines = [
            f"For {self.C:.4g} FLOPs: {_said(self.N, 'parameters')} on {_said(self.D, 'tokens')}.",
            f"Loss {_said(self.loss, 'nats', 4)}, at "
            f"{_said(self.tokens_per_parameter, 'tokens per parameter')}.",
            f"Half the size costs {less} of the compute; twice the size {more}.",
            f"Brackets hold {100 * self.N.level:.4g} % of {self.N.resamples:,} resamples.",
            f"Compute is {self.counted}.",
            f"Outside the runs: {_far(self.outside, INSIDE) or 'nothing'}.",
            *(f"Careful: {warning}." for warning in self.warnings),
        ]
        wrapped = (textwrap.wrap(said, WIDTH, subsequent_indent="  ") for said in lines)
        return "\n".join(line for one in wrapped for line in one)

    __repr__ = __str__


def plan(
    fit: Any,
    C: float,
    *,
    flops_per_parameter_token: float | None = None,
    flops: Callable[[Any, Any], Any] | None = None,
    unique: float | None = None,
    extrapolate: bool = False,
    level: float = 0.95,
) -> Plan:
    """Plan a budget of `C` FLOPs by a fit of form "chinchilla", "kaplan-nd" or "repeated".

    FLOPs are `flops_per_parameter_token` times N D, by default as in the runs; or `flops`, a
    function of arrays N and D that rises with D. Form "repeated" counts on so many `unique`
    tokens: as many as a run had at most, unless you say. More than two decades outside the runs
    is a ValueError, unless you `extrapolate`.
    """
    law = fit.law
    budget, counted = _budget(fit, C, flops_per_parameter_token, flops, unique)
    x = budget.best(law)
    loss, N, D = map(float, (budget.loss(law, x), np.exp(x), budget.tokens(x)))
    if min(N, D) < FEWEST or not np.isfinite(loss):
        raise ValueError(
            f"{budget.C:.4g} FLOPs have no best size above one parameter and token: give more"
        )
    outside = _outside(fit.runs, (budget.C, N, D, *budget.given))
    if (far := _far(outside, TOO_FAR)) and not extrapolate:
        raise ValueError(
            f"{budget.C:.4g} FLOPs are too far outside the runs to plan: {far}. Add runs nearer "
            "to it, or pass extrapolate=True to see what the law says there"
        )
    warnings = [f"far outside the runs: {far}"] if (far := _far(outside, FAR)) else []
    if fit.status != "converged":
        warnings.append(f"the fit is {fit.status}: {fit.message}")
    level = one_between("level", level, 0.0, 1.0)
    size, nats = (Interval(value, np.nan, np.nan, level, 0) for value in (float(x), loss))
    try:
        size, nats = (fit.interval(each, level) for each in (budget.best, budget.lowest))
        every = fit.resamples.values_of(budget.best)
        if none := int((np.minimum(np.exp(every), budget.tokens(every)) < FEWEST).sum()):
            warnings.append(f"{none} of {every.size} resamples, which count, have no best size")
    except ValueError as error:
        warnings.append(f"no intervals: {error}")
    ratio = _turned(size, lambda x: budget.tokens(x) / np.exp(x))
    numbers = _turned(size, np.exp), _turned(size, budget.tokens), ratio, nats
    off = {name: budget.lost(law, x + np.log(k)) for name, k in (("half", 0.5), ("twice", 2.0))}
    return Plan(budget.C, *numbers, off, outside, counted, tuple(warnings))


@dataclass(frozen=True, eq=False)
class Spending:
    """A budget of `C` FLOPs, where N parameters on D tokens cost factor N D, or flops(N, D).

    Methods take x = log N; `given` is what a law needs besides N and D.
    """

    C: float
    factor: float
    flops: Callable[[Any, Any], Any] | None
    given: tuple[float, ...]

    def tokens(self, x: Any) -> FloatArray:
        """Tokens that the budget leaves to exp(x) parameters: one or fewer are none."""
        if (flops := self.flops) is None:
            return np.asarray(self.C / self.factor * np.exp(-x))
        N, least = np.exp(x), 0.0 * x
        return np.exp(root(lambda y: flops(N, np.exp(y)) - self.C, least, least + np.log(self.C)))

    def loss(self, law: Any, x: Any) -> FloatArray:
        """Loss of exp(x) parameters; infinite where no number of tokens uses up the budget."""
        N, D = np.exp(x), self.tokens(x)
        spent = self.flops(N, D) if self.flops else self.C
        used = (D > 1.0 - 1e-9) & (np.abs(spent / self.C - 1.0) < 1e-6)
        return np.where(used, law.loss(N, D, *self.given), np.inf)

    def best(self, law: Any) -> FloatArray:
        """Log of the best size of one law, or of each of many: on grids, ever finer ones."""
        if self.flops is None and isinstance(law, ChinchillaLaw):
            with np.errstate(over="ignore", divide="ignore"):
                N = law.N_opt(SIX * self.C / self.factor)
                return np.clip(np.log(N), 0.0, np.log(self.C / self.factor))
        one = [1] * max(map(np.ndim, law.constants().values()))
        low, high = np.zeros(one), np.full(one, np.log(self.C))
        for points in (481, *[25] * 5):
            x = np.linspace(low, high, points)
            loss = self.loss(law, x)
            k = np.clip(loss.argmin(axis=0), 1, points - 2)
            x = np.broadcast_to(x, loss.shape)
            low, high = np.take_along_axis(x, np.stack([k - 1, k + 1]), axis=0)
        return np.asarray((low + high) / 2)

    def lowest(self, law: Any, log_share: float = 0.0) -> FloatArray:
        """Loss of the best size on a share of the budget."""
        part = replace(self, C=self.C * float(np.exp(log_share)))
        return part.loss(law, part.best(law))

    def lost(self, law: Any, x: Any) -> tuple[float, float]:
        """What exp(x) parameters lose: loss, and compute that the best size could do without."""
        from scipy.optimize import brentq

        if (loss := float(self.loss(law, x))) == np.inf:
            return np.inf, 1.0
        share = brentq(lambda y: float(self.lowest(law, y)) - loss, np.log(1e-6), 1e-6)
        return loss - float(self.lowest(law)), -float(np.expm1(share))


def _budget(
    fit: Any, C: float, each: float | None, flops: Any, unique: float | None
) -> tuple[Spending, str]:
    """What was asked, checked, and in words how FLOPs are counted."""
    if not isinstance(fit.law, ChinchillaLaw | KaplanND | RepeatedData):
        raise ValueError("this form has no tokens to plan; chinchilla, kaplan-nd, repeated have")
    repeated = isinstance(fit.law, RepeatedData)
    if unique is not None and not repeated:
        raise ValueError("unique, the tokens there are, is for the form 'repeated': leave it out")
    if flops is not None and (each is not None or not callable(flops)):
        raise ValueError("flops must be a function of N and D, and no other count given")
    low, factor, high = np.quantile(fit.runs.C / (fit.runs.N * fit.runs.D), [0.0, 0.5, 1.0])
    said = f"the median of the runs, {low:.3g} to {high:.3g}"
    if each is not None:
        factor, said = one_number("flops_per_parameter_token", each), "as given"
    elif low > 0.99 * SIX and high < 1.01 * SIX:
        factor, said = SIX, "as usual"
    counted = f"{factor:.4g} FLOPs per parameter and token, {said}"
    counted = "flops(N, D), as given" if flops else counted
    given: tuple[float, ...] = ()
    if repeated:
        said = "the most that a run had" if unique is None else "as given"
        there = one_number("unique", fit.runs.unique.max() if unique is None else unique)
        given, counted = (there,), f"{counted}; {fmt(there, 'count3')} tokens are unique, {said}"
    return Spending(one_between("C", one_number("C", C), 1.0, 1e60), factor, flops, given), counted


def _turned(size: Interval, function: Callable[[FloatArray], Any]) -> Interval:
    """The interval of a function that rises or falls with the logarithm of the size."""
    value, *ends = function(np.array([size.estimate, size.low, size.high])).tolist()
    return replace(size, estimate=value, low=min(ends), high=max(ends))


def _outside(runs: Runs, values: tuple[float, ...]) -> dict[str, float]:
    """Decades of C, N, D and unique tokens above the largest run, or below the smallest."""
    named = zip(("C", "N", "D", "unique"), values, strict=False)
    seen = {name: (value, getattr(runs, name)) for name, value in named}
    return {k: float(np.log10(x / np.clip(x, v.min(), v.max()))) for k, (x, v) in seen.items()}


def _far(outside: dict[str, float], limit: float) -> str:
    """In words, what lies more decades outside the runs than a limit."""
    far = {f"{name} {abs(x):.1f} decades": x for name, x in outside.items() if abs(x) > limit}
    return ", ".join(f"{said} {'above' if x > 0 else 'below'}" for said, x in far.items())


def _said(found: Interval, unit: str, digits: int = 3) -> str:
    """A number with its interval, both in millions, or billions, or trillions."""
    value = found.estimate
    scale = 1000.0 ** min(int(np.log10(value)) // 3, 4) if value >= 1e6 else 1.0
    low, high = (f"{float(f'{end / scale:.{digits}g}'):,.10g}" for end in (found.low, found.high))
    return f"{fmt(value, f'count{digits}')} {unit} ({low} to {high})"
