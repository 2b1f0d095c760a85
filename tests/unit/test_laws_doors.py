"""Whatever a law is asked, a number that makes no sense is named as it stands in the call."""

import inspect

import numpy as np
import pytest

from scaling_utils import published
from scaling_utils.laws import chinchilla, convergence, lifetime
from scaling_utils.laws.repeated import RepeatedData

HOFFMANN = published.law("hoffmann2022/tex")
KAPLAN_NS = published.law("kaplan2020/L(N,S)")
BATCH = published.law("kaplan2020/B_crit")
REPEATED = published.repeated_data()
LAWS = [
    HOFFMANN,
    REPEATED,
    BATCH,
    KAPLAN_NS,
    published.law("kaplan2020/L(N,D)"),
    published.law("kaplan2020/allocation"),
    convergence.EfficientTraining(KAPLAN_NS, BATCH),
]
NUMBERS = {
    "N": 1e9,
    "D": 2e10,
    "C": 1e21,
    "loss": 2.8,
    "M": 20.0,
    "unique": 1e10,
    "epochs": 4.0,
    "B": 1e6,
    "S_min": 1e4,
    "C_min": 1e19,
    "size_ratio": 1.2,
    "excess": 0.05,
    "f": 0.1,
    "overfitting": 0.02,
    "inference_tokens": 1e12,
    "extra_compute": 0.2,
    "f_other": 0.02,
    "flops_per_parameter_token": 6.0,
    "reference": 20.0,
    "times": 2.0,
}
# What others are made of takes what they have checked.
INNER = {"arguments", "reach", "fill", "exp", "with_values", "stack", "from_dict"}
INNER |= {"from_ratio_form", "constants", "units", "to_dict"}


def methods():
    for law in LAWS:
        for name, method in inspect.getmembers(law, inspect.ismethod):
            if not name.startswith("_") and name not in INNER:
                yield f"{type(law).__name__}.{name}", method, {}


def functions():
    for module, law in ((chinchilla, HOFFMANN), (lifetime, HOFFMANN), (convergence, KAPLAN_NS)):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_"):
                takes = inspect.signature(function).parameters
                of = HOFFMANN if name in ("best_excess", "cost_of_stopping_at") else law
                yield name, function, {"law": of} if "law" in takes else {}


def doors():
    for name, call, given in (*methods(), *functions()):
        takes = inspect.signature(call).parameters
        good = {key: NUMBERS[key] for key in takes if key in NUMBERS}
        assert set(takes) == set(good) | set(given), f"{name}: no number for {set(takes)}"
        for argument in good:
            yield pytest.param(call, given | good, argument, id=f"{name}-{argument}")
        if "law" in given and call.__module__ != chinchilla.__name__:
            yield pytest.param(call, given | good, "law", id=f"{name}-law")


@pytest.mark.parametrize(("call", "arguments", "wrong"), list(doors()))
@pytest.mark.parametrize("bad", [-1.0, np.nan])
def test_what_makes_no_sense_is_named(call, arguments, wrong, bad):
    call(**arguments)
    with pytest.raises(ValueError, match=rf"^{wrong} must "):
        call(**arguments | {wrong: bad})


def test_there_are_as_many_doors_as_one_would_think():
    assert len(list(doors())) > 80


@pytest.mark.parametrize("law", [KAPLAN_NS, 7.0, None])
def test_a_law_of_another_kind_is_named(law):
    with pytest.raises(ValueError, match=r"^law must be a ChinchillaLaw"):
        RepeatedData(law, 15.0, 5.0)
    with pytest.raises(ValueError, match=r"^critical_batch must be a CriticalBatch"):
        convergence.EfficientTraining(KAPLAN_NS, law)
