"""The three approaches of Hoffmann et al. 2022, Section 3, side by side.

On the runs of Figure 4, Approaches 2 and 3 can be repeated; the training curves of Approach 1
are not published. On runs simulated from a known law all three can, and their answers can be
compared with the truth.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from scaling_utils import datasets, figure4
from scaling_utils._validate import FloatArray
from scaling_utils.bootstrap import bootstrap
from scaling_utils.figure4 import NEAR, budgets
from scaling_utils.fitting import fit_chinchilla
from scaling_utils.frontier import (
    Envelope,
    IsoFlops,
    TrainingCurve,
    envelope,
    isoflops,
    profiles_between,
    simulated_curve,
)
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.published import constant
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN

ERROR = 0.01
"""Simulated losses are off by up to 1 % either way: about as much as Figure 4's runs scatter."""

SMALLEST, LARGEST = 70e6, 11e9
"""Sizes of Approach 1: from 70 million to over 10 billion parameters (Section 3.1)."""


@cache
def approach_2(*, near: float = NEAR, outliers: bool = False, curve: str = "parabola") -> IsoFlops:
    """Return Approach 2 on the runs of Figure 4 that lie near one of the nine budgets.

    Parameters
    ----------
    near : float
        How far from a budget a run may be, as a difference of logarithms.
    outliers : bool
        Also use the five runs of highest loss.
    curve : str
        What is drawn through the runs of a budget.

    Examples
    --------
    >>> round(approach_2().a, 2), set(approach_2().table["status"])
    (0.51, {'minimum'})
    """
    runs = figure4.points(outliers=outliers)
    return isoflops(runs["N"], runs["loss"], runs["C"], budgets(), curve=curve, tolerance=near)


def sizes() -> FloatArray:
    """Return the sizes of Table A9 that Approach 1 may use, parameters."""
    listed = datasets.load("hoffmann2022_table_a9")["params_millions"].to_numpy(np.float64) * 1e6
    return np.asarray(listed[(listed >= SMALLEST) & (listed <= LARGEST)])


def training_curves(
    law: ChinchillaLaw, *, error: float = 0.0, seed: int = 0, steps: int = 60
) -> list[TrainingCurve]:
    """Simulate one training curve for each size, all over the compute of the nine budgets.

    Parameters
    ----------
    law : ChinchillaLaw
        The truth; a curve follows it as if its schedule fitted every amount of data.
    error : float
        The log loss of each run is off by a number drawn evenly from -error to error, the
        same at all its steps.
    seed : int
        The same seed gives the same errors.
    steps : int
        Points of a curve.

    Examples
    --------
    >>> from scaling_utils.published import law
    >>> curves = training_curves(law("hoffmann2022/tex"))
    >>> f"{len(curves)} sizes from {curves[0].C[0]:.0e} to {curves[0].C[-1]:.0e} FLOPs"
    '42 sizes from 6e+18 to 3e+21 FLOPs'
    """
    rng = np.random.default_rng(seed)
    low, high = budgets()[[0, -1]] / FLOPS_PER_PARAMETER_TOKEN
    found = []
    for N in sizes():
        exact = simulated_curve(law, N, low / N, high / N, steps=steps)
        off = float(np.exp(rng.uniform(-error, error)))
        found.append(TrainingCurve(exact.N, exact.D, exact.loss * off))
    return found


def approach_1(law: ChinchillaLaw, *, error: float = 0.0, seed: int = 0) -> Envelope:
    """Return Approach 1 on simulated training curves; see `training_curves`."""
    points = int(constant("hoffmann2022/Section 3.1", "flop_values").value)
    return envelope(training_curves(law, error=error, seed=seed), points=points)


