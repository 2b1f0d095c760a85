"""The controls of chapter 12: other learning rates, a decay of its own, other seeds.

Runs of one size and one seed are compared, which begin with the same weights and read the text
in the same order.
"""

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from experiments.analysis.study import Study

DECAY_AT, SEEDS_AT = 2**21, 2**20
"""Bytes at which the runs with a decay of their own end, and at which seeds are compared."""

KEY = ["width", "seed"]


def controls(study: Study) -> pd.DataFrame:
    """What other learning rates, a decay of its own and other seeds do to the loss, by width.

    Columns: width, control ("decay": against averaged weights after as many bytes; "rate × 0.5",
    "rate × 2": against the usual rate; "seeds": standard deviation of one run), change (per cent
    of the loss), low, high (95 % by Student's t, with the spread pooled over the widths, which
    have three seeds each; NaN for seeds).
    """
    sizes, rates = study.group("sizes"), study.group("learning rate")
    usual = float(rates.runs["rate"].median())
    ends = rates.runs.assign(end=rates.loss_at(float(rates.last.min()))[:, 0])
    wide = ends.pivot(index=KEY, columns="rate", values="end")
    other = wide.drop(columns=usual).div(wide[usual], axis=0)
    other = other.rename(columns=lambda rate: f"rate × {rate / usual:g}")
    own = study.group("dedicated decay")
    ended = own.runs.assign(end=own.loss_at(own.last[:, np.newaxis])[:, 0]).set_index(KEY)["end"]
    averaged = sizes.runs.assign(end=sizes.loss_at(DECAY_AT)[:, 0]).set_index(KEY)["end"]
    decay = (ended / averaged).dropna().to_frame("decay")
    losses = sizes.runs[["width"]].assign(loss=sizes.loss_at(SEEDS_AT)[:, 0])
    of = losses.groupby("width")["loss"]
    seeds = (100.0 * of.std() / of.mean()).rename("change").reset_index().assign(control="seeds")
    return pd.concat([_intervals(other), _intervals(decay), seeds], ignore_index=True)


def _intervals(ratios: pd.DataFrame) -> pd.DataFrame:
    """Mean changes over the seeds, with their intervals; one row for each width and control."""
    change = 100.0 * (ratios - 1.0)
    by_width = change.groupby(level="width")
    mean, runs = by_width.mean(), by_width.count()
    away = change - by_width.transform("mean")
    freedom = max(1, int((runs - 1).to_numpy().sum()))
    spread = np.sqrt(np.nansum(away.to_numpy() ** 2) / freedom)
    half = float(stdtrit(freedom, 0.975)) * spread / runs**0.5
    parts = {"change": mean, "low": mean - half, "high": mean + half}
    table = pd.DataFrame({name: part.stack() for name, part in parts.items()})
    return table.rename_axis(["width", "control"]).reset_index()
