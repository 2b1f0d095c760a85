"""The figures of chapter 7 about the refit itself: its residuals and its intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter
from scipy.stats import chi2

from scaling_utils import figure4
from scaling_utils.drawings.fitting_it_again_tables import CHINCHILLA
from scaling_utils.figures import INK, PALETTE, is_narrow, panels, plain_axis
from scaling_utils.fit_checks import likelihood_ratio
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.published import constant, law
from scaling_utils.refit import refit_without, resamples
from scaling_utils.resample import Bootstrap, Quantity

LARGEST_SHOWN = 0.03
"""Residuals beyond this fraction lie outside the frame; the caption counts them."""

RATIO_BINS = [0.4, 2.0, 5.0, 10.0, 20.0, 40.0, 100.0, 400.0]
"""Ends of the bins of tokens per parameter whose median residual is drawn."""

CHEAP, MIDDLE, DEAR = "small budgets", "middle", "large budgets"
FIRST_OF_THE_MIDDLE, FIRST_OF_THE_DEAR = 2, 5
"""Budgets of Figure 3, by number from 0, at whose cheapest run a class of runs begins."""

QUANTITIES = {
    "a": "exponent a (no unit)",
    "ratio": "tokens per parameter\nat Chinchilla's budget",
}

KINDS = {
    "residuals": "residuals, runs fixed",
    "runs": "single runs",
    "budgets": "nine budgets (this book)",
    "nearest budget": "nearest of the nine",
}
"""Kinds of `scaling_utils.refit.resamples` that are compared, and their names."""

_REFERENCE: dict[str, Any] = {
    "color": PALETTE["orange"],
    "linewidth": 1.5,
    "linestyle": (0, (5, 2)),
}

HOFFMANN, BESIROGLU = "Hoffmann et al.", "Besiroglu et al."


def ratio(law: ChinchillaLaw) -> float:
    """Tokens per parameter of the best model at Chinchilla's budget."""
    return float(law.tokens_per_parameter(CHINCHILLA))


def ratio_test_up_to_a_factor(
    runs: pd.DataFrame, fixed: ChinchillaLaw, loss: str
) -> tuple[float, float]:
    """Likelihood ratio of a published law against the best one, its losses up to a factor.

    A colour of Figure 4 stands for a range of losses, and which point of the range is read
    multiplies all losses by nearly one number. The published law gets that number free, where
    it helps it most; the best law of the same form needs none, as E, A and B scale with it.

    Parameters
    ----------
    runs : DataFrame
        Columns N, D and the losses.
    fixed : ChinchillaLaw
        The published law.
    loss : str
        Column of the losses.

    Returns
    -------
    tuple of float
        Twice the difference of the log-likelihoods (residuals follow Laplace's distribution),
        and the probability of more with four degrees of freedom: five constants less the factor.
    """
    observed = runs[loss].to_numpy(dtype=np.float64)
    above = np.log(np.asarray(fixed.loss(runs["N"], runs["D"])) / observed)
    # The median is the shift that leaves the smallest absolute residuals.
    moved = observed * np.exp(np.median(above))
    found = likelihood_ratio(runs["N"], runs["D"], moved, fixed)
    return found.statistic, float(chi2.sf(found.statistic, found.freedom - 1))


def classes(runs: pd.DataFrame) -> pd.Series:
    """Class of each run by its compute, cut between budgets: `CHEAP`, `MIDDLE` or `DEAR`."""
    spent, groups = figure4.points()["C"], figure4.budget_groups()
    first, second = (spent[groups == k].min() for k in (FIRST_OF_THE_MIDDLE, FIRST_OF_THE_DEAR))
    words = np.where(runs["C"] < first, CHEAP, np.where(runs["C"] < second, MIDDLE, DEAR))
    return pd.Series(words, index=runs.index)