def simulated_exponents(
    law: ChinchillaLaw, *, error: float = ERROR, draws: int = 100, seed: int = 0
) -> pd.DataFrame:
    """Repeat the three approaches on runs simulated from a law, with new errors every time.

    Approach 1 has a curve for each size of Table A9; Approaches 2 and 3 have the runs of
    Figure 4, with their sizes and tokens, and losses of the law.

    Parameters
    ----------
    law : ChinchillaLaw
        The truth.
    error : float
        Each log loss is off by a number drawn evenly from -error to error; 0 for none.
    draws : int
        How often; without error once is enough.
    seed : int
        The same seed gives the same errors.

    Returns
    -------
    DataFrame
        Columns approach (1, 2, 3) and a, one row for each draw.

    Examples
    --------
    Without errors Approach 3 returns the law; Approach 2 is biased by its grid.

    >>> from scaling_utils.published import law
    >>> truth = law("hoffmann2022/tex")
    >>> found = simulated_exponents(truth, error=0, draws=1).set_index("approach")["a"]
    >>> (found - truth.a).round(3).to_dict()
    {1: 0.0, 2: 0.014, 3: 0.0}
    """
    runs = figure4.points()
    exact = np.asarray(law.loss(runs["N"], runs["D"]))
    rng = np.random.default_rng(seed)
    rows: list[tuple[int, float]] = []
    for k in range(draws):
        rows.append((1, approach_1(law, error=error, seed=seed + k).a))
        loss = exact * np.exp(rng.uniform(-error, error, exact.size))
        found = isoflops(runs["N"], loss, runs["C"], budgets(), tolerance=NEAR)
        rows.append((2, found.a))
    rows += [(3, a) for a in _by_approach_3(runs, exact, error, draws, seed)]
    return pd.DataFrame(rows, columns=["approach", "a"]).sort_values(
        "approach", kind="stable", ignore_index=True
    )


def _by_approach_3(
    runs: pd.DataFrame, exact: FloatArray, error: float, draws: int, seed: int
) -> list[float]:
    """Fit the exact losses, then redraw them within their intervals and fit again."""
    fit = fit_chinchilla(
        runs["N"],
        runs["D"],
        exact,
        loss_low=exact * np.exp(-error),
        loss_high=exact * np.exp(error),
    )
    if error == 0:
        return [fit.law.a] * draws
    redrawn = bootstrap(fit, resamples=draws, kind="intervals", seed=seed)
    return [float(a) for a in redrawn.values_of("a")]


def with_exponents(
    law: ChinchillaLaw, alpha: float, beta: float, *, C: float, N: float
) -> ChinchillaLaw:
    """Return a law with other exponents whose best size at one budget is given.

    Parameters
    ----------
    law : ChinchillaLaw
        Gives E and B.
    alpha, beta : float
        The exponents of size and of data.
    C, N : float
        FLOPs, and the best size there; A is set accordingly.

    Examples
    --------
    >>> from scaling_utils.published import law
    >>> lopsided = with_exponents(law("besiroglu2024"), 0.465, 0.155, C=1e20, N=1e9)
    >>> round(lopsided.a, 2), round(float(lopsided.N_opt(1e20)) / 1e9, 6)
    (0.25, 1.0)
    """
    changed = law.with_values(alpha=alpha, beta=beta)
    scale = (N / float(changed.N_opt(C))) ** (alpha + beta)
    return changed.with_values(A=changed.A * scale)


def on_llama_grid(law: ChinchillaLaw) -> IsoFlops:
    """Return Approach 2 on the budgets and sizes of Llama 3's IsoFLOP curves.

    Parameters
    ----------
    law : ChinchillaLaw
        Gives the losses, without noise. Sizes are log-spaced between the smallest and the
        largest of each budget, as many as were trained.

    Examples
    --------
    >>> from scaling_utils.published import law
    >>> truth = law("besiroglu2024")
    >>> abs(on_llama_grid(truth).a - truth.a) < 2e-3
    True
    """
    grid = datasets.load("llama2024_isoflop_grid")
    runs = profiles_between(law, grid["C"], grid["N_low"], grid["N_high"], grid["runs"])
    return isoflops(runs["N"], runs["loss"], runs["C"], grid["C"])


def centred_on_llama_grid(law: ChinchillaLaw, alpha: float, beta: float) -> ChinchillaLaw:
    """Return a law with other exponents whose best size runs through the middle of that grid.

    Parameters
    ----------
    law : ChinchillaLaw
        Gives E and B.
    alpha, beta : float
        The exponents of size and of data.
    """
    logs = np.log(datasets.load("llama2024_isoflop_grid"))
    middle = float(np.exp((logs["N_low"] + logs["N_high"]).mean() / 2))
    return with_exponents(law, alpha, beta, C=float(np.exp(logs["C"].mean())), N=middle)


__all__ = [
    "ERROR",
    "LARGEST",
    "NEAR",
    "SMALLEST",
    "approach_1",
    "approach_2",
    "budgets",
    "centred_on_llama_grid",
    "on_llama_grid",
    "simulated_exponents",
    "sizes",
    "training_curves",
    "with_exponents",
]
