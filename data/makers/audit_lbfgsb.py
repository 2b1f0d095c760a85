"""Run SciPy's L-BFGS-B from every start of Hoffmann's grid, and keep where each run ends.

The objective is that of Hoffmann et al. 2022, Eq. 11, on the 240 runs of Figure 4, with exact
gradients and SciPy's default stopping rules, in three scales: the mean over the runs, their
sum (as Eq. 3 says), and a thousand times the sum. Takes about ten minutes of one core:

    python data/makers/audit_lbfgsb.py
"""

from __future__ import annotations

import csv
from multiprocessing import Pool
from pathlib import Path

from reanalysis import figure4
from reanalysis.refit import refit
from reanalysis.usual import NEGLIGIBLE, UsualFit, hoffmann_grid, scales

TARGET = Path(__file__).resolve().parents[1] / "hoffmann2022_figure4_starts.csv"
EXACT = 1e-12
"""A relative excess below this is rounding, and is written as zero."""


def end_of(task: tuple[int, float]) -> tuple[float, bool, bool, int]:
    """Excess over the lowest objective, whether a term is dead, success and steps of one start."""
    number, scale = task
    usual = UsualFit.of(figure4.points())
    end = usual.minimise(hoffmann_grid()[:, number], scale)
    excess = usual.objective(end.x) / refit().value - 1.0
    return excess, usual.least_term(end.x) < NEGLIGIBLE, bool(end.success), int(end.nit)


def main() -> None:
    """Write one row per start."""
    starts = hoffmann_grid().shape[1]
    rows: list[list[object]] = [[k + 1] for k in range(starts)]
    head = ["start"]
    with Pool() as pool:
        for name, scale in scales(len(figure4.points())).items():
            tasks = [(k, scale) for k in range(starts)]
            for row, end in zip(rows, pool.imap(end_of, tasks, chunksize=25), strict=True):
                excess, dead, success, steps = end
                shown = "0" if excess < EXACT else f"{excess:.2e}"
                row += [shown, int(dead), int(success), steps]
            head += [f"{name}_{what}" for what in ("excess", "dead", "success", "steps")]
            print(f"{name}: done", flush=True)
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *rows])


if __name__ == "__main__":
    main()
