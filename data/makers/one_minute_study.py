"""Makes data/one_minute_runs.csv and data/one_minute_curves.csv: the full study, five seeds.

Five minutes of one core:

    python data/makers/one_minute_study.py
    python data/makers/update_datapackage.py
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from experiments.one_minute import run_study

DATA = Path(__file__).resolve().parents[1]
SEEDS = range(5)
DECIMALS = {"loss": 5, "train_loss": 5, "seconds": 2}


def write(tables: list[pd.DataFrame], path: Path) -> None:
    """Write the tables of all seeds below each other."""
    table = pd.concat(tables, ignore_index=True).round(DECIMALS)
    table.to_csv(path, index=False, lineterminator="\n")


def main() -> None:
    """Train, and write the files once every seed is complete."""
    results = []
    for seed in SEEDS:
        result = run_study(seed)
        print(f"seed {seed}: {result.message}, {result.seconds:.0f} s of CPU time", flush=True)
        if result.status != "complete":
            raise SystemExit("stopped; nothing is written")
        results.append(result)
    write([result.runs for result in results], DATA / "one_minute_runs.csv")
    write([result.curves for result in results], DATA / "one_minute_curves.csv")


if __name__ == "__main__":
    main()
