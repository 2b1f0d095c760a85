"""Whatever a law is asked, a number that makes no sense is named as it stands in the call."""

import inspect

import numpy as np
import pytest

from scaling_utils import published
from scaling_utils.laws import (
    ChinchillaLaw,
    CriticalBatch,
    KaplanND,
    KaplanNS,
    PowerLaw,
    PowerWithFloor,
    chinchilla,
    convergence,
    lifetime,
)
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


def public(name):
    """Whether readers call it; two underscores are in what a tool has put beside it."""
    return not name.startswith("_") and "__" not in name and name not in INNER


def methods():
    for law in LAWS:
        for name, method in inspect.getmembers(law, inspect.ismethod):
            if public(name):
                yield f"{type(law).__name__}.{name}", method, {}


def functions():
    for module, law in ((chinchilla, HOFFMANN), (lifetime, HOFFMANN), (convergence, KAPLAN_NS)):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and public(name):
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
        if "law" in given:
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


@pytest.mark.parametrize("law", [PowerLaw(1e13, 0.08, "N"), PowerWithFloor(1.7, 400, 0.3, "D")])
def test_the_factor_of_a_power_is_named_by_its_variable(law):
    with pytest.raises(ValueError, match=rf"^{law.variable} must be positive, got -1"):
        law.loss(-1.0)
    with pytest.raises(ValueError, match=r"^loss must be positive, got -1"):
        law.inverse(-1.0)


def test_ratios_and_fractions_of_a_power_are_named():
    law = PowerLaw(1e13, 0.08, "N")
    with pytest.raises(ValueError, match=r"^ratio must be positive"):
        law.factor(-1.0)
    with pytest.raises(ValueError, match=r"^excess must be positive"):
        law.worth(-1.0)
    with pytest.raises(ValueError, match=r"^variable 'X' is not known; expected one of .*N"):
        PowerLaw(1e13, 0.08, "X")


STEEP = ChinchillaLaw(1.0, 1e4, 1e-4, 0.002, 0.003)
FLAT = ChinchillaLaw(1.0, 1e4, 1e4, 0.002, 0.003)
MANY = ChinchillaLaw(1.0, 1e4, 1e4, 0.002, 0.3)
LONG = ChinchillaLaw(1.0, 1e4, 1e4, 0.3, 0.002)
EFFICIENT = convergence.EfficientTraining(KAPLAN_NS, BATCH)


def efficient(N_c, S_c, exponent):
    law = KaplanNS(N_c, S_c, exponent, exponent)
    return convergence.EfficientTraining(law, CriticalBatch(2e8, exponent))


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: STEEP.G, "G"),
        (lambda: STEEP.optimal_tokens_for(1e9), "D"),
        (lambda: STEEP.optimal_parameters_for(1e9), "N"),
        (lambda: FLAT.compute_for_loss(1.01), "C"),
        (lambda: FLAT.smallest_model(1.01), "N"),
        (lambda: FLAT.fewest_tokens(1.01), "D"),
        (lambda: PowerLaw(1e13, 1e-3, "N").inverse(0.1), "N"),
        (lambda: PowerWithFloor(1.7, 400, 1e-3, "D").inverse(2.0), "D"),
        (lambda: CriticalBatch(2e8, 1e-3).size(0.1), "B_crit"),
        (lambda: KaplanNS(1e13, 1e3, 0.08, 1e-3).steps_to_loss(1e9, 2.1), "S_min"),
        (lambda: EFFICIENT.compute_for_loss(1e-20), "C"),
        (lambda: efficient(1e149, 1e149, 0.1).C_c, "C_c"),
        (lambda: efficient(1e13, 1e3, 50.0).loss(1e300), "loss"),
        (lambda: efficient(1e290, 1e-290, 0.1).N_opt(1e300), "N"),
        (lambda: efficient(1e-300, 1e300, 0.1).steps(1e300), "S_min"),
        (lambda: convergence.cost_of_stopping_at(MANY, 1e21, 5.0), "N"),
        (lambda: convergence.cost_of_stopping_at(LONG, 1e21, 0.01), "D"),
    ],
)
def test_what_no_number_can_hold_is_named(call, name):
    with pytest.raises(ValueError, match=rf"^{name} would be about 10\^-?\d+, beyond double"):
        call()


@pytest.mark.parametrize("told", ["warn", "raise"])
def test_what_lies_beyond_double_precision_is_named_whatever_numpy_is_told(told):
    with np.errstate(all=told):
        beyond()


def beyond():
    with pytest.raises(ValueError, match=r"^D would lie beyond double precision"):
        published.law("kaplan2020/L(N,D)").tokens_needed(1e300, 1e-300)
    with pytest.raises(ValueError, match=r"^D would lie beyond double precision"):
        KaplanND(1e13, 1e-300, 0.9, 0.1).tokens_needed(1e2, 1e30)
    with pytest.raises(ValueError, match=r"^total FLOPs would lie beyond double precision"):
        lifetime.total_flops(1e300, 1e300, 1.0)
    with pytest.raises(ValueError, match=r"^total FLOPs would lie beyond double precision"):
        lifetime.total_flops(1e-300, 1e-300, 0.0)
