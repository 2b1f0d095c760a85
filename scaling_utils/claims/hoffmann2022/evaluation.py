"""Section 4 and Tables 5 to 10: what the text says of its results, against the tables."""

import pandas as pd

from scaling_utils.claims.recompute import recomputes
from scaling_utils.datasets import load

_MODELS = ("Chinchilla", "Gopher")
_PILE, _MMLU, _BIG_BENCH = (f"hoffmann2022_table_a{number}" for number in (5, 6, 7))


def _results(place: str) -> pd.DataFrame:
    """The results of one table or section, one column for each model."""
    rows = load("hoffmann2022_results")
    rows = rows[rows["place"] == place]
    return rows.pivot(index=["benchmark", "setting"], columns="model", values="value")


def _result(place: str, benchmark: str, setting: str, model: str) -> float:
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


@recomputes("hoffmann-table5-language-modelling")
def language_modelling_tasks() -> float:
    return float(len(load(_PILE)) + len(_results("Section 4.2.1")))


@recomputes("hoffmann-table5-mmlu")
def mmlu_tasks() -> float:
    return float(len(load(_MMLU)))


@recomputes("hoffmann-table5-big-bench")
def big_bench_tasks() -> float:
    return float(len(load(_BIG_BENCH)))


@recomputes("hoffmann-table5-common-sense")
def common_sense_tasks() -> float:
    return float(len(_results("Table 8")))


@recomputes("hoffmann-s42-pile-jurassic")
def pile_subsets_lost_to_jurassic() -> float:
    scores = load(_PILE)
    return float((scores["jurassic1"] < scores["chinchilla"]).sum())


@recomputes("hoffmann-table-a5-jurassic-size")
def jurassic_size() -> float:
    return _size("Jurassic")


@recomputes("hoffmann-s5-gpt3-size")
def gpt3_size() -> float:
    return _size("GPT-3")


@recomputes("hoffmann-s5-mt-nlg-size")
def mt_nlg_over_gpt3() -> float:
    return _size("MT-NLG 530B") / _size("GPT-3")


@recomputes("hoffmann-s42-mmlu-ties")
def mmlu_ties() -> float:
    scores = load(_MMLU)
    return float((scores["chinchilla"] == scores["gopher"]).sum())


@recomputes("hoffmann-s42-mmlu-losses")
def mmlu_losses() -> float:
    scores = load(_MMLU)
    return float((scores["chinchilla"] < scores["gopher"]).sum())


@recomputes("hoffmann-s42-mmlu-above-90")
def mmlu_above_90() -> float:
    return float((load(_MMLU)["chinchilla"] > 90).sum())


@recomputes("hoffmann-s42-race-m-gain")
def race_m_gain() -> float:
    return _gain("Table 7", "RACE-m", "few-shot")


@recomputes("hoffmann-s42-race-h-gain")
def race_h_gain() -> float:
    return _gain("Table 7", "RACE-h", "few-shot")


@recomputes("hoffmann-table7-lambada")
def lambada() -> float:
    mine = _result("Table 7", "LAMBADA", "0-shot", "Chinchilla")
    others = ("Gopher", "MT-NLG 530B")
    return float(sum(mine > _result("Table 7", "LAMBADA", "0-shot", m) for m in others))


@recomputes("hoffmann-s42-big-bench-losses")
def big_bench_losses() -> float:
    scores = load(_BIG_BENCH)
    return float((scores["chinchilla"] < scores["gopher"]).sum())


@recomputes("hoffmann-s42-common-sense-gopher")
def common_sense_won() -> float:
    return _better_than("Table 8", "Gopher")


@recomputes("hoffmann-table8-matches")
def common_sense_not_lost() -> float:
    results = _results("Table 8")
    return float((results["Chinchilla"] >= results["Gopher"]).sum())


@recomputes("hoffmann-s42-common-sense-gpt3")
def common_sense_against_gpt3() -> float:
    return _better_than("Table 8", "GPT-3")


@recomputes("hoffmann-s42-common-sense-mt-nlg")
def common_sense_lost_to_mt_nlg() -> float:
    results = _results("Table 8")
    return float((results["Chinchilla"] < results["MT-NLG 530B"]).sum())


@recomputes("hoffmann-s42-truthfulqa-gain")
def truthfulqa_gain() -> float:
    return _gain("Section 4.2.5", "TruthfulQA", "0-shot")


@recomputes("hoffmann-s42-natural-questions-5")
def natural_questions_with_5() -> float:
    return _result("Table 9", "Natural Questions", "5-shot", "Gopher")


@recomputes("hoffmann-s42-natural-questions-64")
def natural_questions_with_64() -> float:
    return _result("Table 9", "Natural Questions", "64-shot", "Gopher")


@recomputes("hoffmann-table9-gopher")
def closed_book_won() -> float:
    return _better_than("Table 9", "Gopher")


@recomputes("hoffmann-s42-triviaqa-gap")
def triviaqa_gap() -> float:
    best = _result("Table 9", "TriviaQA filtered", "any", "open-book state of the art")
    return round(best - _result("Table 9", "TriviaQA filtered", "64-shot", "Chinchilla"), 6)


@recomputes("hoffmann-s42-winogender-male")
def winogender_male_gain() -> float:
    return _gain("Table 10", "Winogender", "male")


@recomputes("hoffmann-s42-winogender-female")
def winogender_female_gain() -> float:
    return _gain("Table 10", "Winogender", "female")


@recomputes("hoffmann-s42-winogender-neutral")
def winogender_neutral_gain() -> float:
    return _gain("Table 10", "Winogender", "neutral")


@recomputes("hoffmann-s42-winogender-gotcha")
def winogender_largest_gain() -> float:
    kinds = [
        f"{gender} {half}" for gender in ("male", "female") for half in ("gotcha", "not gotcha")
    ]
    return max(_gain("Table 10", "Winogender", kind) for kind in kinds)


@recomputes("hoffmann-table10-all")
def winogender_average() -> float:
    kinds = ("male", "female", "neutral")
    return sum(_result("Table 10", "Winogender", kind, "Chinchilla") for kind in kinds) / 3
