"""Claims of Hoffmann et al. 2022 about benchmarks: Section 4 and the abstract, against the tables.

Table 6's averages weight each task of MMLU by its number of test questions; the paper does not
say so, and both averages follow.
"""

import math

import numpy as np
import pandas as pd

from claims.recompute import Recipe, Recomputed
from scaling_utils.datasets import load

_PILE, _MMLU, _BIG_BENCH = (f"hoffmann2022_table_a{number}" for number in (5, 6, 7))
_MODELS = ("Chinchilla", "Gopher")


def _scores(table: str, wanted: str) -> float:
    """How many tasks of Table A5, A6 or A7 fulfil a condition on the models' scores."""
    return float(len(load(table).query(wanted)))


def _mean(table: str, model: str) -> float:
    return float(load(table)[model].mean())


def weighted_mean(model: str) -> float:
    """Mean accuracy of ``chinchilla`` or ``gopher`` over the questions of MMLU, per cent."""
    tasks = load(_MMLU).merge(load("mmlu_test_questions"), on="task", validate="one_to_one")
    return float(np.average(tasks[model], weights=tasks["questions"]))


def _mmlu_in_abstract() -> Recomputed:
    mean = weighted_mean("chinchilla")
    return Recomputed(mean, from_rounded=math.floor(10 * mean) / 10)


def _mmlu_gain() -> Recomputed:
    means = [weighted_mean(model) for model in ("chinchilla", "gopher")]
    rounded = [round(mean, 1) for mean in means]
    return Recomputed(means[0] - means[1], from_rounded=round(rounded[0] - rounded[1], 1))


def _results(place: str) -> pd.DataFrame:
    """The results of one table or section, one column for each model."""
    rows = load("hoffmann2022_results")
    rows = rows[rows["place"] == place]
    return rows.pivot(index=["benchmark", "setting"], columns="model", values="value")


def _result(place: str, benchmark: str, setting: str, model: str = "Chinchilla") -> float:
    return float(_results(place)[model].to_dict()[benchmark, setting])


def _gain(place: str, benchmark: str, setting: str) -> float:
    """Chinchilla minus Gopher, percentage points; the tables have one decimal."""
    mine, other = (_result(place, benchmark, setting, model) for model in _MODELS)
    return round(mine - other, 6)


def _better_than(place: str, model: str) -> float:
    """Rows in which Chinchilla is better; a row that lacks the other model is none."""
    results = _results(place)
    return float((results["Chinchilla"] > results[model]).sum())


def _size(model: str) -> float:
    sizes = load("hoffmann2022_table1").set_index("model")["params"]
    return float(sizes.to_dict()[model])


def _lambada() -> float:
    row = ("Table 7", "LAMBADA", "0-shot")
    return float(sum(_result(*row) > _result(*row, m) for m in ("Gopher", "MT-NLG 530B")))


def _triviaqa_gap() -> float:
    row = ("Table 9", "TriviaQA filtered")
    return round(_result(*row, "any", "open-book state of the art") - _result(*row, "64-shot"), 6)


def _winogender_average() -> float:
    kinds = ("male", "female", "neutral")
    return sum(_result("Table 10", "Winogender", kind) for kind in kinds) / 3


