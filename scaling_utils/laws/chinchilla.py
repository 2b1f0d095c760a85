"""The loss of Hoffmann et al. 2022 (Approach 3): optimum, curves of one loss, exchange rates.

The constants may be arrays, one value for each of many laws, as those of a bootstrap are: every
method then answers for all of them. Arguments broadcast against the constants; give several of
them as a column, ``N[:, None]``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from scaling_utils.check import FloatArray, FloatOrArray, positive, positive_together, unwrap
from scaling_utils.laws.base import Law, UnreachableLossError, from_log
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

    Hoffmann et al. 2022, Eqs. 2 and 10. Embeddings count as parameters, and every token
    is seen once.

    Parameters
    ----------
    E : float or array
        Loss that neither size nor data removes, nats per token. It may be zero.
    A, B : float or array
        Scales of the model term and of the data term: nats per token for one parameter, and
        for one token.
    alpha, beta : float or array
        Their exponents.
    source : str
        Where the constants come from.

    Examples
    --------
    Chinchilla itself, the best model for Gopher's budget, and both by two laws at once.

    >>> law = ChinchillaLaw(1.6934, 406.4, 410.7, 0.3392, 0.2849,
    ...                     source="Hoffmann et al. 2022, TeX source")
    >>> round(law.loss(70e9, 1.4e12), 3)
    1.921
    >>> f"{law.N_opt(5.76e23):.3g}"
    '4.03e+10'
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
    _equation: ClassVar[str] = r"L(N, D) = E + A/N^{\alpha} + B/D^{\beta}"

    @classmethod
    def stack(cls, laws: Iterable[Self], source: str = "several laws") -> Self:
        """Several laws as one whose constants are arrays."""
        held = [law.constants() for law in laws]
        columns: Any = {name: np.array([one[name] for one in held]) for name in held[0]}
        return cls(**columns, source=source)

    @classmethod
    def from_ratio_form(
        cls, E: float, a: float, b: float, eta: float, source: str = "user"
    ) -> Self:
        """Translate L(C, M) = E + (a M ** eta + b M ** -eta) C ** -eta, with M = D / N.

        Gadre et al. 2024, Eq. 4: alpha = beta = 2 eta, A = a / 6 ** eta, B = b / 6 ** eta.
        """
        half = float(positive("eta", eta))
        scale = FLOPS_PER_PARAMETER_TOKEN**-half
        model, data = float(positive("a", a)) * scale, float(positive("b", b)) * scale
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
    def G(self) -> float:
        """Prefactor of the allocation, (alpha A / (beta B)) ** (1 / (alpha + beta)) (Eq. 4)."""
        log = np.log(self.alpha * self.A / (self.beta * self.B)) / (self.alpha + self.beta)
        return self.exp("G", log)  # type: ignore[return-value]

    @property
    def frontier_exponent(self) -> float:
        """Fall of L - E with compute on the frontier, alpha beta / (alpha + beta)."""
        return self.alpha * self.beta / (self.alpha + self.beta)

    def terms(self, N: ArrayLike, D: ArrayLike) -> tuple[float, FloatOrArray, FloatOrArray]:
        """The three parts of the loss in nats per token: E, A / N ** alpha, B / D ** beta.

        >>> law = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)
        >>> tuple(round(term, 3) for term in law.terms(280e9, 300e9))
        (1.69, 0.052, 0.251)
        """
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

    # The best way to spend a budget

    def N_opt(self, C: ArrayLike) -> FloatOrArray:
        """Best model size for a budget of `C` FLOPs, G (C / 6) ** a (Eq. 4), in parameters."""
        return unwrap(self.G * self._parameter_tokens(C) ** self.a)

    def D_opt(self, C: ArrayLike) -> FloatOrArray:
        """Best amount of data for a budget, (C / 6) ** b / G (Eq. 4), in tokens."""
        return unwrap(self._parameter_tokens(C) ** self.b / self.G)

    def tokens_per_parameter(self, C: ArrayLike) -> FloatOrArray:
        """Best ratio of tokens to parameters; it is constant only where alpha equals beta.

        >>> law = ChinchillaLaw(1.6934, 406.4, 410.7, 0.3392, 0.2849)
        >>> law.tokens_per_parameter([1e18, 1e22, 1e26]).round(1)
        array([18.6, 41.5, 92.5])
        """
        return unwrap(np.asarray(self.D_opt(C)) / self.N_opt(C))

    def optimal(self, C: ArrayLike) -> Optimum:
        """The best way to spend a budget of `C` FLOPs, with the loss it reaches."""
        budget = unwrap(positive("C", C))
        N, D = self.N_opt(budget), self.D_opt(budget)
        ratio = self.tokens_per_parameter(budget)
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

    # Parameters against tokens at one loss. A loss that cannot be reached is an error for one
    # law; among many laws, those that do not reach it give infinity.

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
        if not self.shape and np.any(left <= 0):
            asked, aim = (first(values, left) for values in (n, target))
            raise UnreachableLossError(
                f"a model of {asked:.4g} parameters does not reach loss {aim:.4g} on any amount "
                f"of data: its limit is {self.loss_infinite_data(asked):.4g}; expected more than "
                f"{self.smallest_model(aim):.4g} parameters"
            )
        return self.fill("D", self.B, self.beta, left)

    def parameters_for_loss(self, D: ArrayLike, loss: ArrayLike) -> FloatOrArray:
        """Parameters with which `D` tokens reach a loss: the iso-loss curve N(D)."""
        d, target = self.arguments(D=D, loss=loss)
        left = self.reducible(target) - self.B / d**self.beta
        if not self.shape and np.any(left <= 0):
            asked, aim = (first(values, left) for values in (d, target))
            raise UnreachableLossError(
                f"no model of any size reaches loss {aim:.4g} on {asked:.4g} tokens: the limit is "
                f"{self.loss_infinite_model(asked):.4g}; expected more than "
                f"{self.fewest_tokens(aim):.4g} tokens"
            )
        return self.fill("N", self.A, self.alpha, left)

    def exchange_elasticity(self, N: ArrayLike, D: ArrayLike) -> FloatOrArray:
        """Per cent of the tokens that one per cent more parameters saves at the same loss.

        alpha A N ** -alpha / (beta B D ** -beta): one on the compute-optimal frontier, more for a
        model that is too small, less for one that is too large.
        """
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
        arrays = positive_together(**values)
        try:
            np.broadcast_shapes(self.shape, *(array.shape for array in arrays))
        except ValueError as error:
            said = ", ".join(
                f"{name} has {array.shape}" for name, array in zip(values, arrays, strict=True)
            )
            raise ValueError(
                f"the law's constants have shape {self.shape}, {said}: give the arguments as a "
                "column, such as N[:, None], for one row each"
            ) from error
        return arrays

    def _parameter_tokens(self, C: ArrayLike) -> FloatArray:
        (budget,) = self.arguments(C=C)
        return np.asarray(budget / FLOPS_PER_PARAMETER_TOKEN)

    def reducible(self, loss: ArrayLike) -> FloatArray:
        """L - E; for one law it must be positive."""
        (target,) = self.arguments(loss=loss)
        left = np.asarray(target - self.E)
        if not self.shape and np.any(left <= 0):
            raise UnreachableLossError(
                f"loss must be above E = {self.E:g} nats per token, which neither parameters nor "
                f"tokens remove, got {first(target, left):g}"
            )
        return left

    def fill(
        self, name: str, scale: float, exponent: float, left: FloatArray, times: float = 1.0
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
        with np.errstate(over="ignore", under="ignore"):
            return unwrap(np.exp(log))


def first(values: FloatArray, left: FloatArray) -> float:
    """The first value at which nothing is left of the loss."""
    shaped = np.broadcast_to(values, left.shape)
    return float(shaped[left <= 0].flat[0]) if left.ndim else float(values)
