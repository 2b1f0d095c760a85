"""The tables of a study of our own: runs and their curves, checked, with what is left out.

A run's curve is its whole L(N, D): weights are averaged and the learning rate has no horizon,
so that every point is as good as the end of a run that was planned to stop there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator

from scaling_utils.check import FloatArray, one_of, positive

SIZES, DEPTH, FIXED_DATA = "sizes", "depth", "fixed data"
FINISHED, DIVERGED = "finished", "diverged"

SIZE_COLUMNS = ["N_body", "N_head", "N_embedding", "flops_per_byte"]
"""What makes two runs runs of the same size, beside the number of layers."""

RUN_COLUMNS = ["run", "seed", *SIZE_COLUMNS]
CURVE_COLUMNS = ["run", "bytes_seen", "loss"]
FEWEST_POINTS = 3
LOSS, TEXT = "loss", "loss_"


class StudyError(ValueError):
    """The tables of a study lack a column, or hold nothing that can be used."""


@dataclass(frozen=True, eq=False)
class Study:
    """Runs that can be used, their curves, and the runs that cannot.

    - runs: run, group, seed, N_body, N_head, N_embedding (parameters), flops_per_byte, and size:
      a number from 0 in the order of N_body, the same for runs that differ in their seed alone.
    - curves: run, bytes_seen, loss (validation, nats per byte) and loss_<text> for other texts,
      rising in bytes_seen.
    - left_out: run, group, reason: runs that diverged, or whose losses are not all numbers.
    """

    runs: pd.DataFrame
    curves: pd.DataFrame
    left_out: pd.DataFrame

    @classmethod
    def of(cls, runs: pd.DataFrame, curves: pd.DataFrame) -> Study:
        """Check the two tables of a study."""
        for name, table, needed in zip(
            ("runs", "curves"), (runs, curves), (RUN_COLUMNS, CURVE_COLUMNS), strict=True
        ):
            missing = [column for column in needed if column not in table.columns]
            if missing:
                raise StudyError(f"{name} has no column {', '.join(missing)}")
        if runs["run"].duplicated().any():
            raise StudyError(f"run {runs.loc[runs['run'].duplicated(), 'run'].iloc[0]!r} twice")
        strangers = set(curves["run"]) - set(runs["run"])
        if strangers:
            raise StudyError(f"curve of a run that is not listed: {min(strangers)!r}")
        listed = runs.assign(group=runs.get("group", SIZES), status=runs.get("status", FINISHED))
        trained = curves[curves["bytes_seen"] > 0].sort_values(["run", "bytes_seen"])
        reason = _reasons(listed, trained)
        used = reason == ""
        if not used.any():
            raise StudyError("no run can be used: " + ", ".join(sorted(set(reason))))
        left_out = listed.loc[~used, ["run", "group"]].assign(reason=reason[~used])
        kept = listed[used].reset_index(drop=True)
        for column in ("N_body", "N_head", "flops_per_byte"):
            positive(column, kept[column].to_numpy(dtype=np.float64))
        kept["size"] = _size_numbers(kept)
        own = trained[trained["run"].isin(set(kept["run"]))]
        if own.duplicated(["run", "bytes_seen"]).any():
            raise StudyError("a curve holds two rows of the same bytes_seen")
        return cls(kept, own.reset_index(drop=True), left_out.reset_index(drop=True))

    def group(self, name: str) -> Study:
        """The runs of one group, and what was left out of it."""
        one_of("group", name, sorted(set(self.runs["group"])))
        kept = self.runs[self.runs["group"] == name].reset_index(drop=True)
        kept = kept.assign(size=_size_numbers(kept))
        curves = self.curves[self.curves["run"].isin(set(kept["run"]))].reset_index(drop=True)
        left_out = self.left_out[self.left_out["group"] == name].reset_index(drop=True)
        return Study(kept, curves, left_out)

    def since(self, first: float) -> Study:
        """The same runs without the points of their curves before some bytes."""
        kept = self.curves[self.curves["bytes_seen"] >= first].reset_index(drop=True)
        return Study(self.runs, kept, self.left_out)

    @property
    def texts(self) -> tuple[str, ...]:
        """Names of the other texts whose loss was measured along training."""
        return tuple(c.removeprefix(TEXT) for c in self.curves.columns if c.startswith(TEXT))

    @property
    def sizes(self) -> pd.DataFrame:
        """One row per size: its number and its parameters, in the order of N_body."""
        return self.runs.drop_duplicates("size").sort_values("size").reset_index(drop=True)

    @cached_property
    def last(self) -> FloatArray:
        """Bytes at the last point of each run, shape (runs,)."""
        return self.curves.groupby("run")["bytes_seen"].max()[self.runs["run"]].to_numpy(float)

    def curve(self, run: object, column: str = LOSS) -> tuple[FloatArray, FloatArray]:
        """Bytes seen and losses of one run, both of shape (points,)."""
        own = self._parts[run]
        return own["bytes_seen"].to_numpy(float), own[column].to_numpy(float)

    def loss_at(self, bytes_seen: ArrayLike, *, column: str = LOSS) -> FloatArray:
        """Loss, nats per byte, by monotone interpolation in ln D: (runs, k), NaN outside."""
        each = np.log(np.atleast_1d(positive("D", bytes_seen)))
        wanted = np.broadcast_to(each, (len(self.runs), each.shape[-1]))
        found = np.full(wanted.shape, np.nan)
        for row, run in enumerate(self.runs["run"]):
            D, loss = self.curve(run, column)
            # The ends are points of the grid: rounding must not turn them into extrapolation.
            x, at = np.log(D), wanted[row]
            inside = (at >= x[0] - 1e-9) & (at <= x[-1] + 1e-9)
            if inside.any():
                found[row, inside] = PchipInterpolator(x, loss)(np.clip(at[inside], x[0], x[-1]))
        return found

    @cached_property
    def _parts(self) -> dict[object, pd.DataFrame]:
        return dict(iter(self.curves.groupby("run")))


def _reasons(runs: pd.DataFrame, curves: pd.DataFrame) -> NDArray[np.object_]:
    """Why each run cannot be used; empty where it can."""
    columns = [c for c in curves.columns if c == LOSS or c.startswith(TEXT)]
    whole = np.isfinite(curves[columns].to_numpy(dtype=np.float64)).all(axis=1)
    whole &= curves[LOSS].to_numpy(dtype=np.float64) > 0
    points = curves.groupby("run").size().reindex(runs["run"], fill_value=0).to_numpy()
    broken = runs["run"].isin(set(curves.loc[~whole, "run"])).to_numpy()
    status = runs["status"].to_numpy(dtype=object)
    reason = np.where(points < FEWEST_POINTS, f"fewer than {FEWEST_POINTS} points", "")
    reason = np.where(broken, "a loss is not a number", reason)
    return np.where(status != FINISHED, status, reason)


def _size_numbers(runs: pd.DataFrame) -> NDArray[np.intp]:
    keys = [*SIZE_COLUMNS, *(["layers"] if "layers" in runs else [])]
    return np.asarray(runs.groupby(keys, sort=True).ngroup(), dtype=np.intp)
