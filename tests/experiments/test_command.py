"""The command line: a minute's trial of the whole study, and what it says when it cannot go on."""

from __future__ import annotations

import pandas as pd
import torch

from experiments.__main__ import main
from experiments.plan import PLANS, size
from experiments.study import run_study


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
    (tmp_path / "records").mkdir()
    monkeypatch.setattr("experiments.corpora.load", lambda folder: texts)
    name = PLANS["full"]()[0].name
    (tmp_path / "records" / f"{name}.json").write_text('{"run": {}, "curve": []}')
    assert main(["run", "--out", str(tmp_path)]) == 1
    assert "was made with another" in capsys.readouterr().err


def test_tables_of_an_unfinished_study(tmp_path, capsys, monkeypatch, texts):
    monkeypatch.setattr("experiments.corpora.load", lambda folder: texts)
    monkeypatch.setitem(
        PLANS, "full", lambda: [size(8, seed, bytes_planned=2**15) for seed in (0, 1)]
    )
    assert main(["tables", "--out", str(tmp_path)]) == 1
    assert "no run is finished" in capsys.readouterr().err
    run_study(PLANS["full"]()[:1], texts, tmp_path, 1, progress=False)
    assert main(["tables", "--out", str(tmp_path)]) == 0
    assert len(pd.read_csv(tmp_path / "runs.csv")) == 1
