"""Approach 2 of Hoffmann et al. 2022: the minimum of each IsoFLOP profile (Section 3.2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.polynomial import Polynomial
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import Akima1DInterpolator, PchipInterpolator

from scaling_utils.check import (
    FloatArray,
    aligned,
    one_number,
    one_of,
    positive,
    same_length,
    whole,
)
from scaling_utils.power_fit import Frontier, Range, fit_power, quantile_range
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN

PROFILES = {"parabola": 3, "cubic": 4, "akima": 4, "pchip": 3}
"""Curves of loss in log N through the points of a budget, and the fewest sizes that they need.

Hoffmann et al. 2022 have the parabola, Porian et al. 2024 Akima's interpolation; "pchip" is the
monotone one, whose minimum is a point.
"""

FINE = 4001

STEEPEST = 300.0  # exponent times logarithm of the range of sizes, in `vertex_factor`

MINIMUM, EDGE, NO_MINIMUM, TOO_FEW = "minimum", "at the edge", "not convex", "too few sizes"


@dataclass(frozen=True, eq=False)
class IsoFlops(Frontier):
    """The minimum of each profile, and the power laws through those that are "minimum".

    `table` has one row per budget: C (FLOPs), runs, N and D at the minimum, loss there (nats) and
    status ("at the edge": no minimum inside the sizes that were trained).
    """

    table: pd.DataFrame
    curve: str
    runs: tuple[FloatArray, FloatArray, FloatArray, NDArray[np.intp]]  # N, loss, C, budget

    def interval(
        self, *, draws: int = 100, share: float | None = 0.8, level: float = 0.8, seed: int = 0
    ) -> Range:
        """Range of a over draws of the runs: the middle `level` of them.

        Each draw keeps a `share` of the runs without replacement (the paper: 80 %); None draws as
        many as there are with replacement, within each budget: a bootstrap.
        """
        rng = np.random.default_rng(whole("seed", seed, least=0))
        N, loss, C, label = self.runs
        found = []
        for _ in range(whole("draws", draws, least=1)):
            if share is None:
                parts = [np.flatnonzero(label == k) for k in np.unique(label)]
                chosen = np.concatenate([rng.choice(part, part.size) for part in parts])
            else:
                chosen = rng.choice(N.size, max(2, round(share * N.size)), replace=False)
            try:
                again = _isoflops(N[chosen], loss[chosen], C[chosen], label[chosen], self.curve)
            except ValueError:
                continue
            found.append(again.a)
        return quantile_range(np.array(found), level, draws - len(found))


def nearest_budget(
    C: ArrayLike, budgets: ArrayLike, *, tolerance: float = 0.1
) -> NDArray[np.intp]:
    """Place of the nearest budget of each run, -1 where none is within `tolerance` in logarithms.

    >>> nearest_budget([5.9e18, 1.02e19, 2e19], [6e18, 1e19]).tolist()
    [0, 1, -1]
    """
    width = one_number("tolerance", tolerance)
    compute = np.log(np.atleast_1d(positive("C", C)).ravel())
    nominal = np.log(np.atleast_1d(positive("budgets", budgets)).ravel())
    distance = np.abs(compute[:, np.newaxis] - nominal)
    near = distance.argmin(axis=1)
    return np.where(distance.min(axis=1) <= width, near, -1).astype(np.intp)


def isoflops(
    N: ArrayLike,
    loss: ArrayLike,
    C: ArrayLike,
    budgets: ArrayLike,
    *,
    curve: str = "parabola",
    tolerance: float = 0.1,
) -> IsoFlops:
    """Find the minimum of each IsoFLOP profile and fit power laws through them.

    Parameters
    ----------
    N, loss, C : array_like, shape (n,)
        Parameters, nats per token and FLOPs of each run.
    budgets : array_like, shape (k,)
        Nominal budgets, FLOPs; runs near none are left out.
    curve : str
        One of `PROFILES`. Interpolation averages runs of the same size.
    tolerance : float
        How far from a budget a run may be, as a difference of logarithms.

    Examples
    --------
    >>> from scaling_utils.laws import ChinchillaLaw
    >>> law = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)
    >>> C = np.repeat([1e19, 1e20, 1e21], 9)
    >>> N = law.N_opt(C) * np.tile(np.geomspace(1 / 4, 4, 9), 3)
    >>> found = isoflops(N, law.loss(N, C / 6 / N), C, [1e19, 1e20, 1e21])
    >>> round(found.a, 4) == round(law.a, 4)
    True
    """
    aligned(N=N, loss=loss, C=C)
    n = np.atleast_1d(positive("N", N)).ravel()
    observed = np.atleast_1d(positive("loss", loss)).ravel()
    compute = np.atleast_1d(positive("C", C)).ravel()
    same_length(N=n, loss=observed, C=compute)
    one_of("curve", curve, PROFILES)
    label = nearest_budget(compute, budgets, tolerance=tolerance)
    near = label >= 0
    if not near.any():
        raise ValueError("no run is near any of the budgets: check the units of C and budgets")
    return _isoflops(n[near], observed[near], compute[near], label[near], curve)


def _isoflops(
    N: FloatArray, loss: FloatArray, C: FloatArray, label: NDArray[np.intp], curve: str
) -> IsoFlops:
    rows = []
    for k in np.unique(label):
        own = label == k
        budget = float(np.exp(np.log(C[own]).mean()))
        at, lowest, status = _minimum(np.log(N[own]), loss[own], curve)
        best = float(np.exp(at))
        data = budget / FLOPS_PER_PARAMETER_TOKEN / best
        rows.append((budget, int(own.sum()), best, data, lowest, status))
    table = pd.DataFrame(rows, columns=["C", "runs", "N", "D", "loss", "status"])
    good = table[table["status"] == MINIMUM]
    if len(good) < 2:
        raise ValueError(
            f"only {len(good)} of {len(table)} budgets have a minimum inside their sizes: "
            f"{', '.join(table['status'])}"
        )
    x = good["C"].to_numpy()
    N_fit, D_fit = fit_power(x, good["N"].to_numpy()), fit_power(x, good["D"].to_numpy())
    return IsoFlops(N_fit, D_fit, table, curve, (N, loss, C, label))


def _minimum(log_N: FloatArray, loss: FloatArray, curve: str) -> tuple[float, float, str]:
    """Place and height of a profile's minimum, and whether it is one."""
    sizes, place = np.unique(log_N, return_inverse=True)
    if sizes.size < PROFILES[curve]:
        return float("nan"), float("nan"), TOO_FEW
    low, high = float(sizes[0]), float(sizes[-1])
    if curve == "parabola":
        fitted = Polynomial.fit(log_N, loss, 2)
        bend = float(fitted.deriv(2)(low))
        if bend <= 0.0:
            return float("nan"), float("nan"), NO_MINIMUM
        at = float(fitted.deriv().roots().real[0])
        return at, float(fitted(at)), MINIMUM if low < at < high else EDGE
    mean = np.bincount(place, loss) / np.bincount(place)
    profile: Callable[[FloatArray], FloatArray]
    if curve == "cubic":
        profile = Polynomial.fit(log_N, loss, 3)
    elif curve == "akima":
        profile = Akima1DInterpolator(sizes, mean)
    else:
        profile = PchipInterpolator(sizes, mean)
    fine = np.linspace(low, high, FINE)
    values = np.asarray(profile(fine))
    k = int(values.argmin())
    status = MINIMUM if 0 < k < FINE - 1 else EDGE
    return float(fine[k]), float(values[k]), status


