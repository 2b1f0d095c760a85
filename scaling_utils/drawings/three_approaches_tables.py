"""The tables behind the figures of chapter 5, *Three approaches*.

One function for each figure; `scaling_utils.drawings.three_approaches` draws them.
Compute is in FLOPs, sizes in parameters, losses in nats per token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from scaling_utils._validate import FloatArray
from scaling_utils.figures import log_space
from scaling_utils.fit_result import ChinchillaFit
from scaling_utils.frontier import (
    Envelope,
    IsoFlops,
    isoflops,
    simulated_profiles,
    vertex_factor,
)
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.published import constant
from scaling_utils.resample import Bootstrap
from scaling_utils.three_approaches import approach_2_sizes
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN

PERCENTILES = (0.025, 0.975)
"""Ends of the ranges of simulated results."""

PRINTED, ON_FIGURE_4, LESS_LEAN = "printed in Table 2", "here", "here, less the lean"
SHOWN_CURVES = 9
SPANS = (2.0, 4.0, 8.0, 16.0)


def envelope_table(law: ChinchillaLaw, exact: Envelope, off: Envelope) -> pd.DataFrame:
    """Training curves, their lower edge, and the best sizes, for `draw_envelope`.

    Parameters
    ----------
    law : ChinchillaLaw
        The truth.
    exact, off : Envelope
        Approach 1 on curves of the law, without and with errors.

    Returns
    -------
    DataFrame
        Columns kind ("curve", "edge", "exact", "off", "truth"), N, C, loss; curves are those
        of every few sizes, and best sizes have the loss of their run.
    """
    places = np.linspace(0, len(exact.curves) - 1, SHOWN_CURVES).astype(int)
    parts = [
        pd.DataFrame({"kind": "curve", "N": curve.N, "C": curve.C, "loss": curve.loss})
        for curve in (exact.curves[place] for place in places)
    ]
    parts.append(_thinned(exact.table, 150).assign(kind="edge"))
    for kind, found in (("exact", exact), ("off", off)):
        parts.append(_thinned(found.table, 300).assign(kind=kind))
    C = log_space(float(exact.table["C"].min()), float(exact.table["C"].max()), 25)
    truth = {"kind": "truth", "N": law.N_opt(C), "C": C, "loss": law.loss_at(C)}
    return pd.concat([*parts, pd.DataFrame(truth)], ignore_index=True)[["kind", "N", "C", "loss"]]


def _thinned(table: pd.DataFrame, rows: int) -> pd.DataFrame:
    """Some rows of an envelope, evenly, with the first and the last."""
    places = np.linspace(0, len(table) - 1, rows).astype(int)
    return table[["N", "C", "loss"]].iloc[places]


def isoflop_table(found: IsoFlops, nominal: FloatArray) -> pd.DataFrame:
    """Runs near each budget, their parabolas, and the minima, for `draw_isoflops`.

    Parameters
    ----------
    found : IsoFlops
        Approach 2 with parabolas, as `scaling_utils.three_approaches.approach_2` returns it.
    nominal : ndarray
        The budgets that label the runs.

    Returns
    -------
    DataFrame
        Columns kind ("run", "parabola", "minimum", "line", "printed"), budget (FLOPs, the
        nominal one), C (FLOPs), N, loss, N_low, N_high (95 %, budgets drawn again). "line" is
        the power law through the minima, "printed" the label of Figure 3.
    """
    N, loss, C, label = found.runs
    rows: list[dict[str, object]] = []
    for k, minimum in zip(np.unique(label), found.table.to_dict("records"), strict=True):
        own, budget = label == k, float(nominal[k])
        for size, value, spent in zip(N[own], loss[own], C[own], strict=True):
            rows.append({"kind": "run", "budget": budget, "C": spent, "N": size, "loss": value})
        fitted = np.polynomial.Polynomial.fit(np.log(N[own]), loss[own], 2)
        for size in log_space(float(N[own].min()), float(N[own].max()), 30):
            value = float(fitted(np.log(size)))
            rows.append({"kind": "parabola", "budget": budget, "N": size, "loss": value})
        shown = {key: minimum[key] for key in ("C", "N", "loss")}
        rows.append({"kind": "minimum", "budget": budget, **shown})
    gopher = constant("hoffmann2022/Gopher", "C").value
    for spent in log_space(float(nominal.min()), gopher, 25):
        again = approach_2_sizes(float(spent))
        ends = {"N_low": again.low, "N_high": again.high}
        rows.append({"kind": "line", "C": spent, "N": found.N_fit.predict(spent), **ends})
    label_of_figure = constant("hoffmann2022/Fig. 3", "N").value
    rows.append({"kind": "printed", "C": gopher, "N": label_of_figure})
    columns = ["kind", "budget", "C", "N", "loss", "N_low", "N_high"]
    return pd.DataFrame(rows, columns=columns)


def fit_table(
    fit: ChinchillaFit, resamples: Bootstrap, losses: Sequence[float], lines: pd.DataFrame
) -> pd.DataFrame:
    """Runs, lines of equal loss and frontiers over compute and size, for `draw_fit`.

    Parameters
    ----------
    fit : ChinchillaFit
        Approach 3 on the runs.
    resamples : Bootstrap
        For the 95 % interval of its frontier.
    losses : sequence of float
        Lines of equal loss, nats.
    lines : DataFrame
        The lines that Figure 4 draws, as in the data set hoffmann2022_figure4_frontiers.

    Returns
    -------
    DataFrame
        Columns kind ("run", "equal loss", "ours", "drawn", "faint"), line (number of a drawn
        line), C, N, loss, N_low, N_high.
    """
    problem, law = fit.problem, fit.law
    spent = FLOPS_PER_PARAMETER_TOKEN * problem.N * problem.D
    runs = {"kind": "run", "C": spent, "N": problem.N, "loss": problem.loss}
    parts = [pd.DataFrame(runs)]
    for loss in losses:
        sizes = log_space(3e7, 3e11, 120)
        rest = loss - law.E - law.A / sizes**law.alpha
        sizes, rest = sizes[rest > 0], rest[rest > 0]
        C = FLOPS_PER_PARAMETER_TOKEN * sizes * (law.B / rest) ** (1 / law.beta)
        near = C < 3e24
        row = {"kind": "equal loss", "C": C[near], "N": sizes[near], "loss": loss}
        parts.append(pd.DataFrame(row))
    C = log_space(1e18, constant("hoffmann2022/Gopher", "C").value, 13)
    low, high = _best_sizes(resamples, C)
    ours = {"kind": "ours", "C": C, "N": law.N_opt(C), "loss": law.loss_at(C)}
    parts.append(pd.DataFrame({**ours, "N_low": low, "N_high": high}))
    for line in lines.to_dict("records"):
        drawn = line["N_left"] * (C / line["C_left"]) ** line["exponent"]
        kind = "drawn" if line["opacity"] == 1 else "faint"
        parts.append(pd.DataFrame({"kind": kind, "line": line["line"], "C": C, "N": drawn}))
    columns = ["kind", "line", "C", "N", "loss", "N_low", "N_high"]
    return pd.concat(parts, ignore_index=True)[columns]


def _best_sizes(resamples: Bootstrap, C: FloatArray) -> tuple[FloatArray, FloatArray]:
    """95 % interval of the best size at each compute, from the closed form (Eq. 4)."""
    A, B, alpha, beta = (resamples.values_of(name) for name in ("A", "B", "alpha", "beta"))
    scale = (alpha * A / (beta * B)) ** (1 / (alpha + beta))
    sizes = scale * (C[:, np.newaxis] / FLOPS_PER_PARAMETER_TOKEN) ** (beta / (alpha + beta))
    low, high = np.quantile(sizes, [0.025, 0.975], axis=1)
    return low, high


def estimates_table(
    ours: Mapping[tuple[int, str], tuple[float, float, float]],
    simulated: Mapping[str, tuple[ChinchillaLaw, pd.DataFrame]],
) -> pd.DataFrame:
    """The exponent a by approach, and how far it errs in simulations, for `draw_estimates`.

    Parameters
    ----------
    ours : mapping of (int, str) to (value, low, high)
        Our estimates on Figure 4's runs, by approach and `ON_FIGURE_4` or `LESS_LEAN`.
    simulated : mapping of str to (law, DataFrame)
        By what the figure calls it: the truth, and columns approach and a as from
        `scaling_utils.three_approaches.simulated_exponents`.

    Returns
    -------
    DataFrame
        Columns kind ("estimate" or "simulated"), approach, source (`PRINTED`, a name of `ours`
        or of `simulated`), value, low, high. Estimates are exponents; a simulated value is the
        median of what was found less the true exponent, with 95 % of the draws between the ends.
    """
    rows: list[tuple[str, int, str, float, float, float]] = []
    for approach in (1, 2, 3):
        value, low, high = (
            constant(f"hoffmann2022/Approach {approach}", symbol).value
            for symbol in ("a", "a_low", "a_high")
        )
        rows.append(("estimate", approach, PRINTED, value, low, high))
        for (which, name), found in ours.items():
            if which == approach:
                rows.append(("estimate", approach, name, *found))
        for name, (law, draws) in simulated.items():
            off = draws.loc[draws["approach"] == approach, "a"] - law.a
            low, high = (float(off.quantile(share)) for share in PERCENTILES)
            rows.append(("simulated", approach, name, float(off.median()), low, high))
    return pd.DataFrame(rows, columns=["kind", "approach", "source", "value", "low", "high"])


def bias_table(laws: Mapping[str, ChinchillaLaw], shown: str, *, span: float) -> pd.DataFrame:
    """A profile with its parabola, and the error in tokens by span, for `draw_parabola_bias`.

    Parameters
    ----------
    laws : mapping of str to ChinchillaLaw
        By name.
    shown : str
        The law whose profile is drawn.
    span : float
        How many times smaller and larger than the best its sizes reach.

    Returns
    -------
    DataFrame
        Columns kind ("profile", "parabola", "closed form", "simulated"), law, x (size over
        the best size; for errors the span), y (loss over the least loss; for errors the
        error in tokens, per cent).
    """
    law, C = laws[shown], 1e20
    best, least = float(law.N_opt(C)), float(law.loss_at(C))
    x = log_space(1 / span, span, 61)
    y = np.asarray(law.loss(x * best, C / (FLOPS_PER_PARAMETER_TOKEN * x * best))) / least
    fitted = np.polynomial.Polynomial.fit(np.log(x), y, 2)(np.log(x))
    parts = [
        pd.DataFrame({"kind": kind, "law": shown, "x": x, "y": values})
        for kind, values in (("profile", y), ("parabola", fitted))
    ]
    fine = log_space(1.5, 24, 40)
    budgets = np.logspace(18, 21, 4)
    for name, each in laws.items():
        closed = [100 / vertex_factor(each.alpha, each.beta, span=s, sizes=15) - 100 for s in fine]
        parts.append(pd.DataFrame({"kind": "closed form", "law": name, "x": fine, "y": closed}))
        errors = [_error_in_tokens(each, budgets, s) for s in SPANS]
        parts.append(pd.DataFrame({"kind": "simulated", "law": name, "x": SPANS, "y": errors}))
    return pd.concat(parts, ignore_index=True)


def _error_in_tokens(law: ChinchillaLaw, budgets: FloatArray, span: float) -> float:
    """Per cent by which Approach 2 errs on centred profiles without noise."""
    runs = simulated_profiles(law, budgets, span=span)
    found = isoflops(runs["N"], runs["loss"], runs["C"], budgets)
    return float(100 * found.D_fit.predict(1e20) / float(law.D_opt(1e20)) - 100)
