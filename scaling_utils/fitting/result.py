"""What a fit returns: a law, and evidence that it is a minimum which the runs determine.

What an optimiser says depends on the scale of the objective; this, on runs and point alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import Any

import numpy as np

from scaling_utils.check import FloatArray
from scaling_utils.fitting.constrained import Constrained
from scaling_utils.fitting.forms import FORMS, Constraints
from scaling_utils.fitting.points import Batch, Points
from scaling_utils.fitting.solver import NEARLY_ABSOLUTE

OBJECTIVES = {
    "huber": "sum of Huber({delta:g}) of the log-loss residuals (Hoffmann et al. 2022, Eq. 3)",
    "log squares": "half the sum of squared log-loss residuals",
    "absolute": "sum of absolute log-loss residuals",
}
"""Objectives by name, in words."""

ABSOLUTE_DELTA = 1e-9
"""Quadratic zone that stands for none: the optimum moves by less than this in log loss."""

USABLE = ("converged", "two minima", "at a bound")
"""Statuses whose law can be used; the others are "not identified" and "not converged"."""

LARGEST_GRADIENT, LARGEST_GRADIENT_ABSOLUTE, LARGEST_DECREMENT = 1e-5, 1e-3, 1e-10
"""The second for absolute deviations, in which rounding errors alone give such slopes."""

LARGEST_CONDITION = 1e5
"""Condition number of the law's slopes, each scaled to one, above which rounding decides."""

UNCERTAIN = {"exponent": 0.5, "decay": 1.0}
"""A constant whose rough standard error exceeds this fraction of it is not determined."""


@dataclass(frozen=True)
class Certificate:
    """Slopes and curvature of the objective at a point; it `holds` at a minimum.

    `gradient` is the largest slope as a fraction of the sum of its absolute contributions: 0 at a
    minimum, 1 where all runs pull the same way. `decrement` is the fraction of the objective that
    a full Newton step would still remove; `condition` that of the Hessian, infinite where it is
    not positive definite. Constants `at_bound` press against the end of their range; those
    `asleep` would grow if their term were not negligible, and the point is no minimum.
    """

    gradient: float
    decrement: float
    condition: float
    at_bound: tuple[str, ...]
    asleep: tuple[str, ...]
    holds: bool


def certify(batch: Batch, theta: FloatArray, model: Constrained) -> Certificate:
    """The certificate of one point, shape (m,), of a batch of one problem."""
    by, (r, jacobian) = model.coordinates, model.slopes(batch, theta)
    at, slopes, curvature = by.at(batch, theta[:, np.newaxis])
    value, g, h = float(at[0]), slopes[:, 0], curvature[:, :, 0]
    scale, edge, floor = np.ones(len(theta)), np.full(len(theta), 1e-9), model.places("floor")
    scale[floor] = np.where(theta[floor] == 0.0, 1.0, theta[floor])  # by log E, unless E is zero
    edge[floor] = 0.0
    g, h = g * scale, h * np.outer(scale, scale)
    h[floor, floor] += g[floor]
    pull = batch.weights * np.minimum(np.abs(r), batch.delta)
    size = np.abs(scale[:, np.newaxis] * jacobian) @ pull
    low, high = theta <= by.box[0, :, 0] + edge, theta >= by.box[1, :, 0] - edge
    exact = value <= 1e3 * float(batch.floor())  # nothing is left but rounding errors
    pressing = (low & ((g > 0) | exact)) | (high & (g < 0))
    asleep = low & ~pressing & (g < -LARGEST_GRADIENT * size)
    free = ~pressing
    relative = np.abs(g) / np.maximum(size, 1e-300)
    gradient, decrement = (0.0, 0.0) if exact else (float(relative[free].max(initial=0.0)), np.inf)
    inner = h[np.ix_(free, free)]
    spectrum, axes = np.linalg.eigh(inner) if free.any() else (np.ones(1), np.ones((0, 1)))
    definite = spectrum[0] > 1e-14 * spectrum[-1] > 0
    condition = float(spectrum[-1] / spectrum[0]) if definite else np.inf
    flat = 1e-14 * float((jacobian**2 @ batch.weights).max())  # as between two medians
    if (definite or spectrum[0] >= -flat) and not exact:
        curved = definite | (spectrum > flat)
        fall = 0.5 * float(((g[free] @ axes) ** 2 / np.where(curved, spectrum, np.inf)).sum())
        decrement = fall / max(value, 1e-300)
    limit = LARGEST_GRADIENT if batch.delta > NEARLY_ABSOLUTE else LARGEST_GRADIENT_ABSOLUTE
    holds = gradient <= limit and decrement <= LARGEST_DECREMENT and not asleep.any()
    bound, sleeping = (tuple(np.array(model.names)[own].tolist()) for own in (pressing, asleep))
    return Certificate(gradient, decrement, condition, bound, sleeping, bool(holds))


