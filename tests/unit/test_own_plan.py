"""A plan for a budget: right where the answer is known, and plain about how far out it is."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from scaling_utils.fitting.resample import Interval, bootstrap
from scaling_utils.fitting.result import FitError
from scaling_utils.laws import ChinchillaLaw, KaplanND, KaplanNS, PowerLaw
from scaling_utils.laws.chinchilla import efficiency_of_size
from scaling_utils.laws.repeated import RepeatedData
from scaling_utils.own.budget import Spending, plan
from scaling_utils.own.fits import fit
from scaling_utils.own.runs import Runs

TRUTH = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)
KAPLAN = KaplanND(8.8e13, 5.4e13, 0.076, 0.095)
N = np.repeat(np.geomspace(1e8, 1e10, 6), 5)
D = np.tile(np.geomspace(1e9, 1e12, 5), 6)


def runs(noise=0.004, law=TRUTH, flops=6.0, size=N):
    loss = law.loss(size, D) * np.exp(np.random.default_rng(3).normal(0, noise, N.size))
    return Runs(N=size, D=D, loss=loss, C=flops * size * D)


def fitted(law, laws=None, status="converged", like=None):
    """A fit of a law with some resamples, as far as a plan looks at it."""

    def values_of(quantity):
        return np.array([float(quantity(each)) for each in laws or [law]])

    def interval(quantity, level):
        values = values_of(quantity)
        return Interval(float(quantity(law)), values.min(), values.max(), level, values.size)

    return SimpleNamespace(
        law=law,
        status=status,
        message="it says why",
        runs=like or runs(),
        resamples=SimpleNamespace(values_of=values_of),
        interval=interval,
    )


@pytest.fixture(scope="module")
def noisy():
    return fit(runs())


@pytest.fixture(scope="module")
def planned(noisy):
    return noisy.plan(1e22)


def test_the_best_size_and_tokens_are_those_of_the_law(noisy, planned):
    best = noisy.law.optimal(1e22)
    found = (planned.N, planned.D, planned.tokens_per_parameter, planned.loss)
    said = (best.N, best.D, best.tokens_per_parameter, best.loss)
    assert [each.estimate for each in found] == pytest.approx(said, rel=1e-12)


def test_intervals_are_those_of_the_fit(noisy, planned):
    for interval, quantity in (
        (planned.N, lambda law: law.N_opt(1e22)),
        (planned.D, lambda law: law.D_opt(1e22)),
        (planned.tokens_per_parameter, lambda law: law.tokens_per_parameter(1e22)),
        (planned.loss, lambda law: law.loss_at(1e22)),
    ):
        own = noisy.interval(quantity)
        assert interval.low < interval.estimate < interval.high
        # An order statistic of D is one of N from the other end: at most one resample apart.
        assert (interval.low, interval.high) == pytest.approx((own.low, own.high), rel=0.02)
        assert interval.low < quantity(TRUTH) < interval.high


def test_a_lower_level_is_a_narrower_interval(noisy, planned):
    half = noisy.plan(1e22, level=0.5)
    assert planned.N.low < half.N.low < half.N.high < planned.N.high
    assert half.N.level == 0.5


def test_being_off_costs_what_the_law_says(noisy, planned):
    for name, k in (("half", 0.5), ("twice", 2.0)):
        nats, share = planned.off[name]
        best = noisy.law.optimal(1e22)
        assert nats == pytest.approx(noisy.law.loss(k * best.N, best.D / k) - best.loss, rel=1e-9)
        assert share == pytest.approx(1 - efficiency_of_size(noisy.law, k), rel=1e-6)


def test_a_plan_four_decades_outside_the_runs_must_be_asked_for():
    """The case of a borrower: runs up to 1.5e20 FLOPs, and 1e24 asked."""
    small = np.repeat(np.geomspace(1e7, 1e9, 6), 5)
    tokens = np.tile(np.geomspace(1e8, 2.5e10, 5), 6)
    odd = ChinchillaLaw(1.9, 30.0, 3000.0, 0.18, 0.45)
    loss = odd.loss(small, tokens) * np.exp(np.random.default_rng(0).normal(0, 0.004, 30))
    found = fit(Runs(N=small, D=tokens, loss=loss, C=6 * small * tokens))
    with pytest.raises(ValueError, match=r"plan: C 3\.8 decades above, N 3.*extrapolate=True"):
        found.plan(1e24)
    asked = found.plan(1e24, extrapolate=True)
    assert asked.outside["C"] == pytest.approx(np.log10(1e24 / 1.5e20), abs=1e-9)
    assert any("far outside the runs: C 3.8 decades above" in each for each in asked.warnings)
    assert found.plan(1e20).warnings == ()


@pytest.mark.parametrize(
    ("C", "said"), [(3e23, "C 0.7"), (3e24, "far outside"), (3e16, "far outsid")]
)
def test_distance_is_said_within_a_decade_and_warned_of_beyond(noisy, C, said):
    found = noisy.plan(C)
    assert said in str(found)
    assert bool(found.warnings) is said.startswith("far")
    if C < 1e17:
        assert found.outside["C"] == pytest.approx(np.log10(3e16 / 6e17))
        assert "C 1.3 decades below" in found.warnings[0]


def test_a_budget_far_below_the_runs_must_be_asked_for_too(noisy):
    with pytest.raises(ValueError, match=r"C 3\.8 decades below"):
        noisy.plan(1e14)


def test_what_is_hardly_outside_of_the_runs_is_inside(noisy):
    largest = float(noisy.runs.C.max())
    assert "C 0.1 decades above" in str(noisy.plan(10**0.06 * largest))
    for C in (10**0.04 * largest, largest / 3):
        assert "Outside the runs: nothing." in str(noisy.plan(C))


def test_a_function_of_flops_gives_what_six_gives(noisy, planned):
    found = noisy.plan(1e22, flops=lambda n, d: 6 * n * d)
    for name in ("N", "D", "loss"):
        one, other = getattr(found, name), getattr(planned, name)
        assert (one.estimate, one.low, one.high) == pytest.approx(
            (other.estimate, other.low, other.high), rel=1e-5
        )
    assert found.off["half"] == pytest.approx(planned.off["half"], rel=1e-4)
    assert "flops(N, D), as given" in str(found)


def test_attention_and_a_charge_for_each_model_are_counted(noisy):
    def flops(n, d):
        return (6 * n + 12 * 4096 * n ** (2 / 3)) * d + 1e12 * n

    found = noisy.plan(1e22, flops=flops)
    assert flops(found.N.estimate, found.D.estimate) == pytest.approx(1e22, rel=1e-9)

    def loss(x):
        n = np.exp(x)
        d = (1e22 - 1e12 * n) / (6 * n + 12 * 4096 * n ** (2 / 3))
        return noisy.law.loss(n, d)

    best = minimize_scalar(loss, bounds=np.log([1e8, 9e9]), method="bounded")
    assert found.N.estimate == pytest.approx(np.exp(best.x), rel=1e-3)
    assert found.loss.estimate == pytest.approx(best.fun, rel=1e-10)


def test_the_count_of_the_runs_is_the_default_and_is_said():
    found = fit(runs(noise=0.0, flops=8.0))
    own, usual = found.plan(1e22), found.plan(1e22, flops_per_parameter_token=6)
    assert own.N.estimate * own.D.estimate == pytest.approx(1e22 / 8)
    assert "8 FLOPs per parameter and token, the median of the runs" in str(own)
    assert usual.N.estimate == pytest.approx(TRUTH.N_opt(1e22), rel=1e-6)
    assert "6 FLOPs per parameter and token, as given" in str(usual)
    rounded = runs()
    rounded = Runs(N=N, D=D, loss=rounded.loss, C=1.003 * rounded.C)
    assert "6 FLOPs per parameter and token" in plan(fitted(TRUTH, like=rounded), 1e22).counted


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


@pytest.mark.parametrize(
    ("C", "said"),
    [
        ("1e22", "got text"),
        ([1e22, 1e23], "one number"),
        (True, "booleans"),
        (np.datetime64("2024-01-01"), "dates"),
        (10**400, "beyond double precision"),
        (np.ma.masked_array([1e22], [True]), "masked"),
        (np.nan, "finite"),
        (0.0, "positive"),
        (-1e22, "positive"),
        ([], "empty"),
    ],
)
def test_a_budget_must_be_one_positive_number(C, said):
    with pytest.raises(ValueError, match=said):
        plan(fitted(TRUTH), C)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"flops": 6.0}, "flops must be a function of N and D"),
        ({"flops": lambda n, d: 6 * n * d, "flops_per_parameter_token": 6}, "no other count"),
        ({"flops_per_parameter_token": -6}, "flops_per_parameter_token must be positive"),
        ({"flops": lambda n, d: 6 * n + 0 * d}, "no best size"),
        ({"flops": lambda n, d: 1e40 * n * d}, "no best size"),
        ({"level": 1.5}, "level must lie between 0 and 1"),
    ],
)
def test_a_wrong_option_is_told(noisy, options, said):
    with pytest.raises(ValueError, match=said):
        noisy.plan(1e22, **options)


def test_a_plan_is_read_at_a_glance(planned):
    lines = str(planned).splitlines()
    assert len(lines) <= 15
    assert max(map(len, lines)) <= 80
    assert re.fullmatch(
        r"For 1e\+22 FLOPs: [\d.]+ billion parameters \([\d.]+ to [\d.]+\) on "
        r"[\d.]+ billion tokens \([\d.]+ to [\d.]+\)\.",
        " ".join(f"{lines[0]} {lines[1]}".split()),
    )
    for said in ("Loss 2.1", "tokens per parameter", "Half the size costs", "95 %", "6 FLOPs"):
        assert said in str(planned)
    assert repr(planned) == str(planned)


def test_a_plan_becomes_json(planned):
    back = json.loads(json.dumps(asdict(planned), allow_nan=False))
    assert back["N"]["estimate"] == planned.N.estimate
    assert back["outside"].keys() == {"C", "N", "D"}


def test_a_size_that_cannot_be_trained_loses_all(noisy):
    best = noisy.plan(1e22).N.estimate
    found = noisy.plan(1e22, flops=lambda n, d: np.where(n > 1.5 * best, np.inf, 6 * n * d))
    assert found.N.estimate == pytest.approx(best, rel=1e-4)
    assert found.off["twice"] == (np.inf, 1.0)
    assert "twice the size inf nats, 100 %" in " ".join(str(found).split())
