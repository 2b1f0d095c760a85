"""Fit a law to runs: Approach 3 of Hoffmann et al. 2022, done carefully, and for other forms.

For given exponents a law is linear in E, A and B, so a grid of exponents gives one good start
each; the best are taken to a minimum by Newton's method, which is certified by its own gradient
and curvature instead of by what an optimiser says of itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from scaling_utils import check
from scaling_utils.check import FloatArray, one_between, one_of
from scaling_utils.fitting.forms import FORMS, Bounds, Constraints, value_of
from scaling_utils.fitting.points import SAME_BUDGET, Batch, Ends, complaint, counted, design, thin
from scaling_utils.fitting.result import (
    OBJECTIVES,
    USABLE,
    Certificate,
    LawFit,
    Problem,
    certify,
    undetermined,
)
from scaling_utils.fitting.solver import minimise

FIRST_STARTS, MOST_STARTS, STRAIGHT = 6, 81, 9
"""So many of the best starts are tried first; where these do not settle it, so many are, and some
also straight, without least squares in between."""

AGREED = 1e-9
"""Relative difference of objectives that counts as none."""

NEARLY_AS_GOOD, SAME_EXPONENTS = 0.01, 1e-3
"""Minima within 1 % of the best objective count if their exponents differ by more."""

FAR = 25.0
"""A residual this many times the median is pointed out."""


def fit_chinchilla(N: ArrayLike, D: ArrayLike, loss: ArrayLike, **options: Any) -> LawFit:
    """Fit L(N, D) = E + A / N ** alpha + B / D ** beta to runs; options are those of `fit_law`.

    >>> from scaling_utils.laws import ChinchillaLaw
    >>> truth = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)
    >>> N, D = np.repeat([1e8, 1e9, 1e10, 5e10], 4), np.tile([3e9, 1e10, 1e11, 5e11], 4)
    >>> fit = fit_chinchilla(N, D, truth.loss(N, D))
    >>> fit.status, round(fit.law.alpha, 6), round(fit.law.B, 2)
    ('converged', 0.34, 410.7)
    """
    return fit_law("chinchilla", {"N": N, "D": D}, loss, **options)


def fit_law(
    form: str,
    columns: Mapping[str, ArrayLike],
    loss: ArrayLike,
    *,
    objective: str = "huber",
    delta: float = 1e-3,
    weights: ArrayLike | None = None,
    loss_low: ArrayLike | None = None,
    loss_high: ArrayLike | None = None,
    fix: Mapping[str, float] | None = None,
    tie: Mapping[str, str] | None = None,
    bounds: Bounds | None = None,
    source: str = "user",
) -> LawFit:
    """Fit a form of law to runs.

    Parameters
    ----------
    form : {"chinchilla", "kaplan-nd", "kaplan-ns", "power", "repeated"}
        Which law: see `scaling_utils.fitting.forms.FORMS`.
    columns : mapping of str to array_like, shape (n,)
        N (parameters) and D (tokens), or S (steps), or also `unique` (tokens in stock) of each
        run; for a power one column of any name. `loss`, of the same shape, is in nats per token.
    objective : {"huber", "log squares", "absolute"}
        "huber" is Hoffmann et al. 2022, Eq. 3; the others are its limits for a large and for a
        small `delta`, where Huber's function turns from quadratic to linear, in log loss. Delta
        moves the answer more than the choice of optimiser does.
    weights : array_like, shape (n,), optional
        How much each run counts; non-negative. A weight of 2 is the same as a run twice.
    loss_low, loss_high : array_like, shape (n,), optional
        Interval in which each loss is known to lie; for resamples that redraw losses in them.
    fix, tie, bounds : mapping, optional
        Constants that are known, as ``{"E": 1.69}``; that equal another one, as
        ``{"alpha": "beta"}``; that are kept within bounds, as ``{"alpha": (0.1, 0.6)}``.

    The law names `source` as the place of its constants. The fit's `status` says whether it can be
    used, and `message` why not.

    >>> N = np.geomspace(1e8, 1e10, 8)
    >>> fit = fit_law("power", {"N": N}, 2 + 500 / N**0.3, fix={"E": 2.0})
    >>> fit.free, round(fit.law.alpha, 6)
    (('A', 'alpha'), 0.3)
    """
    known = FORMS[one_of("form", form, FORMS)]
    limits = Constraints.checked(known, fix, tie, bounds)
    if not isinstance(columns, Mapping) or not all(isinstance(name, str) for name in columns):
        raise ValueError(f"columns must be a dictionary of columns by name, got {columns!r:.60}")
    check.aligned(**columns, loss=loss, weights=weights, loss_low=loss_low, loss_high=loss_high)
    runs = _columns(form, {**columns, "loss": loss})
    observed, width = (
        runs.pop("loss"),
        one_between("delta", check.one_number("delta", delta), 1e-12, 1e12),
    )
    one_of("objective", objective, OBJECTIVES)
    w, ends = _weights(weights, observed), _intervals(observed, loss_low, loss_high)
    problem = Problem(runs, observed, w, ends, objective, width, form, limits)
    lowest = limits.fixed.get("E", limits.bounds.get("E", (0.0, 0.0))[0])
    if lowest >= np.median(observed):
        raise ValueError(
            f"E cannot be {lowest:g} or more: half of the losses are at most "
            f"{np.median(observed):g}, and every law of this form lies above its E"
        )
    if said := _complaint(problem):
        return LawFit("not identified", said, problem, np.full(observed.size, np.nan))
    return _solved(problem, source)


def _solved(problem: Problem, source: str, *, quickly: bool = False) -> LawFit:
    """The fit of a problem; `quickly`, from its first starts and without advice."""
    batch, by = problem.batch(), problem.model.coordinates
    starts = problem.model.starts(batch)
    ends = minimise(batch, starts[:, :FIRST_STARTS], by)
    fit = _judged(problem, batch, ends, source)
    settled = fit.status in ("converged", "at a bound") and problem.objective != "absolute"
    if quickly or (settled and fit.starts_agreed > fit.starts / 2):
        return fit
    ends = ends.joined(minimise(batch, starts[:, :MOST_STARTS], by, fine=True))
    ends = ends.joined(minimise(batch, starts[:, :STRAIGHT], by, squares=False, fine=True))
    fit = _judged(problem, batch, ends, source)
    if fit.status == "not identified":
        return replace(fit, message=fit.message + _advice(problem, fit.candidate, source))
    return fit


def _columns(form: str, given: Mapping[str, ArrayLike]) -> dict[str, FloatArray]:
    """The columns that a form needs, and the loss: positive, of one length."""
    needed = (*FORMS[form].columns, "loss") if FORMS[form].columns else tuple(given)
    if missing := [name for name in needed if name not in given]:
        raise ValueError(
            f"the form {form!r} needs {', '.join(needed)}; there is no {', '.join(missing)}"
        )
    if len(needed) != 2 and form == "power":
        raise ValueError(
            f"a power is fitted to one column, got {', '.join(needed[:-1]) or 'none'}"
        )
    found = check.columns(**{name: given[name] for name in needed})
    for name, array in zip(needed, found, strict=True):
        if array.min() < 1e-60 or array.max() > 1e60:
            raise ValueError(f"{name} must lie between 1e-60 and 1e60; check its unit")
    return dict(zip(needed, found, strict=True))


def _weights(weights: ArrayLike | None, loss: FloatArray) -> FloatArray:
    if weights is None:
        return np.ones(loss.size)
    w = np.ravel(check.finite("weights", weights))
    check.same_length(loss=loss, weights=w)
    if (w < 0).any() or not (w > 0).any():
        raise ValueError("weights must not be negative, and at least one must be positive")
    if w.max() > min(1e60, 1e12 * w[w > 0].min()):
        raise ValueError("weights must lie within 1e12 times of each other")
    return w


def _intervals(
    loss: FloatArray, loss_low: ArrayLike | None, loss_high: ArrayLike | None
) -> tuple[FloatArray, FloatArray] | None:
    """Both ends of the interval of each loss, or none."""
    if (loss_low is None) != (loss_high is None):
        raise ValueError("give both loss_low and loss_high, or neither")
    if loss_low is None or loss_high is None:
        return None
    loss, low, high = check.columns(loss=loss, loss_low=loss_low, loss_high=loss_high)
    outside = np.flatnonzero((low > loss) | (high < loss))
    if outside.size:
        k = int(outside[0])
        raise ValueError(
            f"loss_low <= loss <= loss_high must hold, but at index {k} they are "
            f"{low[k]:g}, {loss[k]:g}, {high[k]:g}"
        )
    return low, high


def _complaint(problem: Problem) -> str:
    """Why so few different runs cannot determine the constants; empty if they may."""
    counts, free = problem.weights > 0, len(problem.model.names)
    columns = [column[counts] for column in problem.columns.values()]
    different, few = len(np.unique(np.stack(columns), axis=1).T), ""
    if different <= free:
        few = f"{counted(different, 'different run')} cannot determine "
        few += f"{counted(free, 'constant')} and check them: at least {free + 1} are needed"
    if problem.model.plain and (said := few or complaint(design(*columns))):
        return said
    given = {*problem.constraints.fixed, *problem.constraints.bounds}
    if problem.form == "chinchilla" and not given & {"alpha", "beta"}:
        ratio = columns[1] / columns[0]
        if np.ptp(np.log(ratio)) < np.log1p(SAME_BUDGET):
            return (
                f"all runs have about {np.median(ratio):.3g} tokens a parameter, where the terms "
                "of N and D can be exchanged: add runs at another ratio, fix both exponents, or "
                "fit a power of one column"
            )
    return few


def _judged(problem: Problem, batch: Batch, ends: Ends, source: str) -> LawFit:
    """Look at where the starts ended and say what the best of them is worth."""
    best, model = int(np.argmin(ends.value)), problem.model
    theta, value = ends.theta[:, best], float(ends.value[best])
    rounding = 1e3 * float(batch.floor())
    proof = certify(batch, theta, model)
    r = model.slopes(batch, theta)[0]
    rows = [best, *_rivals(ends, best, model.places("exponent"))]
    values = problem.reported(ends.value[rows], batch).tolist()
    laws = [problem.law(row, source) for row in model.to_laws(ends.theta[:, rows]).tolist()]
    unclear = undetermined(batch, theta, proof, model)
    status, message = _verdict(problem, unclear, proof, laws, values)
    return LawFit(
        status=status,
        message=message,
        problem=problem,
        residuals=r,
        notes=_notes(problem, r),
        value=values[0],
        certificate=proof,
        starts=len(ends.value),
        starts_agreed=int((ends.value <= value * (1.0 + AGREED) + rounding).sum()),
        minima=tuple(zip(values[1:], laws[1:], strict=True)),
        candidate=laws[0],
    )


def _rivals(ends: Ends, best: int, exponents: list[int]) -> list[int]:
    """Ends almost as good as the best, each minimum once."""
    rows = np.flatnonzero(ends.converged & (ends.value <= ends.value[best] * (1 + NEARLY_AS_GOOD)))
    found, at = [best], ends.theta[exponents]
    for k in rows[np.argsort(ends.value[rows], kind="stable")]:
        apart = np.abs(at[:, [k]] - at[:, found]).max(axis=0, initial=0.0)
        if (apart > SAME_EXPONENTS).all():
            found.append(int(k))
    return found[1:]


def _verdict(
    problem: Problem, unclear: str, proof: Certificate, laws: list[Any], values: list[float]
) -> tuple[str, str]:
    """Status and message of the best law, the first of those that fit almost as well."""
    if unclear:
        return "not identified", unclear
    if not proof.holds:
        return "not converged", (
            "no start reached a point that is certified as a minimum (scaled gradient "
            f"{proof.gradient:.1e}, Newton decrement {proof.decrement:.1e})"
        )
    if proof.at_bound:
        pressing = (_pressing(problem, name, laws[0]) for name in proof.at_bound)
        return "at a bound", "; ".join(pressing)
    if len(laws) > 1:
        name = "a" if problem.form == "chinchilla" else problem.model.form.names("exponent")[0]
        best, other = (value_of(law, name) for law in laws[:2])
        return "two minima", (
            f"another law, with {name} = {other:.3f} instead of {best:.3f}, has an objective "
            f"only {100.0 * (values[1] / values[0] - 1.0):.2g} % higher"
        )
    return "converged", ""


def _pressing(problem: Problem, name: str, law: Any) -> str:
    """What it means that a constant is at an end of its range."""
    given, value = problem.constraints.bounds.get(name), problem.named(law)[name]
    if given is not None and value > 0.0:
        at = min(given, key=lambda bound: abs(bound - value))
        return f"{name} ends at the bound {at:g} that was given"
    if name == "E":
        return "the best E is zero: the runs show no loss that size and data could not remove"
    return f"{name} lies at the end of the range that is searched"


def _advice(problem: Problem, law: Any, source: str) -> str:
    """What to fix or tie so that these runs determine the rest, as tried; and what to add."""
    limits, kinds, known = problem.constraints, problem.model.form.kinds, problem.named(law)
    taken = {*limits.bounds, *limits.tied.values()}
    lone = [name for name in problem.model.names if name not in taken and kinds[name] != "scale"]

    def helps(asked: Constraints) -> bool:
        own = replace(problem, constraints=asked)
        return _solved(own, source, quickly=True).status in USABLE

    fixed = [x for x in lone if helps(replace(limits, fixed={**limits.fixed, x: known[x]}))]
    said = [f"fix {' or '.join(fixed)}"] if fixed else []
    pair = [name for name in lone if kinds[name] == "exponent"]
    if len(pair) == 2 and helps(replace(limits, tied={**limits.tied, pair[0]: pair[1]})):
        said.append(f"tie {pair[0]} to {pair[1]}")
    return f": {', or '.join([*said, 'add runs that differ more'])}"


def _notes(problem: Problem, r: FloatArray) -> tuple[str, ...]:
    """What is thin about the runs, and which of them lie far from the law."""
    counts, said = problem.weights > 0, []
    if {"N", "D"} <= set(problem.columns):
        said.append(thin(design(problem.N[counts], problem.D[counts])))
    if below := int((problem.loss[counts] < problem.constraints.fixed.get("E", 0.0)).sum()):
        said.append(f"{below} of {len(r)} losses lie below the E that was given: no law does")
    size = np.abs(r)
    typical = float(np.median(size[counts]))
    far = np.flatnonzero((size > FAR * typical) & (size > 1e-6))
    if typical > 0 and far.size:
        said.append(
            f"{far.size} of {len(r)} runs lie more than {FAR:g} times the median residual from "
            f"the law, the farthest at index {far[size[far].argmax()]}: check them"
        )
    return tuple(filter(None, said))
