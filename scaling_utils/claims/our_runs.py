"""The study of small Transformers as measured claims use it: read once, drawn again once.

A claim's function computes its effect for all draws of the seeds at once, and `measured` turns
them into an effect with an interval: experiments/criteria.md fixed this before the results were
looked at.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from scaling_utils._validate import FloatArray, one_of
from scaling_utils.claims.effect import Measured
from scaling_utils.datasets import load
from scaling_utils.measured.drawn import Drawn
from scaling_utils.measured.result import quantile_interval
from scaling_utils.measured.study import DEPTH, FIXED_DATA, SIZES, Study, StudyError

LEVEL = 0.95
OVER_SEEDS = "95 % over seeds"

GROUPS = (SIZES, DEPTH, FIXED_DATA, "learning rate", "dedicated decay")
"""The groups of the shipped study; a group's place seeds its draws, so that groups are drawn
independently of each other."""


@cache
def study() -> Study:
    """Return the shipped study of small Transformers, checked.

    Raises
    ------
    scaling_utils.datasets.DataError
        If a table is not the described one.
    """
    return Study.of(load("transformer_runs"), load("transformer_curves"))


@cache
def group(name: str, setups: int) -> Drawn:
    """Return the runs of one group of the shipped study, with the draws of their seeds.

    Parameters
    ----------
    name : str
        One of `GROUPS`.
    setups : int
        How many set-ups the claim needs, with two seeds each.

    Raises
    ------
    StudyError
        If the shipped tables have fewer.
    """
    seed = GROUPS.index(one_of("group", name, GROUPS))
    named = study().runs["group"] == name
    drawn = Drawn.of(study().group(name), seed=seed) if named.any() else None
    found = 0 if drawn is None else int((np.bincount(drawn.label) > 1).sum())
    if drawn is None or found < setups:
        raise StudyError(
            f"the shipped study has {found} set-ups with two seeds or more in the group {name!r}, "
            f"and {setups} are needed: data/transformer_runs.csv is not complete"
        )
    return drawn


def measured(draws: FloatArray, runs: int) -> Measured:
    """Turn the effect in every draw into an effect with its interval over seeds.

    Noise raises some effects, such as the worst of many, in draws of one seed more than in the
    mean over seeds; where the mean then lies outside their interval, it is widened to hold it.

    Parameters
    ----------
    draws : ndarray, shape (1 + resamples,)
        The first is the effect.
    runs : int
        How many runs it rests on.

    Examples
    --------
    >>> measured(np.array([1.0, *np.linspace(0.0, 4.0, 101)]), 36).show()
    '1.0 (0.1 to 3.9)'
    >>> measured(np.array([1.0, 2.0, 3.0]), 36).low
    1.0
    """
    found = quantile_interval(float(draws[0]), draws[1:], LEVEL)
    low, high = min(found.low, found.estimate), max(found.high, found.estimate)
    return Measured(found.estimate, low, high, runs, OVER_SEEDS)
