"""What is drawn again, and the intervals of constants, of a law and of new runs."""

from __future__ import annotations

import lmfit
import numpy as np
import pytest

from scaling_utils import Runs, fit
from scaling_utils.fitting.result import FitError
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.own import intervals
from scaling_utils.own.fits import Fit
from scaling_utils.own.intervals import choice, widened
from scaling_utils.own.likelihood import _note, sharpness
from scaling_utils.power_fit import interval

TRUTH = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)
LADDER_N = np.repeat(np.geomspace(7e7, 7e9, 6), 5)
LADDER_D = LADDER_N * np.tile([5.0, 10.0, 20.0, 40.0, 80.0], 6)


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intervals, "RESAMPLES", 100)


def ladder(seed: int = 3, spread: float = 0.006, **more: object) -> Runs:
    noise = np.random.default_rng(seed).normal(0, spread, 30)
    return Runs(
        N=LADDER_N, D=LADDER_D, loss=TRUTH.loss(LADDER_N, LADDER_D) * np.exp(noise), **more
    )


def isoflop(budgets: int, shift: float, seed: int = 0) -> Runs:
    rng, C = np.random.default_rng(seed), np.geomspace(6e18, 3e21, budgets)
    N = (TRUTH.N_opt(C)[:, np.newaxis] * np.geomspace(0.25, 4, 8)).ravel()
    D = np.repeat(C, 8) / 6 / N
    noise = np.repeat(rng.normal(0, shift, budgets), 8) + rng.normal(0, 0.002, N.size)
    return Runs(N=N, D=D, loss=TRUTH.loss(N, D) * np.exp(noise))


def checkpoints(group: bool, models: int = 12) -> Runs:
    rng, size = np.random.default_rng(1), np.geomspace(3e7, 6e9, models)
    model = np.repeat(np.arange(models), 8)
    N, D = size[model], np.tile(np.geomspace(2e9, 8e10, 8), models)
    noise = rng.normal(0, 0.004, models)[model] + rng.normal(0, 0.001, N.size)
    names = np.array([f"model {k}" for k in model]) if group else None
    return Runs(N=N, D=D, loss=TRUTH.loss(N, D) * np.exp(noise), group=names)


@pytest.fixture(scope="module")
def plain() -> Fit:
    return fit(ladder())


@pytest.fixture(scope="module")
def squares() -> Fit:
    return fit(ladder(), objective="log squares")


@pytest.mark.parametrize(
    ("runs", "kind", "said"),
    [
        (ladder(), "weights", "single runs weighted again at random"),
        (isoflop(9, shift=0.004), "budgets", "9 budgets drawn again, each with all its runs, as "),
        (isoflop(9, shift=0.0, seed=1), "weights", "single runs weighted again"),
        (checkpoints(group=True), "groups", "12 groups drawn again"),
        (checkpoints(group=False), "sizes", "12 sizes drawn again"),
        (
            ladder(group=np.tile(["seed 1", "seed 2"], 15)),
            "weights",
            "2 groups are too few to draw",
        ),
    ],
)
def test_what_hangs_together_is_drawn_together_and_said(runs: Runs, kind: str, said: str) -> None:
    found = fit(runs)
    chosen = choice(runs, found.found)
    assert chosen.kind == kind
    assert chosen.units == {"weights": len(runs), "budgets": 9}.get(kind, 12)
    assert said in found.drawn


def test_groups_that_would_leave_too_few_sizes_are_not_drawn() -> None:
    """Five groups, of which two have all the small sizes: many draws could not determine alpha."""
    runs = ladder(group=np.repeat([0, 1, 2, 3, 4], [20, 4, 2, 2, 2]))
    found = fit(runs)
    assert choice(runs, found.found).kind == "weights"
    assert found.interval("alpha").left_out < 10


def test_runs_that_hang_together_have_wider_intervals_than_single_ones() -> None:
    together = fit(checkpoints(group=True))
    single = intervals.bootstrap(together.found, resamples=100).interval("alpha")
    wide = together.interval("alpha")
    assert wide.high - wide.low > 1.8 * (single.high - single.low)


