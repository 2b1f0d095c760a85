"""The shared refit: certified, near the published one, the same at every call."""

from __future__ import annotations

import numpy as np
import pytest

from reanalysis import figure4
from reanalysis.refit import refit, refit_with, refit_without, resamples
from scaling_utils import published
from scaling_utils.laws.convergence import best_excess, cost_of_stopping_at
from scaling_utils.laws.lifetime import inference_optimum
from scaling_utils.power_fit import interval
from scaling_utils.units import PF_DAY


def test_the_refit_is_certified_and_agrees_with_the_published_refit_within_its_interval():
    fit = refit()
    assert fit.status == "converged"
    theirs = published.law("besiroglu2024")
    for quantity in ("E", "alpha", "beta", "a"):
        interval = resamples().interval(lambda law, q=quantity: getattr(law, q))
        assert interval.low < getattr(theirs, quantity) < interval.high


def test_hoffmanns_own_exponent_is_excluded_only_if_runs_are_independent():
    """Single runs drawn again leave the TeX source's 0.4565 out; budgets drawn again do not."""
    theirs = published.law("hoffmann2022/tex").a
    assert theirs < resamples("runs").interval("a").low
    assert theirs > resamples("budgets").interval("a").low


def test_whole_budgets_drawn_again_widen_the_interval():
    runs, budgets = (resamples(k).interval(lambda law: law.a) for k in ("runs", "budgets"))
    assert budgets.high - budgets.low > 1.2 * (runs.high - runs.low)


def test_resamples_are_the_same_at_every_call():
    assert resamples() is resamples()
    assert resamples("runs").interval("E").low == pytest.approx(1.767, abs=5e-3)


def test_a_budget_is_one_of_the_nine_and_every_other_run_stands_alone():
    groups = figure4.budget_groups()
    C = figure4.points()["C"].to_numpy()
    for k, budget in enumerate(figure4.budgets()):
        assert (abs(np.log(C[groups == k] / budget)) <= figure4.NEAR).all()
        assert (groups == k).sum() >= 9
    alone = groups[groups >= 9]
    assert len(set(alone)) == len(alone)
    assert resamples().kind == "clusters"


def test_intervals_over_the_resamples():
    many, C = resamples().law, 5.76e23
    low, high = interval(best_excess(many, C))
    assert low < best_excess(refit().law, C) < high
    low, high = interval(cost_of_stopping_at(many, np.array([[PF_DAY], [C]]), 0.10))
    assert 1 <= low[0] < cost_of_stopping_at(refit().law, PF_DAY, 0.10) < high[0]
    assert np.isinf(high[1])  # in most resamples no model can stop so far above


def test_every_case_of_sardana_shifts_the_same_way_under_the_refit():
    for N, use in ((7e9, 1e11), (13e9, 2e12), (30e9, 1e13), (70e9, 2e12), (70e9, 1e13)):
        ours, theirs = (
            inference_optimum(law, law.loss(N, law.optimal_tokens_for(N)), use)
            for law in (refit().law, published.law("sardana2023"))
        )
        assert ours.N < theirs.N
        assert ours.saving > theirs.saving


def test_cuts_lie_between_budgets():
    spent, groups = figure4.points()["C"], figure4.budget_groups()
    for end in ("small", "large"):
        for count in range(1, 9):
            kept = figure4.without_budgets(end, count)
            of_budgets = [kept[groups == k] for k in range(9)]
            assert sum(not part.any() for part in of_budgets) == count
            assert all(part.all() or not part.any() for part in of_budgets)
            beyond = spent >= spent[kept].min() if end == "small" else spent <= spent[kept].max()
            assert beyond.sum() == kept.sum()
    with pytest.raises(ValueError, match="count"):
        figure4.without_budgets("small", 9)


def test_small_budgets_decide():
    whole, without = refit().law.a, refit_without("small", 2)
    assert without.fit.law.a < resamples().interval("a").low < whole
    high = refit_without("small", 3).interval("a").high
    assert refit_without("large", 5).interval("a").low > high
    ratio = [float(law.tokens_per_parameter(5.88e23)) for law in (without.fit.law, refit().law)]
    assert ratio[0] > 5 * ratio[1]


def test_outliers_and_delta_move_the_exponent_and_the_refit_is_one_of_the_choices():
    assert refit_with() is refit_with(outliers=5) is refit_with(delta=1e-3) is resamples()
    assert refit_with(outliers=0).fit.law.a > refit().law.a + 0.04
    assert refit_with(delta=0.1).fit.law.a == pytest.approx(0.530, abs=0.001)


def test_intervals_widen_with_what_is_drawn_and_all_hold_twenty():
    kinds = ("residuals", "runs", "budgets", "nearest budget")
    found = [resamples(kind).interval("a") for kind in kinds]
    assert np.all(np.diff([one.high - one.low for one in found]) > 0)
    theirs = float(published.law("hoffmann2022/tex").tokens_per_parameter(5.88e23))
    ratios = [resamples(k).interval(lambda law: law.tokens_per_parameter(5.88e23)) for k in kinds]
    assert all(one.low < 20 < one.high for one in ratios)
    # Hoffmann's own ratio lies outside where runs are single, inside where budgets are drawn.
    assert [one.high > theirs for one in ratios] == [False, False, True, True]
