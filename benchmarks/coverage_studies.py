"""How often the intervals of our own small studies hold the truth: three seeds, or five.

The mean curve of each set-up over its seeds is the truth. Simulated seeds lie around it as the
seeds there are do: their deviations, curve by curve, are sums of those found, with normal weights,
the same for all set-ups of one size, whose runs of one seed begin alike. The functions that
chapters and ledger call are called on them.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
from coverage_figure4 import forget
from coverage_kinds import (
    CLAIMS,
    CONTROLS,
    FEW_SETUPS,
    FORMULA,
    SEEDS,
    VERDICTS,
    Held,
    holds,
)

from claims import hoffmann2022, kaplan2020_runs, muennighoff2023, pearce2024
from claims.entries import Claim, read_claims
from claims.ledger import FOLDER, PAPERS
from experiments.analysis import our_runs, seed_draws, shape, travel
from experiments.analysis.best_sizes import exponent_shift
from experiments.analysis.controls import controls
from experiments.analysis.converged import own_floors
from experiments.analysis.counts import ALL, BODY
from experiments.analysis.effect import Measured
from experiments.analysis.frontier import measured_frontier
from experiments.analysis.seed_draws import SETUP, over_draws
from experiments.analysis.study import LOSS, SIZE_COLUMNS, TEXT, StudyError
from experiments.analysis.study import SIZES as FRESH
from experiments.analysis.travel import PROSE, SINCE
from scaling_utils.datasets import load
from scaling_utils.power_fit import interval

SEEDS_AGAIN = "our studies: other seeds"
SIZES_OFF = "our studies: sizes off a law"
OTHER_TEXTS = "our studies: four other texts"
DESIGNS = (SEEDS_AGAIN, SIZES_OFF, OTHER_TEXTS)
SEED = 20260103
STUDIES = ("transformer", "one_minute")

Ends = tuple[str, str, float, float, float, float]
"""Kind, quantity, its place (a budget, a size, a number), value, low and high."""


@cache
def shipped(name: str) -> pd.DataFrame:
    """A table of a study that ships."""
    table = load(name)
    table.attrs = {}
    return table


@cache
def deviations(study: str) -> list[tuple[tuple[Any, ...], np.ndarray, dict[str, Any]]]:
    """Of each set-up: its size, the rows of its curves (seeds, marks), means and deviations."""
    runs, curves = shipped(f"{study}_runs"), shipped(f"{study}_curves")
    runs = runs.assign(group=runs.get("group", FRESH))
    losses = [c for c in curves if c == LOSS or c.startswith(TEXT) or c == "train_loss"]
    rows = curves.reset_index().groupby("run")["index"]
    rows = {run: own.to_numpy() for run, own in rows}
    size = [*SIZE_COLUMNS, *(["layers"] if "layers" in runs else [])]
    found = []
    for _, own in runs.groupby([c for c in SETUP if c in runs], sort=True, dropna=False):
        place = np.stack([rows[run] for run in own.sort_values("seed")["run"]])
        logs = {c: np.log(curves[c].to_numpy()[place]) for c in losses}
        parts = {c: (y.mean(axis=0), y - y.mean(axis=0)) for c, y in logs.items()}
        found.append((tuple(own[size].iloc[0]), place, parts))
    return found


def tables(rng: np.random.Generator | None) -> dict[str, pd.DataFrame]:
    """Both studies with other seeds, or, without a generator, every seed at the mean."""
    found = {}
    for study in STUDIES:
        curves = shipped(f"{study}_curves").copy()
        columns = {c: curves[c].to_numpy(np.float64).copy() for c in deviations(study)[0][2]}
        weights: dict[tuple[Any, ...], np.ndarray] = {}
        for size, place, parts in deviations(study):
            seeds = len(place)
            if size not in weights:
                drawn = 0.0 if rng is None else rng.normal(size=(seeds, seeds))
                weights[size] = drawn * np.ones((seeds, seeds)) / np.sqrt(seeds - 1)
            for name, (mean, away) in parts.items():
                columns[name][place] = np.exp(mean + weights[size] @ away)
        found[f"{study}_runs"] = shipped(f"{study}_runs")
        found[f"{study}_curves"] = curves.assign(**columns)
    return found


@contextmanager
def studied(found: dict[str, pd.DataFrame], resamples: int) -> Iterator[None]:
    """Some tables in place of those that ship, for chapters and ledger; no cache survives."""
    modules = our_runs, shape, travel, kaplan2020_runs, hoffmann2022, muennighoff2023, pearce2024
    draw = seed_draws.draw_weights

    def fewer(label: Any, number: int, seed: int = 0, **more: Any) -> np.ndarray:
        return draw(label, min(number, resamples), seed, **more)

    with (
        patch.object(our_runs, "load", lambda name: found[name].copy()),
        patch.object(seed_draws, "draw_weights", fewer),
    ):
        forget(*modules)
        try:
            yield
        finally:
            forget(*modules)


@cache
def claims() -> dict[str, Claim]:
    """Every claim that the ledger measures."""
    stated = (each for paper in PAPERS for each in read_claims(FOLDER / f"{paper}.toml"))
    return {claim.id: claim for claim in stated if claim.effect}


@cache
def recipes() -> dict[str, Callable[[], Any]]:
    """Their expressions."""
    papers = (importlib.import_module(f"claims.{paper}").VALUES for paper in PAPERS)
    every = {name: recipe for values in papers for name, recipe in values.items()}
    return {name: every[name] for name in claims()}


def measured_claims() -> Iterator[Ends]:
    """The verdict intervals over seeds; a claim that our runs cannot measure then has none."""
    for name, recipe in recipes().items():
        with contextlib.suppress(StudyError):
            found: Measured = recipe()
            if found.interval.startswith(our_runs.OVER_SEEDS):
                kind = FORMULA if found.interval.startswith(our_runs.SEEDS_AND_FIT) else CLAIMS
                yield kind, name, 0, found.value, found.low, found.high


def of_draws(kind: str, name: str, draws: np.ndarray) -> Iterator[Ends]:
    """The chapters' intervals of many effects, one a column."""
    for place, one in enumerate(draws.reshape(len(draws), -1).T):
        found = our_runs.measured(one, 1)
        yield kind, name, place, found.value, found.low, found.high


