"""Run a plan of trainings, keep each result as it comes, and gather them into two tables.

Runs are independent tasks of joblib. The process that starts the study writes every result
the moment it arrives, so an interruption loses only the runs that were under way.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import torch
from joblib import Parallel, delayed
from tqdm import tqdm

from experiments.corpora import Corpora
from experiments.plan import Run
from experiments.train import Record, train


class StudyError(RuntimeError):
    """A study cannot go on as it was asked to."""


def run_study(
    plan: Sequence[Run],
    corpora: Corpora,
    out: Path,
    jobs: int | None = None,
    device: str = "cpu",
    progress: bool = True,
) -> pd.DataFrame:
    """Train what is not there yet, then write ``runs.csv`` and ``curves.csv``.

    Parameters
    ----------
    plan : sequence of Run
    corpora : Corpora
    out : Path
        Folder; one file per finished run goes to ``out/records``.
    jobs : int, optional
        Runs at a time. By default joblib decides: one, or what `joblib.parallel_config` says,
        which may also name a cluster.
    device : str
        "cpu" or "cuda".
    progress : bool
        Show a bar with the time left, and a line per run.

    Returns
    -------
    DataFrame
        The runs.

    Raises
    ------
    StudyError
        If two runs of the plan have one name, or a record there was made with other settings
        or another text.
    """
    if len({run.name for run in plan}) < len(plan):
        raise StudyError("two runs of the plan have the same name")
    records = out / "records"
    records.mkdir(parents=True, exist_ok=True)
    done = {run.name: kept for run in plan if (kept := _kept(records, run, corpora)) is not None}
    waiting = [run for run in plan if run.name not in done]
    by_name = {run.name: run for run in plan}

    bar = tqdm(
        total=sum(run.cost for run in plan),
        initial=sum(by_name[name].cost for name in done),
        bar_format="{percentage:3.0f} % |{bar}| {elapsed} gone, about {remaining} left{postfix}",
        disable=not progress,
    )
    bar.set_postfix_str(f"{len(done)} of {len(plan)} runs")
    # In the order of the plan, one at a time: the plan says what matters most.
    pool = Parallel(
        n_jobs=jobs, return_as="generator_unordered", pre_dispatch="n_jobs", batch_size=1
    )
    with bar:
        for record in pool(delayed(_task)(run, corpora, device) for run in waiting):
            name = str(record.run["run"])
            _write(records / f"{name}.json", _to_json(record))
            done[name] = record
            bar.write(_line(record)) if progress else None
            bar.set_postfix_str(f"{len(done)} of {len(plan)} runs")
            bar.update(by_name[name].cost)
    return write_tables([done[run.name] for run in plan], out)


def write_tables(records: Sequence[Record], out: Path) -> pd.DataFrame:
    """Write ``runs.csv`` and ``curves.csv``; return the runs.

    Raises
    ------
    StudyError
        If there is no record at all.
    """
    if not records:
        raise StudyError(f"no run is finished in {out}; 'python -m experiments run' makes them")
    runs = pd.DataFrame([record.run for record in records])
    curves = pd.DataFrame(
        [{"run": record.run["run"], **row} for record in records for row in record.curve]
    )
    _write(out / "runs.csv", _csv(runs))
    _write(out / "curves.csv", _csv(curves))
    return runs


def read_records(plan: Sequence[Run], corpora: Corpora, out: Path) -> list[Record]:
    """The finished runs of a plan, in its order: to look at a study before it is complete."""
    kept = (_kept(out / "records", run, corpora) for run in plan)
    return [record for record in kept if record is not None]


def _task(run: Run, corpora: Corpora, device: str) -> Record:
    torch.set_num_threads(1)  # two runs on two cores do more than one run on both
    return train(run, corpora, device)


def _kept(records: Path, run: Run, corpora: Corpora) -> Record | None:
    """The record of a run, if it is there and was made with the same settings and text."""
    path = records / f"{run.name}.json"
    if not path.exists():
        return None
    content = json.loads(path.read_text(encoding="utf-8"))
    record = Record(content["run"], content["curve"])
    asked = {**run.to_dict(), "corpus_sha256": corpora.sha256}
    asked.pop("unique_bytes")  # the record holds what was seen, and the name what was asked
    differing = [key for key, value in asked.items() if record.run.get(key) != value]
    if differing:
        raise StudyError(
            f"{path} was made with another {', '.join(differing)}; "
            "take another folder for this study, or delete that file to train the run again"
        )
    return record


def _to_json(record: Record) -> str:
    return json.dumps({"run": record.run, "curve": record.curve}, indent=1)


def _csv(table: pd.DataFrame) -> str:
    """Six digits; a loss that is not a finite number is left empty, and the status says why."""
    finite = table.replace([math.inf, -math.inf], math.nan)
    return finite.to_csv(index=False, float_format="%.6g", lineterminator="\n")


def _write(path: Path, text: str) -> None:
    """Write all of a file or nothing of it."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    beside.write_text(text, encoding="utf-8", newline="\n")
    beside.replace(path)


def _line(record: Record) -> str:
    run = record.run
    loss = run["loss"]
    shown = f"{loss:.4f}" if math.isfinite(loss) else "no finite loss"
    return (
        f"{run['run']:<32} {run['status']:<9} {run['bytes_seen'] / 1e6:6.2f} MB  "
        f"loss {shown}  {run['seconds']:6.1f} s  {run['flops_per_second'] / 1e9:5.1f} GFLOP/s"
    )
