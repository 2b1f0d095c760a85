"""Constants fixed, tied and bounded: the optimum, what is refused, and what is advised."""

from __future__ import annotations

import numpy as np
import pytest
from test_forms import LAWS, D, N, by_lmfit, fitted, noisy

from scaling_utils.fitting.draws import draws
from scaling_utils.fitting.fit import fit_chinchilla, fit_law
from scaling_utils.fitting.forms import FORMS
from scaling_utils.fitting.resample import bootstrap
from scaling_utils.laws import ChinchillaLaw

LAW = ChinchillaLaw(1.8, 480.0, 2000.0, 0.35, 0.37)


@pytest.mark.parametrize(
    ("form", "asked"),
    [
        ("chinchilla", {"fix": {"E": 1.69}}),
        ("chinchilla", {"fix": {"A": 500.0, "beta": 0.36}}),
        ("chinchilla", {"tie": {"alpha": "beta"}}),
        ("chinchilla", {"fix": {"E": 1.75}, "tie": {"beta": "alpha"}}),
        ("chinchilla", {"bounds": {"alpha": (0.1, 0.33)}}),
        ("chinchilla", {"bounds": {"E": (1.85, 2.0)}}),
        ("kaplan-nd", {"fix": {"alpha_N": 0.07}}),
        ("kaplan-ns", {"bounds": {"N_c": (1e13, 5e13)}}),
        ("kaplan-ns", {"fix": {"N_c": 6e13}}),
        ("power", {"fix": {"E": 1.6}}),
        ("repeated", {"fix": {"E": 1.8}, "tie": {"alpha": "beta", "R_N_star": "R_D_star"}}),
    ],
)
def test_the_constrained_optimum_is_that_of_lmfit(form: str, asked) -> None:
    loss = noisy(form, seed=5)
    fit = fitted(form, loss, objective="log squares", **asked)
    assert fit.status in ("converged", "at a bound")
    start = dict(zip(FORMS[form].kinds, FORMS[form].values(LAWS[form]), strict=True))
    for name, (low, high) in asked.get("bounds", {}).items():
        inside = 0.1 * (high - low)
        start[name] = float(np.clip(start[name], low + inside, high - inside))
    constants, value = by_lmfit(form, loss, start, **asked)
    assert fit.value == pytest.approx(value, rel=1e-4)
    assert fit.value <= value * (1 + 1e-9)
    for name, found in fit.constants().items():
        assert found == pytest.approx(constants[name], rel=0.02), name


def test_a_floor_above_losses_is_said() -> None:
    loss = noisy("chinchilla")
    E = float(np.quantile(loss, 0.2))
    below = int((loss < E).sum())
    said = fitted("chinchilla", loss, fix={"E": E}).notes
    assert f"{below} of {len(loss)} losses lie below the E that was given: no law does" in said
    assert fitted("chinchilla", loss, fix={"E": 1.8}).notes == ()


def test_a_fit_says_what_was_free_fixed_and_tied() -> None:
    fit = fitted("chinchilla", noisy("chinchilla"), fix={"E": 1.8}, tie={"alpha": "beta"})
    assert fit.free == ("A", "B", "beta")
    assert fit.fixed == {"E": 1.8}
    assert fit.tied == {"alpha": "beta"}
    assert (fit.law.E, fit.law.alpha) == (1.8, fit.law.beta)
    assert len(repr(fit)) < 600
    assert "alpha" in repr(fit)


def test_no_constraint_is_the_free_fit_to_the_bit() -> None:
    loss = noisy("chinchilla")
    open_ended = {"alpha": (None, np.inf), "E": (0, None)}
    assert (
        fit_chinchilla(N, D, loss, fix={}, tie=None, bounds=open_ended).law
        == fit_chinchilla(N, D, loss).law
    )


def test_a_bound_that_binds_is_said() -> None:
    fit = fitted("chinchilla", noisy("chinchilla"), bounds={"alpha": (0.1, 0.3)})
    assert (fit.status, fit.law.alpha) == ("at a bound", 0.3)
    assert fit.message == "alpha ends at the bound 0.3 that was given"
    assert fit.certificate.at_bound == ("alpha",)
    found = bootstrap(fit, resamples=20)
    assert found.at_bound.all()
    assert (found.laws[:, 3] <= 0.3).all()


