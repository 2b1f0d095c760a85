"""A fit in words: one screen, whatever came out, with what is wrong and what to do."""

from functools import cache

import numpy as np
import pytest

from scaling_utils import Runs, fit
from scaling_utils.fitting.points import thin
from scaling_utils.laws import ChinchillaLaw, KaplanND, KaplanNS, Law
from scaling_utils.own import intervals
from scaling_utils.published import repeated_data

TRUTH = ChinchillaLaw(1.7, 400.0, 2000.0, 0.34, 0.36)


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch):
    monkeypatch.setattr(intervals, "RESAMPLES", 20)


def runs(sizes=5, tokens=5, noise=0.004, **columns):
    N = np.repeat(np.geomspace(1e8, 8e9, sizes), tokens)
    D = np.tile(np.geomspace(2e9, 6e11, tokens), sizes)
    loss = TRUTH.loss(N, D) * np.exp(np.random.default_rng(3).normal(0, noise, N.size))
    return Runs(N=N, D=D, loss=loss, **columns)


@cache
def good():
    return fit(runs())


@cache
def at_one_ratio():
    N = np.geomspace(1e8, 1e10, 9)
    return fit(Runs(N=N, D=20 * N, loss=TRUTH.loss(N, 20 * N)))


def fits_one_screen(text):
    lines = text.splitlines()
    return len(lines) <= 24 and max(map(len, lines)) <= 80


def test_a_good_fit_is_told_on_one_screen():
    said = str(good())
    assert fits_one_screen(said)
    for word in ("converged", "E + A / N^alpha + B / D^beta", "95 %", "Newton decrement"):
        assert word in said
    for name, value in good().law.constants().items():
        row = next(line for line in said.splitlines() if line.split()[:1] == [name])
        assert f"{value:.4g}" in row
        assert " to " in row
    assert f"{good().law.a:.4g}" in said
    assert good().drawn.split()[0] in said


def test_the_next_step_is_a_budget_that_can_be_planned():
    last = str(good()).splitlines()[-1]
    budget = float(last.partition(".plan(")[2].partition(")")[0])
    assert good().runs.C.max() < budget <= 11 * good().runs.C.max()


def test_runs_at_one_ratio_say_what_is_wrong_and_what_to_do_and_give_no_constants():
    found = at_one_ratio()
    said = str(found)
    assert fits_one_screen(said)
    assert "not identified" in said
    assert "".join(found.message.split()) in "".join(said.split())
    assert "add runs at another ratio" in " ".join(said.split())
    assert "fit(runs, 'power')" in " ".join(said.split())
    assert "alpha  " not in said


def test_many_notes_stay_on_the_screen_and_are_counted():
    found = good()
    notes = tuple(f"note {k}, {'with many words ' * 12}" for k in range(9))
    object.__setattr__(many := fit(found.runs), "runs", WithNotes(found.runs, notes))
    said = str(many)
    assert fits_one_screen(said)
    told = sum(f"note {k}" in said for k in range(9))
    assert 0 < told < 9
    assert f"and {len(many.notes) - told} more" in said
    assert all(f"note {k}" in many._repr_html_() for k in range(9))


class WithNotes:
    """Runs with other notes."""

    def __init__(self, runs, notes):
        self.runs, self.notes = runs, notes

    def __getattr__(self, name):
        return getattr(self.runs, name)

    def __len__(self):
        return len(self.runs)


def test_a_fixed_and_a_tied_constant_are_said_to_be():
    said = str(fit(runs(), fix={"E": 1.7}, tie={"alpha": "beta"})).splitlines()
    rows = {line.split()[0]: line for line in said}
    assert "fixed" in rows["E"]
    assert " to " not in rows["E"]
    assert rows["alpha"].endswith("= beta")


@pytest.mark.parametrize("form", ["kaplan-nd", "kaplan-ns", "power", "repeated"])
def test_every_form_prints_on_one_screen(form):
    found = fit(of_form(form), form)
    assert fits_one_screen(str(found)), found
    assert "L(" in str(found)
    assert found.status in repr(found)


def of_form(form):
    base = runs(noise=0.0)
    N, D = base.N, base.D
    columns, loss = {
        "kaplan-nd": ({"N": N, "D": D}, KaplanND(8.8e13, 5.4e13, 0.076, 0.095).loss),
        "kaplan-ns": ({"N": N, "S": D / 1e5}, KaplanNS(6.5e13, 2.1e3, 0.077, 0.76).loss),
        "power": ({"C": N * D * 6}, lambda C: 1.8 + 900 * C**-0.15),
        "repeated": ({"N": N, "D": D, "unique": np.resize([2e9, 2e10], 25)}, repeated_data().loss),
    }[form]
    noise = np.exp(np.random.default_rng(0).normal(0, 0.002, 25))
    return Runs(**columns, loss=loss(*columns.values()) * noise)


def test_a_fit_in_a_list_is_one_line():
    for found in (good(), at_one_ratio()):
        assert len(repr(found).splitlines()) == 1
        assert len(repr(found)) < 160


def test_the_table_of_a_notebook_is_escaped():
    found = fit(runs(group=["<b>"] * 13 + ["a & b"] * 12))
    page = WithNotes(found.runs, ("<script>alert(1)</script>",))
    object.__setattr__(found, "runs", page)
    assert "<script>" not in found._repr_html_()
    assert "&lt;script&gt;" in found._repr_html_()
    assert "color" not in found._repr_html_()


def test_a_law_comes_back_from_its_dictionary():
    for law in (TRUTH, repeated_data()):
        assert type(law).from_dict(law.to_dict()) == law == Law.from_dict(law.to_dict())
    with pytest.raises(ValueError, match="has no B, beta"):
        ChinchillaLaw.from_dict({"E": 1, "A": 2, "alpha": 0.3, "source": "user"})
    with pytest.raises(ValueError, match="expected one of ChinchillaLaw"):
        ChinchillaLaw.from_dict(repeated_data().to_dict())


def test_intervals_are_said_to_be_by_bootstrap():
    assert f"Intervals    95 %, bootstrap: {good().drawn.split()[0]}" in str(good())


def test_a_constant_at_its_bound_shows_its_interval():
    bounded = fit(runs(), bounds={"alpha": (0.0, 0.2)})
    row = next(line for line in str(bounded).splitlines() if line.startswith("alpha"))
    assert "(0.2 to 0.2) free within 0 to 0.2" in " ".join(row.split())


def test_a_thin_design_is_said_without_saying_only_twice():
    said = thin({"model size": 3, "amount of data": 9, "budget": 1})
    assert said == "the runs have only 3 model sizes and one budget"


def test_advice_that_was_taken_is_not_given():
    N = np.geomspace(1e8, 1e10, 9)
    ladder = Runs(N=N, D=20 * N, unique=4 * N, loss=TRUTH.loss(N, 20 * N))
    assert len(fit(ladder).notes) == 2
    assert [note[:15] for note in fit(ladder, "power").notes] == ["texts were read"]
    assert not any("'repeated'" in note for note in fit(ladder, "repeated").notes)
    assert "ask for less" in str(fit(ladder))
    short = str(fit(ladder.without([*range(3, 9)], "for now"), "power"))
    assert "not identified" in short
    assert "'power'" not in short


def test_constraints_that_are_no_dictionary_are_refused():
    for asked in ("fix", "tie", "bounds"):
        with pytest.raises(ValueError, match=f"{asked} must be a dictionary of constants"):
            fit(runs(), **{asked: "E=1.69"})
