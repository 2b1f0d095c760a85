"""Appendix D.6, on our runs: schedule and learning rate."""

from experiments.analysis import recipe
from experiments.analysis.little_text import runs_beside
from experiments.analysis.our_runs import group, measured, runs, sizes
from scaling_utils.claims.effect import Measured
from scaling_utils.claims.recompute import recomputes

WITH_DECAY, RATES = 3, 9
"""Set-ups that the claims need: sizes with a decay of their own; sizes times rates."""


@recomputes("kaplan-d6-schedule")
def schedule() -> Measured:
    decay = group("dedicated decay", WITH_DECAY)
    beside = runs_beside(decay, sizes())
    return measured(recipe.decay_excess(decay, sizes()), runs(decay) + beside)


@recomputes("kaplan-d6-smaller-rate")
def smaller_rate() -> Measured:
    rates = group("learning rate", RATES)
    return measured(recipe.rate_exponent(rates), runs(rates))
