"""How far a study is: a bar, and nothing in a build of the book."""

from __future__ import annotations

import os
from collections.abc import Sequence
from types import TracebackType

from tqdm import tqdm

from experiments.one_minute.mlp import Shape
from experiments.one_minute.training import Mark

IN_A_BUILD = "SCALING_UTILS_FIGURES"
"""Set in the environment while the book is built."""

OVERHEAD = 5e4
"""What a byte costs besides its matrix products, in FLOPs that would take as long.

Measured with one thread: a step of the smallest model takes 0.15 ms for 256 bytes where large
ones reach 9e10 FLOP/s. It only shapes the bar.
"""


class Progress:
    """Shows how far a study is; a context manager."""

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

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.close()


def _work(shape: Shape, bytes_seen: int) -> float:
    return bytes_seen * (shape.flops_per_byte + OVERHEAD)