def of_intervals(kind: str, name: str, *found: Any) -> Iterator[Ends]:
    """Intervals as they are."""
    for place, each in enumerate(found):
        yield kind, name, place, each.estimate, each.low, each.high


def of_table(
    kind: str, name: str, table: pd.DataFrame, place: str, value: str, ends: str = ""
) -> Iterator[Ends]:
    """Rows of value, low and high, by their place; `ends` stands before the last two."""
    for row in table[[place, value, f"{ends}low", f"{ends}high"]].itertuples(index=False):
        yield kind, name, *row


def in_chapters() -> Iterator[Ends]:
    """What chapters 2, 4, 10 and 12 print of the studies besides claims."""
    sizes, depths, text = our_runs.sizes(), our_runs.depths(), our_runs.little_text()
    for each in shape.same_size(depths, sizes):
        least = each.loss.min(axis=1, keepdims=True)
        yield from of_draws(FEW_SETUPS, "a shape over the best one", 100 * (each.loss / least - 1))
    offset = [sizes.ends(TEXT + name) - sizes.ends() for name in PROSE]
    yield from of_draws(FEW_SETUPS, "offset of another text, one size", np.hstack(offset))
    away = [shape.away_from_line(depths, sizes, name) for name in PROSE]
    yield from of_draws(SEEDS, "a shape off the line", np.hstack(away))
    loss = np.hstack([text.early[:, :, 0], text.final[:, :, 0], text.fresh])
    low, high = interval(loss[1:], axis=0)
    for row in zip(range(low.size), loss[0], low, high, strict=True):
        yield FEW_SETUPS, "loss of one size", *row
    yield from of_table(
        FEW_SETUPS, "worth of text, one size", our_runs.worth_of_text(), "N", "gain"
    )
    ends = text.early[:, :, 0], text.final[:, :, 0], text.fresh
    ratio = [over_draws(each[:, -1] / each[:, 0] - 1) for each in ends]
    yield from of_intervals(FEW_SETUPS, "largest against smallest", *ratio)
    found = {of: our_runs.best_sizes(of) for of in (BODY, ALL)}
    for of, best in found.items():
        yield from of_intervals(SEEDS, f"a, {of}", best.interval("a"))
        yield from of_intervals(SEEDS, f"b - a, {of}", best.interval("b - a"))
        yield from of_table(SEEDS, f"best size at a budget, {of}", best.table(), "C", "N", "N_")
    yield from of_intervals(SEEDS, "shift of a", exponent_shift(found[ALL], found[BODY]))
    lowest = measured_frontier(sizes.since(SINCE), BODY, SINCE)
    for name in ("loss", "N"):
        yield from of_intervals(SEEDS, f"Approach 1: power of {name}", lowest.interval(name))
    yield from of_table(SEEDS, "Approach 1: the lower edge", lowest.table(), "C", "loss")
    floors = own_floors(lowest)
    yield from of_table(SEEDS, "a floor of its own", floors, "N", "floor", "floor_")
    table = controls(our_runs.study())
    for control, rows in table[table["low"].notna()].groupby("control"):
        yield from of_table(CONTROLS, str(control), rows, "width", "change")


def other_seeds() -> list[Ends]:
    """All that rests on seeds."""
    return [*measured_claims(), *in_chapters()]


@cache
def without_noise() -> list[Ends]:
    """The same where every seed is at the mean: its values are the truth."""
    with studied(tables(None), 20):
        return other_seeds()


def simulate(design: str, number: int, resamples: int) -> list[Held]:
    """Which intervals of one study with other seeds hold the truth."""
    true = without_noise()
    rng = np.random.default_rng([SEED, DESIGNS.index(design), number])
    with studied(tables(rng), resamples):
        found = other_seeds()
    return [*compared(found, true)]


def compared(found: list[Ends], true: list[Ends]) -> Iterator[Held]:
    """Whether each interval holds the value of its place; what has no ends there is left out.

    Of a claim also whether its verdict, if it is firm, is that of the true value.
    """
    values = {tuple(names): value for *names, value, _, _ in true}
    for kind, name, place, value, low, high in found:
        truth = values.get((kind, name, place), np.nan)
        if np.isfinite([low, high, truth]).all():
            yield kind, name, holds(low, truth, high)
            if kind in (CLAIMS, FORMULA):
                said, right = verdict(name, value, low, high), verdict(name, *[truth] * 3)
                if not said.startswith("undecided"):
                    yield VERDICTS, "firm verdicts", said == right


def verdict(name: str, value: float, low: float, high: float) -> str:
    """What the ledger says of a claim for a measured value and its interval."""
    claim = claims()[name]
    assert claim.seen_range is not None
    return str(claim.seen_range.verdict(Measured(value, low, high, 1, our_runs.OVER_SEEDS)))
