"""What is fitted, and what a fit of the Chinchilla law returns: the law and its evidence."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from html import escape
from typing import Any

import numpy as np

from scaling_utils.check import FloatArray
from scaling_utils.fitting.certificate import Certificate
from scaling_utils.fitting.points import Batch, Points
from scaling_utils.laws import ChinchillaLaw

OBJECTIVES = {
    "huber": "sum of Huber({delta:g}) of the log-loss residuals (Hoffmann et al. 2022, Eq. 3)",
    "log squares": "half the sum of squared log-loss residuals",
    "absolute": "sum of absolute log-loss residuals",
    "squares": "half the sum of squared residuals of the loss, nats squared",
}
"""Objectives by name, in words."""

ABSOLUTE_DELTA = 1e-9
"""Quadratic zone that stands for none: the optimum moves by less than this in log loss."""

USABLE = ("converged", "two minima", "at a bound")
"""Statuses whose law can be used; the others are "not identified" and "not converged"."""


class FitError(ValueError):
    """A fit has no law to give; the message says why."""


@dataclass(frozen=True, eq=False)
class Problem:
    """Runs and an objective: what `fit_chinchilla` was given, checked.

    `tolerant` says whether a residual counts from the nearer end of the interval low to high.
    """

    N: FloatArray
    D: FloatArray
    loss: FloatArray
    weights: FloatArray
    low: FloatArray | None
    high: FloatArray | None
    objective: str
    delta: float
    tolerant: bool = False

    @property
    def raw(self) -> bool:
        """Whether residuals are differences of losses, not of log losses."""
        return self.objective == "squares"

    def batch(self, *, centred: bool = True) -> Batch:
        """The problem as the solver takes it; every start shares its weights and losses."""
        points = Points.from_runs(self.N, self.D, self.loss, centred=centred)
        if self.tolerant and self.low is not None and self.high is not None:
            ends = (
                (v - self.loss) / points.unit if self.raw else np.log(v / self.loss)
                for v in (self.low, self.high)
            )
            points = Points(points.x, points.y, points.centre, points.unit, *ends)
        delta = {"huber": self.delta, "absolute": ABSOLUTE_DELTA}.get(self.objective, np.inf)
        return Batch(points, self.weights, self.loss / points.unit, delta, self.raw)

    def in_words(self) -> str:
        """What is minimised."""
        return OBJECTIVES[self.objective].format(delta=self.delta)

    def reported(self, value: FloatArray, batch: Batch) -> FloatArray:
        """Turn the solver's objective into the one that `in_words` names."""
        scale = batch.points.unit**2 if self.raw else 1.0
        return np.asarray(value / batch.delta if self.objective == "absolute" else value * scale)


@dataclass(frozen=True, eq=False)
class ChinchillaFit:
    """A fitted Chinchilla law with its certificate.

    `status` is "converged", "two minima" (another law fits almost as well; see `minima`, pairs of
    objective and law), "at a bound" (E is zero, or an exponent is at the end of its range), "not
    identified" (the runs cannot determine the constants) or "not converged"; `message` says what
    is wrong, `notes` what else a user should know. `value` is the objective, summed over runs;
    `residuals` are fitted less observed, of log loss, or in nats for the objective "squares".
    `errors` are rough standard errors of alpha, beta, and of log A, log B, log E at the centre of
    the data; for intervals use `resample`. `starts_agreed` of the `starts` ended
    within 1e-9 of the best. `candidate` is the best law found, whatever the status: use `law`,
    which refuses a bad one.
    """

    status: str
    message: str
    notes: tuple[str, ...]
    value: float
    certificate: Certificate | None
    errors: dict[str, float]
    residuals: FloatArray
    starts: int
    starts_agreed: int
    minima: tuple[tuple[float, ChinchillaLaw], ...]
    candidate: ChinchillaLaw | None
    problem: Problem

    @property
    def ok(self) -> bool:
        """Whether the fit converged to one identified minimum inside the bounds."""
        return self.status == "converged"

    @property
    def law(self) -> ChinchillaLaw:
        """The fitted law; a `FitError` if it is not identified or did not converge."""
        if self.candidate is None or self.status not in USABLE:
            raise FitError(f"the fit is {self.status}: {self.message}")
        return self.candidate

    @property
    def objective(self) -> str:
        """What was minimised, in words."""
        return self.problem.in_words()

    @property
    def method(self) -> str:
        """How the law was found."""
        return (
            "starts by variable projection over alpha and beta, least squares on log loss and "
            "from the best starts straight, then damped semismooth Newton steps with centred "
            "log N and log D"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for `json.dumps`."""
        law = self.candidate if self.status in USABLE else None
        return {
            "kind": "ChinchillaFit",
            "status": self.status,
            "message": self.message,
            "notes": list(self.notes),
            "law": law.to_dict() if law else None,
            "a": law.a if law else None,
            "objective": self.objective,
            "value": self.value,
            "runs": len(self.problem.N),
            "certificate": asdict(self.certificate) if self.certificate else None,
            "errors": dict(self.errors),
            "starts": self.starts,
            "starts_agreed": self.starts_agreed,
            "other_minima": [[value, other.to_dict()] for value, other in self.minima],
            "method": self.method,
            "residuals": self.residuals.tolist(),
        }

    def _repr_html_(self) -> str:
        rows: list[tuple[str, str]] = []
        if self.candidate is not None and self.status in USABLE:
            law = self.candidate
            rows = [(k, f"{v:.6g}") for k, v in law.constants().items()]
            rows.append(("a = beta / (alpha + beta)", f"{law.a:.4f}"))
        rows += [("runs", str(len(self.problem.N))), ("objective", self.objective)]
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
        cells = "".join(f"<tr><td>{escape(k)}</td><td>{escape(v)}</td></tr>" for k, v in rows)
        return (
            f"<table><caption><strong>Chinchilla fit: {escape(self.status)}</strong></caption>"
            f"<tbody>{cells}</tbody></table>{said}"
        )
