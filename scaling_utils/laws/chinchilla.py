"""The loss of Hoffmann et al. 2022 (Approach 3): optimum, curves of one loss, exchange rates.

The constants may be arrays, one value for each of many laws, as those of a bootstrap are: every
method then answers for all of them. Arguments broadcast against the constants; give several of
them as a column, ``N[:, None]``. What one law refuses as unreachable is infinite among many.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from scaling_utils import check
from scaling_utils.check import FloatArray, FloatOrArray, positive, positive_together, unwrap
from scaling_utils.laws.base import Law, expect_law, from_log, reachable, root
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN, Record, unit


@dataclass(frozen=True, eq=False)
class Optimum(Record):
    """The best way to spend a compute budget; each number has the shape of the budget."""

    C: FloatOrArray = field(metadata=unit("FLOPs"))
    N: FloatOrArray = field(metadata=unit("parameters"))
    D: FloatOrArray = field(metadata=unit("tokens"))
    loss: FloatOrArray = field(metadata=unit("nats per token"))
    tokens_per_parameter: FloatOrArray = field(metadata=unit("tokens per parameter"))
    source: str = "user"


@dataclass(frozen=True)
class ChinchillaLaw(Law):
    """Loss from parameters and tokens, L(N, D) = E + A / N ** alpha + B / D ** beta.

    Hoffmann et al. 2022, Eqs. 2 and 10. Embeddings count, and every token is seen once. Each
    constant is a float or an array: E, which may be zero, is the loss that neither size nor data
    removes, A and B what one parameter, and one token, would add to it, in nats per token; alpha
    and beta are the exponents of parameters and tokens; `source` says where they come from.

    Chinchilla itself, the best model for Gopher's budget, and both by two laws at once.

    >>> law = ChinchillaLaw(1.6934, 406.4, 410.7, 0.3392, 0.2849,
    ...                     source="Hoffmann et al. 2022, TeX source")
    >>> round(law.loss(70e9, 1.4e12), 3), f"{law.N_opt(5.76e23):.3g}"
    (1.921, '4.03e+10')
    >>> both = ChinchillaLaw.stack([law, ChinchillaLaw(1.8172, 482.01, 2085.43, 0.3478, 0.3658)])
    >>> both.loss(70e9, 1.4e12).round(3), both.N_opt(5.76e23).round(-9)
    (array([1.921, 1.974]), array([4.0e+10, 7.2e+10]))
    """

    E: float = field(metadata=unit("nats per token", "non-negative"))
    A: float = field(metadata=unit("nats per token x parameters^alpha"))
    B: float = field(metadata=unit("nats per token x tokens^beta"))
    alpha: float = field(metadata=unit("1"))
    beta: float = field(metadata=unit("1"))
    source: str = "user"

    place: ClassVar[str] = "Hoffmann et al. 2022, Eq. 2"
    arrays: ClassVar[bool] = True
    equation: ClassVar[str] = r"L(N, D) = E + A/N^{\alpha} + B/D^{\beta}"

    @classmethod
    def stack(cls, laws: Iterable[Self], source: str = "several laws") -> Self:
        """Several laws as one whose constants are arrays."""
        each = laws if isinstance(laws, Iterable) else [laws]
        if not (held := [expect_law("each of laws", law, cls).constants() for law in each]):
            raise ValueError("laws is empty; give one law or more")
        columns: Any = {name: np.array([one[name] for one in held]) for name in held[0]}
        return cls(**columns, source=source)

    @classmethod
    def from_ratio_form(
        cls, E: float, a: float, b: float, eta: float, source: str = "user"
    ) -> Self:
        """E + (a M ** eta + b M ** -eta) C ** -eta with M = D / N (Gadre et al. 2024, Eq. 4)."""
        half = check.one_number("eta", eta)
        scale = FLOPS_PER_PARAMETER_TOKEN**-half
        model, data = check.one_number("a", a) * scale, check.one_number("b", b) * scale
        return cls(E, model, data, 2 * half, 2 * half, source=source)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the constants; empty for one law."""
        return np.broadcast_shapes(*(np.shape(value) for value in self.constants().values()))

    @property
    def a(self) -> float:
        """Exponent of the best model size, beta / (alpha + beta) (Eq. 4)."""
        return self.beta / (self.alpha + self.beta)

    @property
    def b(self) -> float:
        """Exponent of the best amount of data, alpha / (alpha + beta) (Eq. 4)."""
        return self.alpha / (self.alpha + self.beta)

    @property
    def G(self) -> FloatOrArray:
        """Prefactor of the allocation, (alpha A / (beta B)) ** (1 / (alpha + beta)) (Eq. 4)."""
        log = np.log(self.alpha * self.A / (self.beta * self.B)) / (self.alpha + self.beta)
        return self.exp("G", log)

    @property
    def frontier_exponent(self) -> float:
        """Fall of L - E with compute on the frontier, alpha beta / (alpha + beta)."""
        return self.alpha * self.beta / (self.alpha + self.beta)

    def terms(self, N: ArrayLike, D: ArrayLike) -> tuple[float, FloatOrArray, FloatOrArray]:
        """The three parts of the loss, E, A / N ** alpha and B / D ** beta, in nats per token."""
        n, d = self.arguments(N=N, D=D)
        return self.E, unwrap(self.A / n**self.alpha), unwrap(self.B / d**self.beta)

    def loss(self, N: ArrayLike, D: ArrayLike) -> FloatOrArray:
        """Loss of a model of `N` parameters on `D` tokens, in nats per token."""
        floor, by_model, by_data = self.terms(N, D)
        return unwrap(floor + np.asarray(by_model) + by_data)

    def loss_infinite_data(self, N: ArrayLike) -> FloatOrArray:
        """Limit D to infinity, E + A / N ** alpha, in nats per token."""
        (n,) = self.arguments(N=N)
        return unwrap(self.E + self.A / n**self.alpha)

    def loss_infinite_model(self, D: ArrayLike) -> FloatOrArray:
        """Limit N to infinity, E + B / D ** beta, in nats per token."""
        (d,) = self.arguments(D=D)
        return unwrap(self.E + self.B / d**self.beta)

    def N_opt(self, C: ArrayLike) -> FloatOrArray:
        """Best model size for a budget of `C` FLOPs, G (C / 6) ** a (Eq. 4), in parameters."""
        (budget,) = self.arguments(C=C)
        return unwrap(self.G * np.asarray(budget / FLOPS_PER_PARAMETER_TOKEN) ** self.a)

    def D_opt(self, C: ArrayLike) -> FloatOrArray:
        """Best amount of data for a budget of `C` FLOPs, (C / 6) ** b / G (Eq. 4), in tokens."""
        (budget,) = self.arguments(C=C)
        return unwrap(np.asarray(budget / FLOPS_PER_PARAMETER_TOKEN) ** self.b / self.G)

    def tokens_per_parameter(self, C: ArrayLike) -> FloatOrArray:
        """Best ratio of tokens to parameters; it is constant only where alpha equals beta."""
        return unwrap(np.asarray(self.D_opt(C)) / self.N_opt(C))

    def optimal(self, C: ArrayLike, flops_per_parameter_token: float = 6.0) -> Optimum:
        """The best way to spend a budget of `C` FLOPs, with the loss it reaches."""
        budget = unwrap(positive_together(C=C)[0])
        each = check.one_number("flops_per_parameter_token", flops_per_parameter_token)
        spent = unwrap(budget * (FLOPS_PER_PARAMETER_TOKEN / each))
        N, D, ratio = self.N_opt(spent), self.D_opt(spent), self.tokens_per_parameter(spent)
        return Optimum(budget, N, D, self.loss(N, D), ratio, self.source)

    def loss_at(self, C: ArrayLike) -> FloatOrArray:
        """Lowest loss that a budget of `C` FLOPs reaches, in nats per token."""
        return self.loss(self.N_opt(C), self.D_opt(C))

    def optimal_tokens_for(self, N: ArrayLike) -> FloatOrArray:
        """Tokens with which a model of `N` parameters is compute-optimal."""
        (n,) = self.arguments(N=N)
        log = np.log(self.beta * self.B / (self.alpha * self.A)) + self.alpha * np.log(n)
        return self.exp("D", log / self.beta)

    def optimal_parameters_for(self, D: ArrayLike) -> FloatOrArray:
        """Size of the model for which `D` tokens are compute-optimal."""
        (d,) = self.arguments(D=D)
        log = np.log(self.alpha * self.A / (self.beta * self.B)) + self.beta * np.log(d)
        return self.exp("N", log / self.alpha)

    def compute_for_loss(self, loss: ArrayLike) -> FloatOrArray:
        """Least compute that reaches a loss, FLOPs: the inverse of `loss_at`."""
        scale = self.A * self.G**-self.alpha + self.B * self.G**self.beta
        left = self.reducible(loss)
        return self.fill("C", scale, self.frontier_exponent, left, FLOPS_PER_PARAMETER_TOKEN)

    def smallest_model(self, loss: ArrayLike) -> FloatOrArray:
        """Size below which no amount of data reaches a loss, (A / (L - E)) ** (1 / alpha)."""
        return self.fill("N", self.A, self.alpha, self.reducible(loss))

    def fewest_tokens(self, loss: ArrayLike) -> FloatOrArray:
        """Tokens below which no model reaches a loss, (B / (L - E)) ** (1 / beta)."""
        return self.fill("D", self.B, self.beta, self.reducible(loss))

    def tokens_for_loss(self, N: ArrayLike, loss: ArrayLike) -> FloatOrArray:
        """Tokens with which a model of `N` parameters reaches a loss: the iso-loss curve D(N)."""
        n, target = self.arguments(N=N, loss=loss)
        left = self.reducible(target) - self.A / n**self.alpha
        said = "size {:.4g} does not reach loss {:.4g} on any amount of data: its limit is {:.4g}"
        return self.fill("D", self.B, self.beta, self.reach(left, said, n, target, target - left))

    def parameters_for_loss(self, D: ArrayLike, loss: ArrayLike) -> FloatOrArray:
        """Parameters with which `D` tokens reach a loss: the iso-loss curve N(D)."""
        d, target = self.arguments(D=D, loss=loss)
        left = self.reducible(target) - self.B / d**self.beta
        said = "no model of any size reaches loss {1:.4g} on {0:.4g} tokens: the limit is {2:.4g}"
        return self.fill("N", self.A, self.alpha, self.reach(left, said, d, target, target - left))

    def exchange_elasticity(self, N: ArrayLike, D: ArrayLike) -> FloatOrArray:
        """Per cent of tokens that one per cent more parameters saves: one at the optimum."""
        _, by_model, by_data = self.terms(N, D)
        return unwrap(self.alpha * np.asarray(by_model) / (self.beta * np.asarray(by_data)))

    def exchange_rate(self, N: ArrayLike, D: ArrayLike) -> FloatOrArray:
        """Tokens that one more parameter saves at the same loss, (dL/dN) / (dL/dD)."""
        n, d = self.arguments(N=N, D=D)
        return unwrap(self.exchange_elasticity(n, d) * d / n)

    def equivalent_compute(self, N: ArrayLike, D: ArrayLike) -> FloatOrArray:
        """Compute with which the best model reaches the loss of this one, at most 6 N D FLOPs."""
        return self.compute_for_loss(self.loss(N, D))

    def compute_efficiency(self, N: ArrayLike, D: ArrayLike) -> FloatOrArray:
        """Share of the compute spent that the best model would have needed: one at the optimum."""
        n, d = self.arguments(N=N, D=D)
        return unwrap(self.equivalent_compute(n, d) / (FLOPS_PER_PARAMETER_TOKEN * n * d))

    def arguments(self, **values: ArrayLike) -> tuple[FloatArray, ...]:
        """Positive arrays that fit each other and the constants."""
        return positive_together(self.shape, **values)

    def reducible(self, loss: ArrayLike) -> FloatArray:
        """L - E, in nats per token."""
        (target,) = self.arguments(loss=loss)
        said = "loss must be above E = {:g} nats per token, which neither parameters nor tokens "
        return self.reach(target - self.E, said + "remove, got {:g}", self.E, target)

    def reach(self, left: Any, said: str, *values: ArrayLike) -> FloatArray:
        """What is left of a loss; for one law an error if that is nothing."""
        return np.asarray(left) if self.shape else reachable(left, said, *values)

    def fill(
        self, name: str, scale: FloatOrArray, exponent: float, left: FloatArray, times: float = 1.0
    ) -> FloatOrArray:
        """Where a term times scale / x ** exponent makes up what is left; else infinity."""
        enough = np.asarray(left > 0)
        log = (np.log(scale) - np.log(np.where(enough, left, 1.0))) / exponent
        found = np.asarray(self.exp(name, log + np.log(times)))
        return unwrap(np.where(enough, found, np.inf))

    def exp(self, name: str, log: Any) -> FloatOrArray:
        """exp(log); what no double can hold is an error for one law, else infinity or zero."""
        if not self.shape:
            return unwrap(from_log(name, np.asarray(log)))
        with np.errstate(under="ignore"):  # as `careful` lets pass what is too large
            return unwrap(np.exp(log))


