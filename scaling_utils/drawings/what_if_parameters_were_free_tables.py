"""The tables behind the figures of chapter 10, and the quantities that it asks of a law.

The question throughout: a model on Gopher's number of tokens, however large, against
Chinchilla. A difference of losses is always the loss minus Chinchilla's (or Gopher's) under
the same law: laws of different text and vocabulary cannot be compared in nats.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from scaling_utils import published
from scaling_utils._validate import FloatArray, one_of
from scaling_utils.datasets import load
from scaling_utils.figures import log_space
from scaling_utils.gopher import (
    GOPHER,
    OURS,
    PRINTED,
    TEX,
    Quantity,
    ends,
    kaplan_size,
    laws,
)
from scaling_utils.laws import ChinchillaLaw, KaplanND
from scaling_utils.published import repeated_data
from scaling_utils.refit import refit, resamples

KAPLAN, GADRE, EXCESS = "Kaplan, Table 2", "Gadre, RedPajama", "Muennighoff, Eq. 17"

_SHOWN_DRAWS = 4  # every fourth resample is in the table of the histogram
_LAYERS_AND_WIDTH = {"GPT-3": (96, 12288), "MT-NLG 530B": (105, 20480)}
"""From Brown et al. 2020, Table 2.1, and Smith et al. 2022, Section 2.3."""


def models() -> dict[str, tuple[float, float]]:
    """Parameters and tokens of the four models (Hoffmann et al. 2022, Table 1).

    Examples
    --------
    >>> models()["MT-NLG 530B"]
    (530000000000.0, 270000000000.0)
    """
    rows = load("hoffmann2022_table1").set_index("model")
    names = ("GPT-3", "Gopher", "MT-NLG 530B", "Chinchilla")
    sizes, tokens = rows["params"].astype(float), rows["tokens"].astype(float)
    return {name: (float(sizes[name]), float(tokens[name])) for name in names}


def kaplan_sizes() -> dict[str, float]:
    """Parameters of the same models as Kaplan et al. 2020 count them, 12 L d ** 2.

    Examples
    --------
    >>> {name: round(N / 1e9, 1) for name, N in kaplan_sizes().items()}
    {'GPT-3': 173.9, 'Gopher': 257.7, 'MT-NLG 530B': 528.5, 'Chinchilla': 64.4}
    """
    shaped = {name: 12.0 * L * d**2 for name, (L, d) in _LAYERS_AND_WIDTH.items()}
    return {name: shaped.get(name) or kaplan_size(name) for name in models()}


def loss_of(law: str, name: str) -> float:
    """Loss of one of the models under any law of the chapter, its size counted as the law does.

    Examples
    --------
    >>> round(loss_of(KAPLAN, "Chinchilla") - loss_of(KAPLAN, "Gopher"), 3)
    0.068
    """
    N, D = models()[name]
    return float(loss_on(law, kaplan_sizes()[name] if law == KAPLAN else N, D))


def loss_on(name: str, N: FloatArray | float, D: float) -> FloatArray:
    """Loss under any law of the chapter; `N` may be infinite.

    Raises
    ------
    ValueError
        If the law is not one of the chapter's.

    Examples
    --------
    >>> loss_on(KAPLAN, [1e11, np.inf], 300e9).round(3)
    array([1.705, 1.525])
    """
    one_of("law", name, (*laws(), KAPLAN, GADRE, EXCESS))
    sizes = np.asarray(N, dtype=np.float64)
    size = np.minimum(sizes, 1e200)  # there every term of the model has vanished
    if name == EXCESS:  # every token is read once
        return np.asarray(repeated_data().loss(size, D, D))
    law: ChinchillaLaw | KaplanND
    if name == KAPLAN:
        law = published.law("kaplan2020/L(N,D)")
    else:
        law = published.law("gadre2024/RedPajama") if name == GADRE else laws()[name]
    return np.where(np.isinf(sizes), law.loss_infinite_model(D), law.loss(size, D))


def parts_of_gap(kind: str, rivals: tuple[str, str] = ("Gopher", "Chinchilla")) -> FloatArray:
    """What Chinchilla pays for its size, and an infinite model for its few tokens, per draw.

    Parameters
    ----------
    kind : str
        A kind of `scaling_utils.refit.resamples`, or the name of a law.
    rivals : pair of str
        Whose tokens the infinite model reads, and the model it is compared with.

    Returns
    -------
    ndarray, shape (2, number of draws)
        The rival's A / N ** alpha, and the difference of the two B / D ** beta, nats per
        token. The infinite model wins where the first is larger; E cancels.

    Examples
    --------
    >>> parts_of_gap("Hoffmann, printed").round(4).tolist()
    [[0.0835], [0.088]]
    """
    law = ChinchillaLaw.stack([laws()[kind]]) if kind in laws() else resamples(kind).law
    few, (N, many) = models()[rivals[0]][1], models()[rivals[1]]
    pays, saves = law.terms(N, many)[1], law.B * (few**-law.beta - many**-law.beta)
    return np.array([pays, saves])


def free_parameters_table() -> pd.DataFrame:
    """Loss against size on Gopher's tokens, minus Chinchilla's loss.

    Columns: law, N (parameters, the last one infinite), difference (nats per token), low and
    high (95 % over budgets, our refit only).
    """
    N = np.append(log_space(5e9, 1e14, 80), np.inf)
    few = models()["Gopher"][1]
    tables = []
    for name in (PRINTED, TEX, OURS, KAPLAN, GADRE, EXCESS):
        difference = loss_on(name, N, few) - loss_of(name, "Chinchilla")
        tables.append(pd.DataFrame({"law": name, "N": N, "difference": difference}))
    table = pd.concat(tables, ignore_index=True)
    many = resamples().law
    band = many.loss(np.minimum(N, 1e200)[:, None], few) - many.loss(*models()["Chinchilla"])
    low, high = np.quantile(band, (0.025, 0.975), axis=1)
    table[["low", "high"]] = np.nan
    table.loc[table["law"] == OURS, ["low", "high"]] = np.column_stack([low, high])
    return table


def decision_table() -> pd.DataFrame:
    """The two parts that decide, for every fourth resample and for each law.

    Columns: kind ("budgets" or "law"), name (of a law), size (what Chinchilla's size
    costs it), data (what the few tokens cost the infinite model), lead (of the infinite model;
    all in nats per token).
    """
    tables = []
    for kind in ("budgets", *laws()):
        size, data = parts_of_gap(kind)
        name = kind if kind in laws() else ""
        table = pd.DataFrame({"name": name, "size": size, "data": data})
        table.insert(0, "kind", "law" if name else kind)
        tables.append(table if name else table.iloc[::_SHOWN_DRAWS])
    table = pd.concat(tables, ignore_index=True).round({"size": 5, "data": 5})
    table["lead"] = (table["size"] - table["data"]).round(5)
    return table


def iso_loss_table() -> pd.DataFrame:
    """Curves of equal loss, Chinchilla's with its walls, and the exchange rate along it.

    Columns: kind ("curve", "best", "wall", "model" or "exchange"), name, N (parameters), D
    (tokens), loss (nats per token), rate (tokens saved by one more parameter), low, high
    (95 % over budgets).
    """
    law, (N0, D0) = refit().law, models()["Chinchilla"]
    target = float(law.loss(N0, D0))
    rows = []
    for loss in (2.2, 2.1, target):
        wall = float(law.smallest_model(loss))
        N = wall * (1 + np.geomspace(2e-3, 3e5, 160))
        D = np.asarray(law.tokens_for_loss(N, loss))
        rows.append(pd.DataFrame({"kind": "curve", "N": N, "D": D, "loss": loss}))
    N = log_space(1e8, 1e13, 40)
    best = pd.DataFrame({"kind": "best", "N": N, "D": np.asarray(law.optimal_tokens_for(N))})
    walls = {"N": [law.smallest_model(target), np.nan], "D": [np.nan, law.fewest_tokens(target)]}
    wall_rows = pd.DataFrame(walls | {"kind": "wall", "loss": target})
    known = pd.DataFrame(models(), index=["N", "D"]).T.rename_axis("name").reset_index()
    return pd.concat(
        [*rows, best, wall_rows, known.assign(kind="model"), _exchange_along(law, target)],
        ignore_index=True,
    )


def _exchange_along(law: ChinchillaLaw, target: float) -> pd.DataFrame:
    """The exchange rate along the curve of one loss, with its band."""
    N = log_space(2.2e10, 1e13, 60)
    D = np.asarray(law.tokens_for_loss(N, target))
    rate = np.asarray(law.exchange_rate(N, D))
    # The band keeps the curve of the refit and asks each resample for its slope there.
    slopes = resamples().law.exchange_rate(N[:, None], D[:, None])
    low, high = np.quantile(slopes, (0.025, 0.975), axis=1)
    columns = {"N": N, "D": D, "loss": target, "rate": rate, "low": low, "high": high}
    return pd.DataFrame(columns | {"kind": "exchange"})


def repeated_data_table() -> pd.DataFrame:
    """What epochs are worth, and what they do to the loss on Gopher's tokens.

    Columns: kind ("value" or "loss"), N (parameters), epochs, effective (fresh tokens for each
    unique one), difference (loss minus Chinchilla's under the same law, nats per token).
    """
    model, epochs = repeated_data(), log_space(1, 300, 80)
    value = {"kind": "value", "epochs": epochs, "effective": model.effective_data(epochs, 1.0)}
    tables = [pd.DataFrame(value)]
    unique, rival = models()["Gopher"][1], loss_of(EXCESS, "Chinchilla")
    for N in (models()["Chinchilla"][0], models()["Gopher"][0], np.inf):
        loss = np.asarray(model.loss(min(N, 1e200), epochs * unique, unique))
        columns = {"kind": "loss", "N": N, "epochs": epochs, "difference": loss - rival}
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def natural_experiment_table() -> pd.DataFrame:
    """Four models against Gopher: as the laws predict, and as they were measured.

    Columns: kind ("predicted" or "measured"), row (a law or a benchmark), model, value (Gopher's
    loss minus the model's in nats per token, or accuracy minus Gopher's in points), low, high
    (95 % over budgets, our refit only).
    """
    known = models()
    rows: list[tuple[str, str, str, float, float, float]] = []
    for law in (KAPLAN, TEX, OURS, EXCESS):
        for name in known:
            between = ends(lead_over_gopher(name)) if law == OURS else _NONE
            value = loss_of(law, "Gopher") - loss_of(law, name)
            rows.append(("predicted", law, name, value, *between))
    for benchmark, scores in zero_shot().iterrows():
        rows.extend(
            ("measured", str(benchmark), name, float(scores[name] - scores["Gopher"]), *_NONE)
            for name in known
        )
    columns = ["kind", "row", "model", "value", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


_NONE = (float("nan"), float("nan"))


def lead_over_gopher(name: str) -> Quantity:
    """Gopher's loss minus that of one of the models, as a quantity of the constants."""
    N, D = models()[name]
    return lambda law: law.loss(*GOPHER) - law.loss(N, D)


def zero_shot() -> pd.DataFrame:
    """Accuracy of the four models on the zero-shot benchmarks that all of them report.

    Returns
    -------
    DataFrame
        One row for each benchmark, one column for each model, per cent (Hoffmann et al. 2022,
        Tables 7 and 8).

    Examples
    --------
    >>> zero_shot().index.tolist()
    ['BoolQ', 'HellaSwag', 'LAMBADA', 'PIQA', 'Winogrande']
    """
    results = load("hoffmann2022_results")
    chosen = results[(results["setting"] == "0-shot") & results["model"].isin(models())]
    table = chosen.pivot_table(index="benchmark", columns="model", values="value")
    return table.dropna()[list(models())]
