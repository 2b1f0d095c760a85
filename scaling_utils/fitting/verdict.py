"""The sentences in which a fit says what is wrong with it, or what to look at."""

from __future__ import annotations

import numpy as np

from scaling_utils._validate import FloatArray
from scaling_utils.fitting.identification import Design
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.solver.certificate import Certificate
from scaling_utils.solver.paths import AGREED
from scaling_utils.solver.problem import Problem

FAR = 25.0
"""A residual this many times the median is pointed out."""


def uncertified(proof: Certificate) -> str:
    """The best point is not a minimum as far as its own slopes and curvature tell."""
    return (
        "no start reached a point that is certified as a minimum (scaled gradient "
        f"{proof.gradient:.1e}, Newton decrement {proof.decrement:.1e})"
    )


def rival(law: ChinchillaLaw, value: float, other: tuple[float, ChinchillaLaw]) -> str:
    """Another law fits almost as well, or just as well."""
    if other[0] <= value * (1.0 + AGREED):
        return (
            f"the minimum is flat, or there are two: a law with a = {other[1].a:.4g} has the same "
            f"objective as the one with a = {law.a:.4g}"
        )
    higher = 100.0 * (other[0] / value - 1.0)
    return (
        f"another law, with a = {other[1].a:.3f} instead of {law.a:.3f}, has an objective only "
        f"{higher:.2g} % higher"
    )


def bound(names: tuple[str, ...]) -> str:
    """A constant is at the end of its range."""
    if names == ("E",):
        return "the best E is zero: the runs show no loss that size and data could not remove"
    return f"{' and '.join(names)} lie at the end of the range that is searched"


def notes(design: Design, r: FloatArray, problem: Problem) -> tuple[str, ...]:
    """What is thin about the runs, and which of them lie far from the law."""
    said = [design.note()] if design.note() else []
    size = np.abs(r)
    typical = float(np.median(size[problem.weights > 0]))
    far = np.flatnonzero((size > FAR * typical) & (size > 1e-6))
    if typical > 0 and far.size:
        worst = int(far[np.argmax(size[far])])
        said.append(
            f"{far.size} of {len(r)} runs lie more than {FAR:g} times the median residual from "
            f"the law, the farthest at index {worst}: check them"
        )
    return tuple(said)
