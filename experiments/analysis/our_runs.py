"""The study of small Transformers as measured claims use it: read once, drawn again once.

`measured` turns an effect in all draws of the seeds into one with an interval, by the rules that
experiments/criteria.md fixed before the results were looked at.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from experiments.analysis import best_sizes as sizes_at
from experiments.analysis import little_text as on_little_text
from experiments.analysis.best_sizes import BestSizes
from experiments.analysis.converged import above_unlimited, later_gains
from experiments.analysis.counts import BODY
from experiments.analysis.effect import Measured
from experiments.analysis.little_text import LittleText, best_at_end, gain_of_text
from experiments.analysis.seed_draws import Drawn, over_draws
from experiments.analysis.study import DEPTH, FIXED_DATA, SIZES, Study, StudyError
from scaling_utils.check import FloatArray, one_of
from scaling_utils.datasets import load

LEVEL = 0.95
OVER_SEEDS = "95 % over seeds"
OVER_TEXTS = "95 % over the four texts, by Student's t"
SEEDS_AND_FIT = "95 % over seeds and over the sizes fitted"
SEEN_LATER, UNLIMITED = "seen later", "unlimited text"
MOST_WITHOUT = 0.05
SIZES_PLANNED, DEPTHS_PLANNED, REPEATED_PLANNED = 12, 10, 15

GROUPS = (SIZES, DEPTH, FIXED_DATA, "learning rate", "dedicated decay")
"""The groups of the shipped study; a group's place seeds its draws, so that groups are drawn
independently of each other."""


@cache
def study() -> Study:
    """Return the shipped study of small Transformers, checked."""
    runs, curves = load("transformer_runs"), load("transformer_curves")
    runs.attrs, curves.attrs = {}, {}  # or pandas copies their description at every step
    return Study.of(runs, curves)


@cache
def group(name: str, setups: int) -> Drawn:
    """Return the runs of one group of the shipped study, with the draws of their seeds."""
    seed = GROUPS.index(one_of("group", name, GROUPS))
    named = study().runs["group"] == name
    drawn = Drawn.of(study().group(name), seed=seed) if named.any() else None
    found = 0 if drawn is None else int((np.bincount(drawn.label) > 1).sum())
    if drawn is None or found < setups:
        raise StudyError(
            f"the shipped study has {found} set-ups with two seeds or more in the group {name!r}, "
            f"and {setups} are needed: data/transformer_runs.csv is not complete"
        )
    return drawn


def sizes() -> Drawn:
    """Return the runs of the shipped study on fresh text, with the draws of their seeds."""
    return group(SIZES, SIZES_PLANNED)


def depths() -> Drawn:
    """Return the runs of the shipped study at fixed numbers of parameters, with their draws."""
    return group(DEPTH, DEPTHS_PLANNED)


@cache
def one_minute() -> Drawn:
    """Return the shipped one-minute study, with draws of its seeds of its own."""
    tables = load("one_minute_runs"), load("one_minute_curves")
    return Drawn.of(Study.of(*tables), seed=len(GROUPS))


@cache
def best_sizes(counting: str) -> BestSizes:
    """Return the best sizes of the shipped study at equal compute, in one counting of N."""
    return sizes_at.best_sizes(sizes(), counting)


@cache
def above_convergence() -> pd.DataFrame:
    """How far above convergence our best models stop, budget by budget.

    Columns: kind ("seen later": above the least loss that the same run reaches later, a lower
    bound; "unlimited text": above the loss with unlimited text, by one formula with a floor), C
    (6ND, FLOPs), N (best size, without embeddings), excess, low, high (per cent of that loss,
    `SEEDS_AND_FIT`; no interval for the lower bound).
    """
    later = later_gains(sizes())
    there = np.isfinite(later.gain[0])
    bound = pd.DataFrame({"kind": SEEN_LATER, "C": later.C, "N": later.N, "excess": later.gain[0]})
    best = best_sizes(BODY)
    found = above_unlimited(best, sizes())
    rows = []
    for C, N, draws in zip(best.cut.C, best.N[0], found.T, strict=True):
        each = measured(draws, runs(sizes()), SEEDS_AND_FIT)
        rows.append((UNLIMITED, C, N, each.value, each.low, each.high))
    columns = ["kind", "C", "N", "excess", "low", "high"]
    unlimited = pd.DataFrame(rows, columns=columns)
    found_all: pd.DataFrame = pd.concat([bound[there], unlimited], ignore_index=True)
    return found_all


def repeated() -> Drawn:
    """Return the runs of the shipped study on text that repeats, with the draws of their seeds."""
    return group(FIXED_DATA, REPEATED_PLANNED)


@cache
def little_text() -> LittleText:
    """Return these runs as a grid, with the same sizes on fresh text beside them."""
    return on_little_text.little_text(repeated(), sizes())


@cache
def useful_sizes() -> pd.DataFrame:
    """Which size is the best on little text, read again and again to the end of the runs.

    Columns: unique_bytes (different ones), bytes (read in all), N (best size, no embeddings),
    largest (whether none larger was tried), share (of the draws of seeds in which it is best).
    """
    text = little_text()
    found = best_at_end(text)
    share = (found[1:] == found[0]).mean(axis=0)
    best = {"N": found[0], "largest": found[0] == text.N[-1], "share": share}
    return pd.DataFrame({"unique_bytes": text.D, "bytes": repeated().last[0]} | best)


@cache
def worth_of_text() -> pd.DataFrame:
    """What four times the text is worth to each size: from 131 to 524 kB, stopped early.

    Columns: N (no embeddings), less, more (bytes), gain (nats per byte), low, high (over seeds).
    """
    text = little_text()
    each = [measured(draws, runs(repeated())) for draws in gain_of_text(text).T]
    less, more = text.D[-2:]
    rows = [
        (N, less, more, gain.value, gain.low, gain.high)
        for N, gain in zip(text.N, each, strict=True)
    ]
    return pd.DataFrame(rows, columns=["N", "less", "more", "gain", "low", "high"])


def runs(*groups: Drawn) -> int:
    """Count the runs of some groups."""
    return sum(len(each.study.runs) for each in groups)


def measured(draws: FloatArray, runs: int, interval: str = OVER_SEEDS) -> Measured:
    """Turn the effect in every draw into an effect with its interval over seeds.

    An interval that misses the mean, as of the worst of many, is widened to hold it.
    """
    missing = np.isnan(draws[1:])
    none = float(missing.mean())
    if none > MOST_WITHOUT:
        raise StudyError(f"{100 * none:.0f} % of the draws of seeds have no effect")
    if missing.any():
        interval = f"{interval}, without {missing.sum()} of {missing.size} draws"
    found = over_draws(draws, LEVEL)
    low, high = min(found.low, found.estimate), max(found.high, found.estimate)
    return Measured(found.estimate, low, high, runs, interval)


def over_texts(each: FloatArray, runs: int) -> Measured:
    """The mean of an effect over texts, which differ by more than seeds, by Student's t."""
    values = each[:, 0]
    reach = float(stdtrit(values.size - 1, 0.5 + LEVEL / 2.0)) / float(np.sqrt(values.size))
    mean, half = float(values.mean()), reach * float(values.std(ddof=1))
    return Measured(mean, mean - half, mean + half, runs, OVER_TEXTS)
