"""How often the intervals of chapters 2 to 11 hold the truth: losses simulated on Figure 4's runs.

The law of the book's refit is the truth. Its runs keep their sizes and tokens and get new errors:
residuals of the refit, drawn one by one; or a shift for each of the nine budgets, which spreads as
their mean residuals do, and around it residuals of the same budget. The functions that the
chapters call are called on them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from types import ModuleType
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
from coverage_kinds import (
    APPROACH_2,
    APPROACH_2_RUNS,
    ERRORS,
    NINE,
    OTHERWISE,
    PARTS,
    REFIT,
    SUBSETS,
    TREND,
    Held,
    holds,
)

from reanalysis import figure4, gopher, refit, three_approaches
from reanalysis.rules import KAPLAN, allocation_table
from scaling_utils.fitting.resample import subset_range
from scaling_utils.isoflop import IsoFlops
from scaling_utils.laws import ChinchillaLaw, training_flops
from scaling_utils.laws.convergence import best_excess
from scaling_utils.published import constant

ONE_BY_ONE = "Figure 4: errors one by one"
BY_BUDGET = "Figure 4: a shift per budget"
DESIGNS = (ONE_BY_ONE, BY_BUDGET)
SEED, MORE, MINIMA_DRAWN, LINES_DRAWN = 20260102, 200, 100, 1000
"""Simulated figures for all but the refit's own intervals; draws for Approach 2's."""


@cache
def truth() -> ChinchillaLaw:
    """The law that the simulated losses follow."""
    return refit.refit().law


@cache
def residuals() -> np.ndarray:
    """Residuals of the book's refit: log of the law's loss over the loss."""
    return refit.refit().residuals


def errors(design: str, rng: np.random.Generator) -> np.ndarray:
    """New errors of log loss for the 240 runs."""
    r = residuals() - residuals().mean()
    if design == ONE_BY_ONE:
        return -rng.choice(r, r.size)
    label, nine = figure4.budget_groups(), len(figure4.budgets())
    found = np.zeros(r.size)
    means = np.array([r[label == k].mean() for k in range(nine)])
    for k in range(nine):
        own = label == k
        within = (r[own] - means[k]) * np.sqrt(own.sum() / (own.sum() - 1))
        found[own] = rng.normal(0.0, means.std(ddof=1)) + rng.choice(within, own.sum())
    alone = label >= nine
    found[alone] = rng.choice(r[alone] - r[alone].mean(), alone.sum())
    return -found


@contextmanager
def on_losses(loss: np.ndarray, resamples: int) -> Iterator[None]:
    """Figure 4 with other losses, for all that `reanalysis` computes of it; no cache survives."""
    table = figure4.points(outliers=True)
    kept = (table["outlier_rule"].isna() | (table["outlier_rule"] == "")).to_numpy()
    factor = np.ones(kept.size)
    factor[kept] = loss / table["loss"].to_numpy()[kept]
    for name in ("loss", "loss_low", "loss_high"):
        table[name] = table[name] * factor

    def points(*, outliers: bool = False) -> pd.DataFrame:
        return table.copy() if outliers else table[kept].reset_index(drop=True)

    number = ("RESAMPLES", "RESAMPLES_OF_A_PART", "RESAMPLES_OF_A_CHOICE")
    with ExitStack() as patched:
        patched.enter_context(patch.object(figure4, "points", points))
        for name in number:
            patched.enter_context(patch.object(refit, name, resamples))
        forget(refit, three_approaches)
        try:
            yield
        finally:
            forget(refit, three_approaches)


def forget(*modules: ModuleType) -> None:
    """Empty every cache of some modules."""
    for module in modules:
        for each in vars(module).values():
            if getattr(each, "__module__", "") == module.__name__ and hasattr(each, "cache_clear"):
                each.cache_clear()


@cache
def quantities() -> dict[str, Callable[[Any], Any]]:
    """What the chapters print of a law, by name."""
    C = constant("hoffmann2022/Gopher", "C").value
    budget = training_flops(*gopher.CHINCHILLA)
    llama = constant("llama3", "C").value
    old = allocation_table([C]).set_index("rule").loc[KAPLAN]
    return {
        "alpha": lambda law: law.alpha,
        "beta": lambda law: law.beta,
        "E": lambda law: law.E,
        "a": lambda law: law.a,
        "size at Gopher's budget": lambda law: law.N_opt(C),
        "tokens per parameter, smallest budget": lambda law: law.tokens_per_parameter(6e18),
        "tokens per parameter, Chinchilla's budget": lambda law: law.tokens_per_parameter(budget),
        "least loss, Chinchilla's budget": lambda law: law.loss_at(budget),
        "excess over the floor, Llama's budget": lambda law: best_excess(law, llama),
        "waste of Kaplan's rule": lambda law: (
            1 - law.compute_for_loss(law.loss(old["N"], old["D"])) / C
        ),
        "Gopher less Chinchilla": gopher.gap,
        "parameters that four times the tokens are worth": gopher.parameters_needed,
        "infinite model on Gopher's tokens": gopher.infinite_lead,
    }


@cache
def exact() -> dict[str, np.ndarray]:
    """What parabolas find in the nine budgets where losses have no error, and the true ratios."""
    runs = figure4.points()
    with on_losses(np.asarray(truth().loss(runs["N"], runs["D"])), 10):
        minima = three_approaches.approach_2()
    found, C = (minima.table["D"] / minima.table["N"]).to_numpy(), minima.table["C"]
    size = np.atleast_1d(minima.N_fit.predict(constant("hoffmann2022/Gopher", "C").value))
    ratio = np.asarray(truth().tokens_per_parameter(C))
    return {"parabola": found, "law": ratio, "size": size}


def simulate(design: str, number: int, resamples: int) -> list[Held]:
    """Which of the chapters' intervals hold the truth on one simulated Figure 4."""
    law, runs = truth(), figure4.points()
    exact()  # while the shipped figure is there
    rng = np.random.default_rng([SEED, DESIGNS.index(design), number])
    loss = np.asarray(law.loss(runs["N"], runs["D"])) * np.exp(errors(design, rng))
    with on_losses(loss, resamples):
        held = []
        for name, quantity in quantities().items():
            low, high = gopher.ends(quantity)
            held.append((REFIT, name, holds(low, float(quantity(law)), high)))
        if number < MORE:
            held += [*otherwise(), *approach_2()]
        held += nine_ratios()
    return held


