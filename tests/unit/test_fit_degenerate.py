"""Runs that cannot determine the law end in a status that says so, never in a silent number."""

from __future__ import annotations

import numpy as np
import pytest

from scaling_utils.fitting.fit import fit_chinchilla
from scaling_utils.fitting.points import design, groups
from scaling_utils.fitting.result import FitError, separable
from scaling_utils.laws import ChinchillaLaw

TRUTH = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)
N = np.repeat(np.geomspace(1e8, 1e10, 7), 6)
D = np.tile(np.geomspace(3e9, 3e11, 6), 7)
ALONG = np.geomspace(1e8, 1e10, 40)
SPREADS = [0.0, 0.003]


def observed(
    n: np.ndarray, d: np.ndarray, spread: float, law: ChinchillaLaw = TRUTH
) -> np.ndarray:
    return law.loss(n, d) * np.exp(np.random.default_rng(1).normal(0, 1, len(n)) * spread)


def refused(n: np.ndarray, d: np.ndarray, loss: np.ndarray, why: str) -> None:
    fit = fit_chinchilla(n, d, loss)
    assert fit.status == "not identified"
    assert why in fit.message
    with pytest.raises(FitError, match="not identified"):
        _ = fit.law
    assert "not identified" in fit._repr_html_()


@pytest.mark.parametrize("spread", SPREADS)
def test_one_size(spread: float) -> None:
    d = np.geomspace(1e9, 1e12, 20)
    n = np.full(20, 1e9)
    refused(n, d, observed(n, d, spread), "only one model size")


@pytest.mark.parametrize("spread", SPREADS)
def test_one_size_read_from_a_figure(spread: float) -> None:
    d = np.geomspace(1e9, 1e12, 20)
    n = 1e9 * (1 + np.linspace(-0.004, 0.004, 20))
    refused(n, d, observed(n, d, spread), "only one model size")


def test_two_sizes_and_two_amounts_of_data() -> None:
    n = np.where(N > 1e9, 3e9, 1e9)
    refused(n, D, observed(n, D, 0.0), "2 model sizes")
    d = np.where(D > 3e10, 1e11, 1e10)
    refused(N, d, observed(N, d, 0.0), "2 amounts of data")


@pytest.mark.parametrize("spread", SPREADS)
def test_one_budget(spread: float) -> None:
    d = 1e20 / 6 / ALONG
    refused(ALONG, d, observed(ALONG, d, spread), "same compute budget")


def test_two_points_and_five_points() -> None:
    refused(N[:2], D[:2], observed(N[:2], D[:2], 0.0), "2 different runs")
    n, d = ALONG[:5], 20 * ALONG[4::-1]
    refused(n, d, observed(n, d, 0.0), "at least 6")


def test_duplicates_are_not_new_runs() -> None:
    n, d = np.tile(ALONG[:4], 10), np.tile(30 * ALONG[3::-1], 10)
    refused(n, d, observed(n, d, 0.0), "4 different runs")


def test_duplicated_runs_give_the_same_law() -> None:
    loss = observed(N, D, 0.003)
    once = fit_chinchilla(N, D, loss)
    twice = fit_chinchilla(np.tile(N, 2), np.tile(D, 2), np.tile(loss, 2))
    assert twice.status == once.status == "converged"
    assert twice.law.a == pytest.approx(once.law.a, rel=1e-8)
    assert twice.value == pytest.approx(2 * once.value, rel=1e-12)


def test_runs_without_weight_do_not_count() -> None:
    weights = (N[0] == N).astype(float)
    fit = fit_chinchilla(N, D, observed(N, D, 0.0), weights=weights)
    assert "only one model size" in fit.message


@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize("beta", [0.28, 0.34])
def test_one_ratio_of_data_to_size(spread: float, beta: float) -> None:
    """With D = 20 N both terms fall along one line."""
    law = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, beta)
    refused(ALONG, 20 * ALONG, observed(ALONG, 20 * ALONG, spread, law), "20 tokens a parameter")


@pytest.mark.parametrize("spread", SPREADS)
def test_equal_exponents_are_no_problem(spread: float) -> None:
    law = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.34)
    fit = fit_chinchilla(N, D, observed(N, D, spread, law))
    assert fit.status == "converged"
    assert fit.law.a == pytest.approx(0.5, abs=1e-6 if spread == 0 else 0.05)


def test_an_outlier_at_ten_times_is_survived_and_named() -> None:
    loss = observed(N, D, 0.003)
    clean = fit_chinchilla(N, D, loss)
    loss[5] *= 10
    fit = fit_chinchilla(N, D, loss)
    assert fit.status == "converged"
    assert "index 5" in " ".join(fit.notes)
    assert fit.law.a == pytest.approx(clean.law.a, abs=0.03)
    spoilt = fit_chinchilla(N, D, loss, objective="log squares")
    assert spoilt.status != "converged" or abs(spoilt.law.a - clean.law.a) > 0.05


def test_no_irreducible_loss_is_a_bound() -> None:
    law = ChinchillaLaw(0, 40.4, 41.7, 0.15, 0.14)
    fit = fit_chinchilla(N, D, law.loss(N, D))
    assert fit.status == "at a bound"
    assert "E is zero" in fit.message
    assert fit.law.E == 0
    assert fit.law.alpha == pytest.approx(0.15, rel=1e-6)
    assert fit.law.beta == pytest.approx(0.14, rel=1e-6)


