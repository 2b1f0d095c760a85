"""The figures of chapter 1: what their tables hold, and what the drawings must show."""

from functools import cache

import numpy as np
import pytest
from matplotlib.colors import to_hex
from rendering import rendered

from scaling_utils import published
from scaling_utils.drawings import three_power_laws as drawings
from scaling_utils.drawings import three_power_laws_tables as tables
from scaling_utils.figures import DARK, NARROW_WIDTH, WIDE_WIDTH, count_label
from scaling_utils.units import pf_days_to_flops

LAWS = tables.table_5()
JOINT = published.law("kaplan2020/L(N,D)")
CRITICAL = published.law("kaplan2020/B_crit")
BATCH, CONVERGED = 2**19, 2.306

FIGURES = {
    "laws": (drawings.draw_three_power_laws, tables.three_power_laws_table(LAWS), 3.5, 8.6),
    "doubling": (
        drawings.draw_what_doubling_buys,
        tables.what_doubling_buys_table(LAWS),
        3.9,
        4.6,
    ),
    "joint": (
        drawings.draw_loss_of_size_and_data,
        tables.loss_of_size_and_data_table(JOINT),
        4,
        4,
    ),
    "which": (drawings.draw_which_table, tables.which_table_table(), 3.5, 8.0),
    "naive": (
        drawings.draw_naive_against_best,
        tables.naive_against_best_table(CRITICAL, BATCH),
        3.9,
        3.9,
    ),
    "batch": (
        drawings.draw_critical_batch_size,
        tables.critical_batch_size_table(CRITICAL, CONVERGED, BATCH),
        4.0,
        4.0,
    ),
    "steps": (
        drawings.draw_steps_against_compute,
        tables.steps_against_compute_table(CRITICAL),
        3.2,
        3.2,
    ),
    "forms": (
        drawings.draw_power_law_or_logarithm,
        tables.power_law_or_logarithm_table(),
        3.6,
        3.6,
    ),
}
TABLES = {name: entry[1] for name, entry in FIGURES.items()}
WIDTHS = [WIDE_WIDTH, NARROW_WIDTH]


@cache
def drawn(name, width):
    draw, table, wide, narrow = FIGURES[name]
    return rendered(draw, table, width, wide if width == WIDE_WIDTH else narrow)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", FIGURES)
def test_axes_say_what_they_show_and_no_words_leave_the_figure(name, width):
    fig = drawn(name, width)
    for ax in fig.axes:
        assert ax.get_xlabel()
        beside = width == WIDE_WIDTH and ax is not fig.axes[0]
        assert ax.get_ylabel() or beside
        for text in [*ax.texts, ax.xaxis.label, ax.yaxis.label]:
            box = text.get_window_extent()
            assert -1 <= box.x0 <= box.x1 <= fig.bbox.x1 + 1, text.get_text()
            assert -1 <= box.y0 <= box.y1 <= fig.bbox.y1 + 1, text.get_text()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", FIGURES)
def test_notes_do_not_cover_each_other(name, width):
    for ax in drawn(name, width).axes:
        boxes = [text.get_window_extent() for text in ax.texts]
        for i, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[i + 1 :]), ax.texts[i].get_text()


@pytest.mark.parametrize("name", FIGURES)
def test_every_colour_has_a_dark_partner(name):
    for ax in drawn(name, WIDE_WIDTH).axes:
        for line in ax.lines:
            assert to_hex(line.get_color()) in DARK


@pytest.mark.parametrize("name", FIGURES)
def test_tables_are_complete(name):
    assert not TABLES[name].isna().any().any()


def test_lines_are_solid_exactly_where_there_were_runs():
    table = TABLES["laws"]
    for law, (low, high) in tables.measured_ranges().items():
        solid = table.loc[(table["law"] == law) & table["measured"], "x"]
        assert (solid.min(), solid.max()) == (low, high)
    dashed, solid = drawn("laws", WIDE_WIDTH).axes[0].lines
    assert solid.get_linestyle() == "-"
    assert dashed.get_linestyle() != "-"
    assert solid.get_xdata()[-1] == tables.measured_ranges()["L(N)"][1]


