"""What a study gives: a table of runs, a table of curves, and how they were obtained."""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from scaling_utils import datasets

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

    - status: "complete": every run of the grid was made, though some may have diverged;
      "interrupted": stopped by hand, and what was done until then is here; "shipped": read from
      the project's data.
    - message: The same in a sentence, with what is missing or odd.
    - runs: One row per run: run (a name of width and seed), seed, width, N_embedding, N_body and
      N_head (parameters: the table, the hidden layer, the output layer), flops_per_byte (matrix
      products, forward and backward), bytes_planned, bytes_seen, steps, status ("finished",
      "diverged", "interrupted"), loss (validation, averaged weights, nats per byte; NaN if
      diverged), seconds (CPU), text_sha256, numpy (version).
    - curves: One row per run and evaluation: run, step, bytes_seen, train_loss (mean since the
      last evaluation), loss (validation, averaged weights), nats per byte.
    - text_sha256: Checksum of the text, uncompressed.
    - versions: Python, NumPy and its BLAS. Another one rounds differently, and the runs drift
      apart in the later digits.
    - seconds: CPU time in all.
    """

    status: str
    message: str
    runs: pd.DataFrame
    curves: pd.DataFrame
    text_sha256: str
    versions: Mapping[str, str]
    seconds: float

    def of_seed(self, seed: int) -> StudyResult:
        """Return the part of a study that one seed alone would have given."""
        runs = self.runs[self.runs["seed"] == seed].reset_index(drop=True)
        curves = self.curves[self.curves["run"].isin(runs["run"])].reset_index(drop=True)
        message = _sentence(runs, len(runs), self.status)
        seconds = float(runs["seconds"].sum())
        return replace(self, message=message, runs=runs, curves=curves, seconds=seconds)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for `json.dumps`; a loss that is no number becomes None."""
        plain = dict(vars(self)) | {"versions": dict(self.versions)}
        return plain | {name: _records(plain[name]) for name in ("runs", "curves")}

    def _repr_html_(self) -> str:
        shown = self.runs.drop(columns=["text_sha256", "numpy"])
        return f"<p>{escape(self.message)}</p>{shown.to_html(index=False)}"


def result(
    runs: list[dict[str, Any]],
    curves: list[dict[str, Any]],
    *,
    planned: int,
    stopped: bool,
    text_sha256: str,
    seconds: float,
) -> StudyResult:
    """Put a study's rows into tables."""
    table = _frame(runs, RUN_COLUMNS)
    status = INTERRUPTED if stopped else COMPLETE
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    versions = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": f"{blas['name']} {blas['version']}",
    }
    message = _sentence(table, planned, status)
    shown = _frame(curves, CURVE_COLUMNS)
    return StudyResult(status, message, table, shown, text_sha256, versions, seconds)


def load_shipped() -> StudyResult:
    """Read the full study that ships with the project.

    Examples
    --------
    >>> shipped = load_shipped()
    >>> shipped.runs["seed"].nunique(), set(shipped.runs["status"])
    (5, {'finished'})
    """
    runs, curves = datasets.load("one_minute_runs"), datasets.load("one_minute_curves")
    return StudyResult(
        status=SHIPPED,
        message=_sentence(runs, len(runs), SHIPPED),
        runs=runs,
        curves=curves,
        text_sha256=", ".join(runs["text_sha256"].unique()),
        versions={"numpy": ", ".join(runs["numpy"].unique())},
        seconds=float(runs["seconds"].sum()),
    )


def _sentence(runs: pd.DataFrame, planned: int, status: str) -> str:
    said = [f"{(runs['status'] == FINISHED).sum()} of {planned} runs finished ({status})"]
    for what in (DIVERGED, INTERRUPTED):
        own = runs.loc[runs["status"] == what, "run"].tolist()
        if own:
            said.append(f"{what}: {', '.join(own)}")
    return "; ".join(said)


def _frame(rows: list[dict[str, Any]], columns: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(k): None if isinstance(v, float) and math.isnan(v) else v for k, v in row.items()}
        for row in table.to_dict(orient="records")
    ]
