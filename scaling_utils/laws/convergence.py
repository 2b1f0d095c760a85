"""How far to train: Kaplan et al. 2020, Appendix B ("convergence is inefficient").

By the learning curve L(N, S) of Eq. 1.6, at the critical batch, the best model for a budget stops
a fraction alpha_N / alpha_S above the loss at which it would converge. C and S are the paper's
batch-adjusted minima, C = 6 N B S; a run at the critical batch takes 2 S steps and 2 C FLOPs.
Where the loss has a floor E (Hoffmann et al. 2022), that fraction falls as budgets grow.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from scaling_utils import check
from scaling_utils.check import FloatArray, FloatOrArray, positive, unwrap
from scaling_utils.laws.base import expect_law, from_log, reachable, root
from scaling_utils.laws.chinchilla import ChinchillaLaw
from scaling_utils.laws.kaplan import CriticalBatch, KaplanNS
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN, Record, unit


@dataclass(frozen=True)
class ComputeExponents(Record):
    """Powers of compute with which size, batch, steps and tokens grow and the loss falls."""

    N: float = field(metadata=unit("1"))
    B: float = field(metadata=unit("1"))
    S: float = field(metadata=unit("1"))
    D: float = field(metadata=unit("1"))
    L: float = field(metadata=unit("1"))


@dataclass(frozen=True)
class EfficientTraining:
    """Compute-efficient training along a learning curve (Kaplan et al. 2020, App. B).

    >>> law = KaplanNS(N_c=8.8e13, S_c=2.1e3, alpha_N=0.076, alpha_S=0.76)
    >>> efficient = EfficientTraining(law, CriticalBatch(B_star=2.1e8, alpha_B=0.21))
    >>> round(efficient.excess, 3), round(efficient.alpha_C, 3)
    (0.1, 0.052)
    """

    law: KaplanNS
    critical_batch: CriticalBatch

    def __post_init__(self) -> None:
        expect_law("law", self.law, KaplanNS)
        expect_law("critical_batch", self.critical_batch, CriticalBatch)

    @property
    def excess(self) -> float:
        """Where to stop: this fraction above the converged loss (Eq. B.5)."""
        return self.law.alpha_N / self.law.alpha_S

    @property
    def alpha_C(self) -> float:
        """Exponent of the efficient loss in compute (Eq. B.7)."""
        return 1 / (1 / self.law.alpha_S + 1 / self.critical_batch.alpha_B + 1 / self.law.alpha_N)

    @property
    def C_c(self) -> float:
        """Scale of the efficient loss in compute, FLOPs (Eq. B.8)."""
        return float(from_log("C_c", np.asarray(self._log_C_c)))

    @property
    def exponents(self) -> ComputeExponents:
        """How N, B, S (which add up to one), D and the loss scale (Eqs. 1.7, 1.8 and B.7)."""
        alpha_C = self.alpha_C
        B, S = alpha_C / self.critical_batch.alpha_B, alpha_C / self.law.alpha_S
        return ComputeExponents(N=alpha_C / self.law.alpha_N, B=B, S=S, D=B + S, L=alpha_C)

    def loss(self, C: ArrayLike) -> FloatOrArray:
        """Loss of the efficient allocation, in nats per token (Eq. B.6)."""
        return unwrap(from_log("loss", -self.alpha_C * self._log_share(C)))

    def compute_for_loss(self, loss: ArrayLike) -> FloatOrArray:
        """Least compute that reaches a loss, in FLOPs: the inverse of `loss`."""
        return unwrap(from_log("C", self._log_C_c - np.log(positive("loss", loss)) / self.alpha_C))

    def N_opt(self, C: ArrayLike) -> FloatOrArray:
        """Efficient model size, in parameters (Eq. B.9)."""
        log_growth = self.exponents.N * self._log_share(C)
        above = np.log1p(self.excess) / self.law.alpha_N
        return unwrap(from_log("N", np.log(self.law.N_c) + log_growth + above))

    def steps(self, C: ArrayLike) -> FloatOrArray:
        """Least number of steps S_min of the efficient allocation (Eq. B.10)."""
        cost = FLOPS_PER_PARAMETER_TOKEN * self.law.N_c * self.critical_batch.B_star
        log_growth = self.exponents.S * self._log_share(C)
        above = np.log1p(self.excess) / self.law.alpha_N
        return unwrap(from_log("S_min", self._log_C_c - np.log(cost) + log_growth - above))

    def batch(self, C: ArrayLike) -> FloatOrArray:
        """Critical batch at the loss reached, in tokens (Eq. B.2)."""
        return self.critical_batch.size(self.loss(C))

    def tokens(self, C: ArrayLike) -> FloatOrArray:
        """Tokens that a run at the critical batch processes, 2 B S_min = 2 C / 6 N (Eq. 6.7)."""
        return unwrap(2 * np.asarray(self.batch(C)) * self.steps(C))

    def loss_at(self, N: ArrayLike, C: ArrayLike) -> FloatOrArray:
        """Loss of any model size at a compute budget (Eq. B.3, solved for L)."""
        # The critical batch depends on the loss, so L stands on both sides, L = L_inf + K L ** -q:
        # K would remain after the steps that C buys, at one nat.
        n, c = check.positive_together(N=N, C=C)
        scale = FLOPS_PER_PARAMETER_TOKEN * self.critical_batch.B_star * self.law.S_c
        log_K = self.law.alpha_S * (np.log(scale) + np.log(n) - np.log(c))
        q = self.law.alpha_S / self.critical_batch.alpha_B
        least = np.log(self.law.converged_loss(n))

        def reached(log_L: FloatArray) -> FloatArray:
            return np.asarray(np.logaddexp(least, log_K - q * log_L))

        log_L = root(lambda log_L: log_L - reached(log_L), np.asarray(least), reached(least))
        return unwrap(from_log("loss", log_L))

    def compute_to_reach(self, N: ArrayLike, loss: ArrayLike) -> FloatOrArray:
        """Compute that a model of size N needs to reach a loss, in FLOPs (Eq. B.15)."""
        n, target = check.positive_together(N=N, loss=loss)
        batch, steps = self.critical_batch.size(target), self.law.steps_to_loss(n, target)
        return unwrap(FLOPS_PER_PARAMETER_TOKEN * n * batch * steps)

    @property
    def _log_C_c(self) -> float:
        law = self.law
        scale = FLOPS_PER_PARAMETER_TOKEN * law.N_c * self.critical_batch.B_star * law.S_c
        above = (1 / law.alpha_S + 1 / law.alpha_N) * np.log1p(self.excess)
        return float(np.log(scale) + above - np.log(self.excess) / law.alpha_S)

    def _log_share(self, C: ArrayLike) -> FloatArray:
        return np.asarray(np.log(positive("C", C)) - self._log_C_c)


@dataclass(frozen=True)
class ConvergenceComparison(Record):
    """A run that stops f above its converged loss, against one that stops f_other above."""

    f: float = field(metadata=unit("1"))
    f_other: float = field(metadata=unit("1"))
    size_ratio: float = field(metadata=unit("1"))
    steps_ratio: float = field(metadata=unit("1"))
    compute_ratio: float = field(metadata=unit("1"))

    @property
    def fewer_steps(self) -> float:
        """How many times fewer steps the first run takes."""
        return 1 / self.steps_ratio

    @property
    def compute_saved(self) -> float:
        """Fraction of the second run's compute that the first saves."""
        return 1 - self.compute_ratio


