"""A slower and surer way to the minimum, for few or noisy runs.

Where the runs hardly tell E from a slow model term, the minimum lies far along a narrow, bent
valley: E falls, alpha falls, A rises. In log A, log E and alpha a Newton step leaves it at once.
Here the coordinates are

    log s, log t, E, 1 / alpha, 1 / beta        with s = alpha A, t = beta B

(A and B at the centre of the runs, so s and t are the slopes of the terms there). The level
E + s / alpha + t / beta is then what the valley keeps, and the valley is straight. E itself may
come down to its bound and leave it again; in log E a term that is zero stays asleep.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scaling_utils._validate import FloatArray
from scaling_utils.solver.newton import (
    BOX,
    GIVE_UP,
    LARGEST_SLOPE,
    ROUNDING,
    SMALLEST_SLOPE,
    Descent,
    rounding_floor,
)
from scaling_utils.solver.objective import Residual, Values
from scaling_utils.solver.paths import FOLLOWED, NEARLY_ABSOLUTE, ROOT_TEN
from scaling_utils.solver.points import LARGEST_EXPONENT, LOWEST_TERM, Batch
from scaling_utils.solver.small import solve_damped

BOUNDS = np.array(
    [
        [-25.0, -25.0, np.exp(LOWEST_TERM), 1.0 / LARGEST_SLOPE, 1.0 / LARGEST_SLOPE],
        [25.0, 25.0, 100.0, 1.0 / SMALLEST_SLOPE, 1.0 / SMALLEST_SLOPE],
    ]
)
"""Bounds of log s, log t, E, 1 / alpha and 1 / beta: those of `newton.BOX`, or wider."""

LONGEST = np.array([1.5, 1.5, 0.5, 0.0, 0.0])[:, np.newaxis]
LONGEST_FRACTION = np.array([0.0, 0.0, 0.0, 0.5, 0.5])[:, np.newaxis]
"""Longest step: so much, and this fraction of what the coordinate is."""

FIRST_DAMPING, MOST_DAMPING_AT_END = 1e-3, 1e-2
WIDEST, STRAIGHT = 1e-2, 3e-4
"""The first quadratic zone after least squares, or without it."""

STAGE, TIGHT = 1e-8, 1e-14
"""Tolerances of a zone on the way, and of the last."""

STEPS, LAST_STEPS = 100, 400
FEW = 64
"""Up to so many runs this way costs no more than the quick ones, and it is the surer one."""

NUMBERS = 2**16
"""Runs times problems that are worked on at a time."""


def carefully(
    batch: Batch, start: FloatArray, residual: Residual, *, squares: bool = True
) -> Descent:
    """Fit least squares first, then narrow the quadratic zone in small steps.

    Parameters
    ----------
    batch : Batch
        P problems.
    start : ndarray, shape (5, P)
        Where to begin, in the coordinates of `scaling_utils.solver.points`.
    residual : Residual
        The objective in the end.
    squares : bool
        False leaves out least squares and all zones wider than `STRAIGHT`: another way, for
        starts that are already good.

    Returns
    -------
    Descent
        End points in the same coordinates.
    """
    count = start.shape[1]
    rows = max(1, NUMBERS // batch.points.size)
    parts = [
        _one_block(batch.take(slice(k, k + rows)), start[:, k : k + rows], residual, squares)
        for k in range(0, count, rows)
    ]
    return Descent(
        np.concatenate([part.theta for part in parts], axis=1),
        np.concatenate([part.value for part in parts]),
        np.concatenate([part.iterations for part in parts]),
        np.concatenate([part.converged for part in parts]),
    )


def _one_block(batch: Batch, start: FloatArray, residual: Residual, squares: bool) -> Descent:
    zones = _zones(residual.delta, squares)
    place, steps = _from_theta(start), np.zeros(start.shape[1], dtype=np.intp)
    before: tuple[float, FloatArray] | None = None
    for k, zone in enumerate(zones):
        begin = place
        if before is not None and zones[k - 1] <= NEARLY_ABSOLUTE:  # the path is nearly straight
            ahead = (zones[k - 1] - zone) / (before[0] - zones[k - 1])
            begin = place + ahead * (place - before[1])
        before = (zones[k - 1], place) if k else None
        last = k + 1 == len(zones)
        tolerance = TIGHT if last or zone < FOLLOWED else STAGE
        most = LAST_STEPS if last else STEPS
        found = _descend(batch, begin, Residual(zone, residual.raw), tolerance, most)
        place, steps = found.theta, steps + found.iterations
    return Descent(_to_theta(place), found.value, steps, found.converged)


def _zones(delta: float, squares: bool) -> list[float]:
    """Quadratic zones from the widest to that of the objective."""
    zones, widest = [delta], WIDEST if squares else STRAIGHT
    while zones[-1] < np.inf:
        ratio = ROOT_TEN if zones[-1] < NEARLY_ABSOLUTE else np.sqrt(ROOT_TEN)
        if zones[-1] * ratio >= 1.01 * widest:
            break
        zones.append(float(zones[-1] * ratio))
    if squares and zones[-1] < np.inf:
        zones.append(np.inf)
    return zones[::-1]


def _descend(
    batch: Batch, start: FloatArray, residual: Residual, tolerance: float, most: int
) -> Descent:
    """Damped semismooth Newton steps within `BOUNDS`; the result is in the same coordinates."""
    low, high = BOUNDS[0][:, np.newaxis], BOUNDS[1][:, np.newaxis]
    place = np.clip(start, low, high)
    count = place.shape[1]
    at = _evaluate(batch, place, residual)
    damping = np.full(count, FIRST_DAMPING)
    tried, converged = np.zeros(count, dtype=np.intp), np.zeros(count, dtype=np.bool_)
    floor = np.broadcast_to(rounding_floor(batch.weights), (count,))
    rounding = ROUNDING * float(np.finfo(np.float64).eps)
    active = np.arange(count)
    for _ in range(most):
        here, g, h = place[:, active], at.gradient[:, active], at.hessian[:, :, active]
        step, used = _step(here, g, h, damping[active])
        slope = np.einsum("ip,ip->p", g, step)
        enough = tolerance * at.value[active] + floor[active]
        open_still = (-slope > enough) | (used >= MOST_DAMPING_AT_END)
        converged[active[~open_still]] = True
        active, step, used, slope = (
            active[open_still],
            step[:, open_still],
            used[open_still],
            slope[open_still],
        )
        if not active.size:
            break
        trial, share = _shortened(place[:, active], step)
        step = trial - place[:, active]
        to = _evaluate(batch.take(active), trial, residual)
        bent = np.einsum("ip,ijp,jp->p", step, at.hessian[:, :, active], step)
        fall = at.value[active] - to.value
        ratio = fall / np.maximum(-share * slope - 0.5 * bent, 1e-300)
        accepted = (fall >= 0.0) & (ratio > 1e-4)
        stalled = ~accepted & (np.abs(fall) <= rounding * at.value[active] + floor[active])
        moved = active[accepted]
        place[:, moved] = trial[:, accepted]
        at.update(moved, to, accepted)
        damping[active] = _new_damping(used, ratio, accepted)
        tried[active] += 1
        converged[active[stalled]] = True
        active = active[~stalled & (damping[active] < GIVE_UP)]
        if not active.size:
            break
    return Descent(place, at.value, tried, converged)


def _step(
    place: FloatArray, g: FloatArray, h: FloatArray, damping: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Damped Newton steps of what is free to move, and the damping that they needed."""
    low, high = BOUNDS[0][:, np.newaxis], BOUNDS[1][:, np.newaxis]
    held = ((place <= low) & (g > 0)) | ((place >= high) & (g < 0))
    scale = np.abs(np.einsum("iip->ip", h))
    scale = np.maximum(scale, 1e-6 * scale.max(axis=0))
    scale[:, scale[0] == 0.0] = 1.0
    g, h, used = np.where(held, 0.0, g), h.copy(), damping.copy()
    i, p = np.nonzero(held)
    h[i, :, p] = 0.0
    h[:, i, p] = 0.0
    h[i, i, p] = scale[i, p]
    step, positive = solve_damped(h, -g, used, scale)
    for _ in range(25):
        if positive.all():
            break
        bad = np.flatnonzero(~positive)
        used[bad] = np.maximum(4.0 * used[bad], 1e-6)
        step[:, bad], positive[bad] = solve_damped(
            h[:, :, bad], -g[:, bad], used[bad], scale[:, bad]
        )
    return np.where(held, 0.0, step), used


