"""The figures of chapter 5: what their tables hold, and what the drawings must show."""

import functools
from functools import cache

import numpy as np
import pytest
from rendering import rendered

from scaling_utils import datasets, published
from scaling_utils.drawings import three_approaches as drawings
from scaling_utils.drawings import three_approaches_tables as tables
from scaling_utils.figures import NARROW_WIDTH, RAMP, WIDE_WIDTH
from scaling_utils.refit import refit, resamples
from scaling_utils.three_approaches import (
    approach_1,
    approach_2,
    budgets,
    simulated_exponents,
)

TRUTH = published.law("hoffmann2022/tex")
EVEN = published.law("muennighoff2023")  # alpha equals beta
LINES = datasets.load("hoffmann2022_figure4_frontiers")
UNITS = ("no unit", "FLOPs", "parameters", "nats", "factor", "ratio", "%")
ROWS = {
    (2, tables.ON_FIGURE_4): (0.51, 0.44, 0.57),
    (2, tables.LESS_LEAN): (0.50, 0.43, 0.56),
    (3, tables.ON_FIGURE_4): (0.515, 0.43, 0.57),
}


@functools.cache
def table(name):
    if name == "envelope":
        return tables.envelope_table(TRUTH, approach_1(TRUTH), approach_1(TRUTH, scatter=1))
    if name == "isoflops":
        return tables.isoflop_table(approach_2(), budgets())
    if name == "fit":
        return tables.fit_table(refit(), resamples(), [2.2, 2.6, 3.3], LINES)
    if name == "estimates":
        draws = simulated_exponents(TRUTH, draws=5)
        return tables.estimates_table(ROWS, {"one": (TRUTH, draws), "two": (EVEN, draws)})
    laws = {"three to one": TRUTH.with_values(alpha=0.465, beta=0.155)}
    return tables.bias_table({**laws, "TeX": TRUTH, "even": EVEN}, "three to one", span=16)


DRAW = {
    "envelope": drawings.draw_envelope,
    "isoflops": drawings.draw_isoflops,
    "fit": drawings.draw_fit,
    "estimates": drawings.draw_estimates,
    "bias": drawings.draw_parabola_bias,
}


@functools.cache
@cache
def drawn(name, width):
    return rendered(DRAW[name], table(name), width, 4.8 if width == WIDE_WIDTH else 8.6)


@pytest.mark.parametrize("width", [WIDE_WIDTH, NARROW_WIDTH])
@pytest.mark.parametrize("name", DRAW)
def test_axes_carry_units_and_notes_stay_on_the_figure(name, width):
    fig = drawn(name, width)
    for ax in fig.axes:
        for label in (ax.get_xlabel(), ax.get_ylabel()):
            assert any(unit in label for unit in UNITS), label
        for text in ax.texts:
            box = text.get_window_extent()
            assert 0 <= box.x0 <= box.x1 <= fig.bbox.x1, text.get_text()
            assert 0 <= box.y0 <= box.y1 <= fig.bbox.y1, text.get_text()


@pytest.mark.parametrize("width", [WIDE_WIDTH, NARROW_WIDTH])
@pytest.mark.parametrize("name", ["isoflops", "fit"])
def test_no_two_notes_overlap(name, width):
    for ax in drawn(name, width).axes:
        boxes = [text.get_window_extent() for text in ax.texts]
        for i, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[i + 1 :]), ax.texts[i].get_text()


def test_the_edge_lies_under_every_curve():
    data = table("envelope")
    edge = data[data["kind"] == "edge"].sort_values("C")
    for _, curve in data[data["kind"] == "curve"].groupby("N"):
        under = np.interp(np.log(curve["C"]), np.log(edge["C"]), edge["loss"])
        assert (under <= curve["loss"] + 1e-3).all()
    exact, off = (data[data["kind"] == kind] for kind in ("exact", "off"))
    assert exact["N"].nunique() > 3 * off["N"].nunique()