def test_noise_about_no_irreducible_loss_ends_at_the_bound_or_near_it() -> None:
    law = ChinchillaLaw(0, 40.4, 41.7, 0.15, 0.14)
    found = []
    for seed in range(4):
        noise = np.exp(np.random.default_rng(seed).normal(0, 0.003, N.size))
        fit = fit_chinchilla(N, D, law.loss(N, D) * noise)
        found.append(fit.status)
        assert fit.candidate is not None
        assert fit.candidate.E < 0.5
    assert found.count("at a bound") >= 1
    assert set(found) <= {"at a bound", "converged", "not identified"}


@pytest.mark.parametrize("spread", SPREADS)
def test_losses_that_do_not_depend_on_size(spread: float) -> None:
    noise = np.exp(np.random.default_rng(1).normal(0, 1, N.size) * spread)
    refused(N, D, (1.7 + 410 * D**-0.28) * noise, "the runs ")


@pytest.mark.parametrize("spread", SPREADS)
def test_losses_that_are_all_the_same_or_rise(spread: float) -> None:
    noise = np.exp(np.random.default_rng(2).normal(0, 1, N.size) * spread)
    refused(N, D, 2.0 * noise, "the runs ")
    refused(N, D, TRUTH.loss(1e17 / N, D) * noise, "the runs ")


def test_noise_that_drowns_the_law() -> None:
    loss = TRUTH.loss(N, D) * np.exp(np.random.default_rng(3).normal(0, 0.3, N.size))
    fit = fit_chinchilla(N, D, loss)
    assert fit.status in {"not identified", "at a bound"}


def test_two_minima_are_reported() -> None:
    """Least absolute deviations of 16 noisy runs: two laws, 0.06 % apart."""
    truth = ChinchillaLaw(1.8172, 482.01, 2085.43, 0.3478, 0.3658)
    n, d = np.repeat(np.geomspace(5e7, 1.6e10, 4), 4), np.tile(np.geomspace(1e9, 3e11, 4), 4)
    noise = np.random.default_rng(112).laplace(0, 0.01, 16)
    fit = fit_chinchilla(n, d, truth.loss(n, d) * np.exp(noise), objective="absolute")
    assert fit.status == "two minima"
    assert "% higher" in fit.message
    value, rival = fit.minima[0]
    assert fit.value <= value <= 1.01 * fit.value
    for law, known in ((fit.law, fit.value), (rival, value)):
        r = np.log(law.loss(n, d) / truth.loss(n, d)) - noise
        assert np.abs(r).sum() == pytest.approx(known, rel=1e-6)
        assert (np.abs(r) < 1e-8).sum() == 5
    assert max(abs(rival.alpha - fit.law.alpha), abs(rival.beta - fit.law.beta)) > 1e-3


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"N": np.array([1e9, np.nan])}, "N must be finite"),
        ({"D": np.array([1e9, -1.0])}, "D must be positive"),
        ({"loss": np.array([2.0, 0.0])}, "loss must be positive"),
        ({"loss": np.array([2.0, 2.0, 2.0])}, "same length"),
        ({"objective": "mse"}, "objective 'mse' is not known"),
        ({"delta": 0.0}, "delta must be positive"),
        ({"weights": [1.0, -1.0]}, "weights must not be negative"),
        ({"weights": [0.0, 0.0]}, "at least one must be positive"),
        ({"loss_low": [1.0, 1.0]}, "both loss_low and loss_high"),
        ({"loss_low": [2.5, 1.0], "loss_high": [3.0, 3.0]}, "index 0"),
    ],
)
def test_bad_input_is_refused(change: dict[str, object], why: str) -> None:
    runs = {"N": [1e9, 2e9], "D": [1e10, 2e10], "loss": [2.0, 2.1]} | change
    with pytest.raises(ValueError, match=why):
        fit_chinchilla(**runs)


def test_groups_do_not_chain() -> None:
    """Values 0.9 % apart over a decade are many groups, not one."""
    values = 1.009 ** np.arange(260)
    assert groups(values, 0.01).max() + 1 == 130
    assert groups(values[::-1], 0.01).max() + 1 == 130


def test_a_thin_design_is_noted() -> None:
    C = np.repeat([1e19, 1e21], 20)
    n = np.tile(np.geomspace(1e8, 3e9, 20), 2)
    fit = fit_chinchilla(n, C / 6 / n, TRUTH.loss(n, C / 6 / n))
    assert fit.status == "converged"
    assert fit.notes == ("the runs have only 2 budgets",)
    assert design(n, C / 6 / n)["budget"] == 2


def test_rough_errors_of_exchangeable_constants_are_infinite() -> None:
    column = np.linspace(0, 1, 9)
    same = np.stack([column, column], axis=1)
    condition, errors = separable(same, np.ones(9), column)
    assert condition > 1e12
    assert np.isinf(errors).all()
    assert separable(np.eye(3), np.ones(3), np.ones(3))[0] == pytest.approx(1.0)


def test_rough_errors_are_those_of_least_squares() -> None:
    """Weights count only by their ratios, and columns by their own scale."""
    rng = np.random.default_rng(0)
    slopes, r, weights = (
        rng.normal(0, (1, 30, 400), (40, 3)),
        rng.normal(0, 2, 40),
        rng.uniform(1, 3, 40),
    )
    inverse = np.linalg.inv((slopes.T * weights / weights.mean()) @ slopes)
    spread = 1.4826 * np.median(np.abs(r)) * np.sqrt(40 / 37)
    assert separable(slopes, weights, r)[1] == pytest.approx(spread * np.sqrt(np.diag(inverse)))
