"""The controls give back what was put into a made-up study."""

import numpy as np
import pandas as pd
import pytest
from simulated import simulated_tables

from experiments.analysis.controls import controls
from experiments.analysis.study import Study
from scaling_utils.laws import ChinchillaLaw

LAW = ChinchillaLaw(1.0, 20.0, 60.0, 0.34, 0.34)
FASTER, DECAYED = 0.04, -0.01  # fractions of the loss


def side_runs(runs, curves, end, group, factor=1.0, **columns):
    """Runs of two widths cut at so many bytes, as a group of their own."""
    own = runs[runs["width"].isin((16, 64))]
    new = own.assign(group=group, run=own["run"] + f"-{group}-{columns}", **columns)
    names = dict(zip(own["run"], new["run"], strict=True))
    cut = curves[curves["run"].isin(names) & (curves["bytes_seen"] <= end * 1.001)]
    return new, cut.assign(run=cut["run"].map(names), loss=cut["loss"] * factor)


def test_controls_give_back_what_was_put_in():
    runs, curves = simulated_tables(LAW, noise=0.004, compute=1.4e13)
    runs = runs.assign(rate=8e-3)
    parts = [(runs, curves), side_runs(runs, curves, 2**21, "dedicated decay", 1 + DECAYED)]
    for rate in (4e-3, 8e-3, 16e-3):
        worse = 1 + FASTER * abs(np.log2(rate / 8e-3))
        parts.append(side_runs(runs, curves, 6e5, "learning rate", worse, rate=rate))
    study = Study.of(*(pd.concat(each, ignore_index=True) for each in zip(*parts, strict=True)))
    table = controls(study.since(2**17))
    rates = table[table["control"].str.startswith("rate")]
    assert sorted(set(rates["control"])) == ["rate × 0.5", "rate × 2"]
    assert rates["change"].to_numpy() == pytest.approx(100 * FASTER, rel=0.02)
    assert (rates["low"] <= rates["change"]).all()
    decay = table[table["control"] == "decay"]
    # Runs end at a mark of their own grid, a little before the bytes of the comparison.
    assert decay["change"].mean() == pytest.approx(100 * DECAYED, abs=0.3)
    assert (decay["low"] < decay["change"]).all()
    noise = table.loc[table["control"] == "seeds", "change"]
    assert len(noise) == 12
    assert 0 < noise.mean() < 1
