"""The tables that the figures of chapter 4 are drawn from."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scaling_utils import figure4
from scaling_utils.figures import log_space
from scaling_utils.intervals import interval
from scaling_utils.laws import PowerLaw
from scaling_utils.laws.off_optimum import compute_worth
from scaling_utils.laws.position import ContextLaw
from scaling_utils.model_shapes import kaplan_shapes, shares
from scaling_utils.printed import span
from scaling_utils.published import constant, constants, figure_20, law
from scaling_utils.resample import Bootstrap
from scaling_utils.transfer import SAME_DIFFERENCE, SAME_FACTOR, TransferLaw
from scaling_utils.transformer import KAPLAN_CONTEXT, Architecture

LADDER = ((2, 128), (4, 256), (8, 512), (12, 768), (24, 1024), (36, 1280), (48, 1600))
"""Layers and widths of the usual shapes, from small to large."""

READINGS = {"constant factor": SAME_FACTOR, "constant difference": SAME_DIFFERENCE}
"""The growth of the offset, by what stays constant."""


def shapes_tried_table(sizes: tuple[float, ...] = (1e3, 1e5, 1e7, 1e9)) -> pd.DataFrame:
    """The shapes of the paper and lines of equal size.

    Parameters
    ----------
    sizes : tuple of float
        Parameters, one line each.

    Returns
    -------
    DataFrame
        Columns kind (named, fits, line), n_layers, d_model, N, aspect_ratio.
    """
    points = kaplan_shapes()[["kind", "n_layers", "d_model", "N", "aspect_ratio"]]
    depth = log_space(0.45, 400, 12)
    parts = [points]
    for N in sizes:
        width = np.sqrt(N / (12 * depth))
        line = {"kind": "line", "n_layers": depth, "d_model": width, "N": N}
        parts.append(pd.DataFrame(line | {"aspect_ratio": width / depth}))
    return pd.concat(parts, ignore_index=True)


def small_loss_table(sample: Bootstrap, excess: float) -> pd.DataFrame:
    """What a fraction of the loss is worth, by Kaplan's laws and by one with a floor.

    Parameters
    ----------
    sample : Bootstrap
        Resamples of the fit whose law has the floor.
    excess : float
        The fraction that is followed against compute.

    Returns
    -------
    DataFrame
        Columns law (parameters, data, compute: Table 5; floor), excess (a fraction), C (FLOPs;
        empty for Table 5, where it makes no difference), times, low and high (95 %; equal to
        times for Table 5), measured (whether the fit had runs there).
    """
    fractions = np.unique([*np.linspace(0.002, 0.1, 50), 0.01, excess])
    parts = []
    for name, key in (("parameters", "L(N)"), ("data", "L(D)"), ("compute", "L(C_min)")):
        times = table_5(key).worth(fractions)
        rows = {"law": name, "excess": fractions, "C": np.nan, "times": times}
        parts.append(pd.DataFrame(rows | {"low": times, "high": times, "measured": True}))
    runs = figure4.points()["C"]
    # No further than the budget that the chapter speaks of: an extrapolation says little.
    last = constant("hoffmann2022/Gopher", "C").value
    C = np.unique([*log_space(1e19, last, 49), runs.min(), runs.max()])
    low, high = interval(compute_worth(sample.law, C[:, None], excess))
    rows = {"law": "floor", "excess": excess, "C": C, "low": low, "high": high}
    rows["times"] = compute_worth(sample.fit.law, C, excess)
    rows["measured"] = (runs.min() <= C) & (runs.max() >= C)
    return pd.concat([*parts, pd.DataFrame(rows)], ignore_index=True)[list(parts[0].columns)]


def table_5(key: str) -> PowerLaw:
    """Return a law of one factor with the constants of Table 5."""
    found = law(f"kaplan2020/{key}")
    if not isinstance(found, PowerLaw):
        raise ValueError(f"{key!r} is not a law of one factor; expected L(N), L(D) or L(C_min)")
    return found


def shares_table() -> pd.DataFrame:
    """Where parameters and operations are, for the usual shapes.

    Returns
    -------
    DataFrame
        Columns n_layers, d_model, N, part (embedding: of all parameters; layers, context,
        vocabulary: of the forward FLOPs), share.
    """
    rows = []
    for layers, width in LADDER:
        found = shares(Architecture.kaplan(layers, width))
        N = 12 * layers * width**2
        for part in found.units():
            rows.append((layers, width, N, part, getattr(found, part)))
    return pd.DataFrame(rows, columns=["n_layers", "d_model", "N", "part", "share"])


def context_table(context: int = KAPLAN_CONTEXT) -> pd.DataFrame:
    """The fits of Fig. 20 along the context, their means, and the law of size.

    The six fits, from the largest loss to the smallest, are set beside the six sizes of
    Figure 4: the paper shows their sizes only as colours.

    Returns
    -------
    DataFrame
        Columns kind (curve, mean, law), curve (1 to 6; empty for the law), N, position
        (empty for means and the law), loss, low and high (what the printed digits allow;
        empty for curves and the law).
    """
    sizes = [c.value for c in constants("kaplan2020/Fig. 4")]
    positions = np.unique(np.round(log_space(1, context, 60)))
    parts = []
    for curve, (fit, N) in enumerate(zip(figure_20(), sizes, strict=True), start=1):
        rows = {"kind": "curve", "curve": curve, "N": N, "position": positions}
        parts.append(pd.DataFrame(rows | {"loss": fit.loss(positions)}))
    for curve, (fit, N) in enumerate(zip(figure_20(), sizes, strict=True), start=1):
        printed = [constant(f"kaplan2020/Fig. 20 curve {curve}", s).printed for s in fit.units()]
        low, high = span(lambda a, b, c: ContextLaw(a, b, c).mean(context), *printed)
        mean = {"kind": "mean", "curve": curve, "N": N, "loss": fit.mean(context)}
        parts.append(pd.DataFrame([mean | {"low": low, "high": high}]))
    line = log_space(2e5, 1.5e9, 20)
    parts.append(pd.DataFrame({"kind": "law", "N": line, "loss": table_5("L(N)").loss(line)}))
    columns = ["kind", "curve", "N", "position", "loss", "low", "high"]
    return pd.concat(parts, ignore_index=True)[columns].astype({"curve": "Int64"})


def offset_table(offset: float, growing: float) -> pd.DataFrame:
    """Three readings of one claim, alike at the largest size of Fig. 8.

    Parameters
    ----------
    offset : float
        Difference of the losses at the largest size, nats per token.
    growing : float
        The growth of the third reading.

    Returns
    -------
    DataFrame
        Columns reading (training text, constant factor, constant difference, growing
        difference), N, loss, difference (nats per token), ratio (a fraction above one).
    """
    low, high = (c.value for c in constants("kaplan2020/Fig. 8"))
    N = log_space(low, high, 26)
    on_training = np.asarray(table_5("L(N)").loss(N))
    parts = [pd.DataFrame({"reading": "training text", "N": N, "loss": on_training})]
    for reading, growth in (*READINGS.items(), ("growing difference", growing)):
        other = TransferLaw(offset, on_training[-1], growth)
        rows = {"reading": reading, "N": N, "loss": other.loss(on_training)}
        parts.append(pd.DataFrame(rows))
    table = pd.concat(parts, ignore_index=True)
    training = np.tile(on_training, len(parts))
    return table.assign(difference=table["loss"] - training, ratio=table["loss"] / training - 1.0)
