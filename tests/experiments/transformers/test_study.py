"""Many runs: nothing finished is lost, nothing half-written stays, and two tables come out."""

from __future__ import annotations

import json
import math
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest

from experiments.transformers.corpora import Corpora
from experiments.transformers.plan import PLANS, Run, size
from experiments.transformers.records import (
    StudyError,
    alone,
    claim,
    forget,
    keep,
    kept,
    place,
    write,
)
from experiments.transformers.train import Record
from experiments.transformers.train_plan import read_records, run_study

ROOT = Path(__file__).parents[3]
PLAN = [size(width, 0, bytes_planned=2**15) for width in (8, 12)] + [
    size(8, 0, group="learning rate", bytes_planned=2**15, rate=1e4)
]
TIMING = ["seconds", "bytes_per_second", "flops_per_second"]


@pytest.fixture(scope="module")
def finished(texts, tmp_path_factory):
    out = tmp_path_factory.mktemp("study")
    run_study(PLAN, texts, out, jobs=1, progress=False)
    return out


def tables(out: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    return pd.read_csv(out / "runs.csv").drop(columns=TIMING), pd.read_csv(out / "curves.csv")


def test_two_tables_with_checksum_and_versions_in_every_row(finished, texts):
    runs, curves = tables(finished)
    assert list(runs["run"]) == [run.name for run in PLAN]
    assert list(runs["status"]) == ["finished", "finished", "diverged"]
    assert set(curves["run"]) == set(runs["run"])
    for table in (runs, curves):
        assert set(table["corpus_sha256"]) == {texts.sha256}
        assert table[["torch", "python", "device"]].notna().all(axis=None)
    ends = curves.groupby("run")["bytes_seen"].max()
    assert all(ends[row.run] == row.bytes_seen for row in runs.itertuples())


def test_a_finished_study_is_not_run_again(finished, texts):
    before = {path: path.stat().st_mtime_ns for path in finished.glob("records/*")}
    run_study(PLAN, texts, finished, jobs=1, progress=False)
    assert before == {path: path.stat().st_mtime_ns for path in finished.glob("records/*")}


def test_two_at_a_time_give_the_same_numbers(finished, texts, tmp_path):
    run_study(PLAN, texts, tmp_path, jobs=2, progress=False)
    for one, two in zip(tables(finished), tables(tmp_path), strict=True):
        pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_joblib_decides_where_it_runs(finished, texts, tmp_path):
    with joblib.parallel_config(backend="threading", n_jobs=2):
        run_study(PLAN[:1], texts, tmp_path, progress=False)
    assert tables(tmp_path)[1].equals(tables(finished)[1].query("run == @PLAN[0].name"))


def test_an_interrupted_study_goes_on_where_it_was(texts, tmp_path):
    """Stop a study by Ctrl-C after its first result: it is kept, and the rest is made."""
    script = (
        "import numpy as np; from pathlib import Path; import signal, sys\n"
        # A shell starts background jobs with Ctrl-C ignored, and a test may run in one.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from experiments.transformers.corpora import Corpora\n"
        "from experiments.transformers.plan import size\n"
        "from experiments.transformers.train_plan import run_study\n"
        "a = dict(np.load(sys.argv[1]))\n"
        "texts = Corpora(a['train'], a['validation'], {'far': a['far']}, 'a' * 64)\n"
        "plan = [size(8, 0, bytes_planned=2**15), size(8, 1, bytes_planned=2**26)]\n"
        "run_study(plan, texts, Path(sys.argv[2]), jobs=1)\n"
    )
    arrays = tmp_path / "texts.npz"
    with arrays.open("wb") as file:
        far = texts.held_out["far"]
        np.savez(file, train=texts.train, validation=texts.validation, far=far)
    out = tmp_path / "study"
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(arrays), str(out)],
        cwd=ROOT, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    first = out / "records" / f"{size(8, 0).name}.json"
    give_up = time.monotonic() + 120
    try:
        while not first.exists() and process.poll() is None and time.monotonic() < give_up:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, printed = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode != 0, printed
    assert "about" in printed, "the bar says how much time is left"
    assert [path.name for path in (out / "records").iterdir()] == [first.name]
    kept = json.loads(first.read_text(encoding="utf-8"))
    assert kept["run"]["status"] == "finished"

    same = Corpora(texts.train, texts.validation, {"far": texts.held_out["far"]}, "a" * 64)
    before = first.stat().st_mtime_ns
    run_study([size(8, s, bytes_planned=2**15) for s in (0, 1)], same, out, 1, progress=False)
    assert first.stat().st_mtime_ns == before
    assert len(pd.read_csv(out / "runs.csv")) == 2


def test_results_of_other_settings_or_texts_are_never_mixed_in(finished, texts):
    other = [size(8, 0, bytes_planned=2**16)]
    with pytest.raises(StudyError, match="made with another bytes_planned; take another folder"):
        run_study(other, texts, finished, 1, progress=False)
    changed = type(texts)(texts.train, texts.validation, texts.held_out, "b" * 64)
    with pytest.raises(StudyError, match="made with another corpus_sha256"):
        run_study(PLAN, changed, finished, 1, progress=False)


def test_one_name_twice_is_refused(texts, tmp_path):
    with pytest.raises(StudyError, match="same name"):
        run_study([PLAN[0], PLAN[0]], texts, tmp_path, 1, progress=False)


