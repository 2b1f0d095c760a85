"""Where the 4,500 starts of Hoffmann's grid end."""

from __future__ import annotations

import numpy as np
import pytest

from reanalysis import figure4
from reanalysis.refit import refit
from reanalysis.usual import (
    OPTIMUM,
    UsualFit,
    audit_repaired,
    hoffmann_grid,
    objective_at,
    optimiser_steps,
    refits_from,
)
from scaling_utils import datasets, published
from scaling_utils.fitting.resample import subset_range
from scaling_utils.laws import ChinchillaLaw

RUNS = figure4.points()
HOFFMANN = published.law("hoffmann2022/tex")
KEPT = datasets.load("hoffmann2022_figure4_starts")
SCALES = ("mean", "sum", "thousand")

N = np.repeat(np.geomspace(5e7, 1.6e10, 8), 5)
D = np.tile(np.geomspace(1e9, 3e11, 5), 8)
TRUTH = ChinchillaLaw(1.8172, 482.01, 2085.43, 0.3478, 0.3658)
LOSS = TRUTH.loss(N, D) * np.exp(np.random.default_rng(0).laplace(0, 0.004, N.size))


def test_the_grid_has_4500_different_starts_and_keeps_its_last_values() -> None:
    grid = hoffmann_grid()
    assert grid.shape == (5, 4500)
    assert np.unique(grid, axis=1).shape == (5, 4500)
    assert grid.max(axis=1).tolist() == [25.0, 25.0, 1.0, 2.0, 2.0]


@pytest.mark.parametrize(
    "law",
    [
        TRUTH,
        ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28),
        ChinchillaLaw(1.9, 500, 1500, 0.35, 0.35),
    ],
)
def test_every_repaired_start_recovers_a_known_law(law: ChinchillaLaw) -> None:
    noise = np.exp(np.random.default_rng(1).normal(0, 1e-7, N.size))
    audit = audit_repaired(N, D, law.loss(N, D) * noise)
    assert audit.shape == (4500,)
    assert audit.max() <= OPTIMUM


def test_every_repaired_start_ends_at_the_best_objective() -> None:
    assert audit_repaired(N, D, LOSS).max() <= 1e-9


def test_rounded_exponents_multiply_the_objective() -> None:
    data = RUNS["N"], RUNS["D"], RUNS["loss"]
    tex = objective_at(*data, [1.6934, 406.4, 410.7, 0.3392, 0.2849])
    printed = objective_at(*data, [1.69, 406.4, 410.7, 0.34, 0.28])
    assert refit().value < tex < printed
    assert printed > 3 * refit().value


def test_most_starts_die_if_they_are_left_as_they_are() -> None:
    """SciPy calls all of them a success; with the mean of the objective none arrives."""
    assert (KEPT[[f"{scale}_success" for scale in SCALES]] == 1).all(axis=None)
    assert (KEPT[[f"{scale}_dead" for scale in SCALES]].sum() > 3000).all()
    assert (KEPT["mean_excess"] > 0.08).all()
    arrived = KEPT[["sum_excess", "thousand_excess"]] <= OPTIMUM
    assert 0.05 < arrived["sum_excess"].mean() < arrived["thousand_excess"].mean() < 0.3
    assert not (arrived["sum_excess"] & (KEPT["sum_dead"] == 1)).any()


def test_kept_starts_are_what_scipy_gives_now() -> None:
    usual, every = UsualFit.of(RUNS), slice(None, None, 900)
    ends = [usual.minimise(start, 1.0).x for start in hoffmann_grid().T[every]]
    excess = np.array([usual.objective(p) for p in ends]) / refit().value - 1.0
    np.testing.assert_allclose(excess, KEPT["sum_excess"][every], rtol=0.02, atol=1e-3)


def test_the_usual_objective_and_gradient_are_those_of_the_solver() -> None:
    fit, usual = refit(), UsualFit.of(RUNS)
    law = fit.law
    p = np.array([np.log(law.A), np.log(law.B), np.log(law.E), law.alpha, law.beta])
    assert usual.objective(p) == pytest.approx(fit.value, rel=1e-9)
    at = p + np.array([0.1, -0.2, 0.05, 0.01, 0.02])
    steps = 1e-6 * np.eye(5)
    slopes = [(usual.objective(at + h) - usual.objective(at - h)) / 2e-6 for h in steps]
    np.testing.assert_allclose(usual.gradient(at), slopes, rtol=1e-4, atol=1e-9)


def test_the_mean_stops_early_and_a_thousandfold_sum_does_not() -> None:
    """The stop of the mean has the paper's recommendation and not its constants."""
    last = optimiser_steps(RUNS, [0, 0, -1, 0, 0], refit().value).groupby("scale").last()
    assert set(last["success"]) == {"True"}
    assert last.loc["mean", "excess"] == pytest.approx(0.083, abs=0.002)
    assert last.loc["mean", "a"] == pytest.approx(0.451, abs=0.001)
    assert last.loc["thousand", "excess"] < 1e-8
    # From this start the sum stops at the same place; only a thousand times the sum goes on.
    assert last.loc["sum", "a"] == pytest.approx(last.loc["mean", "a"], abs=1e-4)
    law = ChinchillaLaw(*last.loc["mean", ["E", "A", "B", "alpha", "beta"]].astype(float))
    assert float(law.N_opt(5.76e23)) == pytest.approx(float(HOFFMANN.N_opt(5.76e23)), rel=0.05)
    assert law.A > 2 * HOFFMANN.A
    assert law.B > 1.7 * HOFFMANN.B


def test_the_printed_width_comes_from_stopping_early() -> None:
    early = refits_from(HOFFMANN, RUNS, "mean", parts=30)
    assert float(np.diff(np.quantile(early, [0.1, 0.9]))[0]) < 0.002
    whole = subset_range(refit())
    assert 0.02 < whole.high - whole.low < 0.03
    # The same parts, scaled so that the optimiser goes on, spread as widely.
    full = refits_from(HOFFMANN, RUNS, "thousand", parts=30)
    assert float(np.diff(np.quantile(full, [0.1, 0.9]))[0]) > 0.015


def test_the_objective_is_huber_of_log_residuals() -> None:
    law = TRUTH.with_values(alpha=0.35)
    r = np.abs(np.log(law.loss(N, D) / LOSS))
    exact = np.where(r < 1e-3, 0.5 * r**2, 1e-3 * (r - 5e-4)).sum()
    found = objective_at(N, D, LOSS, list(law.constants().values()))
    assert found == pytest.approx(exact, rel=1e-10)