# What missing the optimum costs (De Vries 2023). A model of k_N times the best size on k_D times
# the best tokens has a k_N ** -alpha + b k_D ** -beta times the reducible loss, at any budget.


def efficiency_of_size(law: ChinchillaLaw, size_ratio: ArrayLike) -> FloatOrArray:
    """Share of a budget with which the best model matches one of the wrong size on all of it."""
    (k,) = expect_law("law", law, ChinchillaLaw).arguments(size_ratio=size_ratio)
    excess = law.a * k**-law.alpha + law.b * k**law.beta
    return unwrap(excess ** (-1 / law.frontier_exponent))


def size_wall(law: ChinchillaLaw) -> FloatOrArray:
    """Share of the best size below which no amount of data reaches the same loss."""
    return unwrap(expect_law("law", law, ChinchillaLaw).a ** (1 / law.alpha))


def data_wall(law: ChinchillaLaw) -> FloatOrArray:
    """Share of the best tokens below which no model of any size reaches the same loss."""
    return unwrap(expect_law("law", law, ChinchillaLaw).b ** (1 / law.beta))


def data_ratio(law: ChinchillaLaw, size_ratio: ArrayLike) -> FloatOrArray:
    """Tokens over the best with which a model of the wrong size reaches the same loss: k_D."""
    (k,) = expect_law("law", law, ChinchillaLaw).arguments(size_ratio=size_ratio)
    said = "size_ratio {:g} is too small: such a model does not reach the loss on any amount of "
    said += "data; expected more than {:.4g}"
    left = law.reach(1 - law.a * k**-law.alpha, said, k, size_wall(law))
    return law.fill("data_ratio", law.b, law.beta, left)


