"""The figures of chapter 10 that rest on experiments: repeated data, and four large models.

The tables are made by `scaling_utils.drawings.what_if_parameters_were_free_tables`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator

from scaling_utils.drawings.what_if_parameters_were_free import MODEL_STYLE
from scaling_utils.figures import (
    INK,
    MUTED,
    PALETTE,
    count_label,
    is_narrow,
    panels,
    plain_axis,
)

_DASH = (0, (4, 2))
_LEAST_POINTS = -10.0  # where the axis of the points of accuracy begins
_SHIFT = {"GPT-3": -0.16, "Chinchilla": 0.16}  # so that equal values do not hide each other


def draw_repeated_data(fig: Figure, data: pd.DataFrame) -> None:
    """What repeated reading is worth, and what it does to the loss on few tokens.

    Columns: kind ("value", "loss"), N (parameters), epochs, effective (fresh tokens for each
    unique one), difference (loss minus Chinchilla's, nats per token).
    """
    left, right = panels(fig, 2)
    value = data[data["kind"] == "value"]
    left.loglog(value["epochs"], value["epochs"], color=MUTED, linewidth=1.2, linestyle=_DASH)
    left.loglog(value["epochs"], value["effective"], color=PALETTE["blue"], linewidth=2.4)
    for epochs, side in ((4, (8, -12)), (16, (6, -13)), (40, (2, -15))):
        worth = float(np.interp(epochs, value["epochs"], value["effective"]))
        left.plot(epochs, worth, "o", color=PALETTE["blue"], markeredgecolor=INK, markersize=6)
        left.annotate(
            f"{epochs}: {worth:.1f}", (epochs, worth), xytext=side, textcoords="offset points",
            fontsize=9,
        )  # fmt: skip
    limit = float(value["effective"].max())
    left.axhline(limit, color=PALETTE["orange"], linewidth=1.4, linestyle=_DASH)
    left.annotate(
        f"limit {limit:.1f}", (1.1, limit), xytext=(0, 3), textcoords="offset points",
        fontsize=9, color=PALETTE["orange"],
    )  # fmt: skip
    left.annotate("if fresh", (26, 30), ha="right", fontsize=9, color=MUTED)
    left.set_xlim(1, 200)
    left.set_ylim(1, 60)
    plain_axis(left.xaxis, [1, 2, 4, 10, 40, 100])
    plain_axis(left.yaxis, [1, 2, 4, 10, 20, 50])
    left.set_xlabel("epochs (passes over the text)")
    left.set_ylabel("worth, in fresh epochs")
    left.set_title("What repeating is worth")

    losses = data[data["kind"] == "loss"]
    looks = (("sky", (0, (1.2, 1.4))), ("amber", (0, (5, 2))), ("blue", "-"))
    for N, (colour, dash) in zip(sorted(losses["N"].unique()), looks, strict=True):
        rows = losses[losses["N"] == N]
        label = "infinite" if np.isinf(N) else count_label(float(N))
        right.semilogx(
            rows["epochs"], rows["difference"], color=PALETTE[colour], linestyle=dash, label=label
        )
    right.axhline(0, color=INK, linewidth=1.2)
    right.annotate(
        "Chinchilla,\none pass", (1, 0), xytext=(4, -4), textcoords="offset points",
        va="top", color=MUTED, fontsize=9,
    )  # fmt: skip
    right.set_xlim(1, 200)
    plain_axis(right.xaxis, [1, 2, 4, 10, 40, 100])
    right.set_xlabel("epochs on 300B tokens")
    right.set_ylabel("loss minus Chinchilla's\n(nats per token)")
    right.set_title("Three sizes on 300B tokens")
    right.legend(title="parameters", alignment="left", loc="upper right")


def draw_natural_experiment(fig: Figure, data: pd.DataFrame) -> None:
    """Four models against Gopher, as laws predict and as they were measured; right is better.

    Columns: kind ("predicted", "measured"), row, model, value (nats per token, or points of
    accuracy, by which the model is better than Gopher), low, high. A point off the scale is an
    arrow with its number.
    """
    left, right = panels(fig, 2)
    for ax, kind in ((left, "predicted"), (right, "measured")):
        part = data[data["kind"] == kind]
        rows = list(dict.fromkeys(part["row"]))
        for name, (colour, mark) in MODEL_STYLE.items():
            points = part[part["model"] == name]
            y = np.array([rows.index(row) for row in points["row"]]) + _SHIFT.get(name, 0.0)
            if name == "Gopher":
                ax.axvline(0, color=PALETTE[colour], linewidth=1.6, label=name)
                continue
            ax.hlines(y, points["low"], points["high"], color=PALETTE[colour], linewidth=1.6)
            on_scale = points["value"] > _LEAST_POINTS
            ax.plot(
                points["value"].where(on_scale), y, mark, color=PALETTE[colour], markersize=7,
                markeredgecolor=INK, label=name,
            )  # fmt: skip
            for value, height in zip(points["value"][~on_scale], y[~on_scale], strict=True):
                ax.annotate(
                    f"← {name}: {_signed(value, '+.1f')}", (_LEAST_POINTS, height),
                    xytext=(2, 0), textcoords="offset points", va="center", fontsize=9,
                )  # fmt: skip
        ax.set_yticks(range(len(rows)), [row.replace(", ", ",\n") for row in rows])
        ax.set_ylim(len(rows) - 0.5, -0.5)
    left.set_xlim(-0.08, 0.08)
    right.set_xlim(_LEAST_POINTS, 6)
    left.xaxis.set_major_locator(MultipleLocator(0.04))
    left.xaxis.set_major_formatter(FuncFormatter(lambda x, _: _signed(x, "+.2f")))
    right.xaxis.set_major_formatter(FuncFormatter(lambda x, _: _signed(x, "+g")))
    left.set_xlabel("loss below Gopher's\n(nats per token), better →")
    right.set_xlabel("accuracy above Gopher's\n(points), better →")
    left.set_title("As the laws predict")
    right.set_title("As measured, zero-shot")
    fig.legend(
        *left.get_legend_handles_labels(), loc="outside lower left",
        ncols=2 if is_narrow(fig) else 4,
    )  # fmt: skip


def _signed(x: float, spec: str) -> str:
    """A difference with its sign; zero has none."""
    return format(x, spec).replace("-", "−") if round(x, 9) else "0"


__all__ = ["draw_natural_experiment", "draw_repeated_data"]
