"""Run a plan of trainings, keep each result as it comes, and gather them into two tables.

Each result is written the moment it arrives: an interruption loses only the runs under way.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import torch
from joblib import Parallel, delayed
from tqdm import tqdm

from experiments.transformers.corpora import Corpora
from experiments.transformers.plan import Run
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
from experiments.transformers.train import Record, train


def run_study(
    plan: Sequence[Run],
    corpora: Corpora,
    out: Path,
    jobs: int | None = None,
    device: str = "cpu",
    progress: bool = True,
    name: str = "full",
    anew: bool = False,
) -> pd.DataFrame:
    """Train what is not there yet, or all `anew`; write two tables, return that of the runs."""
    if len({run.name for run in plan}) < len(plan):
        raise StudyError("two runs of the plan have the same name")
    claim(out, name)
    with alone(out):
        if anew:
            forget(out, plan)
        return _run(plan, corpora, out, jobs, device, progress)


def _run(
    plan: Sequence[Run], corpora: Corpora, out: Path, jobs: int | None, device: str, progress: bool
) -> pd.DataFrame:
    (out / "records").mkdir(exist_ok=True)
    done = {run.name: found for run in plan if (found := kept(out, run, corpora)) is not None}
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
            run = by_name[str(record.run["run"])]
            keep(place(out, run), record)
            done[run.name] = record
            bar.write(_line(record)) if progress else None
            bar.set_postfix_str(f"{len(done)} of {len(plan)} runs")
            bar.update(run.cost)
    return write_tables([done[run.name] for run in plan], out)


def write_tables(records: Sequence[Record], out: Path) -> pd.DataFrame:
    """Write ``runs.csv`` and ``curves.csv``; return the runs."""
    if not records:
        raise StudyError(f"no run is finished in {out}; 'python -m experiments run' makes them")
    runs = pd.DataFrame([record.run for record in records])
    curves = pd.DataFrame(
        [{"run": record.run["run"], **row} for record in records for row in record.curve]
    )
    write(out / "runs.csv", _csv(runs))
    write(out / "curves.csv", _csv(curves))
    return runs


def read_records(plan: Sequence[Run], corpora: Corpora, out: Path) -> list[Record]:
    """The finished runs of a plan, in its order: to look at a study before it is complete."""
    found = (kept(out, run, corpora) for run in plan)
    return [record for record in found if record is not None]


def _task(run: Run, corpora: Corpora, device: str) -> Record:
    torch.set_num_threads(1)  # two runs on two cores do more than one run on both
    return train(run, corpora, device)


def _csv(table: pd.DataFrame) -> str:
    """Six digits; a loss that is not a finite number is left empty, and the status says why."""
    finite = table.replace([math.inf, -math.inf], math.nan)
    return finite.to_csv(index=False, float_format="%.6g", lineterminator="\n")


def _line(record: Record) -> str:
    run = record.run
    loss = run["loss"]
    shown = f"{loss:.4f}" if math.isfinite(loss) else "no finite loss"
    return (
        f"{run['run']:<32} {run['status']:<9} {run['bytes_seen'] / 1e6:6.2f} MB  "
        f"loss {shown}  {run['seconds']:6.1f} s  {run['flops_per_second'] / 1e9:5.1f} GFLOP/s"
    )
