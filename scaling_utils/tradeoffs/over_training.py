"""Training at a chosen ratio of tokens to parameters, M = D / N (Gadre et al. 2024).

Their law is the Chinchilla law with equal exponents, written in compute and ratio:
L(C, M) = E + (a M ** eta + b M ** -eta) C ** -eta, with eta = alpha / 2 (Eq. 4).
`from_ratio_form` translates their constants, so that every function of this package can ask
their law, and the functions here can ask every law.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scaling_utils._validate import FloatOrArray, one_number, one_of, positive_together
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.laws.base import expect_law
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN
from scipy.optimize import brentq

from scaling_utils import published
from scaling_utils.tradeoffs.iso_loss import reducible

GADRE_DATA = ("C4", "RedPajama", "RefinedWeb")
"""The training sets for which Gadre et al. 2024 fit their law."""


def from_ratio_form(
    E: float, a: float, b: float, eta: float, source: str = "user"
) -> ChinchillaLaw:
    """Translate L(C, M) = E + (a M ** eta + b M ** -eta) C ** -eta (Gadre et al. 2024, Eq. 4).

    Parameters
    ----------
    E : float
        Nats per token.
    a, b : float
        Scales of the model's and of the data's part, nats per token x FLOPs ** eta.
    eta : float
        Half the exponent of model size and of data.
    source : str
        Where the constants come from.

    Returns
    -------
    ChinchillaLaw
        With alpha = beta = 2 eta, A = a / 6 ** eta, B = b / 6 ** eta.

    Raises
    ------
    ValueError
        If a constant is not positive and finite.

    Examples
    --------
    >>> law = from_ratio_form(1.837, 212.2, 366.7, 0.1364)
    >>> C, M = 1e22, 20.0
    >>> by_ratio = 1.837 + (212.2 * M**0.1364 + 366.7 * M**-0.1364) * C**-0.1364
    >>> bool(np.isclose(loss_at_ratio(law, C, M), by_ratio))
    True
    """
    half = one_number("eta", eta)
    scale = FLOPS_PER_PARAMETER_TOKEN**-half
    model, data = one_number("a", a) * scale, one_number("b", b) * scale
    return ChinchillaLaw(E, model, data, 2 * half, 2 * half, source=source)


def gadre_law(data: str = "RedPajama") -> ChinchillaLaw:
    """Return the law that Gadre et al. 2024 fit to one training set.

    Parameters
    ----------
    data : {"C4", "RedPajama", "RefinedWeb"}
        The training set.

    Returns
    -------
    ChinchillaLaw

    Raises
    ------
    ValueError
        If the training set is not one of the three.

    Examples
    --------
    >>> round(gadre_law("RedPajama").tokens_per_parameter(1e22), 1)
    7.4
    """
    one_of("training set of Gadre et al. 2024", data, GADRE_DATA)
    E, a, b, eta = (published.constant(f"gadre2024/{data}", x) for x in ("E", "a", "b", "eta"))
    return from_ratio_form(E.value, a.value, b.value, eta.value, source=E.source)


def loss_at_ratio(law: ChinchillaLaw, C: ArrayLike, M: ArrayLike) -> FloatOrArray:
    """Loss of a budget spent at a ratio of tokens to parameters, in nats per token.

    Parameters
    ----------
    law : ChinchillaLaw
        The law.
    C : array_like
        FLOPs.
    M : array_like
        Tokens per parameter.

    Returns
    -------
    float or ndarray
        Nats per token.

    Raises
    ------
    ValueError
        If a value is not positive and finite, or the shapes do not broadcast.

    Examples
    --------
    >>> law = ChinchillaLaw(1.8172, 482.01, 2085.43, 0.3478, 0.3658)
    >>> loss_at_ratio(law, 5.88e23, [2.0, 20.0, 200.0]).round(3)
    array([1.986, 1.974, 1.988])
    """
    expect_law("law", law, ChinchillaLaw)
    c, m = positive_together(C=C, M=M)
    product = c / FLOPS_PER_PARAMETER_TOKEN
    return law.loss(np.sqrt(product / m), np.sqrt(product * m))


def compute_at_ratio(law: ChinchillaLaw, M: float, loss: float) -> float:
    """Compute that reaches a loss if the model is trained at a fixed ratio D / N = M.

    Parameters
    ----------
    law : ChinchillaLaw
        The law.
    M : float
        Tokens per parameter.
    loss : float
        Nats per token, above E.

    Returns
    -------
    float
        FLOPs.

    Raises
    ------
    ValueError
        If `M` or `loss` is not one positive number.
    UnreachableLossError
        If the loss is not above E. At a fixed ratio every other loss can be reached.

    Examples
    --------
    >>> law = ChinchillaLaw(1.8172, 482.01, 2085.43, 0.3478, 0.3658)
    >>> f"{compute_at_ratio(law, 20.0, law.loss(70e9, 1.4e12)):.4g}"
    '5.88e+23'
    """
    ratio, left = (
        np.log(one_number("M", M)),
        float(np.log(reducible(law, one_number("loss", loss)))),
    )
    scales = np.array([np.log(law.A), np.log(law.B) - law.beta * ratio]) - left
    exponents = np.array([law.alpha, law.beta])
    # In x = log N the two terms fall; each is at most one at the walls, half at the upper end.
    low = float(np.max(scales / exponents))
    high = float(np.max((scales + np.log(2)) / exponents))

    def above(x: float) -> float:
        return float(np.logaddexp(*(scales - exponents * x)))

    x = brentq(above, low, high, xtol=1e-13) if above(high) < 0 else high
    return float(FLOPS_PER_PARAMETER_TOKEN * np.exp(2 * x + ratio))


def compute_multiplier(
    law: ChinchillaLaw, M: float, loss: float, *, reference: float | None = None
) -> float:
    """How many times the compute a ratio costs to reach a loss.

    Parameters
    ----------
    law : ChinchillaLaw
        The law.
    M : float
        Tokens per parameter.
    loss : float
        Nats per token, above E.
    reference : float, optional
        The ratio to compare with; the best for this loss if not given.

    Returns
    -------
    float
        At least one if no reference is given. It depends on the loss only where alpha and
        beta differ.

    Raises
    ------
    ValueError
        If a ratio or the loss is not one positive number.
    UnreachableLossError
        If the loss is not above E.

    Examples
    --------
    Gadre et al. 2024 train 32 times past 20 tokens per parameter.

    >>> law = gadre_law("RedPajama")
    >>> round(compute_multiplier(law, 640, 2.5), 2)
    3.59
    >>> round(compute_multiplier(law, 640, 2.5, reference=20), 2)
    3.36
    """
    spent = compute_at_ratio(law, M, loss)
    if reference is None:
        return spent / float(law.compute_for_loss(loss))
    return spent / compute_at_ratio(law, reference, loss)
