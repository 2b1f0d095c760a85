"""fit_chinchilla: recovery, objectives, known numbers, invariances."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from scaling_utils import datasets
from scaling_utils.fitting.fit import fit_chinchilla
from scaling_utils.fitting.result import OBJECTIVES, LawFit
from scaling_utils.laws import ChinchillaLaw

TRUTH = ChinchillaLaw(1.8172, 482.01, 2085.43, 0.3478, 0.3658)
N = np.repeat(np.geomspace(5e7, 1.6e10, 8), 6)
D = np.tile(np.geomspace(1e9, 3e11, 6), 8)


def noisy(seed: int, spread: float = 0.004) -> np.ndarray:
    return TRUTH.loss(N, D) * np.exp(np.random.default_rng(seed).laplace(0, spread, N.size))


def constants(law: ChinchillaLaw) -> list[float]:
    return list(law.constants().values())


@pytest.fixture(scope="module")
def figure4() -> dict[str, np.ndarray]:
    """The digitised points without the five highest losses."""
    table = datasets.load("hoffmann2022_figure4_points")
    kept = table[table["outlier_rule"] == ""]
    return {name: kept[name].to_numpy(dtype=float) for name in ("N", "N_read", "C", "D", "loss")}


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("beta", [0.28, 0.3478])
def test_exact_losses_give_the_law_back(objective: str, beta: float) -> None:
    truth = ChinchillaLaw(1.69, 406.4, 410.7, 0.3478, beta)
    fit = fit_chinchilla(N, D, truth.loss(N, D), objective=objective)
    assert fit.status == "converged"
    assert constants(fit.law) == pytest.approx(constants(truth), rel=1e-6)
    assert fit.starts_agreed >= 0.9 * fit.starts


@pytest.mark.parametrize("objective", ["huber", "log squares"])
def test_no_step_of_another_optimiser_goes_lower(objective: str) -> None:
    loss = noisy(0)
    fit = fit_chinchilla(N, D, loss, objective=objective)

    def value(p: np.ndarray) -> float:
        fitted = np.exp(p[0] - p[3] * np.log(N)) + np.exp(p[1] - p[4] * np.log(D)) + np.exp(p[2])
        r = np.abs(np.log(fitted / loss))
        if objective == "log squares":
            return float(0.5 * (r**2).sum())
        return float(np.where(r < 1e-3, 0.5 * r**2, 1e-3 * (r - 5e-4)).sum())

    law = fit.law
    at = np.array([np.log(law.A), np.log(law.B), np.log(law.E), law.alpha, law.beta])
    assert fit.value == pytest.approx(value(at), rel=1e-9)
    simplex = at + np.vstack([np.zeros(5), 1e-3 * np.eye(5)])
    options = {"initial_simplex": simplex, "maxfev": 1500, "xatol": 1e-12, "fatol": 1e-18}
    other = minimize(value, at, method="Nelder-Mead", options=options)
    assert other.fun >= fit.value * (1 - 1e-9)


def test_huber_lies_between_its_limits() -> None:
    loss = noisy(1)
    wide = fit_chinchilla(N, D, loss, delta=10.0).law
    squares = fit_chinchilla(N, D, loss, objective="log squares").law
    narrow = fit_chinchilla(N, D, loss, delta=1e-7).law
    absolute = fit_chinchilla(N, D, loss, objective="absolute").law
    assert constants(wide) == pytest.approx(constants(squares), rel=1e-7)
    assert constants(narrow) == pytest.approx(constants(absolute), rel=1e-4)
    assert abs(squares.a - absolute.a) > 1e-4


def test_the_digitised_figure(figure4: dict[str, np.ndarray]) -> None:
    """Close to what Besiroglu et al. 2024 find on their own digitisation of it (Table 1)."""
    read = figure4["C"] / 6 / figure4["N_read"]
    fit = fit_chinchilla(figure4["N_read"], read, figure4["loss"])
    assert fit.status == "converged"
    assert fit.starts_agreed == fit.starts
    assert fit.law.alpha == pytest.approx(0.3478, abs=0.004)
    assert fit.law.beta == pytest.approx(0.3658, abs=0.004)
    assert pytest.approx(1.8172, abs=0.01) == fit.law.E
    assert fit.law.a == pytest.approx(0.5126, abs=0.003)
    assert fit.value == pytest.approx(0.00102, rel=0.02)


def test_delta_moves_the_published_exponent(figure4: dict[str, np.ndarray]) -> None:
    N_, D_, loss = figure4["N"], figure4["D"], figure4["loss"]
    a = [fit_chinchilla(N_, D_, loss, delta=d).law.a for d in (1e-4, 1e-3, 1e-2)]
    assert a == sorted(a)


def test_a_weight_of_two_is_a_run_twice() -> None:
    loss = noisy(2)
    weights = np.random.default_rng(0).integers(0, 3, N.size)
    rows = np.repeat(np.arange(N.size), weights)
    weighted = fit_chinchilla(N, D, loss, weights=weights)
    repeated = fit_chinchilla(N[rows], D[rows], loss[rows])
    assert constants(weighted.law) == pytest.approx(constants(repeated.law), rel=1e-7)
    assert weighted.value == pytest.approx(repeated.value, rel=1e-12)


def same_answer(one: LawFit, other: LawFit, rel: float = 1e-6) -> None:
    assert one.status == other.status
    assert one.law.alpha == pytest.approx(other.law.alpha, rel=rel)
    assert one.law.beta == pytest.approx(other.law.beta, rel=rel)
    assert one.law.a == pytest.approx(other.law.a, rel=rel)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000), st.sampled_from(["huber", "log squares"]))
def test_order_does_not_matter(seed: int, objective: str) -> None:
    loss = noisy(seed)
    order = np.random.default_rng(seed).permutation(N.size)
    one = fit_chinchilla(N, D, loss, objective=objective)
    other = fit_chinchilla(N[order], D[order], loss[order], objective=objective)
    same_answer(one, other)
    assert one.residuals[order] == pytest.approx(other.residuals, abs=1e-7)


@settings(max_examples=5, deadline=None)
@given(st.floats(1e-9, 1e9), st.floats(1e-9, 1e9), st.sampled_from(["huber", "log squares"]))
def test_units_of_size_and_data_do_not_matter(k: float, m: float, objective: str) -> None:
    loss = noisy(4)
    one = fit_chinchilla(N, D, loss, objective=objective)
    other = fit_chinchilla(N * k, D * m, loss, objective=objective)
    same_answer(one, other)
    assert other.value == pytest.approx(one.value, rel=1e-9)
    assert pytest.approx(one.law.A * k**one.law.alpha, rel=1e-4) == other.law.A


@settings(max_examples=5, deadline=None)
@given(st.floats(1e-4, 1e4))
def test_the_scale_of_the_objective_does_not_matter(scale: float) -> None:
    loss = noisy(5)
    one = fit_chinchilla(N, D, loss)
    other = fit_chinchilla(N, D, loss, weights=np.full(N.size, scale))
    same_answer(one, other)
    assert other.value == pytest.approx(scale * one.value, rel=1e-9)


@settings(max_examples=5, deadline=None)
@given(st.floats(0.05, 20.0))
def test_the_unit_of_the_loss_does_not_matter(unit: float) -> None:
    """Nats or bits: exponents stay, E, A and B scale."""
    loss = noisy(6)
    one, other = fit_chinchilla(N, D, loss), fit_chinchilla(N, D, loss * unit)
    same_answer(one, other)
    assert pytest.approx(unit * one.law.E, rel=1e-6) == other.law.E


def test_the_result_says_how_it_was_obtained() -> None:
    fit = fit_chinchilla(N, D, noisy(7), source="this test")
    assert fit.law.source == "this test"
    assert fit.certificate.holds
    assert "Huber(0.001)" in repr(fit)
    shown = fit._repr_html_()
    assert "Newton decrement" in shown
    assert "converged" in shown
    with pytest.raises(AttributeError):
        fit.status = "fine"


def test_a_default_fit_is_quick() -> None:
    """Loose, since tests run beside others; benchmarks/fitting.py measures it."""
    loss = noisy(8)
    spent = []
    for _ in range(5):
        begin = time.process_time()
        fit_chinchilla(N, D, loss)
        spent.append(time.process_time() - begin)
    assert min(spent) < 0.2
