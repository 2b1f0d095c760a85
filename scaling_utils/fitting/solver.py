"""A batched solver, and the sums of the Chinchilla law: many starts, or many resamples, at once.

The objective is a sum over runs of weight times rho(r). rho is Huber's function: r**2 / 2 up to
delta, delta (|r| - delta / 2) beyond. An infinite delta gives least squares, a tiny one least
absolute deviations. r is a difference of log losses (Hoffmann et al. 2022, Eq. 3).

The law is exp(a - alpha x) + exp(b - beta y) + E: x and y are log N and log D less their means,
losses are divided by their geometric mean. `minimise` takes steps in any `Coordinates`: from a
start far off by least squares first, which are smooth; then delta is lowered step by step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scaling_utils.check import FloatArray
from scaling_utils.fitting.coordinates import Coordinates, Values
from scaling_utils.fitting.points import MOST, Batch, Ends, Flags
from scaling_utils.fitting.steps import new_damping, newton_step, shortened

WIDEST, STRAIGHT = 1e-2, 3e-4
"""The first delta after least squares, or without them."""

FOLLOWED, NEARLY_ABSOLUTE = 5e-4, 1e-5
"""Below the one each delta is solved in full: a loose end leads to another basin. Below the other
the minimum moves on a straight line as delta goes to zero."""

LOOSE, CLOSE, TIGHT = 3e-2, 1e-6, 1e-14
"""Shares of the objective that a Newton step may still promise at the end of a stage."""

AIMED_AT, MANY = (0.01, 0.1), 1000
"""A step leads to a known end if it leaves no more than this share of the way there: more for
many runs, whose objective is smoother."""

STEPS, LAST_STEPS = 100, 400
FIRST_DAMPING, MOST_DAMPING_AT_END, GIVE_UP = 1e-3, 1e-2, 1e9
EPS = np.finfo(np.float64).eps

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
    zones = np.zeros(count) + (batch.delta if zone is None else zone)
    rows = max(1, min(BLOCK // n, count))
    if batch.weights.ndim > 1 and batch.loss.ndim == 1 and _alike(theta) and _alike(zones):
        each = np.empty((21, n))  # of all runs alone, since only their weights differ
        one = Batch(batch.points, np.ones(n), batch.loss)
        _sum_up(one, theta[:, :1], zones[:1], np.empty((6, 1, n)), each[:, np.newaxis])
        sums = each @ batch.weights.T
    else:
        sums, work = np.empty((21, count)), np.empty((6, rows, n))
        for start in range(0, count, rows):
            part = slice(start, start + rows)
            own = batch if count <= rows else batch.take(part)
            _sum_up(own, theta[:, part], zones[part], work, sums[:, part])
    return sums[20], sums[15:20], sums[_UPPER]


def _alike(values: FloatArray) -> bool:
    return bool((values == values[..., :1]).all())


def _sum_up(
    batch: Batch, theta: FloatArray, zone: FloatArray, work: FloatArray, sums: FloatArray
) -> None:
    """Fill in 21 sums over runs of a block of problems, (21, P), the last one the objective; in
    (21, 1, n) runs are left apart."""
    points, weights = batch.points, batch.weights
    weigh = np.matmul if sums.ndim == 2 else np.multiply
    one, x, xx, y, yy, xy = points.powers
    p1, p2, q, r, slope, outer = work[:, : theta.shape[1]]
    np.matmul(theta[0::3].T, points.lines[0], out=p1)
    np.matmul(theta[1::3].T, points.lines[1], out=p2)
    terms = work[:2, : theta.shape[1]]
    if np.abs(theta[:2]).max() + np.abs(theta[3:]).max() * points.reach > MOST:
        np.minimum(terms, MOST, out=terms)
    np.exp(terms, out=terms)
    np.add(p1, p2, out=q)
    q += theta[2][:, np.newaxis]
    np.divide(q, batch.loss, out=r)
    np.log(r, out=r)
    width = zone[0] if _alike(zone) else zone[:, np.newaxis]
    bounded = np.clip(r, -width, width, out=outer)
    inside = bounded == r
    np.multiply(bounded, weights, out=slope)

    def add(runs: FloatArray, *powers: tuple[int, FloatArray]) -> None:
        for place, power in powers:
            weigh(runs, power, out=sums[place])

    bounded *= 0.5
    r -= bounded
    r *= slope
    add(r, (20, one))
    np.multiply(inside, weights, out=outer)
    outer -= slope
    np.divide(1.0, q, out=q)
    terms *= q
    add(np.multiply(slope, q, out=r), (17, one))
    np.multiply(outer, q, out=r)
    add(np.multiply(r, q, out=q), (9, one))
    add(np.multiply(r, p1, out=q), (2, one), (10, x))
    add(np.multiply(r, p2, out=r), (6, one), (11, y))
    add(np.multiply(slope, p1, out=q), (15, one), (18, x))
    np.multiply(outer, p1, out=r)
    p1 *= r
    p1 += q
    add(p1, (0, one), (3, x), (12, xx))
    add(np.multiply(r, p2, out=r), (1, one), (7, x), (4, y), (13, xy))
    slope *= p2
    add(slope, (16, one), (19, y))
    outer *= p2
    outer *= p2
    outer += slope
    add(outer, (5, one), (8, y), (14, yy))


@dataclass(frozen=True, eq=False)
class _Descents:
    """Descents under way, the last axis of every array; `number` is their place in the batch."""

    number: NDArray[np.intp]
    place: FloatArray
    before: FloatArray
    value: FloatArray
    g: FloatArray
    h: FloatArray
    damping: FloatArray
    stage: NDArray[np.intp]
    tries: NDArray[np.intp]
    ready: Flags
    floor: FloatArray

    def take(self, kept: Flags) -> _Descents:
        """Some of them."""
        return _Descents(*(own[..., kept] for own in vars(self).values()))


def minimise(
    batch: Batch,
    start: FloatArray,
    by: Coordinates,
    *,
    squares: bool | Flags = True,
    fine: bool = False,
    known: Ends | None = None,
) -> Ends:
    """Minimise every problem of a batch from its own start, theta (m, P) of the coordinates `by`.

    `squares`: whether least squares come first, for all or for each. `fine`: slower and surer,
    delta is lowered in smaller steps, and each is solved closely. `known`: where other descents
    of the same problems ended; a descent whose steps lead there ends there too.
    """
    zones = _zones(batch.delta, fine)
    last, enough = len(zones) - 1, np.full(len(zones), CLOSE if fine else LOOSE)
    enough[(zones < FOLLOWED) | (zones == batch.delta)] = TIGHT
    count = start.shape[1]
    direct = int(np.argmax(zones <= max(batch.delta, 1.01 * STRAIGHT)))
    stage = np.broadcast_to(np.where(squares, 0, direct), count).astype(np.intp)
    place = by.place(start)
    ends, converged = (place.copy(), np.empty(count)), np.zeros(count, dtype=np.bool_)
    aims = None if known is None else (by.place(known.theta), known.value)
    d = _Descents(
        *(np.arange(count), place, place.copy(), *by.values(batch, place, zones[stage])),
        *(np.full(count, FIRST_DAMPING), stage, np.zeros(count, dtype=np.intp)),
        *(np.zeros(count, dtype=np.bool_), np.broadcast_to(batch.floor(), count)),
    )
    own, left = batch, AIMED_AT[batch.points.x.size >= MANY]
    while True:
        step, used = newton_step(by, d.place, d.g, d.h, d.damping)
        slope = (d.g * step).sum(axis=0)
        small = -slope <= enough[d.stage] * d.value + d.floor
        done = d.ready | (small & (used < MOST_DAMPING_AT_END))
        final = d.stage == last
        over, lost = final & done, final & ~d.ready & _stuck(d, LAST_STEPS)
        aimed = np.zeros_like(over)
        if aims is not None and final.any():
            aimed = final & ~over & _leads_to(d, step, slope, left, aims)
        out = over | lost | aimed
        trial, share = shortened(by, d.place, step)
        trial = np.where(d.ready, d.place, trial)
        if out.any():
            reached = np.where(over, trial, d.place)
            for end, found, aim in zip(ends, (reached, d.value), aims or ends, strict=True):
                end[..., d.number[out]] = found[..., out]
                end[..., d.number[aimed]] = aim[..., d.number[aimed]]
            converged[d.number[over | aimed]] = True
            d, kept = d.take(~out), ~out
            step, used, slope, done = (v[..., kept] for v in (step, used, slope, done))
            trial, share = trial[:, kept], share[kept]
            if not d.number.size:
                return Ends(by.end(ends[0]), ends[1], converged)
            own = batch.take(d.number)
        if done.any():
            _next_stage(by, zones, d, done, trial)
        step = trial - d.place
        to = by.values(own, trial, zones[d.stage])
        curved = np.einsum("ip,ijp,jp->p", step, d.h, step)
        fall = d.value - to[0]
        ratio = fall / np.maximum(-share * slope - 0.5 * curved, 1e-300)
        accepted = done | ((fall >= 0.0) & (ratio > 1e-4))
        d.ready[:] = ~accepted & (np.abs(fall) <= 5.0 * EPS * d.value + d.floor)
        d.damping[:] = np.where(done, FIRST_DAMPING, new_damping(used, ratio, accepted))
        for old, new in zip((d.place, d.value, d.g, d.h), (trial, *to), strict=True):
            np.copyto(old, new, where=accepted)
        d.tries[:] += 1
        d.ready[:] |= (d.stage != last) & _stuck(d, STEPS)


def _stuck(d: _Descents, most: int) -> Flags:
    """Descents that no longer move, or have moved for too long."""
    return np.asarray((d.damping >= GIVE_UP) | (d.tries >= most))


def _leads_to(
    d: _Descents, step: FloatArray, slope: FloatArray, left: float, aims: tuple[FloatArray, ...]
) -> Flags:
    """Descents whose step leads to a known end, and promises to fall as far as it lies below."""
    place, value = (aim[..., d.number] for aim in aims)
    gap, above = place - d.place, d.value - value
    rest = gap - step
    far, near = (np.einsum("ip,ijp,jp->p", v, d.h, v) for v in (gap, rest))
    off = np.abs(above + 0.5 * slope)
    return np.asarray((near <= left**2 * far) & (off <= left * above))


def _zones(delta: float, fine: bool) -> FloatArray:
    """Values of delta from least squares to that of the objective."""
    zones = [delta]
    while zones[-1] < np.inf:
        ratio = 10**0.25 if fine and zones[-1] >= NEARLY_ABSOLUTE else 10**0.5
        zones.append(zones[-1] * ratio if zones[-1] * ratio < 1.01 * WIDEST else np.inf)
    return np.array(zones[::-1])


def _next_stage(
    by: Coordinates, zones: FloatArray, d: _Descents, done: Flags, trial: FloatArray
) -> None:
    """Lower delta where a stage is done; a nearly absolute one goes on from its last two minima,
    along a line, any other one with the step that it has."""
    k, place = d.stage[done], d.place[:, done]
    straight = zones[k] <= NEARLY_ABSOLUTE
    if straight.any():
        z = zones[k[straight]], zones[k[straight] + 1], zones[k[straight] - 1]
        ahead = place[:, straight] - d.before[:, done][:, straight]
        ahead *= (z[0] - z[1]) / (z[2] - z[0])
        rows = np.flatnonzero(done)[straight]
        trial[:, rows] = np.clip(place[:, straight] + ahead, *by.bounds)
    d.before[:, done] = place
    d.stage[done] = k + 1
    d.tries[done] = 0
    d.ready[done] = False
