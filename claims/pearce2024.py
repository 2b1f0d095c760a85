"""Claims of Pearce and Song 2024, *Reconciling Kaplan and Chinchilla Scaling Laws*.

Their simulation takes twenty sizes without embeddings from 10**2.9 to 10**9.2 and asks for the
best one at budgets from 10**12.95 to 10**20.7 FLOPs; the released code says so.
"""

from functools import cache
from typing import Literal

import numpy as np
import pandas as pd

from claims.recompute import Recipe
from experiments.analysis.best_sizes import best_sizes as sizes_at
from experiments.analysis.counts import ALL, BODY
from experiments.analysis.effect import Measured
from experiments.analysis.our_runs import best_sizes, measured, one_minute, runs
from reanalysis.counting import Counting, SizeRelation, fit_relation, sweep
from scaling_utils.datasets import load
from scaling_utils.power_fit import fit_power
from scaling_utils.published import constant, law
from scaling_utils.transformer import HOFFMANN_VOCAB

_World = Literal["besiroglu2024", "hoffmann2022/tex"]

_SIZES, _BUDGETS = np.logspace(2.9, 9.2, 20), (10**12.95, 10**20.7)

# Budgets of our one-minute study, FLOPs: half a decade apart, as far as its runs go.
_ONE_MINUTE = (1e9, 3e9, 1e10, 3e10, 1e11, 3e11)


def _omega() -> float:
    return constant("pearce2024", "omega").value


def _fitted(exponent: float | None) -> SizeRelation:
    """Their fit: printed sizes of Table A9, embeddings of vocabulary times width."""
    table = load("hoffmann2022_table_a9")
    total = 1e6 * table["params_millions"].to_numpy(dtype=float)
    embedding = HOFFMANN_VOCAB * table["d_model"].to_numpy(dtype=float)
    return fit_relation(total - embedding, total, exponent=exponent)


@cache
def _frontier(constants: _World) -> pd.DataFrame:
    """Best size and loss at each budget of the simulation, sizes at the ends included."""
    world = law(constants)
    table = sweep(world, Counting(SizeRelation(_omega())), _SIZES).table
    return table[table["C"].between(*_BUDGETS)]


def _exponent(constants: _World, of: str) -> float:
    seen = _frontier(constants)
    return fit_power(seen["C"], seen[of]).exponent


def _counting_without_attention() -> Measured:
    study = one_minute()
    left_out, counted = (sizes_at(study, N, _ONE_MINUTE, first=1.0) for N in (BODY, ALL))
    return measured(left_out.a - counted.a, runs(study))


VALUES: dict[str, Recipe] = {
    "pearce-eq11-exponent": lambda: _fitted(None).exponent,
    "pearce-eq11-constant": lambda: _fitted(1 / 3).omega,
    "pearce-aspect-ratio": lambda: 12 * (_omega() / HOFFMANN_VOCAB) ** 3,
    "pearce-simulated-exponent-refit": lambda: _exponent("besiroglu2024", "N"),
    "pearce-simulated-exponent-hoffmann": lambda: _exponent("hoffmann2022/tex", "N"),
    "pearce-simulated-loss-refit": lambda: _exponent("besiroglu2024", "loss"),
    "pearce-simulated-loss-hoffmann": lambda: _exponent("hoffmann2022/tex", "loss"),
    "pearce-frontier-hoffmann": lambda: -law("hoffmann2022/tex").frontier_exponent,
    "pearce-frontier-refit": lambda: -law("besiroglu2024").frontier_exponent,
    "pearce-count-raises-exponent": lambda: measured(
        best_sizes(BODY).a - best_sizes(ALL).a, len(best_sizes(ALL).cut.study.runs)
    ),
    "pearce-count-raises-exponent-mlp": _counting_without_attention,
}