def residual_table(runs: pd.DataFrame, laws: Mapping[str, ChinchillaLaw]) -> pd.DataFrame:
    """Residuals of some laws by tokens per parameter, for `draw_refit_against_hoffmann`.

    Parameters
    ----------
    runs : DataFrame
        Columns C, N, D, loss.
    laws : mapping of str to ChinchillaLaw
        Laws by name.

    Returns
    -------
    DataFrame
        law (name), kind ("run" or "median of a bin"), budgets (see `classes`), ratio (tokens
        per parameter; the geometric mean of a bin), runs (how many), error (log of predicted
        over observed loss).
    """
    parts = []
    ratios = runs["D"] / runs["N"]
    for name, fitted in laws.items():
        own = pd.DataFrame(
            {
                "law": name,
                "kind": "run",
                "budgets": classes(runs),
                "ratio": ratios,
                "runs": 1,
                "error": np.log(np.asarray(fitted.loss(runs["N"], runs["D"])) / runs["loss"]),
            }
        )
        binned = own.assign(log_ratio=np.log(ratios)).groupby(
            ["budgets", pd.cut(ratios, RATIO_BINS)], observed=True
        )
        middles = binned.agg(
            ratio=("log_ratio", "mean"), runs=("runs", "size"), error=("error", "median")
        )
        middles["ratio"] = np.exp(middles["ratio"])
        middles = middles.reset_index(level="budgets").reset_index(drop=True)
        parts += [own, middles.assign(law=name, kind="median of a bin")]
    return pd.concat(parts, ignore_index=True)


def interval_table(kinds: Mapping[str, str]) -> pd.DataFrame:
    """Intervals of the refit by what is drawn again, for `draw_bootstrap_intervals`.

    Parameters
    ----------
    kinds : mapping of str to str
        Kinds of `scaling_utils.refit.resamples`, and their names.

    Returns
    -------
    DataFrame
        quantity (a key of `QUANTITIES`), kind (name of what was drawn again, or the paper),
        value, low and high (95 %; for Hoffmann et al. the interval of Table 2 as printed;
        equal to the value where a paper prints no interval), above (share of the resamples
        in which tokens per parameter are above those of Hoffmann's unrounded constants).
    """
    functions: dict[str, Quantity] = {"a": "a", "ratio": ratio}
    theirs = ratio(law("hoffmann2022/tex"))
    samples: dict[str, Bootstrap] = {name: resamples(kind) for kind, name in kinds.items()}
    above = {k: float((x.values_of(ratio) > theirs).mean()) for k, x in samples.items()}
    rows: list[tuple[Any, ...]] = []
    for quantity, of in functions.items():
        for name, sample in samples.items():
            found = sample.interval(of)
            rows.append((quantity, name, found.estimate, found.low, found.high, above[name]))
        rows += [(quantity, *row, np.nan) for row in _published(quantity)]
    return pd.DataFrame(rows, columns=["quantity", "kind", "value", "low", "high", "above"])


def range_table(small: int, large: int) -> pd.DataFrame:
    """The refit without the smallest, and without the largest, budgets, for `draw_budgets_kept`.

    Parameters
    ----------
    small, large : int
        The most budgets that are left out at either end; one fit for each number up to it.

    Returns
    -------
    DataFrame
        without ("small", "large", or "Hoffmann et al." for their law), left_out (how many
        budgets), C (the last of them, FLOPs), runs (how many are kept), a, low and high (95 %,
        budgets drawn again), ratio, ratio_low and ratio_high (tokens per parameter at
        Chinchilla's budget).
    """
    rows: list[tuple[Any, ...]] = []
    nominal = figure4.budgets()
    for end, most in (("small", small), ("large", large)):
        for count in range(most + 1):
            sample = refit_without(end, count)
            a, tokens = sample.interval("a"), sample.interval(ratio)
            last = np.nan
            if count:
                last = float(nominal[count - 1] if end == "small" else nominal[-count])
            numbers = (a.estimate, a.low, a.high, tokens.estimate, tokens.low, tokens.high)
            rows.append((end, count, last, sample.fit.problem.N.size, *numbers))
    theirs = law("hoffmann2022/tex")
    rows.append(("Hoffmann et al.", *[np.nan] * 3, theirs.a, *[np.nan] * 2, ratio(theirs)))
    columns = ["without", "left_out", "C", "runs", "a", "low", "high"]
    columns += ["ratio", "ratio_low", "ratio_high"]
    return pd.DataFrame([(*row, *[np.nan] * (10 - len(row))) for row in rows], columns=columns)


