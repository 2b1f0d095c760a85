"""Hoffmann's Figure 4 as read from its vector graphics: the points, and which axis is right.

Two public readings place the vertical axis differently; Table A9 lists the sizes, and decides.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scaling_utils import datasets
from scaling_utils.check import FloatArray, one_of, positive
from scaling_utils.isoflop import nearest_budget
from scaling_utils.published import constant

OWN, CORRECTED = "labels of the figure", "later public correction"

NEAR = 0.12
"""A run within 12 % of one of the nine budgets of Figure 3 is one of its IsoFLOP runs."""


def points(*, outliers: bool = False) -> pd.DataFrame:
    """The 240 training runs read from Figure 4, and the 5 marked as outliers if wanted.

    C in FLOPs, N of Table A9, D = C / 6N, loss in nats, and between what the colour has it.
    """
    table = datasets.load("hoffmann2022_figure4_points")
    if outliers:
        return table
    kept = table["outlier_rule"].isna() | (table["outlier_rule"] == "")
    return table[kept].reset_index(drop=True)


def budgets() -> FloatArray:
    """The nine budgets of Approach 2 (Figure 3), FLOPs."""
    return np.array(
        [constant("hoffmann2022/Fig. 3 budgets", f"C_{k}").value for k in range(1, 10)]
    )


def budget_groups(*, outliers: bool = False, tolerance: float = NEAR) -> NDArray[np.intp]:
    """Group of each run of `points`: its budget, or a group of its own.

    This is what "a budget" means wherever the book draws budgets again: the nine of Figure 3
    whole (0 to 8), each other run by itself (9 and up). The tolerance is one of logarithms.
    """
    label = nearest_budget(points(outliers=outliers)["C"], budgets(), tolerance=tolerance)
    alone = label < 0
    label[alone] = len(budgets()) + np.arange(alone.sum())
    return label


def without_budgets(end: str, count: int) -> NDArray[np.bool_]:
    """Which runs of `points` are left without the smallest, or the largest, budgets.

    All runs of a budget go, and every run that is cheaper (or dearer) than one of them.
    """
    one_of("end", end, ("small", "large"))
    if not 0 <= count < len(budgets()):
        raise ValueError(f"count must lie between 0 and {len(budgets()) - 1}, got {count}")
    spent, groups = points()["C"].to_numpy(dtype=np.float64), budget_groups()
    if not count:
        return np.ones(spent.size, dtype=np.bool_)
    if end == "small":
        dearest = spent[groups == count - 1].max()
        return np.asarray(spent > dearest)
    cheapest = spent[groups == len(budgets()) - count].min()
    return np.asarray(spent < cheapest)


def sizes_read_with(calibration: str) -> FloatArray:
    """The 245 model sizes that a calibration of the vertical axis reads, parameters."""
    table = datasets.load("hoffmann2022_figure4_calibrations").set_index("calibration")
    one_of("calibration", calibration, list(table.index))
    own, asked = table.loc[OWN], table.loc[calibration]
    read = datasets.load("hoffmann2022_figure4_points")["N_read"].to_numpy(dtype=np.float64)
    # log10 N falls linearly from 11 (100B) to 8 (100M) down the page, for either calibration.
    height = own["y_100B"] + (11 - np.log10(read)) * (own["y_100M"] - own["y_100B"]) / 3
    fallen = 3 * (height - asked["y_100B"]) / (asked["y_100M"] - asked["y_100B"])
    sizes: FloatArray = 10 ** (11 - fallen)
    return sizes


def distance_to_table_a9(sizes: FloatArray) -> FloatArray:
    """How far each size is from the nearest one in Table A9, as a fraction of it."""
    sizes = positive("sizes", sizes)
    listed = datasets.load("hoffmann2022_table_a9")["params_millions"].to_numpy() * 1e6
    gaps = np.abs(np.log(sizes[:, None] / listed))
    nearest = listed[gaps.argmin(axis=1)]
    away: FloatArray = np.abs(sizes / nearest - 1)
    return away
