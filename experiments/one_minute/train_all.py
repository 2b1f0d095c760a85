"""The study: every size of a grid, one after the other, on one thread."""

import math
import os
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from experiments.one_minute import study_result
from experiments.one_minute.grid import FULL, Grid
from experiments.one_minute.mlp import Shape
from experiments.one_minute.optimiser import Recipe
from experiments.one_minute.text import Text, load_text
from experiments.one_minute.training import Mark, train

IN_A_BUILD = "SCALING_UTILS_FIGURES"
"""Set in the environment while the book is built."""

OF_SHAPE = ("width", "N_embedding", "N_body", "N_head", "flops_per_byte")
OVERHEAD = 5e4
"""FLOPs that take as long as the rest of a byte's work. It only shapes the bar."""


def run_study(
    seed: int = 0,
    grid: Grid = FULL,
    *,
    progress: bool = True,
    text: Text | None = None,
    recipe: Recipe | None = None,
) -> study_result.StudyResult:
    """Train every size of a grid on one thread.

    Stopped by hand it returns what it has, with the status "interrupted": nothing in a run depends
    on where it ends, so that its curve is good as far as it goes.
    """
    if seed < 0:
        raise ValueError(f"seed must not be negative, got {seed}")
    recipe = recipe or Recipe()
    started = time.process_time()
    text = text or load_text()
    shapes = [Shape(width, text.symbols) for width in grid.widths]
    plan = [
        (shape, grid.bytes_planned(shape, text.training.size, recipe.batch)) for shape in shapes
    ]
    order = text.order(seed)
    runs: list[_Run] = []
    stopped = False
    with closing(Progress(plan, show=progress)) as report, threadpool_limits(1, user_api="blas"):
        try:
            for shape, planned in plan:
                run = _Run(shape, seed, planned, text.sha256)
                runs.append(run)
                for mark in train(text, shape, order, planned, seed=seed, recipe=recipe):
                    run.marks.append(mark)
                    report.mark(shape, mark)
        except KeyboardInterrupt:
            stopped = True
    begun = [run for run in runs if run.marks]
    return study_result.result(
        [run.row() for run in begun],
        [row for run in begun for row in run.curve()],
        planned=len(plan),
        stopped=stopped,
        seconds=time.process_time() - started,
    )


@dataclass
class _Run:
    """A run and the marks that it has passed."""

    shape: Shape
    seed: int
    planned: int
    text_sha256: str
    marks: list[Mark] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"h{self.shape.width:04d}-s{self.seed}"

    @property
    def status(self) -> str:
        last = self.marks[-1]
        if last.diverged:
            return study_result.DIVERGED
        complete = last.bytes_seen == self.planned
        return study_result.FINISHED if complete else study_result.INTERRUPTED

    def row(self) -> dict[str, Any]:
        last = self.marks[-1]
        return {
            "run": self.name,
            "seed": self.seed,
            **{name: getattr(self.shape, name) for name in OF_SHAPE},
            "bytes_planned": self.planned,
            "bytes_seen": last.bytes_seen,
            "steps": last.step,
            "status": self.status,
            "loss": math.nan if last.diverged else last.loss,
            "seconds": last.seconds,
            "text_sha256": self.text_sha256,
            "numpy": np.__version__,
        }

    def curve(self) -> list[dict[str, Any]]:
        """Rows of the marks whose losses are numbers."""
        rows = [{"run": self.name} | asdict(mark) for mark in self.marks]
        kept = [row for row in rows if math.isfinite(row["train_loss"] + row["loss"])]
        return [{name: row[name] for name in study_result.CURVE_COLUMNS} for row in kept]


class Progress:
    """Shows how far a study is."""

    def __init__(self, plan: Sequence[tuple[Shape, int]], *, show: bool = True) -> None:
        self._plan = {shape.width: planned for shape, planned in plan}
        self._before = dict.fromkeys(self._plan, 0)
        self._bar = tqdm(
            total=sum(_work(shape, planned) for shape, planned in plan),
            desc="one-minute study",
            bar_format="{desc}: {percentage:3.0f}%|{bar}| {elapsed}, {remaining} left{postfix}",
            disable=not show or IN_A_BUILD in os.environ,
        )

    def mark(self, shape: Shape, mark: Mark) -> None:
        """Take note of an evaluation."""
        now = self._plan[shape.width] if mark.diverged else mark.bytes_seen
        self._bar.set_postfix_str(f"width {shape.width}, loss {mark.loss:.3f}", refresh=False)
        self._bar.update(_work(shape, now - self._before[shape.width]))
        self._before[shape.width] = now

    def close(self) -> None:
        """Let the bar stand as it is."""
        self._bar.close()


def _work(shape: Shape, bytes_seen: int) -> float:
    return bytes_seen * (shape.flops_per_byte + OVERHEAD)
