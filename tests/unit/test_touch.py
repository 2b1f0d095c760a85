"""Laws written as formulas of Vega: evaluated anywhere, they give the law's own numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from scaling_utils import published
from scaling_utils.figures.touch import (
    Button,
    Choice,
    Formula,
    Slider,
    Tick,
    Touch,
    pick,
    when,
)
from scaling_utils.laws.chinchilla import efficiency_of_size, size_overhead

LAW = published.law("besiroglu2024")
WORDS = {"pow": pow, "exp": math.exp, "log": math.log, "round": round, "LN10": math.log(10)}


class Chart:
    """As little of an Altair chart as `Touch` needs."""

    def to_dict(self) -> dict[str, Any]:
        return {"mark": "point", "params": [{"name": "own", "value": 1}]}


def value(formula: Any, **at: float) -> Any:
    return eval(str(formula), {**WORDS, **at})


@pytest.mark.parametrize(
    "method",
    ["N_opt", "D_opt", "loss_at", "tokens_per_parameter", "optimal_tokens_for"],
)
def test_one_argument(method):
    function = getattr(LAW, method)
    traced = function(10 ** Formula("x", 20.0))
    assert traced.start == pytest.approx(function(1e20), rel=1e-12)
    assert value(traced, x=23.5) == pytest.approx(function(10**23.5), rel=1e-12)


@pytest.mark.parametrize(
    "method",
    ["loss", "exchange_rate", "equivalent_compute", "compute_efficiency", "exchange_elasticity"],
)
def test_size_and_tokens(method):
    function = getattr(LAW, method)
    traced = function(Formula("N", 1e9), Formula("D", 1e10))
    assert value(traced, N=70e9, D=1.4e12) == pytest.approx(function(70e9, 1.4e12), rel=1e-10)


def test_functions_of_laws_and_other_laws():
    k = Formula("k", 2.0)
    for function in (efficiency_of_size, size_overhead):
        assert value(function(LAW, k), k=0.7) == pytest.approx(function(LAW, 0.7), rel=1e-12)
    kaplan = published.law("kaplan2020/L(N,D)")
    traced = kaplan.loss(Formula("N", 1e9), Formula("D", 1e10))
    assert value(traced, N=1e8, D=1e11) == pytest.approx(kaplan.loss(1e8, 1e11), rel=1e-12)


def test_many_laws_at_once_give_a_formula_for_each():
    both = type(LAW).stack([LAW, published.law("hoffmann2022/tex")])
    traced = both.loss(Formula("N", 1e9), Formula("D", 1e10))
    said = [value(each, N=1e10, D=1e11) for each in traced]
    assert said == pytest.approx(both.loss(1e10, 1e11), rel=1e-12)


def test_checks_look_at_the_start():
    with pytest.raises(ValueError, match="positive"):
        LAW.loss(Formula("N", -1.0), 1e10)


def test_a_formula_never_becomes_a_number_unseen():
    with pytest.raises(TypeError):
        np.asarray(Formula("N", 1.0), dtype=float)


def test_what_has_no_formula_is_looked_up():
    x = Slider("x", 0, 1, 0.25, 0.5, "x", "{x:.2f}")
    table = x.look_up(x.steps**2)
    assert [value(table, x=float(step)) for step in x.steps] == [0, 0.0625, 0.25, 0.5625, 1]
    with pytest.raises(ValueError, match="5 steps, got 2"):
        x.look_up([1, 2])
    assert str(when("x < 1", "few", x + 1)) == '(x < 1 ? "few" : (x + 1))'
    assert value(pick(Formula("k", 0), [x, 2 * x]), k=1, x=3) == 6


def test_the_card_holds_inputs_signals_and_words():
    x, on = Slider("x", 0, 1, 0.25, 0.5, "x", "{y:.2f}"), Tick("on", 1, "with it")
    law = Choice("law", ["one", "other"], 0, "law")
    twice = Button("twice", x=2 * x)
    card = Touch(Chart(), [x, on, law, twice], {"y": x + on}, "It is **loss|{y:.1f}**.").card()
    params = {each["name"]: each for each in card["spec"]["params"]}
    assert list(params) == ["x", "on", "law", "y", "press_3_x", "own"]
    assert params["y"]["expr"] == "(x + on)"
    assert params["law"]["bind"]["labels"] == ["one", "other"]
    assert card["inputs"][3] == {"kind": "button", "label": "twice", "sets": ["x"]}
    for wrong in ("{z:.1f}", "{y:.3g}"):
        with pytest.raises(ValueError, match="no such name or format"):
            Touch(Chart(), [x], {"y": x}, wrong).card()
