"""The tables that the figures of chapter 7 about single mistakes are drawn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from scaling_utils import figure4, published
from scaling_utils._validate import FloatArray
from scaling_utils.fit import fit_chinchilla
from scaling_utils.fit_result import ChinchillaFit
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.refit import resamples
from scaling_utils.resample import Bootstrap, bootstrap
from scaling_utils.solver import evaluate
from scaling_utils.usual_fit import OPTIMUM, GridAudit, hoffmann_grid, objective_at

CHINCHILLA = 6.0 * float(
    np.prod([published.constant("hoffmann2022/Chinchilla", symbol).value for symbol in "ND"])
)
"""Chinchilla's training compute, 6 N D of its parameters and tokens, FLOPs."""

RESAMPLES = 400
"""Resamples of each fit in the experiment with outliers and delta."""


def rounded(law: ChinchillaLaw, decimals: int) -> ChinchillaLaw:
    """The law with its two exponents rounded and nothing else.

    Examples
    --------
    >>> rounded(ChinchillaLaw(1.6934, 406.4, 410.7, 0.3392, 0.2849), 2).beta
    0.28
    """
    return law.with_values(alpha=round(law.alpha, decimals), beta=round(law.beta, decimals))


def rounding_table(
    runs: pd.DataFrame, laws: Mapping[str, ChinchillaLaw], decimals: Sequence[int], shown: str
) -> pd.DataFrame:
    """What rounding the exponents does, for `draw_rounded_exponents`.

    Parameters
    ----------
    runs : DataFrame
        Columns N, D, loss.
    laws : mapping of str to ChinchillaLaw
        Unrounded laws by name.
    decimals : sequence of int
        Decimals that the exponents keep.
    shown : str
        Name of the law whose predictions are shown run by run.

    Returns
    -------
    DataFrame
        kind ("objective" or "run"), law (name), decimals (empty for the law as it is), D
        (tokens), value: for "objective" the objective over that of the unrounded law, for
        "run" predicted over observed loss, less one.
    """
    rows: list[tuple[str, str, float, float, float]] = []
    observed = runs["loss"].to_numpy()
    for name, law in laws.items():
        whole = _objective(runs, law)
        for kept in decimals:
            cost = _objective(runs, rounded(law, kept)) / whole
            rows.append(("objective", name, kept, np.nan, cost))
    for k, law in ((np.nan, laws[shown]), (2, rounded(laws[shown], 2))):
        errors = np.asarray(law.loss(runs["N"], runs["D"])) / observed - 1.0
        rows += [("run", shown, k, D, x) for D, x in zip(runs["D"], errors, strict=True)]
    return pd.DataFrame(rows, columns=["kind", "law", "decimals", "D", "value"])


def starts_table(
    runs: pd.DataFrame, usual: pd.DataFrame, scales: Mapping[str, str], repaired: GridAudit
) -> pd.DataFrame:
    """Where Hoffmann's starts lie and how far they get, for `draw_dead_starts`.

    Parameters
    ----------
    runs : DataFrame
        Columns N, D, loss.
    usual : DataFrame
        The data set ``hoffmann2022_figure4_starts``.
    scales : mapping of str to str
        Prefix of a scale's columns in `usual`, and its name in the figure.
    repaired : GridAudit
        The audit of the repaired starts.

    Returns
    -------
    DataFrame
        kind ("start": one row for each combination of log A, alpha, log B, beta; "end": one
        row for each method and level), method, model_share and data_share (the two terms at
        the centre of the runs, over the loss there), reached (share of the starts that
        reached the optimum on the sum; for "end", share with an excess up to the level),
        excess (the level: objective over the lowest, less one).
    """
    a, b, _, alpha, beta = hoffmann_grid()
    log_N, log_D, log_loss = (np.log(runs[name]).mean() for name in ("N", "D", "loss"))
    starts = pd.DataFrame(
        {
            "model_share": np.exp(a - alpha * log_N - log_loss),
            "data_share": np.exp(b - beta * log_D - log_loss),
            "reached": (usual["sum_excess"].to_numpy() <= OPTIMUM).astype(np.float64),
        }
    )
    places = starts.groupby(["model_share", "data_share"], as_index=False)["reached"].mean()
    levels = np.geomspace(1e-10, 1e2, 121)
    excesses = {name: usual[f"{scale}_excess"].to_numpy() for scale, name in scales.items()}
    excesses["repaired"] = repaired.excess
    ends = [
        pd.DataFrame(
            {
                "kind": "end",
                "method": name,
                "excess": levels,
                "reached": [(excess <= level).mean() for level in levels],
            }
        )
        for name, excess in excesses.items()
    ]
    columns = ["kind", "method", "model_share", "data_share", "reached", "excess"]
    places = places.assign(kind="start", method="sum", excess=np.nan)
    table: pd.DataFrame = pd.concat([places, *ends], ignore_index=True)
    return pd.DataFrame(table, columns=columns)


