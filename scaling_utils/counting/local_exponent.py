r"""One law, seen by people who count parameters and compute in different ways.

Hoffmann et al. 2022 count every parameter; Kaplan et al. 2020 leave the embeddings out, of the
size and of the compute.
Small models are mostly embedding, so the second count shrinks faster than the first as models
get smaller, and the same best models lie on another, steeper line.
This module gives that line in closed form. Pearce and Song 2024 derive it for a cube root and
for one count throughout; here the embeddings may have any exponent and the counts may mix.

With n the parameters without embeddings and T(n) = n + omega n**p all of them, a run of size n
costs 6 M D, where M is n or T, whichever is counted. The best n for a budget meets

.. math:: \alpha A T^{-\alpha}\, \tau_T = \beta B D^{-\beta}\, \tau_M, \quad
    \tau_X = \frac{d \ln X}{d \ln n},

so D follows from n, and the exponent from the derivative of ln C(n). With small exponents the
equation has several solutions for one budget; `never_best` says which sizes are none of the best.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from scaling_utils._validate import FloatArray, FloatOrArray, one_number, one_of, positive, unwrap
from scaling_utils.counting.never_best import Gap, gap_between, turning_shares
from scaling_utils.counting.size_relation import SizeRelation
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.laws.base import Record, expect_law, from_log, unit
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN

ALL, NON_EMBEDDING = "all", "non-embedding"
COUNTS = (ALL, NON_EMBEDDING)
"""What is counted: every parameter, or those outside the embeddings."""

ROUNDING = 1e-9
"""A size this close to the end of a range of sizes, in its logarithm, is at the end."""


@dataclass(frozen=True, eq=False)
class SeenOptimum(Record):
    """Best models as somebody counts them; each number has the shape of the sizes asked for.

    Attributes
    ----------
    N : float or ndarray
        Size as counted, parameters.
    C : float or ndarray
        Compute as counted, FLOPs.
    D : float or ndarray
        Tokens.
    exponent : float or ndarray
        Local exponent of N against C.
    loss : float or ndarray
        Nats per token.
    total, non_embedding : float or ndarray
        The same models in both counts, parameters.
    """

    N: FloatOrArray = field(metadata=unit("parameters"))
    C: FloatOrArray = field(metadata=unit("FLOPs"))
    D: FloatOrArray = field(metadata=unit("tokens"))
    exponent: FloatOrArray = field(metadata=unit("1"))
    loss: FloatOrArray = field(metadata=unit("nats per token"))
    total: FloatOrArray = field(metadata=unit("parameters"))
    non_embedding: FloatOrArray = field(metadata=unit("parameters"))


@dataclass(frozen=True)
class Counting:
    """A way to count size and compute, and what it makes of a law of all parameters.

    Parameters
    ----------
    relation : SizeRelation
        Ties the two counts together.
    size, compute : {"all", "non-embedding"}
        What goes into the size, and into the compute, 6 times that times tokens.

    Raises
    ------
    ValueError
        If a count is not known.

    Examples
    --------
    A world that follows the refit of Besiroglu et al. 2024, with the constant of Pearce and
    Song 2024: between its two limits the exponent rises above both.

    >>> law = ChinchillaLaw(1.8172, 482.01, 2085.43, 0.3478, 0.3658)
    >>> kaplan = Counting(SizeRelation(47491))
    >>> kaplan.best(law, [1e4, 1e7, 1e10]).exponent.round(3)
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
        """The budgets for which models of these sizes are best, as this count sees them.

        Parameters
        ----------
        law : ChinchillaLaw
            The law, in all parameters.
        N : array_like
            Parameters without embeddings, whatever the count.

        Raises
        ------
        ValueError
            If `law` is no ChinchillaLaw, a size is not positive and finite, or a size is the
            best for no budget (see `never_best`).
        """
        return self._optimum(law, self._best_somewhere(law, N))

    def never_best(self, law: ChinchillaLaw) -> tuple[float, float] | None:
        """Sizes between which no model is the best for any budget, as this count sees budgets.

        There are such sizes only where compute leaves the embeddings out and both exponents of
        the law are small; for no law in this package's published constants.

        Parameters
        ----------
        law : ChinchillaLaw
            The law, in all parameters.

        Returns
        -------
        tuple of float, or None
            Parameters without embeddings; the two are equally good for one budget. None where
            every size is the best for some budget.

        Examples
        --------
        >>> law = ChinchillaLaw(1.7, 400, 900, 0.1, 0.1)
        >>> low, high = Counting(SizeRelation(47491)).never_best(law)
        >>> f"{low:.2g} {high:.2g}"
        '4.1e+05 2.4e+07'
        """
        gap = self._gap(expect_law("law", law, ChinchillaLaw))
        return (float(np.exp(gap.log_low)), float(np.exp(gap.log_high))) if gap else None

    def _optimum(self, law: ChinchillaLaw, n: FloatArray) -> SeenOptimum:
        log_size, log_cost, log_D, exponent = self._in_logs(law, n)
        total, D = np.asarray(self.relation.total(n)), np.asarray(from_log("D", log_D))
        return SeenOptimum(
            N=unwrap(np.exp(log_size)),
            C=unwrap(FLOPS_PER_PARAMETER_TOKEN * np.exp(log_cost) * D),
            D=unwrap(D),
            exponent=unwrap(exponent),
            loss=law.loss(total, D),
            total=unwrap(total),
            non_embedding=unwrap(n),
        )

    def exponent(self, law: ChinchillaLaw, N: ArrayLike) -> FloatOrArray:
        """Local exponent of the counted size against the counted compute.

        With both counts without embeddings and a cube root (the result of Pearce and Song
        2024), where s is the share of the embeddings:
        1 / exponent = 1 + (alpha tau - 4 s (1 - s) / (9 tau)) / beta, tau = 1 - 2 s / 3.

        Parameters
        ----------
        law : ChinchillaLaw
            The law, in all parameters.
        N : array_like
            Parameters without embeddings, whatever the count.

        Returns
        -------
        float or ndarray
        """
        return unwrap(self._in_logs(law, self._best_somewhere(law, N))[3])

    def at(self, law: ChinchillaLaw, C: ArrayLike) -> SeenOptimum:
        """The best models for budgets as this count sees them, FLOPs."""
        gap = self._gap(expect_law("law", law, ChinchillaLaw))
        log_C = np.log(positive("C", C))
        log_n = np.asarray(np.log(law.N_opt(C)))
        low, high = np.full(log_C.shape, -np.inf), np.full(log_C.shape, np.inf)
        if gap:  # each budget has its best size on one side of it
            small = log_C - np.log(FLOPS_PER_PARAMETER_TOKEN) < gap.log_budget
            low, high = np.where(small, low, gap.log_high), np.where(small, gap.log_low, high)
            log_n = np.clip(log_n, low, high)
        for _ in range(300):  # Newton's method on ln C(n), which is nearly straight
            found = self._optimum(law, np.exp(log_n))
            # d ln n = d ln C times the exponent of n, whatever size is counted.
            of_n = np.asarray(found.exponent)
            if self.size == ALL:
                of_n = of_n / self._slopes(np.exp(log_n))[0]
            # A short step at a time: where embeddings are nearly everything the curve bends.
            step = np.clip((log_C - np.log(found.C)) * of_n, -2.0, 2.0)
            fresh = np.clip(log_n + step, low, high)
            moved, log_n = np.abs(fresh - log_n).max(), fresh
            if moved < 1e-12:
                return found
        raise ValueError("the best size could not be found for a budget; is it far too small?")

    def fitted_exponent(
        self, law: ChinchillaLaw, N_low: float, N_high: float, *, points: int = 201
    ) -> float:
        """Exponent of one power law through the best models of a range of sizes.

        Least squares on logarithms, with budgets evenly spaced in their logarithm: what a study
        of this range reports, without noise and with every size at hand.

        Parameters
        ----------
        law : ChinchillaLaw
            The law, in all parameters.
        N_low, N_high : float
            Smallest and largest model, parameters without embeddings.
        points : int
            Sizes between them.

        Examples
        --------
        >>> law = ChinchillaLaw(1.8172, 482.01, 2085.43, 0.3478, 0.3658)
        >>> round(Counting(SizeRelation(47491)).fitted_exponent(law, 768, 1.5e9), 2)
        0.79
        """
        low, high = one_number("N_low", N_low), one_number("N_high", N_high)
        sizes = self._best_somewhere(law, np.geomspace(low, high, points))
        y, log_cost, log_D, _ = self._in_logs(law, sizes)
        x = log_cost + log_D
        weight = np.gradient(x)  # sizes are evenly spaced here, budgets are to count evenly
        away = weight * (x - (weight * x).sum() / weight.sum())
        return float((away * y).sum() / (away * x).sum())

    def limits(self, law: ChinchillaLaw) -> tuple[float, float]:
        """Local exponent of the smallest and of the largest models.

        With both counts without embeddings: beta / (p alpha + beta), where p is the exponent
        of the embeddings, and beta / (alpha + beta).
        """
        p = self.relation.exponent
        by_size = p if self.size == ALL else 1.0
        by_cost = p if self.compute == ALL else 1.0
        return by_size / (by_cost + p * law.alpha / law.beta), law.a

    def _best_somewhere(self, law: ChinchillaLaw, N: ArrayLike) -> FloatArray:
        """The sizes, each of which is the best for some budget; refuse others."""
        gap, n = self._gap(expect_law("law", law, ChinchillaLaw)), positive("N", N)
        if gap:
            log_n = np.log(n)
            inside = (log_n > gap.log_low + ROUNDING) & (log_n < gap.log_high - ROUNDING)
            if inside.any():
                low, high = np.exp([gap.log_low, gap.log_high])
                raise ValueError(
                    f"N = {float(n[inside].flat[0]):.3g} is the best size for no budget: without "
                    f"the embeddings in the compute, every size between {low:.3g} and {high:.3g} "
                    "parameters is worse than one below or one above it"
                )
        return n

    def _gap(self, law: ChinchillaLaw) -> Gap | None:
        """Sizes that are best for no budget; None where there are none."""
        p = self.relation.exponent
        shares = None if self.compute == ALL else turning_shares(law, p)
        if shares is None:
            return None
        log_omega = np.log(self.relation.omega)
        large, small = ((log_omega + np.log1p(-s) - np.log(s)) / (1.0 - p) for s in shares)

        def log_budget(log_n: float) -> float:
            _, log_cost, log_D, _ = self._in_logs(law, np.asarray(np.exp(log_n)))
            return float(log_cost + log_D)

        def log_loss(log_n: float) -> float:
            n = np.asarray(np.exp(log_n))
            log_D, log_T = float(self._in_logs(law, n)[2]), np.log(self.relation.total(n))
            by_size, by_data = (
                (np.log(law.A), law.alpha * log_T),
                (np.log(law.B), law.beta * log_D),
            )
            return float(np.logaddexp(by_size[0] - by_size[1], by_data[0] - by_data[1]))

        return gap_between(float(small), float(large), log_budget, log_loss)

    def _in_logs(
        self, law: ChinchillaLaw, n: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Logarithms of counted size, cost per token and best tokens; the local exponent."""
        log_n, log_total = np.log(n), np.log(np.asarray(self.relation.total(n)))
        slope, bend = self._slopes(n)
        all_cost = self.compute == ALL
        log_cost, by_cost, bend_cost = (log_total, slope, bend) if all_cost else (log_n, 1.0, 0.0)
        balance = np.log(law.beta * law.B / (law.alpha * law.A)) + np.log(by_cost / slope)
        log_D = (balance + law.alpha * log_total) / law.beta
        growth = by_cost + (law.alpha * slope + bend_cost - bend) / law.beta
        log_size, by_size = (
            (log_total, slope) if self.size == ALL else (log_n, np.ones_like(slope))
        )
        with np.errstate(divide="ignore"):  # where C(n) turns, size grows without compute
            return log_size, log_cost, log_D, by_size / growth

    def _slopes(self, n: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The slope d ln T / d ln n, and how its logarithm changes with ln n."""
        share = np.asarray(self.relation.share(n))
        rest = 1.0 - self.relation.exponent
        slope = 1.0 - rest * share
        return slope, rest**2 * share * (1.0 - share) / slope
