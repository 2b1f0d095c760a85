"""A plan for a budget: right where the answer is known, and plain about how far out it is."""

from __future__ import annotations

import json
import re
from dataclasses import asdict

import numpy as np
import pytest
from planning import TRUTH, D, N, fitted, runs
from scipy.optimize import minimize_scalar

from scaling_utils.laws import ChinchillaLaw
from scaling_utils.laws.chinchilla import efficiency_of_size
from scaling_utils.own.budget import plan
from scaling_utils.own.fits import fit
from scaling_utils.own.runs import Runs


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
