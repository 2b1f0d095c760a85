"""How often the intervals of our own small studies hold the truth: three seeds, or five.

The mean curve of each set-up over its seeds is the truth. Simulated seeds lie around it as the
seeds there are do: their deviations, curve by curve, are sums of those found, with normal weights,
the same for all set-ups of one size, whose runs of one seed begin alike. In a second design whole
sizes lie off a law instead, each by its own distance and to a side by chance; in a third there
are four other texts each time. The functions that chapters and ledger call are called on them.
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
    SIZES,
    TEXTS,
    Held,
    holds,
)

from claims import hoffmann2022, kaplan2020_runs, muennighoff2023, pearce2024
from claims.entries import read_claims
from claims.ledger import FOLDER, PAPERS
from experiments.analysis import our_runs, seed_draws, shape, travel
from experiments.analysis.best_sizes import exponent_shift
from experiments.analysis.controls import controls
from experiments.analysis.converged import own_floors
from experiments.analysis.counts import ALL, BODY
from experiments.analysis.effect import Measured
from experiments.analysis.frontier import measured_frontier
from experiments.analysis.other_text import text_transfer
from experiments.analysis.parametric import parametric_fit
from experiments.analysis.seed_draws import SETUP, over_draws
from experiments.analysis.study import LOSS, SIZE_COLUMNS, TEXT, StudyError
from experiments.analysis.study import SIZES as FRESH
from experiments.analysis.travel import PROSE, SINCE
from scaling_utils.datasets import load
from scaling_utils.power_fit import interval, straight

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
def recipes() -> dict[str, Callable[[], Any]]:
    """Every claim that the ledger measures, with its expression."""
    found = {}
    for paper in PAPERS:
        values = importlib.import_module(f"claims.{paper}").VALUES
        stated = read_claims(FOLDER / f"{paper}.toml")
        found |= {claim.id: values[claim.id] for claim in stated if claim.effect}
    return found


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


@cache
def size_curves() -> tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray]:
    """Runs on fresh text, and of the points of all curves: row, size, N and D."""
    study = our_runs.sizes().study
    place = pd.Index(study.runs["run"]).get_indexer(study.curves["run"])
    size = study.runs["size"].to_numpy()[place]
    return study.curves, size, study.runs["N_body"].to_numpy(float)[place], place


@cache
def law_of_sizes() -> tuple[Any, np.ndarray]:
    """One law through all curves, and how far the mean of a size lies off it at each point."""
    curves, size, N, _ = size_curves()
    law = parametric_fit(our_runs.sizes().study, BODY, resamples=1).fit.law
    away = np.log(curves[LOSS] / law.loss(N, curves["bytes_seen"].to_numpy(float)))
    mean = away.groupby([size, curves["bytes_seen"]]).transform("mean")
    return law, mean.to_numpy()


@cache
def lines_of_texts() -> dict[str, tuple[float, float, np.ndarray, np.ndarray]]:
    """The finished models' line for each text: slope, height, and by how much sizes miss it.

    At the end of a run, and in the slope along its training.
    """
    sizes, (curves, size, _, _) = our_runs.sizes(), size_curves()
    late = (curves["bytes_seen"] >= SINCE).to_numpy()
    found = {}
    for text in PROSE:
        x, y = sizes.ends()[0], sizes.ends(TEXT + text)[0]
        line = straight(x, y)
        slope, height = float(line.slope[0]), float(line.intercept[0])
        off = (y - height - slope * x) * np.sqrt(x.size / (x.size - 2))
        points = (curves.loc[late & (size == k), [LOSS, TEXT + text]] for k in range(x.size))
        along = np.concatenate([straight(*each.to_numpy().T).slope for each in points])
        found[text] = slope, height, off, along
    return found


def sizes_off(rng: np.random.Generator | None) -> dict[str, pd.DataFrame]:
    """The tables with sizes off the law and off the lines of texts, to a side by chance."""
    law, away = law_of_sizes()
    curves, size, N, _ = size_curves()
    number = int(size.max()) + 1

    def sides() -> np.ndarray:
        return (np.zeros(number) if rng is None else rng.choice([-1.0, 1.0], number))[size]

    exact = law.loss(N, curves["bytes_seen"].to_numpy(float))
    found = curves.assign(**{LOSS: exact * np.exp(sides() * away)})
    since = found[LOSS] - found.groupby("run")[LOSS].transform("last")
    for text, (slope, height, off, along) in lines_of_texts().items():
        turned = along.mean() - slope + sides() * (along - along.mean())[size]
        end = height + slope * found[LOSS] + sides() * off[size]
        found[TEXT + text] = end + turned * since
    names = [f"{study}_{part}" for study in STUDIES for part in ("runs", "curves")]
    whole = {name: shipped(name) for name in names}
    table = whole["transformer_curves"]
    others = table[~table["run"].isin(set(found["run"]))]
    return whole | {"transformer_curves": pd.concat([found, others], ignore_index=True)}


def on_sizes(resamples: int) -> Iterator[Ends]:
    """What draws whole sizes again: chapters 4 and 12."""
    study = our_runs.sizes().study
    sample = parametric_fit(study, BODY, resamples=resamples)
    for name in ("E", "alpha", "beta", "a"):
        yield from of_intervals(SIZES, f"Approach 3: {name}", sample.interval(name))
    for text in ("commentary", "novel"):
        found = text_transfer(study, text, resamples=resamples)
        for name in ("slope", "along", "offset", "difference"):
            yield from of_intervals(SIZES, f"{text}: {name}", getattr(found, name))


@cache
def exact_sizes() -> list[Ends]:
    """The same where every size lies on the law: its values are the truth."""
    with studied(sizes_off(None), 20):
        return list(on_sizes(20))


@cache
def of_texts() -> dict[str, np.ndarray]:
    """The effects that are means over the four texts, text by text."""
    sizes, depths = our_runs.sizes(), our_runs.depths()
    return {
        "slope": travel.slopes(sizes)[:, :1],
        "ratio of exponents": travel.exponent_ratios(sizes)[:, :1],
        "distance along training": travel.distances_along(sizes)[:, :1],
        "closeness": travel.closeness_by_text(sizes)[:, :1],
        "depth": shape.depth_elsewhere_by_text(depths, sizes)[:, :1],
    }


def simulate(design: str, number: int, resamples: int) -> list[Held]:
    """Which intervals of one simulated study hold the truth."""
    rng = np.random.default_rng([SEED, DESIGNS.index(design), number])
    if design == OTHER_TEXTS:
        held = []
        for name, each in of_texts().items():
            texts = rng.normal(each.mean(), each.std(ddof=1), each.shape)
            found = our_runs.over_texts(texts, 1)
            held.append((TEXTS, name, holds(found.low, float(each.mean()), found.high)))
        return held
    if design == SEEDS_AGAIN:
        true = without_noise()
        with studied(tables(rng), resamples):
            found = other_seeds()
    else:
        true = exact_sizes()
        with studied(sizes_off(rng), resamples):
            found = list(on_sizes(resamples))
    return compared(found, true)


def compared(found: list[Ends], true: list[Ends]) -> list[Held]:
    """Whether each interval holds the value of its place; what has no ends there is left out."""
    values = {tuple(names): value for *names, value, _, _ in true}
    return [
        (kind, name, holds(low, values[kind, name, place], high))
        for kind, name, place, _, low, high in found
        if np.isfinite([low, high, values.get((kind, name, place), np.nan)]).all()
    ]
