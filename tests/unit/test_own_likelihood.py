"""Profile likelihood, part by part: how its ends are sought, scaled, judged and said."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from scaling_utils import Runs, fit
from scaling_utils.fitting.resample import Interval
from scaling_utils.fitting.result import FitError
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.own import likelihood
from scaling_utils.own.fits import Fit
from scaling_utils.own.likelihood import Profile, _end, _note, _with, sharpness

N = np.repeat(np.geomspace(7e7, 7e9, 4), 4)
D = N * np.tile([5.0, 15.0, 40.0, 100.0], 4)
LOSS = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28).loss(N, D)
LOSS *= np.exp(np.random.default_rng(3).normal(0, 0.004, N.size))
WEIGHT = np.where(np.arange(N.size) == 5, 0.0, 1.0)


@pytest.fixture(scope="module")
def found() -> Fit:
    return fit(Runs(N=N, D=D, loss=LOSS, weight=WEIGHT), objective="log squares")


class Rising:
    """A t that rises from a best value by a slope times a power of the distance."""

    def __init__(self, best: float, slope: float, power: int = 1) -> None:
        self.best, self.slope, self.power = best, slope, power
        self.asked: list[float] = []

    def __call__(self, value: float) -> float:
        self.asked.append(value)
        return self.slope * abs(value - self.best) ** self.power


@pytest.mark.parametrize(
    ("slope", "enough", "way"),
    [
        (4.5, 2.0, [2.1, 2.4, 2.6]),  # four times as far, at most; one and a half times, at least
        (12.0, 2.0, [2.1, 2.2]),  # a fifth farther than a straight line says
    ],
)
def test_an_end_is_sought_in_growing_steps_and_then_between_the_last_two(slope, enough, way):
    t = Rising(2.0, slope)
    found = _end(t, 2.0, np.inf, enough)
    assert found == pytest.approx(2.0 + enough / slope, abs=0.005 * (way[-1] - 2.0))
    assert t.asked[: len(way)] == pytest.approx(way)
    assert all(way[-2] <= value <= way[-1] + 1e-12 for value in t.asked[len(way) :])
    low = Rising(2.0, slope)
    assert _end(low, 2.0, 0.0, enough) == pytest.approx(4.0 - found)


def test_an_end_is_found_to_a_share_of_its_distance_in_few_steps():
    t = Rising(1.0, 300.0, power=4)
    assert _end(t, 1.0, np.inf, 2.0) == pytest.approx(1.0 + (2 / 300) ** 0.25, abs=0.005 * 0.3)
    assert len(t.asked) <= 11  # 14 to the last digit
    exact = Rising(1.0, 10.0)
    assert _end(exact, 1.0, np.inf, 10.0 * (1.05 - 1.0)) == 1.05
    assert max(exact.asked) == 1.05


@pytest.mark.parametrize(
    ("best", "limit", "farthest"),
    [
        (2.0, np.inf, 2e6),
        (2.0, 0.0, 2e-6),
        (2.0, 3.0, 3.0),
        (2.0, 2.05, 2.05),
        (0.0, np.inf, 1e6),
    ],
)
def test_where_nothing_fits_too_badly_the_end_is_the_limit(best, limit, farthest):
    t = Rising(best, 0.0)
    assert _end(t, best, limit, 2.0) == limit
    assert t.asked[-1] == pytest.approx(farthest)
    first = min(0.05 * (best or 1.0), abs(limit - best))
    assert abs(t.asked[0] - best) == pytest.approx(first)


def residuals(r: np.ndarray, delta: float, objective: str = "huber") -> SimpleNamespace:
    """A fit with half as many constants as runs, so that residuals count as much as r is."""
    n = r.size
    weights = np.append(np.arange(1.0, n + 1), 0.0)  # and a run that does not count
    problem = SimpleNamespace(
        weights=weights, objective=objective, batch=lambda: SimpleNamespace(delta=delta)
    )
    signed = np.append(r / np.sqrt(2) * (-1.0) ** np.arange(n), 9.0)
    return SimpleNamespace(problem=problem, residuals=signed, free=["any"] * (n // 2))


def test_a_rise_is_measured_by_the_residuals_of_runs_that_count_each_by_its_weight():
    r, w = np.arange(1, 9) / 100, np.arange(1, 9)
    mean = w.mean()
    assert sharpness(residuals(r, np.inf)) == pytest.approx(1 / np.average(r**2, weights=w) / mean)
    # 0.972 of the residuals, 2 x 0.972 / 8 ** (1 / 3), lie in the window: all but the eighth.
    window = 0.01 + 0.07 * 0.972
    inside = w[:7].sum() / w.sum() * 0.02 / window
    square = np.average(np.minimum(r, 0.02) ** 2, weights=w)
    assert sharpness(residuals(r, 0.02)) == pytest.approx(inside / square / mean)
    absolute = sharpness(residuals(r, 0.02, "absolute"))
    assert absolute == pytest.approx(0.02 * inside / square / mean)
    # Of four runs the window holds all; a wide delta is a window itself.
    few, w4 = r[:4], w[:4]
    square = np.average(np.minimum(few, 0.02) ** 2, weights=w4)
    assert sharpness(residuals(few, 0.02)) == pytest.approx(0.02 / 0.04 / square / 2.5)
    square = np.average(few**2, weights=w4)
    assert sharpness(residuals(few, 0.05)) == pytest.approx(1 / square / 2.5)


def judged(width: float, drawn: float = 1.0, kind: str = "runs", runs: int = 15) -> str:
    def interval(constant: str, level: float) -> Interval:
        assert (constant, level) == ("alpha", 0.9)
        return Interval(0.5, 0.0, drawn, 0.9, 100)

    own = SimpleNamespace(
        choice=SimpleNamespace(kind=kind), interval=interval, runs=np.zeros(runs)
    )
    return _note(own, "alpha", 0.9, width)


@pytest.mark.parametrize("kind", ["runs", "weights"])
def test_where_the_two_differ_much_few_runs_make_the_bootstrap_rough(kind):
    theirs = "believe the bootstrap's 0 to 1: this takes runs as independent and alike"
    ours = "believe this, not the bootstrap's 0 to 1: few runs make that rough"
    assert judged(1.6, kind=kind) == judged(0.6, kind=kind) == theirs
    assert judged(1.6, kind=kind, runs=14) == judged(0.6, kind=kind, runs=14) == ours
    for runs in (14, 15):
        assert judged(1.5, kind=kind, runs=runs) == ""
        assert judged(2.9, 2.0, kind=kind, runs=runs) == ""
    assert judged(1.0, kind="groups") == theirs


def test_no_bootstrap_is_no_reason_to_doubt_the_profile():
    def refused(*_: object) -> Interval:
        raise FitError("too many resamples are left out")

    own = SimpleNamespace(choice=SimpleNamespace(kind="runs"), interval=refused, runs=[])
    assert _note(own, "alpha", 0.95, 1.0) == ""


def test_a_profile_prints_its_interval_its_level_and_its_note():
    own = Profile("alpha", 0.34, 0.31, 0.372, 0.9, pd.DataFrame(), "")
    assert str(own) == "alpha 0.34 (0.31 to 0.372, 90 %, by profile likelihood)"
    doubted = Profile("alpha", 0.34, 0.31, 0.372, 0.9, pd.DataFrame(), "believe it")
    assert str(doubted) == "alpha 0.34 (0.31 to 0.372, 90 %, by profile likelihood; believe it)"


def test_ends_are_sought_between_limits_and_by_as_many_runs_as_count(found, monkeypatch):
    limits: list[float] = []
    widths: list[float] = []
    freedom: list[int] = []
    stdtrit = likelihood.stdtrit

    def end(t: Callable[[float], float], best: float, limit: float, enough: float) -> float:
        limits.append(limit)
        assert enough == pytest.approx(stdtrit(10, 0.95))
        t(best * 1.01)
        return best + (0.25 if limit > best else -0.125)

    monkeypatch.setattr(likelihood, "_end", end)
    monkeypatch.setattr(likelihood, "_note", lambda *given: str(widths.append(given[-1])))
    monkeypatch.setattr(likelihood, "stdtrit", lambda f, p: freedom.append(f) or stdtrit(f, p))
    own = found.profile("alpha", 0.9)
    assert (own.constant, own.estimate, own.level) == ("alpha", found.law.alpha, 0.9)
    assert own.curve["t"].tolist()[0] == 0.0
    assert own.curve["alpha"].tolist() == pytest.approx([own.estimate, 1.01 * own.estimate])
    assert widths == pytest.approx([0.375])
    assert freedom == [10]  # fifteen runs of sixteen, five constants
    found.profile("E", 0.9)
    assert limits == [0.0, np.inf, 0.0, pytest.approx(LOSS.min() * (1 - 1e-9), rel=1e-12)]
    assert limits[-1] < LOSS.min()
    for wrong in (0.0, 1.0, 1.5):
        with pytest.raises(ValueError, match=r"^level must lie between 0 and 1"):
            found.profile("alpha", wrong)


def test_a_value_with_which_nothing_fits_is_said(found, monkeypatch):
    failed = SimpleNamespace(value=np.nan, status="not identified", message="too few runs")
    monkeypatch.setattr(likelihood, "fit_law", lambda **_: failed)
    said = r"^with alpha = 0.4 the fit is not identified: too few runs$"
    with pytest.raises(FitError, match=said):
        _with(found, "alpha", 0.4)
