"""Section 4.2 and the abstract, against the tables of single tasks (A5, A6, A7).

Table 6's averages weight each task of MMLU by its number of test questions; the paper does not
say so, and both averages follow.
"""

import math

import numpy as np

from scaling_utils.claims.recompute import Recomputed, recomputes
from scaling_utils.datasets import load

_PILE, _MMLU, _BIG_BENCH = (f"hoffmann2022_table_a{number}" for number in (5, 6, 7))


def weighted_mean(model: str) -> float:
    """Mean accuracy of ``chinchilla`` or ``gopher`` over the questions of MMLU, per cent."""
    tasks = load(_MMLU).merge(load("mmlu_test_questions"), on="task", validate="one_to_one")
    return float(np.average(tasks[model], weights=tasks["questions"]))


def _mean(table: str, model: str) -> float:
    return float(load(table)[model].mean())


def _tasks_won(table: str) -> float:
    scores = load(table)
    return float((scores["chinchilla"] > scores["gopher"]).sum())


@recomputes("hoffmann-abstract-mmlu")
def mmlu_in_abstract() -> Recomputed:
    mean = weighted_mean("chinchilla")
    return Recomputed(mean, from_rounded=math.floor(10 * mean) / 10)


@recomputes("hoffmann-table6-mmlu-chinchilla")
def mmlu_chinchilla() -> float:
    return weighted_mean("chinchilla")


@recomputes("hoffmann-table6-mmlu-gopher")
def mmlu_gopher() -> float:
    return weighted_mean("gopher")


@recomputes("hoffmann-s42-mmlu-gain")
def mmlu_gain() -> Recomputed:
    means = [weighted_mean(model) for model in ("chinchilla", "gopher")]
    rounded = [round(mean, 1) for mean in means]
    return Recomputed(means[0] - means[1], from_rounded=round(rounded[0] - rounded[1], 1))


@recomputes("hoffmann-s42-mmlu-wins")
def mmlu_wins() -> float:
    return _tasks_won(_MMLU)


@recomputes("hoffmann-s42-big-bench-chinchilla")
def big_bench_chinchilla() -> float:
    return _mean(_BIG_BENCH, "chinchilla")


@recomputes("hoffmann-s42-big-bench-gopher")
def big_bench_gopher() -> float:
    return _mean(_BIG_BENCH, "gopher")


@recomputes("hoffmann-s42-big-bench-gain")
def big_bench_gain() -> float:
    return _mean(_BIG_BENCH, "chinchilla") - _mean(_BIG_BENCH, "gopher")


@recomputes("hoffmann-s42-big-bench-wins")
def big_bench_wins() -> float:
    return _tasks_won(_BIG_BENCH)


@recomputes("hoffmann-s42-pile-wins")
def pile_wins() -> float:
    scores = load(_PILE)
    return float((scores["chinchilla"] < scores["gopher"]).sum())
