"""The best sizes at equal compute, against laws whose answer is known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated import simulated_study, simulated_tables

from experiments.analysis.best_sizes import best_sizes
from experiments.analysis.counts import parameters
from experiments.analysis.seed_draws import Drawn
from experiments.analysis.slices import STATUS, slices, vertices
from experiments.analysis.study import Study, StudyError
from scaling_utils.laws import ChinchillaLaw

EVEN = ChinchillaLaw(1.0, 20.0, 60.0, 0.34, 0.34)
SKEWED = ChinchillaLaw(1.0, 20.0, 60.0, 0.38, 0.30)
BUDGETS = [3e11, 1e12, 3e12, 1e13]
ALL = "all parameters"


def found_sizes(law, budgets=BUDGETS, *, compute="6ND", resamples=200, counting=ALL, **world):
    drawn = Drawn.of(simulated_study(law, counting=ALL, **world), resamples)
    return best_sizes(drawn, counting, budgets, compute=compute, first=1.0)


@given(st.floats(8.0, 12.0), st.floats(0.01, 1.0), st.floats(-3.0, 3.0), st.integers(5, 11))
def test_a_parabola_is_found_exactly_or_its_minimum_is_at_an_edge(centre, bend, height, sizes):
    x = np.linspace(8.0, 12.0, sizes)
    found = vertices(x, height + 0.5 * bend * (x - np.array([[centre]])) ** 2)
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
        alone = vertices(x, row[np.newaxis])
        assert alone.status[0] == together.status[k]
        np.testing.assert_allclose(alone.log_N[0], together.log_N[k], rtol=1e-9)


def test_few_sizes_and_hollow_profiles_are_told_apart():
    x = np.arange(6.0)
    few = np.array([1.0, np.nan, 0.9, 0.8, np.nan, 1.0])
    hollow = np.array([1.0, 1.2, 0.99, 1.2, 1.0, 0.98])
    said = [STATUS[k] for k in vertices(x, np.stack([few, hollow])).status]
    assert said == ["too few sizes", "not convex"]


def test_the_exponent_of_an_even_law_comes_back():
    found = found_sizes(EVEN)
    assert set(found.status.values()) == {"minimum"}
    assert found.a[0] == pytest.approx(EVEN.a, abs=0.002)
    assert found.a[0] + found.b[0] == pytest.approx(1.0, abs=1e-9)
    table = found.table()
    np.testing.assert_allclose(table["N"], EVEN.N_opt(table["C"]), rtol=0.02)
    np.testing.assert_allclose(table["loss"], EVEN.loss_at(table["C"]), rtol=2e-3)
    np.testing.assert_allclose(table["bytes_per_parameter"], table["D"] / table["N"])
    np.testing.assert_allclose(6 * table["N"] * table["D"], table["C"])
    N, D = found.lines(found.cut.C)
    np.testing.assert_allclose([N, D], [table["N"], table["D"]], rtol=0.02)


def test_the_exponent_of_a_skewed_law_comes_back_within_the_bias_of_a_parabola():
    assert found_sizes(SKEWED).a[0] == pytest.approx(SKEWED.a, abs=0.015)


def test_leaving_parameters_out_of_the_count_raises_the_exponent():
    """The result of Pearce and Song 2024: small models, embeddings left out of N."""
    budgets = [1e12, 2e12, 4e12]
    assert found_sizes(EVEN, budgets, counting="without embeddings").a[0] > EVEN.a + 0.02


def test_exact_compute_gives_the_bytes_of_that_compute():
    found = found_sizes(EVEN, BUDGETS[:3], compute="exact")
    table, cut = found.table(), found.cut
    cost = table["C"] / table["D"]
    assert ((cost > cut.cost.min()) & (cost < cut.cost.max())).all()
    # Here the embeddings cost nothing, so more bytes than by 6 N D.
    assert (table["D"] > table["C"] / 6 / table["N"]).all()


def test_the_interval_is_the_scatter_of_studies_with_one_seed():
    widths, single = [], []
    for k in range(30):
        inside = found_sizes(EVEN, noise=0.01, wiggle=0.003, seeds=4, seed=k).interval("a", 0.9)
        widths.append(inside.high - inside.low)
        single.append(found_sizes(EVEN, noise=0.01, wiggle=0.003, seeds=1, seed=k).a[0])
    # One of four runs drawn: less by the square root of 3/4 than one of all there could be.
    assert np.mean(widths) / 2 / 1.645 == pytest.approx(np.sqrt(3 / 4) * np.std(single), rel=0.3)


def test_an_edge_never_enters_an_exponent():
    world = {"widths": (8, 12, 16, 24, 32, 40), "longest": 1e12}
    found = found_sizes(EVEN, [3e9, 3e10, 6e10, 1e11, 3e12], **world)
    assert found.status[3e12] == "at the edge"
    assert 3 <= found.cut.C.size < 5
    assert found.cut.C.size == list(found.status.values()).count("minimum")
    assert len(found.parabolas()) == 41 * found.cut.C.size
    runs = found.runs().groupby("C")["N"].agg(["min", "max"]).to_numpy()
    np.testing.assert_allclose(runs.T, found.taken)


def test_two_interior_minima_give_no_exponent():
    with pytest.raises(StudyError, match="2 of 3 budgets have a minimum"):
        found_sizes(EVEN, [1e12, 3e12, 1e17])


def test_no_curve_is_extrapolated():
    study = simulated_study(EVEN, longest=1e6, counting=ALL)
    table = slices(study, BUDGETS, counting=ALL).table()
    assert table["D"].max() <= 1e6 * (1 + 1e-9)
    assert len(table) < len(study.runs) * 4


def test_leaving_one_budget_out_gives_a_range_around_the_exponent():
    found = found_sizes(EVEN, noise=0.01)
    low, high = found.budget_range()
    assert low < found.a[0] < high
    left = found_sizes(EVEN, BUDGETS[1:], noise=0.01).a[0]
    assert low - 1e-12 <= left <= high + 1e-12


def test_the_table_holds_intervals_around_the_minima():
    found = found_sizes(EVEN, noise=0.01)
    table = found.table()
    for name in ("N", "D", "bytes_per_parameter", "loss"):
        assert (table[f"{name}_low"] < table[f"{name}_high"]).all()
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
