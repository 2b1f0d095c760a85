"""Chapter 4's figure of our own models of one size and several depths, and its table."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.analysis.counts import BODY, parameters
from experiments.analysis.draws import Drawn
from experiments.analysis.shape import away_from_line, same_size
from experiments.analysis.travel import PROSE, seed_noise
from scaling_utils.drawings.measured_transfer import COLOURS
from scaling_utils.figures import GRID, INK, MUTED, PALETTE, count_label, panels, plain_axis
from scaling_utils.published import constant

SEED, SHAPE, ELSEWHERE = "one seed", "shape", "other text"
PRINTED, NOISE = "printed difference", "printed noise"

SIZE_COLOURS = (PALETTE["orange"], PALETTE["blue"])
"""Of the smaller and the larger size."""


def depth_table(depth: Drawn, sizes: Drawn) -> pd.DataFrame:
    """Deep and shallow models of the same size, on validation text and elsewhere.

    Parameters
    ----------
    depth, sizes : Drawn
        Shapes of two sizes; all sizes on fresh text.

    Returns
    -------
    DataFrame
        Columns kind (one seed; shape: mean over its seeds; other text: its loss at equal
        validation loss, for the larger size; printed difference: what Kaplan et al. allow a very
        wide model; printed noise: their seeds'), text (validation or a prose text), N (parameters
        without embeddings, to which losses were moved), layers, width, value, low and high [%]:
        above the best shape of this size, or above the line of finished models; 95 % over seeds.
    """
    parts = []
    own_N = parameters(depth.setups, BODY)
    for each in same_size(depth, sizes):
        excess = 100.0 * (each.loss / each.loss.min(axis=1, keepdims=True) - 1.0)
        shape = {"text": "validation", "N": each.N, "layers": each.layers, "width": each.width}
        parts.append(pd.DataFrame({"kind": SHAPE, **shape, **_ends(excess)}))
        best = float(each.loss[0].min())
        at = depth.study.loss_at(each.bytes_seen)[:, 0]
        for j, place in enumerate(each.place):
            moved = at[depth.label == place] * (own_N[place] / each.N) ** -each.slope[0]
            one = {"text": "validation", "N": each.N, "layers": each.layers[j]}
            one |= {"width": each.width[j], "value": 100.0 * (moved / best - 1.0)}
            parts.append(pd.DataFrame({"kind": SEED, **one}))
    for text in PROSE:
        away = away_from_line(depth, sizes, text)
        shape = {"text": text, "N": each.N, "layers": each.layers, "width": each.width}
        parts.append(pd.DataFrame({"kind": ELSEWHERE, **shape, **_ends(away)}))
    allowed, noise = 100.0 * constant("kaplan2020/Fig. 5", "wide_excess").value, seed_noise()
    beside = [
        {"kind": PRINTED, "value": allowed},
        {"kind": NOISE, "value": 0.0, "low": -100.0 * noise, "high": 100.0 * noise},
    ]
    return pd.concat([*parts, pd.DataFrame(beside)], ignore_index=True)


def draw_depth(fig: Figure, data: pd.DataFrame) -> None:
    """Excess over the best shape against layers, and other text at equal validation loss.

    Columns: kind (one seed, shape, other text, printed difference, printed noise), text, N,
    layers, width, value, low, high.
    """
    left, right = panels(fig, 2)
    sizes = sorted(data["N"].dropna().unique())
    allowed, noise = (data[data["kind"] == kind].iloc[0] for kind in (PRINTED, NOISE))
    left.axhline(allowed["value"], color=MUTED, lw=1, ls=(0, (3, 2)))
    said = f"{allowed['value']:g} %"
    left.annotate(said, (4.3, allowed["value"]), (0, 3), color=MUTED, textcoords="offset points")
    for N, colour, shift in zip(sizes, SIZE_COLOURS, (0.97, 1.03), strict=True):
        rows = data[(data["N"] == N) & (data["kind"] == SHAPE)]
        seeds = data[(data["N"] == N) & (data["kind"] == SEED)]
        left.plot(shift * seeds["layers"], seeds["value"], ".", color=colour, ms=4, alpha=0.6)
        _line(left, rows, colour, shift, f"{count_label(round(N, -3))} parameters")
    left.set(title="Validation loss", ylabel="above the best shape, %", ylim=(-0.8, None))
    left.legend(loc="upper center")
    right.axhspan(noise["low"], noise["high"], color=GRID, alpha=0.6, lw=0, zorder=0)
    right.axhline(0, color=INK, lw=1)
    for text, shift in zip(PROSE, (0.96, 0.985, 1.015, 1.04), strict=True):
        rows = data[(data["text"] == text) & (data["kind"] == ELSEWHERE)]
        _line(right, rows, COLOURS[text], shift, text)
    right.set(title="Other text, at equal validation loss", ylabel="above the line, %")
    right.set(ylim=(-2.4, 3.1))
    right.legend(loc="upper center", ncols=2, columnspacing=1.2, handlelength=1.2)
    for ax in (left, right):
        ax.set(xscale="log", xlabel="layers", xlim=(0.85, 9.4))
        plain_axis(ax.xaxis, [1, 2, 3, 4, 5, 8])


def _line(ax: Axes, rows: pd.DataFrame, colour: str, shift: float, label: str) -> None:
    """Means with their intervals, moved aside a little so that they do not cover each other.

    No line joins them: between neighbours the seeds differ as much as the shapes.
    """
    x = shift * rows["layers"]
    ax.vlines(x, rows["low"], rows["high"], color=colour, lw=2.5, alpha=0.45)
    ax.plot(x, rows["value"], "o", color=colour, label=label)


def _ends(draws: np.ndarray) -> dict[str, np.ndarray]:
    low, high = np.quantile(draws[1:], [0.025, 0.975], axis=0)
    value = draws[0]
    return {"value": value, "low": np.minimum(low, value), "high": np.maximum(high, value)}
