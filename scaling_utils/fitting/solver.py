"""A batched solver, and the sums of the Chinchilla law: many starts, or many resamples, at once.

The objective is a sum over runs of weight times rho(r). rho is Huber's function: r**2 / 2 up to
delta, delta (|r| - delta / 2) beyond. An infinite delta gives least squares, a tiny one least
absolute deviations. r is a difference of log losses (Hoffmann et al. 2022, Eq. 3).

The law is exp(a - alpha x) + exp(b - beta y) + E: x and y are log N and log D less their means,
losses are divided by their geometric mean. `minimise` knows nothing of it: it takes steps in any
`Coordinates`. From a start far off least squares come first, which are smooth; then delta is
lowered step by step.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scaling_utils.check import FloatArray
from scaling_utils.fitting.coordinates import Coordinates, Values
from scaling_utils.fitting.points import Batch, Ends, Flags

BOX = np.array([[-18.0, -18.0, 0.0, 1e-3, 1e-3], [25.0, 25.0, 100.0, 5.0, 5.0]])[:, :, np.newaxis]
"""Bounds of (a, b, E, alpha, beta). A term of exp(-18) of the loss is none."""

WIDEST, STRAIGHT = 1e-2, 3e-4
"""The first delta after least squares, or without them."""

FOLLOWED, NEARLY_ABSOLUTE = 5e-4, 1e-5
"""Below the one each delta is solved in full: a loose end leads to another basin. Below the other
the minimum moves on a straight line as delta goes to zero."""

LOOSE, CLOSE, TIGHT = 1e-4, 1e-8, 1e-14
"""Shares of the objective that a Newton step may still promise at the end of a stage."""

STEPS, LAST_STEPS = 100, 400
FIRST_DAMPING, MOST_DAMPING_AT_END, GIVE_UP = 1e-3, 1e-2, 1e9
BLOCK = 2**15
"""Runs times problems whose sums are worked out at a time: they stay in the cache."""

_UPPER = np.array(
    [[0, 1, 2, 3, 4], [1, 5, 6, 7, 8], [2, 6, 9, 10, 11], [3, 7, 10, 12, 13], [4, 8, 11, 13, 14]]
)


def evaluate(batch: Batch, theta: FloatArray, zone: FloatArray | float | None = None) -> Values:
    """Objective, gradient and Hessian by (a, b, E, alpha, beta), at the batch's delta or `zone`.

    At a kink of the slope the Hessian is that of the quadratic zone.
    """
    count, n = theta.shape[1], batch.points.x.size
    zones = np.broadcast_to(np.asarray(batch.delta if zone is None else zone), count)
    value, sums = np.empty(count), np.empty((22, count))
    rows = max(1, min(BLOCK // n, count))
    work = np.empty((6, rows, n))
    for start in range(0, count, rows):
        part = slice(start, start + rows)
        own = batch if count <= rows else batch.take(part)
        _sum_up(own, theta[:, part], zones[part], work, value[part], sums[:, part])
    g1, g1x, g1xx, g2, g2y, g2yy, gE, oEE, oE1, oE1x, oE2, oE2y = sums[:12]
    o11, o11x, o11xx, o12, o12x, o12y, o12xy, o22, o22y, o22yy = sums[12:]
    upper = [o11 + g1, o12, oE1, -o11x - g1x, -o12y, o22 + g2, oE2, -o12x, -o22y - g2y]
    upper += [oEE, -oE1x, -oE2y, o11xx + g1xx, o12xy, o22yy + g2yy]
    return value, np.stack([g1, g2, gE, -g1x, -g2y]), np.stack(upper)[_UPPER]


def _sum_up(
    batch: Batch,
    theta: FloatArray,
    zone: FloatArray,
    work: FloatArray,
    value: FloatArray,
    sums: FloatArray,
) -> None:
    """Fill in the objective and the 22 sums over runs of a block of problems."""
    points, weights = batch.points, batch.weights
    one, x, xx, y, yy, xy = points.powers
    p1, p2, q, r, slope, outer = work[:, : theta.shape[1]]
    for level, fall, along, out in ((theta[0], theta[3], x, p1), (theta[1], theta[4], y, p2)):
        np.multiply(-fall[:, np.newaxis], along, out=out)
        out += level[:, np.newaxis]
        np.minimum(out, 300.0, out=out)  # a trial step that goes there is refused, not infinite
        np.exp(out, out=out)
    np.add(p1, p2, out=q)
    q += theta[2][:, np.newaxis]
    np.divide(q, batch.loss, out=r)
    np.log(r, out=r)
    width = zone[0] if (zone == zone[0]).all() else zone[:, np.newaxis]
    bounded = np.clip(r, -width, width, out=outer)
    inside = bounded == r
    np.multiply(bounded, weights, out=slope)
    value[:] = np.vecdot(slope, r) - 0.5 * np.vecdot(slope, bounded)
    np.multiply(inside, weights, out=outer)
    outer -= slope
    np.divide(1.0, q, out=q)
    p1 *= q
    p2 *= q
    place = iter(sums)

    def add(terms: FloatArray, *powers: FloatArray) -> None:
        for power in powers:
            np.matmul(terms, power, out=next(place))

    add(np.multiply(slope, p1, out=r), one, x, xx)
    add(np.multiply(slope, p2, out=r), one, y, yy)
    add(np.multiply(slope, q, out=r), one)
    weighted = np.multiply(outer, q, out=slope)
    add(np.multiply(weighted, q, out=r), one)
    add(np.multiply(weighted, p1, out=r), one, x)
    add(np.multiply(weighted, p2, out=r), one, y)
    weighted = np.multiply(outer, p1, out=slope)
    add(np.multiply(weighted, p1, out=r), one, x, xx)
    add(np.multiply(weighted, p2, out=r), one, x, y, xy)
    outer *= p2
    outer *= p2
    add(outer, one, y, yy)


CHINCHILLA = Coordinates(
    evaluate,
    box=BOX,
    bounds=np.stack([[-25.0, -25.0, 0.0, 0.2, 0.2], [25.0, 25.0, 100.0, 1e3, 1e3]])[
        ..., np.newaxis
    ],
    longest=np.array([1.5, 1.5, 0.5, 0.0, 0.0])[:, np.newaxis],
    share=np.array([0.0, 0.0, 0.0, 0.5, 0.5])[:, np.newaxis],
    straight=(((0,), 3), ((1,), 4)),
    floor=2,
)
"""(a, b, E, alpha, beta), all free."""


def minimise(
    batch: Batch,
    start: FloatArray,
    *,
    squares: bool | Flags = True,
    fine: bool = False,
    by: Coordinates = CHINCHILLA,
) -> Ends:
    """Minimise every problem of a batch from its own start, theta (m, P) of the coordinates `by`.

    `squares`: whether least squares come first, for all or for each. `fine`: slower and surer,
    delta is lowered in smaller steps, and each is solved closely.
    """
    zones = _zones(batch.delta, fine)
    last = len(zones) - 1
    enough = np.full(len(zones), CLOSE if fine else LOOSE)
    enough[(zones < FOLLOWED) | (zones == batch.delta)] = TIGHT
    count = start.shape[1]
    direct = int(np.argmax(zones <= max(batch.delta, 1.01 * STRAIGHT)))
    stage = np.broadcast_to(np.where(squares, 0, direct), count).astype(np.intp)
    place = by.place(start)
    before, damping = place.copy(), np.full(count, FIRST_DAMPING)
    inside_stage = np.zeros(count, dtype=np.intp)
    ready, converged = np.zeros((2, count), dtype=np.bool_)
    floor = np.broadcast_to(batch.floor(), count)
    value, g, h = by.values(batch, place, zones[stage])
    active = np.arange(count)
    while active.size:
        here, v = place[:, active], value[active]
        step, used = _step(by, here, g[:, active], h[:, :, active], damping[active])
        slope = np.einsum("ip,ip->p", g[:, active], step)
        k = stage[active]
        small = -slope <= enough[k] * v + floor[active]
        done = ready[active] | (small & (used < MOST_DAMPING_AT_END))
        if done.any():
            end = done & (k == last)
            converged[active[end]] = True
            keep = ~end
            active, here, v, step, used, slope, k, done = (
                *(active[keep], here[:, keep], v[keep], step[:, keep]),
                *(used[keep], slope[keep], k[keep], done[keep]),
            )
            if not active.size:
                break
            rows = active[done]
            stage[rows] += 1
            inside_stage[rows] = 0
            ready[rows] = False
        trial, share = _shortened(by, here, step)
        if done.any():
            trial[:, done] = _follow(by, zones, k[done], here[:, done], before[:, rows])
            before[:, rows] = here[:, done]
        step = trial - here
        own = batch if active.size == count else batch.take(active)
        to = by.values(own, trial, zones[stage[active]])
        curved = np.einsum("ip,ijp,jp->p", step, h[:, :, active], step)
        fall = v - to[0]
        ratio = fall / np.maximum(-share * slope - 0.5 * curved, 1e-300)
        accepted = done | ((fall >= 0.0) & (ratio > 1e-4))
        rounding = 5.0 * np.finfo(np.float64).eps * v + floor[active]
        ready[active] = ~accepted & (np.abs(fall) <= rounding)
        moved = active[accepted]
        place[:, moved], value[moved] = trial[:, accepted], to[0][accepted]
        g[:, moved], h[:, :, moved] = to[1][:, accepted], to[2][:, :, accepted]
        damping[active] = np.where(done, FIRST_DAMPING, _new_damping(used, ratio, accepted))
        inside_stage[active] += 1
        final = stage[active] == last
        most = np.where(final, LAST_STEPS, STEPS)
        lost = ~ready[active] & ((damping[active] >= GIVE_UP) | (inside_stage[active] >= most))
        ready[active[lost & ~final]] = True
        active = active[~(lost & final)]
    return Ends(by.end(place), value, converged)


def _zones(delta: float, fine: bool) -> FloatArray:
    """Values of delta from least squares to that of the objective."""
    zones = [delta]
    while zones[-1] < np.inf:
        ratio = 10**0.25 if fine and zones[-1] >= NEARLY_ABSOLUTE else 10**0.5
        zones.append(zones[-1] * ratio if zones[-1] * ratio < 1.01 * WIDEST else np.inf)
    return np.array(zones[::-1])


def _follow(
    by: Coordinates, zones: FloatArray, k: NDArray[np.intp], place: FloatArray, before: FloatArray
) -> FloatArray:
    """Where the next stage begins: ahead on the line of the last two minima, if it is straight."""
    ahead = np.zeros(k.size)
    straight = zones[k] <= NEARLY_ABSOLUTE
    k = k[straight]
    ahead[straight] = (zones[k] - zones[k + 1]) / (zones[k - 1] - zones[k])
    return np.asarray(np.clip(place + ahead * (place - before), *by.bounds))


def _step(
    by: Coordinates, place: FloatArray, g: FloatArray, h: FloatArray, damping: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Damped Newton steps of what is free to move, and the damping that they needed."""
    low, high = by.bounds
    held = ((place <= low) & (g > 0)) | ((place >= high) & (g < 0))
    scale = np.abs(np.einsum("iip->ip", h))
    scale = np.maximum(scale, 1e-6 * scale.max(axis=0))
    scale[:, scale[0] == 0.0] = 1.0
    if held.any():
        g = np.where(held, 0.0, g)
        i, p = np.nonzero(held)
        h[i, :, p] = 0.0
        h[:, i, p] = 0.0
        h[i, i, p] = scale[i, p]
    used = damping.copy()
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


