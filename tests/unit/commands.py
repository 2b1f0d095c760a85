"""What the tests of the command share: a table of runs, and how a wrong command is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from scaling_utils.laws import ChinchillaLaw

ROOT = Path(__file__).resolve().parents[2]


LAW = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)


def table(ratio: float | None = None) -> pd.DataFrame:
    """Runs of five sizes, by themselves on a grid, or all with so many tokens a parameter."""
    N = np.repeat(np.geomspace(5e7, 5e9, 5), 5)
    D = np.tile(np.geomspace(2e9, 2e11, 5), 5) if ratio is None else ratio * N
    noise = np.exp(np.random.default_rng(3).normal(0.0, 0.002, N.size))
    return pd.DataFrame({"N": N, "D": D, "loss": LAW.loss(N, D) * noise})


def refused(answer: tuple[int, str, str], *words: str) -> None:
    """The command was wrong: one line on standard error that says so in these words."""
    code, out, err = answer
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    for word in words:
        assert word in err
