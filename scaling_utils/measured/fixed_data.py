"""Growing models on little text that repeats: what more parameters buy when data are fixed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scaling_utils._validate import FloatArray
from scaling_utils.measured.counts import WITH_HEAD, parameters
from scaling_utils.measured.result import OK, Result
from scaling_utils.measured.spread import Cells, cells, welch_half_width
from scaling_utils.measured.study import SIZE_COLUMNS, Study, StudyError

NO_FRESH, ONE_SEED = "some sizes have no run on fresh text", "no interval: one seed each"


@dataclass(frozen=True, eq=False)
class FixedData(Result):
    """Losses of models that see the same text again and again.

    Attributes
    ----------
    table : DataFrame
        One row per amount of text and size: unique_bytes, N, N_body (parameters), bytes (seen),
        epochs, seeds, final and best (mean loss at the end, and lowest along the curve, nats per
        byte), best_bytes (geometric mean of the bytes seen there), fresh_seeds, fresh (mean
        loss of the same size after as many bytes of fresh text; NaN where no run reaches it),
        final_gap and best_gap (less fresh) with _low and _high.
    level : float
        Coverage of the intervals.
    """

    table: pd.DataFrame
    level: float

    def tables(self) -> dict[str, pd.DataFrame]:
        """The losses and gaps."""
        return {"fixed data": self.table}


def fixed_data(
    study: Study,
    fresh: Study,
    *,
    counting: str = WITH_HEAD,
    level: float = 0.95,
) -> FixedData:
    """Compare runs on repeated text with runs on fresh text after as many bytes.

    Parameters
    ----------
    study : Study
        Runs with a column unique_bytes; use ``study.group("fixed data")``.
    fresh : Study
        Runs of the same sizes on fresh text; use ``study.group("sizes")``.
    counting : str
        The N of the table.
    level : float
        Coverage of the intervals.

    Returns
    -------
    FixedData
        Intervals are Student's t. The spread of final, of best and of fresh losses is pooled
        over the sizes of one amount of text, each by itself (Welch). The best loss is the
        lowest on the validation text that is reported, which flatters it slightly.

    Raises
    ------
    StudyError
        If the runs have no column unique_bytes.
    """
    if "unique_bytes" not in study.runs:
        raise StudyError("the runs have no column unique_bytes")
    ends = _ends(study).assign(N=parameters(study.runs, counting))
    parts = []
    for amount, own in ends.groupby("unique_bytes", sort=True):
        parts.append(_one_amount(own, fresh, float(str(amount)), level))
    table = pd.concat(parts, ignore_index=True)
    missing = int(table["fresh"].isna().sum())
    notes = ["the best loss is chosen on the validation text that is reported"]
    status = OK
    if table["final_gap_low"].isna().all():
        status = ONE_SEED
    if missing:
        status = NO_FRESH
        notes.append(f"without a run on fresh text that reaches as many bytes: {missing} rows")
    return FixedData(
        status=status,
        method=(
            "mean over the seeds of each size and amount of text; fresh text at equal bytes by "
            "interpolation in ln D; Welch's t with spreads pooled over the sizes of an amount"
        ),
        points=len(ends),
        left_out=len(study.left_out) + len(fresh.left_out),
        notes=tuple(notes),
        table=table,
        level=level,
    )


def _ends(study: Study) -> pd.DataFrame:
    """Final and lowest loss of each run."""
    rows = []
    for run in study.runs["run"]:
        D, loss = study.curve(run)
        k = int(loss.argmin())
        rows.append((D[-1], loss[-1], loss[k], np.log(D[k])))
    found = pd.DataFrame(rows, columns=["bytes", "final", "best", "log_best_bytes"])
    kept = study.runs[["seed", "size", "unique_bytes", *SIZE_COLUMNS]].reset_index(drop=True)
    return pd.concat([kept, found], axis=1)


def _one_amount(own: pd.DataFrame, fresh: Study, amount: float, level: float) -> pd.DataFrame:
    """The rows of one amount of text."""
    sizes = own.drop_duplicates("size").sort_values("N")
    place = {size: j for j, size in enumerate(sizes["size"])}
    label = own["size"].map(place).to_numpy(dtype=np.intp)
    final, best = (cells(own[c].to_numpy(dtype=np.float64), label) for c in ("final", "best"))
    when = cells(own["log_best_bytes"].to_numpy(dtype=np.float64), label).mean
    D = cells(own["bytes"].to_numpy(dtype=np.float64), label).mean
    values, belongs = _fresh(sizes, fresh, D)
    # Cells of the fresh runs, numbered without the sizes that have none.
    have, number = np.unique(belongs, return_inverse=True)
    new = cells(values, number) if have.size else None
    rows = []
    for j, size in enumerate(sizes.to_dict("records")):
        k = int(np.searchsorted(have, j)) if j in have else -1
        gaps = [_gap(of, j, new, k, level) for of in (final, best)]
        n, mean = (int(new.number[k]), float(new.mean[k])) if new and k >= 0 else (0, np.nan)
        seen = (amount, size["N"], size["N_body"], D[j], D[j] / amount, int(final.number[j]))
        losses = (final.mean[j], best.mean[j], float(np.exp(when[j])), n, mean)
        rows.append((*seen, *losses, *gaps[0], *gaps[1]))
    columns = ["unique_bytes", "N", "N_body", "bytes", "epochs", "seeds", "final", "best"]
    columns += ["best_bytes", "fresh_seeds", "fresh"]
    columns += [
        f"{gap}{end}" for gap in ("final_gap", "best_gap") for end in ("", "_low", "_high")
    ]
    return pd.DataFrame(rows, columns=columns)


def _fresh(
    sizes: pd.DataFrame, fresh: Study, D: FloatArray
) -> tuple[FloatArray, NDArray[np.intp]]:
    """Losses of runs of the same sizes after the same bytes, and the place of each size."""
    losses = fresh.loss_at(D)
    values: list[float] = []
    belongs: list[int] = []
    for j, size in enumerate(sizes.to_dict("records")):
        same = np.ones(len(fresh.runs), dtype=np.bool_)
        for column in SIZE_COLUMNS:
            same &= fresh.runs[column].to_numpy() == size[column]
        found = losses[same, j]
        found = found[np.isfinite(found)]
        values += found.tolist()
        belongs += [j] * found.size
    return np.array(values), np.array(belongs, dtype=np.intp)


def _gap(of: Cells, j: int, new: Cells | None, k: int, level: float) -> tuple[float, float, float]:
    """Difference of two means with its interval, by Welch's rule for the degrees of freedom."""
    if new is None or k < 0:
        return (np.nan, np.nan, np.nan)
    gap = float(of.mean[j] - new.mean[k])
    half = welch_half_width(of, j, new, k, level=level)
    return (gap, gap - half, gap + half)
