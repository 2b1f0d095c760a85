"""Residuals, leave-outs, likelihood ratios and held-out budgets."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from scaling_utils import datasets, published
from scaling_utils.figure4 import points
from scaling_utils.fitting.checks import (
    held_out,
    leave_out_highest,
    likelihood_ratio,
    log_likelihood,
    residuals_by_compute,
)
from scaling_utils.fitting.fit import fit_chinchilla
from scaling_utils.fitting.result import FitError
from scaling_utils.laws import ChinchillaLaw

TRUTH = ChinchillaLaw(1.8172, 482.01, 2085.43, 0.3478, 0.3658)
C = np.repeat([1e19, 1e20, 1e21, 1e22], 12)
N = TRUTH.N_opt(C) * np.tile(np.geomspace(1 / 8, 8, 12), 4)
D = C / 6 / N
Runs = tuple[np.ndarray, np.ndarray, np.ndarray]


def noisy(seed: int) -> np.ndarray:
    return TRUTH.loss(N, D) * np.exp(np.random.default_rng(seed).laplace(0, 0.003, N.size))


@pytest.fixture(scope="module")
def figure4() -> Runs:
    table = datasets.load("hoffmann2022_figure4_points")
    n, d, loss = table[["N", "D", "loss"]].to_numpy(dtype=float).T
    return n, d, loss


def test_the_highest_losses_move_the_exponent(figure4: Runs) -> None:
    """More than the standard error of about 0.02 between 0 and 5, and 5 and 20 left out."""
    table = leave_out_highest(*figure4)
    assert table["left_out"].tolist() == [0, 1, 5, 10, 20]
    assert table["runs"].tolist() == [245, 244, 240, 235, 225]
    assert table["a"].round(2).tolist() == [0.56, 0.54, 0.51, 0.51, 0.48]
    assert (table["status"] == "converged").all()
    assert not table["tie"].any()


def test_exactly_as_many_are_left_out_where_losses_tie() -> None:
    loss = noisy(0)
    order = np.argsort(-loss)
    loss[order[1]] = loss[order[0]]
    table = leave_out_highest(N, D, loss, counts=(1, 2))
    assert table["runs"].tolist() == [47, 46]
    assert table["tie"].tolist() == [True, False]


def test_a_leave_out_that_determines_nothing_has_no_numbers() -> None:
    table = leave_out_highest(N, D, noisy(0), counts=(44,))
    assert table["status"].tolist() == ["not identified"]
    assert table[["E", "a"]].isna().all(axis=None)
    with pytest.raises(ValueError, match="counts must lie between 0 and 47"):
        leave_out_highest(N, D, noisy(0), counts=(48,))


def test_the_published_law_against_the_refit(figure4: Runs) -> None:
    """Besiroglu et al. 2024, Table 2: 837.78 against 879.77 on 240 points, p of 1e-16.

    Their losses are read a little differently off the same colours, so only the size of the
    numbers is compared.
    """
    n, d, loss = figure4
    kept = np.sort(np.argsort(-loss)[5:])
    tex = ChinchillaLaw(1.6934, 406.4, 410.7, 0.3392, 0.2849, source="TeX")
    found = likelihood_ratio(n[kept], d[kept], loss[kept], tex)
    assert found.fitted == pytest.approx(879.8, abs=5)
    assert found.published == pytest.approx(837.8, abs=15)
    assert found.p < 1e-9
    assert found.against == "TeX"
    rounded = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)
    assert likelihood_ratio(n[kept], d[kept], loss[kept], rounded).log10_p < -100


def test_the_statistic_is_that_of_the_likelihoods() -> None:
    loss = noisy(1)
    for errors in ("laplace", "normal"):
        found = likelihood_ratio(N, D, loss, TRUTH, errors=errors)
        assert found.statistic == pytest.approx(2 * (found.fitted - found.published))
        assert found.statistic > 0
        assert found.p == pytest.approx(chi2.sf(found.statistic, 5))
        assert found.log10_p == pytest.approx(np.log10(found.p))


def test_the_fitted_law_has_the_highest_likelihood_nearby() -> None:
    loss = noisy(2)
    best = fit_chinchilla(N, D, loss, objective="absolute").law
    top = log_likelihood(N, D, loss, best)
    for name, value in best.constants().items():
        for factor in (0.999, 1.001):
            other = best.with_values(**{name: value * factor})
            assert log_likelihood(N, D, loss, other) < top


def test_the_true_law_is_rarely_rejected() -> None:
    p = [likelihood_ratio(N, D, noisy(k), TRUTH, errors="normal").p for k in range(12)]
    assert np.mean(np.array(p) < 0.01) <= 2 / 12


def test_an_exact_law_has_no_likelihood() -> None:
    with pytest.raises(ValueError, match="exactly"):
        log_likelihood(N, D, TRUTH.loss(N, D), TRUTH)


def test_residuals_by_compute_find_a_tilt() -> None:
    tilted = TRUTH.loss(N, D) * (C / 1e20) ** 0.002
    table = residuals_by_compute(N, D, tilted, TRUTH, bins=4)
    assert table["runs"].tolist() == [12] * 4
    assert table["C_low"].to_numpy() == pytest.approx([1e19, 1e20, 1e21, 1e22])
    assert table["mean"].to_numpy() == pytest.approx(-0.002 * np.log([0.1, 1, 10, 100]))
    assert (table["rms"] >= table["mean"].abs() - 1e-15).all()
    with pytest.raises(ValueError, match="bins must lie between"):
        residuals_by_compute(N, D, tilted, TRUTH, bins=49)


def test_largest_budgets_are_predicted() -> None:
    exact = held_out(N, D, TRUTH.loss(N, D), budgets=2)
    assert exact.largest_fitted == pytest.approx(1e20)
    assert len(exact.table) == 24
    assert exact.rms_error < 1e-7
    other = held_out(N, D, noisy(3))
    assert 0 < other.rms_error < 0.03
    assert abs(other.table["log_error"].mean()) <= other.rms_error


def test_what_is_left_must_determine_a_law() -> None:
    with pytest.raises(FitError, match="same compute budget"):
        _ = held_out(N, D, noisy(0), budgets=3).fit
    with pytest.raises(ValueError, match="budgets must lie between 1 and 3"):
        held_out(N, D, noisy(0), budgets=4)


@pytest.mark.parametrize("column", ["loss_low", "loss", "loss_high"])
def test_up_to_a_factor_it_does_not_matter_which_end_of_a_colour_is_read(column: str) -> None:
    runs = points()
    for name, p in (("hoffmann2022/tex", 8.71e-12), ("besiroglu2024", 0.940)):
        law = published.law(name)
        found = likelihood_ratio(runs["N"], runs["D"], runs[column], law, free_factor=True)
        assert found.freedom == 4
        assert found.p == pytest.approx(p, rel=1e-3)
