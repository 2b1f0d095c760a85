"""IsoFLOP minima and the exponents through them, against laws whose answer is known."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.analysis import (
    Study,
    allocation,
    minima,
    parameters,
    simulated_study,
    simulated_tables,
    slices,
    vertices,
)
from experiments.analysis.allocation import masked_slope
from experiments.analysis.parabola import STATUS
from scaling_utils.frontier import isoflops
from scaling_utils.laws import ChinchillaLaw

EVEN = ChinchillaLaw(1.0, 20.0, 60.0, 0.34, 0.34)
SKEWED = ChinchillaLaw(1.0, 20.0, 60.0, 0.38, 0.30)
BUDGETS = [3e11, 1e12, 3e12, 1e13]
ALL = "all parameters"


def found_allocation(law, budgets=BUDGETS, *, compute="6ND", resamples=200, counting=ALL, **world):
    study = simulated_study(law, counting=ALL, **world)
    cut = slices(study, budgets, counting=counting, compute=compute)
    return allocation(minima(cut), resamples=resamples)


@given(st.floats(8.0, 12.0), st.floats(0.01, 1.0), st.floats(-3.0, 3.0), st.integers(5, 11))
def test_a_parabola_is_found_exactly_or_its_minimum_is_at_an_edge(centre, bend, height, sizes):
    x = np.linspace(8.0, 12.0, sizes)
    found = vertices(x, height + 0.5 * bend * (x - centre) ** 2)
    lowest = np.argmin((x - centre) ** 2)
    assert found.log_N[0] == pytest.approx(centre, abs=1e-6)
    assert found.curvature[0] == pytest.approx(bend, rel=1e-6)
    expected = "minimum" if 0 < lowest < sizes - 1 else "at the edge"
    assert STATUS[found.status[0]] == expected


def test_profiles_together_give_what_each_gives_alone():
    rng = np.random.default_rng(0)
    x = np.sort(rng.uniform(7, 15, 12))
    profiles = 1 + 0.04 * (x - rng.uniform(8, 14, (40, 1))) ** 2 + rng.normal(0, 0.02, (40, 12))
    profiles[rng.random((40, 12)) < 0.1] = np.nan
    together = vertices(x, profiles)
    for k, row in enumerate(profiles):
        alone = vertices(x, row)
        assert alone.status[0] == together.status[k]
        np.testing.assert_allclose(alone.log_N[0], together.log_N[k], rtol=1e-9)


def test_few_sizes_hollow_profiles_and_bad_options_are_told_apart():
    x = np.arange(6.0)
    few = np.array([1.0, np.nan, 0.9, 0.8, np.nan, 1.0])
    hollow = np.array([1.0, 1.2, 0.99, 1.2, 1.0, 0.98])
    said = [STATUS[k] for k in vertices(x, np.stack([few, hollow])).status]
    assert said == ["too few sizes", "not convex"]
    with pytest.raises(ValueError, match="sizes must rise"):
        vertices(x[::-1], few)
    with pytest.raises(ValueError, match="fewest at least 3"):
        vertices(x, few, fewest=2)


def test_the_window_holds_the_sizes_within_it_or_the_nearest_five():
    x = np.log(np.geomspace(1e3, 1e3 * 2.0**14, 15))
    loss = 1 + 0.05 * (x - x[7]) ** 2
    default, wide = vertices(x, loss), vertices(x, loss, window=np.log(20.0))
    narrow = vertices(x, loss, window=0.1)
    assert [(v.first[0], v.last[0]) for v in (default, wide, narrow)] == [(5, 9), (3, 11), (5, 9)]


def test_it_agrees_with_the_published_approach_2_where_all_sizes_are_taken():
    study = simulated_study(EVEN, noise=0.01, counting=ALL)
    cut = slices(study, BUDGETS, counting=ALL)
    found = minima(cut, window=100.0)
    mean = cut.profiles()[0]
    size, budget = np.nonzero(np.isfinite(mean))
    other = isoflops(cut.N[size], mean[size, budget], cut.C[budget], BUDGETS)
    np.testing.assert_allclose(found.table["N"], other.table["N"], rtol=1e-8)
    assert allocation(found, resamples=1).a == pytest.approx(other.a, rel=1e-9)


def test_the_exponent_of_an_even_law_comes_back():
    found = found_allocation(EVEN)
    assert found.status == "ok"
    assert found.a == pytest.approx(EVEN.a, abs=0.002)
    assert found.a + found.b == pytest.approx(1.0, abs=1e-9)
    table = found.minima.table
    np.testing.assert_allclose(table["N"], EVEN.N_opt(table["C"]), rtol=0.02)
    np.testing.assert_allclose(table["loss"], EVEN.loss_at(table["C"]), rtol=2e-3)
    np.testing.assert_allclose(table["bytes_per_parameter"], table["D"] / table["N"])
    np.testing.assert_allclose(6 * table["N"] * table["D"], table["C"])


def test_the_exponent_of_a_skewed_law_comes_back_within_the_bias_of_a_parabola():
    assert found_allocation(SKEWED).a == pytest.approx(SKEWED.a, abs=0.015)


def test_leaving_parameters_out_of_the_count_raises_the_exponent():
    """The result of Pearce and Song 2024: small models, embeddings left out of N."""
    budgets = [1e12, 2e12, 4e12]
    assert found_allocation(EVEN, budgets, counting="without embeddings").a > EVEN.a + 0.02


def test_exact_compute_gives_the_bytes_of_that_compute():
    found = found_allocation(EVEN, BUDGETS[:3], compute="exact")
    table = found.minima.table
    cut = found.minima.slices
    cost = table["C"] / table["D"]
    assert ((cost > cut.cost.min()) & (cost < cut.cost.max())).all()
    # Here the embeddings cost nothing, so more bytes than by 6 N D.
    assert (table["D"] > table["C"] / 6 / table["N"]).all()


@pytest.mark.parametrize(("seeds", "least"), [(2, 0.72), (3, 0.8)])
def test_the_interval_over_seeds_holds_the_truth_about_as_often_as_it_says(seeds, least):
    """90 %: thirty studies, so the share has a standard error of 5 %."""
    held, estimates, widths = [], [], []
    for k in range(30):
        found = found_allocation(EVEN, noise=0.01, wiggle=0.003, seeds=seeds, seed=k)
        inside = found.interval("a", 0.9)
        held.append(inside.low <= EVEN.a <= inside.high)
        estimates.append(found.a)
        widths.append(inside.high - inside.low)
    assert least <= np.mean(held) < 1.0
    assert np.mean(widths) / 2 / 1.645 == pytest.approx(np.std(estimates), rel=0.4)


def test_an_edge_never_enters_an_exponent():
    widths = (8, 12, 16, 24, 32, 40)
    study = simulated_study(EVEN, widths=widths, longest=1e12, counting=ALL)
    found = minima(slices(study, [3e9, 3e10, 1e11, 3e12], counting=ALL))
    assert found.table["status"].tolist()[-1] == "at the edge"
    assert found.table["N"].isna().tolist()[-1]
    assert found.status == "edges"
    assert any("at the edge" in note for note in found.notes)
    fit = allocation(found, resamples=50)
    assert fit.points == found.interior.sum() < 4
    assert fit.N_fit.points == fit.points
    assert len(found.parabolas()) == 41 * fit.points


def test_one_interior_minimum_gives_no_exponent():
    study = simulated_study(EVEN, counting=ALL)
    found = minima(slices(study, [1e12, 1e17], counting=ALL))
    with pytest.raises(ValueError, match="only 1 of 2 budgets"):
        allocation(found)
    assert minima(slices(study, [1e17], counting=ALL)).status == "no interior minimum"


def test_no_curve_is_extrapolated():
    study = simulated_study(EVEN, longest=1e6, counting=ALL)
    table = slices(study, BUDGETS, counting=ALL).table()
    assert table["D"].max() <= 1e6 * (1 + 1e-9)
    assert len(table) < len(study.runs) * 4


def test_diverged_runs_are_left_out_and_counted_to_the_end():
    found = found_allocation(EVEN, diverged=2, noise=0.01)
    assert found.left_out == found.minima.left_out == 2
    said = found.to_dict()
    assert said["left_out"] == 2
    assert "2 runs are left out" in found._repr_html_()
    assert "sizes with one seed: 1" in " ".join(said["notes"])


def test_with_one_seed_each_there_is_no_interval():
    found = found_allocation(EVEN, seeds=1, noise=0.01)
    assert found.status.startswith("no interval")


def test_leaving_one_budget_out_gives_a_range_around_the_exponent():
    found = found_allocation(EVEN, noise=0.01)
    low, high = found.budget_range("a")
    assert low < found.a < high
    assert len(found.leave_one_out) == found.points == 4
    two = found_allocation(EVEN, [1e12, 3e12])
    assert two.status == "only two budgets"
    assert np.isnan(two.budget_range()).all()


def test_the_table_holds_intervals_around_the_minima_and_is_json():
    found = found_allocation(EVEN, noise=0.01)
    table = found.table()
    for name in ("N", "D", "bytes_per_parameter", "loss"):
        assert (table[f"{name}_low"] < table[f"{name}_high"]).all()
    assert (table["no_minimum"] == 0).all()
    assert set(json.loads(json.dumps(found.to_dict()))["numbers"]) == {"a", "b", "b - a"}
    with pytest.raises(ValueError, match="name 'c' is not known"):
        found.interval("c")


def test_two_sizes_of_one_count_are_refused():
    runs, curves = simulated_tables(EVEN, widths=(8, 16, 32), seeds=1)
    twin = runs[runs["width"] == 16].assign(run="twin", layers=4)
    own = curves[curves["run"] == "d16-s0"].assign(run="twin")
    study = Study.of(
        pd.concat([runs, twin], ignore_index=True), pd.concat([curves, own], ignore_index=True)
    )
    assert len(study.sizes) == 4
    assert len(np.unique(parameters(study.runs))) == 3
    with pytest.raises(ValueError, match="two sizes of the study have the same N"):
        slices(study, [1e12])


def test_slopes_of_rows_with_gaps():
    x, rng = np.arange(5.0), np.random.default_rng(0)
    y = rng.normal(size=(20, 5))
    y[rng.random((20, 5)) < 0.3] = np.nan
    for row, slope in zip(y, masked_slope(x, y), strict=True):
        there = np.isfinite(row)
        if there.sum() > 1:
            assert slope == pytest.approx(np.polyfit(x[there], row[there], 1)[0])
        else:
            assert np.isnan(slope)
