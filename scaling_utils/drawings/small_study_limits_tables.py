"""The tables of chapter 12 on what limits a small study: the floor, the data.

`scaling_utils.drawings.small_study_limits` draws them; the controls have a module of their own.
Sizes are in parameters, data in bytes, losses in nats per byte.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from experiments.analysis.parametric import ParametricFit
from experiments.analysis.study import Study
from scaling_utils.published import constant

LAST, BEST, FRESH = "end of training", "stopped early", "fresh text"
PRINTED = {
    "Kaplan": ("kaplan2020/allocation", "p_N"),
    "Hoffmann": ("hoffmann2022/Approach 3", "a"),
}
"""Exponents of the best size: Kaplan's Table 6, and Hoffmann's Approach 3 (Table 2)."""


def floor_table(fits: Mapping[str, ParametricFit]) -> pd.DataFrame:
    """How well the curves are fitted for each floor, and the exponent that follows.

    Parameters
    ----------
    fits : mapping of str to ParametricFit
        By way of counting parameters.

    Returns
    -------
    DataFrame
        kind ("profile": the best formula with each floor; "fit": the best of all; "printed"),
        counting, E (nats per byte), misfit (root mean square, per cent of the loss), a (exponent
        of the best size), allowed (misfit at most a hundredth above the least); for fits E_low,
        E_high, a_low, a_high (95 % over resampled sizes).
    """
    parts = []
    for counting, found in fits.items():
        profile = found.profile.assign(kind="profile", misfit=100.0 * found.profile["rms"])
        row: dict[str, object] = {"kind": "fit", "misfit": profile["misfit"].min()}
        for name in ("E", "a"):
            i = found.interval(name)
            row |= {name: i.estimate, f"{name}_low": i.low, f"{name}_high": i.high}
        parts += [part.assign(counting=counting) for part in (profile, pd.DataFrame([row]))]
    for paper, place in PRINTED.items():
        row = {"kind": "printed", "counting": paper, "a": constant(*place).value}
        parts.append(pd.DataFrame([row]))
    columns = ["kind", "counting", "E", "misfit", "a", "allowed"]
    ends = ["E_low", "E_high", "a_low", "a_high"]
    return pd.concat(parts, ignore_index=True)[columns + ends]


def fit_rows(fits: Mapping[str, ParametricFit]) -> pd.DataFrame:
    """Constants of the fits with 95 % intervals, as the chapter prints them."""
    rows = {}
    for counting, found in fits.items():
        least = 100.0 * float(found.profile["rms"].min())
        rows[counting] = {
            "E": _words(found, "E"),
            "α": _words(found, "alpha"),
            "β": _words(found, "beta"),
            "exponent a": _words(found, "a"),
            "misfit (%)": f"{least:.1f}",
        }
    return pd.DataFrame(rows).T


def fixed_data_table(study: Study) -> pd.DataFrame:
    """Losses on little text that repeats, at the end and at best, and on fresh text.

    Parameters
    ----------
    study : Study
        With the groups "fixed data" and "sizes".

    Returns
    -------
    DataFrame
        unique_bytes, kind ("end of training": after all bytes; "stopped early": the lowest along
        the curve; "fresh text": after as many bytes of text that does not repeat), N (without
        embeddings), loss (mean over seeds), low, high (lowest and highest seed), bytes (seen,
        geometric mean).
    """
    repeated, fresh = study.group("fixed data"), study.group("sizes")
    rows: list[tuple[float, str, float, float, float]] = []
    for run in repeated.runs.to_dict("records"):
        D, loss = repeated.curve(run["run"])
        k = int(loss.argmin())
        of_run = (float(run["unique_bytes"]), float(run["N_body"]))
        rows.append((of_run[0], LAST, of_run[1], loss[-1], D[-1]))
        rows.append((of_run[0], BEST, of_run[1], loss[k], D[k]))
    end = float(repeated.last.min())
    losses = fresh.loss_at(end)[:, 0]
    sizes = set(repeated.runs["N_body"])
    for amount in sorted(set(repeated.runs["unique_bytes"])):
        for N, loss in zip(fresh.runs["N_body"], losses, strict=True):
            if N in sizes and np.isfinite(loss):
                rows.append((float(amount), FRESH, float(N), float(loss), end))
    table = pd.DataFrame(rows, columns=["unique_bytes", "kind", "N", "loss", "bytes"])
    table["log_bytes"] = np.log(table["bytes"])
    found = table.groupby(["unique_bytes", "kind", "N"], as_index=False).agg(
        loss=("loss", "mean"),
        low=("loss", "min"),
        high=("loss", "max"),
        log_bytes=("log_bytes", "mean"),
    )
    return found.assign(bytes=np.exp(found["log_bytes"])).drop(columns="log_bytes")


def size_exponent(table: pd.DataFrame, unique_bytes: float, kind: str) -> float:
    """Least-squares exponent of size in the losses of one amount of text."""
    own = table[(table["unique_bytes"] == unique_bytes) & (table["kind"] == kind)]
    return float(np.polyfit(np.log(own["N"]), np.log(own["loss"]), 1)[0])


def _words(found: ParametricFit, name: str) -> str:
    i = found.interval(name)
    return f"{i.estimate:.2f} ({i.low:.2f} to {i.high:.2f})"
