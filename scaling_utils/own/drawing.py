"""Pictures of a fit: its runs and law, residuals, contours of loss, the best sizes."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from scaling_utils.figures import style as house
from scaling_utils.fitting.result import USABLE

WORDS = {"N": "parameters", "D": "tokens", "S": "steps", "C": "compute, FLOPs", "x": "x"}
SIZES = LinearSegmentedColormap.from_list("sizes", house.RAMP[1:])
MOST_LINES, MANY, FAR = 8, 400, 8.0
"""So many lines of sizes at most; so many points are drawn as pixels; so many times the median
residual are shown at most, those beyond at the edge."""


class Picture(Figure):
    """A figure that shows itself at the end of a notebook's cell, without pyplot."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=144)
        return buffer.getvalue()


def draw(fit: Any, only: str = "") -> Figure:
    """All panels of a fit, or one; of a fit that cannot be used the runs alone, and why."""
    chosen = [only] if only else panels_of(fit)
    rows, across = -(-len(chosen) // 2), min(len(chosen), 2)
    with house.style():
        fig = Picture(figsize=(4.2 * across, 3.2 * rows), layout="constrained", facecolor="white")
        for k, name in enumerate(chosen):
            PANELS[name](fig.add_subplot(rows, across, k + 1), fit)
        house.color_labels(fig)
        fig.draw_without_rendering()  # makes the ticks, while the style holds
    return fig


def panels_of(fit: Any) -> list[str]:
    """Names of the panels that a fit has."""
    if fit.status not in USABLE:
        return ["runs"]
    more = {"contours": len(_columns(fit)) > 1, "frontier": hasattr(fit.law, "N_opt")}
    return ["runs", "residuals", *(name for name, has in more.items() if has)]


def _runs(ax: Axes, fit: Any) -> None:
    """Loss against tokens, steps or the one variable, with a line of the law for each size."""
    columns, usable = _columns(fit), fit.status in USABLE
    moving = next(name for name in ("S", "D", *columns) if name in columns)
    x = columns[moving]
    title = "Runs, and the law for each size" if "N" in columns else "Runs, and the law"
    dots = _points(ax, fit, x, fit.runs.loss, bar=True)
    _log(ax, moving, title if usable else f"Runs; the fit is {fit.status}")
    ax.set(ylabel="loss, nats", yscale="log")
    ax.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 2.5, 5, 10]))
    house.plain_axis(ax.yaxis)
    still = np.column_stack([0 * x, *(v for name, v in columns.items() if name != moving)])
    sets, label = np.unique(still, axis=0, return_inverse=True)
    for k in np.unique(np.linspace(0, len(sets) - 1, MOST_LINES).round()) if usable else ():
        own = np.flatnonzero(label.ravel() == k)
        at = np.geomspace(x[own].min() / 1.3, x[own].max() * 1.3, 60)
        given = [at if name == moving else v[own[:1]] for name, v in columns.items()]
        colour = dots.to_rgba(fit.runs.N[own[0]]) if dots.colorbar else house.PALETTE["orange"]
        look = {"color": house.INK, "zorder": 4} if len(x) >= MANY else {"color": colour}
        ax.plot(at, fit.law.loss(*given), lw=1.2, **look)


def _residuals(ax: Axes, fit: Any) -> None:
    """How far each run lies above the law, in per cent, against compute; far ones at the edge."""
    above, (name, x) = 100 * np.expm1(-fit.found.residuals), _compute(fit)
    most = max(FAR * float(np.median(np.abs(above))), 1e-9)
    shown, far = np.clip(above, -most, most), np.abs(above) > most
    _points(ax, fit, x, shown)
    if far.any():
        ringed: dict[str, Any] = {"facecolors": "none", "edgecolors": house.PALETTE["orange"]}
        ax.scatter(x[far], shown[far], s=80, clip_on=False, **ringed)
    ax.axhline(0, color=house.INK, lw=1, zorder=1)
    ax.set_ylabel("run above the law, %")
    _log(ax, name, f"Residuals; {far.sum()} ringed: farther" if far.any() else "Residuals")


