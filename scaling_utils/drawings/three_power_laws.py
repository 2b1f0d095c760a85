"""The figures of chapter 1, *Three power laws*.

Each function draws on an empty figure from exactly the table that is published beside it;
`scaling_utils.drawings.three_power_laws_tables` makes the tables and describes their columns.
A column `measured` says where the paper had runs: solid there, dashed beyond.
"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MultipleLocator, NullFormatter

from scaling_utils.figures import (
    INK,
    MUTED,
    PALETTE,
    RAMP,
    count_axis,
    count_label,
    is_narrow,
    panels,
    plain_axis,
)

LOSS = "loss, nats per token"
SIZE, DATA, COMPUTE = "non-embedding parameters", "tokens of data", "compute, PF-days"

C_MIN = r"$C_{\min}$"

_COLOURS = {
    "L(N)": PALETTE["blue"],
    "L(D)": PALETTE["orange"],
    "L(C)": PALETTE["grey"],
    "L(C_min)": PALETTE["green"],
}
_NEAR: dict[str, Any] = {"textcoords": "offset points"}
_INF = float("inf")


def draw_three_power_laws(fig: Figure, data: pd.DataFrame) -> None:
    """Loss against size, data and compute, and what is left of it after a tenfold increase.

    Columns: law, x, loss, measured.
    """
    axes = panels(fig, 3, sharey=True)
    size, tokens, compute = axes
    words = {"L(N)": "ten times", "L(D)": "ten times", "L(C)": "fixed batch", "L(C_min)": C_MIN}
    places = {"L(N)": (size, 0.97), "L(D)": (tokens, 0.97)}
    places |= {"L(C)": (compute, 0.97), "L(C_min)": (compute, 0.88)}
    for law, (ax, height) in places.items():
        rows = data[data["law"] == law]
        _solid_where_measured(ax, rows, "x", _COLOURS[law])
        said = f"{words[law]}: ×{_factor_per_decade(rows):.2f}"
        ax.text(
            1.0, height, said, color=_COLOURS[law], ha="right", va="top", transform=ax.transAxes
        )
    for ax, title, label in zip(
        axes, ("Model size", "Data", "Compute"), (SIZE, DATA, COMPUTE), strict=True
    ):
        ax.set(title=title, xlabel=label, xscale="log", yscale="log")
        plain_axis(ax.yaxis, [1, 2, 3, 4, 6, 8])
        if ax is size or is_narrow(fig):
            ax.set_ylabel(LOSS)
    count_axis(size.xaxis, every=3)
    count_axis(tokens.xaxis, every=3)
    _power_axis(compute, every=3)


def draw_what_doubling_buys(fig: Figure, data: pd.DataFrame) -> None:
    """What is left of the loss after multiplying one resource, down to one half.

    Columns: law, times, remaining. The last row of each law is where its loss is halved.
    """
    ax = fig.subplots()
    names = {"L(D)": "data", "L(N)": "model size", "L(C_min)": "compute, spent best"}
    for law, name in names.items():
        rows = data[data["law"] == law]
        halved = float(f"{rows['times'].max():.2g}")
        label = f"{name}: half at ×{halved:,.0f}"
        ax.plot(rows["times"], rows["remaining"], "o-", color=_COLOURS[law], label=label)
    ax.axhline(0.5, color=MUTED, lw=1, ls=":")
    ax.set(xscale="log", yscale="log", ylim=(0.47, 1.02))
    ax.set(xlabel="how many times as much", ylabel="loss that is left")
    ax.set_yticks([0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.xaxis.set_major_locator(LogLocator(100.0 if is_narrow(fig) else 10.0, numticks=20))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"×{value:,.0f}"))
    if is_narrow(fig):  # no empty corner is wide enough for the words
        ax.legend(loc="lower left", bbox_to_anchor=(-0.05, 1.0))
    else:
        ax.legend(loc="upper right")


def draw_loss_of_size_and_data(fig: Figure, data: pd.DataFrame) -> None:
    """L(N, D) against the data, one curve for each size, with the floor that it nears.

    Columns: N (inf for the limit of the data alone), D (inf for the floor), loss, measured,
    mark (the point at which a given overfitting is reached).
    """
    ax = fig.subplots()
    ax.set(xscale="log", yscale="log", xlabel=DATA, ylabel=LOSS)
    finite = data[(data["D"] < _INF) & ~data["mark"]]
    edge = float(finite["D"].max())
    floors = data[(data["D"] == _INF) & (data["N"] < _INF)].sort_values("N")
    for colour, N, floor in zip(RAMP[-len(floors) :], floors["N"], floors["loss"], strict=True):
        _solid_where_measured(ax, finite[finite["N"] == N], "D", colour)
        ax.plot([edge, edge * 1.5], [floor, floor], color=colour, lw=3.5, clip_on=False)
        ax.annotate(
            count_label(N),
            (edge * 1.5, floor),
            (5, 0),
            va="center",
            annotation_clip=False,
            **_NEAR,
        )
    marked = data[data["mark"]]
    ax.plot(marked["D"], marked["loss"], "o", color=PALETTE["orange"], zorder=3)
    limit = finite[finite["N"] == _INF].reset_index(drop=True)
    _solid_where_measured(ax, limit, "D", INK)
    _beside(ax, limit, "D", "loss", 0.5, "endlessly\nlarge model ", INK, "left")
    ax.set(xlim=(finite["D"].min(), edge), ylim=(1.9, 5.2))
    count_axis(ax.xaxis)
    plain_axis(ax.yaxis, [2, 2.5, 3, 4, 5])
    ax.set_title("parameters", loc="right", fontweight="normal", fontsize=10)


def draw_which_table(fig: Figure, data: pd.DataFrame) -> None:
    """How far other constants of the same paper move the loss, against Table 5.

    Columns: law, x, constants (whose), difference (a fraction).
    """
    styles = {
        ("L(N)", "Table 2"): (PALETTE["blue"], "under"),
        ("L(N)", "Table 3"): (PALETTE["green"], "over"),
        ("L(D)", "Table 2"): (PALETTE["blue"], "left"),
        ("L(D)", "Tables 2 and 5, mixed"): (PALETTE["orange"], "left"),
        ("L(C)", "Fig. 13"): (PALETTE["grey"], "over"),
        ("L(C_min)", "Fig. 13"): (PALETTE["purple"], "under"),
    }
    axes = dict(zip(("L(N)", "L(D)", "L(C_min)"), panels(fig, 3, sharey=True), strict=True))
    axes["L(C)"] = axes["L(C_min)"]
    for (law, whose), (colour, side) in styles.items():
        ax = axes[law]
        rows = data[(data["law"] == law) & (data["constants"] == whose)].reset_index(drop=True)
        ax.plot(rows["x"], rows["difference"], "--" if "mixed" in whose else "-", color=colour)
        said = whose.replace(" and 5,", "\nand 5,")
        if law in ("L(C)", "L(C_min)"):
            said = f"{whose}, {'fixed batch' if law == 'L(C)' else C_MIN}"
        _beside(ax, rows, "x", "difference", 0.5, said, colour, side)
    for (law, ax), title, label in zip(
        list(axes.items())[:3],
        ("Model size", "Data", "Compute"),
        (SIZE, DATA, COMPUTE),
        strict=True,
    ):
        ax.axhline(0, color=INK, lw=1.2)
        ax.set(title=title, xlabel=label, xscale="log")
        ax.yaxis.set_major_locator(MultipleLocator(0.05))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _signed(value)))
        if is_narrow(fig) or law == "L(N)":
            ax.set_ylabel("difference from Table 5")
    count_axis(axes["L(N)"].xaxis, every=3)
    count_axis(axes["L(D)"].xaxis)
    _power_axis(axes["L(C)"], every=2)


def draw_naive_against_best(fig: Figure, data: pd.DataFrame) -> None:
    """How far the loss at a fixed batch lies above the best one for the same compute.

    Columns: C (PF-days), pair ("Table 5", "Fig. 13" or "Eq. 5.5"), excess (a fraction).
    """
    ax = fig.subplots()
    styles = {
        "Eq. 5.5": (INK, ":", "what Eq. 5.5 asks for"),
        "Fig. 13": (PALETTE["purple"], "-", "printed in Fig. 13"),
        "Table 5": (PALETTE["orange"], "-", "printed in Table 5"),
    }
    for pair, (colour, dashes, label) in styles.items():
        rows = data[data["pair"] == pair]
        ax.plot(rows["C"], rows["excess"], dashes, color=colour, label=label)
    low = min(1.3 * float(data["excess"].min()), -0.03)
    ax.axhspan(low, 0, color=PALETTE["grey"], alpha=0.18, lw=0)
    ax.text(0.02, 0.03, "impossible: better than the best", transform=ax.transAxes, color=MUTED)
    ax.set(xscale="log", xlabel=COMPUTE, ylabel="loss above the best", ylim=(low, None))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _signed(value)))
    _power_axis(ax, every=2 if is_narrow(fig) else 1)
    ax.legend(loc="upper right")


def draw_critical_batch_size(fig: Figure, data: pd.DataFrame) -> None:
    """The critical batch against the loss, with the claimed range and the loss it belongs to.

    Columns: kind ("curve", "claimed", "converged" or "used"), loss, batch (tokens), measured.
    """
    ax = fig.subplots()
    curve, claimed, converged, used = (
        data[data["kind"] == kind] for kind in ("curve", "claimed", "converged", "used")
    )
    _solid_where_measured(ax, curve, "loss", PALETTE["blue"], "batch")
    low, high = float(claimed["batch"].min()), float(claimed["batch"].max())
    ax.axhspan(low, high, color=PALETTE["orange"], alpha=0.2, lw=0)
    ax.plot(claimed["loss"], claimed["batch"], "o", color=PALETTE["orange"], zorder=3)
    ax.plot(converged["loss"], converged["batch"], "D", color=PALETTE["purple"], zorder=3)
    left, batch = float(curve["loss"].max()), float(used["batch"].item())
    ax.axhline(batch, color=PALETTE["grey"], lw=1.2, ls="--")
    said = f"{count_label(low)} to {count_label(high)}, as claimed"
    ax.text(left * 0.98, math.sqrt(low * high), said, color=PALETTE["orange"], va="center")
    said = f"{count_label(batch)}, {'most runs' if is_narrow(fig) else 'batch of most runs'}"
    ax.annotate(said, (left * 0.98, batch), (0, -4), color=PALETTE["grey"], va="top", **_NEAR)
    at = float(converged["loss"].item()), float(converged["batch"].item())
    said = f"largest model,\nconverged: {count_label(at[1])}"
    ax.annotate(said, at, (-10, 4), color=PALETTE["purple"], ha="right", **_NEAR)
    ax.set(xscale="log", yscale="log", xlabel=f"{LOSS} (training goes right)")
    ax.set(ylabel="critical batch, tokens", xlim=(left, curve["loss"].min()))
    plain_axis(ax.xaxis, [10, 8, 6, 5, 4, 3, 2.5, 2])
    count_axis(ax.yaxis)


def draw_steps_against_compute(fig: Figure, data: pd.DataFrame) -> None:
    """What a batch costs: steps and compute over the least possible ones.

    Columns: batch (in critical batches), steps, compute (both over their minimum).
    """
    ax = fig.subplots()
    ax.plot(data["batch"], data["steps"], color=PALETTE["blue"])
    ax.plot(data["batch"], data["compute"], color=PALETTE["orange"])
    first, last = data.iloc[4], data.iloc[-5]
    ax.annotate("steps", (first["batch"], first["steps"]), (7, 3), color=PALETTE["blue"], **_NEAR)
    at = (last["batch"], last["compute"])
    ax.annotate("compute", at, (-7, 3), color=PALETTE["orange"], ha="right", **_NEAR)
    meet = data.iloc[(data["batch"] - 1).abs().argmin()]
    at = (meet["batch"], meet["steps"])
    ax.plot(*at, "o", color=INK, zorder=3)
    said = f"both ×{meet['steps']:.0f}"
    ax.annotate(said, at, (0, -22), ha="center", va="top", **_NEAR)
    ax.set(xscale="log", yscale="log", xlabel="batch, in critical batches")
    ax.set(ylabel="times the minimum")
    plain_axis(ax.xaxis, [0.1, 0.3, 1, 3, 10])
    plain_axis(ax.yaxis, [1, 2, 3, 5, 10])


def draw_power_law_or_logarithm(fig: Figure, data: pd.DataFrame) -> None:
    """The two forms of Fig. 23 against model size.

    Columns: form ("power law" or "logarithm"), N, loss, measured.
    """
    ax = fig.subplots()
    ax.axhline(0, color=INK, lw=1)
    for form, colour in (("power law", PALETTE["blue"]), ("logarithm", PALETTE["orange"])):
        rows = data[data["form"] == form].reset_index(drop=True)
        _solid_where_measured(ax, rows, "N", colour)
        side, share = ("right", 0.72) if form == "power law" else ("left", 0.84)
        _beside(ax, rows, "N", "loss", share, form, colour, side)
    ax.set(xscale="log", xlabel=SIZE, ylabel=LOSS)
    count_axis(ax.xaxis, every=3 if is_narrow(fig) else 2)


def _solid_where_measured(
    ax: Axes, rows: pd.DataFrame, x: str, colour: str, y: str = "loss"
) -> None:
    """Draw one line, dashed everywhere and solid on top where there were runs."""
    ax.plot(rows[x], rows[y], color=colour, lw=1.4, ls=(0, (3, 2.5)))
    inside = rows[rows["measured"]]
    ax.plot(inside[x], inside[y], color=colour)


def _beside(
    ax: Axes, rows: pd.DataFrame, x: str, y: str, share: float, said: str, colour: str, side: str
) -> None:
    """Write "right" above or "left" below a falling line, or centred "over" or "under" it."""
    at = rows.iloc[round(share * (len(rows) - 1))]
    ha = {"left": "right", "right": "left"}.get(side, "center")
    up = side in ("right", "over")
    va, shift = ("bottom", 3) if up else ("top", -4)
    # Words over a line that runs just below zero must also clear the line at zero.
    height = max(at[y], 0) if side == "over" else at[y]
    ax.annotate(said, (at[x], height), (0, shift), color=colour, ha=ha, va=va, **_NEAR)


def _factor_per_decade(rows: pd.DataFrame) -> float:
    """What a power law leaves of the loss when x grows tenfold."""
    x, loss = rows["x"].to_numpy(), rows["loss"].to_numpy()
    return float((loss[-1] / loss[0]) ** (1 / math.log10(x[-1] / x[0])))


def _signed(fraction: float) -> str:
    per_cent = round(100 * fraction)
    return f"{per_cent:+d} %".replace("-", "−") if per_cent else "0"


def _power_axis(ax: Axes, every: int) -> None:
    """Powers of ten as powers, one label in `every` decades."""
    ax.xaxis.set_major_locator(LogLocator(10.0**every, numticks=20))
    ax.xaxis.set_minor_formatter(NullFormatter())