def test_quantiles_are_plain_for_absolute_deviations_and_students_for_least_squares(
    squares: Fit,
) -> None:
    assert widened(0.9, 30, share=0.0) == pytest.approx(0.9)
    assert widened(0.95, 9) == pytest.approx(0.98556, abs=1e-5)  # t of 8 degrees, times sqrt(9/8)
    assert widened(0.95, 10**6) == pytest.approx(0.95, abs=1e-5)
    own, resampled = squares.interval("alpha"), squares.resamples
    level = widened(0.95, choice(squares.runs, squares.found).units)
    ends = np.array(interval(resampled.values_of("alpha"), level))
    assert [own.low, own.high] == pytest.approx(ends.tolist())
    assert (own.level, own.resamples) == (0.95, 100)
    with pytest.raises(ValueError, match="level must lie between 0 and 1"):
        squares.interval("alpha", 95)


def test_the_same_runs_give_the_same_intervals(plain: Fit) -> None:
    again = fit(ladder())
    assert again.interval("a") == plain.interval("a")
    assert again.predict(1e9, 2e10).equals(plain.predict(1e9, 2e10))


def test_a_function_of_the_law_has_an_interval_too(plain: Fit) -> None:
    best = plain.interval(lambda law: law.N_opt(1e22), 0.8)
    assert best.low < best.estimate < best.high
    assert best.estimate == plain.law.N_opt(1e22)


def test_constants_say_how_they_were_found() -> None:
    found = fit(ladder(), fix={"E": 1.69}, tie={"beta": "alpha"})
    table = found.constants()
    assert table.index.tolist() == ["E", "A", "B", "alpha", "beta"]
    assert table["how"].tolist() == ["fixed", "free", "free", "free", "= alpha"]
    assert table.loc["E", ["value", "low", "high"]].tolist() == [1.69] * 3
    assert (table.loc["alpha", "low"], table.loc["alpha", "high"]) == (
        table.loc["beta", "low"],
        table.loc["beta", "high"],
    )
    bounded = fit(ladder(), bounds={"alpha": (0.1, 0.6)}).constants()
    assert bounded.loc["alpha", "how"] == "free within 0.1 to 0.6"


def test_a_fit_that_determines_nothing_has_no_interval() -> None:
    N = np.geomspace(1e8, 1e10, 8)
    lost = fit(Runs(N=N, D=20 * N, loss=TRUTH.loss(N, 20 * N)))
    assert lost.drawn == "single runs weighted again at random"
    for ask in (lost.constants, lambda: lost.interval("a"), lambda: lost.profile("alpha")):
        with pytest.raises(FitError, match="not identified"):
            ask()


