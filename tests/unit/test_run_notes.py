"""What is odd about runs is said, with what to do about it; and nothing else is."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.pandas import column, data_frames

from scaling_utils import Runs, datasets, fit
from scaling_utils.laws import ChinchillaLaw

LAW = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)


def grid(sizes=(1e8, 3e8, 1e9, 3e9), ratios=(5, 20, 80)):
    """Runs of sizes at ratios of tokens to parameters, as a table."""
    N = np.repeat(sizes, len(ratios)).astype(float)
    D = N * np.tile(ratios, len(sizes))
    return pd.DataFrame({"N": N, "D": D, "loss": LAW.loss(N, D)})


def notes(table, **changes):
    return Runs.read(table.assign(**changes)).notes


def test_a_plain_study_has_no_note():
    assert notes(grid()) == ()
    assert notes(grid().iloc[::-1]) == ()


def public_studies():
    figure4 = datasets.load("hoffmann2022_figure4_points")[["N", "D", "C", "loss"]]
    gadre = datasets.load("gadre2024_runs")
    small = datasets.load("one_minute_runs").rename(columns={"bytes_seen": "D"})
    yield pytest.param(figure4, id="Hoffmann's Figure 4")
    yield pytest.param(figure4[figure4.loss < 4], id="Hoffmann's Figure 4 without outliers")
    for name, runs in gadre.groupby("dataset"):
        yield pytest.param(runs[["N", "D", "loss"]], id=f"Gadre et al. on {name}")
    for seeds, runs in (("all", small), ("one", small[small.seed == 0])):
        for N in (runs.N_body, runs.N_embedding + runs.N_body + runs.N_head):
            yield pytest.param(
                runs.assign(N=N)[["N", "D", "loss"]], id=f"ours, {seeds}, {N.max()}"
            )


@pytest.mark.parametrize("runs", [*public_studies()])
def test_no_note_is_a_false_alarm_on_a_public_study(runs):
    assert notes(runs) == ()


def test_what_is_true_of_a_public_study_is_said():
    ours = datasets.load("transformer_runs")
    read = Runs.read(ours, N="N_body", D="bytes_seen", unique="unique_bytes")
    assert read.notes == ("texts were read up to 61 times: only the form 'repeated' counts that",)
    llama = datasets.load("llama2024_figure2_points")
    assert [note[:23] for note in notes(llama)] == ["all losses are below 1,"]
    curves = datasets.load("transformer_curves").merge(ours[["run", "N_body"]], on="run")
    said = Runs.read(curves, N="N_body", D="bytes_seen").notes
    assert any("have only 18 sizes" in note for note in said)


PLAIN = grid()
ODD = {
    "N in millions": (
        {"N": PLAIN.N / 1e6},
        ["N is up to 3e+03, 2e+07 tokens a parameter: is it in millions"],
    ),
    "N in billions": ({"N": PLAIN.N / 1e9}, ["N is up to 3, 2e+10 tokens a parameter"]),
    "D in millions": ({"D": PLAIN.D / 1e6}, ["D is up to 2.4e+05, 2e-05 tokens a parameter"]),
    "D in billions": ({"D": PLAIN.D / 1e9}, ["D is up to 240, 2e-08 tokens"]),
    "N and D in billions": (
        {"N": PLAIN.N / 1e9, "D": PLAIN.D / 1e9},
        ["N is up to 3, 20 tokens", "D is up to 240, 20 tokens"],
    ),
    "C as D": ({"D": 6 * PLAIN.N * PLAIN.D}, ["D is up to 4.32e+21, more than all tokens"]),
    "a perplexity as loss": (
        {"loss": np.exp(PLAIN.loss)},
        ["the lowest loss is 9.03: if it is a perplexity, take its logarithm"],
    ),
    "per cent as loss": ({"loss": 20 * PLAIN.loss}, ["the lowest loss is 44: if it is"]),
    "bits per byte": ({"loss": PLAIN.loss / 5}, ["all losses are below 1, as bits per byte"]),
    "one run diverged": (
        {"loss": PLAIN.loss.where(PLAIN.index != 5, 20.0)},
        [r"loss above a blind guess, 13.8 nats: leave out by runs.without([5], ...)"],
    ),
    "accuracy as loss": ({"loss": 3 + LAW.E - PLAIN.loss / 2}, ["the loss does not fall with"]),
    "N as D, and D as N": (
        {"N": PLAIN.D, "D": PLAIN.N},
        ["D is up to 3e+09, 0.05 tokens a parameter: is it in millions, or is it N?"],
    ),
    "repeated epochs": ({"unique": PLAIN.D / 4}, ["texts were read up to 4 times"]),
    "another count of FLOPs": (
        {"C": 8 * PLAIN.N * PLAIN.D},
        ["C is taken as it is, 8 N D in the middle run and not 6 N D"],
    ),
    "one ratio": (
        {"D": 20 * PLAIN.N, "loss": LAW.loss(PLAIN.N, 20 * PLAIN.N) + 1e-3 * PLAIN.index % 3},
        ["all runs have about 20 tokens a parameter"],
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_is_said(name):
    changes, expected = ODD[name]
    said = notes(PLAIN, **changes)
    assert len(said) == len(expected), said
    for note, start in zip(said, expected, strict=True):
        assert note.startswith(start)


def test_few_sizes_and_one_budget_are_said_by_a_fit_that_needs_more():
    two = grid(sizes=(1e8, 1e9), ratios=(5, 20, 80))
    assert "2 model sizes: E, A and alpha cannot be told apart" in fit(two).message
    assert "fix those that are known, such as E, or add runs" in fit(two).message
    assert notes(two) == ()
    one = PLAIN.assign(D=1e20 / 6 / PLAIN.N * (1 + PLAIN.index / 1e3))
    assert "all runs have the same compute budget" in fit(one).message


def test_the_note_on_one_ratio_says_what_to_add():
    (said,) = notes(grid(ratios=(20,)))
    assert "add runs at a quarter and at four times of it, fix both exponents, or fit" in said


def test_what_the_note_on_one_ratio_advises_works():
    runs = Runs.read(grid(np.geomspace(1e8, 1e10, 12), ratios=(20,)))
    assert fit(runs, tie={"alpha": "beta"}).status == "not identified"  # no help
    found = fit(runs, fix={"alpha": LAW.alpha, "beta": LAW.beta})
    np.testing.assert_allclose(found.law.A, LAW.A, rtol=1e-6)
    assert fit(runs, "power").law.variable == "C"
    assert 0.14 < fit(runs, "power").law.alpha < 0.17
    alone = fit(Runs(N=runs.N, D=runs.D, loss=1.7 + 400 * runs.N**-0.34), "power", x="N")
    assert alone.law.variable == "N"
    np.testing.assert_allclose(alone.law.alpha, 0.34)


def test_copies_are_said_and_seeds_are_not():
    twice = pd.concat([PLAIN, PLAIN.iloc[[3, 5]]])
    assert "rows at index [12, 13] (index 3, index 5) are copies" in notes(twice)[0]
    assert notes(twice.assign(loss=twice.loss + 1e-4 * np.arange(14))) == ()


def checkpoints(runs=22, points=35):
    """Rows along the curves of some runs, as a log has them."""
    sizes, points = np.geomspace(1e8, 5e9, runs), np.linspace(1, 60, points)
    return grid(sizes, points).assign(model=np.repeat(np.arange(runs), len(points)))


@pytest.mark.parametrize("order", ["as logged", "by step", "shuffled"])
def test_rows_along_one_run_are_asked_for_their_group(order):
    rows = checkpoints()
    if order != "as logged":
        rows = rows.sort_values("D") if order == "by step" else rows.sample(frac=1, random_state=0)
    (said,) = notes(rows)
    assert said.startswith("770 rows have only 22 sizes: if they are points along one run")
    assert Runs.read(rows, group="model").notes == ()


NUMBERS = [column(name, elements=st.floats()) for name in ("N", "D", "loss", "C", "unique")]


def what_is_said(read):
    """Notes and one line on the runs; or, if there are none, why."""
    try:
        runs = read()
    except ValueError as error:
        return [str(error)]
    return [*runs.notes, repr(runs)]


@given(data_frames(NUMBERS), st.booleans())
@settings(max_examples=30, deadline=None)
def test_any_table_of_floats_gives_runs_or_a_sentence(table, drop):
    assert min(map(len, what_is_said(lambda: Runs.read(table, drop=drop)))) > 20


@given(st.lists(st.tuples(*[st.floats(math.ulp(0), 1.7e308)] * 3), min_size=1, max_size=9))
@settings(max_examples=30, deadline=None)
def test_any_positive_floats_give_runs_or_a_sentence(rows):
    N, D, loss = np.array(rows).T
    said = what_is_said(lambda: Runs(N=N, D=D, loss=loss))
    assert min(map(len, said)) > 20
    assert "run" in said[-1] or "beyond double precision" in said[-1]