def separable(
    slopes: FloatArray, weights: FloatArray, residuals: FloatArray
) -> tuple[float, FloatArray]:
    """How well k constants can be told apart, by their slopes (n, k).

    The condition number of the slopes, each column scaled to one: 1 if none interferes, infinite
    if some are exchangeable. And rough standard errors, to tell a fit from a guess: residuals are
    taken as independent, their spread from the median.
    """
    n, k = slopes.shape
    scaled = slopes * np.sqrt(weights / weights.mean())[:, np.newaxis]
    length = np.linalg.norm(scaled, axis=0)
    _, singular, axes = np.linalg.svd(
        scaled / np.where(length > 0.0, length, 1.0), full_matrices=False
    )
    if singular[-1] <= 1e-14 * singular[0]:
        return np.inf, np.full(k, np.inf)
    spread = 1.4826 * np.median(np.abs(residuals)) * np.sqrt(n / max(n - k, 1))
    errors = spread * np.linalg.norm(axes.T / singular, axis=1) / length
    return float(singular[0] / singular[-1]), errors


def undetermined(batch: Batch, theta: FloatArray, proof: Certificate, model: Constrained) -> str:
    """Why the constants cannot be told apart after all; empty if they can."""
    bounded = model.constraints.bounds
    held = [name in proof.at_bound and (name == "E" or name in bounded) for name in model.names]
    free, counts = ~np.array(held), batch.weights > 0
    r, jacobian = model.slopes(batch, theta)
    slopes, weights = jacobian.T[np.ix_(counts, free)], batch.weights[counts]
    silent = [name for name, own in zip(model.names, jacobian, strict=True) if not own.any()]
    if silent:
        return f"no run depends on {' or '.join(silent)} (fix what is known)"
    errors = np.zeros(len(theta))
    condition, errors[free] = separable(slopes, weights, r[counts]) if free.any() else (1.0, 0.0)
    if condition > LARGEST_CONDITION:
        return (
            "the runs cannot tell the constants apart: different laws fit them equally well "
            f"(condition number {condition:.1e})"
        )
    for term, name in zip(*map(model.form.names, ("scale", "exponent")), strict=True):
        if term in proof.at_bound and term not in bounded:
            return (
                f"the runs do not determine {name}: the best law has no term with {term}, or one "
                "at the end of the range that is searched"
            )
    for name, kind, own, error in zip(model.names, model.kinds, theta, errors, strict=True):
        value, rough = (np.exp(own), np.exp(own) * error) if kind == "decay" else (own, error)
        if kind in UNCERTAIN and rough > UNCERTAIN[kind] * value:
            return (
                f"the runs do not determine {name}: {value:.3g}, with a rough standard error of "
                f"{rough:.2g}"
            )
    return ""


class FitError(ValueError):
    """A fit has no law to give; the message says why."""


@dataclass(frozen=True, eq=False)
class Problem:
    """Runs, a form of law and an objective: what `fit_law` was given, checked."""

    columns: Mapping[str, FloatArray]
    loss: FloatArray
    weights: FloatArray
    ends: tuple[FloatArray, FloatArray] | None
    objective: str
    delta: float
    form: str = "chinchilla"
    constraints: Constraints = field(default_factory=Constraints)

    @property
    def N(self) -> FloatArray:
        """Parameters of each run."""
        return self.columns["N"]

    @property
    def D(self) -> FloatArray:
        """Tokens of each run."""
        return self.columns["D"]

    @cached_property
    def model(self) -> Constrained:
        """The form with its constraints, on these runs."""
        first, second, *more = *self.columns.values(), np.ones_like(self.loss)
        points = Points.from_runs(first, second, self.loss, *more[:-1])
        return Constrained(FORMS[self.form], points, self.constraints)

    def batch(self) -> Batch:
        """The problem as the solver takes it; every start shares its weights and losses."""
        points = self.model.points
        delta = {"huber": self.delta, "absolute": ABSOLUTE_DELTA}.get(self.objective, np.inf)
        return Batch(points, self.weights, self.loss / points.unit, delta)

    def law(self, constants: Any, source: str) -> Any:
        """The law of constants in the order of the form."""
        variable = self.columns if self.form == "power" else ()
        return FORMS[self.form].law(*constants, *variable, source=source)

    def named(self, law: Any) -> dict[str, float]:
        """Constants of a law, in the order of the form."""
        form = FORMS[self.form]
        return dict(zip(form.kinds, form.values(law), strict=True))

    def reported(self, value: FloatArray, batch: Batch) -> FloatArray:
        """Turn the solver's objective into that of `OBJECTIVES`."""
        return value / batch.delta if self.objective == "absolute" else value


