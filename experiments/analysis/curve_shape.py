"""The shape of the learning curves: one equation for all, each on its own, and read ahead.

Curves count from 2^17 bytes; N without embeddings.
An answer for each draw of the seeds (see `seed_draws`), by the rules of criteria.md, chapter 12.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from experiments.analysis.counts import BODY, parameters
from experiments.analysis.seed_draws import Drawn
from experiments.analysis.study import StudyError
from experiments.analysis.travel import SINCE
from experiments.analysis.two_terms import Floors, TwoTerms, fit_floors, fit_two_terms
from scaling_utils.check import FloatArray
from scaling_utils.power_fit import straight

EARLY, FEWEST_MARKS = 0.1, 6
"""Part of a run from which its end is foretold, and marks that this part must have."""


@dataclass(frozen=True, eq=False)
class CurvePoints:
    """N, D (bytes) and set-up of n points, and their loss in nats per byte, (draws, n)."""

    N: FloatArray
    D: FloatArray
    setup: np.ndarray
    loss: FloatArray


def curve_table(sizes: Drawn) -> CurvePoints:
    """All marks of all set-ups from 2^17 bytes on."""
    own = sizes.since(SINCE)
    loss = own.mean(own.curves())
    setup, mark = np.nonzero(np.isfinite(loss[0]))
    N = parameters(sizes.setups, BODY)
    return CurvePoints(N[setup], own.marks[mark], setup, loss[:, setup, mark])


def steps_law(sizes: Drawn) -> TwoTerms:
    """Kaplan et al. 2020, Eq. 1.6, through all curves: bytes for steps, at a fixed batch."""
    points = curve_table(sizes)
    return fit_two_terms(points.N, points.D, points.loss, floor=False)


def read_ahead(sizes: Drawn) -> FloatArray:
    """Mean error at the end of a power law with a floor fitted to a run's first tenth [%]."""
    own = sizes.since(SINCE)
    curves, ends = own.mean(own.curves()), own.ends()
    errors = []
    for size, last in enumerate(own.last):
        early = (own.marks <= EARLY * last * (1 + 1e-9)) & np.isfinite(curves[0, size])
        if early.sum() < FEWEST_MARKS:
            continue
        D = own.marks[early]
        fit, row = _each(D, curves[:, size, early])
        foretold = (fit.floor + fit.above * (last / D[-1]) ** -fit.beta)[row]
        errors.append(np.abs(foretold / ends[:, size] - 1.0))
    if not errors:
        raise StudyError(f"no run has {FEWEST_MARKS} marks in its first tenth")
    return np.asarray(100.0 * np.mean(errors, axis=0))


def exponent_drift(sizes: Drawn) -> FloatArray:
    """Change of each curve's own exponent c, L = a + b / S^c, per tenfold of N [% of the mean]."""
    own = sizes.since(SINCE)
    curves = own.mean(own.curves())
    exponents = []
    for size in range(curves.shape[1]):
        there = np.isfinite(curves[0, size])
        fit, row = _each(own.marks[there], curves[:, size, there])
        exponents.append(fit.beta[row])
    c = np.stack(exponents, axis=1)
    slope = straight(np.log10(parameters(own.setups, BODY)), c).slope
    return np.asarray(100.0 * slope / c.mean(axis=1))


def _each(D: FloatArray, curves: FloatArray) -> tuple[Floors, np.ndarray]:
    """Fits of the different ones among many curves, and which of them each is."""
    different, row = np.unique(curves, axis=0, return_inverse=True)
    return fit_floors(D, different), row.reshape(-1)