def size_overhead(law: ChinchillaLaw, size_ratio: ArrayLike) -> FloatOrArray:
    """Extra training compute of a model of the wrong size at the same loss, k_N k_D - 1."""
    (k,) = expect_law("law", law, ChinchillaLaw).arguments(size_ratio=size_ratio)
    return unwrap(k * data_ratio(law, k) - 1)


def critical_size(law: ChinchillaLaw, times: float = 2.0) -> FloatOrArray:
    """Share of the best size at which the same loss costs so many times the compute."""

    def within(x: FloatArray) -> FloatArray:
        left = np.maximum((1 - law.a * np.exp(-law.alpha * x)) / law.b, 1e-300)
        return np.asarray(np.log(left) / law.beta - x + more)

    wall, more = np.log(size_wall(law)), np.log(check.one_between("times", times, 1.0, np.inf))
    return unwrap(np.exp(root(within, wall, np.zeros_like(wall))))


def compute_at_ratio(law: ChinchillaLaw, M: ArrayLike, loss: ArrayLike) -> FloatOrArray:
    """Compute that reaches a loss at a fixed ratio of tokens to parameters D / N = M, in FLOPs."""
    m, target = expect_law("law", law, ChinchillaLaw).arguments(M=M, loss=loss)
    log_left = np.log(np.maximum(law.reducible(target), 0.0))  # none: infinite compute
    model = np.log(law.A) - log_left
    data = np.log(law.B) - law.beta * np.log(m) - log_left
    # In x = log N both terms fall: at the low end one fills the loss, at the high end no more
    # than half is left for each.
    low = np.maximum(model / law.alpha, data / law.beta)
    high = np.maximum((model + np.log(2)) / law.alpha, (data + np.log(2)) / law.beta)
    x = root(lambda x: -np.logaddexp(model - law.alpha * x, data - law.beta * x), low, high)
    return unwrap(FLOPS_PER_PARAMETER_TOKEN * m * np.exp(2 * x))


