"""The tables behind the figures of chapter 9, four times the tokens or the parameters.

One function for each figure; `scaling_utils.drawings.four_times` draws them.
Units and intervals are those of `scaling_utils.gopher`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from scaling_utils import figure4
from scaling_utils._validate import positive
from scaling_utils.datasets import load
from scaling_utils.figures import count_label, log_space
from scaling_utils.gopher import (
    CHINCHILLA,
    GOPHER,
    OURS,
    TEX,
    compute_factor,
    ends,
    gain,
    gap,
    kaplan_losses,
    laws,
    of_each,
    parameter_factor,
    part,
    reducible,
    relative_gap,
    swapped,
    token_factor,
)
from scaling_utils.refit import refit, resamples


def predicted_table() -> pd.DataFrame:
    """Losses of both models by every law, their difference, and what it is worth.

    Columns: Gopher, Chinchilla, difference (nats per token), relative (to Gopher's loss),
    compute, tokens, parameters (factors; NaN where the law has no such number).
    """
    rows = {}
    for name, kaplan in kaplan_losses()[["L(N, D)", "L(N, S)"]].items():
        gopher, chinchilla = kaplan["Gopher"], kaplan["Chinchilla"]
        difference = gopher - chinchilla
        rows[f"Kaplan, {name}"] = [gopher, chinchilla, difference, difference / gopher]
        rows[f"Kaplan, {name}"] += [np.nan] * 3
    worth = [of_each(quantity) for quantity in (gap, relative_gap, *_WORTH)]
    for name, chosen in laws().items():
        losses = [chosen.loss(*GOPHER), chosen.loss(*CHINCHILLA)]
        rows[name] = losses + [values[name] for values in worth]
    columns = ["Gopher", "Chinchilla", "difference", "relative", "compute", "tokens", "parameters"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def gopher_against_chinchilla_table() -> pd.DataFrame:
    """What each model still lost above E, and to what.

    Columns: law, model, part ("model", "data" or "both"), nats, low, high (of our refit).
    """
    rows = []
    for name, chosen in laws().items():
        for who, (N, D) in (("Gopher", GOPHER), ("Chinchilla", CHINCHILLA)):
            parts = {"model": part("N", N), "data": part("D", D), "both": reducible(N, D)}
            for what, quantity in parts.items():
                between = ends(quantity) if name == OURS else (np.nan, np.nan)
                rows.append((name, who, what, quantity(chosen), *between))
    return pd.DataFrame(rows, columns=["law", "model", "part", "nats", "low", "high"])


def how_big_is_slightly_table() -> pd.DataFrame:
    """The difference by every law, in nats and as a factor of compute.

    Columns: law, measure ("nats" or "compute"), value, low, high (of our refit).
    """
    predicted = predicted_table()
    rows = []
    for measure, column, quantity in (
        ("nats", "difference", gap),
        ("compute", "compute", compute_factor),
    ):
        for name, value in predicted[column].dropna().items():
            between = ends(quantity) if name == OURS else (np.nan, np.nan)
            rows.append((name, measure, value, *between))
    return pd.DataFrame(rows, columns=["law", "measure", "value", "low", "high"])


def four_times_from_here_table(N: float = CHINCHILLA[0], times: float = 4.0) -> pd.DataFrame:
    """What more parameters and what more tokens take off the loss, by where a model stands.

    Columns: law (Hoffmann's unrounded and ours), ratio (tokens per parameter at the start), what
    ("parameters" or "tokens"), nats, low, high.
    """
    rows = []
    for name in (TEX, OURS):
        for ratio in log_space(1.0, 400.0, 27):
            for what, symbol in (("parameters", "N"), ("tokens", "D")):
                quantity = gain(symbol, (N, ratio * N), times)
                between = ends(quantity) if name == OURS else (np.nan, np.nan)
                rows.append((name, ratio, what, quantity(laws()[name]), *between))
    return pd.DataFrame(rows, columns=["law", "ratio", "what", "nats", "low", "high"])


def repeated_swaps_table(steps: range = range(-3, 6), times: float = 4.0) -> pd.DataFrame:
    """The same swap again and again: four times the parameters on a quarter of the tokens.

    Columns: swaps (from Chinchilla; negative the other way), parameters, tokens, ratio (tokens
    per parameter), rise (of the loss above Chinchilla's by our refit, nats per token), low, high.

    Examples
    --------
    >>> repeated_swaps_table()["rise"].round(3).tolist()
    [0.207, 0.085, 0.021, 0.0, 0.018, 0.081, 0.206, 0.425, 0.798]
    """
    rows = []
    for step in steps:
        change = times**step
        N, D, rise = CHINCHILLA[0] * change, CHINCHILLA[1] / change, swapped(change)
        rows.append((step, N, D, D / N, rise(refit().law), *ends(rise)))
    columns = ["swaps", "parameters", "tokens", "ratio", "rise", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def measured_swaps_table() -> pd.DataFrame:
    """Hoffmann's own swaps: the best run of each budget of Figure 3, and the largest model.

    Columns: budget (FLOPs), runs, best (parameters), ratio (its tokens per parameter), times
    (the largest model's parameters over the best's), rise (of its loss above the best, nats per
    token), smaller (the best's parameters over the smallest model's), rise_smaller.
    """
    points, groups = figure4.points(), figure4.budget_groups()
    rows = []
    for group, budget in enumerate(figure4.budgets()):
        runs = points[groups == group].sort_values("N")
        N, D, loss = (runs[column].to_numpy(dtype=float) for column in ("N", "D", "loss"))
        best = int(loss.argmin())
        size = float(N[best])
        rows.append(
            (
                *(float(budget), len(runs), size, float(D[best]) / size),
                *(float(N[-1]) / size, float(loss[-1] - loss[best])),
                *(size / float(N[0]), float(loss[0] - loss[best])),
            )
        )
    columns = ["budget", "runs", "best", "ratio", "times", "rise", "smaller", "rise_smaller"]
    return pd.DataFrame(rows, columns=columns)


_PILE = {
    "pile_cc": "Pile-CC",
    "pubmed_abstracts": "PubMed Abstracts",
    "stackexchange": "Stack Exchange",
    "github": "GitHub",
    "openwebtext2": "OpenWebText2",
    "arxiv": "arXiv",
    "uspto_backgrounds": "USPTO Backgrounds",
    "freelaw": "FreeLaw",
    "pubmed_central": "PubMed Central",
    "dm_mathematics": "DM Mathematics",
    "hackernews": "Hacker News",
    "nih_exporter": "NIH ExPorter",
    "opensubtitles": "OpenSubtitles",
    "europarl": "Europarl",
    "books3": "Books3",
    "philpapers": "PhilPapers",
    "gutenberg_pg_19": "Gutenberg (PG-19)",
    "bookcorpus2": "BookCorpus2",
    "ubuntu_irc": "Ubuntu IRC",
}
"""How the subsets of the Pile are written."""


def pile_subsets_table() -> pd.DataFrame:
    """Bits per byte on the subsets of the Pile (Table A5), the smallest change first.

    Columns: subset, chinchilla, gopher, jurassic1, change (relative, negative is better).
    """
    scores = load("hoffmann2022_table_a5")
    scores["subset"] = [_PILE[name] for name in scores["subset"]]
    scores["change"] = scores["chinchilla"] / scores["gopher"] - 1
    return scores.sort_values("change", ascending=False, ignore_index=True)


def tasks_won_and_lost_table() -> pd.DataFrame:
    """Accuracy of Chinchilla minus Gopher on each task (Tables A6 and A7), worst first.

    Columns: benchmark, task, difference (percentage points), rank (1 is the worst).
    """
    parts = []
    for benchmark, table in (
        ("MMLU", "hoffmann2022_table_a6"),
        ("BIG-bench", "hoffmann2022_table_a7"),
    ):
        scores = load(table)
        difference = (scores["chinchilla"] - scores["gopher"]).round(6)
        rows = pd.DataFrame(
            {"task": scores["task"].str.replace("_", " "), "difference": difference}
        )
        rows = rows.sort_values(["difference", "task"], ignore_index=True)
        rows.insert(0, "benchmark", benchmark)
        parts.append(rows.assign(rank=range(1, len(rows) + 1)))
    return pd.concat(parts, ignore_index=True)


def which_is_better(N: float, D: float, times: float = 4.0) -> str:
    """Say in words whether more tokens or more parameters take more off the loss.

    Raises
    ------
    ValueError
        If a number is not positive and finite.

    Examples
    --------
    >>> print(which_is_better(70e9, 300e9))
    From 70B parameters and 300B tokens,
    4 times the tokens take 0.052 nats off the loss,
    4 times the parameters 0.032 nats.
    The tokens win in 99% of the resamples.
    """
    for name, value in (("parameters", N), ("tokens", D), ("times", times)):
        positive(name, value)
    by = {what: gain(symbol, (N, D), times) for what, symbol in _SYMBOL.items()}
    found = {what: float(quantity(refit().law)) for what, quantity in by.items()}
    first, second = sorted(found, key=lambda what: -found[what])
    many = resamples().law
    won = float(np.mean(by[first](many) > by[second](many)))
    sure = "all" if won == 1 else "nearly all" if won > 0.995 else f"{won:.0%}"
    return (
        f"From {count_label(N)} parameters and {count_label(D)} tokens,\n"
        f"{times:g} times the {first} take {found[first]:.3f} nats off the loss,\n"
        f"{times:g} times the {second} {found[second]:.3f} nats.\n"
        f"The {first} win in {sure} of the resamples."
    )


_SYMBOL = {"parameters": "N", "tokens": "D"}
_WORTH = (compute_factor, token_factor, parameter_factor)
