"""Loss on other text: lines and intervals on studies whose answer is known."""

import json

import numpy as np
import pandas as pd
import pytest

from experiments.analysis import Study, StudyError, simulated_study, simulated_tables
from experiments.analysis import text_transfer as transfer
from experiments.analysis.lines import fit_lines
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.transfer import TransferLaw

LAW = ChinchillaLaw(1.0, 20.0, 60.0, 0.34, 0.34)
SLOPE, OFFSET = 0.9, 0.3


def world(*, in_training=0.0, scatter=0.0, seed=0, shape=None, **options):
    """A study whose other text follows a line, with a deviation of each size, and in training."""
    runs, curves = simulated_tables(
        LAW, texts={"novel": (SLOPE, OFFSET)}, noise=0.01, seed=seed, **options
    )
    width = curves["run"].str.extract(r"d(\d+)-", expand=False).astype(int)
    random = np.random.default_rng(seed + 1000)
    own = {w: random.normal(0, scatter) for w in sorted(set(width))}
    if shape is not None:
        curves["loss_novel"] = shape(curves["loss"])
    last = curves.groupby("run")["bytes_seen"].transform("max")
    early = curves["bytes_seen"] < 0.99 * last
    curves["loss_novel"] += width.map(own) + in_training * early
    return Study.of(runs, curves)


def test_the_line_comes_back_and_phases_agree():
    found = transfer(world(), "novel", resamples=200)
    assert found.status == "ok"
    for line in (found.ends, found.along):
        assert line.slope.estimate == pytest.approx(SLOPE, abs=1e-9)
        assert line.offset.estimate == pytest.approx(OFFSET + (SLOPE - 1) * found.anchor, abs=1e-9)
        assert line.residual == pytest.approx(0.0, abs=1e-9)
        assert line.correlation == pytest.approx(1.0)
    assert found.difference.estimate == pytest.approx(0.0, abs=1e-9)


def test_a_difference_between_the_phases_is_found_at_equal_loss():
    found = transfer(world(in_training=0.05, scatter=0.005), "novel")
    assert found.difference.low < 0.05 < found.difference.high
    assert found.difference.low > 0.03
    inside = found.by_loss.dropna()
    assert len(inside) >= 3
    assert np.abs(inside["difference"] - 0.05).max() < 0.02
    # The line of the finished models is not touched by what happens before.
    assert found.ends.slope.low < SLOPE < found.ends.slope.high


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    held = {"slope": 0, "difference": 0}
    for k in range(25):
        study = world(in_training=0.02, scatter=0.01, seeds=2, seed=k)
        found = transfer(study, "novel", resamples=200, level=0.9)
        held["slope"] += found.ends.slope.low <= SLOPE <= found.ends.slope.high
        held["difference"] += found.difference.low <= 0.02 <= found.difference.high
    assert min(held.values()) >= 18
    assert max(held.values()) <= 25


@pytest.mark.parametrize(
    ("shape", "trend"),
    [
        (lambda loss: loss + 0.3, "a constant difference"),
        (lambda loss: 1.2 * loss, "a constant factor"),
        (lambda loss: 0.8 * loss + 0.6, "the offset grows as the model improves"),
        (lambda loss: 1.5 * loss - 0.3, "the offset shrinks as the model improves"),
    ],
)
def test_trends_have_their_words(shape, trend):
    found = transfer(world(shape=shape, scatter=0.002), "novel", resamples=300)
    assert found.ends.trend == trend


def test_growth_is_that_of_the_law_of_transfer():
    law = TransferLaw(0.3, 2.0, 0.7)
    found = transfer(world(shape=law.loss), "novel", resamples=50)
    assert found.ends.growth.estimate == pytest.approx(0.7, abs=1e-9)


def test_a_text_unlike_anything_seen_is_called_scattered():
    found = transfer(world(shape=lambda loss: 0.0 * loss + 5.0, scatter=0.5), "novel")
    assert found.status.startswith("scattered")
    assert found.ends.residual > 0.2


def test_a_slope_that_could_be_anything_is_no_constant_difference():
    found = transfer(world(shape=lambda loss: loss + 0.5, scatter=0.3), "novel")
    assert found.ends.slope.low < 1.0 < found.ends.slope.high
    assert found.ends.trend == "undecided: the interval of the slope is too wide"


def test_the_tables_say_what_was_used_and_it_is_json():
    study = world(diverged=1)
    found = transfer(study, "novel", resamples=20)
    assert found.left_out == 1
    assert len(found.models) == len(study.runs) == found.points
    assert found.by_size["N"].is_monotonic_increasing
    assert (found.by_size["runs"] <= 3).all()
    said = json.loads(json.dumps(found.to_dict()))
    assert said["numbers"]["difference at equal loss"]["resamples"] == 20
    assert "finished models" in found._repr_html_()


def test_points_along_a_curve_are_no_independent_witnesses():
    """Twice as many evaluations must not make an interval narrower."""
    runs, curves = simulated_tables(LAW, texts={"novel": (SLOPE, OFFSET)}, noise=0.01)
    thin = curves.groupby("run").nth(slice(None, None, 2))
    ends = curves.groupby("run").tail(1)
    thin = pd.concat([thin, ends]).drop_duplicates(["run", "bytes_seen"])
    rng = np.random.default_rng(0)
    own = {run: rng.normal(0, 0.02) for run in runs["run"]}
    wide = []
    for table in (curves, thin):
        moved = table.assign(loss_novel=table["loss_novel"] + table["run"].map(own))
        found = transfer(Study.of(runs, moved), "novel").difference
        wide.append(found.high - found.low)
    assert wide[0] == pytest.approx(wide[1], rel=0.25)


def test_too_few_sizes_and_unknown_texts_are_refused():
    with pytest.raises(ValueError, match="text 'poem' is not known; expected one of novel"):
        transfer(world(), "poem")
    few = simulated_study(LAW, widths=(8, 16, 32), texts={"novel": (1.0, 0.0)})
    with pytest.raises(StudyError, match="3 sizes are too few"):
        transfer(few, "novel")
    flat = world()
    flat.curves["loss"] = 2.0
    with pytest.raises(StudyError, match="same validation loss"):
        transfer(flat, "novel")


def test_lines_of_resamples_are_least_squares():
    rng = np.random.default_rng(0)
    x, y = rng.uniform(1, 3, 9), rng.uniform(1, 3, 9)
    weights = rng.integers(0, 3, (5, 9)).astype(float)
    weights = np.vstack([weights, np.eye(9)[0]])
    found = fit_lines(weights, x, y)
    for row, slope, intercept in zip(weights[:5], found.slope, found.intercept, strict=False):
        expected = np.polyfit(np.repeat(x, row.astype(int)), np.repeat(y, row.astype(int)), 1)
        np.testing.assert_allclose([slope, intercept], expected)
    assert np.isnan(found.slope[5])
