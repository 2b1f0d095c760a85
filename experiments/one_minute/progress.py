"""How far a study is: a bar, and in a notebook a picture of the curves that grows.

Nothing is shown in a build of the book, and the picture needs a running Jupyter kernel: where
there is none, neither Jupyter nor a figure is touched.
"""

from __future__ import annotations

import base64
import io
import os
import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from tqdm import tqdm

from experiments.one_minute.mlp import Shape
from experiments.one_minute.training import Mark
from scaling_utils.figures import FIGURES_DIR, RAMP, style
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN

OVERHEAD = 5e4
"""What a byte costs besides its matrix products, in FLOPs that would take as long.

Measured with one thread: a step of the smallest model takes 0.15 ms for 256 bytes where large
ones reach 9e10 FLOP/s. It only shapes the bar.
"""

REDRAWN = 2.0
"""Seconds between two pictures."""

Plan = Sequence[tuple[Shape, int]]
Curves = dict[int, tuple[list[float], list[float]]]


class Progress:
    """Shows how far a study is; a context manager."""

    def __init__(self, plan: Plan, *, show: bool = True) -> None:
        shown = show and FIGURES_DIR not in os.environ
        self._plan = {shape.width: planned for shape, planned in plan}
        self._before = dict.fromkeys(self._plan, 0)
        self._bar = tqdm(
            total=sum(_work(shape, planned) for shape, planned in plan),
            desc="one-minute study",
            bar_format="{desc}: {percentage:3.0f}%|{bar}| {elapsed}, {remaining} left{postfix}",
            disable=not shown,
        )
        self._picture = _Picture(plan) if shown and in_notebook() else None

    def mark(self, shape: Shape, mark: Mark) -> None:
        """Take note of an evaluation."""
        now = self._plan[shape.width] if mark.diverged else mark.bytes_seen
        self._bar.set_postfix_str(f"width {shape.width}, loss {mark.loss:.3f}", refresh=False)
        self._bar.update(_work(shape, now - self._before[shape.width]))
        self._before[shape.width] = now
        if self._picture:
            self._picture.mark(shape, mark)

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.close()
        if self._picture and kind is None:
            self._picture.redraw()


def in_notebook() -> bool:
    """Whether this runs in a Jupyter kernel, found out without importing anything."""
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module else None
    return getattr(shell, "kernel", None) is not None


def draw_curves(fig: Figure, curves: Curves, widths: Sequence[int]) -> None:
    """Draw the loss of each model against its compute."""
    ramp = LinearSegmentedColormap.from_list("widths", RAMP)
    axes = fig.subplots()
    for k, width in enumerate(widths):
        compute, loss = curves.get(width, ([], []))
        if loss:
            color = ramp(k / max(len(widths) - 1, 1))
            axes.plot(compute, loss, color=color, linewidth=1.5)
            axes.annotate(
                str(width),
                (compute[0], loss[0]),  # where curves start they are apart; their ends meet
                xytext=(0, 3),
                textcoords="offset points",
                color=color,
                ha="center",
            )
    axes.set_xscale("log")
    axes.set_xlabel("compute 6ND [FLOPs]")
    axes.set_ylabel("validation loss [nats per byte]")
    axes.set_title("One curve for each width of the hidden layer", loc="left")


class _Picture:
    """The curves so far, shown in the notebook and replaced in place."""

    def __init__(self, plan: Plan) -> None:
        self._widths = [shape.width for shape, _ in plan]
        self._curves: Curves = {}
        self._drawn = time.monotonic()
        self._handle: Any = None

    def mark(self, shape: Shape, mark: Mark) -> None:
        compute, loss = self._curves.setdefault(shape.width, ([], []))
        compute.append(FLOPS_PER_PARAMETER_TOKEN * shape.N * mark.bytes_seen)
        loss.append(mark.loss)
        if time.monotonic() - self._drawn > REDRAWN:
            self.redraw()

    def redraw(self) -> None:
        from IPython import display  # only where a kernel runs

        with style():
            # Not of pyplot, whose figures a notebook would show once more by itself.
            fig = Figure(figsize=(7, 4), layout="constrained", dpi=100)
            FigureCanvasAgg(fig)
            draw_curves(fig, self._curves, self._widths)
            stream = io.BytesIO()
            fig.savefig(stream, format="png")
        picture = {
            "image/png": base64.b64encode(stream.getvalue()).decode("ascii"),
            "text/plain": "validation loss against compute, one curve for each width",
        }
        show: Any = display.display
        if self._handle is None:
            self._handle = show(picture, raw=True, display_id=True)
        else:
            self._handle.update(picture, raw=True)
        self._drawn = time.monotonic()


def _work(shape: Shape, bytes_seen: int) -> float:
    return bytes_seen * (shape.flops_per_byte + OVERHEAD)