def compare_convergence(
    law: KaplanNS, f_other: float = 0.02, f: float | None = None
) -> ConvergenceComparison:
    """Compare two runs that reach the same loss (Kaplan et al. 2020, Eqs. B.11 to B.14)."""
    expect_law("law", law, KaplanNS)
    stop = check.one_number("f", law.alpha_N / law.alpha_S if f is None else f)
    other = check.one_number("f_other", f_other)
    size = np.exp((np.log1p(stop) - np.log1p(other)) / law.alpha_N)
    steps = np.exp((np.log1p(1 / stop) - np.log1p(1 / other)) / law.alpha_S)
    return ConvergenceComparison(stop, other, float(size), float(steps), float(size * steps))


@dataclass(frozen=True)
class SizeInterval(Record):
    """Sizes, relative to the efficient one, that cost at most so much more compute."""

    low: float = field(metadata=unit("1"))
    high: float = field(metadata=unit("1"))


def smallest_size_ratio(law: KaplanNS) -> float:
    """Size ratio at which a model only just fails to reach the loss of the efficient one."""
    return float(_size_ratio(expect_law("law", law, KaplanNS), 0.0))


def compute_ratio(law: KaplanNS, size_ratio: ArrayLike) -> FloatOrArray:
    """Compute to reach a loss, relative to the efficient size (Kaplan et al. 2020, Eq. B.16)."""
    ratio = positive("size_ratio", size_ratio)
    return unwrap(ratio * _bracket(law, ratio) ** (-1 / law.alpha_S))


