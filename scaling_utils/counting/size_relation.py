"""Parameters with and without the embeddings: how one count follows from the other.

Kaplan et al. 2020 leave the embeddings out, Hoffmann et al. 2022 count them. In a family of
models the embeddings are about a constant times the cube root of the rest, so they are most of
a small model and nothing of a large one (Pearce and Song 2024, Eq. 11).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import least_squares

from scaling_utils._validate import (
    FloatArray,
    FloatOrArray,
    aligned,
    one_between,
    one_number,
    positive,
    same_length,
    unwrap,
)
from scaling_utils.laws.base import Record, unit


@dataclass(frozen=True)
class SizeRelation(Record):
    r"""All parameters of a model from those without embeddings, N + omega N ** exponent.

    Pearce and Song 2024, Eq. 11. Embeddings are vocabulary times width, and width grows as
    the cube root of the other parameters where depth and width grow together.

    Parameters
    ----------
    omega : float
        Embedding parameters of a model with one other parameter; it grows with vocabulary.
    exponent : float
        Between 0 and 1; a third at a fixed ratio of width to depth.
    source : str
        Where the constants come from.

    Raises
    ------
    ValueError
        If omega is not positive, or the exponent does not lie between 0 and 1.

    Examples
    --------
    A vocabulary of 32,000, models 75 times as wide as deep, 12 L d ** 2 parameters.

    >>> relation = SizeRelation(32000 * (75 / 12) ** (1 / 3))
    >>> round(relation.share(25e6), 2)
    0.41
    """

    omega: float = field(metadata=unit("parameters^(1 - exponent)"))
    exponent: float = field(default=1 / 3, metadata=unit("1"))
    source: str = "user"

    _equation: ClassVar[str] = r"N_T = N + \omega N^{p}"

    def __post_init__(self) -> None:
        """Check the two constants."""
        object.__setattr__(self, "omega", one_number("omega", self.omega))
        object.__setattr__(self, "exponent", one_between("exponent", self.exponent, 0, 1))

    def embedding(self, N: ArrayLike) -> FloatOrArray:
        """Embedding parameters of a model with `N` others."""
        return unwrap(self.omega * positive("N", N) ** self.exponent)

    def total(self, N: ArrayLike) -> FloatOrArray:
        """All parameters of a model with `N` outside the embeddings."""
        return unwrap(positive("N", N) + self.embedding(N))

    def share(self, N: ArrayLike) -> FloatOrArray:
        """Share of the embeddings in all parameters."""
        return unwrap(np.asarray(self.embedding(N)) / self.total(N))

    def half(self) -> float:
        """Size without embeddings at which embeddings are half of the model.

        Examples
        --------
        >>> f"{SizeRelation(47491).half():.3g}"
        '1.03e+07'
        """
        return float(self.omega ** (1 / (1 - self.exponent)))


def fit_relation(
    N: ArrayLike, total: ArrayLike, *, exponent: float | None = None, source: str = "user"
) -> SizeRelation:
    """Fit the size relation to models, by least squares on the logarithm of the total.

    Parameters
    ----------
    N, total : array_like, shape (n,)
        Parameters without embeddings, and all of them.
    exponent : float, optional
        Hold the exponent at this value; fitted if not given.
    source : str
        Which models.

    Raises
    ------
    ValueError
        If a total is not above its `N`, or there are fewer models than constants.

    Examples
    --------
    >>> sizes = np.geomspace(1e7, 1e10, 9)
    >>> fit = fit_relation(sizes, sizes + 5e4 * sizes**0.35)
    >>> round(fit.omega), round(fit.exponent, 3)
    (50000, 0.35)
    """
    aligned(N=N, total=total)
    n, all_of_them = np.ravel(positive("N", N)), np.ravel(positive("total", total))
    same_length(N=n, total=all_of_them)
    embedding = all_of_them - n
    if (embedding <= 0).any():
        raise ValueError("total must be above N for every model: the rest is the embedding")
    if n.size < (2 if exponent is None else 1) or (exponent is None and np.ptp(n) == 0):
        raise ValueError("a free exponent needs at least two models of different size")
    log_n, log_total = np.log(n), np.log(all_of_them)
    p = 1 / 3 if exponent is None else one_between("exponent", exponent, 0, 1)
    start = [float(np.mean(np.log(embedding) - p * log_n)), p]

    def residuals(x: FloatArray) -> FloatArray:
        power = x[1] if exponent is None else p
        return np.asarray(np.logaddexp(log_n, x[0] + power * log_n) - log_total)

    free = start if exponent is None else start[:1]
    best = least_squares(residuals, free, xtol=1e-14, ftol=1e-14, gtol=1e-14).x
    return SizeRelation(float(np.exp(best[0])), float(best[1]) if exponent is None else p, source)