def test_an_unfinished_study_can_be_looked_at(finished, texts):
    more = [*PLAN, size(16, 0, bytes_planned=2**15)]
    assert len(read_records(more, texts, finished)) == len(PLAN)


@pytest.mark.parametrize("plan", PLANS)
def test_a_plan_names_every_run_once(plan):
    names = [run.name for run in PLANS[plan]()]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z0-9_.-]+", name) for name in names)


def test_the_full_plan_asks_what_the_book_needs():
    plan = PLANS["full"]()
    sizes = [run for run in plan if run.group == "sizes"]
    assert len({run.width for run in sizes}) == 12
    assert {sum(run.width == width for run in sizes) for width in (8, 48, 128)} == {3}
    depth = pd.DataFrame([{**asdict(run), **run.counts()} for run in plan if run.group == "depth"])
    for target in (25_000, 100_000):
        near = depth[(depth["N_body"] / target).between(0.9, 1.1)]
        assert near["layers"].nunique() == 5
        assert near["N_body"].max() / near["N_body"].min() < 1.07


def test_cost_grows_with_bytes_and_width():
    small, long, wide = (
        Run("sizes", 2, 16, 1, 10**6, 0).cost,
        Run("sizes", 2, 16, 1, 2 * 10**6, 0).cost,
        Run("sizes", 2, 64, 1, 10**6, 0).cost,
    )
    assert small < long
    assert small < wide


def test_a_loss_that_is_no_number_is_left_empty_beside_its_status(finished):
    runs, curves = tables(finished)
    diverged = runs["status"] == "diverged"
    assert (runs["loss"].isna() == diverged).all()
    last = curves.groupby("run")["loss"].apply(lambda losses: losses.isna().iloc[-1])
    assert list(last.index[last]) == list(runs["run"][diverged])


def test_a_folder_that_holds_anything_else_is_left_alone(texts, tmp_path):
    """Nothing is written beside, and nothing is removed from, what a study did not make."""
    thesis = tmp_path / "thesis" / "chapter.tex"
    thesis.parent.mkdir()
    thesis.write_text("ten years of work")
    with pytest.raises(StudyError, match="holds files that no study wrote"):
        run_study(PLAN[:1], texts, tmp_path, 1, progress=False)
    with pytest.raises(StudyError, match="is a file"):
        run_study(PLAN[:1], texts, thesis, 1, progress=False)
    with pytest.raises(StudyError, match="nothing is removed"):
        forget(tmp_path, PLAN)
    assert [path.name for path in tmp_path.rglob("*")] == ["thesis", "chapter.tex"]
    assert thesis.read_text() == "ten years of work"


def test_the_folder_of_another_plan_is_refused(finished, texts):
    with pytest.raises(StudyError, match="holds the study 'full', not 'smoke'"):
        run_study(PLAN, texts, finished, 1, progress=False, name="smoke")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: "", "cannot be read"),
        (lambda text: text[: len(text) // 2], "cannot be read"),
        (lambda text: "[1, 2]", "does not hold a table"),
        (lambda text: text.replace('"curve"', '"bend"'), "a run and its curve"),
        (lambda text: re.sub(r'("loss": )[0-9.]+', r"\g<1>0.001", text), "its checksum"),
        (lambda text: text.replace('"finished"', '"done"'), "its checksum"),
    ],
)
def test_a_damaged_or_edited_record_is_named_and_refused(finished, texts, tmp_path, damage, said):
    out = tmp_path / "study"
    shutil.copytree(finished, out)
    path = place(out, PLAN[0])
    path.write_text(damage(path.read_text("utf-8")), "utf-8")
    with pytest.raises(StudyError, match=said) as refused:
        run_study(PLAN, texts, out, 1, progress=False)
    assert str(path) in str(refused.value)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(StudyError, match="cannot be read"):
        read_records(PLAN, texts, out)


def test_a_finished_run_without_a_loss_is_refused_whoever_wrote_it(finished, texts, tmp_path):
    shutil.copytree(finished, tmp_path / "study")
    path = place(tmp_path / "study", PLAN[0])
    record = kept(tmp_path / "study", PLAN[0], texts)
    keep(path, Record({**record.run, "loss": math.nan}, record.curve))
    with pytest.raises(StudyError, match="its loss is nan"):
        read_records(PLAN, texts, tmp_path / "study")


def test_two_at_once_in_one_folder_are_refused(texts, tmp_path):
    claim(tmp_path, "full")
    with alone(tmp_path), pytest.raises(StudyError, match="another process is at work in"):
        run_study(PLAN[:1], texts, tmp_path, 1, progress=False)
    assert not (tmp_path / "records").exists()
    run_study(PLAN[:1], texts, tmp_path, 1, progress=False)


def test_a_disk_without_room_leaves_what_was_there_and_no_half_of_a_file(tmp_path):
    """No file may grow beyond a kilobyte: what writes more is told as by a full disk."""
    write(tmp_path / "runs.csv", "good\n")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            write(tmp_path / "runs.csv", "x" * 10**6)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [path.name for path in tmp_path.iterdir()] == ["runs.csv"]
    assert (tmp_path / "runs.csv").read_text() == "good\n"


def test_what_a_killed_study_left_half_written_goes(texts, tmp_path):
    run_study(PLAN[:1], texts, tmp_path, 1, progress=False)
    left = tmp_path / "records" / f"{PLAN[0].name}.json.4242.part"
    left.write_text("{")
    run_study(PLAN[:1], texts, tmp_path, 1, progress=False)
    assert not left.exists()