BENCHMARKS: dict[str, Recipe] = {
    # The numbers of tasks (Table 5) and the sizes of other models (Table 1).
    "hoffmann-table5-language-modelling": lambda: (
        len(load(_PILE)) + len(_results("Section 4.2.1"))
    ),
    "hoffmann-table5-mmlu": lambda: len(load(_MMLU)),
    "hoffmann-table5-big-bench": lambda: len(load(_BIG_BENCH)),
    "hoffmann-table5-common-sense": lambda: len(_results("Table 8")),
    "hoffmann-table-a5-jurassic-size": lambda: _size("Jurassic"),
    "hoffmann-s5-gpt3-size": lambda: _size("GPT-3"),
    "hoffmann-s5-mt-nlg-size": lambda: _size("MT-NLG 530B") / _size("GPT-3"),
    # Single tasks: Tables A5, A6 and A7. A score of the Pile is a loss, the others are per cent.
    "hoffmann-s42-pile-wins": lambda: _scores(_PILE, "chinchilla < gopher"),
    "hoffmann-s42-pile-jurassic": lambda: _scores(_PILE, "jurassic1 < chinchilla"),
    "hoffmann-abstract-mmlu": _mmlu_in_abstract,
    "hoffmann-table6-mmlu-chinchilla": lambda: weighted_mean("chinchilla"),
    "hoffmann-table6-mmlu-gopher": lambda: weighted_mean("gopher"),
    "hoffmann-s42-mmlu-gain": _mmlu_gain,
    "hoffmann-s42-mmlu-wins": lambda: _scores(_MMLU, "chinchilla > gopher"),
    "hoffmann-s42-mmlu-ties": lambda: _scores(_MMLU, "chinchilla == gopher"),
    "hoffmann-s42-mmlu-losses": lambda: _scores(_MMLU, "chinchilla < gopher"),
    "hoffmann-s42-mmlu-above-90": lambda: _scores(_MMLU, "chinchilla > 90"),
    "hoffmann-s42-big-bench-chinchilla": lambda: _mean(_BIG_BENCH, "chinchilla"),
    "hoffmann-s42-big-bench-gopher": lambda: _mean(_BIG_BENCH, "gopher"),
    "hoffmann-s42-big-bench-gain": lambda: (
        _mean(_BIG_BENCH, "chinchilla") - _mean(_BIG_BENCH, "gopher")
    ),
    "hoffmann-s42-big-bench-wins": lambda: _scores(_BIG_BENCH, "chinchilla > gopher"),
    "hoffmann-s42-big-bench-losses": lambda: _scores(_BIG_BENCH, "chinchilla < gopher"),
    # Tables 7 to 10.
    "hoffmann-s42-race-m-gain": lambda: _gain("Table 7", "RACE-m", "few-shot"),
    "hoffmann-s42-race-h-gain": lambda: _gain("Table 7", "RACE-h", "few-shot"),
    "hoffmann-table7-lambada": _lambada,
    "hoffmann-s42-common-sense-gopher": lambda: _better_than("Table 8", "Gopher"),
    "hoffmann-table8-matches": lambda: len(_results("Table 8").query("Chinchilla >= Gopher")),
    "hoffmann-s42-common-sense-gpt3": lambda: _better_than("Table 8", "GPT-3"),
    "hoffmann-s42-common-sense-mt-nlg": lambda: len(
        _results("Table 8").query("Chinchilla < `MT-NLG 530B`")
    ),
    "hoffmann-s42-truthfulqa-gain": lambda: _gain("Section 4.2.5", "TruthfulQA", "0-shot"),
    "hoffmann-s42-natural-questions-5": lambda: _result(
        "Table 9", "Natural Questions", "5-shot", "Gopher"
    ),
    "hoffmann-s42-natural-questions-64": lambda: _result(
        "Table 9", "Natural Questions", "64-shot", "Gopher"
    ),
    "hoffmann-table9-gopher": lambda: _better_than("Table 9", "Gopher"),
    "hoffmann-s42-triviaqa-gap": _triviaqa_gap,
    "hoffmann-s42-winogender-male": lambda: _gain("Table 10", "Winogender", "male"),
    "hoffmann-s42-winogender-female": lambda: _gain("Table 10", "Winogender", "female"),
    "hoffmann-s42-winogender-neutral": lambda: _gain("Table 10", "Winogender", "neutral"),
    "hoffmann-s42-winogender-gotcha": lambda: max(
        _gain("Table 10", "Winogender", f"{gender} {half}")
        for gender in ("male", "female")
        for half in ("gotcha", "not gotcha")
    ),
    "hoffmann-table10-all": _winogender_average,
}
