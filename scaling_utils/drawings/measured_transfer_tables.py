"""The tables behind chapter 4's figures of our own models on other text."""

from __future__ import annotations

import numpy as np
import pandas as pd

from experiments.analysis.counts import BODY, parameters
from experiments.analysis.draws import Drawn, over_draws
from experiments.analysis.other_text import TextTransfer
from experiments.analysis.study import LOSS, TEXT
from experiments.analysis.travel import PROSE, UNLIKE, finished
from scaling_utils._validate import FloatArray
from scaling_utils.resample import Interval

FINISHED, TRAINING, LINE = "finished", "in training", "line"
OFFSET, SLOPE, SLOPE_IN_TRAINING = "offset", "slope, finished", "slope, in training"


def elsewhere_table(sizes: Drawn) -> pd.DataFrame:
    """Loss on every held-out text against validation loss.

    Parameters
    ----------
    sizes : Drawn
        All sizes on fresh text.

    Returns
    -------
    DataFrame
        Columns kind (finished: a size at the end of its training; in training: the largest
        size along it; line: through the finished models of a prose text), text, N (parameters
        without embeddings), bytes (seen), validation and loss (nats per byte, mean over seeds).
    """
    N = parameters(sizes.setups, BODY)
    ends = sizes.ends()[0]
    curve = sizes.mean(sizes.curves())[0, -1]
    there = np.isfinite(curve)
    parts = []
    for text in (*PROSE, *UNLIKE):
        done = {
            "N": N,
            "bytes": sizes.last,
            "validation": ends,
            "loss": sizes.ends(TEXT + text)[0],
        }
        parts.append(pd.DataFrame({"kind": FINISHED, "text": text, **done}))
        other = sizes.mean(sizes.curves(TEXT + text))[0, -1]
        under_way = {"N": N[-1], "bytes": sizes.marks[there], "validation": curve[there]}
        parts.append(
            pd.DataFrame({"kind": TRAINING, "text": text, **under_way, "loss": other[there]})
        )
        if text in PROSE:
            x = np.array([ends.min(), ends.max()])
            line = finished(sizes, text)
            y = line.intercept[0] + line.slope[0] * x
            drawn = {"N": np.nan, "bytes": np.nan, "validation": x, "loss": y}
            parts.append(pd.DataFrame({"kind": LINE, "text": text, **drawn}))
    return pd.concat(parts, ignore_index=True)


def offsets_table(sizes: Drawn, transfers: dict[str, TextTransfer]) -> pd.DataFrame:
    """How far each prose text lies above the validation text, and the slopes of the lines.

    Parameters
    ----------
    sizes : Drawn
        All sizes on fresh text.
    transfers : dict of str to TextTransfer
        By text: its intervals are those of drawing whole sizes again.

    Returns
    -------
    DataFrame
        Columns kind (offset: of a finished size; slope, finished: of the line through finished
        models; slope, in training: mean of the lines along single models), text, N, validation
        (empty for slopes), value, low and high (nats per byte for offsets; 95 %, over seeds for
        offsets, over sizes for slopes).
    """
    N = parameters(sizes.setups, BODY)
    ends = sizes.ends()
    parts = []
    for text in PROSE:
        away = sizes.ends(TEXT + text) - ends
        low, high = _interval(away)
        rows = {"N": N, "validation": ends[0], "value": away[0], "low": low, "high": high}
        parts.append(pd.DataFrame({"kind": OFFSET, "text": text, **rows}))
    for text in PROSE:
        found = transfers[text]
        for kind, slope in (
            (SLOPE, found.slope),
            (SLOPE_IN_TRAINING, found.along),
        ):
            # One number for one slope: that of the ledger, through the means of the sizes.
            value = float(finished(sizes, text).slope[0]) if kind == SLOPE else slope.estimate
            values = {"value": value, "low": slope.low, "high": slope.high}
            parts.append(pd.DataFrame([{"kind": kind, "text": text, **values}]))
    return pd.concat(parts, ignore_index=True)


def far_text_table(distances: pd.DataFrame, sizes: Drawn) -> pd.DataFrame:
    """Why a text is hard: what a table of counts pays for pairs of bytes that are rare.

    Parameters
    ----------
    distances : DataFrame
        ``datasets.load("text_distances")``.
    sizes : Drawn
        All sizes on fresh text.

    Returns
    -------
    DataFrame
        One row per text, near to far: text, rare_pairs (share of its bytes), trigram_loss,
        from_rare_pairs and from_others (parts of that loss), first and best (loss of the
        largest size at its first point, and the least loss of any finished size), all losses
        in nats per byte.
    """
    rare = distances["trigram_loss"] * distances["loss_from_rare_pairs"]
    columns = [LOSS if text == "validation" else TEXT + text for text in distances["text"]]
    return pd.DataFrame(
        {
            "text": distances["text"],
            "rare_pairs": distances["rare_pairs"],
            "trigram_loss": distances["trigram_loss"],
            "from_rare_pairs": rare,
            "from_others": distances["trigram_loss"] - rare,
            "first": [float(sizes.mean(sizes.curves(c))[0, -1, 0]) for c in columns],
            "best": [float(sizes.ends(c)[0].min()) for c in columns],
        }
    )


def slopes_table(sizes: Drawn, transfers: dict[str, TextTransfer]) -> pd.DataFrame:
    """Slope, offset and correlation of each held-out text, for a reader.

    Returns
    -------
    DataFrame
        One row per text: offset (nats per byte, at the median of the finished models), slope,
        over seeds and over sizes (its 95 % intervals), slope in training, correlation.
    """
    rows = []
    for text, found in transfers.items():
        line = finished(sizes, text)
        seeds = over_draws(line.slope)
        rows.append(
            {
                "text": text,
                "offset": round(found.offset.estimate, 3),
                "slope": round(float(line.slope[0]), 3),
                "over seeds": _written(seeds),
                "over sizes": _written(found.slope),
                "slope in training": round(found.along.estimate, 3),
                "correlation": round(float(line.correlation[0]), 4),
            }
        )
    return pd.DataFrame(rows).set_index("text")


def _written(interval: Interval) -> str:
    return f"{interval.low:.3f} to {interval.high:.3f}"


def _interval(draws: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Ends of the 95 % interval over seeds, for every size."""
    low, high = np.quantile(draws[1:], [0.025, 0.975], axis=0)
    return np.minimum(low, draws[0]), np.maximum(high, draws[0])
