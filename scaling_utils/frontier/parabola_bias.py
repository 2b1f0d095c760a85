"""The known bias of Approach 2: a parabola's minimum is not the law's.

At a fixed budget a Chinchilla law is a sum of two exponentials of w = log(N / N_opt),

    L - E  is proportional to  exp(-alpha w) / alpha + exp(beta w) / beta,

with a factor that depends on the budget alone. It is skewed unless alpha equals beta, so a
parabola through it has its vertex beside the minimum: by the same factor at every budget.
Exponents are right, prefactors are not (Czech et al., arXiv 2603.22339).
"""

from __future__ import annotations

import numpy as np

from scaling_utils._validate import FloatArray, one_number, whole

STEEPEST = 300.0
"""Largest exponent times logarithm of the range of sizes that is computed."""


def vertex_factor(
    alpha: float,
    beta: float,
    *,
    span: float = 8.0,
    sizes: int | None = None,
    centre: float = 1.0,
) -> float:
    """Ratio of the parabola's best model size to the law's, in closed form.

    Parameters
    ----------
    alpha, beta : float
        Exponents of the law.
    span : float
        The profile reaches from centre / span to centre * span.
    sizes : int, optional
        Number of log-spaced sizes, at least 3; a continuous profile by default.
    centre : float
        Centre of the profile as a multiple of the best size.

    Returns
    -------
    float
        Above 1 if the parabola chooses too large a model. The best amount of data is off by
        the inverse.

    Raises
    ------
    ValueError
        If a number is not positive, the span is not above 1, or there are too few sizes.

    Examples
    --------
    With equal exponents there is no bias; with Hoffmann's, 15 sizes and a span of 8 the
    amount of data is 2.9 % too small.

    >>> vertex_factor(0.35, 0.35)
    1.0
    >>> round(1 / vertex_factor(0.34, 0.28, span=8, sizes=15) - 1, 4)
    -0.029
    """
    s_model, s_data = -one_number("alpha", alpha), one_number("beta", beta)
    half, shift = np.log(one_number("span", span)), np.log(one_number("centre", centre))
    if half <= 0:
        raise ValueError(f"span must be above 1, got {span:g}")
    if sizes is not None and whole("sizes", sizes, least=1) < 3:
        raise ValueError(f"a parabola needs at least 3 sizes, got {sizes}")
    steepest = max(-s_model, s_data) * (half + abs(shift))
    if steepest > STEEPEST:
        raise ValueError(
            f"a profile that falls by a factor of exp({steepest:.3g}) is beyond double precision; "
            "exponents are about 0.3 and spans about 8"
        )
    slope = bend = 0.0
    for s in (s_model, s_data):
        weight = np.exp(s * shift) / abs(s)
        linear, quadratic = _projections(s, half) if sizes is None else _sums(s, half, sizes)
        slope += weight * linear
        bend += weight * quadratic
    return float(np.exp(shift - slope / (2.0 * bend)))


def _projections(s: float, W: float) -> tuple[float, float]:
    """Linear and quadratic coefficients of the best parabola to exp(s t) on [-W, W]."""
    x = s * W
    first = 2.0 * (W * np.cosh(x) / s - np.sinh(x) / s**2)
    area = 2.0 * np.sinh(x) / s
    second = 2.0 * (W**2 * np.sinh(x) / s - 2.0 * W * np.cosh(x) / s**2 + 2.0 * np.sinh(x) / s**3)
    return 1.5 * first / W**3, 5.625 * (second - W**2 / 3.0 * area) / W**5


def _sums(s: float, W: float, sizes: int) -> tuple[float, float]:
    """The same for least squares on equally spaced points."""
    t: FloatArray = np.linspace(-W, W, sizes)
    curved = t**2 - np.mean(t**2)
    linear = float(t @ np.sinh(s * t)) / float(t @ t)
    quadratic = float(curved @ np.cosh(s * t)) / float(curved @ curved)
    return linear, quadratic
