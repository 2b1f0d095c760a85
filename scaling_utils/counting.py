r"""One law, seen by people who count parameters and compute in different ways.

Hoffmann et al. 2022 count every parameter; Kaplan et al. 2020 leave the embeddings out, of the
size and of the compute. Small models are mostly embedding, so the same best models lie on another,
steeper line in the second count. Pearce and Song 2024 derive that line for a cube root and one
count throughout; here the embeddings may have any exponent and the counts may mix.

With n the parameters without embeddings and T(n) = n + omega n**p all of them, a run of size n
costs 6 M D, where M is n or T, whichever is counted. The best n for a budget meets

.. math:: \alpha A T^{-\alpha}\, \tau_T = \beta B D^{-\beta}\, \tau_M, \quad
    \tau_X = \frac{d \ln X}{d \ln n},

so D follows from n, and the exponent from the derivative of ln C(n).

Where compute leaves the embeddings out, C(n) falls in one interval of sizes if both exponents of
the law are small against 1 - p. A budget then has two locally best sizes; the lower one is the
best up to some budget, the upper one from there on, and the sizes between are best for none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq, least_squares

from scaling_utils.check import (
    FloatArray,
    FloatOrArray,
    aligned,
    one_between,
    one_number,
    one_of,
    positive,
    same_length,
    unwrap,
)
from scaling_utils.envelope import Envelope, TrainingCurve, envelope
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.laws.base import expect_law, from_log
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN, Record, unit

ALL, NON_EMBEDDING = "all", "non-embedding"
COUNTS = (ALL, NON_EMBEDDING)
"""What is counted: every parameter, or those outside the embeddings."""


@dataclass(frozen=True)
class SizeRelation(Record):
    """All parameters of a model from those without embeddings, N + omega N ** exponent.

    Pearce and Song 2024, Eq. 11. Embeddings are vocabulary times width, and width grows as the
    cube root of the other parameters where depth and width grow together.
    """

    omega: float = field(metadata=unit("parameters^(1 - exponent)"))
    exponent: float = field(default=1 / 3, metadata=unit("1"))

    _equation: ClassVar[str] = r"N_T = N + \omega N^{p}"

    def __post_init__(self) -> None:
        """Check the two constants."""
        object.__setattr__(self, "omega", one_number("omega", self.omega))
        object.__setattr__(self, "exponent", one_between("exponent", self.exponent, 0, 1))

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
    aligned(N=N, total=total)
    n, all_of_them = np.ravel(positive("N", N)), np.ravel(positive("total", total))
    same_length(N=n, total=all_of_them)
    embedding = all_of_them - n
    if (embedding <= 0).any():
        raise ValueError("total must be above N for every model: the rest is the embedding")
    if exponent is None and np.ptp(n) == 0:
        raise ValueError("a free exponent needs at least two models of different size")
    log_n, log_total = np.log(n), np.log(all_of_them)
    p = 1 / 3 if exponent is None else one_between("exponent", exponent, 0, 1)
    start = [float(np.mean(np.log(embedding) - p * log_n)), p]

    def residuals(x: FloatArray) -> FloatArray:
        power = x[1] if exponent is None else p
        return np.asarray(np.logaddexp(log_n, x[0] + power * log_n) - log_total)

    free = start if exponent is None else start[:1]
    best = least_squares(residuals, free, xtol=1e-14, ftol=1e-14, gtol=1e-14).x
    return SizeRelation(float(np.exp(best[0])), float(best[1]) if exponent is None else p)


class SeenOptimum(NamedTuple):
    """Best models: parameters, FLOPs and the local exponent as counted, tokens, nats per token.

    `total` and `non_embedding` are the same models in both counts.
    """

    N: FloatOrArray
    C: FloatOrArray
    exponent: FloatOrArray
    D: FloatOrArray
    loss: FloatOrArray
    total: FloatOrArray
    non_embedding: FloatOrArray


class _Gap(NamedTuple):
    """Logarithms of two sizes that are equally good for one budget, and of that budget / 6."""

    low: float
    high: float
    budget: float


@dataclass(frozen=True)
class Counting:
    """A way to count size and compute, and what it makes of a law of all parameters.

    `size` and `compute` name what goes into the size, and into the compute, 6 times that times
    tokens. Sizes asked for are always without embeddings.

    Under the refit of Besiroglu et al. 2024 the exponent that Kaplan would see rises, between its
    two limits, above both.

    >>> law = ChinchillaLaw(1.8172, 482.01, 2085.43, 0.3478, 0.3658)
    >>> kaplan = Counting(SizeRelation(47491))
    >>> kaplan.exponent(law, [1e4, 1e7, 1e10]).round(3)
    array([0.776, 0.853, 0.518])
    >>> [round(limit, 3) for limit in kaplan.limits(law)]
    [0.759, 0.513]
    """

    relation: SizeRelation
    size: str = NON_EMBEDDING
    compute: str = NON_EMBEDDING

    def __post_init__(self) -> None:
        """Check the names of the counts."""
        one_of("size", self.size, COUNTS)
        one_of("compute", self.compute, COUNTS)

    def best(self, law: ChinchillaLaw, N: ArrayLike) -> SeenOptimum:
        """The budgets for which models of these sizes are best, as this count sees them."""
        return self._optimum(law, self._best_somewhere(law, N))

    def exponent(self, law: ChinchillaLaw, N: ArrayLike) -> FloatOrArray:
        """Local exponent of the counted size against the counted compute.

        With both counts without embeddings and a cube root (the result of Pearce and Song
        2024), where s is the share of the embeddings:
        1 / exponent = 1 + (alpha tau - 4 s (1 - s) / (9 tau)) / beta, tau = 1 - 2 s / 3.
        """
        return unwrap(self._in_logs(law, self._best_somewhere(law, N))[3])

    def limits(self, law: ChinchillaLaw) -> tuple[float, float]:
        """Local exponent of the smallest and of the largest models.

        With both counts without embeddings: beta / (p alpha + beta) and beta / (alpha + beta).
        """
        p = self.relation.exponent
        by_size, by_cost = (p if count == ALL else 1.0 for count in (self.size, self.compute))
        return by_size / (by_cost + p * law.alpha / law.beta), law.a

    def at(self, law: ChinchillaLaw, C: ArrayLike) -> SeenOptimum:
        """The best models for budgets as this count sees them, FLOPs."""
        gap = self._gap(expect_law("law", law, ChinchillaLaw))
        log_C = np.log(positive("C", C))
        log_n = np.asarray(np.log(law.N_opt(C)))
        low, high = np.full(log_C.shape, -np.inf), np.full(log_C.shape, np.inf)
        if gap:  # each budget has its best size on one side of it
            small = log_C - np.log(FLOPS_PER_PARAMETER_TOKEN) < gap.budget
            low, high = np.where(small, low, gap.high), np.where(small, gap.low, high)
            log_n = np.clip(log_n, low, high)
        for _ in range(300):  # Newton's method on ln C(n), which is nearly straight
            found = self._optimum(law, np.exp(log_n))
            of_size = self._slopes(np.exp(log_n))[0] if self.size == ALL else 1.0
            # A short step at a time: where embeddings are nearly everything the curve bends.
            step = np.clip((log_C - np.log(found.C)) * (found.exponent / of_size), -2.0, 2.0)
            fresh = np.clip(log_n + step, low, high)
            moved, log_n = np.abs(fresh - log_n).max(), fresh
            if moved < 1e-12:
                return found
        raise ValueError("the best size could not be found for a budget; is it far too small?")

    def fitted_exponent(self, law: ChinchillaLaw, N_low: float, N_high: float) -> float:
        """Exponent of one power law through the best models of a range of sizes.

        Least squares on logarithms, with budgets evenly spaced in their logarithm: what a study
        of this range reports, without noise and with every size at hand.
        """
        ends = one_number("N_low", N_low), one_number("N_high", N_high)
        sizes = self._best_somewhere(law, np.geomspace(*ends, 201))
        y, log_cost, log_D, _ = self._in_logs(law, sizes)
        x = log_cost + log_D
        weight = np.gradient(x)  # sizes are evenly spaced here, budgets are to count evenly
        away = weight * (x - (weight * x).sum() / weight.sum())
        return float((away * y).sum() / (away * x).sum())

    def never_best(self, law: ChinchillaLaw) -> tuple[float, float] | None:
        """Sizes, themselves equally good for one budget, between which none is ever the best.

        None where every size is the best for some budget, as under all published constants.
        """
        gap = self._gap(expect_law("law", law, ChinchillaLaw))
        return (float(np.exp(gap.low)), float(np.exp(gap.high))) if gap else None

    def _best_somewhere(self, law: ChinchillaLaw, N: ArrayLike) -> FloatArray:
        """The sizes, each of which is the best for some budget; refuse others."""
        gap, n = self._gap(expect_law("law", law, ChinchillaLaw)), positive("N", N)
        if gap:
            log_n, rounding = np.log(n), 1e-9
            inside = (log_n > gap.low + rounding) & (log_n < gap.high - rounding)
            if inside.any():
                raise ValueError(
                    f"N = {float(n[inside].flat[0]):.3g} is the best size for no budget: without "
                    f"the embeddings in the compute, every size between {np.exp(gap.low):.3g} and "
                    f"{np.exp(gap.high):.3g} parameters is worse than one below or one above it"
                )
        return n

    def _gap(self, law: ChinchillaLaw) -> _Gap | None:
        """Sizes that are best for no budget; None where there are none.

        With u = 1 - (1 - p) s, s the share of the embeddings, the slope of ln C has the sign of
        (alpha + 1) u**2 + (beta - 1 - p) u + p, and C(n) turns where it is zero.
        """
        p = self.relation.exponent
        linear, square = 1.0 + p - law.beta, law.alpha + 1.0
        rest = linear**2 - 4.0 * p * square
        # Turning points that nearly touch tell no sizes apart.
        if self.compute == ALL or linear <= 0.0 or rest <= 1e-8:
            return None
        us = np.array([linear + np.sqrt(rest), linear - np.sqrt(rest)]) / (2.0 * square)
        if not p < us[1] < us[0] < 1.0:
            return None
        shares = (1.0 - us) / (1.0 - p)
        turns = (np.log(self.relation.omega) + np.log1p(-shares) - np.log(shares)) / (1.0 - p)
        large, small = turns.tolist()

        def log_budget(log_n: float) -> float:
            _, log_cost, log_D, _ = self._in_logs(law, np.asarray(np.exp(log_n)))
            return float(log_cost + log_D)

        def log_loss(log_n: float) -> float:  # of what size and data can remove
            n = np.asarray(np.exp(log_n))
            log_D, log_T = float(self._in_logs(law, n)[2]), np.log(self.relation.total(n))
            by_size, by_data = np.log(law.A) - law.alpha * log_T, np.log(law.B) - law.beta * log_D
            return float(np.logaddexp(by_size, by_data))

        def size(c: float, end: float, direction: float) -> float:
            """The size with budget c on the branch that leaves `end` in a direction."""
            if abs(log_budget(end) - c) < 1e-14 * max(1.0, abs(c)):
                return end
            reach = direction
            while (log_budget(end + reach) - c) * direction < 0.0:
                reach *= 2.0
            low, high = sorted((end, end + reach))
            return float(brentq(lambda x: log_budget(x) - c, low, high, xtol=1e-13))

        # Up to the smallest of these budgets only the lower size exists, and from the largest on
        # only the upper; between them the lower one loses its lead, because it has the more data.
        def lead(c: float) -> float:
            return log_loss(size(c, small, -1.0)) - log_loss(size(c, large, 1.0))

        even = float(brentq(lead, log_budget(large), log_budget(small), xtol=1e-13, rtol=1e-14))
        return _Gap(size(even, small, -1.0), size(even, large, 1.0), even)

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
    """Train models of these sizes in a world that follows a law, and fit the frontier.

    Approach 1 of Hoffmann et al. 2022, which knows no formula of this module: its ``a`` is the
    exponent that the observer reports. Sizes are without embeddings.
    """
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
