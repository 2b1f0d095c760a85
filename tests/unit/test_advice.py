"""What a fit that determines nothing advises: only what was tried and helps."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from scaling_utils.fitting import fit as module
from scaling_utils.fitting.fit import (
    _advice,
    _columns,
    _solved,
    _weights,
    fit_chinchilla,
    fit_law,
)
from scaling_utils.fitting.forms import Constraints
from scaling_utils.fitting.result import Problem
from scaling_utils.laws import ChinchillaLaw, PowerWithFloor

LAW = ChinchillaLaw(1.8, 480.0, 2000.0, 0.35, 0.37)
NOISE = np.exp(np.random.default_rng(0).normal(0, 0.003, 16))
N, D = np.repeat(np.geomspace(1e8, 1e10, 4), 4), np.tile(np.geomspace(1e9, 1e11, 4), 4)


def problem(form: str = "chinchilla", **limits) -> Problem:
    columns = {"C": N} if form == "power" else {"N": N, "D": D}
    ones = np.ones(16)
    return Problem(columns, LAW.loss(N, D), ones, None, "huber", 1e-3, form, Constraints(**limits))


@pytest.fixture
def tried(monkeypatch):
    """What was tried, where fits can be used whose constraints are among the `good` ones."""
    asked: list[Constraints] = []

    def give(good) -> list[Constraints]:
        def solved(own: Problem, source: str, *, quickly: bool = False):
            assert (source, quickly) == ("here", True)
            asked.append(own.constraints)
            helps = own.constraints in good
            return SimpleNamespace(status="two minima" if helps else "not converged")

        monkeypatch.setattr(module, "_solved", solved)
        return asked

    return give


def test_what_helps_is_named(tried) -> None:
    fix_E, tie = Constraints({"E": 1.8}), Constraints({}, {"alpha": "beta"})
    fix_alpha, fix_beta = Constraints({"alpha": 0.35}), Constraints({"beta": 0.37})
    asked = tried([fix_E, fix_beta])
    said = _advice(problem(), LAW, "here")
    assert said == ": fix E or beta, or add runs that differ more"
    assert asked == [fix_E, fix_alpha, fix_beta, tie]
    tried([tie])
    assert _advice(problem(), LAW, "here") == ": tie alpha to beta, or add runs that differ more"
    tried([fix_E, tie])
    assert _advice(problem(), LAW, "here") == (
        ": fix E, or tie alpha to beta, or add runs that differ more"
    )
    tried([])
    assert _advice(problem(), LAW, "here") == ": add runs that differ more"


def test_what_is_bounded_or_tied_to_is_not_asked_for_and_what_is_asked_stays(tried) -> None:
    bounds = {"alpha": (0.1, 0.5)}
    asked = tried([])
    _advice(problem(fixed={"B": 2000.0}, bounds=bounds), LAW, "here")
    assert asked == [
        Constraints({"B": 2000.0, "E": 1.8}, {}, bounds),
        Constraints({"B": 2000.0, "beta": 0.37}, {}, bounds),
    ]
    asked.clear()
    _advice(problem(tied={"alpha": "beta"}), LAW, "here")
    assert asked == [Constraints({"E": 1.8}, {"alpha": "beta"})]


def test_a_law_of_one_exponent_has_nothing_to_tie_it_to(tried) -> None:
    law = PowerWithFloor(1.7, 400.0, 0.3, "C")
    asked = tried([])
    _advice(problem("power"), law, "here")
    assert asked == [Constraints({"E": 1.7}), Constraints({"alpha": 0.3})]


def test_advice_is_given_where_nothing_is_identified_and_nowhere_else(monkeypatch) -> None:
    given = []

    def advice(own: Problem, law: ChinchillaLaw, source: str) -> str:
        given.append((own, law, source))
        return "; do this"

    monkeypatch.setattr(module, "_advice", advice)
    monkeypatch.setattr(module, "MOST_STARTS", 6)
    flat = 1.7 + 410.0 * D**-0.28
    fit = fit_chinchilla(N, D, flat, source="here")
    assert fit.status == "not identified"
    assert fit.message.endswith("; do this")
    assert given == [(fit.problem, fit.candidate, "here")]
    quick = _solved(fit.problem, "here", quickly=True)
    assert (quick.status, quick.starts) == ("not identified", 6)
    assert len(given) == 1
    monkeypatch.setattr(module, "AGREED", -1.0)
    settled = fit_chinchilla(N, D, LAW.loss(N, D) * NOISE)
    assert (settled.status, settled.message, settled.starts) == ("converged", "", 6 + 6 + 9)
    assert len(given) == 1


def test_starts_beyond_the_first_are_taken_finely_and_some_straight(monkeypatch) -> None:
    asked = []
    real = module.minimise

    def minimise(batch, start, by, **options):
        asked.append((start.shape[1], options))
        return real(batch, start, by, **options)

    monkeypatch.setattr(module, "minimise", minimise)
    monkeypatch.setattr(module, "MOST_STARTS", 8)
    monkeypatch.setattr(module, "STRAIGHT", 2)
    monkeypatch.setattr(module, "AGREED", -1.0)
    fit_chinchilla(N, D, LAW.loss(N, D) * NOISE)
    assert asked == [(6, {}), (8, {"fine": True}), (2, {"squares": False, "fine": True})]


def test_what_is_far_from_any_unit_is_refused_by_name() -> None:
    loss = LAW.loss(N, D)
    for columns in (3, {4: N, "D": D}, [N, D]):
        with pytest.raises(
            ValueError, match=r"^columns must be a dictionary of columns by name, "
        ):
            fit_law("chinchilla", columns, loss)
    for name, few in (("N", N), ("D", D), ("loss", loss)):
        given = {"N": N, "D": D, "loss": loss}
        for far in (0.9e-60, 1.1e60):
            one = np.r_[far, few[1:]]
            said = f"^{name} must lie between 1e-60 and 1e60; check its unit$"
            with pytest.raises(ValueError, match=said):
                fit_chinchilla(**(given | {name: one}))
    for far in (0.9e-60, 1.1e60):
        with pytest.raises(ValueError, match=r"^C must lie between"):
            _columns("power", {"C": np.array([far, 1.0]), "loss": np.ones(2)})
    kept = _columns("power", {"C": [1e-60, 1e60], "loss": [1.0, 2.0]})
    assert {name: own.tolist() for name, own in kept.items()} == {
        "C": [1e-60, 1e60],
        "loss": [1.0, 2.0],
    }
    for delta in (1e-12, 1e12):
        with pytest.raises(ValueError, match=r"^delta must"):
            fit_chinchilla(N, D, loss, delta=delta)
    for delta in (1.1e-12, 0.9e12):
        assert fit_chinchilla(N[:2], D[:2], loss[:2], delta=delta).problem.delta == delta


def test_weights_are_of_one_kind() -> None:
    assert _weights([1e12, 1.0, 0.0], np.ones(3)).tolist() == [1e12, 1.0, 0.0]
    assert _weights([1e60, 1e50], np.ones(2)).tolist() == [1e60, 1e50]
    for wrong in ([1.1e12, 1.0, 0.0], [1.1e60, 1e59, 1e59]):
        with pytest.raises(
            ValueError, match=r"^weights must lie within 1e12 times of each other$"
        ):
            _weights(wrong, np.ones(3))