def compute_worth(law: ChinchillaLaw, C: ArrayLike, excess: ArrayLike) -> FloatOrArray:
    """Times the compute that make up for a loss higher by a fraction; infinity where none do."""
    budget, share = expect_law("law", law, ChinchillaLaw).arguments(C=C, excess=excess)
    lowest = np.asarray(law.loss_at(budget))
    left = (lowest / (1 + share) - law.E) / (lowest - law.E)
    with np.errstate(divide="ignore"):
        return unwrap(np.maximum(left, 0.0) ** (-1 / law.frontier_exponent))


def compute_multiplier(
    law: ChinchillaLaw, M: ArrayLike, loss: ArrayLike, *, reference: ArrayLike | None = None
) -> FloatOrArray:
    """Times the compute that a ratio costs to reach a loss: over the best, or over a reference.

    >>> law = ChinchillaLaw.from_ratio_form(1.84, 212, 367, 0.136)  # Gadre et al. 2024
    >>> round(compute_multiplier(law, 640, 2.5, reference=20), 1)
    3.3
    """
    if reference is None:
        least = expect_law("law", law, ChinchillaLaw).compute_for_loss(loss)
    else:
        least = compute_at_ratio(law, positive("reference", reference), loss)
    spent = compute_at_ratio(law, M, loss)
    return unwrap(np.where(np.isinf(spent), np.inf, np.divide(spent, least)))