def _shortened(place: FloatArray, step: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Where steps lead that are cut if they get too long or leave the bounds; how much is left.

    A coordinate that reaches its bound is put there exactly: beside it, it would hold up the
    next step.
    """
    size = np.maximum(np.abs(step), 1e-300)
    bound = np.where(step < 0, BOUNDS[0][:, np.newaxis], BOUNDS[1][:, np.newaxis])
    room = np.abs(bound - place) / size
    room[(step == 0.0) | (room == 0.0)] = np.inf
    longest = (LONGEST + LONGEST_FRACTION * place) / size
    share = np.minimum(1.0, np.minimum(longest, room).min(axis=0))
    there = np.clip(place + share * step, BOUNDS[0][:, np.newaxis], BOUNDS[1][:, np.newaxis])
    return np.where(room <= share, bound, there), share


def _new_damping(used: FloatArray, ratio: FloatArray, accepted: NDArray[np.bool_]) -> FloatArray:
    """Less damping where the model was right, more where it was wrong."""
    factor = np.where(ratio > 0.75, 0.1, np.where(ratio > 0.25, 0.5, 2.0))
    fresh = np.where(accepted, used * factor, 4.0 * np.maximum(used, 1e-7))
    fresh[fresh < 1e-12] = 0.0
    return fresh


def _evaluate(batch: Batch, place: FloatArray, residual: Residual) -> Values:
    """Objective, gradient and Hessian in these coordinates."""
    points = batch.points
    s, t, E, by_alpha, by_beta = place[:, :, np.newaxis]
    x, y = points.x / by_alpha, points.y / by_beta
    model = np.exp(np.minimum(s - x, LARGEST_EXPONENT))
    data = np.exp(np.minimum(t - y, LARGEST_EXPONENT))
    slopes = np.stack(
        [
            model * by_alpha,
            data * by_beta,
            np.ones_like(model),
            model * (1.0 + x),
            data * (1.0 + y),
        ],
        axis=1,
    )
    bends = model * x * x / by_alpha, data * y * y / by_beta
    fitted = E + slopes[:, 0] + slopes[:, 1]
    r = fitted - batch.loss if residual.raw else np.log(fitted * batch.inverse_loss)
    counts = batch.weights
    if points.low is not None:
        within = np.clip(r, points.low, points.high)
        counts = counts * (within != r)
        r = r - within
    bounded = np.clip(r, -residual.delta, residual.delta)
    pull = batch.weights * bounded
    value = np.vecdot(pull, r - 0.5 * bounded)
    outer = counts * (bounded == r)
    if not residual.raw:
        slopes /= fitted[:, np.newaxis]
        bends = bends[0] / fitted, bends[1] / fitted
        outer = outer - pull
    weighted = slopes * outer[:, np.newaxis]
    hessian = np.moveaxis(weighted @ slopes.transpose(0, 2, 1), 0, 2).copy()
    gradient = np.vecdot(slopes, pull[:, np.newaxis])
    hessian[0, 0] += gradient[:, 0]
    hessian[1, 1] += gradient[:, 1]
    for i, j in ((0, 3), (1, 4)):
        hessian[i, j] += gradient[:, j]
        hessian[j, i] += gradient[:, j]
    hessian[3, 3] += np.vecdot(bends[0], pull)
    hessian[4, 4] += np.vecdot(bends[1], pull)
    return Values(value, gradient.T.copy(), hessian)


def _from_theta(theta: FloatArray) -> FloatArray:
    a, b, e, alpha, beta = np.clip(theta, BOX[0][:, np.newaxis], BOX[1][:, np.newaxis])
    return np.stack([a + np.log(alpha), b + np.log(beta), np.exp(e), 1.0 / alpha, 1.0 / beta])


def _to_theta(place: FloatArray) -> FloatArray:
    s, t, E, by_alpha, by_beta = place
    e = np.where(BOUNDS[0, 2] >= E, LOWEST_TERM, np.log(E))
    theta = np.stack([s + np.log(by_alpha), t + np.log(by_beta), e, 1.0 / by_alpha, 1.0 / by_beta])
    return np.asarray(np.clip(theta, BOX[0][:, np.newaxis], BOX[1][:, np.newaxis]))
