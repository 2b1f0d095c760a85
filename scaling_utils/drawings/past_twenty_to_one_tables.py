"""The tables behind the figures of chapter 11, past twenty to one.

One function for each figure; `scaling_utils.drawings.past_twenty_to_one` draws them. Costs are
factors: how many times the training compute of the best model of the same loss. Intervals are
95 per cent of the resamples of our refit, budgets drawn again.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from scaling_utils._validate import finite, positive, unwrap
from scaling_utils.datasets import load
from scaling_utils.figures import count_label, log_space
from scaling_utils.gopher import OURS, TEX, Quantity, ends, laws
from scaling_utils.intervals import interval
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.laws.lifetime import InferenceOptimum, inference_optimum
from scaling_utils.laws.off_optimum import data_ratio, efficiency_of_size, size_wall
from scaling_utils.published import constant, law
from scaling_utils.refit import refit, resamples

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


def gadre() -> ChinchillaLaw:
    """The law of Gadre et al. 2024 for RedPajama."""
    return law("gadre2024/RedPajama")


def cost(N: ArrayLike, D: ArrayLike) -> Quantity:
    """How many times the compute a model took that the best one of its loss needs."""
    return lambda law: unwrap(np.divide(1, law.compute_efficiency(N, D)))


def saved_size(N: float, D: float) -> Quantity:
    """How much smaller a model is than the best one of its loss, as a share of the latter."""
    return lambda law: unwrap(1 - np.divide(N, law.N_opt(law.equivalent_compute(N, D))))


def cost_at_ratio(C: float, M: ArrayLike) -> Quantity:
    """The cost of spending a budget at M tokens per parameter; several as a column."""
    m = np.asarray(M)[:, None] if np.ndim(M) else np.asarray(M)
    return cost(np.sqrt(C / 6 / m), np.sqrt(C / 6 * m))


def cost_at_times_best(times: float) -> Quantity:
    """The cost of so many times the best ratio of tokens to parameters, whatever the budget."""
    return lambda law: unwrap(np.divide(1, efficiency_of_size(law, times**-0.5)))


def cost_of_size(size: ArrayLike) -> Quantity:
    """The cost of so many times the best size at the same loss; several as a column."""
    k = np.asarray(size)[:, None] if np.ndim(size) else np.asarray(size)
    return lambda law: unwrap(k * data_ratio(law, k))


def owned(law: ChinchillaLaw, N: float, use: ArrayLike) -> InferenceOptimum:
    """The cheapest model to train and use, as good as a compute-optimal one of N parameters."""
    return inference_optimum(law, law.loss(N, law.optimal_tokens_for(N)), use)


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
    lines = {TEX: laws()[TEX], GADRE: gadre(), OURS: refit().law}
    ratios, sizes = log_space(0.4, 2e4, 61), log_space(0.08, 12.5, 81)
    tables = []
    for name, chosen in lines.items():
        tables.append(_rows("ratio", name, chosen, ratios, cost_at_ratio(BUDGET, ratios)))
        if name != GADRE:
            tables.append(_rows("size", name, chosen, sizes, cost_of_size(sizes)))
            tables.append(_rows("wall", name, chosen, size_wall(chosen), size_wall))
    return pd.concat(tables, ignore_index=True)


def inference_table() -> pd.DataFrame:
    """The cheapest model to train and use, as good as a compute-optimal one of 13B parameters.

    Columns: panel ("size" or "ratio"), law (Sardana's constants and ours), use (tokens), value
    (parameters, or tokens per parameter), low, high.
    """
    uses = log_space(1e10, 1e14, 33)
    tables = []
    for name, chosen in ((SARDANA, law("sardana2023")), (OURS, refit().law)):
        best, among = (
            owned(one, QUALITY, uses[:, None]) for one in (_one(chosen), resamples().law)
        )
        for panel, of in (("size", "N"), ("ratio", "tokens_per_parameter")):
            table = pd.DataFrame({"panel": panel, "law": name, "use": uses})
            table["value"] = np.ravel(getattr(best, of))
            between = interval(getattr(among, of)) if name == OURS else (np.nan, np.nan)
            tables.append(table.assign(low=between[0], high=between[1]))
    return pd.concat(tables).sort_values("use", kind="stable", ignore_index=True)


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
            quantity = cost(N, D)
            between = ends(quantity) if name == OURS else (np.nan, np.nan)
            side = "past" if chosen.tokens_per_parameter(6 * N * D) < D / N else "short"
            rows.append((model, N, D, D / N, name, quantity(chosen), *between, side))
    columns = ["model", "parameters", "tokens", "ratio", "law", "cost", "low", "high", "side"]
    return pd.DataFrame(rows, columns=columns)


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
    best, among = owned(refit().law, N, use), owned(resamples().law, N, use)
    sizes, ratios = interval(among.N), interval(among.tokens_per_parameter)
    saving = float(best.saving)
    used = f"used for {count_label(use)} tokens" if use else "never used"
    less = f"{saving:.0%} less" if saving >= 0.005 else "as much"
    return (
        f"As good as {count_label(N)} parameters trained for the least compute,\n"
        f"and {used}:\n"
        f"{count_label(float(best.N))} parameters "
        f"({' to '.join(count_label(float(f'{end:.2g}')) for end in sizes)}) "
        f"at {best.tokens_per_parameter:.0f} tokens per parameter "
        f"({' to '.join(f'{end:.0f}' for end in ratios)}).\n"
        f"Training costs {best.training_ratio:.1f} times as much, "
        f"training and use together {less}."
    )


def _rows(
    panel: str, name: str, chosen: ChinchillaLaw, x: ArrayLike, quantity: Quantity
) -> pd.DataFrame:
    """The values of a law, with intervals if the law is our refit."""
    values = np.ravel(quantity(_one(chosen)))
    table = pd.DataFrame({"panel": panel, "law": name, "x": np.ravel(x), "cost": values})
    low, high = interval(quantity(resamples().law)) if name == OURS else (np.nan, np.nan)
    return table.assign(low=low, high=high)


def _one(chosen: ChinchillaLaw) -> ChinchillaLaw:
    """A law among others: what it does not reach is infinity."""
    return ChinchillaLaw.stack([chosen])
