"""The tables that the figures of chapter 8 are drawn from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from scaling_utils import datasets, figure4, published
from scaling_utils._validate import FloatArray
from scaling_utils.counting import Counting
from scaling_utils.counting.families import porian_models, table_a9
from scaling_utils.counting.size_relation import SizeRelation
from scaling_utils.data_growth import SPENT_AT_CRITICAL_BATCH
from scaling_utils.frontier import Envelope
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.resample import Bootstrap
from scaling_utils.rules import KAPLAN, allocation_table
from scaling_utils.units import PF_DAY, training_flops


def kaplan_sizes() -> tuple[float, float]:
    """Smallest and largest model of Kaplan et al. 2020, parameters without embeddings."""
    low, high = (
        published.constant("kaplan2020/runs", f"N_{end}").value for end in ("low", "high")
    )
    return low, high


def measured_budgets() -> dict[str, tuple[float, float]]:
    """Least and greatest budget that each paper's runs cover, FLOPs spent.

    Kaplan's axis ends at one PF-day of C_min and spans eight decades; Hoffmann's range is that
    of the runs of Figure 4.
    """
    end = published.constant("kaplan2020/runs", "C_end").value * PF_DAY * SPENT_AT_CRITICAL_BATCH
    decades = published.constant("kaplan2020/runs", "decades_C_min").value
    runs = figure4.points()["C"]
    return {
        "Kaplan": (end / 10**decades, end),
        "Hoffmann": (float(runs.min()), float(runs.max())),
    }


def optima_table(
    C: FloatArray, laws: Mapping[str, ChinchillaLaw], models: Iterable[str]
) -> pd.DataFrame:
    """Recommended sizes and tokens against budget, and named models, for `draw_two_optima`.

    Parameters
    ----------
    C : ndarray
        Budgets, FLOPs.
    laws : mapping of str to ChinchillaLaw
        Rules beside those of the two papers.
    models : iterable of str
        Names in the data set ``llm_params_tokens``; their compute is 6 N D.

    Returns
    -------
    DataFrame
        Columns kind ("rule" or "model"), name, C, N, D, measured ("yes" where the runs behind a
        rule cover the budget, "no" where it is extrapolated, empty for models).
    """
    rules = allocation_table(C, laws).rename(columns={"rule": "name"})
    covered = measured_budgets()
    by_paper = np.where(rules["name"] == KAPLAN, "Kaplan", "Hoffmann")
    low, high = (np.array([covered[paper][end] for paper in by_paper]) for end in (0, 1))
    inside = (rules["C"] >= low) & (rules["C"] <= high)
    rules["measured"] = np.where(inside, "yes", "no")
    rules["kind"] = "rule"
    made = datasets.load("llm_params_tokens").set_index("model").loc[list(models)].reset_index()
    points = pd.DataFrame(
        {
            "kind": "model",
            "name": made["model"],
            "C": training_flops(made["params"], made["tokens"]),
            "N": made["params"].astype(float),
            "D": made["tokens"].astype(float),
            "measured": "",
        }
    )
    columns = ["kind", "name", "C", "N", "D", "measured"]
    return pd.concat([rules[columns], points[columns]], ignore_index=True)


def embedding_table(relation: SizeRelation, kaplan: SizeRelation) -> pd.DataFrame:
    """Share of the embeddings in models and in relations, for `draw_embeddings`.

    Parameters
    ----------
    relation, kaplan : SizeRelation
        Of Table A9, and the same shapes with the vocabulary of Kaplan et al.

    Returns
    -------
    DataFrame
        Columns kind ("model" or "relation"), name, N (parameters without embeddings), share
        (per cent).
    """
    N = np.geomspace(100.0, 1e12, 101)
    parts = [
        _rows("model", "Hoffmann, Table A9", table_a9()["N"], table_a9()["share"]),
        _rows("model", "Porian et al.", porian_models()["N"], porian_models()["share"]),
        _rows("relation", "cube root, fitted to Table A9", N, relation.share(N)),
        _rows("relation", "the same with Kaplan's vocabulary", N, kaplan.share(N)),
    ]
    table = pd.concat(parts, ignore_index=True)
    table["share"] *= 100
    return table


def exponent_table(
    counting: Counting,
    refit: Bootstrap,
    others: Mapping[str, tuple[Counting, ChinchillaLaw]],
    *,
    level: float = 0.95,
) -> pd.DataFrame:
    """Local exponents against model size, for `draw_local_exponent`.

    Parameters
    ----------
    counting : Counting
        How the observer counts.
    refit : Bootstrap
        The refit with its resamples.
    others : mapping of str to (Counting, ChinchillaLaw)
        More lines, without a band.
    level : float
        Share of the resamples inside the band, point by point.

    Returns
    -------
    DataFrame
        Columns kind ("law"; "reference" for the papers' exponents, without a size; "range" for
        the sizes that each trained), name, N (parameters without embeddings), exponent, low,
        high (the ends of the band, empty for the others).
    """
    N = np.geomspace(100.0, 1e13, 121)
    laws = [ChinchillaLaw(*row) for row in refit.kept_laws().tolist()]
    resampled = np.array([counting.exponent(law, N) for law in laws])
    low, high = np.quantile(resampled, [0.5 - level / 2, 0.5 + level / 2], axis=0)
    at_fit = np.asarray(counting.exponent(refit.fit.law, N))
    parts = [pd.DataFrame({"name": "our refit", "N": N, "exponent": at_fit})]
    parts[0]["low"], parts[0]["high"] = low, high
    for name, (count, law) in others.items():
        value = np.asarray(count.exponent(law, N))
        parts.append(pd.DataFrame({"name": name, "N": N, "exponent": value}))
    lines = pd.concat(parts, ignore_index=True).assign(kind="law")
    table6 = published.constant("kaplan2020/allocation", "p_N").value
    equal = published.constant("hoffmann2022/Approach 1", "a").value
    references = pd.DataFrame({"name": ["Kaplan", "Hoffmann"], "exponent": [table6, equal]})
    trained = {"Kaplan's models": kaplan_sizes(), "Hoffmann's models": _ends(table_a9()["N"])}
    ranges = pd.DataFrame(
        [(name, N) for name, ends in trained.items() for N in ends], columns=["name", "N"]
    )
    table = pd.concat([lines, references.assign(kind="reference"), ranges.assign(kind="range")])
    columns = ["kind", "name", "N", "exponent", "low", "high"]
    return table[columns].reset_index(drop=True)


def simulated_table(
    seen: Mapping[str, Envelope], exact: Mapping[str, Counting], law: ChinchillaLaw, C: FloatArray
) -> pd.DataFrame:
    """Simulated frontier, its power law, and the closed form, for `draw_counting_simulated`.

    Parameters
    ----------
    seen : mapping of str to Envelope
        The fitted sweep by the name of the count.
    exact : mapping of str to Counting
        The counts by the same names.
    law : ChinchillaLaw
        The world.
    C : ndarray
        Budgets for the lines, FLOPs as counted.

    Returns
    -------
    DataFrame
        Columns count, kind ("simulated", "fitted", "closed form", "printed"), C, N; simulated
        runs have one row for each size, at the middle of the budgets for which it is best.
    """
    parts = []
    for count, found in seen.items():
        inner = found.table[~found.table["edge"]]
        log_C = np.log(inner["C"]).groupby(inner["N"]).mean()
        parts.append(_points(count, "simulated", np.exp(log_C), log_C.index))
        parts.append(_points(count, "fitted", C, found.N_fit.predict(C)))
        parts.append(_points(count, "closed form", C, exact[count].at(law, C).N))
    low, high = measured_budgets()["Kaplan"]
    budgets = np.geomspace(low, high, 9)
    size = published.law("kaplan2020/allocation").N_opt(budgets / SPENT_AT_CRITICAL_BATCH)
    parts.append(_points(next(iter(seen)), "printed", budgets, size))
    return pd.concat(parts, ignore_index=True)


def ladder_table() -> pd.DataFrame:
    """The ladder of Porian et al. 2024 with its references, for `draw_porian_ladder`.

    Returns
    -------
    DataFrame
        Columns kind ("step" or "reference"), name (data set, or whose exponent), step, change,
        a, a_low, a_high (empty for references).
    """
    ladder = datasets.load("porian2024_ladder").rename(columns={"dataset": "name"})
    columns = ["name", "step", "change", "a", "a_low", "a_high"]
    steps = ladder[columns].assign(kind="step")
    fixed = published.constant("kaplan2020/Fig. 14", "p_N_naive").value
    adjusted = published.constant("kaplan2020/allocation", "p_N").value
    equal = published.constant("hoffmann2022/Approach 1", "a").value
    references = pd.DataFrame(
        {
            "name": ["Kaplan, fixed batch", "Kaplan, Table 6", "Hoffmann"],
            "a": [fixed, adjusted, equal],
            "kind": "reference",
        }
    )
    table = pd.concat([steps, references], ignore_index=True)
    return table[["kind", *columns]]


def _ends(values: pd.Series[float]) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def _rows(kind: str, name: str, N: ArrayLike, share: ArrayLike) -> pd.DataFrame:
    return pd.DataFrame({"kind": kind, "name": name, "N": np.ravel(N), "share": np.ravel(share)})


def _points(count: str, kind: str, C: ArrayLike, N: ArrayLike) -> pd.DataFrame:
    return pd.DataFrame({"count": count, "kind": kind, "C": np.ravel(C), "N": np.ravel(N)})