def test_the_number_in_a_panel_is_the_law_itself():
    said = [text.get_text() for ax in drawn("laws", WIDE_WIDTH).axes for text in ax.texts]
    for law, words in (("L(N)", said[0]), ("L(D)", said[1]), ("L(C)", said[2])):
        assert words.endswith(f"×{LAWS[law].factor(10):.2f}")


def test_compute_is_in_pf_days():
    rows = TABLES["laws"]
    row = rows[(rows["law"] == "L(C_min)") & (rows["x"] == 1.0)].iloc[0]
    assert row["loss"] == LAWS["L(C_min)"].loss(pf_days_to_flops(1.0))


def test_the_last_marker_of_each_resource_is_where_the_loss_is_halved():
    last = TABLES["doubling"].groupby("law").last()
    assert last["remaining"].to_numpy() == pytest.approx(0.5)
    assert last.loc["L(N)", "times"] == pytest.approx(2 ** (1 / 0.076))


def test_orange_points_lie_two_per_cent_above_the_floor():
    table = TABLES["joint"]
    marked = table[table["mark"]].set_index("N")["loss"]
    floor = table[(table["D"] == np.inf)].set_index("N")["loss"]
    assert (marked / floor).to_numpy() == pytest.approx(1.02)
    assert len(marked) == 7


def test_mixed_constants_are_the_only_ones_far_off():
    table = TABLES["which"]
    far = table[table["difference"].abs() > 0.055]["constants"].unique()
    assert list(far) == ["Tables 2 and 5, mixed"]
    # Table 2 and Table 5 have the same exponent of N: a constant ratio of the scales.
    flat = table[(table["law"] == "L(N)") & (table["constants"] == "Table 2")]["difference"]
    assert flat.to_numpy() == pytest.approx((6.4 / 8.8) ** 0.076 - 1)


def test_a_fixed_batch_needs_the_compute_that_equation_5_5_says():
    table = TABLES["naive"]
    expected = table[table["pair"] == "Eq. 5.5"]
    best = tables.figure_13()["L(C_min)"]
    C = np.asarray(pf_days_to_flops(expected["C"].to_numpy()))
    loss = (1 + expected["excess"].to_numpy()) * best.loss(C)
    assert C / CRITICAL.compute(1.0, BATCH, loss) == pytest.approx(best.inverse(loss), rel=2e-4)
    assert (expected["excess"] > 0).all()


@pytest.mark.parametrize("laws", [tables.table_5(), tables.figure_13()])
def test_the_lines_of_compute_cross_where_it_is_said(laws):
    at = pf_days_to_flops(tables.crossing(laws))
    assert laws["L(C)"].loss(at) == pytest.approx(laws["L(C_min)"].loss(at))


def test_the_claimed_batches_are_on_the_curve():
    table = TABLES["batch"]
    claimed = table[table["kind"] == "claimed"]
    assert CRITICAL.size(claimed["loss"].to_numpy()) == pytest.approx([1e6, 2e6])
    # Figure 10 ends at a loss of 3: only the lower end of the claim lies on its axis.
    assert list(claimed["measured"]) == [True, False]


def test_the_note_at_the_largest_model_gives_its_batch():
    said = [text.get_text() for text in drawn("batch", WIDE_WIDTH).axes[0].texts]
    assert any(count_label(CRITICAL.size(CONVERGED)) in words for words in said)


def test_steps_and_compute_are_both_doubled_at_the_critical_batch():
    fig = drawn("steps", WIDE_WIDTH)
    point = fig.axes[0].lines[-1]
    assert (point.get_xdata()[0], point.get_ydata()[0]) == pytest.approx((1.0, 2.0))
    # Eq. 5.1
    table = TABLES["steps"]
    assert ((table["steps"] - 1) * (table["compute"] - 1)).to_numpy() == pytest.approx(1.0)


def test_the_logarithm_reaches_zero_and_the_power_law_does_not():
    lowest = TABLES["forms"].groupby("form")["loss"].min()
    assert lowest["logarithm"] < 0 < lowest["power law"]
