"""The tables behind the figures of chapter 11, past twenty to one.

One function for each figure; `scaling_utils.drawings.past_twenty_to_one` draws them. Costs are
factors: how many times the training compute of the best model of the same loss. Intervals are
95 per cent of the resamples of our refit, budgets drawn again.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd

from scaling_utils._validate import finite, positive
from scaling_utils.datasets import load
from scaling_utils.figures import count_label, log_space
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.published import constant, law
from scaling_utils.quantities import off_the_ratio as ask
from scaling_utils.quantities.gopher_and_chinchilla import (
    OURS,
    TEX,
    Quantity,
    interval,
    laws,
    of_law,
)
from scaling_utils.refit import refit
from scaling_utils.tradeoffs import gadre_law

GADRE, SARDANA = "Gadre et al., RedPajama", "Sardana et al."
BUDGET = (
    6
    * constant("hoffmann2022/Chinchilla", "N").value
    * (constant("hoffmann2022/Chinchilla", "D").value)
)
"""Chinchilla's budget, 6 N D."""

QUALITY = 13e9
"""Parameters of the compute-optimal model whose quality is wanted (Sardana et al., Fig. 1)."""

FAMILIES = (
    *("GPT-3", "Gopher", "Chinchilla", "LLaMA-7B", "LLaMA-13B", "LLaMA-33B", "LLaMA-65B"),
    *("Llama-2-7B", "Llama-2-13B", "Llama-2-70B", "Llama-3-8B", "Llama-3-70B"),
    "Llama-3.1-405B",
)
"""The models that are set against the laws, from the models table."""


def models_over_the_years_table() -> pd.DataFrame:
    """Tokens per parameter of published models; mixtures of experts by active parameters.

    Columns: model, year, parameters (active ones where known), tokens, ratio, kind ("dense",
    "active parameters", "all parameters": a mixture whose active ones are not known).
    """
    rows = load("llm_params_tokens")
    mixture, known = rows["architecture"] != "dense", rows["active_params"].notna()
    parameters = rows["active_params"].fillna(rows["params"]).astype(float)
    tokens = rows["tokens"].astype(float)
    kind = np.select([~mixture, known], ["dense", "active parameters"], "all parameters")
    columns = {
        "model": rows["model"], "year": rows["year"], "parameters": parameters,
        "tokens": tokens, "ratio": tokens / parameters, "kind": kind,
    }  # fmt: skip
    return pd.DataFrame(columns).sort_values(["year", "ratio", "model"], ignore_index=True)


