"""The lowest point of one IsoFLOP profile, and how far a parabola's lies from a law's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.polynomial import Polynomial
from scipy.interpolate import Akima1DInterpolator, PchipInterpolator

from scaling_utils.check import FloatArray, one_number, whole

PROFILES = {"parabola": 3, "cubic": 4, "akima": 4, "pchip": 3}
"""Curves of loss in log N through the points of a budget, and the fewest sizes that they need.

Hoffmann et al. 2022 have the parabola, Porian et al. 2024 Akima's interpolation; "pchip" is the
monotone one, whose minimum is a point.
"""

FINE = 4001

STEEPEST = 300.0  # exponent times logarithm of the range of sizes, in `vertex_factor`

MINIMUM, EDGE, NO_MINIMUM, TOO_FEW = "minimum", "at the edge", "not convex", "too few sizes"


def lowest_point(log_N: FloatArray, loss: FloatArray, curve: str) -> tuple[float, float, str]:
    """Place and height of a profile's minimum, or of its lower end, and which it is."""
    sizes, place = np.unique(log_N, return_inverse=True)
    if sizes.size < PROFILES[curve]:
        return float("nan"), float("nan"), TOO_FEW
    low, high = float(sizes[0]), float(sizes[-1])
    if curve == "parabola":
        middle = float(log_N.mean())
        powers = np.vander(log_N - middle, 3)
        bend, slope, height = np.linalg.lstsq(powers, loss)[0].tolist()
        if bend <= 0.0:
            return float("nan"), float("nan"), NO_MINIMUM
        vertex = middle - slope / (2.0 * bend)
        at = min(max(vertex, low), high)
        lowest = height + (at - middle) * (slope + (at - middle) * bend)
        return at, lowest, MINIMUM if low < vertex < high else EDGE
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
    return float(fine[k]), float(values[k]), MINIMUM if 0 < k < FINE - 1 else EDGE


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
