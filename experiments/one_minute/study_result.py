"""What a study gives: a table of runs, a table of curves, and how they were obtained."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from scaling_utils import datasets

Rows = list[dict[str, Any]]
FINISHED, DIVERGED, INTERRUPTED = "finished", "diverged", "interrupted"
COMPLETE, SHIPPED = "complete", "shipped"

RUN_COLUMNS = {
    "run": "str",
    **dict.fromkeys(("seed", "width", "N_embedding", "N_body", "N_head"), "int64"),
    **dict.fromkeys(("flops_per_byte", "bytes_planned", "bytes_seen", "steps"), "int64"),
    "status": "str", "loss": "float64", "seconds": "float64", "text_sha256": "str", "numpy": "str",
}  # fmt: skip
CURVE_COLUMNS = {
    "run": "str", "step": "int64", "bytes_seen": "int64", "train_loss": "float64",
    "loss": "float64",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class StudyResult:
    """Runs and their curves, and how they were obtained.

    - status: "complete" (some runs may have diverged), "interrupted" (by hand) or "shipped" (read
      from the project's data); message: the same in a sentence, with what is missing or odd.
    - runs: run, seed, width, N_embedding, N_body, N_head (parameters), flops_per_byte,
      bytes_planned, bytes_seen, steps, status, loss (validation, averaged weights, nats per byte;
      NaN if diverged), seconds (CPU), text_sha256, numpy (version).
    - curves: run, step, bytes_seen, train_loss (mean since the last evaluation), loss (as above).
    - seconds: CPU time in all.
    """

    status: str
    message: str
    runs: pd.DataFrame
    curves: pd.DataFrame
    seconds: float

    def of_seed(self, seed: int) -> StudyResult:
        """Return the part of a study that one seed alone would have given."""
        runs = self.runs[self.runs["seed"] == seed].reset_index(drop=True)
        curves = self.curves[self.curves["run"].isin(runs["run"])].reset_index(drop=True)
        message = _sentence(runs, len(runs), self.status)
        seconds = float(runs["seconds"].sum())
        return replace(self, message=message, runs=runs, curves=curves, seconds=seconds)


def result(
    runs: Rows, curves: Rows, *, planned: int, stopped: bool, seconds: float
) -> StudyResult:
    """Put a study's rows into tables."""
    table = _frame(runs, RUN_COLUMNS)
    status = INTERRUPTED if stopped else COMPLETE
    message = _sentence(table, planned, status)
    shown = _frame(curves, CURVE_COLUMNS)
    return StudyResult(status, message, table, shown, seconds)


def load_shipped() -> StudyResult:
    """Read the full study that ships with the project."""
    runs, curves = datasets.load("one_minute_runs"), datasets.load("one_minute_curves")
    message, seconds = _sentence(runs, len(runs), SHIPPED), float(runs["seconds"].sum())
    return StudyResult(SHIPPED, message, runs, curves, seconds)


def _sentence(runs: pd.DataFrame, planned: int, status: str) -> str:
    said = [f"{(runs['status'] == FINISHED).sum()} of {planned} runs finished ({status})"]
    for what in (DIVERGED, INTERRUPTED):
        own = runs.loc[runs["status"] == what, "run"].tolist()
        if own:
            said.append(f"{what}: {', '.join(own)}")
    return "; ".join(said)


def _frame(rows: Rows, columns: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)
