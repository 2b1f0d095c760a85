"""The figures of chapter 2: stop early, what that saves, and what a wrong size costs.

Each figure has a function that computes its table and one that draws it from that table.
Compute is in PF-days here, as on the axes of Kaplan et al. 2020.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from scaling_utils.figures import INK, MUTED, PALETTE, RAMP, count_label, is_narrow, panels
from scaling_utils.laws import Allocation, KaplanNS
from scaling_utils.laws.convergence import (
    EfficientTraining,
    compare_convergence,
    compute_ratio,
    size_interval,
    smallest_size_ratio,
    steps_ratio,
)
from scaling_utils.units import flops_to_pf_days, pf_days_to_flops

BLUE, ORANGE, GREEN, PURPLE = (PALETTE[name] for name in ("blue", "orange", "green", "purple"))
COMPUTE = "compute, PF-days"
QUANTITIES = {
    "N": "model size, parameters",
    "B": "batch, tokens",
    "S": "least number of steps",
    "D": "data, tokens",
}


def learning_curves_table(training: EfficientTraining, sizes: list[float]) -> pd.DataFrame:
    """Learning curves of several sizes, where each should stop, and the envelope of all.

    Parameters
    ----------
    training : EfficientTraining
        The law and the critical batch.
    sizes : list of float
        Parameters, in rising order.

    Returns
    -------
    DataFrame
        Columns kind (curve, stop, frontier), N, C_pf_days, loss, converged_loss, excess.
    """
    parts = []
    stops = np.geomspace(0.6, 0.02, 60)
    for kind, excess in (("curve", stops), ("stop", np.array([training.excess]))):
        for size in sizes:
            reached = training.law.converged_loss(size) * (1 + excess)
            spent = training.compute_to_reach(size, reached)
            parts.append(pd.DataFrame({"kind": kind, "N": size, "C": spent, "loss": reached}))
    curves = pd.concat(parts)
    C = np.geomspace(curves["C"].min(), curves["C"].max(), 60)
    best = {"kind": "frontier", "N": training.N_opt(C), "C": C, "loss": training.loss(C)}
    frontier = pd.DataFrame(best)
    table = pd.concat([curves, frontier], ignore_index=True)
    table["converged_loss"] = training.law.converged_loss(table["N"])
    table["excess"] = table["loss"] / table["converged_loss"] - 1
    table.insert(2, "C_pf_days", flops_to_pf_days(table.pop("C")))
    return table


def draw_learning_curves(fig: Figure, data: pd.DataFrame) -> None:
    """Loss against compute with the envelope; and the same curves above their own floors.

    Columns: kind, N, C_pf_days, loss, converged_loss, excess.
    """
    left, right = panels(fig, 2)
    curves = data[data["kind"] == "curve"]
    stops = data[data["kind"] == "stop"].set_index("N")
    shades = dict(zip(stops.index, RAMP[-len(stops) :], strict=True))
    for N in stops.index.to_numpy(dtype=np.float64):
        stop, curve = stops.loc[N], curves[curves["N"] == N]
        last = curve["C_pf_days"].max()
        C = stop["C_pf_days"]
        left.loglog(curve["C_pf_days"], curve["loss"], color=shades[N], lw=1.8)
        floor = [stop["converged_loss"]] * 2
        left.plot([C, last], floor, color=MUTED, lw=1, ls=(0, (2, 2)), label="floor of a size")
        left.plot([C, C], [stop["loss"], floor[0]], color=ORANGE, lw=1.4)  # the distance
        right.loglog(curve["C_pf_days"], 100 * curve["excess"], color=shades[N], lw=1.8)
        for ax, y in ((left, curve["loss"].max()), (right, 100 * curve["excess"].max())):
            _note(ax, count_label(N), (curve["C_pf_days"].min(), y), (0, 4), ha="center")
    frontier = data[data["kind"] == "frontier"]
    budgets, best = frontier["C_pf_days"], 100 * frontier["excess"]
    left.plot(budgets, frontier["loss"], color=ORANGE, lw=1.6, zorder=1.5, label="lowest loss")
    right.plot(budgets, best, color=ORANGE, lw=1.6, zorder=1.5)
    for ax, y in ((left, stops["loss"]), (right, 100 * stops["excess"])):
        ax.plot(stops["C_pf_days"], y, "o", color=ORANGE, ms=5.5, zorder=3, label="stop here")
        ax.set(xlabel=COMPUTE, xlim=(budgets.min() / 8, None))
    _note(right, "stop here", (budgets.min() / 8, best.iloc[0]), (5, 4), ORANGE)
    left.set(ylabel="loss, nats per token", title="Loss", ylim=(1.75, 1.15 * data["loss"].max()))
    right.set(ylabel="above own floor, %", title="Distance from the floor", ylim=(None, 85))
    handles = dict(zip(*reversed(left.get_legend_handles_labels()), strict=True))
    left.legend(handles.values(), handles.keys(), loc="lower left")
    _ticks(left, "y", [2, 3, 4, 5, 6, 8])
    _ticks(right, "y", [2, 5, 10, 20, 50])


def cost_of_training_longer_table(law: KaplanNS, f_practice: float = 0.02) -> pd.DataFrame:
    """What a run that stops f above its converged loss needs, relative to the best one.

    `f_practice` is the f of training nearly to convergence, to be marked. Columns: mark
    (curve, optimum, practice), f, size_ratio, steps_ratio, compute_ratio.
    """
    best = law.alpha_N / law.alpha_S
    stops = [("curve", float(f)) for f in np.geomspace(0.01, 0.3, 80)]
    rows = []
    for mark, f in [*stops, ("practice", f_practice), ("optimum", best)]:
        run = compare_convergence(law, f_other=best, f=f)
        rows.append((mark, f, run.size_ratio, run.steps_ratio, run.compute_ratio))
    return pd.DataFrame(rows, columns=["mark", "f", "size_ratio", "steps_ratio", "compute_ratio"])


def draw_cost_of_training_longer(fig: Figure, data: pd.DataFrame) -> None:
    """Size, steps and compute against where the run stops, all at the same final loss.

    Columns: mark, f, size_ratio, steps_ratio, compute_ratio.
    """
    ax = fig.subplots()
    curve = data[data["mark"] == "curve"]
    practice, best = (data[data["mark"] == m].iloc[0] for m in ("practice", "optimum"))
    lines = (("steps", GREEN, (8, 3)), ("compute", ORANGE, (-6, -15)), ("size", BLUE, (8, -14)))
    end = curve.iloc[-1]
    for name, colour, shift in lines:
        y, side = f"{name}_ratio", "left" if shift[0] > 0 else "right"
        ax.loglog(100 * curve["f"], curve[y], color=colour)
        ax.plot(100 * practice["f"], practice[y], "o", color=colour, ms=6)
        _note(ax, f"× {practice[y]:.2g}", (100 * practice["f"], practice[y]), shift, colour, side)
        _note(ax, name, (100 * end["f"], end[y]), (5, -4), colour, weight="bold")
    ax.plot(100 * best["f"], 1, "o", color=INK, ms=7, zorder=4)
    for row, words in ((practice, ""), (best, ", cheapest")):
        ax.axvline(100 * row["f"], color=MUTED, lw=1, ls=(0, (4, 3)), zorder=1)
        text = _percent(row["f"]).lstrip("+") + words
        _note(ax, text, (100 * row["f"], 30), (4, -10), MUTED)
    ax.set(ylabel="relative to the cheapest run", xlim=(None, 70), ylim=(0.2, 30))
    where = "stop" if is_narrow(fig) else "where the run stops"
    ax.set_xlabel(f"{where}: % above the converged loss")
    _ticks(ax, "x", [1, 2, 5, 10, 20, 50])
    _ticks(ax, "y", [0.2, 0.5, 1, 2, 5, 10, 20])


def wrong_size_table(law: KaplanNS, extra_compute: float = 0.2) -> pd.DataFrame:
    """Compute and steps of models of the wrong size that reach the same loss.

    `extra_compute` is the fraction whose range of sizes is marked. Columns: mark (curve,
    optimum, band, wall), size_ratio, compute_ratio, steps_ratio; at the wall the last two are
    infinite and left empty.
    """
    wall, band = smallest_size_ratio(law), size_interval(law, extra_compute)
    sizes = np.concatenate([wall * (1 + np.geomspace(0.05, 1, 40)), np.geomspace(0.6, 10, 61)])
    marked = [("curve", np.sort(sizes)), ("optimum", 1.0), ("band", [band.low, band.high])]
    parts = []
    for mark, size in marked:
        ratio = np.atleast_1d(np.asarray(size, dtype=np.float64))
        costs = {
            "compute_ratio": compute_ratio(law, ratio),
            "steps_ratio": steps_ratio(law, ratio),
        }
        parts.append(pd.DataFrame({"mark": mark, "size_ratio": ratio, **costs}))
    parts.append(pd.DataFrame({"mark": ["wall"], "size_ratio": [wall]}))
    return pd.concat(parts, ignore_index=True)


def draw_wrong_size(fig: Figure, data: pd.DataFrame) -> None:
    """Kaplan Fig. 12 redone: compute and steps against size, with the band and the wall.

    Columns: mark, size_ratio, compute_ratio, steps_ratio.
    """
    of = dict(iter(data.groupby("mark")))
    wall, band = float(of["wall"]["size_ratio"].iloc[0]), of["band"]
    extra = _percent(band["compute_ratio"].iloc[0] - 1).lstrip("+")
    titles = {"compute": ("Compute", ORANGE, (0.9, 3.1)), "steps": ("Steps", GREEN, (0.2, 10))}
    for ax, (name, (title, colour, limits)) in zip(panels(fig, 2), titles.items(), strict=True):
        y = f"{name}_ratio"
        ax.axvspan(wall / 2, wall, color=MUTED, alpha=0.18, lw=0)
        ax.axvspan(*band["size_ratio"], color=BLUE, alpha=0.13, lw=0)
        ax.loglog(of["curve"]["size_ratio"], of["curve"][y], color=colour)
        ax.plot(band["size_ratio"], band[y], "o", color=colour)
        ax.plot(1, 1, "o", color=INK, ms=7, zorder=4)
        ax.axhline(1, color=MUTED, lw=1, zorder=1)
        ax.set(title=title, xlim=(0.62 * wall, 10), ylim=limits)
        ax.set(xlabel="size, relative to the best", ylabel=f"{name}, relative to the best size")
        _ticks(ax, "x", [0.3, 0.5, 1, 2, 5, 10])
        for (_, row), shift in zip(band.iterrows(), ((5, 5), (8, -2)), strict=True):
            _note(ax, _percent(row[y] - 1), (row["size_ratio"], row[y]), shift, colour)
        _note(ax, f"{extra} band", (1.05, limits[1]), (0, -14), BLUE, "center")
        inside = (0.79 * wall, limits[1])  # the middle of the grey, on a logarithmic axis
        never = f"never below {wall:.3g}"
        _note(ax, never, inside, (0, -5), MUTED, "center", rotation=90, va="top")
    for ax, ticks in zip(fig.axes, ([1, 1.2, 1.5, 2, 3], [0.2, 0.5, 1, 2, 5, 10]), strict=True):
        _ticks(ax, "y", ticks)


def theory_and_table_6_table(
    training: EfficientTraining, allocation: Allocation, decades: tuple[int, int] = (-8, 0)
) -> pd.DataFrame:
    """Model size, batch, steps and data against compute: Appendix B beside Table 6.

    `decades` are the first and last power of ten of the compute in PF-days. Columns:
    C_pf_days, quantity (N, B, S, D), from (Appendix B, Table 6), value.
    """
    pf_days = 10.0 ** np.arange(decades[0], decades[1] + 1)
    C = pf_days_to_flops(pf_days)
    values = {
        ("N", "Appendix B"): training.N_opt(C),
        ("N", "Table 6"): allocation.N_opt(C),
        ("B", "Appendix B"): training.batch(C),
        ("B", "Table 6"): allocation.batch(C),
        ("S", "Appendix B"): training.steps(C),
        ("S", "Table 6"): allocation.steps(C),
        ("D", "Appendix B"): training.tokens(C),
        ("D", "Table 6"): allocation.D_opt(C),
    }
    parts = [
        pd.DataFrame({"C_pf_days": pf_days, "quantity": quantity, "from": source, "value": value})
        for (quantity, source), value in values.items()
    ]
    return pd.concat(parts, ignore_index=True)


def draw_theory_and_table_6(fig: Figure, data: pd.DataFrame) -> None:
    """Four panels, N, B, S and D against compute: theory solid, Table 6 dashed.

    Columns: C_pf_days, quantity, from, value.
    """
    rows, columns = (4, 1) if is_narrow(fig) else (2, 2)
    axes = fig.subplots(rows, columns, squeeze=False, sharex=True)
    styles = {"Appendix B": (BLUE, (0, ())), "Table 6": (ORANGE, (0, (5, 2)))}
    at_one = data[data["C_pf_days"] == 1].set_index(["quantity", "from"])["value"]
    for ax, (quantity, label) in zip(axes.flat, QUANTITIES.items(), strict=True):
        for source, (colour, dash) in styles.items():
            line = data[(data["quantity"] == quantity) & (data["from"] == source)]
            ax.loglog(line["C_pf_days"], line["value"], color=colour, ls=dash, label=source)
            ax.plot(1, at_one[quantity, source], "o", color=colour)
        ratio = at_one[quantity, "Table 6"] / at_one[quantity, "Appendix B"]
        text = f"1 PF-day: Table 6 = {ratio:.2g} × App. B"
        ax.text(0.98, 0.04, text, ha="right", transform=ax.transAxes, color=MUTED, fontsize=9.5)
        ax.set_title(f"{quantity}: {label}")
        if ax.get_ylim()[1] < 100 * ax.get_ylim()[0]:
            ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: count_label(value)))
        ax.yaxis.set_minor_formatter(NullFormatter())
    for ax in axes[-1]:
        ax.set_xlabel(COMPUTE)
    axes.flat[0].legend(loc="upper left")


def _ticks(ax: Axes, which: str, ticks: list[float]) -> None:
    """Plain numbers at the given places of a logarithmic axis."""
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_ticks(ticks)
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _percent(change: float) -> str:
    """A relative change in per cent, with its sign."""
    return f"{100 * change:+.0f} %".replace("-", "−")


def _note(
    ax: Axes,
    text: str,
    at: tuple[float, float],
    shift: tuple[float, float],
    color: str = INK,
    ha: str = "left",
    **kwargs: Any,
) -> None:
    """Write a few words beside a point, shifted by so many points of type."""
    ax.annotate(
        text,
        at,
        xytext=shift,
        textcoords="offset points",
        color=color,
        ha=ha,
        fontsize=10,
        **kwargs,
    )
