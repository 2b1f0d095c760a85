"""Residuals, leave-outs, likelihood ratios and held-out budgets."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from reanalysis.checks import (
    likelihood_ratio,
    log_likelihood,
    residuals_by_compute,
)
from reanalysis.figure4 import points
from reanalysis.refit import refit_with
from scaling_utils import datasets, published
from scaling_utils.fitting.fit import fit_chinchilla
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


def test_the_highest_losses_move_the_exponent() -> None:
    """More than the standard error of about 0.02 between 0 and 5, and 5 and 20 left out."""
    fits = [refit_with(outliers=count).fit for count in (0, 1, 5, 10, 20)]
    assert [fit.problem.N.size for fit in fits] == [245, 244, 240, 235, 225]
    assert [round(fit.law.a, 2) for fit in fits] == [0.56, 0.54, 0.51, 0.51, 0.48]
    assert {fit.status for fit in fits} == {"converged"}


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
    rounded = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)
    assert likelihood_ratio(n[kept], d[kept], loss[kept], rounded).log10_p < -100


def test_the_statistic_is_that_of_the_likelihoods() -> None:
    loss = noisy(1)
    found = likelihood_ratio(N, D, loss, TRUTH)
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
    p = [likelihood_ratio(N, D, noisy(k), TRUTH).p for k in range(12)]
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


@pytest.mark.parametrize("column", ["loss_low", "loss", "loss_high"])
def test_up_to_a_factor_it_does_not_matter_which_end_of_a_colour_is_read(column: str) -> None:
    runs = points()
    for name, p in (("hoffmann2022/tex", 8.71e-12), ("besiroglu2024", 0.940)):
        law = published.law(name)
        found = likelihood_ratio(runs["N"], runs["D"], runs[column], law, free_factor=True)
        assert found.freedom == 4
        assert found.p == pytest.approx(p, rel=1e-3)
