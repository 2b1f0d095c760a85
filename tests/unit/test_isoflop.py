"""`isoflops`: the runs' own tokens, budgets found, and nothing left out in silence."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from scaling_utils.isoflop import PROFILES, IsoFlops, isoflops
from scaling_utils.laws import ChinchillaLaw

LAW = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)
THREE = [1e19, 1e20, 1e21]


def runs(budgets=THREE, sizes=9, per_token=6.0, noise=0.0, span=4.0):
    """A table of IsoFLOP runs whose C is `per_token` times N D."""
    C = np.repeat(budgets, sizes)
    grid = np.geomspace(1 / span, span, sizes)
    N = LAW.N_opt(C) * np.tile(grid, len(budgets))
    D = C / per_token / N
    off = np.exp(np.random.default_rng(0).normal(0, noise, N.size))
    return pd.DataFrame({"N": N, "D": D, "loss": LAW.loss(N, D) * off, "C": C})


def test_tokens_are_those_that_were_trained():
    found = isoflops(*runs(per_token=8.0)[["N", "D", "loss", "C"]].to_numpy().T, THREE)
    assert (8 * found.table["N"] * found.table["D"]).to_numpy() == pytest.approx(THREE, rel=1e-12)
    assert found.table["D"][0] == pytest.approx(6.2e9, rel=0.01)
    assert "C / (N D) is 8 to 8; 6 is usual" in found.notes()


@pytest.mark.parametrize("curve", PROFILES)
def test_where_compute_is_six_n_d_so_are_the_tokens(curve):
    table = runs(noise=0.002)
    found = isoflops(table["N"], table["D"], table["loss"], curve=curve).table
    assert found["D"].to_numpy() == pytest.approx(found["C"] / 6 / found["N"], rel=1e-14)


def test_exponents_need_not_add_up_to_one():
    """A token costs a power of N: then D goes with another power of C."""
    table = runs()
    table["C"] = 1e-2 * table["N"] ** 1.2 * table["D"]
    budget = table["C"].groupby(np.repeat([0, 1, 2], 9)).transform("mean")
    table["D"] *= budget / table["C"]
    table["C"], table["loss"] = budget, LAW.loss(table["N"], table["D"])
    found = isoflops(table)
    assert 1.2 * found.a + found.b == pytest.approx(1.0, abs=1e-12)
    assert found.a + found.b < 0.95


def test_budgets_are_found_and_stragglers_are_named():
    table = runs([1e19, 3e19, 1e21])
    table["C"] *= np.tile(np.exp(np.linspace(-0.05, 0.05, 9)), 3)
    odd = pd.DataFrame({"N": [1e9, 2e9], "D": [1e9, 1e9], "loss": [3.0, 3.1], "C": [1e16, 2e22]})
    found = isoflops(pd.concat([table, odd], ignore_index=True))
    assert found.table["C"].to_numpy() == pytest.approx([1e19, 3e19, 1e21], rel=1e-6)
    assert found.left_out.index.tolist() == [27, 28]
    assert set(found.left_out["reason"]) == {"fewer than 3 sizes at this C"}
    assert "2 runs left out: fewer than 3 sizes at this C" in found.notes()
    assert "27 runs, 2 left out" in str(found)


def test_runs_far_from_a_named_budget_are_left_out_by_name():
    table = runs()
    found = isoflops(table, budgets=[1e19, 1.5e20, 1e21, 7e21])
    assert found.left_out.index.tolist() == list(range(9, 18))
    assert found.left_out["reason"].iloc[0] == "farther than 0.1 from every budget, as log C"
    assert found.table["status"].tolist() == ["minimum", "no runs", "minimum", "no runs"]
    assert "no minimum at 7e+21 FLOPs: no runs" in found.notes()


def test_runs_without_budgets_are_told_what_to_do():
    N = np.geomspace(1e8, 1e10, 30)
    with pytest.raises(ValueError, match=r"no budgets found \(30 runs: fewer.*budgets=.*law"):
        isoflops(N, 20 * N, LAW.loss(N, 20 * N))
    D = np.geomspace(1e10, 1.2e10, 30)
    with pytest.raises(ValueError, match="C runs on without a gap"):
        isoflops(N, D, LAW.loss(N, D), np.geomspace(1e19, 2e19, 30))


def test_one_budget_alone_has_its_minimum_and_no_slope():
    found = isoflops(runs([1e20]))
    assert found.table["N"][0] == pytest.approx(LAW.N_opt(1e20), rel=0.05)
    for ask in (lambda: found.a, lambda: found.b, lambda: found.D_fit):
        with pytest.raises(ValueError, match="one budget has no slope"):
            ask()
    assert "one budget has no slope" in str(found)


def test_a_line_through_two_points_has_no_interval():
    found = isoflops(runs([1e19, 1e21]))
    assert found.a == pytest.approx(LAW.a, abs=1e-9)
    with pytest.raises(ValueError, match=r"needs 3 budgets .* here are 2: what meets every point"):
        found.interval()
    with pytest.raises(ValueError, match="more than 3 runs, here are 0"):
        isoflops(runs(sizes=3)).interval()
    assert "no interval: an interval needs 3 budgets" in str(found)


def test_draws_that_lose_a_minimum_count_as_failed():
    noisy = isoflops(runs(sizes=5, noise=0.02, span=2.0))
    if (noisy.table["status"] == "minimum").all():
        with pytest.raises(ValueError, match="draws of the data gave no exponent"):
            noisy.interval(draws=100)
    found = isoflops(runs(sizes=9, noise=0.001)).interval("b", draws=50)
    assert found.resamples + found.left_out == 50
    assert found.low < LAW.b < found.high


def test_a_minimum_at_the_edge_is_the_end_of_the_sizes():
    table = runs()
    table["loss"] = LAW.loss(table["N"] / 1000, table["D"] * 1000)
    found = isoflops(table[table["C"] > 1e19])
    assert found.table["status"].tolist() == ["at the edge"] * 2
    assert found.table["N"].to_numpy() == pytest.approx(4 * LAW.N_opt(THREE[1:]))
    assert "parameters, train beyond" in found.notes()[0]


def test_the_lean_of_a_parabola_is_estimated():
    skew = LAW.with_values(alpha=0.465, beta=0.155)
    C = np.repeat(THREE, 15)
    N = skew.N_opt(C) * np.tile(np.geomspace(1 / 8, 8, 15), 3)
    found = isoflops(N, C / 6 / N, skew.loss(N, C / 6 / N))
    true = found.table["N"].to_numpy() / skew.N_opt(found.table["C"])
    assert (true > 1.1).all()
    assert found.table["lean"].to_numpy() == pytest.approx(true, rel=0.02)
    assert any(note.startswith("lean of the parabolas: their N are 1.1") for note in found.notes())
    assert (
        isoflops(N, C / 6 / N, skew.loss(N, C / 6 / N), curve="akima").table["lean"].isna().all()
    )


def test_it_prints_on_one_screen(monkeypatch):
    monkeypatch.setattr(IsoFlops, "interval", lambda _, exponent: f"some {exponent}")
    said = str(isoflops(runs(np.geomspace(1e18, 1e22, 12), sizes=5, noise=0.001)))
    lines = said.splitlines()
    assert len(lines) < 24
    assert max(map(len, lines[:20])) < 100
    assert "a = some a, runs drawn again" in lines
    assert IsoFlops.__repr__ is IsoFlops.__str__


def test_an_interval_is_of_a_thousand_draws_unless_told_otherwise():
    found = isoflops(runs(noise=0.001)).interval()
    assert found.resamples + found.left_out == 1000


def test_runs_in_one_and_columns_apart_are_the_same():
    table = runs(per_token=8.0)
    one = SimpleNamespace(**{name: table[name].to_numpy() for name in table})
    apart = isoflops(table["N"], table["D"], table["loss"], table["C"])
    pd.testing.assert_frame_equal(isoflops(one).table, apart.table)
    counted = isoflops(one, C=2 * table["C"].to_numpy()).table["C"]
    assert counted.to_numpy() == pytest.approx(2 * apart.table["C"])
    for wrong in (lambda: isoflops(table["N"], table["D"]), lambda: isoflops(one, D=one.D)):
        with pytest.raises(ValueError, match="takes N, D and loss of each run, or one Runs"):
            wrong()


@pytest.mark.parametrize("name", ["N", "D", "loss", "C"])
def test_hostile_columns_are_refused_by_name(name):
    good = {key: column.to_numpy() for key, column in runs().items()}
    masked = np.ma.masked_array(good[name], mask=good[name] < np.median(good[name]))
    for bad in (masked, -good[name], good[name].astype(str), good[name] * np.nan, []):
        with pytest.raises(ValueError, match=f"{name} "):
            isoflops(**(good | {name: bad}))
    with pytest.raises(ValueError, match=f"{name} has 3"):
        isoflops(**(good | {name: good[name][:3]}))