def _shortened(
    by: Coordinates, place: FloatArray, step: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Where steps lead that are cut if too long or at a bound (exactly), and how much is left."""
    size = np.maximum(np.abs(step), 1e-300)
    bound = np.where(step < 0, *by.bounds)
    room = np.abs(bound - place) / size
    room[(step == 0.0) | (room == 0.0)] = np.inf
    longest = (by.longest + by.share * place) / size
    share = np.minimum(1.0, np.minimum(longest, room).min(axis=0))
    return np.where(room <= share, bound, np.clip(place + share * step, *by.bounds)), share


def _new_damping(used: FloatArray, ratio: FloatArray, accepted: Flags) -> FloatArray:
    """Less damping where the quadratic model was right, more where it was wrong."""
    factor = np.where(ratio > 0.75, 0.1, np.where(ratio > 0.25, 0.5, 2.0))
    fresh = np.where(accepted, used * factor, 4.0 * np.maximum(used, 1e-7))
    fresh[fresh < 1e-12] = 0.0
    return fresh


def solve_damped(
    matrix: FloatArray, right: FloatArray, damping: FloatArray, scale: FloatArray
) -> tuple[FloatArray, Flags]:
    """Solve (matrix + damping * diag(scale)) s = right for every problem, the last axis.

    Also returns which matrices are positive definite; elsewhere the solution means nothing.
    """
    k = len(right)
    rest = np.concatenate([matrix, right[:, np.newaxis]], axis=1)
    diagonal = np.einsum("iip->ip", rest[:, :k])
    diagonal += damping * scale
    positive = np.ones(right.shape[1], dtype=np.bool_)
    for j in range(k):
        bad = ~(diagonal[j] > 1e-13 * scale[j])
        if bad.any():
            positive &= ~bad
            diagonal[j, bad] = scale[j][bad]
        rest[j, j + 1 :] /= diagonal[j]
        rest[j + 1 :, j + 1 :] -= rest[j + 1 :, j, np.newaxis] * rest[j, j + 1 :]
    solution = rest[:, k]
    for i in range(k - 1, 0, -1):
        solution[:i] -= rest[:i, i] * solution[i]
    return solution.copy(), positive
