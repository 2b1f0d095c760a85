"""What is read off resamples, from resamples that are made up; and how they are fitted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scaling_utils.fitting import resample as module
from scaling_utils.fitting.draws import Starts, draws
from scaling_utils.fitting.fit import fit_chinchilla, fit_law
from scaling_utils.fitting.points import Ends
from scaling_utils.fitting.resample import Bootstrap, _fitted, bootstrap, subset_range
from scaling_utils.fitting.result import FitError, LawFit
from scaling_utils.laws import ChinchillaLaw

TRUTH = ChinchillaLaw(1.8, 480.0, 2000.0, 0.35, 0.37)
N = np.repeat(np.geomspace(5e7, 1.6e10, 5), 4)
D = np.tile(np.geomspace(1e9, 3e11, 4), 5)
LOSS = TRUTH.loss(N, D) * np.exp(np.random.default_rng(0).normal(0, 0.004, N.size))


@pytest.fixture(scope="module")
def fit() -> LawFit:
    return fit_chinchilla(N, D, LOSS, source="these runs")


def made(fit: LawFit, number: int = 20, left_out: int = 2, **flags) -> Bootstrap:
    """Resamples whose alpha is 0.30, 0.31, ...; the first ones are left out."""
    rows = np.array([[1.8, 480.0, 2000.0, 0.3 + 0.01 * k, 0.37] for k in range(number)])
    lost = np.arange(number) < left_out
    rows[lost] = np.nan
    none = np.zeros(number, dtype=bool)
    own = {"two_minima": none, "at_bound": none, "not_converged": none} | flags
    return Bootstrap(fit, "runs", rows, rows[:, 0], not_varied=lost, **own)


def test_a_tenth_may_be_left_out_and_no_more(fit: LawFit) -> None:
    found = made(fit)
    assert found.kept_laws()[:, 3] == pytest.approx(0.3 + 0.01 * np.arange(2, 20))
    said = (
        "^3 of 20 resamples are left out, because their runs are not varied enough to determine "
        "a law; what the others say is not an interval of this fit. Draw something of which "
        r"there is more \(the kind 'runs' or 'residuals'\)$"
    )
    with pytest.raises(ValueError, match=said):
        made(fit, left_out=3).kept_laws()


def test_all_resamples_are_one_law(fit: LawFit) -> None:
    law = made(fit).law
    assert law.alpha == pytest.approx(0.3 + 0.01 * np.arange(2, 20))
    assert law.source == "resamples of these runs"


def test_intervals_and_errors_are_those_of_the_resamples(fit: LawFit) -> None:
    found = made(fit, number=22)
    alpha = 0.3 + 0.01 * np.arange(2, 22)
    interval = found.interval("alpha", level=0.8)
    assert (interval.estimate, interval.level) == (fit.law.alpha, 0.8)
    assert (interval.low, interval.high) == pytest.approx((alpha[1], alpha[17]))
    assert (interval.resamples, interval.left_out) == (20, 2)
    wide = found.interval("alpha")
    assert (wide.level, wide.low, wide.high) == (0.95, pytest.approx(0.32), pytest.approx(0.51))
    assert found.standard_error("alpha") == pytest.approx(alpha.std(ddof=1))
    a = 0.37 / (0.37 + alpha)
    assert found.values_of("a") == pytest.approx(a)
    assert found.values_of("b") == pytest.approx(1 - a)
    assert found.values_of("G").shape == (20,)


def test_a_function_that_takes_one_law_at_a_time_is_given_one(fit: LawFit) -> None:
    found = made(fit)
    expected = 2 * found.law.alpha

    def strict(law: ChinchillaLaw) -> float:
        if law.alpha > 0.35:  # of an array this is a ValueError
            assert law.source == "user"
        return 2 * float(law.alpha)

    assert found.values_of(strict) == pytest.approx(expected)
    assert found.values_of(lambda law: 2 * law.alpha) == pytest.approx(expected)
    # A number for all of them is no number for each.
    calls = []
    assert found.values_of(lambda law: calls.append(law) or 7.0).tolist() == [7.0] * 18
    assert len(calls) == 19


def test_unknown_quantities_are_refused_by_the_names_that_are_known(fit: LawFit) -> None:
    for name in ("gamma", "A "):
        with pytest.raises(
            ValueError, match=r"^quantity '.*' is not known; expected one of A, B,"
        ):
            made(fit).values_of(name)
    power = fit_law("power", {"N": N}, 2.0 + 400.0 * N**-0.3)
    rows = np.tile([2.0, 400.0, 0.3], (4, 1))
    no = np.zeros(4, dtype=bool)
    found = Bootstrap(power, "runs", rows, rows[:, 0], no, no, no, no)
    assert found.values_of("alpha").tolist() == [0.3] * 4
    with pytest.raises(ValueError, match=r"^quantity 'a' is not known; expected one of A, E,"):
        found.values_of("a")


def test_notes_count_what_a_user_should_know(fit: LawFit) -> None:
    assert made(fit, left_out=0).notes() == []
    some = np.arange(20) < 3
    flags = {"two_minima": some, "at_bound": some[::-1] & (np.arange(20) > 17)}
    assert made(fit, not_converged=np.arange(20) == 5, **flags).notes() == [
        "3 of 20 resamples have two minima; the better one is used",
        "2 of 20 resamples end at a bound",
        "2 of 20 resamples are not varied enough to determine a law and are left out",
        "1 of 20 resamples did not converge; the best point found is kept",
    ]


def test_each_resample_is_the_fit_of_what_was_drawn(fit: LawFit) -> None:
    found = bootstrap(fit, resamples=3, seed=4)
    weights = next(draws(fit, "runs", None, 3, 4))[0]
    alone = [fit_chinchilla(N, D, LOSS, weights=each) for each in weights]
    assert found.values == pytest.approx([each.value for each in alone], rel=1e-8)
    assert found.laws[:, 3] == pytest.approx([each.law.alpha for each in alone], rel=1e-3)
    assert (found.kind, found.fit) == ("runs", fit)
    assert not found.not_varied.any()
    assert not found.not_converged.any()


def test_objectives_of_resamples_are_sums_over_what_was_drawn() -> None:
    own = fit_chinchilla(N, D, LOSS, objective="absolute")
    found = bootstrap(own, resamples=2, seed=4)
    weights = next(draws(own, "runs", None, 2, 4))[0]
    for k in range(2):
        far = np.abs(np.log(ChinchillaLaw(*found.laws[k]).loss(N, D) / LOSS))
        assert found.values[k] == pytest.approx(weights[k] @ far, rel=1e-6)


def test_losses_of_their_own_are_fitted_and_a_bound_is_marked() -> None:
    ends = {"loss_low": 0.999 * LOSS, "loss_high": 1.001 * LOSS}
    own = fit_chinchilla(N, D, LOSS, bounds={"alpha": (0.1, 0.3)}, **ends)
    found = bootstrap(own, resamples=3, kind="runs and intervals", seed=1)
    weights, losses = next(draws(own, "runs and intervals", None, 3, 1))
    alone = fit_chinchilla(N, D, losses[2], weights=weights[2], bounds={"alpha": (0.1, 0.3)})
    assert found.values[2] == pytest.approx(alone.value, rel=1e-8)
    assert found.at_bound.all()
    assert (found.laws[:, 3] == 0.3).all()
    low = fit_chinchilla(N, D, LOSS, bounds={"alpha": (0.4, 0.6)})
    assert bootstrap(low, resamples=3).at_bound.all()
    assert not bootstrap(fit_chinchilla(N, D, LOSS), resamples=3).at_bound.any()


def test_resamples_without_variety_are_marked_and_empty(fit: LawFit) -> None:
    two = np.where(np.arange(20) < 12, np.arange(20) // 4, 0)
    found = bootstrap(fit, resamples=30, kind="clusters", clusters=two, seed=0)
    weights = next(draws(fit, "clusters", two, 30, 0))[0]
    sizes = [len(set(N[own > 0].tolist())) for own in weights]
    assert found.not_varied.tolist() == [number < 3 for number in sizes]
    assert np.isnan(found.laws).all(axis=1).tolist() == found.not_varied.tolist()
    assert np.isnan(found.values).tolist() == found.not_varied.tolist()
    assert not found.at_bound[found.not_varied].any()
    all_lost = bootstrap(fit, resamples=1, kind="clusters", clusters=np.arange(20) // 19)
    assert all_lost.laws.shape == (1, 5)


def test_options_of_a_bootstrap_are_refused_by_name(fit: LawFit) -> None:
    for name, wrong in (("resamples", 0), ("resamples", 2.5), ("seed", -1), ("kind", "jack")):
        with pytest.raises(ValueError, match=f"^{name} "):
            bootstrap(fit, **{"resamples": 2, name: wrong})
    with pytest.raises(ValueError, match=r"^resamples must be at most 10,000,000, got 10,000,001"):
        bootstrap(fit, resamples=10_000_001)
    one = bootstrap(fit, resamples=2)
    assert (one.laws == bootstrap(fit, resamples=2, kind="runs", seed=0).laws).all()
    with pytest.raises(FitError):
        bootstrap(replace(fit, status="not identified"))


def test_the_range_of_subsets_is_that_of_fits_of_them(fit: LawFit) -> None:
    rng, exponents = np.random.default_rng(3), []
    for _ in range(4):
        rows = rng.choice(20, 14, replace=False)
        exponents.append(fit_chinchilla(N[rows], D[rows], LOSS[rows]).law.a)
    found = subset_range(fit, draws=4, share=0.7, level=0.5, seed=3)
    low, high = np.quantile(exponents, [0.25, 0.75], method="inverted_cdf")
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-6)
    assert (found.estimate, found.level, found.resamples) == (fit.law.a, 0.5, 4)
    plain = subset_range(fit)
    assert (plain.level, plain.resamples, plain.left_out) == (0.8, 100, 0)
    assert plain == subset_range(fit, draws=100, share=0.8, level=0.8, seed=0)


def test_subsets_keep_the_weights_and_need_ten_runs(fit: LawFit) -> None:
    weights = np.linspace(0.5, 2.0, 20)
    heavy = fit_chinchilla(N, D, LOSS, weights=weights)
    rows = np.random.default_rng(0).choice(20, 16, replace=False)
    alone = fit_chinchilla(N[rows], D[rows], LOSS[rows], weights=weights[rows])
    assert subset_range(heavy, draws=1).low == pytest.approx(alone.law.a, rel=1e-6)
    with pytest.raises(ValueError, match=r"^subsets of 9 runs: at least 10 are needed$"):
        subset_range(fit, share=0.45)
    assert subset_range(fit, draws=1, share=0.5, seed=1).resamples <= 1
    for name, wrong in (("draws", 0), ("share", 1.5), ("level", 0.0), ("seed", -1)):
        with pytest.raises(ValueError, match=f"^{name} "):
            subset_range(fit, **{"draws": 2, name: wrong})


def test_subsets_are_not_drawn_without_end(fit: LawFit, monkeypatch) -> None:
    monkeypatch.setattr("scaling_utils.fitting.resample.MOST", 3)
    with pytest.raises(ValueError, match=r"^draws must be at most 3, got 4$"):
        subset_range(fit, draws=4)


def test_each_flag_is_of_its_own_resample(fit: LawFit, monkeypatch) -> None:
    """The second of four is not varied enough; what the solver finds of the others is made up."""
    weights = np.ones((4, 20))
    weights[1, 4:] = 0.0
    losses = np.arange(80.0).reshape(4, 20)
    starts, asked = Starts.of(fit), []
    low = starts.model.coordinates.box[0, 3, 0]

    def solved(begin, own, loss):
        asked.append((begin, own.tolist(), loss.tolist()))
        theta = np.repeat(begin.law, 3, axis=1)
        theta[3, 2] = low
        found = Ends(theta, np.array([1.0, 2.0, 3.0]), np.array([False, True, True]))
        return found, np.array([False, True, False])

    monkeypatch.setattr(module, "solve", solved)
    laws, values, two, bound, lost, unsolved = _fitted(fit, starts, weights, losses)
    kept = [0, 2, 3]
    assert asked == [(starts, weights[kept].tolist(), losses[kept].tolist())]
    assert values[kept].tolist() == [1.0, 2.0, 3.0]
    assert np.isnan(values[1])
    assert laws[0] == pytest.approx(list(fit.constants().values()))
    assert two.tolist() == [False, False, True, False]
    assert bound.tolist() == [False, False, False, True]
    assert lost.tolist() == [False, True, False, False]
    assert unsolved.tolist() == [True, False, False, False]
    _fitted(fit, starts, weights, LOSS)
    assert asked[1][2] == LOSS.tolist()


def test_four_thousand_are_drawn_and_ten_million_allowed(fit: LawFit, monkeypatch) -> None:
    asked = []

    def none(*given):
        asked.append(given[3])
        raise LookupError

    monkeypatch.setattr(module, "draws", none)
    for given in ({}, {"resamples": 10_000_000}):
        with pytest.raises(LookupError):
            bootstrap(fit, **given)
    assert asked == [4000, 10_000_000]
