"""Intervals of your own runs, part by part: what is drawn again, how wide, and of what."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from scaling_utils import Runs, fit
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.own import intervals
from scaling_utils.own.fits import Fit
from scaling_utils.own.intervals import Choice, choice, plain_level, prediction, widened
from scaling_utils.power_fit import interval

TRUTH = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intervals, "RESAMPLES", 100)


def budgets(sizes: int = 3, number: int = 5) -> Runs:
    C = np.repeat(np.geomspace(6e18, 3e21, number), sizes)
    N = TRUTH.N_opt(C) * np.tile(np.geomspace(0.25, 4, sizes), number)
    noise = np.random.default_rng(0).normal(0, 0.003, C.size)
    return Runs(N=N, D=C / 6 / N, loss=TRUTH.loss(N, C / 6 / N) * np.exp(noise))


@pytest.fixture(scope="module")
def squares() -> Fit:
    return fit(budgets(), objective="log squares")


def test_residuals_of_groups_are_compared_by_the_analysis_of_variance_of_their_ranks():
    rng = np.random.default_rng(5)
    label = np.repeat(np.arange(4), [3, 5, 4, 6])
    r = rng.normal(0, 1, 18) + 0.8 * label
    rank = stats.rankdata(r)
    known = stats.f_oneway(*(rank[label == k] for k in range(4))).pvalue
    found = intervals._chance(SimpleNamespace(residuals=r), label)
    assert found == pytest.approx(known, rel=1e-9)


@pytest.mark.parametrize(
    ("units", "varied", "status", "enough"),
    [
        (5, 191, "converged", True),
        (5, 190, "converged", False),
        (4, 200, "converged", False),
        (5, 200, "not identified", False),
    ],
)
def test_there_are_enough_groups_if_nearly_all_draws_of_five_or_more_determine_a_law(
    units, varied, status, enough, monkeypatch
):
    asked = []

    def draws(*given):
        asked.append(given)
        yield "weights", None

    monkeypatch.setattr(intervals, "draws", draws)
    monkeypatch.setattr(intervals, "varied", lambda found, _: np.arange(200) < varied)
    found, label = SimpleNamespace(status=status), np.arange(units)
    assert intervals._enough(found, label) is enough
    if asked:
        assert asked == [(found, "clusters", label, 200, 0)]


def test_residuals_at_the_end_of_the_quadratic_zone_lie_in_it():
    problem = SimpleNamespace(batch=lambda: SimpleNamespace(delta=0.5))
    found = SimpleNamespace(residuals=np.array([-0.5, 0.25, 0.75, 1.0]), problem=problem)
    assert intervals._inside(found) == 0.5


def test_what_is_drawn_again_is_said(squares: Fit, monkeypatch):
    own = choice(squares.runs, squares.found)
    assert (own.kind, own.why, own.units) == ("runs", "single runs drawn again", 15)
    monkeypatch.setattr(intervals, "_enough", lambda found, label: True)
    monkeypatch.setattr(intervals, "_chance", lambda found, label: 0.01 / len(set(label)))
    for kind in ("budgets", "sizes"):
        runs = budgets() if kind == "budgets" else sizes()
        own = choice(runs, squares.found)
        said = f"5 {kind} drawn again, each with all its runs, as residuals of one {kind[:-1]}"
        assert (own.kind, own.why) == (kind, f"{said} are alike")
        assert own.clusters.tolist() == np.repeat(np.arange(5), 3).tolist()
    monkeypatch.setattr(intervals, "_inside", lambda found: 0.5)
    monkeypatch.setattr(intervals, "_chance", lambda found, label: 0.05)
    assert choice(squares.runs, squares.found).kind == "weights"


def sizes() -> Runs:
    """Five sizes, three times the data for each: no two runs share a budget."""
    N = np.repeat(np.geomspace(1e8, 1e10, 5), 3)
    D = np.tile([2e9, 2e10, 3.7e11], 5)
    return Runs(N=N, D=D, loss=TRUTH.loss(N, D))


def test_resamples_are_of_what_was_chosen(squares: Fit, monkeypatch):
    asked = []
    monkeypatch.setattr(intervals, "bootstrap", lambda found, **how: asked.append(how))
    label = np.arange(15)
    for kind in ("runs", "weights", "groups"):
        intervals.resamples_of(squares.found, Choice(kind, label, ""))
    assert asked == [
        {"resamples": 100, "kind": "runs"},
        {"resamples": 100, "kind": "weights"},
        {"resamples": 100, "kind": "clusters", "clusters": label},
    ]


def test_levels_are_widened_by_what_was_drawn_and_the_share_of_least_squares(squares, monkeypatch):
    monkeypatch.setattr(intervals, "_inside", lambda found: 0.25)
    assert plain_level(squares, 0.9) == widened(0.9, 15, 0.25) < widened(0.9, 15)


def test_constants_have_intervals_of_the_level_that_is_asked_for(squares: Fit):
    table = squares.constants(0.5)
    for name in ("E", "alpha"):
        own = squares.interval(name, 0.5)
        assert table.loc[name, ["low", "high"]].tolist() == [own.low, own.high]


@pytest.mark.parametrize(("free", "enlarged"), [(4, 12 / 8), (12, 12.0), (14, 12.0)])
def test_new_runs_differ_from_the_law_as_the_runs_do(free, enlarged, monkeypatch):
    """Of thirteen runs twelve count; their residuals are enlarged for the constants fitted."""
    monkeypatch.setattr(intervals, "_inside", lambda found: 1.0)
    weights = np.array([1.0] * 12 + [0.0])
    r = np.append(np.linspace(-0.03, 0.05, 12), 7.0)
    problem = SimpleNamespace(columns={"N": None, "D": None}, weights=weights)
    laws = np.linspace(1.9, 2.1, 300)
    own = SimpleNamespace(
        found=SimpleNamespace(problem=problem, residuals=r, free=["any"] * free),
        choice=SimpleNamespace(units=9),
        law=TRUTH,
        resamples=SimpleNamespace(values_of=lambda loss: laws),
    )
    table = prediction(own, [1e9, 1e10], 2e10, level=0.8)
    assert table[["N", "D"]].to_numpy().tolist() == [[1e9, 2e10], [1e10, 2e10]]
    assert table["loss"].tolist() == TRUTH.loss(np.array([1e9, 1e10]), 2e10).tolist()
    level = widened(0.8, 9)
    drawn = np.random.default_rng(0).choice(r[:12] * np.sqrt(enlarged), (20, 300))
    known = [*interval(laws, level), *interval((laws / np.exp(drawn)).ravel(), level)]
    for row in table[["low", "high", "run_low", "run_high"]].to_numpy():
        assert row == pytest.approx(known, rel=1e-12)
