"""How often what draws whole sizes, or texts, of our own studies again holds the truth.

Sizes lie off a law, and off the lines of other texts, each by its own distance and to a side by
chance; or there are four other texts each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from coverage_kinds import SIZES, TEXTS, Held, holds
from coverage_studies import (
    DESIGNS,
    OTHER_TEXTS,
    SEED,
    STUDIES,
    Ends,
    compared,
    of_intervals,
    shipped,
    studied,
)

from experiments.analysis import our_runs, shape, travel
from experiments.analysis.counts import BODY
from experiments.analysis.other_text import text_transfer
from experiments.analysis.parametric import parametric_fit
from experiments.analysis.study import LOSS, TEXT
from experiments.analysis.travel import PROSE, SINCE
from scaling_utils.power_fit import straight


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
    """Which intervals of one study with other sizes, or texts, hold the truth."""
    rng = np.random.default_rng([SEED, DESIGNS.index(design), number])
    if design == OTHER_TEXTS:
        held = []
        for name, each in of_texts().items():
            texts = rng.normal(each.mean(), each.std(ddof=1), each.shape)
            found = our_runs.over_texts(texts, 1)
            held.append((TEXTS, name, holds(found.low, float(each.mean()), found.high)))
        return held
    true = exact_sizes()
    with studied(sizes_off(rng), resamples):
        return [*compared(list(on_sizes(resamples)), true)]
