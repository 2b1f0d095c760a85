"""One run: what it records, that it repeats itself, and that failure is recorded too."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from experiments.transformers.plan import Run, size
from experiments.transformers.train import (
    CONSTANT_UNTIL,
    CONTEXT,
    FIRST_MARK,
    WARM_UP,
    batches,
    fixed_windows,
    learning_rate,
    marks,
    train,
)

CPU = torch.device("cpu")
STEP = 4 * CONTEXT


def short(**changes: object) -> Run:
    return size(8, **{"seed": 0, "bytes_planned": 2**16, **changes})


@pytest.fixture(scope="module")
def record(texts):
    return train(short(), texts)


def test_a_run_learns_and_says_what_it_did(record, texts):
    assert record.run["status"] == "finished"
    assert record.run["bytes_seen"] == 2**16
    assert record.run["steps"] * STEP == 2**16
    assert record.curve[-1]["loss"] < 0.5 * math.log(256)
    assert record.curve[-1]["loss"] < record.curve[0]["loss"]
    assert record.run["loss_far"] > 1.5 * record.run["loss"]
    assert [row["bytes_seen"] for row in record.curve] == [2**15, 46592, 2**16]
    for row in (record.run, *record.curve):
        assert row["corpus_sha256"] == texts.sha256
        assert row["torch"] == torch.__version__
    assert record.run["flops_per_second"] == pytest.approx(
        record.run["flops_per_byte"] * record.run["bytes_per_second"]
    )


def test_the_same_seed_gives_the_same_losses(record, texts):
    assert train(short(), texts).curve == record.curve


def test_another_seed_gives_other_losses(record, texts):
    assert train(short(seed=1), texts).curve[-1]["loss"] != record.curve[-1]["loss"]


def test_divergence_is_recorded_with_the_curve_up_to_it(texts):
    broken = train(short(group="learning rate", rate=1e4), texts)
    assert broken.run["status"] == "diverged"
    assert 0 < broken.run["bytes_seen"] < 2**16
    assert len(broken.curve) >= 1
    assert not broken.curve[-1]["loss"] < 1.5 * math.log(256)


def test_a_dedicated_decay_measures_the_weights_themselves(texts):
    run = train(short(group="dedicated decay", schedule="decay"), texts).run
    assert run["loss"] == pytest.approx(run["loss_raw_weights"], rel=1e-6)


def test_the_average_is_not_the_last_weights(record):
    assert record.run["loss"] != pytest.approx(record.run["loss_raw_weights"], rel=1e-6)


def test_repeated_text_is_seen_again(texts):
    run = short(group="fixed data", unique_bytes=2**13)
    assert train(run, texts).run["unique_bytes"] == 2**13


def test_each_window_once_before_any_comes_again():
    text = (np.arange(20 * CONTEXT + 1) // CONTEXT).astype(np.uint8)
    run = short(batch=5)
    stream = batches(text, run, CPU)
    epochs = [[int(w[0]) for _ in range(4) for w in next(stream)] for _ in range(2)]
    for epoch in epochs:
        assert sorted(epoch) == list(range(20))
    assert epochs[0] != epochs[1]


def test_too_little_text_is_refused():
    with pytest.raises(ValueError, match="needs 4 windows of text, there are 2"):
        next(batches(np.zeros(2 * CONTEXT + 1, np.uint8), short(), CPU))


def test_windows_to_evaluate_cover_the_text():
    text = np.arange(1000 * CONTEXT, dtype=np.int64) % 251
    windows = fixed_windows(text.astype(np.uint8), 16, CPU)
    assert windows.shape == (16, CONTEXT + 1)
    assert windows[-1, -1] == text[-1] % 256
    assert fixed_windows(text.astype(np.uint8), 5000, CPU).shape[0] == 999


@given(st.integers(1, 200_000), st.sampled_from([STEP, 8 * STEP]))
def test_marks_lie_on_a_grid_that_all_runs_share(steps, per_step):
    found = marks(steps, per_step)
    assert found[-1] == steps
    assert found == sorted(set(found))
    longer = marks(2 * steps, per_step)
    assert set(found[:-1]) <= set(longer)
    assert all(step * per_step >= FIRST_MARK - per_step for step in found[:-1])


def test_the_rate_has_no_horizon():
    run = short()
    for step in (1, WARM_UP, CONSTANT_UNTIL, 4 * CONSTANT_UNTIL):
        assert learning_rate(step, run, 5000) == learning_rate(step, run, 50_000)
    assert learning_rate(WARM_UP // 2, run, 5000) == 0.5
    assert learning_rate(WARM_UP, run, 5000) == learning_rate(CONSTANT_UNTIL, run, 5000) == 1
    assert learning_rate(4 * CONSTANT_UNTIL, run, 5000) == 0.5


def test_a_decay_takes_the_last_fifth():
    run = short(schedule="decay")
    assert learning_rate(4000, run, 5000) == 1
    assert learning_rate(4501, run, 5000) == pytest.approx(0.5)
    assert learning_rate(5000, run, 5000) == pytest.approx(1e-3)


def test_a_larger_run_joins_the_others(record, texts):
    """The plan for an accelerator differs in batch and shape only; tried here on the processor."""
    larger = Run("larger", 2, 16, 1, bytes_planned=2**16, seed=0, batch=32)
    there = train(larger, texts, device="cpu")
    assert there.run.keys() == record.run.keys()
    assert there.curve[0].keys() == record.curve[0].keys()
    assert there.run["context"] == record.run["context"]
    assert there.run["steps"] * 8 == record.run["steps"]
