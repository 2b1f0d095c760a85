"""How a fit decides and what it says: complaints, verdicts, rivals, notes, in full."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scaling_utils.fitting import fit as module
from scaling_utils.fitting.fit import (
    _complaint,
    _intervals,
    _judged,
    _notes,
    _pressing,
    _rivals,
    _verdict,
    _weights,
    fit_chinchilla,
    fit_law,
)
from scaling_utils.fitting.forms import Constraints
from scaling_utils.fitting.points import Ends
from scaling_utils.fitting.result import Certificate, LawFit, Problem
from scaling_utils.laws import ChinchillaLaw, PowerWithFloor

TRUTH = ChinchillaLaw(1.8, 480.0, 2000.0, 0.35, 0.37)
N = np.repeat(np.geomspace(5e7, 1.6e10, 5), 4)
D = np.tile(np.geomspace(1e9, 3e11, 4), 5)
LOSS = TRUTH.loss(N, D) * np.exp(np.random.default_rng(0).normal(0, 0.004, N.size))


def problem(n=N, d=D, loss=None, weights=None, form="chinchilla", **limits) -> Problem:
    loss = TRUTH.loss(n, d) if loss is None else loss
    weights = np.ones(n.size) if weights is None else weights
    columns = {"C": n} if form == "power" else {"N": n, "D": d}
    return Problem(columns, loss, weights, None, "huber", 1e-3, form, Constraints(**limits))


@pytest.fixture(scope="module")
def fit() -> LawFit:
    return fit_chinchilla(N, D, LOSS)


def test_weights_are_one_unless_given() -> None:
    assert _weights(None, LOSS).tolist() == [1.0] * 20
    assert _weights([[0.0, 2.0]], LOSS[:2]).tolist() == [0.0, 2.0]
    said = "^weights must not be negative, and at least one must be positive$"
    for wrong in ([1.0, -0.5], [0.0, 0.0]):
        with pytest.raises(ValueError, match=said):
            _weights(wrong, LOSS[:2])
    with pytest.raises(ValueError, match=r"^weights must be finite"):
        _weights([1.0, np.inf], LOSS[:2])
    with pytest.raises(ValueError, match=r"loss.* weights.* same length|same length"):
        _weights([1.0], LOSS[:2])


def test_intervals_hold_their_losses_ends_included() -> None:
    assert _intervals(LOSS[:2], None, None) is None
    low, high = _intervals(np.array([2.0, 3.0]), [2.0, 2.5], [2.5, 3.0])
    assert (low.tolist(), high.tolist()) == ([2.0, 2.5], [2.5, 3.0])
    said = r"^loss_low <= loss <= loss_high must hold, but at index 1 they are "
    for ends, numbers in ((([1, 3.1], [4, 4]), "3.1, 3, 4"), (([1, 2], [4, 2.9]), "2, 3, 2.9")):
        with pytest.raises(ValueError, match=f"{said}{numbers}$"):
            _intervals(np.array([2.0, 3.0]), *ends)
    for ends in ((None, [1.0]), ([1.0], None)):
        with pytest.raises(ValueError, match=r"^give both loss_low and loss_high, or neither$"):
            _intervals(LOSS[:1], *ends)
    for name, ends in (("loss_low", ([-1.0], [9.0])), ("loss_high", ([1.0], [np.nan]))):
        with pytest.raises(ValueError, match=f"^{name} must be"):
            _intervals(LOSS[:1], *ends)


def test_intervals_of_a_fit_are_kept(fit: LawFit) -> None:
    own = fit_chinchilla(N, D, LOSS, loss_low=0.9 * LOSS, loss_high=1.1 * LOSS)
    assert own.problem.ends[0] == pytest.approx(0.9 * LOSS)
    assert own.problem.ends[1] == pytest.approx(1.1 * LOSS)
    assert fit.problem.ends is None


def test_options_are_checked_and_kept() -> None:
    own = fit_chinchilla(N, D, LOSS, delta=3e-3, objective="huber", weights=np.full(20, 2.0))
    assert (own.problem.delta, own.problem.objective) == (3e-3, "huber")
    assert own.problem.weights.tolist() == [2.0] * 20
    assert fit_chinchilla(N, D, LOSS).problem.delta == 1e-3
    assert fit_chinchilla(N, D, LOSS).law.source == "user"
    for asked, said in (
        ({"delta": -1.0}, "^delta must be positive"),
        ({"objective": "mean"}, "^objective 'mean' is not known"),
        ({"fix": {"E": 99.0}}, f"^E cannot be 99 or more: half of the losses are at most "
         f"{np.median(LOSS):g}, and every law of this form lies above its E$"),
        ({"bounds": {"E": (50.0, 60.0)}}, "^E cannot be 50 or more"),
        ({"weights": np.ones(3)}, "weights has 3"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=said):
            fit_chinchilla(N, D, LOSS, **asked)
    exactly = float(np.median(LOSS))
    with pytest.raises(ValueError, match=r"^E cannot be"):
        fit_chinchilla(N, D, LOSS, fix={"E": exactly})
    with pytest.raises(ValueError, match=r"^form 'poly' is not known"):
        fit_law("poly", {"N": N}, LOSS)
    for columns, missing in (({"N": N}, "S"), ({}, "N, S")):
        said = f"^the form 'kaplan-ns' needs N, S, loss; there is no {missing}$"
        with pytest.raises(ValueError, match=said):
            fit_law("kaplan-ns", columns, LOSS)
    for columns, got in (({}, "none"), ({"N": N, "D": D}, "N, D")):
        with pytest.raises(ValueError, match=f"^a power is fitted to one column, got {got}$"):
            fit_law("power", columns, LOSS)


def test_runs_that_are_too_few_say_how_many_are_needed() -> None:
    rows = np.r_[0, 5, 10, 15, 19]
    said = "5 different runs cannot determine 5 constants and check them: at least 6 are needed"
    assert _complaint(problem(N[rows], D[rows])) == said
    twice = np.r_[rows, rows]
    assert _complaint(problem(N[twice], D[twice])) == said
    six = np.r_[0, 5, 10, 15, 19, 6]
    assert _complaint(problem(N[six], D[six])) == ""
    lost = np.r_[np.ones(5), 0.0]
    assert _complaint(problem(N[six], D[six], weights=lost)) == said
    one = problem(N[:4], D[:4], form="power")
    assert _complaint(one) == (
        "only one different run cannot determine 3 constants and check them: at least 4 are needed"
    )
    assert _complaint(problem(N[::4], D[::4], form="power")) == ""


def test_runs_at_one_ratio_say_so_unless_an_exponent_is_known() -> None:
    n = np.geomspace(1e8, 1e10, 12)
    for spread, same in ((0.05, True), (0.11, False)):
        d = 20 * n * (1 + spread * (np.arange(12) % 2))
        said = _complaint(problem(n, d))
        assert bool(said) == same
    said = (
        "all runs have about 20 tokens a parameter, where the terms of N and D can be exchanged: "
        "add runs at another ratio, fix both exponents, or fit a power of one column"
    )
    assert _complaint(problem(n, 20 * n)) == said
    assert _complaint(problem(n, 20 * n, fixed={"E": 1.8})) == said
    assert _complaint(problem(n, 20 * n, fixed={"alpha": 0.3})) == ""
    assert _complaint(problem(n, 20 * n, bounds={"beta": (0.3, 0.4)})) == ""


def ends(alpha, value, converged=True) -> Ends:
    alpha = np.array(alpha)
    theta = np.stack([0 * alpha, 0 * alpha, 0 * alpha + 0.6, alpha, 0 * alpha + 0.3])
    return Ends(theta, np.array(value), np.full(alpha.size, converged))


def test_rivals_are_other_minima_within_one_per_cent() -> None:
    apart = [0.3, 0.302, 0.3005, 0.4, 0.3025, 0.5, 0.6]
    value = [1.0, 1.009, 1.0, 1.011, 1.001, 1.01, 1.005]
    # By value: 0.3025 first, then 0.6, then 0.5; 0.302 is 0.3025 again, 0.3005 is the best one.
    assert _rivals(ends(apart, value), 0, [3, 4]) == [4, 6, 5]
    assert _rivals(ends(apart, value, False), 0, [3, 4]) == []
    assert _rivals(ends(apart, value), 0, []) == []


def proof(**changes) -> Certificate:
    return replace(Certificate(0.0, 0.0, 10.0, (), (), True), **changes)


def test_a_verdict_names_the_first_thing_that_is_wrong() -> None:
    own, other = problem(), replace(TRUTH, alpha=0.45)
    wrong = proof(holds=False, gradient=0.25, decrement=2e-3, at_bound=("E",))
    laws, values = [TRUTH, other, other], [2.0, 2.01686, 2.1]
    assert _verdict(own, "unclear", wrong, laws, values) == ("not identified", "unclear")
    assert _verdict(own, "", wrong, laws, values) == (
        "not converged",
        "no start reached a point that is certified as a minimum (scaled gradient 2.5e-01, "
        "Newton decrement 2.0e-03)",
    )
    zero = replace(TRUTH, E=0.0)
    bound = proof(at_bound=("E", "alpha"))
    assert _verdict(own, "", bound, [zero, other], values) == (
        "at a bound",
        "the best E is zero: the runs show no loss that size and data could not remove; "
        "alpha lies at the end of the range that is searched",
    )
    assert _verdict(own, "", proof(), laws, values) == (
        "two minima",
        f"another law, with a = {other.a:.3f} instead of {TRUTH.a:.3f}, has an objective only "
        "0.84 % higher",
    )
    powers = [PowerWithFloor(1.7, 400.0, 0.3, "C"), PowerWithFloor(1.7, 400.0, 0.25, "C")]
    said = _verdict(problem(form="power"), "", proof(), powers, values)[1]
    assert said.startswith("another law, with alpha = 0.250 instead of 0.300, has")
    assert _verdict(own, "", proof(), [TRUTH], [1.0]) == ("converged", "")


def test_a_constant_presses_on_the_bound_that_is_nearest() -> None:
    own = problem(bounds={"alpha": (0.0, 0.35)})
    assert _pressing(own, "alpha", TRUTH) == "alpha ends at the bound 0.35 that was given"
    own = problem(bounds={"alpha": (0.1, 0.35), "E": (0.0, 2.0)})
    assert _pressing(own, "alpha", TRUTH) == "alpha ends at the bound 0.35 that was given"
    low = replace(TRUTH, alpha=0.1)
    assert _pressing(own, "alpha", low) == "alpha ends at the bound 0.1 that was given"
    assert _pressing(own, "E", replace(TRUTH, E=2.0)) == "E ends at the bound 2 that was given"
    assert _pressing(own, "E", replace(TRUTH, E=0.0)).startswith("the best E is zero")


def test_what_is_thin_and_what_is_far_is_noted() -> None:
    r = np.full(20, 1e-3)
    r[[3, 7]] = [-0.026, 0.0251]
    assert _notes(problem(), r) == (
        "2 of 20 runs lie more than 25 times the median residual from the law, the farthest at "
        "index 3: check them",
    )
    r[[3, 7]] = [0.0249, 0.025]
    assert _notes(problem(), r) == ()
    tiny = np.full(20, 1e-9)
    tiny[4] = 0.9e-6
    assert _notes(problem(), tiny) == ()
    tiny[4] = 1.1e-6
    assert len(_notes(problem(), tiny)) == 1
    assert _notes(problem(), np.r_[np.zeros(19), 1.0]) == ()
    three = N < 1e9
    said = ("the runs have only 3 model sizes",)
    assert _notes(problem(N[three], D[three]), np.full(12, 1e-3)) == said
    below = float(np.sort(TRUTH.loss(N, D))[3])
    assert _notes(problem(fixed={"E": below}), np.full(20, 1e-3)) == (
        "3 of 20 losses lie below the E that was given: no law does",
    )
    heavy = np.ones(20)
    heavy[np.argsort(TRUTH.loss(N, D))[:2]] = 0.0
    assert _notes(problem(fixed={"E": below}, weights=heavy), np.full(20, 1e-3))[0].startswith(
        "1 "
    )
    assert _notes(problem(N[:3], D[:3], form="power"), np.full(3, 1e-3)) == ()
    assert _notes(problem(loss=0.1 * LOSS), np.full(20, 1e-3)) == ()


def test_where_the_first_starts_settle_it_no_more_are_tried(fit: LawFit, monkeypatch) -> None:
    assert (fit.status, fit.starts, fit.starts_agreed) == ("converged", 6, 6)
    monkeypatch.setattr(module, "MOST_STARTS", 10)
    monkeypatch.setattr(module, "STRAIGHT", 2)
    absolute = fit_chinchilla(N, D, LOSS, objective="absolute")
    assert absolute.starts == 6 + 10 + 2
    monkeypatch.setattr(module, "AGREED", -1.0)  # none agrees
    assert fit_chinchilla(N, D, LOSS).starts == 6 + 10 + 2


def test_rivals_are_reported_with_their_values_and_agreeing_starts_are_counted(fit) -> None:
    own = fit.problem
    best = own.model.to_theta(np.array([list(fit.constants().values())]))
    theta = np.repeat(best, 5, axis=1)
    theta[3] += [0.04, 0.02, 0.0, 0.0, 0.0]
    value = fit.value * np.array([1.005, 1.004, 1.0, 1.0 + 0.9e-9, 1.5])
    found = _judged(own, own.batch(), Ends(theta, value, np.ones(5, dtype=bool)), "here")
    assert (found.starts, found.starts_agreed) == (5, 2)
    assert (found.status, found.value) == ("two minima", fit.value)
    assert found.message.endswith("has an objective only 0.4 % higher")
    alpha = fit.law.alpha
    assert found.candidate.alpha == pytest.approx(alpha)
    assert [each for each, _ in found.minima] == pytest.approx(
        [1.004 * fit.value, 1.005 * fit.value]
    )
    assert [law.alpha for _, law in found.minima] == pytest.approx([alpha + 0.02, alpha + 0.04])
    assert {law.source for _, law in found.minima} == {found.candidate.source} == {"here"}
    absolute = replace(own, objective="absolute")
    ends = Ends(theta, 1e-9 * value, np.ones(5, dtype=bool))
    assert _judged(absolute, absolute.batch(), ends, "here").value == pytest.approx(fit.value)
    thin = problem(N[N < 1e9], D[N < 1e9])
    place = thin.model.to_theta(np.array([list(TRUTH.constants().values())]))
    one = Ends(place, np.ones(1), np.ones(1, dtype=bool))
    assert _judged(thin, thin.batch(), one, "here").notes == ("the runs have only 3 model sizes",)


def test_the_result_carries_value_residuals_and_minima() -> None:
    fit = fit_chinchilla(N, D, LOSS)
    r = np.log(fit.law.loss(N, D) / LOSS)
    assert fit.residuals == pytest.approx(r, abs=1e-12)
    huber = np.where(np.abs(r) < 1e-3, 0.5 * r**2, 1e-3 * (np.abs(r) - 5e-4))
    assert fit.value == pytest.approx(huber.sum())
    assert (fit.minima, fit.message, fit.notes) == ((), "", ())
    assert fit.certificate.holds
    empty = fit_chinchilla(N[:4], D[:4], LOSS[:4])
    assert np.isnan(empty.residuals).all()
    assert empty.residuals.shape == (4,)
    assert (empty.status, empty.candidate, empty.starts) == ("not identified", None, 0)


def test_tables_whose_rows_are_in_another_order_are_refused() -> None:
    rows = pd.RangeIndex(20)
    table = {"N": N, "D": D, "loss": LOSS, "weights": np.ones(20)}
    table |= {"loss_low": 0.9 * LOSS, "loss_high": 1.1 * LOSS}
    series = {name: pd.Series(values, rows) for name, values in table.items()}
    assert fit_chinchilla(**series).status == "converged"
    for name, own in series.items():
        with pytest.raises(ValueError, match="index"):
            fit_chinchilla(**(series | {name: own[::-1]}))


def test_constraints_are_kept_and_a_law_at_a_bound_is_settled_too() -> None:
    asked = {"fix": {"E": 1.8}, "tie": {"alpha": "beta"}, "bounds": {"beta": (0.1, 0.3)}}
    own = fit_chinchilla(N, D, LOSS, **asked)
    assert own.problem.constraints == Constraints(
        {"E": 1.8}, {"alpha": "beta"}, {"beta": (0.1, 0.3)}
    )
    assert (own.status, own.starts) == ("at a bound", 3)  # pairs within the bounds
    assert own.message == "beta ends at the bound 0.3 that was given"
    low = fit_chinchilla(N, D, LOSS, bounds={"E": (0.0, 1.5)})
    assert low.message == "E ends at the bound 1.5 that was given"


def test_losses_may_be_in_any_unit() -> None:
    assert fit_chinchilla(N, D, 1e-3 * LOSS).law.alpha == pytest.approx(
        fit_chinchilla(N, D, LOSS).law.alpha, rel=1e-5
    )


def test_runs_that_are_too_few_give_a_fit_with_the_complaint() -> None:
    own = fit_chinchilla(N[:2], D[:2], LOSS[:2])
    assert own.message == _complaint(own.problem)
    assert own.message.startswith("2 different runs cannot")
    assert own.problem.loss.tolist() == LOSS[:2].tolist()