def steps_ratio(law: KaplanNS, size_ratio: ArrayLike) -> FloatOrArray:
    """Steps to reach a loss, relative to the efficient size (Kaplan et al. 2020, Eq. B.17)."""
    ratio = positive("size_ratio", size_ratio)
    return unwrap(_bracket(law, ratio) ** (-1 / law.alpha_S))


def size_interval(law: KaplanNS, extra_compute: float = 0.2) -> SizeInterval:
    """Find the sizes that cost at most so much more compute (from Eq. B.16)."""
    smallest = smallest_size_ratio(law)
    allowed = np.log1p(check.one_number("extra_compute", extra_compute))

    # Below the efficient size in the logarithm of the bracket u of B.16, where the cost has no
    # pole; it is at least smallest * u ** (-1 / alpha_S), so u need not be smaller.
    def saved(log_u: FloatArray) -> FloatArray:
        return np.asarray(allowed + log_u / law.alpha_S - np.log(_size_ratio(law, np.exp(log_u))))

    # Above it, the steps never fall below (1 + alpha_S / alpha_N) ** (-1 / alpha_S).
    def above(log_r: FloatArray) -> FloatArray:
        return np.asarray(log_r - np.log(_bracket(law, np.exp(log_r))) / law.alpha_S - allowed)

    lowest = law.alpha_S * (np.log(smallest) - allowed)
    highest = allowed + np.log1p(law.alpha_S / law.alpha_N) / law.alpha_S
    low = _size_ratio(law, np.exp(root(saved, np.asarray(lowest - 1), np.asarray(0.0))))
    high = np.exp(root(above, np.asarray(0.0), np.asarray(highest + 1)))
    return SizeInterval(float(low), float(high))


def _bracket(law: KaplanNS, ratio: FloatArray) -> FloatArray:
    """The bracket of Eqs. B.16 and B.17: what steps may still remove, relative to r = 1."""
    smallest = smallest_size_ratio(law)
    removed = -np.expm1(-law.alpha_N * np.log(ratio))
    said = "size_ratio {:g} is too small to ever reach the loss; expected more than {:.4g}"
    return reachable(1 + law.alpha_S / law.alpha_N * removed, said, ratio, smallest)


def _size_ratio(law: KaplanNS, bracket: FloatArray | float) -> FloatArray:
    """The size ratio at which the bracket has a value: the inverse of `_bracket`."""
    log = -np.log1p(law.alpha_N / law.alpha_S * (1 - bracket)) / law.alpha_N
    return np.asarray(np.exp(log))


def best_excess(law: ChinchillaLaw, C: ArrayLike) -> FloatOrArray:
    """Fraction by which the best run for a budget stops above L(N, infinity) of its model."""
    law = expect_law("law", law, ChinchillaLaw)
    floor, size, data = law.terms(law.N_opt(C), law.D_opt(C))
    return unwrap(np.divide(data, np.add(floor, size)))


def cost_of_stopping_at(law: ChinchillaLaw, C: ArrayLike, excess: ArrayLike) -> FloatOrArray:
    """Times the compute for the loss of the best run, with a model that stops a fraction above.

    Infinity where no model can, because its own floor would lie at E or below.
    """
    budget, share = expect_law("law", law, ChinchillaLaw).arguments(C=C, excess=excess)
    floor = np.asarray(law.loss_at(budget) / (1.0 + share))
    N = law.fill("N", law.A, law.alpha, floor - law.E)
    D = law.fill("D", law.B, law.beta, share * floor)
    return unwrap(FLOPS_PER_PARAMETER_TOKEN * np.asarray(N) * D / budget)
