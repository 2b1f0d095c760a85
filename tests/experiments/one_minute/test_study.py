"""A study from its beginning to its end, with what goes wrong on the way."""

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_info

from experiments.analysis.best_sizes import best_sizes
from experiments.analysis.counts import COUNTINGS
from experiments.analysis.seed_draws import Drawn
from experiments.analysis.study import Study
from experiments.one_minute import load_shipped, load_text, run_study
from experiments.one_minute.grid import Grid
from experiments.one_minute.optimiser import Recipe
from experiments.one_minute.text import encode
from experiments.one_minute.train_all import IN_A_BUILD, Progress

TINY = Grid((4, 16), 2.2e8, 30.0)


@pytest.fixture(scope="module")
def text():
    return encode(b"".join(b"%d green bottles, " % (n * n) for n in range(20_000)))


@pytest.fixture(scope="module")
def found(text):
    return run_study(3, TINY, text=text, progress=False)


def same(one, other):
    columns = [name for name in one.runs if name != "seconds"]
    pd.testing.assert_frame_equal(one.runs[columns], other.runs[columns], check_exact=True)
    pd.testing.assert_frame_equal(one.curves, other.curves, check_exact=True)


def test_a_tiny_study_learns(found, text):
    assert found.status == "complete"
    assert found.message == "2 of 2 runs finished (complete)"
    assert found.runs["run"].tolist() == ["h0004-s3", "h0016-s3"]
    assert set(found.runs["status"]) == {"finished"}
    assert found.runs["bytes_seen"].tolist() == found.runs["bytes_planned"].tolist()
    assert set(found.runs["text_sha256"]) == {text.sha256}
    assert set(found.runs["numpy"]) == {np.__version__}
    for run, curve in found.curves.groupby("run"):
        last = curve.iloc[-1]
        row = found.runs.set_index("run").loc[run]
        assert (last["step"], last["bytes_seen"], last["loss"]) == (
            row["steps"],
            row["bytes_seen"],
            row["loss"],
        )
        assert curve["loss"].iloc[-1] < curve["loss"].iloc[0]
    frequencies = np.bincount(text.numbers) / text.numbers.size
    unigram = -np.sum(frequencies * np.log(frequencies))
    assert found.runs["loss"].max() < unigram
    assert found.seconds > found.runs["seconds"].sum() > 0


def test_a_seed_gives_the_same_bytes_and_another_seed_others(found, text):
    again = run_study(3, TINY, text=text, progress=False)
    same(found, again)
    other = run_study(4, TINY, text=text, progress=False)
    assert not np.isclose(other.runs["loss"], found.runs["loss"], rtol=1e-6).any()


def test_a_short_run_is_the_beginning_of_a_long_one(found, text):
    longer = run_study(3, Grid(TINY.widths, 1e9, 60.0), text=text, progress=False)
    both = found.curves.merge(longer.curves, on=["run", "step", "bytes_seen"])
    assert len(both) >= len(found.curves) - len(found.runs) >= 4  # ends may lie between marks
    assert both["loss_x"].tolist() == both["loss_y"].tolist()
    assert both["train_loss_x"].tolist() == both["train_loss_y"].tolist()


@pytest.mark.parametrize("rate", [1e3, 1e38])
def test_a_run_that_diverges_is_recorded(text, rate):
    """A loss that is far too high, and one that is no number."""
    found = run_study(0, TINY, text=text, recipe=Recipe(rate=rate), progress=False)
    assert found.status == "complete"
    assert found.runs["status"].tolist() == ["diverged"] * 2
    assert found.runs["loss"].isna().all()
    assert (found.runs["bytes_seen"] < found.runs["bytes_planned"]).all()
    assert np.isfinite(found.curves["loss"]).all()
    assert "0 of 2 runs finished (complete); diverged: h0004-s0, h0016-s0" in found.message


@pytest.mark.parametrize("status", ["interrupted", "finished"])
def test_a_study_that_is_stopped_keeps_what_it_has(found, text, monkeypatch, status):
    """At the second evaluation, and at the last one of the first run."""
    marks = 2 if status == "interrupted" else (found.curves["run"] == "h0004-s3").sum()
    passed = []

    def stop(self, shape, mark):
        passed.append(mark)
        if len(passed) == marks:
            raise KeyboardInterrupt

    monkeypatch.setattr(Progress, "mark", stop)
    part = run_study(3, TINY, text=text)
    assert part.status == "interrupted"
    assert part.runs["run"].tolist() == ["h0004-s3"]
    assert part.runs["status"].tolist() == [status]
    assert len(part.curves) == marks
    pd.testing.assert_frame_equal(part.curves, found.curves.head(marks))


def test_a_study_that_is_stopped_at_once_is_empty(text, monkeypatch):
    def stop(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("experiments.one_minute.train_all.train", stop)
    part = run_study(3, TINY, text=text, progress=False)
    assert part.status == "interrupted"
    assert part.runs.empty
    assert part.curves.columns.tolist() == ["run", "step", "bytes_seen", "train_loss", "loss"]


def test_one_thread_is_used_and_the_setting_restored(text, monkeypatch):
    def threads():
        return {i["num_threads"] for i in threadpool_info() if i["user_api"] == "blas"}

    before, during = threads(), []
    monkeypatch.setattr(Progress, "mark", lambda *_: during.append(threads()))
    run_study(0, TINY, text=text, progress=False)
    assert set().union(*during) == {1}
    assert threads() == before


def test_a_bar_is_shown_by_hand_and_nothing_in_a_build(text, monkeypatch, capsys):
    monkeypatch.delenv(IN_A_BUILD, raising=False)
    run_study(0, TINY, text=text)
    assert "100%" in capsys.readouterr().err
    monkeypatch.setenv(IN_A_BUILD, "somewhere")
    run_study(0, TINY, text=text)
    assert capsys.readouterr() == ("", "")


def test_a_negative_seed_is_refused(text):
    with pytest.raises(ValueError, match="seed must not be negative"):
        run_study(-1, TINY, text=text)


def test_the_shipped_study_is_what_this_code_gives():
    """Other machines round differently, and runs drift apart: in the third decimal so early."""
    shipped = load_shipped()
    text = load_text()
    found = run_study(2, Grid((4, 32), 3e9, 20.0), text=text, progress=False)
    assert set(shipped.runs["text_sha256"]) == {text.sha256}
    both = found.curves.merge(shipped.curves, on=["run", "step", "bytes_seen"])
    assert len(both) > 6
    np.testing.assert_allclose(both["loss_x"], both["loss_y"], atol=5e-3)
    columns = ["run", "width", "N_embedding", "N_body", "N_head", "flops_per_byte"]
    own = shipped.runs[shipped.runs["run"].isin(found.runs["run"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(found.runs[columns], own[columns], check_dtype=False)


@pytest.mark.parametrize("counting", COUNTINGS)
def test_the_shipped_study_has_a_minimum_inside_at_every_budget(counting):
    shipped = load_shipped()
    drawn = Drawn.of(Study.of(shipped.runs, shipped.curves), 1)
    top = 1.5e11 if counting == "without embeddings" else 4e11
    found = best_sizes(drawn, counting, np.geomspace(1e9, top, 8), first=1.0)
    assert list(found.status.values()) == ["minimum"] * 8
    assert (found.runs().groupby("C")["N"].nunique() >= 5).all()
