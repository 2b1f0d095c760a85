"""A plan by every form of law, and of fits and resamples that say little."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
from planning import KAPLAN, TRUTH, D, N, fitted, runs
from scipy.optimize import minimize_scalar

from scaling_utils.fitting.resample import bootstrap
from scaling_utils.fitting.result import FitError
from scaling_utils.laws import ChinchillaLaw, KaplanNS, PowerLaw
from scaling_utils.laws.repeated import RepeatedData
from scaling_utils.own.budget import Spending, plan
from scaling_utils.own.fits import fit
from scaling_utils.own.runs import Runs


def by_search(loss, C):
    """The best size for 6 N D = C, from a search of its own."""
    found = minimize_scalar(
        lambda x: loss(np.exp(x), C / (6 * np.exp(x))),
        bounds=np.log([1e6, 1e13]),
        method="bounded",
        options={"xatol": 1e-10},
    )
    return np.exp(found.x), found.fun


def test_kaplans_law_is_planned_by_a_search():
    law = KAPLAN
    found = plan(fitted(law, [law, law.with_values(alpha_N=0.08)]), 1e22)
    size, loss = by_search(law.loss, 1e22)
    assert found.N.estimate == pytest.approx(size, rel=1e-5)
    assert found.loss.estimate == pytest.approx(loss, rel=1e-12)
    assert found.N.low < found.N.high
    nats, share = found.off["twice"]
    worse = law.loss(2 * size, 1e22 / (12 * size))
    assert nats == pytest.approx(worse - loss, rel=1e-6)
    assert by_search(law.loss, (1 - share) * 1e22)[1] == pytest.approx(worse, rel=1e-7)


@pytest.mark.parametrize(
    ("form", "law", "options"),
    [("kaplan-nd", KAPLAN, {}), ("chinchilla", TRUTH, {"tie": {"alpha": "beta"}})],
)
def test_a_plan_follows_the_form_and_the_constraints_of_the_fit(form, law, options):
    found = fit(runs(law=law), form, **options)
    vars(found)["resamples"] = bootstrap(found.found, resamples=20)
    small, large = found.plan(1e21), found.plan(1e23)
    for each in (small, large):
        size, loss = by_search(found.law.loss, each.C)
        assert each.N.estimate == pytest.approx(size, rel=1e-5)
        assert each.loss.estimate == pytest.approx(loss, rel=1e-10)
        assert each.N.low < each.N.estimate < each.N.high
        assert each.N.resamples == 20
    same = small.tokens_per_parameter.estimate / large.tokens_per_parameter.estimate
    assert (abs(same - 1) < 1e-6) is (form == "chinchilla")


def test_repeated_data_are_planned_on_the_tokens_there_are():
    law = RepeatedData(ChinchillaLaw(1.87, 521, 1488, 0.35, 0.35), 15.4, 5.3)
    held = runs()
    held = Runs(N=N, D=D, loss=held.loss, C=held.C, unique=np.full(N.size, 25e9))
    found = plan(fitted(law, like=held), 9.3e21, unique=25e9)
    best = law.best(9.3e21, 25e9)
    assert (found.N.estimate, found.D.estimate, found.loss.estimate) == pytest.approx(
        (best.N, best.D, best.loss), rel=1e-5
    )
    assert found.outside["unique"] == 0.0
    assert "25 billion tokens are unique, as given" in " ".join(str(found).split())
    with pytest.raises(ValueError, match=r"unique 2\.6 decades above"):
        plan(fitted(law, like=held), 9.3e21, unique=1e13)
    alone = plan(fitted(law, like=held), 9.3e21)
    assert alone.N.estimate == found.N.estimate
    assert "tokens are unique, the most that a run had" in " ".join(str(alone).split())
    with pytest.raises(ValueError, match="unique, the tokens there are"):
        plan(fitted(TRUTH), 9.3e21, unique=25e9)


def test_many_laws_at_once_are_searched_as_one_after_the_other():
    many = ChinchillaLaw.stack([TRUTH, TRUTH.with_values(alpha=0.4), TRUTH.with_values(E=0.0)])
    budget = Spending(1e22, 6.0, lambda n, d: 6 * n * d, ())
    at_once = budget.best(many)
    assert at_once == pytest.approx(np.log(many.N_opt(1e22)), abs=1e-6)
    assert at_once[1] == pytest.approx(budget.best(TRUTH.with_values(alpha=0.4)), abs=1e-6)


@pytest.mark.parametrize(
    "law", [PowerLaw(8.8e13, 0.076, "N"), KaplanNS(6.5e13, 2.1e3, 0.077, 0.76)]
)
def test_a_form_without_tokens_has_no_plan(law):
    with pytest.raises(ValueError, match="no tokens to plan; chinchilla, kaplan-nd, repeated"):
        plan(fitted(law), 1e22)


def test_a_fit_that_determines_no_law_has_no_plan():
    held = runs(size=np.full(N.size, 1e9))
    with pytest.raises(FitError, match="not identified"):
        fit(held).plan(1e22)


def test_resamples_without_a_best_size_count_and_are_said():
    flat = ChinchillaLaw(1.69, 1e4, 1e-9, 1e-3, 1.0)  # N_opt(C) is beyond every number
    found = plan(fitted(TRUTH, [TRUTH, flat]), 1e22)
    assert found.N.high == pytest.approx(1e22 / 6)
    assert found.D.low == pytest.approx(1.0)
    assert "1 of 2 resamples, which count, have no best size" in found.warnings
    json.dumps(asdict(found), allow_nan=False)


def test_a_law_whose_optimum_makes_no_sense_is_refused():
    steep = ChinchillaLaw(1.69, 1e40, 1.0, 1.0, 0.3)
    with pytest.raises(ValueError, match="no best size above one parameter and token"):
        plan(fitted(steep), 1e22, extrapolate=True)


def test_resamples_that_say_too_little_leave_a_plan_without_intervals():
    def refused(*_):
        raise ValueError("30 of 100 resamples are left out")

    thin = fitted(TRUTH)
    thin.interval = refused
    found = plan(thin, 1e22)
    assert found.N.estimate == pytest.approx(TRUTH.N_opt(1e22))
    assert np.isnan([found.N.low, found.D.high, found.loss.low]).all()
    assert found.warnings == ("no intervals: 30 of 100 resamples are left out",)
    assert "no intervals" in str(found)


def test_a_status_that_is_not_the_best_is_passed_on():
    found = plan(fitted(TRUTH, status="two minima"), 1e22)
    assert found.warnings == ("the fit is two minima: it says why",)
