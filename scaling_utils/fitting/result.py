"""What a fit returns: a law, and evidence that it is a minimum which the runs determine.

What an optimiser says depends on the scale of the objective; this, on runs and point alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import numpy as np

from scaling_utils.check import FloatArray
from scaling_utils.fitting.points import Batch, Flags, Points
from scaling_utils.fitting.solver import BOX, NEARLY_ABSOLUTE, evaluate
from scaling_utils.laws import ChinchillaLaw

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

UNCERTAIN = 0.5
"""An exponent whose rough standard error exceeds this fraction of it is not determined."""

COORDINATES = ("A", "B", "E", "alpha", "beta")


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


def certify(batch: Batch, theta: FloatArray) -> Certificate:
    """The certificate of one point, shape (5,), of a batch of one problem."""
    at, slopes, curvature = evaluate(batch, theta[:, np.newaxis])
    value, g, h = float(at[0]), slopes[:, 0], curvature[:, :, 0]
    scale = np.array([1.0, 1.0, theta[2] or 1.0, 1.0, 1.0])  # by log E, unless E is zero
    g, h = g * scale, h * np.outer(scale, scale)
    h[2, 2] += g[2]
    pull = batch.weights * np.minimum(np.abs(residuals(batch, theta)), batch.delta)
    size = pull @ np.abs(jacobian(batch, theta))
    edge = 1e-9 * np.array([1.0, 1.0, 0.0, 1.0, 1.0])
    low, high = theta <= BOX[0, :, 0] + edge, theta >= BOX[1, :, 0] - edge
    exact = value <= 1e3 * float(batch.floor())  # nothing is left but rounding errors
    pressing = (low & ((g > 0) | exact)) | (high & (g < 0))
    asleep = low & ~pressing & (g < -LARGEST_GRADIENT * size)
    free = ~pressing
    relative = np.abs(g) / np.maximum(size, 1e-300)
    gradient, decrement = (0.0, 0.0) if exact else (float(relative[free].max(initial=0.0)), np.inf)
    inner = h[np.ix_(free, free)]
    spectrum = np.linalg.eigvalsh(inner) if free.any() else np.ones(1)
    definite = spectrum[0] > 1e-14 * spectrum[-1] > 0
    condition = float(spectrum[-1] / spectrum[0]) if definite else np.inf
    if definite and not exact:
        fall = 0.5 * float(g[free] @ np.linalg.lstsq(inner, g[free], rcond=1e-14)[0])
        decrement = fall / max(value, 1e-300)
    limit = LARGEST_GRADIENT if batch.delta > NEARLY_ABSOLUTE else LARGEST_GRADIENT_ABSOLUTE
    holds = gradient <= limit and decrement <= LARGEST_DECREMENT and not asleep.any()
    return Certificate(
        gradient, decrement, condition, _names(pressing), _names(asleep), bool(holds)
    )


def _names(chosen: Flags) -> tuple[str, ...]:
    return tuple(name for name, is_so in zip(COORDINATES, chosen, strict=True) if is_so)


def jacobian(batch: Batch, theta: FloatArray) -> FloatArray:
    """Slopes of the residuals by (a, b, log E, alpha, beta) at one point, shape (n, 5)."""
    (p1,), (p2,), (floor,) = batch.points.terms(theta[:, np.newaxis])
    fitted = p1 + p2 + floor
    s1, s2, s3 = p1 / fitted, p2 / fitted, np.ones_like(p1) * (theta[2] or 1.0) / fitted
    return np.stack([s1, s2, s3, -batch.points.x * s1, -batch.points.y * s2], axis=1)


def residuals(batch: Batch, theta: FloatArray) -> FloatArray:
    """Residuals of log loss of one point, shape (n,): fitted less observed."""
    (p1,), (p2,), (floor,) = batch.points.terms(theta[:, np.newaxis])
    return np.asarray(np.log((p1 + p2 + floor) / batch.loss))


def separable(slopes: FloatArray, weights: FloatArray) -> float:
    """Condition number of the slopes (n, k), each column scaled to one: 1 if none interferes,
    infinite if some are exchangeable."""
    scaled = slopes * np.sqrt(weights)[:, np.newaxis]
    length = np.linalg.norm(scaled, axis=0)
    if (length == 0.0).any():
        return float("inf")
    singular = np.linalg.svd(scaled / length, compute_uv=False)
    return float(singular[0] / singular[-1]) if singular[-1] > 0.0 else float("inf")


def rough_errors(slopes: FloatArray, weights: FloatArray, residuals: FloatArray) -> FloatArray:
    """Rough standard errors of k constants, to tell a fit from a guess; infinite where they
    cannot be told apart. Residuals are taken as independent, their spread from the median."""
    n, k = slopes.shape
    spread = 1.4826 * float(np.median(np.abs(residuals))) * np.sqrt(n / max(n - k, 1))
    upper = np.linalg.qr(slopes * np.sqrt(weights / weights.mean())[:, np.newaxis], mode="r")
    if (np.abs(np.diag(upper)) <= 1e-14 * np.abs(upper).max()).any():
        return np.full(k, np.inf)
    return np.asarray(spread * np.linalg.norm(np.linalg.inv(upper), axis=1), dtype=np.float64)


def undetermined(batch: Batch, theta: FloatArray, proof: Certificate) -> str:
    """Why the constants cannot be told apart after all; empty if they can."""
    free = np.array(["E" not in proof.at_bound or name != "E" for name in COORDINATES])
    counts = batch.weights > 0
    slopes, weights = jacobian(batch, theta)[np.ix_(counts, free)], batch.weights[counts]
    errors = np.zeros(5)
    errors[free] = rough_errors(slopes, weights, residuals(batch, theta)[counts])
    condition = separable(slopes, weights)
    if condition > LARGEST_CONDITION:
        return (
            "the runs cannot tell the constants apart: different laws fit them equally well "
            f"(condition number {condition:.1e})"
        )
    for term, name in (("A", "alpha"), ("B", "beta")):
        if term in proof.at_bound:
            return (
                f"the runs do not determine {name}: the best law has no term with {term}, or one "
                "at the end of the range that is searched"
            )
    for place, name in ((3, "alpha"), (4, "beta")):
        if errors[place] > UNCERTAIN * theta[place]:
            return (
                f"the runs do not determine {name}: {theta[place]:.3g}, with a rough standard "
                f"error of {errors[place]:.2g}"
            )
    return ""


class FitError(ValueError):
    """A fit has no law to give; the message says why."""


@dataclass(frozen=True, eq=False)
class Problem:
    """Runs and an objective: what `fit_chinchilla` was given, checked."""

    N: FloatArray
    D: FloatArray
    loss: FloatArray
    weights: FloatArray
    low: FloatArray | None
    high: FloatArray | None
    objective: str
    delta: float

    def batch(self) -> Batch:
        """The problem as the solver takes it; every start shares its weights and losses."""
        points = Points.from_runs(self.N, self.D, self.loss)
        delta = {"huber": self.delta, "absolute": ABSOLUTE_DELTA}.get(self.objective, np.inf)
        return Batch(points, self.weights, self.loss / points.unit, delta)

    def in_words(self) -> str:
        """What is minimised."""
        return OBJECTIVES[self.objective].format(delta=self.delta)

    def reported(self, value: FloatArray, batch: Batch) -> FloatArray:
        """Turn the solver's objective into the one that `in_words` names."""
        return value / batch.delta if self.objective == "absolute" else value