@dataclass(frozen=True, eq=False, repr=False)
class LawFit:
    """A fitted law with its certificate.

    `status` is "converged", "two minima" (another law fits almost as well; see `minima`, pairs of
    objective and law), "at a bound" (E is zero, or a constant is at the end of its range), "not
    identified" (the runs cannot determine the constants) or "not converged"; `message` says what
    is wrong, `notes` what else a user should know. `value` is the objective, summed over runs;
    `residuals` are fitted less observed log losses. `starts_agreed` of the `starts` ended within
    1e-9 of the best. `candidate` is the best law found, whatever the status: use `law`, which
    refuses a bad one.
    """

    status: str
    message: str
    problem: Problem
    residuals: FloatArray
    notes: tuple[str, ...] = ()
    value: float = float("nan")
    certificate: Certificate | None = None
    starts: int = 0
    starts_agreed: int = 0
    minima: tuple[tuple[float, Any], ...] = ()
    candidate: Any = None

    @property
    def law(self) -> Any:
        """The fitted law; a `FitError` if it is not identified or did not converge."""
        if self.candidate is None or self.status not in USABLE:
            raise FitError(f"the fit is {self.status}: {self.message}")
        return self.candidate

    @property
    def form(self) -> str:
        """Name of the form of law."""
        return self.problem.form

    @property
    def free(self) -> tuple[str, ...]:
        """Constants that were fitted, in the order of the form."""
        names = self.problem.model.names
        return tuple(name for name in FORMS[self.form].kinds if name in names)

    @property
    def fixed(self) -> Mapping[str, float]:
        """Constants that were given, with their values."""
        return self.problem.constraints.fixed

    @property
    def tied(self) -> Mapping[str, str]:
        """Constants that equal another one, which is fitted."""
        return self.problem.constraints.tied

    def constants(self) -> dict[str, float]:
        """Constants of the law, in the order of the form."""
        return self.problem.named(self.law)

    def rows(self) -> list[tuple[str, str]]:
        """The result and its certificate, as names and values in words."""
        found = self.constants() if self.status in USABLE else {}
        rows = [(name, f"{value:.6g}") for name, value in found.items()]
        if found and self.form == "chinchilla":
            rows.append(("a = beta / (alpha + beta)", f"{self.law.a:.4f}"))
        objective = OBJECTIVES[self.problem.objective].format(delta=self.problem.delta)
        rows += [("runs", str(self.problem.loss.size)), ("objective", objective)]
        if self.certificate is not None:
            rows += [
                ("value", f"{self.value:.8g}"),
                ("scaled gradient", f"{self.certificate.gradient:.1e}"),
                ("Newton decrement", f"{self.certificate.decrement:.1e}"),
                ("starts that agree", f"{self.starts_agreed} of {self.starts}"),
            ]
        return rows

    def __repr__(self) -> str:
        said = "; ".join(f"{name}: {value}" for name, value in self.rows())
        return f"<{self.form} fit, {self.status}: {said}>"

    def _repr_html_(self) -> str:
        texts = [escape(text) for text in (self.message, *self.notes) if text]
        said = " ".join(f"<p>{text[0].upper()}{text[1:]}.</p>" for text in texts)
        pairs = [(escape(name), escape(value)) for name, value in self.rows()]
        cells = "".join(f"<tr><th scope='row'>{name}</th><td>{x}</td></tr>" for name, x in pairs)
        head = f"<caption><strong>{self.form.capitalize()} fit: {self.status}</strong></caption>"
        return f"<table>{head}<tbody>{cells}</tbody></table>{said}"
