r"""One law, seen by people who count parameters and compute in different ways.

Small models are mostly embedding. Who leaves it out, as Kaplan et al. 2020 do, sees the same best
models on another, steeper line. Pearce and Song 2024 derive that line for a cube root and one
count throughout; here the embeddings may have any exponent and the counts may mix.

With n the parameters without embeddings and T(n) = n + omega n**p all of them, a run of size n
costs 6 M D, where M is n or T, whichever is counted. The best n for a budget meets

.. math:: \alpha A T^{-\alpha}\, \tau_T = \beta B D^{-\beta}\, \tau_M, \quad
    \tau_X = \frac{d \ln X}{d \ln n},

so D follows from n, and the exponent from the derivative of ln C(n).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import least_squares

from reanalysis.envelope import Envelope, TrainingCurve, envelope
from scaling_utils import check
from scaling_utils.check import FloatArray, FloatOrArray, positive, unwrap
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.laws.base import expect_law, from_log
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN, Record, unit

ALL, NON_EMBEDDING = "all", "non-embedding"
COUNTS = (ALL, NON_EMBEDDING)
"""What is counted: every parameter, or those outside the embeddings."""


@dataclass(frozen=True)
class SizeRelation(Record):
    """All parameters from those without embeddings, N + omega N ** exponent.

    Pearce and Song 2024, Eq. 11; a cube root where depth and width grow together.
    """

    omega: float = field(metadata=unit("parameters^(1 - exponent)"))
    exponent: float = field(default=1 / 3, metadata=unit("1"))

    equation: ClassVar[str] = r"N_T = N + \omega N^{p}"

    def __post_init__(self) -> None:
        object.__setattr__(self, "omega", check.one_number("omega", self.omega))
        object.__setattr__(self, "exponent", check.one_between("exponent", self.exponent, 0, 1))

    def total(self, N: ArrayLike) -> FloatOrArray:
        """All parameters of a model with `N` outside the embeddings."""
        n = positive("N", N)
        return unwrap(n + self.omega * n**self.exponent)

    def share(self, N: ArrayLike) -> FloatOrArray:
        """Share of the embeddings in all parameters."""
        embedding = self.omega * positive("N", N) ** self.exponent
        return unwrap(embedding / self.total(N))

    def half(self) -> float:
        """Size without embeddings at which embeddings are half of the model."""
        return float(self.omega ** (1 / (1 - self.exponent)))


def fit_relation(N: ArrayLike, total: ArrayLike, *, exponent: float | None = None) -> SizeRelation:
    """Fit the relation to models by least squares on ln total; an `exponent` given is held."""
    n, all_of_them = check.columns(N=N, total=total)
    embedding = all_of_them - n
    if (embedding <= 0).any():
        raise ValueError("total must be above N for every model: the rest is the embedding")
    if exponent is None and np.ptp(n) == 0:
        raise ValueError("a free exponent needs at least two models of different size")
    log_n, log_total = np.log(n), np.log(all_of_them)
    p = 1 / 3 if exponent is None else check.one_between("exponent", exponent, 0, 1)
    start = [float(np.mean(np.log(embedding) - p * log_n)), p]

    def residuals(x: FloatArray) -> FloatArray:
        power = x[1] if exponent is None else p
        return np.asarray(np.logaddexp(log_n, x[0] + power * log_n) - log_total)

    free = start if exponent is None else start[:1]
    best = least_squares(residuals, free, xtol=1e-14, ftol=1e-14, gtol=1e-14).x
    return SizeRelation(float(np.exp(best[0])), float(best[1]) if exponent is None else p)


class SeenOptimum(NamedTuple):
    """Best models: parameters, FLOPs and the local exponent as counted, tokens, nats per token."""

    N: FloatOrArray
    C: FloatOrArray
    exponent: FloatOrArray
    D: FloatOrArray
    loss: FloatOrArray
    total: FloatOrArray
    non_embedding: FloatOrArray


@dataclass(frozen=True)
class Counting:
    """A way to count size and compute, and what it makes of a law of all parameters.

    `size` and `compute` are of `COUNTS`; compute is 6 times what is counted times tokens. Sizes
    asked for are always without embeddings.

    Where compute leaves the embeddings out, a law whose exponents are both small against 1 - p is
    refused: a budget would have two best sizes. No published law is near that.
    """

    relation: SizeRelation
    size: str = NON_EMBEDDING
    compute: str = NON_EMBEDDING

    def __post_init__(self) -> None:
        check.one_of("size", self.size, COUNTS)
        check.one_of("compute", self.compute, COUNTS)

    def best(self, law: ChinchillaLaw, N: ArrayLike) -> SeenOptimum:
        """The budgets for which models of these sizes are best, as this count sees them."""
        return self._optimum(self._checked(law), positive("N", N))

    def exponent(self, law: ChinchillaLaw, N: ArrayLike) -> FloatOrArray:
        """Local exponent of the counted size against the counted compute.

        With both counts without embeddings and a cube root (Pearce and Song 2024):
        1 / exponent = 1 + (alpha tau - 4 s (1 - s) / (9 tau)) / beta, tau = 1 - 2 s / 3, with the
        share s of the embeddings.
        """
        return unwrap(self._in_logs(self._checked(law), positive("N", N))[3])

    def limits(self, law: ChinchillaLaw) -> tuple[float, float]:
        """Local exponent of the smallest and of the largest models.

        With both counts without embeddings: beta / (p alpha + beta) and beta / (alpha + beta).
        """
        p = self.relation.exponent
        by_size, by_cost = (p if count == ALL else 1.0 for count in (self.size, self.compute))
        return by_size / (by_cost + p * law.alpha / law.beta), law.a

    def at(self, law: ChinchillaLaw, C: ArrayLike) -> SeenOptimum:
        """The best models for budgets as this count sees them, FLOPs."""
        self._checked(law)
        log_C = np.log(positive("C", C))
        log_n = np.asarray(np.log(law.N_opt(C)))
        for _ in range(300):  # Newton's method on ln C(n), which is nearly straight
            found = self._optimum(law, np.exp(log_n))
            of_size = self._slopes(np.exp(log_n))[0] if self.size == ALL else 1.0
            # A short step at a time: where embeddings are nearly everything the curve bends.
            step = np.clip((log_C - np.log(found.C)) * (found.exponent / of_size), -2.0, 2.0)
            log_n = log_n + step
            if np.abs(step).max() < 1e-12:
                return found
        raise ValueError("the best size could not be found for a budget; is it far too small?")

    def fitted_exponent(self, law: ChinchillaLaw, N_low: float, N_high: float) -> float:
        """Exponent of one power law through the best models of a range of sizes.

        Least squares on logarithms, budgets log-spaced: what a study of this range reports.
        """
        ends = check.one_number("N_low", N_low), check.one_number("N_high", N_high)
        y, log_cost, log_D, _ = self._in_logs(self._checked(law), np.geomspace(*ends, 201))
        x = log_cost + log_D
        weight = np.gradient(x)  # sizes are evenly spaced here, budgets are to count evenly
        away = weight * (x - (weight * x).sum() / weight.sum())
        return float((away * y).sum() / (away * x).sum())

    def _checked(self, law: ChinchillaLaw) -> ChinchillaLaw:
        """The law, unless ln C(n) falls somewhere: there a budget has two best sizes.

        With u = 1 - (1 - p) s, s the share of the embeddings, the slope of ln C has the sign of
        (alpha + 1) u**2 + (beta - 1 - p) u + p, and both of its zeros would lie within p to 1.
        """
        p = self.relation.exponent
        linear = 1.0 + p - expect_law("law", law, ChinchillaLaw).beta
        if self.compute != ALL and linear > 0.0 and linear**2 > 4.0 * p * (law.alpha + 1.0):
            raise ValueError(
                f"alpha = {law.alpha:.3g} and beta = {law.beta:.3g} are too small for compute "
                "without embeddings: a budget would have two best sizes"
            )
        return law

    def _optimum(self, law: ChinchillaLaw, n: FloatArray) -> SeenOptimum:
        log_size, log_cost, log_D, exponent = self._in_logs(law, n)
        total, D = np.asarray(self.relation.total(n)), np.asarray(from_log("D", log_D))
        C = FLOPS_PER_PARAMETER_TOKEN * np.exp(log_cost) * D
        found = (np.exp(log_size), C, exponent, D, law.loss(total, D), total, n)
        return SeenOptimum(*map(unwrap, found))

    def _in_logs(
        self, law: ChinchillaLaw, n: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Logarithms of counted size, cost per token and best tokens; the local exponent."""
        total, alone = np.log(np.asarray(self.relation.total(n))), np.log(n)
        slope, bend = self._slopes(n)
        all_cost, all_size = self.compute == ALL, self.size == ALL
        log_cost, by_cost, bend_cost = (total, slope, bend) if all_cost else (alone, 1.0, 0.0)
        balance = np.log(law.beta * law.B / (law.alpha * law.A)) + np.log(by_cost / slope)
        log_D = (balance + law.alpha * total) / law.beta
        growth = by_cost + (law.alpha * slope + bend_cost - bend) / law.beta
        log_size, by_size = (total, slope) if all_size else (alone, np.ones_like(slope))
        with np.errstate(divide="ignore"):  # where C(n) turns, size grows without compute
            return log_size, log_cost, log_D, by_size / growth

    def _slopes(self, n: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The slope d ln T / d ln n, and how its logarithm changes with ln n."""
        share = np.asarray(self.relation.share(n))
        rest = 1.0 - self.relation.exponent
        slope = 1.0 - rest * share
        return slope, rest**2 * share * (1.0 - share) / slope


def sweep(law: ChinchillaLaw, counting: Counting, sizes: ArrayLike) -> Envelope:
    """Approach 1 on models of these sizes, without embeddings: ``a`` is what is reported."""
    if counting.size != counting.compute:
        raise ValueError("a sweep needs both alike, size and compute: the frontier's is 6 N D")
    n = np.ravel(positive("sizes", sizes))
    best = counting.best(law, n)
    total, tokens = np.ravel(best.total), np.ravel(best.D)
    curves = []
    for N, T, D in zip(total if counting.size == ALL else n, total, tokens, strict=True):
        seen = np.geomspace(D / 300, D * 300, 600)  # far beyond the tokens for which N is best
        curves.append(TrainingCurve(float(N), seen, np.asarray(law.loss(T, seen))))
    return envelope(curves, points=1500)