def test_a_bound_that_does_not_bind_changes_nothing() -> None:
    loss = noisy("chinchilla")
    free = fitted("chinchilla", loss)
    wide = fitted("chinchilla", loss, bounds={"alpha": (0.1, 0.9), "A": (1, 1e6), "E": (0, None)})
    assert wide.status == "converged"
    assert wide.value == pytest.approx(free.value, rel=1e-9)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"fix": "E"}, "fix must be a dictionary of constants, got 'E'"),
        ({"tie": {"alpha": 0.3}}, "alpha equal to another constant, one of E, A.*got 0.3"),
        ({"fix": {"gamma": 1.0}}, "constant 'gamma' is not known; expected one of A, B, E, alpha"),
        ({"tie": {"alpha": "gamma"}}, "and nothing else; got 'gamma'"),
        ({"tie": {"beta": "2*alpha"}}, "makes beta equal to another constant.*'2.alpha'"),
        ({"bounds": {"e": (0, 1)}}, "'e' is not known"),
        ({"fix": {"E": 1.7}, "bounds": {"E": (1, 2)}}, "E is both fixed and bounded: leave one"),
        ({"fix": {"alpha": 0.3}, "tie": {"alpha": "beta"}}, "alpha is both fixed and tied"),
        ({"fix": {"beta": 0.3}, "tie": {"alpha": "beta"}}, "beta, which is fixed: fix alpha"),
        ({"tie": {"alpha": "alpha"}}, "alpha is tied to itself"),
        ({"tie": {"alpha": "beta", "beta": "alpha"}}, "tied to itself"),
        ({"tie": {"alpha": "E"}}, "their kinds differ, exponent and floor"),
        ({"fix": {"E": -1.0}}, "E must be zero or positive, got -1"),
        ({"fix": {"alpha": 0.0}}, "alpha must be positive, got 0"),
        ({"fix": {"E": np.nan}}, "E must be finite"),
        ({"fix": {"E": "1.69"}}, "E must be a number"),
        ({"fix": {"E": [1.0, 2.0]}}, "E must be one number"),
        ({"fix": {"E": 99.0}}, "E cannot be 99 or more: half of the losses are at most"),
        ({"bounds": {"E": (50.0, 60.0)}}, "E cannot be 50 or more"),
        ({"bounds": {"alpha": 0.3}}, "must be a pair"),
        ({"bounds": {"alpha": (0.6, 0.1)}}, "0 <= low < high"),
        ({"bounds": {"alpha": (-0.6, 0.1)}}, "0 <= low < high"),
        ({"bounds": {"alpha": (6.0, None)}}, "bounds of alpha lie outside what is searched"),
        (
            {"tie": {"alpha": "beta"}, "bounds": {"alpha": (0.1, 0.2), "beta": (0.3, 0.4)}},
            "alpha is tied to beta, but|beta is tied to beta",
        ),
        (
            {"fix": {"E": 1.0, "A": 1.0, "B": 1.0, "alpha": 0.3, "beta": 0.3}},
            "every constant is fixed: leave at least one free",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(asked, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        fitted("chinchilla", noisy("chinchilla"), **asked)


def noise(n: int, seed: int = 0) -> np.ndarray:
    return np.exp(np.random.default_rng(seed).normal(0, 0.002, n))


def test_two_sizes_are_enough_once_the_floor_is_known() -> None:
    n, d = np.repeat([1e8, 1e9], 8), np.tile(np.geomspace(1e9, 1e11, 8), 2)
    loss = LAW.loss(n, d) * noise(16)
    free = fit_chinchilla(n, d, loss)
    assert free.status == "not identified"
    assert "2 model sizes" in free.message
    assert "fix those that are known, such as E, or add runs" in free.message
    fixed = fit_chinchilla(n, d, loss, fix={"E": 1.8})
    assert fixed.status == "converged"
    assert fixed.law.alpha == pytest.approx(0.35, abs=0.03)


def test_one_ratio_says_what_would_identify_the_rest() -> None:
    n = np.geomspace(1e8, 1e11, 20)
    loss = LAW.loss(n, 20 * n) * noise(20)
    free = fit_chinchilla(n, 20 * n, loss)
    assert free.status == "not identified"
    assert "all runs have about 20 tokens a parameter" in free.message
    assert free.message.endswith("fix both exponents, or fit a power of one column")
    tied = fit_chinchilla(n, 20 * n, loss, tie={"alpha": "beta"})
    assert tied.status == "not identified"
    known = fit_chinchilla(n, 20 * n, loss, fix={"alpha": 0.35, "beta": 0.37})
    assert known.status == "converged"
    assert fit_law("power", {"C": 120 * n**2}, loss).status == "converged"


def test_a_constraint_that_is_advised_identifies_the_rest() -> None:
    n, d = np.repeat(3e8 * 1.5 ** np.arange(3), 4), np.tile(1e10 * 1.5 ** np.arange(4), 3)
    loss = LAW.loss(n, d) * np.exp(np.random.default_rng(1).normal(0, 0.003, 12))
    free = fit_chinchilla(n, d, loss)
    assert free.message.startswith("the runs do not determine alpha: 0.234")
    advice = ": fix E or alpha or beta, or tie alpha to beta, or add runs that differ more"
    assert free.message.endswith(advice)
    for asked in ({"fix": {"E": free.candidate.E}}, {"tie": {"alpha": "beta"}}):
        assert fit_chinchilla(n, d, loss, **asked).status in ("converged", "at a bound")


def test_fewer_constants_need_fewer_runs() -> None:
    n, d = np.array([1e8, 1e9, 1e10]), np.array([1e10, 1e9, 1e11])
    fit = fit_chinchilla(n, d, LAW.loss(n, d), fix={"E": 1.8, "alpha": 0.35, "beta": 0.37})
    assert pytest.approx((480, 2000)) == (fit.law.A, fit.law.B)
    few = fit_chinchilla(n[:2], d[:2], LAW.loss(n, d)[:2], fix={"E": 1.8, "alpha": 0.35})
    assert few.message == (
        "2 different runs cannot determine 3 constants and check them: at least 4 are needed"
    )


def test_resamples_keep_the_constraints() -> None:
    loss = noisy("chinchilla", seed=2)
    fit = fitted("chinchilla", loss, fix={"E": 1.8}, tie={"alpha": "beta"})
    found = bootstrap(fit, resamples=40, seed=3)
    assert (found.laws[:, 0] == 1.8).all()
    assert (found.laws[:, 3] == found.laws[:, 4]).all()
    assert found.interval("a").low == found.interval("a").high == 0.5
    assert found.interval("E").low == 1.8
    free = bootstrap(fitted("chinchilla", loss), resamples=40, seed=3)
    assert np.ptp(found.law.alpha) < np.ptp(free.law.alpha)


@pytest.mark.parametrize(
    "asked",
    [{"fix": {"E": 1.8}}, {"tie": {"alpha": "beta"}}, {"bounds": {"A": (50.0, 500.0)}}],
)
def test_resamples_of_a_small_noisy_ladder_end_where_full_fits_end(asked) -> None:
    law = ChinchillaLaw(1.8, 120, 60, 0.27, 0.19)
    n = np.repeat([2e8, 4e8, 8e8, 1.3e9, 3.2e9], 5)
    d = 20 * n * np.tile([0.5, 1, 2, 5, 10], 5)
    loss = law.loss(n, d) * np.exp(np.random.default_rng(6).normal(0, 0.006, 25))
    fit = fit_chinchilla(n, d, loss, **asked)
    found = bootstrap(fit, resamples=40, seed=0)
    assert not found.not_converged.any()
    weights = next(draws(fit, "runs", None, 40, 0))[0]
    for k in range(0, 40, 8):
        own = fit_chinchilla(n, d, loss, weights=weights[k], **asked)
        assert found.values[k] == pytest.approx(own.value, rel=1e-9)


def test_constrained_resamples_that_say_too_little_are_left_out() -> None:
    n, d = np.repeat([1e8, 1e9], 3), np.tile([1e9, 1e10, 1e11], 2)
    fit = fit_chinchilla(n, d, LAW.loss(n, d) * noise(6), fix={"E": 1.8})
    found = bootstrap(fit, resamples=200, seed=0)
    kept = found.laws[~found.not_varied]
    assert 0 < found.not_varied.sum() < 200
    assert np.isfinite(kept).all()
    assert np.isnan(found.laws[found.not_varied]).all()


def test_a_flat_minimum_is_a_minimum() -> None:
    """With E = 0 a power is a line in logarithms, and between two medians nothing changes."""
    x = np.geomspace(1e8, 1e11, 6)
    loss = 30 * x**-0.1 * np.exp([0.02, -0.03, 0.05, -0.04, 0.03, -0.02])
    fit = fit_law("power", {"N": x}, loss, fix={"E": 0})
    assert fit.status in ("converged", "two minima")


def test_runs_at_one_ratio_determine_no_law_whatever_their_noise():
    law, N = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28), np.geomspace(1e8, 1e10, 9)
    for seed in range(4):
        noise = np.exp(np.random.default_rng(seed).normal(0, 0.003, 9))
        for asked in ({}, {"fix": {"E": 1.69}}, {"tie": {"alpha": "beta"}}):
            runs = {"N": N, "D": 20 * N}
            found = fit_law("chinchilla", runs, law.loss(N, 20 * N) * noise, **asked)
            assert found.status == "not identified"
            assert "20 tokens a parameter" in found.message