def price_of_being_off_table() -> pd.DataFrame:
    """The cost of a ratio at Chinchilla's budget, and of a size at equal loss.

    Columns: panel ("ratio", "size", or "wall": the size below which the loss is out of reach),
    law, x (tokens per parameter, or size over the best), cost (inf where the loss is out of
    reach), low, high (of our refit).
    """
    lines = {TEX: laws()[TEX], GADRE: gadre_law("RedPajama"), OURS: refit().law}
    rows: list[tuple[object, ...]] = []
    for name, chosen in lines.items():
        for M in log_space(0.4, 2e4, 61):
            rows.append(_with_interval("ratio", name, chosen, M, ask.cost_at_ratio(BUDGET, M)))
        if name == GADRE:
            continue
        for size in log_space(0.08, 12.5, 81):
            rows.append(_with_interval("size", name, chosen, size, ask.cost_of_size(size)))
        wall = of_law(ask.size_wall, chosen)
        rows.append(_with_interval("wall", name, chosen, wall, ask.size_wall))
    columns = ["panel", "law", "x", "cost", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def inference_table() -> pd.DataFrame:
    """The cheapest model to train and use, as good as a compute-optimal one of 13B parameters.

    Columns: panel ("size" or "ratio"), law (Sardana's constants and ours), use (tokens), value
    (parameters, or tokens per parameter), low, high.
    """
    rows = []
    for use in log_space(1e10, 1e14, 33):
        asked = ask.owned(QUALITY, use)
        for name, chosen in ((SARDANA, law("sardana2023")), (OURS, refit().law)):
            for panel in ("size", "ratio"):
                ends = interval(asked[panel]) if name == OURS else (np.nan, np.nan)
                rows.append((panel, name, use, of_law(asked[panel], chosen), *ends))
    return pd.DataFrame(rows, columns=["panel", "law", "use", "value", "low", "high"])


def llama_table() -> pd.DataFrame:
    """What each model cost, by the constants of 2022 and by our refit.

    Columns: model, parameters, tokens, ratio, law, cost, low, high, side ("past" or "short":
    more or fewer tokens per parameter than the law's best for that compute).
    """
    held = load("llm_params_tokens").set_index("model")[["params", "tokens"]].astype(float)
    sizes, read = (held[column].to_dict() for column in ("params", "tokens"))
    rows = []
    for model in FAMILIES:
        N, D = float(sizes[model]), float(read[model])
        for name, chosen in ((TEX, laws()[TEX]), (OURS, refit().law)):
            quantity = ask.cost(N, D)
            ends = interval(quantity) if name == OURS else (np.nan, np.nan)
            side = "past" if of_law(ask.best_ratio(6 * N * D), chosen) < D / N else "short"
            rows.append((model, N, D, D / N, name, of_law(quantity, chosen), *ends, side))
    columns = ["model", "parameters", "tokens", "ratio", "law", "cost", "low", "high", "side"]
    return pd.DataFrame(rows, columns=columns)


def valley_table(times: tuple[float, ...] = (0.1, 0.25, 0.5, 2, 4, 10)) -> pd.DataFrame:
    """The cost of so many times the best ratio, by law (rows: laws, columns: times)."""
    costs = {
        name: [of_law(ask.cost_at_times_best(t), chosen) for t in times]
        for name, chosen in laws().items()
    }
    return pd.DataFrame.from_dict(costs, orient="index", columns=[f"× {t:g}" for t in times])


def extreme_ratios_table(
    N: float = 150e6, ratios: tuple[float, float] = (20, 1e4)
) -> pd.DataFrame:
    """What the refits of Sardana et al., Table 1, say of one small model trained much longer.

    Rows: the runs that were fitted. Columns: the loss at both ratios, and the difference.
    """
    rows = {}
    for runs in ("up to 100", "up to 250", "up to 500", "all"):
        fitted = cast(ChinchillaLaw, law(f"sardana2023/Table 1 {runs}"))
        few, many = (float(fitted.loss(N, ratio * N)) for ratio in ratios)
        rows[f"{runs} tokens per parameter" if runs != "all" else "all runs"] = (
            few, many, few - many,
        )  # fmt: skip
    columns = [f"at {ratio:,.0f}:1" for ratio in ratios] + ["gained"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def cheapest(N: float, use: float) -> str:
    """Say in words which model is cheapest to train and use.

    Parameters
    ----------
    N : float
        Parameters of the compute-optimal model whose quality is wanted.
    use : float
        Tokens read and written over the model's life; zero if it is never used.

    Raises
    ------
    ValueError
        If the size is not positive and finite, or the use is negative or not finite.

    Examples
    --------
    >>> print(cheapest(8e9, 1e12))
    As good as 8B parameters trained for the least compute,
    and used for 1T tokens:
    3.95B parameters (3.5B to 4.8B) at 105 tokens per parameter (83 to 162).
    Training costs 1.3 times as much, training and use together 25% less.
    """
    positive("parameters", N)
    if finite("tokens of use", use) < 0:
        raise ValueError(f"tokens of use must not be negative, got {use:g}")
    asked = ask.owned(N, use)
    best = {name: of_law(quantity, refit().law) for name, quantity in asked.items()}
    sizes, ratios = (interval(asked[name]) for name in ("size", "ratio"))
    used = f"used for {count_label(use)} tokens" if use else "never used"
    less = f"{best['saving']:.0%} less" if best["saving"] >= 0.005 else "as much"
    return (
        f"As good as {count_label(N)} parameters trained for the least compute,\n"
        f"and {used}:\n"
        f"{count_label(best['size'])} parameters "
        f"({' to '.join(count_label(float(format(end, '.2g'))) for end in sizes)}) "
        f"at {best['ratio']:.0f} tokens per parameter "
        f"({' to '.join(f'{end:.0f}' for end in ratios)}).\n"
        f"Training costs {best['training']:.1f} times as much, "
        f"training and use together {less}."
    )


def _with_interval(
    panel: str, name: str, chosen: ChinchillaLaw, x: float, quantity: Quantity
) -> tuple[object, ...]:
    """One row for a law, with its interval if the law is our refit."""
    ends = interval(quantity) if name == OURS else (np.nan, np.nan)
    return (panel, name, x, of_law(quantity, chosen), *ends)