def test_a_new_run_is_less_sure_than_the_law(plain: Fit) -> None:
    table = plain.predict([1e9, 2e9, 1e11], 2e12)
    assert table.columns.tolist() == ["N", "D", "loss", "low", "high", "run_low", "run_high"]
    inside = table["run_low"] < table["low"], table["high"] < table["run_high"]
    assert np.all(inside)
    assert table["loss"].tolist() == plain.law.loss(table["N"], table["D"]).tolist()
    spread = np.log(table["run_high"] / table["run_low"]).iloc[0]
    assert spread > 2.5 * np.std(plain.found.residuals)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ((1e9,), "give N, D; got 1 columns"),
        ((1e9, -1.0), "D must be positive"),
        ((["1e9"], 2e10), "N must be a number"),
        ((np.ma.masked_array([1e9], [True]), 2e10), "cells masked"),
        ((np.array(["2024-01-01"], dtype="datetime64[D]"), 2e10), "dates"),
        (([], 2e10), "N is empty"),
        ((10**400, 2e10), "beyond double precision"),
    ],
)
def test_a_prediction_refuses_what_is_no_run(plain: Fit, columns: tuple, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        plain.predict(*columns)


def test_the_profile_of_least_squares_is_lmfits(squares: Fit) -> None:
    x, y = np.log(LADDER_N / 7e8), np.log(LADDER_D / 1.4e10)

    def residuals(p: lmfit.Parameters) -> np.ndarray:
        terms = np.exp(p["k"] - p["alpha"] * x) + np.exp(p["l"] - p["beta"] * y)
        return np.log((p["E"] + terms) / squares.runs.loss)

    start = lmfit.create_params(E=1.7, k=-0.6, l=-0.5, alpha=0.34, beta=0.28)
    minimizer = lmfit.Minimizer(residuals, start)
    ends = lmfit.conf_interval(minimizer, minimizer.minimize(), ["alpha", "E"], sigmas=[0.95])
    for name in ("alpha", "E"):
        own = squares.profile(name)
        assert [own.low, own.high] == pytest.approx([ends[name][0][1], ends[name][2][1]], rel=2e-3)
    assert own.curve["t"].is_monotonic_increasing
    assert own.curve["objective"].min() == squares.found.value


def test_the_scale_of_a_profile_suits_the_objective(squares: Fit, plain: Fit) -> None:
    """Least squares: one over the variance. Absolute deviations: twice the density at zero."""
    r = squares.found.residuals
    assert sharpness(squares.found) == pytest.approx(25 / (r @ r))
    normal = fit(ladder(spread=0.006)), fit(ladder(spread=0.003))
    ratio = sharpness(normal[1].found) / sharpness(normal[0].found)
    assert ratio == pytest.approx(2.0, rel=0.4)  # density over delta: as one over the spread
    assert sharpness(plain.found) * 1e-3 == pytest.approx(2 * 0.399 / 0.006, rel=0.5)


def test_weights_that_are_all_multiplied_change_no_profile() -> None:
    one, ten = (fit(ladder(weight=np.full(30, w)), objective="log squares") for w in (1.0, 10.0))
    assert ten.profile("beta").low == pytest.approx(one.profile("beta").low, rel=1e-6)


def test_a_profile_says_where_it_is_open_and_what_it_leaves_out() -> None:
    tied = fit(ladder(), tie={"beta": "alpha"}, bounds={"E": (1.6, 1.7)})
    assert tied.profile("beta").low == tied.profile("alpha").low
    assert tied.profile("E").high <= 1.7
    grouped = fit(checkpoints(group=True)).profile("alpha")
    assert "takes runs as independent" in str(grouped)
    low = ChinchillaLaw(0.2, 12.0, 200.0, 0.08, 0.25).loss(LADDER_N, LADDER_D)
    noise = np.exp(np.random.default_rng(0).normal(0, 0.002, 30))
    open_below = fit(Runs(N=LADDER_N, D=LADDER_D, loss=low * noise), fix={"beta": 0.25})
    assert open_below.profile("E").low == 0.0
    with pytest.raises(ValueError, match="beta is fixed: it has no interval"):
        open_below.profile("beta")
    with pytest.raises(ValueError, match="constant 'gamma' is not known"):
        open_below.profile("gamma")


def test_a_profile_says_which_interval_to_believe_where_they_differ_much(plain: Fit) -> None:
    drawn = plain.interval("alpha")
    width = drawn.high - drawn.low
    assert (
        _note(plain, "alpha", 0.95, 1.4 * width) == _note(plain, "alpha", 0.95, width / 1.4) == ""
    )
    for wide in (1.6 * width, width / 1.6, np.inf):
        assert _note(plain, "alpha", 0.95, wide).startswith("believe the bootstrap's")
    few = fit(Runs(N=LADDER_N[:14], D=LADDER_D[:14], loss=plain.runs.loss[:14]))
    assert "believe this, not the bootstrap's" in _note(few, "alpha", 0.95, np.inf)


def test_other_forms_have_intervals_predictions_and_profiles_too() -> None:
    C = np.geomspace(1e18, 1e22, 14)
    noise = np.exp(np.random.default_rng(0).normal(0, 0.003, 14))
    found = fit(Runs(C=C, loss=(1.7 + 2.6e3 / C**0.19) * noise), form="power")
    table, own = found.constants(), found.profile("alpha")
    assert table.loc["alpha", "low"] < 0.19 < table.loc["alpha", "high"]
    assert own.low < 0.19 < own.high
    assert found.predict(1e23).columns.tolist()[:2] == ["C", "loss"]


def test_few_runs_on_a_grid_have_an_interval_without_a_draw_that_loses_a_size() -> None:
    N, D = np.repeat([1e8, 1e9, 1e10], 3), np.tile([1e9, 2e10, 3e11], 3)
    noise = np.exp(np.random.default_rng(0).normal(0, 0.002, 9))
    found = fit(Runs(N=N, D=D, loss=TRUTH.loss(N, D) * noise), objective="log squares")
    assert found.drawn == "single runs weighted again at random"
    assert found.interval("alpha").left_out == 0


def test_intervals_cover_the_truth_when_runs_hang_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of 30 intervals that cover with probability 95 %, 25 or more do so in 99.7 % of cases."""
    monkeypatch.setattr(intervals, "RESAMPLES", 100)
    covered = []
    for seed in range(30):
        own = fit(isoflop(9, shift=0.004, seed=seed)).interval("alpha")
        covered.append(own.low <= TRUTH.alpha <= own.high)
    assert np.sum(covered) >= 25
