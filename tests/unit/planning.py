"""Runs of a known law, and fits of it as far as a plan looks at them."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from scaling_utils.fitting.resample import Interval
from scaling_utils.laws import ChinchillaLaw, KaplanND
from scaling_utils.own.runs import Runs

TRUTH = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)


KAPLAN = KaplanND(8.8e13, 5.4e13, 0.076, 0.095)


N = np.repeat(np.geomspace(1e8, 1e10, 6), 5)


D = np.tile(np.geomspace(1e9, 1e12, 5), 6)


def runs(noise=0.004, law=TRUTH, flops=6.0, size=N):
    loss = law.loss(size, D) * np.exp(np.random.default_rng(3).normal(0, noise, N.size))
    return Runs(N=size, D=D, loss=loss, C=flops * size * D)


def fitted(law, laws=None, status="converged", like=None):
    """A fit of a law with some resamples, as far as a plan looks at it."""

    def values_of(quantity):
        return np.array([float(quantity(each)) for each in laws or [law]])

    def interval(quantity, level):
        values = values_of(quantity)
        return Interval(float(quantity(law)), values.min(), values.max(), level, values.size)

    return SimpleNamespace(
        law=law,
        status=status,
        message="it says why",
        runs=like or runs(),
        resamples=SimpleNamespace(values_of=values_of),
        interval=interval,
    )