def _published(quantity: str) -> list[tuple[str, float, float, float]]:
    """What the two papers give for a quantity, with an interval where they print one."""
    theirs, besiroglu = law("hoffmann2022/tex"), law("besiroglu2024")
    if quantity == "ratio":
        first, second = ratio(theirs), ratio(besiroglu)
        return [(HOFFMANN, first, first, first), (BESIROGLU, second, second, second)]
    low, high = (constant("hoffmann2022/Approach 3", f"a_{end}").value for end in ("low", "high"))
    half = 1.96 * constant("besiroglu2024", "se_a_text").value
    ends = besiroglu.a - half, besiroglu.a + half
    return [(HOFFMANN, theirs.a, low, high), (BESIROGLU, besiroglu.a, *ends)]


def draw_refit_against_hoffmann(fig: Figure, data: pd.DataFrame) -> None:
    """Residuals by tokens per parameter, one panel per law, with medians by class of budget.

    Columns: law, kind ("run" or "median of a bin"), budgets (`CHEAP`, `MIDDLE` or `DEAR`),
    ratio (tokens per parameter), error (log of predicted over observed loss).
    """
    names = list(dict.fromkeys(data["law"]))
    axes = panels(fig, len(names), sharey=True)
    looks = ((CHEAP, "orange", "o"), (MIDDLE, "grey", "s"), (DEAR, "blue", "D"))
    for ax, name in zip(axes, names, strict=True):
        own = data[data["law"] == name]
        ax.axhline(0, color=INK, linewidth=1)
        for words, colour, marker in looks:
            rows = own[own["budgets"] == words]
            runs, bins = rows[rows["kind"] == "run"], rows[rows["kind"] != "run"]
            shown = runs[runs["error"].abs() <= LARGEST_SHOWN]
            x, y = shown["ratio"], 100 * shown["error"]
            ax.semilogx(x, y, marker, color=PALETTE[colour], alpha=0.3, markersize=3.2, mew=0)
            x, y = bins["ratio"], 100 * bins["error"]
            looks_of_line: dict[str, Any] = {"color": PALETTE[colour], "markeredgecolor": INK}
            ax.semilogx(
                x,
                y,
                marker,
                linestyle="-",
                linewidth=2,
                markersize=6.5,
                **looks_of_line,
                label=words if ax is axes[0] else None,
                zorder=4,
            )
        ax.set_title(name)
        ax.set_xlabel("tokens per parameter, D/N (ratio)")
        ax.set_ylim(-100 * LARGEST_SHOWN, 100 * LARGEST_SHOWN)
        ax.xaxis.set_minor_formatter(NullFormatter())
        plain_axis(ax.xaxis, [1, 3, 10, 30, 100, 300])
        if ax is axes[0] or is_narrow(fig):
            ax.set_ylabel("predicted above observed (%)")
    fig.legend(loc="outside lower left", ncols=2 if is_narrow(fig) else 3)


