"""Fit the Chinchilla law to runs: Approach 3 of Hoffmann et al. 2022, done carefully.

The objective is theirs, a sum over runs of Huber's function (delta = 1e-3) of the difference
of log losses. How it is minimised is not: for given exponents the law is linear in E, A and
B, so a grid of exponents gives one good start each; every start is taken to a minimum by
Newton's method; and the result is certified by its own gradient and curvature instead of by
what an optimiser says of itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scaling_utils._validate import FloatArray
from scaling_utils.fitting import identification, verdict
from scaling_utils.fitting.result import (
    AT_BOUND,
    CONVERGED,
    NOT_CONVERGED,
    NOT_IDENTIFIED,
    TWO_MINIMA,
    ChinchillaFit,
)
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.solver.careful import FEW, carefully
from scaling_utils.solver.certificate import Certificate, certify, law_jacobian, residuals
from scaling_utils.solver.newton import Descent, rounding_floor
from scaling_utils.solver.objective import Residual, evaluate
from scaling_utils.solver.paths import (
    AGREED,
    by_way_of_squares,
    joined,
    straight,
    without_floor,
)
from scaling_utils.solver.points import Batch, Points
from scaling_utils.solver.problem import Problem, checked_problem
from scaling_utils.solver.starts import projected, repaired

NEARLY_AS_GOOD = 0.01
SAME_EXPONENTS = 1e-3
"""Minima within 1 % of the best objective count if their exponents differ by more."""

UNCERTAIN = 0.5
"""An exponent whose rough standard error exceeds this fraction of it is not determined."""

STRAIGHT = 9
"""The best of the starts are also taken to a minimum without least squares in between."""

SYMBOLS = ("log A", "log B", "log E", "alpha", "beta")


def fit_chinchilla(
    N: ArrayLike,
    D: ArrayLike,
    loss: ArrayLike,
    *,
    objective: str = "huber",
    delta: float = 1e-3,
    weights: ArrayLike | None = None,
    loss_low: ArrayLike | None = None,
    loss_high: ArrayLike | None = None,
    within_interval: bool = False,
    source: str = "user",
) -> ChinchillaFit:
    """Fit L(N, D) = E + A / N ** alpha + B / D ** beta to runs.

    Parameters
    ----------
    N, D : array_like, shape (n,)
        Parameters and training tokens of each run.
    loss : array_like, shape (n,)
        Final loss of each run, nats per token.
    objective : {"huber", "log squares", "absolute", "squares"}
        "huber" is Hoffmann et al. 2022, Eq. 3. "log squares" and "absolute" are its limits
        for a large and for a small delta. "squares" measures residuals in nats.
    delta : float
        Where Huber's function turns from quadratic to linear, in log loss; only "huber"
        uses it. It moves the answer more than the choice of optimiser does.
    weights : array_like, shape (n,), optional
        How much each run counts; non-negative. A weight of 2 is the same as a run twice.
    loss_low, loss_high : array_like, shape (n,), optional
        Interval in which each loss is known to lie, for instance because it was read off a
        colour. They are kept for `scaling_utils.bootstrap`.
    within_interval : bool
        Count a residual from the nearer end of the interval, so that a law which passes
        through the interval pays nothing.
    source : str
        What the law will say about where its constants come from.

    Returns
    -------
    ChinchillaFit
        Its `status` says whether the law can be used, and `message` why not.

    Raises
    ------
    ValueError
        If an array holds a number that is not positive and finite, lengths differ, the
        objective is unknown, or an interval does not contain its loss.

    Examples
    --------
    Runs on a grid, with losses that follow a law exactly.

    >>> truth = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)
    >>> N = np.repeat([1e8, 3e8, 1e9, 3e9], 4)
    >>> D = np.tile([1e9, 5e9, 2e10, 1e11], 4)
    >>> fit = fit_chinchilla(N, D, truth.loss(N, D))
    >>> fit.status, round(fit.law.alpha, 6), round(fit.law.B, 2)
    ('converged', 0.34, 410.7)

    One model size says nothing about alpha.

    >>> D = np.geomspace(1e9, 1e11, 16)
    >>> fit = fit_chinchilla(np.full(16, 1e9), D, truth.loss(1e9, D))
    >>> fit.status
    'not identified'
    >>> print(fit.message)
    the runs have only one model size: E, A and alpha cannot be told apart with fewer than 3
    >>> fit.law.alpha
    Traceback (most recent call last):
    scaling_utils.fitting.result.FitError: the fit is not identified: the runs have only one ...
    """
    problem = checked_problem(
        N, D, loss, objective, delta, weights, loss_low, loss_high, within_interval
    )
    return fit_problem(problem, source=source)


def fit_problem(problem: Problem, *, source: str = "user") -> ChinchillaFit:
    """Fit a problem that has already been checked; see `fit_chinchilla`."""
    counts = problem.weights > 0
    design = identification.design(problem.N[counts], problem.D[counts])
    complaint = design.complaint()
    if complaint:
        return _nothing(problem, complaint)
    points = problem.points()
    batch = problem.batch(points)
    return _judge(problem, points, batch, _ends(problem, points, batch), design, source)


def _ends(problem: Problem, points: Points, batch: Batch) -> Descent:
    """Where all starts end: by the careful way for few runs, by the quick ways for many.

    If the best end is not certified, the other kind of way is taken too.
    """
    starts = repaired(projected(points, problem.loss / points.unit, problem.weights))
    near = np.argsort(evaluate(batch, starts, problem.residual).value)[:STRAIGHT]
    ways = (_quickly, _with_care) if points.size > FEW else (_with_care, _quickly)
    ends = ways[0](batch, starts, near, problem.residual)
    theta = ends.theta[:, int(np.argmin(ends.value))]
    if certify(batch, theta, problem.residual).holds:
        return ends
    return joined(ends, ways[1](batch, starts, near, problem.residual))


def _quickly(
    batch: Batch, starts: FloatArray, near: NDArray[np.intp], residual: Residual
) -> Descent:
    by_way = by_way_of_squares(batch, starts, residual, rivals=True)
    ends = joined(by_way, straight(batch, starts[:, near], residual, iterations=30))
    return without_floor(batch, ends, residual)


def _with_care(
    batch: Batch, starts: FloatArray, near: NDArray[np.intp], residual: Residual
) -> Descent:
    by_way = carefully(batch, starts, residual)
    return joined(by_way, carefully(batch, starts[:, near], residual, squares=False))


def _judge(
    problem: Problem,
    points: Points,
    batch: Batch,
    ends: Descent,
    design: identification.Design,
    source: str,
) -> ChinchillaFit:
    """Look at where the starts ended and say what the best of them is worth."""
    best = int(np.argmin(ends.value))
    theta, value = ends.theta[:, best], float(ends.value[best])
    rounding = 1e3 * float(rounding_floor(batch.weights))
    agreed = int((ends.value <= value * (1.0 + AGREED) + rounding).sum())
    proof = certify(batch, theta, problem.residual)
    r = residuals(batch, theta, problem.residual)
    in_logs = r / batch.loss if problem.residual.raw else r
    errors, unclear = _identified(points, problem.weights, theta, in_logs, proof)
    laws = [_law(row, source) for row in points.to_laws(ends.theta).tolist()]
    others = _other_minima(problem, points, ends, laws, best)
    if problem.tolerant and value <= rounding:
        unclear = "more than one law passes through every interval: the intervals are too wide"
    if unclear:
        status, message = NOT_IDENTIFIED, unclear
    elif not proof.holds:
        status, message = NOT_CONVERGED, verdict.uncertified(proof)
    elif proof.at_bound:
        status, message = AT_BOUND, verdict.bound(proof.at_bound)
    elif others:
        status = TWO_MINIMA
        message = verdict.rival(laws[best], _reported(problem, points, value), others[0])
    else:
        status, message = CONVERGED, ""
    return ChinchillaFit(
        status=status,
        message=message,
        notes=verdict.notes(design, r, problem),
        value=_reported(problem, points, value),
        certificate=proof,
        errors=dict(zip(SYMBOLS, errors.tolist(), strict=True)),
        residuals=r * (points.unit if problem.residual.raw else 1.0),
        starts=len(ends.value),
        starts_agreed=agreed,
        minima=tuple(others),
        candidate=laws[best],
        problem=problem,
    )


def _identified(
    points: Points, weights: FloatArray, theta: FloatArray, r: FloatArray, proof: Certificate
) -> tuple[FloatArray, str]:
    """Rough standard errors, and a sentence where the constants cannot be told apart."""
    free = np.ones(5, dtype=np.bool_)
    free[SYMBOLS.index("log E")] = "E" not in proof.at_bound
    counts = weights > 0
    jacobian, weights = law_jacobian(points, theta)[np.ix_(counts, free)], weights[counts]
    errors = np.zeros(5)
    errors[free] = identification.rough_errors(jacobian, weights, r[counts])
    condition = identification.separable(jacobian, weights)
    if condition > identification.LARGEST_CONDITION:
        return errors, (
            "the runs cannot tell the constants apart: different laws fit them equally well "
            f"(condition number {condition:.1e})"
        )
    for term, name in (("A", "alpha"), ("B", "beta")):
        if term in proof.at_bound:
            return errors, (
                f"the runs do not determine {name}: the best law has no term with {term}, or one "
                "at the end of the range that is searched"
            )
    for place, name in ((3, "alpha"), (4, "beta")):
        if errors[place] > UNCERTAIN * theta[place]:
            return errors, (
                f"the runs do not determine {name}: {theta[place]:.3g}, with a rough standard "
                f"error of {errors[place]:.2g}"
            )
    return errors, ""


def _other_minima(
    problem: Problem,
    points: Points,
    ends: Descent,
    laws: list[ChinchillaLaw],
    best: int,
) -> list[tuple[float, ChinchillaLaw]]:
    """Minima almost as good as the best, each once."""
    found: list[int] = [best]
    limit = ends.value[best] * (1.0 + NEARLY_AS_GOOD)
    for k in np.argsort(ends.value, kind="stable"):
        apart = all(
            max(abs(laws[k].alpha - laws[j].alpha), abs(laws[k].beta - laws[j].beta))
            > SAME_EXPONENTS
            for j in found
        )
        if ends.value[k] <= limit and ends.converged[k] and apart:
            found.append(int(k))
    return [(_reported(problem, points, float(ends.value[k])), laws[k]) for k in found[1:]]


def _reported(problem: Problem, points: Points, value: float) -> float:
    return float(problem.reported(np.asarray(value), points))


def _law(row: list[float], source: str) -> ChinchillaLaw:
    E, A, B, alpha, beta = row
    return ChinchillaLaw(E, A, B, alpha, beta, source=source)


def _nothing(problem: Problem, complaint: str) -> ChinchillaFit:
    """The result for runs that cannot determine the law, whatever their losses."""
    missing = np.full(len(problem.N), np.nan)
    return ChinchillaFit(
        status=NOT_IDENTIFIED,
        message=complaint,
        notes=(),
        value=float("nan"),
        certificate=None,
        errors={},
        residuals=missing,
        starts=0,
        starts_agreed=0,
        minima=(),
        candidate=None,
        problem=problem,
    )
