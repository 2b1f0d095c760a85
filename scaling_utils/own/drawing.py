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

WORDS = {"N": "parameters", "D": "tokens", "S": "steps", "C": "compute, FLOPs"}
WORDS["unique"] = "unique tokens"
SIZES = LinearSegmentedColormap.from_list("sizes", house.RAMP[1:])
MOST_LINES, MANY, FAR, BUDGETS = 8, 400, 8.0, 12
"""So many lines of sizes at most; so many points are drawn small, as pixels; so many times the
median residual are shown at most."""


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
    has = {"contours": len(columns) > 1, "frontier": "D" in columns and "N" in columns}
    return ["runs", "residuals", *(name for name, there in has.items() if there)]


def _runs(ax: Axes, fit: Any) -> None:
    columns, usable = fit.found.problem.columns, fit.status in USABLE
    moving = next(name for name in ("S", "D", *columns) if name in columns)
    x = columns[moving]
    dots = _points(ax, fit, x, fit.runs.loss, bar=True)
    _log(ax, moving, "Runs and law" if usable else f"Runs; the fit is {fit.status}")
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
    above, last = 100 * np.expm1(-fit.found.residuals), list(fit.found.problem.columns.items())[-1]
    name, x = ("C", fit.runs.C) if np.isfinite(fit.runs.C).all() else last
    most = max(FAR * float(np.median(np.abs(above))), 1e-9)
    shown, far = np.clip(above, -most, most), np.abs(above) > most
    _points(ax, fit, x, shown)
    if far.any():
        look: dict[str, Any] = {"facecolors": "none", "edgecolors": house.PALETTE["orange"]}
        ax.scatter(x[far], shown[far], s=80, clip_on=False, **look)
    ax.axhline(0, color=house.INK, lw=1, zorder=1)
    ax.set_ylabel("run above the law, %")
    _log(ax, name, f"Residuals; {far.sum()} ringed" if far.any() else "Residuals")


def _contours(ax: Axes, fit: Any) -> None:
    (_, N), (name, other), *more = fit.found.problem.columns.items()
    n, d = (np.geomspace(v.min() / 1.5, v.max() * 1.5, 80) for v in (N, other))
    loss = np.asarray(fit.law.loss(n, d[:, None], *(np.median(v) for _, v in more)))
    low, high = np.quantile(loss, [0.02, 0.98]).tolist()
    levels = np.geomspace(low, high, 6)
    ax.set(xscale="log", yscale="log")
    lines = ax.contour(n, d, loss, levels=levels, colors=house.QUANTITY["loss"], linewidths=1.2)
    at = np.interp(-levels, -np.diagonal(loss), np.linspace(0, 1, 80))
    places = zip(*(v[0] * (v[-1] / v[0]) ** at for v in (n, d)), strict=True)
    _points(ax, fit, N, other)
    _log(ax, "N", "The law's loss, nats")
    ax.set_ylabel(WORDS[name])
    house.count_axis(ax.yaxis)
    for each in ax.clabel(lines, fmt="%.3g", fontsize=9.5, zorder=5, manual=list(places)):
        each.set_path_effects([withStroke(linewidth=3, foreground="white")])


def _frontier(ax: Axes, fit: Any) -> None:
    used, (N, D, *more) = fit.runs.C, fit.found.problem.columns.values()
    factor, given = float(np.median(used / (N * D))), tuple(float(v.max()) for v in more)
    C = np.geomspace(float(used.min()), 100 * float(used.max()), BUDGETS)
    budgets = [Spending(each, factor, None, given) for each in C.tolist()]
    best = np.array([float(budget.best(fit.law)) for budget in budgets])
    low, high = _intervals(fit, budgets)
    for name, of in (("D, tokens", lambda x: C / factor / np.exp(x)), ("N, parameters", np.exp)):
        colour = house.QUANTITY[name[3:]]
        ax.fill_between(C, of(low), of(high), color=colour, alpha=0.2, lw=0)
        ax.plot(C, of(best), color=colour, label=name)
    ax.axvspan(used.min(), used.max(), color=house.GRID, alpha=0.6, lw=0, zorder=0)
    ax.axvspan(10 * used.max(), C[-1], color=house.PALETTE["orange"], alpha=0.12, lw=0, zorder=0)
    ax.legend(loc="upper left")
    for at, said in ((used.max(), "runs"), (C[-1], "past 10×")):
        look: dict[str, Any] = {"rotation": 90, "ha": "right", "color": house.MUTED}
        ax.text(at, 0.03, said, transform=ax.get_xaxis_transform(), **look)
    _log(ax, "C", f"Best size and tokens{', with 95 %' * bool(np.isfinite(low).all())}")
    ax.set(yscale="log", ylabel="best N and D")
    house.count_axis(ax.yaxis)


PANELS: dict[str, tuple[Callable[[Axes, Any], None], str]] = {
    "runs": (_runs, "Loss of each run, with lines of the law."),
    "residuals": (_residuals, "How far each run lies above the law; ringed ones lie farther."),
    "contours": (_contours, "Lines of equal loss by the law, with the runs."),
    "frontier": (_frontier, "Best size and tokens of each budget, with 95 % bands."),
}
"""What draws each panel, and what it shows."""


def _intervals(fit: Any, budgets: list[Spending]) -> Any:
    """Intervals of the log of the best sizes; NaN where there are none."""
    try:
        found = [fit.interval(budget.best) for budget in budgets]
    except ValueError:
        return np.full((2, len(budgets)), np.nan)
    return np.array([(each.low, each.high) for each in found]).T


def _log(ax: Axes, name: str, title: str) -> None:
    ax.set(xscale="log", xlabel=WORDS[name], title=title)
    if name != "C":
        low, high = np.log10(ax.get_xlim())
        house.count_axis(ax.xaxis, every=1 + int(high - low > 4))


def _points(ax: Axes, fit: Any, x: Any, y: Any, bar: bool = False) -> PathCollection:
    """The runs, pale to deep by size if it is known."""
    N = fit.runs.N
    sized = bool(np.isfinite(N).all() and np.ptp(N) > 0)
    look = {"c": N, "cmap": SIZES, "norm": LogNorm()} if sized else {"color": SIZES(0.5)}
    many = len(x) >= MANY
    dots = ax.scatter(x, y, s=5 if many else 14, lw=0, rasterized=many, zorder=3, **look)
    if bar and sized:
        beside = ax.figure.colorbar(dots, ax=ax, pad=0.02, aspect=30)
        beside.set_label("parameters")
        house.count_axis(beside.ax.yaxis)
    return dots
