"""The command line: a minute's trial of the whole study, and what it says when it cannot go on."""

from __future__ import annotations

import pandas as pd
import torch

from experiments.__main__ import main
from experiments.transformers.plan import PLANS, size
from experiments.transformers.records import claim, keep, place
from experiments.transformers.train import Record
from experiments.transformers.train_plan import run_study


def test_the_smoke_version_runs_every_kind_of_run(tmp_path, capsys):
    assert main(["smoke", "--out", str(tmp_path), "--jobs", "2"]) == 0
    runs, curves = (pd.read_csv(tmp_path / f"{name}.csv") for name in ("runs", "curves"))
    assert len(runs) == len(PLANS["smoke"]())
    assert set(runs["group"]) == {"sizes", "depth", "fixed data", "dedicated decay"}
    assert set(runs["status"]) == {"finished"}
    assert (curves.groupby("run")["loss"].last() < curves.groupby("run")["loss"].first()).all()
    assert "0 of them diverged" in capsys.readouterr().out


def test_without_an_accelerator_cuda_is_refused(capsys):
    if not torch.cuda.is_available():
        assert main(["smoke", "--device", "cuda"]) == 2
        assert "finds no accelerator" in capsys.readouterr().err


def test_results_that_do_not_fit_end_with_a_sentence(tmp_path, capsys, monkeypatch, texts):
    monkeypatch.setattr("experiments.transformers.corpora.load", lambda folder: texts)
    asked = PLANS["full"]()[0]
    claim(tmp_path, "full")
    (tmp_path / "records").mkdir()
    keep(place(tmp_path, asked), Record({"status": "finished", "loss": 2.0}, [{"loss": 2.0}]))
    assert main(["run", "--out", str(tmp_path)]) == 1
    assert "was made with another" in capsys.readouterr().err


def test_smoke_never_removes_what_it_did_not_write(tmp_path, capsys):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "runs.csv").write_text("mine\n")
    assert main(["smoke", "--out", str(tmp_path)]) == 1
    assert "holds files that no study wrote" in capsys.readouterr().err
    assert (tmp_path / "runs.csv").read_text() == "mine\n"
    study = tmp_path / "study"
    claim(study, "full")
    (study / "runs.csv").write_text("an hour and a half\n")
    assert main(["smoke", "--out", str(study)]) == 1
    assert "holds the study 'full'" in capsys.readouterr().err
    assert (study / "runs.csv").read_text() == "an hour and a half\n"


def test_tables_of_an_unfinished_study(tmp_path, capsys, monkeypatch, texts):
    monkeypatch.setattr("experiments.transformers.corpora.load", lambda folder: texts)
    monkeypatch.setitem(
        PLANS, "full", lambda: [size(8, seed, bytes_planned=2**15) for seed in (0, 1)]
    )
    assert main(["tables", "--out", str(tmp_path)]) == 1
    assert "no run is finished" in capsys.readouterr().err
    run_study(PLANS["full"]()[:1], texts, tmp_path, 1, progress=False)
    assert main(["tables", "--out", str(tmp_path)]) == 0
    assert len(pd.read_csv(tmp_path / "runs.csv")) == 1
