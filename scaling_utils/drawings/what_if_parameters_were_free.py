"""The figures of chapter 10: what a model without limit on its size could do.

The tables are made by `scaling_utils.drawings.what_if_parameters_were_free_tables`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator, NullLocator

from scaling_utils.drawings.what_if_parameters_were_free_tables import (
    EXCESS,
    GADRE,
    KAPLAN,
)
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
from scaling_utils.gopher import OURS, PRINTED, TEX

_LAW_STYLE: dict[str, tuple[str, Any]] = {
    PRINTED: ("orange", (0, (5, 2))),
    TEX: ("amber", (0, (7, 2, 1.5, 2))),
    OURS: ("blue", "-"),
    KAPLAN: ("green", (0, (5, 2))),
    GADRE: ("purple", (0, (7, 2, 1.5, 2))),
    EXCESS: ("grey", (0, (1.2, 1.4))),
}
MODEL_STYLE = {
    "GPT-3": ("grey", "^"),
    "Gopher": ("amber", "o"),
    "MT-NLG 530B": ("orange", "s"),
    "Chinchilla": ("blue", "D"),
}
_BESIDE: dict[str, tuple[float, float, str]] = {
    "GPT-3": (-7, -5, "right"),
    "Gopher": (2, 7, "center"),
    "MT-NLG 530B": (8, -7, "left"),
    "Chinchilla": (8, 3, "left"),
}
_NEAR: dict[str, Any] = {"textcoords": "offset points", "fontsize": 9}
_INFINITE_AT = 1e15  # where "infinite" stands on an axis of parameters
_DASH = (0, (4, 2))


def draw_free_parameters(fig: Figure, data: pd.DataFrame) -> None:
    """Loss on few tokens minus Chinchilla's, against model size, up to an infinite model.

    Left: laws of one form; right: laws of other forms or texts. Below the line at zero the
    model beats Chinchilla. Columns: law, N (parameters, infinite at the end), difference
    (nats per token), low, high.
    """
    left, right = panels(fig, 2)
    for ax, names, title in (
        (left, (PRINTED, TEX, OURS), "Fits to Hoffmann's runs"),
        (right, (KAPLAN, GADRE, EXCESS, OURS), "Other forms, other text"),
    ):
        for name in names:
            _law_to_infinity(ax, data[data["law"] == name], band=ax is left)
        ax.axhline(0, color=INK, linewidth=1.2)
        ax.set_xscale("log")
        ax.set_xlim(5e9, 3e15)
        ticks = [1e10, 1e12, 1e14, _INFINITE_AT]
        ax.set_xticks(ticks, [*map(count_label, ticks[:-1]), "∞"])
        ax.xaxis.set_minor_locator(NullLocator())
        ax.set_xlabel("model size, N (parameters)")
        ax.set_title(title)
    left.set_ylim(-0.09, 0.15)
    right.set_ylim(-0.26, 0.26)
    for ax in (left, right):
        ax.set_ylabel("loss minus Chinchilla's\n(nats per token)" if _labelled(fig, ax) else "")
        ax.annotate(
            "better than\nChinchilla ↓", (5e9, 0 if ax is left else -0.12), xytext=(5, -4),
            textcoords="offset points", va="top", color=MUTED, fontsize=9,
        )  # fmt: skip
    handles, labels = left.get_legend_handles_labels()
    for handle, label in zip(*right.get_legend_handles_labels(), strict=True):
        if label not in labels:
            handles.append(handle)
            labels.append(label)
    # The handles are long enough to show a whole period of each dash pattern.
    narrow = is_narrow(fig)
    fig.legend(
        handles, labels, loc="outside lower left", ncols=2 if narrow else 3,
        handlelength=2.9 if narrow else 3.6, columnspacing=0.7 if narrow else 1.0,
        handletextpad=0.5, fontsize=9 if narrow else None,
    )  # fmt: skip


def _law_to_infinity(ax: Axes, rows: pd.DataFrame, *, band: bool) -> None:
    name = str(rows["law"].iloc[0])
    colour, dash = _LAW_STYLE[name]
    finite, limit = rows[np.isfinite(rows["N"])], rows[np.isinf(rows["N"])].iloc[0]
    ax.plot(finite["N"], finite["difference"], color=PALETTE[colour], linestyle=dash, label=name)
    end = ([finite["N"].iloc[-1], _INFINITE_AT], [finite["difference"].iloc[-1], limit.difference])
    ax.plot(*end, color=PALETTE[colour], linewidth=0.8, linestyle=(0, (1, 2)))
    ax.plot(_INFINITE_AT, limit.difference, "o", color=PALETTE[colour], markersize=6)
    if band and rows["low"].notna().any():
        ax.fill_between(
            finite["N"], finite["low"], finite["high"], color=PALETTE[colour], alpha=0.18, lw=0
        )
        ax.plot([_INFINITE_AT] * 2, [limit.low, limit.high], color=PALETTE[colour], linewidth=1.4)


def draw_probability(fig: Figure, data: pd.DataFrame) -> None:
    """How far the infinite model leads over the resamples, and the two parts that decide.

    Left: histogram of the lead; right: each resample as what Chinchilla's size costs it
    against what the few tokens cost the infinite model. Columns: kind, name, size, data, lead
    (nats per token).
    """
    left, right = panels(fig, 2)
    bins = np.arange(-0.06, 0.121, 0.005)
    lead = data.loc[data["kind"] == "budgets", "lead"]
    weights = np.full(len(lead), 100 / len(lead))
    left.hist(lead, bins=list(bins), weights=weights, color=PALETTE["blue"], alpha=0.35)
    left.axvline(0, color=INK, linewidth=1.2)
    left.set_xlabel("lead of the infinite model (nats per token)")
    left.set_ylabel("share of draws (%)")
    left.set_xlim(-0.065, 0.125)
    left.xaxis.set_major_locator(MultipleLocator(0.05))
    left.set_title("Who wins")
    top = left.get_ylim()[1]
    left.set_ylim(0, 1.15 * top)
    sides = ((-0.003, "Chinchilla\nwins", "right"), (0.003, "infinity\nwins", "left"))
    for x, words, side in sides:
        left.text(x, 1.13 * top, words, ha=side, va="top", color=MUTED, fontsize=9)

    draws = data[data["kind"] == "budgets"]
    right.plot(
        draws["data"], draws["size"], ".", color=PALETTE["blue"], alpha=0.22, markersize=4, mew=0
    )
    ends = np.array([0.03, 0.11])
    right.plot(ends, ends, color=INK, linewidth=1.2)
    for (_, row), mark in zip(data[data["kind"] == "law"].iterrows(), "soD^", strict=True):
        colour = _LAW_STYLE[str(row["name"])][0] if row["name"] in _LAW_STYLE else "green"
        right.plot(
            row["data"], row["size"], mark, color=PALETTE[colour], markersize=7,
            markeredgecolor=INK, label=row["name"],
        )  # fmt: skip
    right.set_xlim(0.035, 0.105)
    right.set_ylim(0.04, 0.135)
    right.set_xlabel("cost of Gopher's few tokens\n(nats per token)")
    right.set_ylabel("cost of Chinchilla's small size\n(nats per token)")
    right.set_title("What decides it")
    right.text(0.037, 0.131, "infinity wins", va="top", color=MUTED, fontsize=9)
    right.text(0.103, 0.044, "Chinchilla wins", ha="right", color=MUTED, fontsize=9)
    fig.legend(
        *right.get_legend_handles_labels(), loc="outside lower left",
        ncols=2 if is_narrow(fig) else 4, handletextpad=0.2,
    )  # fmt: skip


def draw_iso_loss(fig: Figure, data: pd.DataFrame) -> None:
    """Curves of equal loss with the walls of Chinchilla's, and the exchange rate along it.

    Columns: kind ("curve", "best", "wall", "model", "exchange"), name, N (parameters), D
    (tokens), loss (nats per token), rate (tokens for one parameter), low, high.
    """
    left, right = panels(fig, 2)
    curves = data[data["kind"] == "curve"]
    target = curves["loss"].min()
    for loss, colour in zip(sorted(curves["loss"].unique(), reverse=True), RAMP[1:], strict=False):
        rows = curves[curves["loss"] == loss]
        width = 2.6 if loss == target else 1.6
        left.loglog(rows["N"], rows["D"], color=colour, linewidth=width)
        if loss == target:  # named at its steep end: at the other stand the models
            size = np.exp(np.interp(-np.log(6e12), -np.log(rows["D"]), np.log(rows["N"])))
            left.annotate(f"{loss:.2f}", (size, 6e12), (6, 0), **_NEAR)
            continue
        end = np.exp(np.interp(np.log(8e12), np.log(rows["N"]), np.log(rows["D"])))
        left.annotate(
            f"{loss:.2f}", (8e12, end), xytext=(0, 2), textcoords="offset points",
            ha="right", va="bottom", fontsize=9,
        )  # fmt: skip
    walls = data[data["kind"] == "wall"]
    wall: dict[str, Any] = {"color": PALETTE["orange"], "linewidth": 1.4, "linestyle": _DASH}
    smallest, fewest = float(walls["N"].max()), float(walls["D"].max())
    left.axvline(smallest, **wall)
    left.axhline(fewest, **wall)
    words: dict[str, Any] = {"color": PALETTE["orange"], "fontsize": 9}
    left.annotate(
        "fewest tokens", (9e12, fewest), xytext=(0, -3), textcoords="offset points",
        ha="right", va="top", **words,
    )  # fmt: skip
    left.annotate(
        "smallest model", (smallest, 1.9e13), xytext=(-3, 0), textcoords="offset points",
        rotation=90, ha="right", va="top", **words,
    )  # fmt: skip
    best = data[data["kind"] == "best"]
    left.loglog(best["N"], best["D"], color=MUTED, linewidth=1.2, linestyle=(0, (1.2, 1.4)))
    models = data[data["kind"] == "model"].set_index("name")[["N", "D"]].astype(float)
    for name, (colour, mark) in MODEL_STYLE.items():
        N, D = float(models["N"][name]), float(models["D"][name])
        left.loglog(N, D, mark, color=PALETTE[colour], markersize=6.5, markeredgecolor=INK)
        x, y, side = _BESIDE[name]
        left.annotate(
            name.removesuffix(" 530B"), (N, D), xytext=(x, y), textcoords="offset points",
            fontsize=9, ha=side,
        )  # fmt: skip
    left.set_xlim(1e9, 1e13)
    left.set_ylim(1.5e10, 2e13)
    count_axis(left.xaxis)
    count_axis(left.yaxis)
    left.set_xlabel("model size, N (parameters)")
    left.set_ylabel("training data, D (tokens)")
    left.set_title("Equal loss, with two walls")

    along = data[data["kind"] == "exchange"]
    right.fill_between(along["N"], along["low"], along["high"], color=RAMP[1], alpha=0.5, lw=0)
    right.loglog(along["N"], along["rate"], color=PALETTE["blue"], linewidth=2.6)
    right.axhline(1, color=INK, linewidth=1)
    for name in ("Chinchilla", "Gopher"):
        N = float(models["N"][name])
        rate = float(np.exp(np.interp(np.log(N), np.log(along["N"]), np.log(along["rate"]))))
        right.loglog(N, rate, "o", color=PALETTE["blue"], markersize=7, markeredgecolor=INK)
        right.annotate(
            f"{count_label(N)}: {rate:.2g}", (N, rate), xytext=(8, 4), textcoords="offset points",
            fontsize=9,
        )  # fmt: skip
    count_axis(right.xaxis)
    plain_axis(right.yaxis, [0.01, 0.1, 1, 10, 100])
    right.set_xlabel("model size, N (parameters)")
    right.set_ylabel("tokens saved by one more parameter")
    right.set_title("Along Chinchilla's curve")


def _labelled(fig: Figure, ax: Axes) -> bool:
    """Whether a panel says what its vertical axis is: all on a phone, else the first."""
    return is_narrow(fig) or ax is fig.axes[0]


__all__ = [
    "draw_free_parameters",
    "draw_iso_loss",
    "draw_probability",
]