def otherwise() -> Iterator[Held]:
    """Chapter 7: the exponent with other things drawn again, other runs, another delta."""
    a = truth().a
    for kind in ("residuals", "runs", "nearest budget", "runs and intervals"):
        sample = refit.resamples(kind)
        found = sample.interval("a")
        yield OTHERWISE, f"a, {kind}", holds(found.low, a, found.high)
        if kind != "nearest budget":
            reach = 1.96 * sample.standard_error("a")
            yield ERRORS, f"a, {kind}", holds(found.estimate - reach, a, found.estimate + reach)
    for words, sample in (
        ("without the two smallest budgets", refit.refit_without("small", 2)),
        ("without the two largest budgets", refit.refit_without("large", 2)),
        ("delta of a hundredth", refit.refit_with(delta=1e-2)),
    ):
        found = sample.interval("a")
        yield PARTS, f"a, {words}", holds(found.low, a, found.high)


def approach_2() -> Iterator[Held]:
    """Chapter 5: Approach 2 with budgets drawn again, and the ranges of four fifths."""
    law, C = truth(), constant("hoffmann2022/Gopher", "C").value
    for words, corrected in (("a", False), ("a, lean taken off", True)):
        found = three_approaches.approach_2_interval(draws=LINES_DRAWN, corrected=corrected)
        yield APPROACH_2, words, holds(found.low, law.a, found.high)
    size = three_approaches.approach_2_sizes(C, draws=LINES_DRAWN)
    for words, true in (("", float(law.N_opt(C))), (", lean left in", float(exact()["size"][0]))):
        name = f"size at Gopher's budget{words}"
        yield APPROACH_2, name, holds(size.low, true, size.high)
    minima: IsoFlops = three_approaches.approach_2()
    try:
        within = minima.interval(draws=MINIMA_DRAWN)
        yield APPROACH_2_RUNS, "a", holds(within.low, law.a, within.high)
        subsets = minima.interval(draws=100, share=0.8, level=0.8)
        yield SUBSETS, "a, Approach 2", holds(subsets.low, law.a, subsets.high)
    except ValueError:  # too few minima in too many draws: nothing would be printed
        pass
    subsets = subset_range(refit.refit())
    yield SUBSETS, "a, Approach 3", holds(subsets.low, law.a, subsets.high)


def nine_ratios() -> Iterator[Held]:
    """Chapter 6: the nine measured ratios, and the chance of a trend that is true."""
    try:
        table = three_approaches.minima()
    except ValueError:  # a budget has no minimum: nothing would be printed
        return
    lean = exact()
    for words, true in (("ratio", lean["law"]), ("ratio, lean left in", lean["parabola"])):
        for low, high, ratio in zip(table["low"], table["high"], true, strict=True):
            yield NINE, words, holds(low, float(ratio), high)
    p = three_approaches.trends(table, straightened=True).set_index("trend")["p"]
    yield TREND, "a power of compute", bool(p["a power of compute"] >= 0.05)
