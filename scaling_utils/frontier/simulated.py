"""IsoFLOP profiles that follow a law: runs whose right answer is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from scaling_utils._validate import FloatArray, one_number, positive, same_length, whole
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN


def simulated_profiles(
    law: ChinchillaLaw,
    budgets: ArrayLike,
    *,
    span: float = 8.0,
    sizes: int = 15,
    centre: ArrayLike = 1.0,
) -> pd.DataFrame:
    """Runs at each budget, log-spaced from centre / span to centre * span, without noise.

    `centre` is a multiple of the best size, one for all budgets or one for each. One row per run:
    C (FLOPs), N (parameters), D (tokens), loss (nats per token).

    Examples
    --------
    >>> law = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)
    >>> runs = simulated_profiles(law, [1e19, 1e21], span=2, sizes=3)
    >>> (runs["N"] / law.N_opt(runs["C"])).round(6).tolist()
    [0.5, 1.0, 2.0, 0.5, 1.0, 2.0]
    """
    C = np.atleast_1d(positive("budgets", budgets)).ravel()
    middle = np.atleast_1d(positive("centre", centre)).ravel()
    if middle.size == 1:
        middle = np.full(C.size, middle[0])
    same_length(budgets=C, centre=middle)
    if one_number("span", span) <= 1.0:
        raise ValueError(f"span must be above 1, got {span:g}")
    if whole("sizes", sizes, least=1) < 3:
        raise ValueError(f"a profile needs at least 3 sizes, got {sizes}")
    best = np.atleast_1d(law.N_opt(C)) * middle
    N = np.outer(best, np.geomspace(1.0 / span, span, sizes)).ravel()
    return _runs(law, np.repeat(C, sizes), N)


def profiles_between(
    law: ChinchillaLaw, budgets: ArrayLike, low: ArrayLike, high: ArrayLike, runs: ArrayLike
) -> pd.DataFrame:
    """Runs log-spaced between given smallest and largest sizes, wherever the best one is.

    All of the lists have one entry per budget; the table is as from `simulated_profiles`.

    Examples
    --------
    >>> law = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)
    >>> profiles_between(law, [1e19], [1e8], [4e8], [3])["N"].round().tolist()
    [100000000.0, 200000000.0, 400000000.0]
    """
    C, lows, highs = (
        np.atleast_1d(positive(name, value)).ravel()
        for name, value in (("budgets", budgets), ("low", low), ("high", high))
    )
    counts = np.array(
        [whole("runs", count, least=1) for count in np.ravel(positive("runs", runs))]
    )
    same_length(budgets=C, low=lows, high=highs, runs=counts)
    rows = zip(lows, highs, counts, strict=True)
    N = np.concatenate([np.geomspace(least, most, count) for least, most, count in rows])
    return _runs(law, np.repeat(C, counts), N)


def _runs(law: ChinchillaLaw, C: FloatArray, N: FloatArray) -> pd.DataFrame:
    D = C / FLOPS_PER_PARAMETER_TOKEN / N
    return pd.DataFrame({"C": C, "N": N, "D": D, "loss": law.loss(N, D)})
