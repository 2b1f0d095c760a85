"""Fit the Chinchilla law to runs: Approach 3 of Hoffmann et al. 2022, done carefully.

For given exponents the law is linear in E, A and B, so a grid of exponents gives one good start
each; the best are taken to a minimum by Newton's method, which is certified by its own gradient
and curvature instead of by what an optimiser says of itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from scaling_utils.check import (
    FloatArray,
    aligned,
    finite,
    one_number,
    one_of,
    positive,
    same_length,
)
from scaling_utils.fitting.points import Batch, Design, Ends, design, projected
from scaling_utils.fitting.result import (
    OBJECTIVES,
    Certificate,
    LawFit,
    Problem,
    certify,
    residuals,
    undetermined,
)
from scaling_utils.fitting.solver import evaluate, minimise
from scaling_utils.laws import ChinchillaLaw

FIRST_STARTS, STRAIGHT = 6, 9
"""So many of the best starts are tried first; where these do not settle it, all are, and so many
also straight, without least squares in between."""

AGREED = 1e-9
"""Relative difference of objectives that counts as none."""

NEARLY_AS_GOOD, SAME_EXPONENTS = 0.01, 1e-3
"""Minima within 1 % of the best objective count if their exponents differ by more."""

FAR = 25.0
"""A residual this many times the median is pointed out."""


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
    source: str = "user",
) -> LawFit:
    """Fit L(N, D) = E + A / N ** alpha + B / D ** beta to runs.

    Parameters
    ----------
    N, D : array_like, shape (n,)
        Parameters and training tokens of each run.
    loss : array_like, shape (n,)
        Final loss of each run, nats per token.
    objective : {"huber", "log squares", "absolute"}
        "huber" is Hoffmann et al. 2022, Eq. 3. "log squares" and "absolute" are its limits
        for a large and for a small delta.
    delta : float
        Where Huber's function turns from quadratic to linear, in log loss; only "huber"
        uses it. It moves the answer more than the choice of optimiser does.
    weights : array_like, shape (n,), optional
        How much each run counts; non-negative. A weight of 2 is the same as a run twice.
    loss_low, loss_high : array_like, shape (n,), optional
        Interval in which each loss is known to lie, for instance because it was read off a
        colour; for the resamples that redraw losses within them.
    source : str
        What the law will say about where its constants come from.

    Returns
    -------
    LawFit
        Its `status` says whether the law can be used, and `message` why not.

    Examples
    --------
    >>> truth = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)
    >>> N, D = np.repeat([1e8, 1e9, 1e10, 5e10], 4), np.tile([3e9, 1e10, 1e11, 5e11], 4)
    >>> fit = fit_chinchilla(N, D, truth.loss(N, D))
    >>> fit.status, round(fit.law.alpha, 6), round(fit.law.B, 2)
    ('converged', 0.34, 410.7)
    >>> print(fit_chinchilla(N, 20 * N, truth.loss(N, 20 * N)).message)
    4 different runs cannot determine five constants and check them: at least 6 are needed
    """
    problem = _checked(N, D, loss, objective, delta, weights, loss_low, loss_high)
    counts = problem.weights > 0
    found = design(problem.N[counts], problem.D[counts])
    if complaint := found.complaint():
        nothing = np.full(len(problem.N), np.nan)
        return LawFit("not identified", complaint, problem, nothing)
    batch = problem.batch()
    starts = projected(batch.points, batch.loss, batch.weights)
    near = np.argsort(evaluate(batch, starts)[0])
    ends = minimise(batch, starts[:, near[:FIRST_STARTS]])
    fit = _judged(problem, batch, ends, found, source)
    settled = fit.status in ("converged", "at a bound") and objective != "absolute"
    if settled and fit.starts_agreed > fit.starts / 2:
        return fit
    ends = ends.joined(minimise(batch, starts, fine=True))
    ends = ends.joined(minimise(batch, starts[:, near[:STRAIGHT]], squares=False, fine=True))
    return _judged(problem, batch, ends, found, source)


def fit_law(
    form: str,
    columns: Mapping[str, ArrayLike],
    loss: ArrayLike,
    *,
    fix: Mapping[str, float] | None = None,
    tie: Mapping[str, str] | None = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    **options: Any,
) -> LawFit:
    """Fit a form of law to columns of runs."""
    one_of("form", form, ("chinchilla",))
    if fix or tie or bounds:
        raise ValueError("constants cannot be fixed, tied or bounded")
    return fit_chinchilla(columns["N"], columns["D"], loss, **options)


def _checked(
    N: ArrayLike,
    D: ArrayLike,
    loss: ArrayLike,
    objective: str,
    delta: float,
    weights: ArrayLike | None,
    loss_low: ArrayLike | None,
    loss_high: ArrayLike | None,
) -> Problem:
    """What `fit_chinchilla` was given, or an error that names what is wrong with it."""
    aligned(N=N, D=D, loss=loss, weights=weights, loss_low=loss_low, loss_high=loss_high)
    n, d, observed = checked_runs(N, D, loss)
    one_of("objective", objective, OBJECTIVES)
    width = one_number("delta", delta)
    w = np.ones(n.size) if weights is None else np.atleast_1d(finite("weights", weights)).ravel()
    same_length(N=n, weights=w)
    if (w < 0).any() or not (w > 0).any():
        raise ValueError("weights must not be negative, and at least one must be positive")
    if (loss_low is None) != (loss_high is None):
        raise ValueError("give both loss_low and loss_high, or neither")
    if loss_low is None or loss_high is None:
        return Problem(n, d, observed, w, None, None, objective, width)
    low = np.atleast_1d(positive("loss_low", loss_low)).ravel()
    high = np.atleast_1d(positive("loss_high", loss_high)).ravel()
    same_length(loss=observed, loss_low=low, loss_high=high)
    outside = np.flatnonzero((low > observed) | (high < observed))
    if outside.size:
        k = int(outside[0])
        raise ValueError(
            f"loss_low <= loss <= loss_high must hold, but at index {k} they are "
            f"{low[k]:g}, {observed[k]:g}, {high[k]:g}"
        )
    return Problem(n, d, observed, w, low, high, objective, width)


def checked_runs(
    N: ArrayLike, D: ArrayLike, loss: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """N, D and loss as positive arrays of one length, or an error."""
    aligned(N=N, D=D, loss=loss)
    n, d, observed = (
        np.atleast_1d(positive(name, value)).ravel()
        for name, value in (("N", N), ("D", D), ("loss", loss))
    )
    same_length(N=n, D=d, loss=observed)
    return n, d, observed


def _judged(problem: Problem, batch: Batch, ends: Ends, found: Design, source: str) -> LawFit:
    """Look at where the starts ended and say what the best of them is worth."""
    best = int(np.argmin(ends.value))
    theta, value = ends.theta[:, best], float(ends.value[best])
    rounding = 1e3 * float(batch.floor())
    proof = certify(batch, theta)
    r = residuals(batch, theta)
    rows = [best, *_rivals(ends, best)]
    values = problem.reported(ends.value[rows], batch).tolist()
    laws = [
        ChinchillaLaw(E, A, B, alpha, beta, source=source)
        for E, A, B, alpha, beta in batch.points.to_laws(ends.theta[:, rows]).tolist()
    ]
    status, message = _verdict(undetermined(batch, theta, proof), proof, laws, values)
    return LawFit(
        status=status,
        message=message,
        problem=problem,
        residuals=r,
        notes=_notes(found, r, problem.weights),
        value=values[0],
        certificate=proof,
        starts=len(ends.value),
        starts_agreed=int((ends.value <= value * (1.0 + AGREED) + rounding).sum()),
        minima=tuple(zip(values[1:], laws[1:], strict=True)),
        candidate=laws[0],
    )


def _rivals(ends: Ends, best: int) -> list[int]:
    """Ends almost as good as the best, each minimum once."""
    rows = np.flatnonzero(ends.converged & (ends.value <= ends.value[best] * (1 + NEARLY_AS_GOOD)))
    found = [best]
    for k in rows[np.argsort(ends.value[rows], kind="stable")]:
        apart = np.abs(ends.theta[3:, [k]] - ends.theta[3:, found]).max(axis=0)
        if (apart > SAME_EXPONENTS).all():
            found.append(int(k))
    return found[1:]


def _verdict(
    unclear: str, proof: Certificate, laws: list[ChinchillaLaw], values: list[float]
) -> tuple[str, str]:
    """Status and message of the best law, the first of those that fit almost as well."""
    if unclear:
        return "not identified", unclear
    if not proof.holds:
        return "not converged", (
            "no start reached a point that is certified as a minimum (scaled gradient "
            f"{proof.gradient:.1e}, Newton decrement {proof.decrement:.1e})"
        )
    if proof.at_bound == ("E",):
        why = "the best E is zero: the runs show no loss that size and data could not remove"
        return "at a bound", why
    if proof.at_bound:
        names = " and ".join(proof.at_bound)
        return "at a bound", f"{names} lie at the end of the range that is searched"
    if len(laws) > 1:
        return "two minima", (
            f"another law, with a = {laws[1].a:.3f} instead of {laws[0].a:.3f}, has an objective "
            f"only {100.0 * (values[1] / values[0] - 1.0):.2g} % higher"
        )
    return "converged", ""


def _notes(found: Design, r: FloatArray, weights: FloatArray) -> tuple[str, ...]:
    """What is thin about the runs, and which of them lie far from the law."""
    said = [found.note()] if found.note() else []
    size = np.abs(r)
    typical = float(np.median(size[weights > 0]))
    far = np.flatnonzero((size > FAR * typical) & (size > 1e-6))
    if typical > 0 and far.size:
        worst = int(far[np.argmax(size[far])])
        said.append(
            f"{far.size} of {len(r)} runs lie more than {FAR:g} times the median residual from "
            f"the law, the farthest at index {worst}: check them"
        )
    return tuple(said)