@dataclass(frozen=True, eq=False)
class LawFit:
    """A fitted Chinchilla law with its certificate.

    `status` is "converged", "two minima" (another law fits almost as well; see `minima`, pairs of
    objective and law), "at a bound" (E is zero, or an exponent is at the end of its range), "not
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
    minima: tuple[tuple[float, ChinchillaLaw], ...] = ()
    candidate: ChinchillaLaw | None = None

    @property
    def law(self) -> ChinchillaLaw:
        """The fitted law; a `FitError` if it is not identified or did not converge."""
        if self.candidate is None or self.status not in USABLE:
            raise FitError(f"the fit is {self.status}: {self.message}")
        return self.candidate

    def _repr_html_(self) -> str:
        rows: list[tuple[str, str]] = []
        if self.candidate is not None and self.status in USABLE:
            law = self.candidate
            rows = [(k, f"{v:.6g}") for k, v in law.constants().items()]
            rows.append(("a = beta / (alpha + beta)", f"{law.a:.4f}"))
        rows += [("runs", str(len(self.problem.N))), ("objective", self.problem.in_words())]
        if self.certificate is not None:
            rows += [
                ("value", f"{self.value:.8g}"),
                ("scaled gradient", f"{self.certificate.gradient:.1e}"),
                ("Newton decrement", f"{self.certificate.decrement:.1e}"),
                ("starts that agree", f"{self.starts_agreed} of {self.starts}"),
            ]
        said = " ".join(
            f"<p>{escape(text[0].upper() + text[1:])}.</p>"
            for text in (self.message, *self.notes)
            if text
        )
        cells = "".join(
            f"<tr><th scope='row'>{escape(k)}</th><td>{escape(v)}</td></tr>" for k, v in rows
        )
        return (
            f"<table><caption><strong>Chinchilla fit: {escape(self.status)}</strong></caption>"
            f"<tbody>{cells}</tbody></table>{said}"
        )
