"""Loss on other text: lines and intervals on studies whose answer is known."""

import numpy as np
import pandas as pd
import pytest
from simulated import simulated_study, simulated_tables

from experiments.analysis.other_text import text_transfer as transfer
from experiments.analysis.study import Study, StudyError
from scaling_utils.laws import ChinchillaLaw

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
    study = world()
    found = transfer(study, "novel", resamples=200)
    for slope in (found.slope, found.along):
        assert slope.estimate == pytest.approx(SLOPE, abs=1e-9)
    anchor = np.median(study.loss_at(study.last[:, np.newaxis]))
    assert found.offset.estimate == pytest.approx(OFFSET + (SLOPE - 1) * anchor, abs=1e-9)
    assert found.difference.estimate == pytest.approx(0.0, abs=1e-9)


def test_a_difference_between_the_phases_is_found_at_equal_loss():
    found = transfer(world(in_training=0.05, scatter=0.005), "novel")
    assert found.difference.low < 0.05 < found.difference.high
    assert found.difference.low > 0.03
    # The line of the finished models is not touched by what happens before.
    assert found.slope.low < SLOPE < found.slope.high


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    held = {"slope": 0, "difference": 0}
    for k in range(25):
        study = world(in_training=0.02, scatter=0.01, seeds=2, seed=k)
        found = transfer(study, "novel", resamples=200)
        held["slope"] += found.slope.low <= SLOPE <= found.slope.high
        held["difference"] += found.difference.low <= 0.02 <= found.difference.high
    assert min(held.values()) >= 20


@pytest.mark.parametrize(
    ("shape", "grows"),
    [
        (lambda loss: loss + 0.3, False),
        (lambda loss: 1.2 * loss, False),
        (lambda loss: 0.8 * loss + 0.6, True),
        (lambda loss: 1.5 * loss - 0.3, False),
    ],
)
def test_the_offset_grows_or_does_not(shape, grows):
    found = transfer(world(shape=shape, scatter=0.002), "novel", resamples=300)
    assert found.grows == grows


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
