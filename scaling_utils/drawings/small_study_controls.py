"""The controls of the study of chapter 12: other learning rates, a decay of its own, other seeds.

Differences are in per cent of the loss, with 95 % intervals by Student's t; the spread of one
run is pooled over set-ups, because each has only two or three seeds.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scaling_utils.measured import Study
from scaling_utils.measured.spread import cells, welch_half_width

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
    setups = list(zip(group.runs["width"], group.runs["rate"], strict=True))
    names = sorted(set(setups))
    label = np.array([names.index(setup) for setup in setups], dtype=np.intp)
    of = cells(group.loss_at(float(group.last.min()))[:, 0], label)
    found: list[Row] = []
    for k, (width, rate) in enumerate(names):
        base = names.index((width, usual))
        if k != base:
            scale = 100.0 / of.mean[base]
            change, half = of.mean[k] - of.mean[base], of.half_width(k, base)
            found.append(_row(width, f"rate × {rate / usual:g}", change, half, scale))
    return found


def _decays(group: Study, sizes: Study) -> list[Row]:
    """Runs with a decay of their own against averaged weights after as many bytes."""
    widths = sorted(set(group.runs["width"]))
    same = sizes.runs["width"].isin(widths).to_numpy()
    own = cells(group.loss_at(group.last[:, np.newaxis])[:, 0], _places(group.runs, widths))
    usual = cells(sizes.loss_at(DECAY_AT)[same, 0], _places(sizes.runs[same], widths))
    found: list[Row] = []
    for k, width in enumerate(widths):
        change, half = own.mean[k] - usual.mean[k], welch_half_width(own, k, usual, k)
        found.append(_row(width, DECAY, change, half, 100.0 / usual.mean[k]))
    return found


def _seeds(sizes: Study) -> list[Row]:
    """Standard deviation of one run at every width."""
    of = cells(sizes.loss_at(SEEDS_AT)[:, 0], sizes.runs["size"].to_numpy(dtype=np.intp))
    share = 100.0 * of.sd / of.mean
    widths = sizes.sizes["width"].to_numpy(dtype=np.intp)
    return [(int(w), SEEDS, float(c), np.nan, np.nan) for w, c in zip(widths, share, strict=True)]


def _places(runs: pd.DataFrame, widths: list[int]) -> NDArray[np.intp]:
    return np.array([widths.index(width) for width in runs["width"]], dtype=np.intp)


def _row(width: int, control: str, change: float, half: float, scale: float) -> Row:
    """A difference of losses and its interval as per cent of a mean loss."""
    ends = (scale * (change - half), scale * (change + half))
    return int(width), control, float(scale * change), float(ends[0]), float(ends[1])


def _words(row: NDArray[np.float64]) -> str:
    change, low, high = row
    if not np.isfinite(low):
        return f"{change:.1f}"
    return f"{change:+.1f} ({low:+.1f} to {high:+.1f})".replace("-", "−")
