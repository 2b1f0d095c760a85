"""The study of small Transformers, from the command line.

python -m experiments run      the whole study: an hour and a half on two cores; can be resumed
python -m experiments smoke    a minute of every kind of run, on the text that ships
python -m experiments run --plan larger --device cuda --jobs 1
python -m experiments tables   the tables of what is finished so far
"""

import argparse
import signal
import sys
from pathlib import Path

import torch

from experiments.transformers import corpora
from experiments.transformers.plan import PLANS
from experiments.transformers.records import StudyError
from experiments.transformers.train_plan import read_records, run_study, write_tables

BUILD = Path(__file__).parents[1] / "_build"


def main(arguments: list[str] | None = None) -> int:
    """Run what the command line asks for; return the exit status."""
    options = _parser().parse_args(arguments)
    if options.device == "cuda" and not torch.cuda.is_available():
        print("this PyTorch finds no accelerator; leave out --device cuda", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if options.command == "smoke":
            texts = corpora.shipped()
            out, name = options.out or BUILD / "study-smoke", "smoke"
        else:
            texts = corpora.load(options.texts)
            out, name = options.out or BUILD / "study", options.plan
        plan = PLANS[name]()
        if options.command == "tables":
            runs = write_tables(read_records(plan, texts, out), out)
        else:
            anew = name == "smoke"  # a trial
            runs = run_study(plan, texts, out, options.jobs, options.device, name=name, anew=anew)
    except (StudyError, corpora.CorpusError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "\nInterrupted. What is finished is kept; the same command goes on.", file=sys.stderr
        )
        return 130
    diverged = int((runs["status"] == "diverged").sum())
    print(f"{len(runs)} runs, {diverged} of them diverged. Wrote {out}/runs.csv and curves.csv")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m experiments", description="Train small Transformers and measure them."
    )
    parser.set_defaults(device="cpu")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="train the runs of a plan that are not there yet")
    tables = commands.add_parser("tables", help="write the tables of what is finished so far")
    plans = [name for name in PLANS if name != "smoke"]
    for command in (run, tables):
        command.add_argument("--plan", choices=plans, default="full")
        command.add_argument("--texts", type=Path, help="folder of the fetched packages")
    smoke = commands.add_parser("smoke", help="about a minute, on the text that ships")
    for command in (run, tables, smoke):
        where = "a new or empty folder for the results, or that of the same study (in _build)"
        command.add_argument("--out", type=Path, help=where)
    for command in (run, smoke):
        command.add_argument("--jobs", type=int, help="runs at a time (2 on two cores)", default=2)
        command.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    return parser


if __name__ == "__main__":
    sys.exit(main())