def choices_table(
    runs: pd.DataFrame, counts: Sequence[int], deltas: Sequence[float]
) -> pd.DataFrame:
    """The exponent a against two choices of the analyst, for `draw_outliers_and_delta`.

    Parameters
    ----------
    runs : DataFrame
        All 245 runs, in the order of `scaling_utils.figure4.points`: columns N, D, loss.
    counts : sequence of int
        How many runs of highest loss to leave out.
    deltas : sequence of float
        Widths of Huber's quadratic zone, with five runs left out.

    Returns
    -------
    DataFrame
        choice ("left out", "delta", or "printed" for Hoffmann's a), x, a, low and high (95 %,
        budgets drawn again), ratio (tokens per parameter at Chinchilla's budget).
    """
    runs = runs.assign(group=figure4.budget_groups(outliers=True))
    ordered = runs.sort_values("loss", ascending=False, kind="stable")
    rows = []
    for choice, x, left_out, delta in (
        *(("left out", k, k, 1e-3) for k in counts),
        *(("delta", d, 5, d) for d in deltas),
    ):
        kept = ordered.iloc[int(left_out) :].sort_index()
        fit = fit_chinchilla(kept["N"], kept["D"], kept["loss"], delta=float(delta))
        if (left_out, delta) == (5, 1e-3):  # the refit itself: its interval is the book's
            sample = resamples()
        else:
            sample = bootstrap(fit, resamples=RESAMPLES, kind="clusters", clusters=kept["group"])
        found = sample.interval("a")
        rows.append((choice, float(x), found.estimate, found.low, found.high, fit.law))
    table = pd.DataFrame(rows, columns=["choice", "x", "a", "low", "high", "law"])
    table["ratio"] = [law.tokens_per_parameter(CHINCHILLA) for law in table.pop("law")]
    printed = published.constant("hoffmann2022/Approach 3", "a").value
    row = pd.DataFrame({"choice": ["printed"], "a": [printed]})
    return pd.concat([table, row], ignore_index=True)


def condition_numbers(fit: ChinchillaFit) -> dict[str, float]:
    """Condition number of the objective's Hessian at the fit, in three sets of coordinates.

    Parameters
    ----------
    fit : ChinchillaFit
        A fit whose law can be used.

    Returns
    -------
    dict of str to float
        For the constants as they are, for the logarithms of A, B and E, and for those with
        log N and log D centred.
    """
    problem, law = fit.problem, fit.law
    constants = np.array([list(law.constants().values())])
    hessians = []
    for batch in (problem.batch(centred=False), problem.batch()):
        theta = batch.points.to_theta(constants)
        scale = np.array([1.0, 1.0, theta[2, 0], 1.0, 1.0])  # by log E instead of E
        hessians.append(evaluate(batch, theta)[2][:, :, 0] * np.outer(scale, scale))
    # At a minimum the slopes vanish, so that curvature changes by the chain rule alone.
    scale = np.array([1 / law.A, 1 / law.B, 1 / law.E, 1.0, 1.0])
    forms = {
        "A, B, E, alpha, beta": hessians[0] * np.outer(scale, scale),
        "log A, log B, log E, alpha, beta": hessians[0],
        "the same, log N and log D centred": hessians[1],
    }
    return {name: float(np.linalg.cond(form)) for name, form in forms.items()}


def ridge_table(sample: Bootstrap, draws: int) -> pd.DataFrame:
    """The model term of the first resamples, as A and at the runs' centre, for `draw_ridge`.

    Parameters
    ----------
    sample : Bootstrap
        Resamples of a fit.
    draws : int
        How many to show.

    Returns
    -------
    DataFrame
        kind ("fit" or "resample"), alpha, A, and term: A / N ** alpha at the geometric mean
        of the runs' sizes (nats).
    """
    centre = float(np.exp(np.log(sample.fit.problem.N).mean()))
    law = sample.fit.law
    A = np.append(law.A, sample.values_of("A")[:draws])
    alpha = np.append(law.alpha, sample.values_of("alpha")[:draws])
    kinds = ["fit"] + ["resample"] * (len(A) - 1)
    term = A / centre**alpha
    return pd.DataFrame({"kind": kinds, "alpha": alpha, "A": A, "term": term})


def log_correlation(table: pd.DataFrame, of: str) -> float:
    """Correlation of alpha with the logarithm of a column of `ridge_table`."""
    draws = table[table["kind"] == "resample"]
    return float(np.corrcoef(draws["alpha"], np.log(draws[of]))[0, 1])


def _objective(runs: pd.DataFrame, law: ChinchillaLaw) -> float:
    constants: FloatArray = np.array(list(law.constants().values()))
    return objective_at(runs["N"], runs["D"], runs["loss"], constants)
