"""What a fit is asked, it answers rightly or refuses in words: plans, predictions, intervals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st
from judging import Kept, judged
from planning import runs as made_up
from trying import tried
from values import NUMBERS, ODD_VALUES, TEXTS, off

from scaling_utils.isoflop import isoflops
from scaling_utils.own import budget, intervals, likelihood, validation
from scaling_utils.own.fits import Fit, fit

TRIED_HERE = ("plan", "interval_of", "constants_of", "prediction", "profile_of")
ASKED_OF_A_FIT = ("leave_one_size_out", "roll_forward")
INSIDE = ("Choice", "choice", "resamples_of", "widened", "plain_level", "sharpness")
RESULTS = ("Plan", "Spending", "Profile")

ANY = NUMBERS | ODD_VALUES | TEXTS
QUIET = ANY.filter(lambda value: not callable(value))


@pytest.fixture(scope="module")
def rough() -> Fit:
    """A fit of thirty runs, with few resamples."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intervals, "RESAMPLES", 40)
        patch.setattr(intervals, "TRIED", 20)
        found = fit(made_up())
        assert len(found.resamples.laws) == 40
    return found


def levels() -> st.SearchStrategy[Any]:
    return ANY | st.floats(0.01, 0.99)


def _plan(fit: Fit, **asked: Any) -> Any:
    """A plan; where it has no intervals it says so, and why."""
    made = fit.plan(**asked)
    return Kept(made) if any("no intervals" in said for said in made.warnings) else made


QUESTIONS: dict[str, tuple[tuple[str, ...], Callable[..., Any], st.SearchStrategy[Any]]] = {
    "plan": (("C", "FLOPs"), lambda fit, x: _plan(fit, C=x), ANY | off(1e22)),
    "plan, far": (
        ("C", "FLOPs"),
        lambda fit, x: _plan(fit, C=x, extrapolate=True),
        ANY | off(1e22),
    ),
    "plan, factor": (
        ("flops_per_parameter_token", "FLOPs"),
        lambda fit, x: _plan(fit, C=1e21, flops_per_parameter_token=x),
        ANY | off(6.0),
    ),
    "plan, flops": (("flops",), lambda fit, x: _plan(fit, C=1e21, flops=x), NUMBERS | TEXTS),
    "plan, unique": (("unique",), lambda fit, x: _plan(fit, C=1e21, unique=x), ANY),
    "plan, level": (("level",), lambda fit, x: _plan(fit, C=1e21, level=x), levels()),
    "predict, N": (("N", "shapes"), lambda fit, x: fit.predict(x, 2e10), ANY | off(1e9)),
    "predict, D": (("D", "shapes"), lambda fit, x: fit.predict([1e9, 2e9], x), ANY | off(2e10)),
    "predict, level": (("level",), lambda fit, x: fit.predict(1e9, 2e10, level=x), levels()),
    "interval": (("quantity",), lambda fit, x: fit.interval(x), QUIET),
    "interval, level": (("level",), lambda fit, x: fit.interval("a", x), levels()),
    "constants": (("level",), lambda fit, x: fit.constants(x), levels()),
    "profile": (("constant",), lambda fit, x: fit.profile(x), ODD_VALUES | TEXTS | NUMBERS),
    "without": (("rows",), lambda fit, x: Kept(fit.runs.without(x, "odd")), ANY),
    "only": (("x",), lambda fit, x: Kept(fit.runs.only(x)), ODD_VALUES | TEXTS | NUMBERS),
    "columns": (("form",), lambda fit, x: fit.runs.columns(x), ODD_VALUES | TEXTS | NUMBERS),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_fit_answers_or_refuses(question: str, rough: Fit, record_property) -> None:
    names, ask, values = QUESTIONS[question]

    def look(value: Any) -> None:
        judged(lambda: ask(rough, value), names, infinite=True)

    tried("answers of a fit", values, look, record_property)


@pytest.mark.parametrize("name", ["draws", "share", "level", "seed", "exponent"])
def test_isoflops_answer_or_refuse(name: str, rough: Fit, record_property) -> None:
    runs = rough.runs
    size, C = np.meshgrid(np.geomspace(1e8, 1e10, 8), [1e20, 1e21, 1e22, 1e23])
    loss = rough.law.loss(size.ravel(), (C / 6 / size).ravel())
    found = isoflops(size.ravel(), (C / 6 / size).ravel(), loss, budgets=[1e20, 1e21, 1e22, 1e23])
    values = ANY.filter(lambda x: not isinstance(x, int | float) or not 50 < x <= 1e6)

    def look(value: Any) -> None:
        asked_for = {"draws": 5, "share": 0.8, name: value}
        judged(lambda: found.interval(**asked_for), [name, "draws"])

    assert len(runs) == 30
    tried("answers of a fit", values, look, record_property)


def test_what_a_fit_offers_is_asked_here() -> None:
    """A method that is new must be asked here, or be one of those that take nothing odd."""
    quiet = {"plot", "save", "report", "leave_one_size_out", "roll_forward"}
    told = {name for name in vars(Fit) if not name.startswith("_")} - {*Fit.__annotations__}
    plain = {name for name in told if not callable(getattr(Fit, name))}
    assert told - plain - quiet == {question.partition(",")[0] for question in QUESTIONS} - {
        "without",
        "only",
        "columns",
    }
    asked = [budget.plan, intervals.interval_of, intervals.constants_of, intervals.prediction]
    asked += [likelihood.profile_of, validation.leave_one_size_out, validation.roll_forward]
    there = [held for held in vars(Fit).values() if callable(held)]
    assert all(each in there for each in asked)
