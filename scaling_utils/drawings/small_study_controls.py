"""The controls of the study of chapter 12: other learning rates, a decay of its own, other seeds.

Differences are in per cent of the loss, between runs of one size and one seed, which begin with
the same weights and read the text in the same order. Their 95 % intervals are by Student's t,
with the spread pooled over sizes, because each has only three seeds.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t as student_t

from experiments.analysis.study import Study

DECAY_AT = 2**21
"""Bytes at which the runs with a decay of their own end."""

SEEDS_AT = 2**20
"""Bytes at which seeds are compared; all sizes get there."""

DECAY, SEEDS = "decay", "seeds"
COLUMNS = ["width", "control", "change", "low", "high"]
Row = tuple[int, str, float, float, float]


def controls_table(study: Study) -> pd.DataFrame:
    """What other learning rates, a decay of its own and other seeds do, by width.

    Parameters
    ----------
    study : Study
        With the groups "sizes", "learning rate" and "dedicated decay".

    Returns
    -------
    DataFrame
        width, control ("rate × 0.5", "rate × 2": against the usual rate; "decay": against
        averaged weights after as many bytes; "seeds": standard deviation of one run), change
        (per cent of the loss), low, high (NaN for seeds).
    """
    sizes = study.group("sizes")
    rates, decays = study.group("learning rate"), study.group("dedicated decay")
    rows = [*_rates(rates), *_decays(decays, sizes), *_seeds(sizes)]
    return pd.DataFrame(rows, columns=COLUMNS)


def control_rows(table: pd.DataFrame) -> pd.DataFrame:
    """The controls in words, one row for each width that has all of them."""
    whole = table[table["width"].isin(table.loc[table["control"] == DECAY, "width"])]
    shown = whole.assign(words=[_words(row) for row in whole[COLUMNS[2:]].to_numpy(float)])
    wide = shown.pivot(index="width", columns="control", values="words")
    return wide[list(dict.fromkeys(shown["control"]))].rename_axis(columns=None)


def mean_change(table: pd.DataFrame, control: str) -> float:
    """Mean over the widths of one control, per cent."""
    return float(table.loc[table["control"] == control, "change"].mean())


def _rates(group: Study) -> list[Row]:
    """Other learning rates against the usual one, which is the middle one."""
    usual = float(group.runs["rate"].median())
    ends = group.runs.assign(end=group.loss_at(float(group.last.min()))[:, 0])
    wide = ends.pivot(index=["width", "seed"], columns="rate", values="end")
    change = 100.0 * (wide.div(wide[usual], axis=0) - 1.0)
    long = change.drop(columns=usual).rename(columns=lambda rate: f"rate × {rate / usual:g}")
    return _with_intervals(long)


def _decays(group: Study, sizes: Study) -> list[Row]:
    """Runs with a decay of their own against averaged weights after as many bytes."""
    key = ["width", "seed"]
    own = group.runs.assign(end=group.loss_at(group.last[:, np.newaxis])[:, 0])
    usual = sizes.runs.assign(usual=sizes.loss_at(DECAY_AT)[:, 0])
    both = own[[*key, "end"]].merge(usual[[*key, "usual"]], on=key).set_index(key)
    return _with_intervals((100.0 * (both["end"] / both["usual"] - 1.0)).to_frame(DECAY))


def _with_intervals(change: pd.DataFrame) -> list[Row]:
    """Means over seeds with their intervals; one row per width and seed, a column per control."""
    by_width = change.groupby(level="width")
    mean, runs = by_width.mean(), by_width.count()
    away = change - by_width.transform("mean")
    freedom = int((runs - 1).to_numpy().sum())
    spread = np.sqrt(np.nansum(away.to_numpy() ** 2) / freedom) if freedom else np.nan
    half = float(student_t.ppf(0.975, max(freedom, 1))) * spread / runs**0.5
    return [
        (int(width), str(control), float(m), float(m - h), float(m + h))
        for control in change.columns
        for width, m, h in zip(mean.index, mean[control], half[control], strict=True)
    ]


def _seeds(sizes: Study) -> list[Row]:
    """Standard deviation of one run at every width."""
    losses = sizes.runs[["width"]].assign(loss=sizes.loss_at(SEEDS_AT)[:, 0])
    of = losses.groupby("width")["loss"]
    share = 100.0 * of.std() / of.mean()
    widths = share.index.to_numpy(dtype=np.intp)
    return [(int(w), SEEDS, float(c), np.nan, np.nan) for w, c in zip(widths, share, strict=True)]


def _words(row: NDArray[np.float64]) -> str:
    change, low, high = row
    if not np.isfinite(low):
        return f"{change:.1f}"
    return f"{change:+.1f} ({low:+.1f} to {high:+.1f})".replace("-", "−")
