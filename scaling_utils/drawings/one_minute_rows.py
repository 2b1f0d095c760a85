"""What the page prints about the one-minute study: runs, exponents, and agreement.

Nothing here depends on how fast a machine is: two builds of the book print the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.analysis.best_sizes import BestSizes
from experiments.one_minute import StudyResult
from scaling_utils.book import fmt
from scaling_utils.drawings.one_minute_tables import ALL_SEEDS, NAMES, ONE_SEED, Allocations
from scaling_utils.figures import count_label
from scaling_utils.frontier.isoflop import MINIMUM, TOO_FEW

DECIMALS = 5
"""Decimals of the shipped losses."""


def trend(fit: BestSizes) -> str:
    """What the bytes per parameter do from the first budget to the last, in words.

    "About the same" is within a tenth, "a little" within a third, as the fitted power laws go.
    """
    change = float((fit.cut.C[-1] / fit.cut.C[0]) ** (fit.b[0] - fit.a[0]))
    size = max(change, 1 / change)
    if size < 1.1:
        return "stays about the same"
    return ("rises" if change > 1 else "falls") + (" a little" if size < 4 / 3 else "")


def inside(fit: BestSizes) -> str:
    """How many of the budgets that five sizes reach have a minimum between the sizes."""
    status = list(fit.status.values())
    budgets, found = len(status) - status.count(TOO_FEW), status.count(MINIMUM)
    return f"all {budgets}" if found == budgets else f"{found} of the {budgets}"


def exponent_rows(one: Allocations, every: Allocations) -> pd.DataFrame:
    """What the page prints: exponents and bytes per parameter, of one seed and of all.

    Parameters
    ----------
    one, every : dict of str to BestSizes
        From `allocations`.

    Returns
    -------
    DataFrame
        Indexed by counting and study; budgets, exponent a (with interval where there are
        seeds), one budget left out (lowest and highest a), bytes per parameter (at the first
        and the last budget).
    """
    studies = {ONE_SEED: one, ALL_SEEDS: every}
    rows = {}
    for counting in NAMES.values():
        for name, found in studies.items():
            fit = found[counting]
            a, ratio = fit.interval("a"), fit.table()["bytes_per_parameter"]
            doubt = "" if name == ONE_SEED else f" ({a.low:.2f} to {a.high:.2f})"
            low, high = fit.budget_range()
            rows[counting, name] = {
                "budgets": len(ratio),
                "exponent a": f"{a.estimate:.2f}{doubt}",
                "one budget left out": f"{low:.2f} to {high:.2f}",
                "bytes per parameter": f"{ratio.iloc[0]:.1f} to {ratio.iloc[-1]:.1f}",
            }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["N", "study"])


@dataclass(frozen=True)
class Agreement:
    """How far a run of the study lies from the shipped one of the same seed.

    Attributes
    ----------
    seed : int
        The seed.
    points : int
        Evaluations that both have: the same run, the same step.
    largest : float
        Largest difference of a validation loss, nats per byte, at the decimals that ship; NaN
        without points.
    spread : float
        Standard deviation between the shipped seeds, nats per byte: root mean square over the
        evaluations that all of them have.
    """

    seed: int
    points: int
    largest: float
    spread: float

    @property
    def words(self) -> str:
        """The largest difference in words."""
        if not self.points:
            return "not known"
        digits = f".{DECIMALS}f" if self.largest < 1e-3 else ".4f"
        return "zero" if self.largest == 0 else f"{fmt(self.largest, digits)} nats"

    def __str__(self) -> str:
        if not self.points:
            return f"Seed {self.seed} is not among the shipped ones: nothing to compare."
        return (
            f"{self.points} losses of seed {self.seed}, here and as shipped: the largest "
            f"difference is {self.words}. Seeds differ by {self.spread:.4f} nats."
        )


def agreement(live: StudyResult, shipped: StudyResult) -> Agreement:
    """Compare a repeated study with the shipped one at the evaluations that both have."""
    at = ["run", "step"]
    both = live.curves.merge(shipped.curves, on=at, suffixes=("_live", "_shipped"))
    away = (both["loss_live"].round(DECIMALS) - both["loss_shipped"].round(DECIMALS)).abs()
    # Both are whole numbers of the last decimal: what is less than half of it is zero.
    largest = round(float(away.max()), DECIMALS) if len(both) else float("nan")
    seeds = shipped.curves.merge(shipped.runs[["run", "width", "seed"]], on="run")
    each = seeds.groupby(["width", "step"])["loss"]
    whole = each.var()[each.size() == seeds["seed"].nunique()]
    spread = float(np.sqrt(whole.mean()))
    return Agreement(int(live.runs["seed"].iloc[0]), len(both), largest, spread)


def shown_runs(result: StudyResult) -> pd.DataFrame:
    """The runs as the page shows them: no seconds, which no two executions share."""
    runs = result.runs
    N = runs[["N_embedding", "N_body", "N_head"]].sum(axis=1)
    return pd.DataFrame(
        {
            "hidden units": runs["width"],
            "parameters": N,
            "in the table": [fmt(share, "pct0") for share in runs["N_embedding"] / N],
            "bytes read": [count_label(float(seen)) for seen in runs["bytes_seen"]],
            "bytes per parameter": (runs["bytes_seen"] / N).round(1),
            "loss": runs["loss"].round(3),
        }
    ).set_index("hidden units")
