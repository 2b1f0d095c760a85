"""A study that follows a law: runs whose right answer is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from experiments.analysis.counts import ALL, parameters
from experiments.analysis.study import DIVERGED, FINISHED, SIZES, Study
from scaling_utils.check import FloatArray, positive
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN

HEIGHT = 64
"""Rows of the embedding and of the output head of a simulated model."""


def common_grid(first: float, last: float) -> FloatArray:
    """Bytes at which every run is evaluated: 2^(j/2) thousand, within the two ends.

    Examples
    --------
    >>> common_grid(1e3, 4e3).round().tolist()
    [1000.0, 1414.0, 2000.0, 2828.0, 4000.0]
    """
    steps = 2.0 * np.log2(positive("D", [first, last]) / 1e3)
    return np.asarray(1e3 * 2.0 ** (np.arange(np.ceil(steps[0]), np.floor(steps[1]) + 1) / 2.0))


def simulated_tables(
    law: ChinchillaLaw,
    *,
    widths: Sequence[int] = (8, 12, 16, 24, 32, 40, 48, 64, 80, 96, 128, 160),
    compute: float = 1e13,
    longest: float = 4e7,
    seeds: int = 3,
    noise: float = 0.0,
    wiggle: float = 0.0,
    counting: str = ALL,
    texts: Mapping[str, tuple[float, float]] | None = None,
    diverged: int = 0,
    seed: int = 0,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Runs and curves of transformers whose losses follow a law.

    Parameters
    ----------
    law : ChinchillaLaw
        Gives the losses, with N in the given counting.
    widths : sequence of int
        One size each; two layers.
    compute, longest : float
        A run ends at this budget (FLOPs, 6 N D) or after so many bytes, whatever is first.
    seeds : int
        Runs of each size.
    noise : float
        Standard deviation, in nats, of a run's own offset: the same along its curve.
    wiggle : float
        Standard deviation, in nats, of what is independent at every point.
    counting : str
        A key of `COUNTINGS`.
    texts : mapping of str to (slope, offset), optional
        Other texts, whose loss is slope times validation loss and an offset.
    diverged : int
        How many of the runs are marked as diverged, from the first.
    seed : int
        The same seed gives the same tables.

    Returns
    -------
    runs, curves : DataFrame
        As `Study.of` takes them.
    """
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    parts = []
    for width in widths:
        body, outside = 24 * width**2, HEIGHT * width
        shape = {"N_body": body, "N_head": outside, "N_embedding": outside}
        N = float(parameters(pd.DataFrame([shape]), counting)[0])
        shape |= {"layers": 2, "width": width, "flops_per_byte": 6 * (body + outside)}
        end = min(longest, float(positive("C", compute)) / FLOPS_PER_PARAMETER_TOKEN / N)
        D = np.unique([*common_grid(1e4, end), end])
        for k in range(seeds):
            run = f"d{width}-s{k}"
            loss = np.asarray(law.loss(N, D)) + rng.normal(0.0, noise)
            loss = loss + rng.normal(0.0, wiggle, D.size)
            curve = pd.DataFrame({"run": run, "step": D / 512, "bytes_seen": D, "loss": loss})
            for name, (slope, offset) in (texts or {}).items():
                curve[f"loss_{name}"] = slope * loss + offset
            ends = {str(c): v for c, v in curve.iloc[-1].items() if str(c).startswith("loss")}
            status = DIVERGED if len(rows) < diverged else FINISHED
            names = {"run": run, "group": SIZES, "seed": k, "status": status}
            rows.append(names | shape | {"bytes_seen": D[-1]} | ends)
            parts.append(curve)
    return pd.DataFrame(rows), pd.concat(parts, ignore_index=True)


def simulated_study(law: ChinchillaLaw, **options: Any) -> Study:
    """The tables of `simulated_tables`, checked.

    Examples
    --------
    >>> study = simulated_study(ChinchillaLaw(1.0, 20.0, 60.0, 0.34, 0.34), seeds=2)
    >>> len(study.sizes), len(study.runs)
    (12, 24)
    """
    return Study.of(*simulated_tables(law, **options))