def _contours(ax: Axes, fit: Any) -> None:
    """Contours of the law's loss over size and tokens (or steps), with the runs."""
    (_, N), (name, other), *more = _columns(fit).items()
    n, d = (np.geomspace(v.min() / 1.5, v.max() * 1.5, 80) for v in (N, other))
    loss = np.asarray(fit.law.loss(n, d[:, None], *(np.median(v) for _, v in more)))
    levels = np.geomspace(*np.quantile(loss, [0.02, 0.98]), 7)
    lines = ax.contour(n, d, loss, levels=levels, colors=house.QUANTITY["loss"], linewidths=1.2)
    _points(ax, fit, N, other)
    _log(ax, "N", "The law's loss, nats")
    ax.set(yscale="log", ylabel=WORDS[name])
    house.count_axis(ax.yaxis)
    for each in ax.clabel(lines, fmt="%.3g", fontsize=9.5, zorder=5):
        each.set_path_effects([withStroke(linewidth=3, foreground="white")])


def _frontier(ax: Axes, fit: Any) -> None:
    """Best size and tokens of each budget, with 95 % bands; grey where runs are."""
    law, many, used = fit.law, fit.resamples.law, fit.runs.C
    C = np.geomspace(float(used.min()), 100 * float(used.max()), 60)
    fresh = C * 6 / np.median(used / (fit.runs.N * fit.runs.D))
    for of, name, words in (("D_opt", "tokens", "D"), ("N_opt", "parameters", "N")):
        best, colour = getattr(law, of)(fresh), house.QUANTITY[name]
        band = np.quantile(getattr(many, of)(fresh[:, None]), [0.025, 0.975], axis=1)
        ax.fill_between(C, *band, color=colour, alpha=0.2, lw=0)
        ax.plot(C, best, color=colour, label=f"{words}, {name}")
    ax.axvspan(used.min(), used.max(), color=house.GRID, alpha=0.6, lw=0, zorder=0)
    ax.axvspan(10 * used.max(), C[-1], color=house.PALETTE["orange"], alpha=0.12, lw=0, zorder=0)
    ax.legend(loc="upper left")
    for at, said in ((used.max(), "runs"), (C[-1], "past 10×")):
        look: dict[str, Any] = {"rotation": 90, "ha": "right", "color": house.MUTED}
        ax.text(at, 0.03, said, transform=ax.get_xaxis_transform(), **look)
    _log(ax, "C", "Best size and tokens, with 95 %")
    ax.set(yscale="log", ylabel="best N and D")
    house.count_axis(ax.yaxis)


CAPTIONS = {
    "runs": "Loss of each run, with the law's line for each size.",
    "residuals": "How far each run lies above the law, in per cent.",
    "contours": "Lines of equal loss by the law, with the runs.",
    "frontier": "Best size and tokens of each budget with 95 % bands; grey where the runs are.",
}
PANELS = {"runs": _runs, "residuals": _residuals, "contours": _contours, "frontier": _frontier}


def _columns(fit: Any) -> dict[str, Any]:
    return dict(fit.runs.columns(fit.asked["form"]))


def _compute(fit: Any) -> tuple[str, Any]:
    """Compute of the runs, or where it is not known their last variable, with its name."""
    known = np.isfinite(fit.runs.C).all()
    return ("C", fit.runs.C) if known else list(_columns(fit).items())[-1]


def _log(ax: Axes, name: str, title: str) -> None:
    ax.set(xscale="log", xlabel=WORDS[name], title=title)
    if name != "C":
        low, high = np.log10(ax.get_xlim())
        house.count_axis(ax.xaxis, every=1 + int(high - low > 4))


def _points(ax: Axes, fit: Any, x: Any, y: Any, bar: bool = False) -> PathCollection:
    """The runs, pale to deep by size if it is known, as pixels if there are many."""
    N = fit.runs.N
    sized = bool(np.isfinite(N).all() and np.ptp(N) > 0)
    look = {"c": N, "cmap": SIZES, "norm": LogNorm()} if sized else {"color": SIZES(0.5)}
    size, many = 14 if len(x) < MANY else 5, len(x) >= MANY
    drawn = ax.scatter(x, y, s=size, lw=0, rasterized=many, zorder=3, **look)
    if bar and sized:
        beside = ax.figure.colorbar(drawn, ax=ax, pad=0.02, aspect=30)
        beside.set_label("parameters")
        house.count_axis(beside.ax.yaxis)
    return drawn
