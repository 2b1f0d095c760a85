"""The tables of a study: checks, countings, interpolation along curves, and draws of seeds."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated import simulated_study, simulated_tables

from experiments.analysis.counts import COUNTINGS, cost_per_byte, parameters
from experiments.analysis.seed_draws import draw_weights, label_means, over_draws
from experiments.analysis.study import Study, StudyError
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.power_fit import straight

LAW = ChinchillaLaw(1.0, 20.0, 60.0, 0.34, 0.34)


def tables(**options):
    return simulated_tables(LAW, widths=(8, 16, 32), **options)


def test_a_study_without_group_and_status_is_taken_as_finished_sizes():
    runs, curves = tables()
    study = Study.of(runs.drop(columns=["group", "status"]), curves)
    assert set(study.runs["group"]) == {"sizes"}
    assert len(study.left_out) == 0
    assert study.runs["size"].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert study.sizes["N_body"].tolist() == [24 * 64, 24 * 256, 24 * 1024]


def test_runs_that_cannot_be_used_are_left_out_with_the_reason():
    runs, curves = tables(diverged=1)
    curves.loc[curves["run"] == "d16-s1", "loss"] = np.nan
    study = Study.of(runs, curves[curves["run"] != "d32-s2"])
    said = dict(zip(study.left_out["run"], study.left_out["reason"], strict=True))
    assert said == {
        "d8-s0": "diverged",
        "d16-s1": "a loss is not a number",
        "d32-s2": "fewer than 3 points",
    }
    assert len(study.runs) == 6
    assert len(study.group("sizes").left_out) == 3


def test_a_nan_in_another_text_leaves_the_run_out_too():
    runs, curves = tables(texts={"novel": (1.0, 0.1)})
    curves.loc[3, "loss_novel"] = np.inf
    assert Study.of(runs, curves).left_out["run"].tolist() == ["d8-s0"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda r, c: (r.drop(columns="N_head"), c), "runs has no column N_head"),
        (lambda r, c: (r, c.drop(columns="loss")), "curves has no column loss"),
        (lambda r, c: (pd.concat([r, r]), c), "'d8-s0' twice"),
        (lambda r, c: (r[1:], c), "not listed: 'd8-s0'"),
        (lambda r, c: (r, pd.concat([c, c])), "two rows of the same bytes_seen"),
        (lambda r, c: (r.assign(status="diverged"), c), "no run can be used: diverged"),
    ],
)
def test_bad_tables_are_refused(spoil, said):
    with pytest.raises(StudyError, match=said):
        Study.of(*spoil(*tables()))


def test_sizes_must_be_positive_and_groups_known():
    runs, curves = tables()
    with pytest.raises(ValueError, match="N_body must be positive"):
        Study.of(runs.assign(N_body=0), curves)
    with pytest.raises(ValueError, match="group 'depth' is not known"):
        Study.of(runs, curves).group("depth")


def test_rows_before_training_are_dropped():
    runs, curves = tables()
    start = pd.DataFrame({"run": ["d8-s0"], "bytes_seen": [0.0], "loss": [5.5], "step": [0]})
    assert len(Study.of(runs, pd.concat([start, curves])).curves) == len(curves)


def test_the_embedding_free_counting_may_leave_n_embedding_at_zero():
    runs, curves = tables()
    assert len(Study.of(runs.assign(N_embedding=0), curves).runs) == len(runs)


def test_interpolation_follows_the_law_and_never_leaves_the_curve():
    study = simulated_study(LAW, widths=(8, 16, 32), counting="all parameters")
    D = np.array([1e3, 23456.0, 1.0e6, 39e6, 41e6])
    found = study.loss_at(D)
    assert np.isnan(found[:, [0, 4]]).all()
    N = parameters(study.runs, "all parameters")
    truth = LAW.loss(N[:, np.newaxis], D[1:4])
    assert np.abs(found[:, 1:4] - truth).max() < 5e-5
    # The ends themselves belong to the curve.
    assert np.isfinite(study.loss_at(study.last[:, np.newaxis])).all()


def test_counts_add_up():
    runs, _ = tables()
    body, head, everything = (parameters(runs, counting) for counting in COUNTINGS)
    assert (head - body == runs["N_head"]).all()
    assert (everything - head == runs["N_embedding"]).all()
    assert (cost_per_byte(runs, "all parameters") == 6.0 * everything).all()
    assert (cost_per_byte(runs, "all parameters", "exact") == runs["flops_per_byte"]).all()
    with pytest.raises(ValueError, match="counting 'all' is not known"):
        parameters(runs, "all")
    with pytest.raises(ValueError, match="compute 'true' is not known"):
        cost_per_byte(runs, "all parameters", "true")


@given(st.integers(2, 6), st.integers(0, 1000))
def test_a_resampled_mean_varies_as_a_mean_of_runs_does(seeds, seed):
    """The variance over all resamples is s^2 / n with the unbiased s, whatever the values."""
    values = np.random.default_rng(seed).normal(size=seeds)
    label = np.zeros(seeds, dtype=np.intp)
    weights = draw_weights(label, 4000, seed, fewer=True)
    means = label_means(weights, values[:, np.newaxis], label)[:, 0, 0]
    assert means.var() == pytest.approx(values.var(ddof=1) / seeds, rel=0.15)


def test_one_run_of_each_size_gives_the_doubt_of_a_study_with_one_seed():
    label, values = np.zeros(3, dtype=np.intp), np.array([[0.0], [1.0], [5.0]])
    weights = draw_weights(label, 6000)
    assert (weights.sum(axis=1) == 1.0).all()
    fewer = label_means(draw_weights(label, 6000, fewer=True), values, label)
    ratio = label_means(weights, values, label).var() / fewer.var()
    assert ratio == pytest.approx(2.0, rel=0.1)


def test_means_leave_out_what_is_missing():
    label = np.array([0, 0, 1])
    values = np.array([[1.0, np.nan], [3.0, 5.0], [np.nan, 7.0]])
    found = label_means(np.ones((1, 3)), values, label)[0]
    assert found[0].tolist() == [2.0, 5.0]
    assert np.isnan(found[1, 0])
    assert found[1, 1] == 7.0


def test_draws_that_failed_are_counted_and_not_hidden():
    found = over_draws(np.array([1.0, np.nan, *np.arange(1.0, 12.0)]), 0.5)
    assert (found.resamples, found.low) == (11, 3.0)
    assert np.isnan(over_draws(np.array([1.0, *np.full(3, np.nan)])).low)
    tenth = over_draws(np.array([1.0, np.nan, np.nan, *np.arange(1.0, 10.0)]), 0.5)
    assert np.isnan([tenth.low, tenth.high]).all()


def test_lines_are_least_squares_with_weights_and_with_gaps():
    rng = np.random.default_rng(0)
    x, y = rng.uniform(1, 3, 9), rng.uniform(1, 3, 9)
    weights = np.vstack([rng.integers(0, 3, (5, 9)).astype(float), np.eye(9)[0]])
    found = straight(x, y, weights)
    for row, slope, intercept in zip(weights[:5], found.slope, found.intercept, strict=False):
        expected = np.polyfit(np.repeat(x, row.astype(int)), np.repeat(y, row.astype(int)), 1)
        np.testing.assert_allclose([slope, intercept], expected)
    assert np.isnan(found.slope[5])
    y = np.where(rng.random((20, 9)) < 0.6, np.nan, rng.normal(size=(20, 9)))
    for row, slope in zip(y, straight(x, y).slope, strict=True):
        there = np.isfinite(row)
        if there.sum() > 1:
            assert slope == pytest.approx(np.polyfit(x[there], row[there], 1)[0])
        else:
            assert np.isnan(slope)
