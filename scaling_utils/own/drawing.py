"""Pictures of a fit: its runs and law, residuals, contours of loss, the best sizes."""

from __future__ import annotations

import io
from collections.abc import Callable
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
from scaling_utils.own.budget import Spending

WORDS = {"N": "parameters", "D": "tokens", "S": "steps", "unique": "unique tokens"}
SIZES = LinearSegmentedColormap.from_list("sizes", house.RAMP[1:])
MOST_LINES, MANY, FAR, BUDGETS = 8, 400, 8.0, 12
"""Lines of the law at most; runs that are drawn small, as pixels; times the median residual that
are shown at most; budgets at which the best size is asked for."""


class Picture(Figure):
    """A figure that shows itself at the end of a notebook's cell, without pyplot."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=144)
        return buffer.getvalue()


def draw(fit: Any, only: str = "") -> Figure:
    """All panels of a fit, or one; of a fit that cannot be used the runs alone."""
    chosen = [only] if only else panels_of(fit)
    rows, across = -(-len(chosen) // 2), min(len(chosen), 2)
    with house.style():
        fig = Picture(figsize=(4.2 * across, 3.2 * rows), layout="constrained", facecolor="white")
        for k, name in enumerate(chosen):
            PANELS[name][0](fig.add_subplot(rows, across, k + 1), fit)
        house.color_labels(fig)
        fig.draw_without_rendering()  # makes the ticks, while the style holds
    return fig


def panels_of(fit: Any) -> list[str]:
    """Names of the panels that a fit has."""
    if fit.status not in USABLE:
        return ["runs"]
    columns = fit.found.problem.columns
    has = {"contours": len(columns) > 1, "frontier": {"N", "D"} <= set(columns)}
    return ["runs", "residuals", *(name for name, there in has.items() if there)]


def _runs(ax: Axes, fit: Any) -> None:
    columns, usable = fit.found.problem.columns, fit.status in USABLE
    moving = next(name for name in ("S", "D", *columns) if name in columns)
    x = columns[moving]
    dots = _points(ax, fit, x, fit.runs.loss)
    if sized := dots.get_array() is not None:
        bar = ax.figure.colorbar(dots, ax=ax, pad=0.02, aspect=30, label="parameters")
        house.count_axis(bar.ax.yaxis)
    _axes(ax, "Runs and law" if usable else f"Runs; the fit is {fit.status}", moving, "loss, nats")
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 2.5, 5, 10]))
    house.plain_axis(ax.yaxis)
    still = np.column_stack([0 * x, *(v for name, v in columns.items() if name != moving)])
    sets, label = np.unique(still, axis=0, return_inverse=True)
    for k in np.unique(np.linspace(0, len(sets) - 1, MOST_LINES).round()) if usable else ():
        own = np.flatnonzero(label.ravel() == k)
        at = np.geomspace(x[own].min() / 1.3, x[own].max() * 1.3, 60)
        given = [at if name == moving else v[own[:1]] for name, v in columns.items()]
        by_size = sized and "N" in columns and len(x) < MANY
        colour = dots.to_rgba(columns["N"][own[0]]) if by_size else house.INK
        ax.plot(at, fit.law.loss(*given), lw=1.2, color=colour, zorder=2 if by_size else 4)


def _residuals(ax: Axes, fit: Any) -> None:
    above, last = 100 * np.expm1(-fit.found.residuals), list(fit.found.problem.columns.items())[-1]
    name, x = ("C", fit.runs.C) if np.isfinite(fit.runs.C).all() else last
    most = max(FAR * float(np.median(np.abs(above))), 1e-9)
    shown, far = np.clip(above, -most, most), np.abs(above) > most
    _points(ax, fit, x, shown)
    orange = house.PALETTE["orange"]
    ax.scatter(x[far], shown[far], s=80, fc="none", ec=orange, clip_on=False)
    ax.axhline(0, color=house.INK, lw=1, zorder=1)
    said = f"Residuals; {far.sum()} ringed" if far.any() else "Residuals"
    _axes(ax, said, name, "run above the law, %")


def _contours(ax: Axes, fit: Any) -> None:
    (_, N), (name, other), *more = fit.found.problem.columns.items()
    n, d = (np.geomspace(v.min() / 1.5, v.max() * 1.5, 80) for v in (N, other))
    loss = np.asarray(fit.law.loss(n, d[:, None], *(np.median(v) for _, v in more)))
    _points(ax, fit, N, other)
    _axes(ax, "The law's loss, nats", "N", name)
    k = np.linspace(74, 5, 6).astype(int)  # lines through points of the diagonal, named there
    levels, first = np.unique(loss[k, k], return_index=True)
    look: dict[str, Any] = {"colors": house.QUANTITY["loss"], "linewidths": 1.2}
    lines = ax.contour(n, d, loss, levels=levels, **look)
    places = list(zip(n[k[first]], d[k[first]], strict=True))
    for each in ax.clabel(lines, fmt="%.3g", fontsize=9.5, zorder=2.5, manual=places):
        each.set_path_effects([withStroke(linewidth=3, foreground="white")])


def _frontier(ax: Axes, fit: Any) -> None:
    used, (N, D, *more) = fit.runs.C, fit.found.problem.columns.values()
    factor, given = float(np.median(used / (N * D))), tuple(float(v.max()) for v in more)
    C = np.geomspace(float(used.min()), 100 * float(used.max()), BUDGETS)
    budgets = [Spending(each, factor, None, given) for each in C.tolist()]
    try:
        found, said = [fit.interval(each.best) for each in budgets], ", with 95 %"
        low, best, high = np.array([(each.low, each.estimate, each.high) for each in found]).T
    except ValueError:  # too many resamples are left out
        best, said = np.array([float(each.best(fit.law)) for each in budgets]), ""
        low = high = best
    for name, of in (("D, tokens", lambda x: C / factor / np.exp(x)), ("N, parameters", np.exp)):
        colour = house.QUANTITY[name[3:]]
        ax.fill_between(C, of(low), of(high), color=colour, alpha=0.2, lw=0)
        ax.plot(C, of(best), color=colour, label=name)
    ax.axvspan(used.min(), used.max(), color=house.GRID, alpha=0.6, lw=0, zorder=0)
    ax.axvspan(10 * used.max(), C[-1], color=house.PALETTE["orange"], alpha=0.12, lw=0, zorder=0)
    ax.legend(loc="upper left")
    for at, words in ((used.max(), "runs"), (C[-1], "past 10×")):
        look: dict[str, Any] = {"rotation": 90, "ha": "right", "color": house.MUTED}
        ax.text(at, 0.03, words, transform=ax.get_xaxis_transform(), **look)
    _axes(ax, f"Best size and tokens{said}", "C", "best N and D")


PANELS: dict[str, tuple[Callable[[Axes, Any], None], str]] = {
    "runs": (_runs, "Loss of each run, with lines of the law."),
    "residuals": (_residuals, "How far each run lies above the law; ringed ones lie farther."),
    "contours": (_contours, "Lines of equal loss by the law, with the runs."),
    "frontier": (_frontier, "Best size and tokens of each budget, with 95 % bands."),
}
"""What draws each panel, and what it shows."""


def _axes(ax: Axes, title: str, x: str, y: str) -> None:
    """Title, labels and scales; counts along each axis that has one."""
    labels = WORDS.get(x, "compute, FLOPs"), WORDS.get(y, y)
    ax.set(title=title, xscale="log", xlabel=labels[0], ylabel=labels[1])
    if y in WORDS or y == "best N and D":
        ax.set_yscale("log")
        house.count_axis(ax.yaxis)
    if x in WORDS:
        low, high = np.log10(ax.get_xlim())
        house.count_axis(ax.xaxis, every=1 + int(high - low > 4))


def _points(ax: Axes, fit: Any, x: Any, y: Any) -> PathCollection:
    """The runs, pale to deep by size if it is known."""
    N, many = fit.runs.N, len(x) >= MANY
    sized = bool(np.isfinite(N).all() and np.ptp(N) > 0)
    look = {"c": N, "cmap": SIZES, "norm": LogNorm()} if sized else {"color": SIZES(0.5)}
    return ax.scatter(x, y, s=5 if many else 14, lw=0, rasterized=many, zorder=3, **look)
