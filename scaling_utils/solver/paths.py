"""Ways to the minimum: straight to it, or by way of least squares.

Far from the solution a Huber function with a small delta is nearly flat in curvature and
full of kinks. Least squares on log loss is smooth and easy; from its optimum delta is
lowered step by step. Two different ways to the same point are also a check: where they end
at different points, the problem has more than one minimum.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scaling_utils._validate import FloatArray
from scaling_utils.solver.newton import BOX, Descent, descend, rounding_floor
from scaling_utils.solver.objective import Residual
from scaling_utils.solver.points import Batch

SQUARES = Residual(delta=np.inf)

ABSOLUTE_DELTA = 1e-9
"""Quadratic zone that stands for none: the optimum moves by less than this in log loss."""

NEARLY_ABSOLUTE = 1e-5
"""Below this delta the optimum moves on a straight line as delta goes to zero."""

FOLLOWED = 5e-4
"""Below this delta each stage is solved in full: a loose one ends in another basin."""

COARSE, PREPARED, TIGHT = 1e-3, 1e-5, 1e-14
"""Tolerances of stages that only prepare the next one, in single precision, and of others."""

RETRY = 400
"""Most steps of a second try; the first has 80."""

HOPELESS = 1.2
"""A start this many times above the best of its problem is not tried again."""

ROOT_TEN = 10.0**0.5

NEARLY_ZERO = 1e-3
"""Below this fraction of the loss, E is compared with zero."""

AGREED = 1e-9
"""Relative difference of objectives that counts as none."""


def by_way_of_squares(
    batch: Batch, start: FloatArray, residual: Residual, *, rivals: bool = False
) -> Descent:
    """Fit least squares on log loss first, then narrow the quadratic zone.

    Parameters
    ----------
    batch : Batch
        P problems.
    start : ndarray, shape (5, P)
        Where to begin.
    residual : Residual
        The objective in the end.
    rivals : bool
        The starts are of one problem: one that is far behind the best is not tried again.

    Returns
    -------
    Descent
        End points; iterations are those of all stages together.
    """
    smooth = descend(batch.single(), start, SQUARES, gauss_newton=True, tolerance=PREPARED)
    if residual.raw or np.isinf(residual.delta):
        return _then(batch, smooth, smooth.theta, residual, TIGHT)
    return _narrow(batch, smooth, residual.delta, 1e-2, rivals)


def straight(
    batch: Batch, start: FloatArray, residual: Residual, *, iterations: int = 80
) -> Descent:
    """Minimise the objective itself from a start that is already good.

    Parameters and result are those of `by_way_of_squares`; `iterations` is the most steps;
    with fewer than 80 the starts are taken as rivals for one problem.
    """
    if residual.raw or residual.delta > NEARLY_ABSOLUTE:
        few = min(iterations, 40)
        begin = descend(batch.single(), start, residual, tolerance=PREPARED, iterations=few)
        return _then(batch, begin, begin.theta, residual, TIGHT, iterations)
    begin = descend(batch.single(), start, Residual(1e-3), tolerance=COARSE)
    return _narrow(batch, begin, residual.delta, 3e-4, rivals=iterations < 80)


def without_floor(batch: Batch, ends: Descent, residual: Residual) -> Descent:
    """Where E shrinks towards zero, try zero: log E would take for ever to get there."""
    low = BOX[0, 2]
    rows = np.flatnonzero((ends.theta[2] < np.log(NEARLY_ZERO)) & (ends.theta[2] > low))
    if not rows.size:
        return ends
    start = ends.theta[:, rows]
    start[2] = low
    there = straight(batch.take(rows), start, residual)
    rounding = rounding_floor(batch.take(rows).weights)
    better = there.value <= ends.value[rows] * (1.0 + AGREED) + rounding
    return replaced(ends, rows[better], there, better)


def joined(first: Descent, second: Descent) -> Descent:
    """The ends of two sets of descents, one after the other."""
    return Descent(
        np.concatenate([first.theta, second.theta], axis=1),
        np.concatenate([first.value, second.value]),
        np.concatenate([first.iterations, second.iterations]),
        np.concatenate([first.converged, second.converged]),
    )


def better_of(first: Descent, second: Descent) -> Descent:
    """The lower end of each problem, of two descents of the same batch."""
    better = second.value < first.value
    return Descent(
        np.where(better, second.theta, first.theta),
        np.where(better, second.value, first.value),
        first.iterations + second.iterations,
        np.where(better, second.converged, first.converged),
    )


def replaced(
    ends: Descent, rows: NDArray[np.intp], other: Descent, chosen: NDArray[np.bool_]
) -> Descent:
    """The ends with those of `rows` replaced by the chosen ones of another set."""
    theta, value, converged = ends.theta.copy(), ends.value.copy(), ends.converged.copy()
    theta[:, rows] = other.theta[:, chosen]
    value[rows] = other.value[chosen]
    converged[rows] = other.converged[chosen]
    return Descent(theta, value, ends.iterations, converged)


def _narrow(batch: Batch, before: Descent, delta: float, widest: float, rivals: bool) -> Descent:
    """Lower delta to its value in steps of the root of ten."""
    deltas = [delta]
    while deltas[-1] * ROOT_TEN < 1.01 * widest:
        deltas.append(deltas[-1] * ROOT_TEN)
    short, last = batch.single(), (np.inf, before.theta)
    for wide in reversed(deltas):
        begin = before.theta
        if last[0] <= NEARLY_ABSOLUTE:  # follow the line of the last two optima
            begin = begin + (begin - last[1]) * (ROOT_TEN - 1.0) / (ROOT_TEN**2 - ROOT_TEN)
        last = wide * ROOT_TEN, before.theta
        exact = wide == delta or wide < FOLLOWED
        if exact:
            before = _with_retry(batch, before, begin, Residual(wide), rivals)
        else:
            before = _then(short, before, begin, Residual(wide), COARSE)
    return before


def _with_retry(
    batch: Batch, before: Descent, start: FloatArray, residual: Residual, rivals: bool
) -> Descent:
    """Solve a stage in full; where that fails, again from the last optimum, more carefully."""
    after = _then(batch, before, start, residual, TIGHT)
    open_still = ~after.converged
    if rivals:
        open_still &= after.value <= HOPELESS * after.value.min()
    rows = np.flatnonzero(open_still)
    if not rows.size:
        return after
    again = descend(
        batch.take(rows), before.theta[:, rows], residual, iterations=RETRY, damping=0.1
    )
    better = again.converged | (again.value < after.value[rows])
    return replaced(after, rows[better], again, better)


def _then(
    batch: Batch,
    before: Descent,
    start: FloatArray,
    residual: Residual,
    tolerance: float,
    iterations: int = 80,
) -> Descent:
    """Go on to the next stage, and count its steps with those before."""
    after = descend(batch, start, residual, tolerance=tolerance, iterations=iterations)
    return Descent(after.theta, after.value, before.iterations + after.iterations, after.converged)