def draw_bootstrap_intervals(fig: Figure, data: pd.DataFrame) -> None:
    """Intervals of two quantities, one row for each kind of bootstrap and each paper.

    Columns: quantity, kind, value, low, high.
    """
    kinds = list(dict.fromkeys(data["kind"]))
    axes = panels(fig, len(QUANTITIES), sharey=not is_narrow(fig))
    for ax, (quantity, label) in zip(axes, QUANTITIES.items(), strict=True):
        own = data[data["quantity"] == quantity].set_index("kind")
        for y, kind in enumerate(kinds):
            _bar(ax, y, own.loc[kind], _colour(kind))
        ours = float(own["value"].iloc[0])
        ax.axvline(ours, color=PALETTE["blue"], linewidth=1, linestyle=(0, (4, 2)), zorder=0.5)
        ax.set_yticks(range(len(kinds)), kinds)
        ax.set_ylim(len(kinds) - 0.4, -0.6)
        ax.grid(visible=False, axis="y")
        ax.set_xlabel(label)
        ax.tick_params(axis="y", length=0)
    axes[1].set_xscale("log")
    plain_axis(axes[1].xaxis, [5, 10, 20, 50, 100, 200])


def draw_budgets_kept(fig: Figure, data: pd.DataFrame) -> None:
    """The exponent a of fits without the smallest, and without the largest, budgets.

    Columns: without ("small", "large" or "Hoffmann et al."), left_out, C (FLOPs), runs, a, low,
    high, ratio.
    """
    axes = panels(fig, 2, sharey=True)
    theirs = float(data.loc[data["without"] == "Hoffmann et al.", "a"].iloc[0])
    for ax, (end, beyond) in zip(axes, (("small", "below"), ("large", "above")), strict=True):
        own = data[data["without"] == end].reset_index(drop=True)
        numbers = own[["a", "low", "high", "ratio"]].to_numpy(dtype=np.float64)
        for place, (a, low, high, tokens) in enumerate(numbers):
            colour, marker = (PALETTE["blue"], "o") if place else (INK, "D")
            ax.plot([place, place], [low, high], color=colour, marker="_")
            ax.plot(place, a, marker, color=colour, markersize=7)
            ax.annotate(
                f"{tokens:.0f}" if tokens >= 10 else f"{tokens:.1f}",
                (place, a),
                xytext=(7, 0),
                textcoords="offset points",
                va="center",
                color=colour,
            )
        names = [f"{C:.0e}".replace("e+", "e") if C > 0 else "none" for C in own["C"]]
        counts = [f"{name}\n{n:.0f}" for name, n in zip(names, own["runs"], strict=True)]
        ax.set_xticks(range(len(own)), counts)
        ax.set_xlim(-0.5, len(own) - 0.25)
        ax.set_title(f"Without the {end} budgets")
        ax.set_xlabel(f"left out (FLOPs), with all {beyond},\nand runs that are kept")
        ax.axhline(theirs, **_REFERENCE)
        if ax is axes[0] or is_narrow(fig):
            ax.set_ylabel("exponent a (no unit)")
    axes[0].plot([], [], "D", color=INK, label="all runs: the refit")
    axes[0].plot([], [], "o", color=PALETTE["blue"], label="without some budgets")
    axes[0].plot([], [], label="Hoffmann et al., unrounded", **_REFERENCE)
    axes[0].plot([], [], " ", label="number: tokens per parameter")
    fig.legend(loc="outside lower left", ncols=1 if is_narrow(fig) else 2)


def _colour(kind: str) -> str:
    return PALETTE[{HOFFMANN: "orange", BESIROGLU: "green"}.get(kind, "blue")]


def _bar(ax: Axes, y: float, row: pd.Series, colour: str) -> None:
    """Draw one interval with its value; only the value where there is no interval."""
    ax.plot([row["low"], row["high"]], [y, y], color=colour, linewidth=2.4, marker="|")
    ax.plot(row["value"], y, "o", color=colour, markersize=6)


__all__ = [
    "CHINCHILLA",
    "KINDS",
    "classes",
    "draw_bootstrap_intervals",
    "draw_budgets_kept",
    "draw_refit_against_hoffmann",
    "interval_table",
    "range_table",
    "ratio",
    "ratio_test_up_to_a_factor",
    "residual_table",
]