def test_each_minimum_is_the_lowest_point_of_its_parabola():
    data = table("isoflops")
    assert data.loc[data["kind"] == "minimum", "budget"].tolist() == budgets().tolist()
    for _, own in data[data["kind"].isin(["parabola", "minimum"])].groupby("budget"):
        curve, best = own[own["kind"] == "parabola"], own[own["kind"] == "minimum"].iloc[0]
        assert best["loss"] <= curve["loss"].min() + 1e-9
        assert curve["N"].min() < best["N"] < curve["N"].max()


def test_every_run_of_a_budget_is_within_the_drawing():
    left, right = drawn("isoflops", WIDE_WIDTH).axes
    data = table("isoflops")
    runs = data[data["kind"] == "run"]
    assert len(runs) == approach_2().table["runs"].sum()
    assert left.get_xlim()[0] < runs["N"].min() < runs["N"].max() < left.get_xlim()[1]
    assert left.get_ylim()[0] < runs["loss"].min() < runs["loss"].max() < left.get_ylim()[1]
    assert any("printed: 63B" in text.get_text() for text in right.texts)


def test_frontier_and_lines_of_equal_loss_are_those_of_the_law():
    data, law = table("fit"), refit().law
    equal = data[data["kind"] == "equal loss"]
    D = equal["C"] / 6 / equal["N"]
    np.testing.assert_allclose(law.loss(equal["N"], D), equal["loss"], rtol=1e-9)
    ours = data[data["kind"] == "ours"]
    assert (ours["N_low"] < ours["N"]).all()
    assert (ours["N"] < ours["N_high"]).all()
    expected = resamples().interval(lambda law: float(law.N_opt(5.76e23)))
    assert ours["N_low"].iloc[-1] == pytest.approx(expected.low, rel=1e-9)
    assert data.loc[data["kind"] == "faint", "line"].nunique() == 10
    (ax,) = drawn("fit", WIDE_WIDTH).axes
    assert [text.get_text() for text in ax.texts][-2:] == ["73B", "40B"]


def test_printed_value_of_approach_3_stands_outside_of_its_interval():
    data = table("estimates").set_index(["kind", "approach", "source"])
    printed = data.loc[("estimate", 3, tables.PRINTED)]
    assert printed["high"] < printed["value"]
    assert ("estimate", 1, tables.ON_FIGURE_4) not in data.index
    left, right = drawn("estimates", WIDE_WIDTH).axes
    marks = [tuple(line.get_xdata()) for line in left.lines if line.get_marker() == "D"]
    assert marks == [(0.51, 0.515), (0.50,)]
    assert right.get_xlim()[0] < 0 < right.get_xlim()[1]


def test_simulated_values_are_what_was_found_less_the_truth():
    draws = simulated_exponents(TRUTH, draws=5)
    data = table("estimates").set_index(["kind", "approach", "source"])
    for name, law in (("one", TRUTH), ("two", EVEN)):
        off = draws.loc[draws["approach"] == 2, "a"] - law.a
        row = data.loc[("simulated", 2, name)]
        assert row["value"] == pytest.approx(off.median())
        assert off.min() <= row["low"] <= row["high"] <= off.max()


def test_deeper_colours_stand_for_larger_budgets():
    left, _ = drawn("isoflops", WIDE_WIDTH).axes
    curves = [line for line in left.lines if line.get_linestyle() == "-"]
    places = [RAMP.index(line.get_color()) for line in curves]
    assert len(places) == 9
    assert places == sorted(places)
    assert len(set(places)) == 6


def test_closed_form_passes_through_the_simulation_and_vanishes_for_equal_exponents():
    data = table("bias")
    for name, own in data[data["kind"].isin(["closed form", "simulated"])].groupby("law"):
        closed, points = (own[own["kind"] == kind] for kind in ("closed form", "simulated"))
        on_line = np.interp(np.log(points["x"]), np.log(closed["x"]), closed["y"])
        np.testing.assert_allclose(on_line, points["y"], atol=0.05)
        assert (name == "even") == (abs(points["y"]).max() < 1e-6)
    profile, parabola = (data[data["kind"] == kind] for kind in ("profile", "parabola"))
    assert profile.loc[profile["y"].idxmin(), "x"] == pytest.approx(1.0)
    assert parabola.loc[parabola["y"].idxmin(), "x"] > 1.1
