"""Fit the Chinchilla law to runs: Approach 3 of Hoffmann et al. 2022, done carefully.

The objective is theirs. For given exponents the law is linear in E, A and B, so a grid of
exponents gives one good start each; the best are taken to a minimum by Newton's method, which is
certified by its own gradient and curvature instead of by what an optimiser says of itself.
"""

from __future__ import annotations

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
from scaling_utils.fitting.certificate import Design, certify, design, residuals, undetermined
from scaling_utils.fitting.points import Batch, Ends, projected
from scaling_utils.fitting.result import OBJECTIVES, ChinchillaFit, Problem
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
        colour. They are kept for `scaling_utils.fitting.resample`.
    within_interval : bool
        Count a residual from the nearer end of the interval, so that a law which passes
        through the interval pays nothing.
    source : str
        What the law will say about where its constants come from.

    Returns
    -------
    ChinchillaFit
        Its `status` says whether the law can be used, and `message` why not.

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
    """
    problem = _checked(N, D, loss, objective, delta, weights, loss_low, loss_high, within_interval)
    counts = problem.weights > 0
    found = design(problem.N[counts], problem.D[counts])
    complaint = found.complaint()
    if complaint:
        nan, nothing = float("nan"), np.full(len(problem.N), np.nan)
        return ChinchillaFit(
            "not identified", complaint, (), nan, None, {}, nothing, 0, 0, (), None, problem
        )
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


def _checked(
    N: ArrayLike,
    D: ArrayLike,
    loss: ArrayLike,
    objective: str,
    delta: float,
    weights: ArrayLike | None,
    loss_low: ArrayLike | None,
    loss_high: ArrayLike | None,
    within_interval: bool,
) -> Problem:
    """Check runs and options, and name what is wrong with them; see `fit_chinchilla`."""
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
        if within_interval:
            raise ValueError("within_interval needs loss_low and loss_high")
        return Problem(n, d, observed, w, None, None, objective, width)
    low = np.atleast_1d(positive("loss_low", loss_low)).ravel()
    high = np.atleast_1d(positive("loss_high", loss_high)).ravel()
    same_length(loss=observed, loss_low=low, loss_high=high)
    outside = (low > observed) | (high < observed)
    if outside.any():
        k = int(np.flatnonzero(outside)[0])
        raise ValueError(
            f"loss_low <= loss <= loss_high must hold, but at index {k} they are "
            f"{low[k]:g}, {observed[k]:g}, {high[k]:g}"
        )
    return Problem(n, d, observed, w, low, high, objective, width, within_interval)


def checked_runs(
    N: ArrayLike, D: ArrayLike, loss: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return N, D and loss as positive arrays of one length, or say what is wrong."""
    aligned(N=N, D=D, loss=loss)
    n, d, observed = (
        np.atleast_1d(positive(name, value)).ravel()
        for name, value in (("N", N), ("D", D), ("loss", loss))
    )
    same_length(N=n, D=d, loss=observed)
    return n, d, observed


def _judged(
    problem: Problem, batch: Batch, ends: Ends, found: Design, source: str
) -> ChinchillaFit:
    """Look at where the starts ended and say what the best of them is worth."""
    best = int(np.argmin(ends.value))
    theta, value = ends.theta[:, best], float(ends.value[best])
    rounding = 1e3 * float(batch.floor())
    proof = certify(batch, theta)
    r = residuals(batch, theta)
    errors, unclear = undetermined(batch, theta, r / batch.loss if problem.raw else r, proof)
    rows = [best, *_rivals(ends, best)]
    values = problem.reported(ends.value[rows], batch).tolist()
    laws = [
        ChinchillaLaw(E, A, B, alpha, beta, source=source)
        for E, A, B, alpha, beta in batch.points.to_laws(ends.theta[:, rows]).tolist()
    ]
    others = tuple(zip(values[1:], laws[1:], strict=True))
    if problem.tolerant and value <= rounding:
        unclear = "more than one law passes through every interval: the intervals are too wide"
    if unclear:
        status, message = "not identified", unclear
    elif not proof.holds:
        status, message = (
            "not converged",
            (
                "no start reached a point that is certified as a minimum (scaled gradient "
                f"{proof.gradient:.1e}, Newton decrement {proof.decrement:.1e})"
            ),
        )
    elif proof.at_bound:
        status, message = "at a bound", _at_bound(proof.at_bound)
    elif others:
        status, message = "two minima", _two_minima(laws[0], values[0], others[0])
    else:
        status, message = "converged", ""
    return ChinchillaFit(
        status=status,
        message=message,
        notes=_notes(found, r, problem.weights),
        value=values[0],
        certificate=proof,
        errors=dict(zip(SYMBOLS, errors.tolist(), strict=True)),
        residuals=r * (batch.points.unit if problem.raw else 1.0),
        starts=len(ends.value),
        starts_agreed=int((ends.value <= value * (1.0 + AGREED) + rounding).sum()),
        minima=others,
        candidate=laws[0],
        problem=problem,
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


def _two_minima(law: ChinchillaLaw, value: float, other: tuple[float, ChinchillaLaw]) -> str:
    """Another law fits almost as well, or just as well."""
    if other[0] <= value * (1.0 + AGREED):
        return (
            f"the minimum is flat, or there are two: a law with a = {other[1].a:.4g} has the same "
            f"objective as the one with a = {law.a:.4g}"
        )
    return (
        f"another law, with a = {other[1].a:.3f} instead of {law.a:.3f}, has an objective only "
        f"{100.0 * (other[0] / value - 1.0):.2g} % higher"
    )


def _at_bound(names: tuple[str, ...]) -> str:
    """A constant is at the end of its range."""
    if names == ("E",):
        return "the best E is zero: the runs show no loss that size and data could not remove"
    return f"{' and '.join(names)} lie at the end of the range that is searched"


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
