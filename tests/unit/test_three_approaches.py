"""The three approaches on Figure 4's runs, and on runs whose truth is known."""

import numpy as np
import pytest

from scaling_utils import datasets, published
from scaling_utils.bootstrap.subsets import subset_range
from scaling_utils.fitting import fit_chinchilla
from scaling_utils.frontier import (
    isoflops,
    profiles_between,
    simulated_profiles,
    vertex_factor,
)
from scaling_utils.refit import refit, resamples
from scaling_utils.three_approaches import (
    ERROR,
    approach_1,
    approach_2,
    budgets,
    centred_on_llama_grid,
    on_llama_grid,
    simulated_exponents,
    training_curves,
)

TRUTH = published.law("hoffmann2022/tex")


@pytest.fixture(scope="module")
def simulated():
    return simulated_exponents(TRUTH, draws=60).groupby("approach")["a"]


def test_each_approach_finds_the_truth_without_error():
    found = simulated_exponents(TRUTH, error=0, draws=1).set_index("approach")["a"]
    assert found[1] == pytest.approx(TRUTH.a, abs=1e-3)
    assert found[3] == pytest.approx(TRUTH.a, abs=1e-8)
    # Figure 4's profiles are not centred on the best size, so Approach 2 is not exact on them.
    assert 0.01 < found[2] - TRUTH.a < 0.02


def test_with_errors_the_third_is_unbiased_and_the_narrowest(simulated):
    middle, spread = simulated.mean(), simulated.std()
    assert middle[3] == pytest.approx(TRUTH.a, abs=4 * spread[3] / np.sqrt(60))
    assert spread[3] < spread[2] < spread[1]
    assert middle[2] > TRUTH.a + 3 * spread[2] / np.sqrt(60)


def test_the_same_seed_gives_the_same_errors():
    first, second = (simulated_exponents(TRUTH, draws=2, seed=5)["a"] for _ in range(2))
    assert first.tolist() == second.tolist()
    assert simulated_exponents(TRUTH, draws=2, seed=6)["a"].tolist() != first.tolist()


def test_curves_are_off_by_no_more_than_the_error():
    exact, off = training_curves(TRUTH), training_curves(TRUTH, error=ERROR, seed=1)
    ratios = np.array([b.loss / a.loss for a, b in zip(exact, off, strict=True)])
    assert np.ptp(ratios, axis=1).max() < 1e-12
    assert np.abs(np.log(ratios)).max() <= ERROR
    assert np.unique(ratios[:, 0].round(9)).size == len(exact)


def test_best_sizes_of_the_first_lie_inside_the_sizes_that_were_trained():
    found = approach_1(TRUTH)
    assert len(found.table) == 1500
    assert not found.table["edge"].any()


def test_second_on_figure_4_has_nine_minima_and_agrees_with_the_refit():
    found = approach_2()
    assert len(found.table) == 9
    assert set(found.table["status"]) == {"minimum"}
    interval = resamples("runs").interval("a")
    assert interval.low < found.a < interval.high
    assert found.a + found.b == pytest.approx(1.0, abs=1e-9)
    np.testing.assert_allclose(found.table["C"], budgets(), rtol=0.07)


def test_subsets_are_half_as_wide_as_resamples():
    """80 % without replacement has a quarter of the variance of a bootstrap resample."""
    narrow, wide = subset_range(refit(), draws=200), resamples("runs").interval("a", 0.8)
    ratio = (narrow.high - narrow.low) / (wide.high - wide.low)
    assert ratio == pytest.approx(0.5, abs=0.1)
    assert narrow.failed == 0
    printed = published.constant("hoffmann2022/Approach 3", "a_high").value
    assert narrow.low > printed


def test_subsets_agree_with_separate_fits():
    problem = refit().problem
    keep = np.random.default_rng(3).choice(240, 192, replace=False)
    alone = fit_chinchilla(problem.N[keep], problem.D[keep], problem.loss[keep]).law.a
    found = subset_range(refit(), draws=1, seed=3)
    assert found.low == found.high == pytest.approx(alone, abs=1e-6)


@pytest.mark.parametrize("options", [{"draws": 0}, {"share": 0.01}, {"share": 1.5}])
def test_bad_subsets_are_refused(options):
    with pytest.raises(ValueError, match=r"runs: at least|share"):
        subset_range(refit(), **options)


@pytest.mark.parametrize("span", [4.0, 16.0])
@pytest.mark.parametrize("centre", [1.0, 1 / 3])
def test_simulated_profiles_have_the_bias_of_the_closed_form(span, centre):
    runs = simulated_profiles(TRUTH, budgets(), span=span, centre=centre)
    found = isoflops(runs["N"], runs["loss"], runs["C"], budgets())
    expected = vertex_factor(TRUTH.alpha, TRUTH.beta, span=span, sizes=15, centre=centre)
    np.testing.assert_allclose(found.table["N"], TRUTH.N_opt(budgets()) * expected, rtol=1e-6)
    assert found.a == pytest.approx(TRUTH.a, abs=1e-9)


def test_a_drifting_centre_biases_the_exponent():
    drift = np.geomspace(1, 1 / 3, 9)
    runs = simulated_profiles(TRUTH, budgets(), span=2, centre=drift)
    found = isoflops(runs["N"], runs["loss"], runs["C"], budgets())
    assert found.a < TRUTH.a - 1e-3


def test_profiles_between_given_ends():
    runs = profiles_between(TRUTH, [1e19, 1e20], [1e8, 2e8], [1e9, 4e9], [4, 6])
    assert runs.groupby("C")["N"].agg(["min", "max", "size"]).values.tolist() == [
        pytest.approx([1e8, 1e9, 4]),
        pytest.approx([2e8, 4e9, 6]),
    ]
    np.testing.assert_allclose(6 * runs["N"] * runs["D"], runs["C"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"span": 1.0}, "span must be above 1"),
        ({"sizes": 2}, "at least 3 sizes"),
        ({"centre": [1.0, 2.0]}, "centre"),
        ({"centre": -1.0}, "centre"),
    ],
)
def test_bad_profiles_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        simulated_profiles(TRUTH, budgets(), **options)


def test_llamas_grid_costs_little_for_even_exponents_and_much_for_uneven_ones():
    def error(law):
        return on_llama_grid(law).D_fit.predict(3.8e25) / law.D_opt(3.8e25) - 1

    even = centred_on_llama_grid(TRUTH, 0.35, 0.35)
    uneven = centred_on_llama_grid(TRUTH, 0.465, 0.155)
    grid = datasets.load("llama2024_isoflop_grid")
    middle = float(np.sqrt(grid["N_low"].astype(float) * grid["N_high"]).pipe(np.log).mean())
    for law in (even, uneven):
        at = float(np.exp(np.log(grid["C"]).mean()))
        assert float(law.N_opt(at)) == pytest.approx(np.exp(middle), rel=1e-9)
    assert abs(error(even)) < 0.02
    assert error(uneven) < -0.2
    assert abs(error(TRUTH)) < 0.02
