"""How often every kind of interval that the book or its packages print holds the truth.

    python benchmarks/coverage.py           ten minutes on two cores
    python benchmarks/coverage.py --quick   a tenth of it
    python benchmarks/coverage.py --write   and both tables are written into data/

Data are made from a known truth, on the designs that there are, and the functions that print
intervals are called on them. Seeds are fixed: the tables come out the same.
Ends with status 1 if an interval of a fit to own runs holds too seldom where it promises to hold.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import coverage_figure4
import coverage_own
import coverage_studies
from coverage_kinds import LAW_LOSS, ONE_MORE, OWN, PLAN, Held
from coverage_table import OWN_TABLE, TABLE, Counted, count, own_table, summary, table
from fitting import one_thread

PROCESSES, QUICK, CHUNK = 2, 10, 5
Study = tuple[str, str, int, int]
"""Module, design, simulated tables and resamples."""

PLANNED: list[Study] = [
    *(("coverage_own", name, 400, 1000) for name in coverage_own.designs()),
    *(("coverage_figure4", name, 400, 400) for name in coverage_figure4.DESIGNS),
    ("coverage_studies", coverage_studies.SEEDS_AGAIN, 200, 400),
    ("coverage_sizes", coverage_studies.SIZES_OFF, 400, 400),
    ("coverage_sizes", coverage_studies.OTHER_TEXTS, 400, 0),
]
PROMISED = (OWN, ONE_MORE, LAW_LOSS, PLAN)
"""Kinds that promise to hold, but for designs that are said to have too little to draw again."""


def simulate(task: tuple[str, str, int, int]) -> list[Held]:
    """One simulated table, in a process of its own."""
    module, design, number, resamples = task
    found: list[Held] = importlib.import_module(module).simulate(design, number, resamples)
    return found


def studied(pool: ProcessPoolExecutor, planned: list[Study]) -> Iterator[Counted]:
    """What is counted of each design; says how far it is, and what is left."""
    begin, weights = time.perf_counter(), [number for *_, number, _ in planned]
    done = 0
    for module, design, number, resamples in planned:
        tasks = [(module, design, k, resamples) for k in range(number)]
        found = []
        for each in pool.map(simulate, tasks, chunksize=CHUNK):
            found.append(each)
            done += 1
            if not done % 20 or len(found) == number:
                left = (time.perf_counter() - begin) * (sum(weights) / done - 1.0)
                said = f"{done} of {sum(weights)}, about {left / 60:.0f} min left: {design}"
                print(f"\r{said:<95}", end="", file=sys.stderr, flush=True)
        yield count(design, found)
    print(file=sys.stderr)


def main() -> int:
    """Run what the command line asks for."""
    one_thread()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the simulated tables")
    parser.add_argument("--write", action="store_true", help="write both tables into data/")
    options = parser.parse_args()
    if options.quick and options.write:
        parser.error("a quick run is too rough to be written: leave out --quick or --write")
    begin = time.perf_counter()
    by = QUICK if options.quick else 1
    planned = [(module, name, number // by, r) for module, name, number, r in PLANNED]
    counted: Counted = {}
    with ProcessPoolExecutor(PROCESSES) as pool:
        for part in studied(pool, planned):
            counted |= part
    found = table(counted, {design: r for _, design, _, r in planned})
    print(summary(found).to_string())
    if options.write:
        own = own_table(counted, coverage_own.WAYS, PLANNED[0][-1])
        for rows, path in ((own, OWN_TABLE), (found, TABLE)):
            rows.to_csv(path, index=False, float_format="%.4f", lineterminator="\n")
        print("Written; now: python data/makers/update_datapackage.py")
    few = found["design"].str.startswith(coverage_own.TOO_FEW)
    broken = found[found["kind"].isin(PROMISED) & ~few & (found["verdict"] == "too narrow")]
    for row in broken.itertuples():
        print(f"Too narrow: {row.kind}, {row.quantity} ({row.design}): {row.coverage:.1%}")
    print(f"{time.perf_counter() - begin:.0f} s")
    return 1 if len(broken) else 0


if __name__ == "__main__":
    sys.exit(main())