def vertex_factor(
    alpha: float, beta: float, *, span: float, sizes: int, centre: float = 1.0
) -> float:
    """Ratio of the parabola's best model size to the law's: its known bias, in closed form.

    At a fixed budget L - E is proportional to exp(-alpha w) / alpha + exp(beta w) / beta with
    w = log(N / N_opt), skewed unless alpha equals beta: the vertex lies beside the minimum, by
    the same factor at every budget (Czech et al., arXiv 2603.22339). The profile has `sizes`
    log-spaced from centre / span to centre * span times the best. By Hoffmann's exponents the
    tokens are 2.9 % too few:

    >>> round(1 / vertex_factor(0.34, 0.28, span=8, sizes=15) - 1, 4)
    -0.029
    """
    slopes = -one_number("alpha", alpha), one_number("beta", beta)
    half, shift = np.log(one_number("span", span)), np.log(one_number("centre", centre))
    if half <= 0:
        raise ValueError(f"span must be above 1, got {span:g}")
    if whole("sizes", sizes, least=1) < 3:
        raise ValueError(f"a parabola needs at least 3 sizes, got {sizes}")
    steepest = max(-slopes[0], slopes[1]) * (half + abs(shift))
    if steepest > STEEPEST:
        raise ValueError(
            f"a profile that falls by a factor of exp({steepest:.3g}) is beyond double precision; "
            "exponents are about 0.3 and spans about 8"
        )
    t: FloatArray = np.linspace(-half, half, sizes)
    curved = t**2 - np.mean(t**2)
    slope = bend = 0.0
    for s in slopes:
        weight = np.exp(s * shift) / abs(s)
        slope += weight * float(t @ np.sinh(s * t)) / float(t @ t)
        bend += weight * float(curved @ np.cosh(s * t)) / float(curved @ curved)
    return float(np.exp(shift - slope / (2.0 * bend)))
