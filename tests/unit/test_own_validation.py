"""A fit foretells runs that it has not seen, and says where it cannot."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scaling_utils.fitting.result import FitError
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.own.fits import fit
from scaling_utils.own.runs import Runs

TRUTH = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)
SIZES = np.geomspace(1e8, 1e10, 6)
N = np.repeat(SIZES, 5)
D = np.tile(np.geomspace(1e9, 1e12, 5), 6)
NOISE = np.exp(np.random.default_rng(3).normal(0, 0.004, N.size))


def runs(keep=slice(None), loss=None, size=N, **more):
    loss = TRUTH.loss(size, D) * NOISE if loss is None else loss
    held = {name: value[keep] for name, value in more.items()}
    return Runs(N=size[keep], D=D[keep], loss=loss[keep], C=(6 * size * D)[keep], **held)


def at(*sizes):
    return np.isin(N, sizes)


@pytest.fixture(scope="module")
def found():
    return fit(runs())


@pytest.fixture(scope="module")
def without(found):
    return found.leave_one_size_out()


@pytest.fixture(scope="module")
def rolled(found):
    return found.roll_forward()


def error(law, held):
    return np.log(law.loss(N[held], D[held]) / runs(held).loss)


def test_each_size_is_foretold_by_a_fit_to_all_others(found, without):
    assert without["N"].to_numpy() == pytest.approx(SIZES)
    assert (without["left_out"] == 5).all()
    assert set(without["status"]) == {"converged"}
    for k in (0, 5):
        held = at(SIZES[k])
        other, row = fit(runs(~held)).law, without.iloc[k]
        assert row["mean_error"] == pytest.approx(error(other, held).mean(), abs=1e-8)
        assert row["rms_error"] == pytest.approx(np.sqrt((error(other, held) ** 2).mean()), 1e-6)
        before = error(found.law, held)
        assert row["rms_of_all"] == pytest.approx(np.sqrt((before**2).mean()), 1e-9)


def test_a_size_that_is_off_is_foretold_worse_than_it_is_fitted():
    loss = TRUTH.loss(N, D) * np.where(at(SIZES[5]), 1.03, 1.0)
    table = fit(runs(loss=loss), objective="log squares").leave_one_size_out()
    assert table["mean_error"].iloc[5] == pytest.approx(-np.log(1.03), abs=1e-6)
    assert table["rms_of_all"].iloc[5] < 0.5 * table["rms_error"].iloc[5]


def test_sizes_within_a_per_cent_count_as_one():
    size = N * np.tile([1.0, 1.002, 1.004, 1.006, 1.008], 6)
    assert len(fit(runs(size=size)).leave_one_size_out()) == 6


def test_a_fit_that_needs_the_size_left_out_says_so():
    keep = at(SIZES[3], SIZES[4], SIZES[5])
    with pytest.raises(ValueError, match=r"no law is determined: .* 2 model sizes"):
        fit(runs(keep)).leave_one_size_out()


def test_larger_budgets_are_foretold_from_smaller_ones(rolled):
    C = 6 * N * D
    assert (np.diff(rolled["C_up_to"]) > 0).all()
    assert rolled["used"].tolist() == [(end >= C).sum() for end in rolled["C_up_to"]]
    assert rolled["decades"].to_numpy() == pytest.approx(np.log10(C.max() / rolled["C_up_to"]))
    row = rolled.iloc[-1]
    held = row["C_up_to"] < C
    other = error(fit(runs(~held)).law, held)
    assert row["mean_error"] == pytest.approx(other.mean(), abs=1e-8)
    assert row["rms_error"] == pytest.approx(np.sqrt((other**2).mean()), rel=1e-6)


def test_a_budget_that_is_too_small_to_fit_keeps_its_row(rolled):
    first = rolled.iloc[0]
    assert first["status"] == "not identified"
    assert np.isnan(first["rms_error"])
    assert first["used"] < 6


def test_tables_show_all_numbers_on_a_screen_of_eighty_characters(without, rolled):
    with pd.option_context("display.width", 80, "display.max_columns", 0):
        for table in (without, rolled):
            said = str(table)
            assert max(map(len, said.splitlines())) <= 80
            assert all(name in said.splitlines()[0] for name in table)


def test_many_budgets_are_taken_a_few_at_a_time():
    size = N * np.linspace(1.0, 1.2, N.size)
    table = fit(runs(size=size)).roll_forward()
    assert 8 <= len(table) <= 12
    assert (table["used"] < N.size).all()


def test_weights_and_objective_are_those_of_the_fit():
    weight = np.where(at(SIZES[1]), 3.0, 1.0)
    table = fit(runs(weight=weight), objective="log squares").leave_one_size_out()
    held = at(SIZES[0])
    other = fit(runs(~held, weight=weight), objective="log squares").law
    assert table["mean_error"].iloc[0] == pytest.approx(error(other, held).mean(), abs=1e-8)


def test_constraints_are_those_of_the_fit():
    """With E and alpha known, two sizes are enough."""
    keep = at(SIZES[3], SIZES[4], SIZES[5])
    known = {"E": 1.69, "alpha": 0.34}
    table = fit(runs(keep), fix=known).leave_one_size_out()
    assert set(table["status"]) == {"converged"}
    held = at(SIZES[4])
    other = fit(runs(keep & ~held), fix=known).law
    assert table["mean_error"].iloc[1] == pytest.approx(error(other, held).mean(), abs=1e-8)


def test_a_power_of_one_variable_leaves_out_its_values():
    size = np.geomspace(1e8, 1e10, 10)
    ladder = Runs(N=size, loss=1.7 + 300 / size**0.3)
    found = fit(ladder, "power", fix={"E": 1.7})
    table, rolled = found.leave_one_size_out(), found.roll_forward()
    assert table["N"].to_numpy() == pytest.approx(size)
    assert table["rms_error"].max() < 1e-6
    assert "N_up_to" in rolled
    assert rolled["rms_error"].iloc[-1] < 1e-6


def test_a_fit_without_a_law_has_nothing_to_validate():
    lone = fit(runs(at(SIZES[0])))
    for table in (lone.leave_one_size_out, lone.roll_forward):
        with pytest.raises(FitError, match="not identified"):
            table()


def test_one_size_cannot_be_left_out():
    lone = fit(runs(at(SIZES[0])), fix={"A": 406.4, "alpha": 0.34, "E": 1.69})
    with pytest.raises(ValueError, match="all runs lie at one"):
        lone.leave_one_size_out()
