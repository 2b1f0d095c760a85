"""The figures of chapter 2: what their tables hold, and what the drawings must show."""

from functools import cache

import numpy as np
import pytest
from rendering import rendered

from experiments.analysis import our_runs
from scaling_utils import figure4, published
from scaling_utils.drawings import convergence_is_inefficient as drawings
from scaling_utils.drawings import convergence_is_inefficient_budgets as by_budget
from scaling_utils.figures import NARROW_WIDTH, WIDE_WIDTH
from scaling_utils.laws.convergence import EfficientTraining, best_excess
from scaling_utils.refit import refit, resamples
from scaling_utils.units import PF_DAY

LAW = published.law("kaplan2020/L(N,S) Table 5")
TRAINING = EfficientTraining(LAW, published.law("kaplan2020/B_crit"))
TABLE_6 = published.law("kaplan2020/allocation")
SIZES = [1e5, 1e6, 1e7, 1e8, 1e9]
TEX = published.law("hoffmann2022/tex")
GOPHER = 5.76e23
RUNS = figure4.points()["C"]
NAMES = (by_budget.REFIT, by_budget.OURS, by_budget.AT_LEAST)

FIGURES = {
    "curves": (drawings.draw_learning_curves, drawings.learning_curves_table(TRAINING, SIZES)),
    "longer": (
        drawings.draw_cost_of_training_longer,
        drawings.cost_of_training_longer_table(LAW),
    ),
    "size": (drawings.draw_wrong_size, drawings.wrong_size_table(LAW)),
    "table 6": (
        drawings.draw_theory_and_table_6,
        drawings.theory_and_table_6_table(TRAINING, TABLE_6),
    ),
    "budgets": (
        by_budget.draw_best_excess,
        by_budget.best_excess_table(
            TRAINING,
            {"TeX": TEX},
            resamples(),
            {by_budget.KAPLAN: (1e-8 * PF_DAY, PF_DAY), "floor": (RUNS.min(), RUNS.max())},
            our_runs.above_convergence(),
            {"1 PF-day": PF_DAY, "Gopher": GOPHER},
        ),
    ),
}
TABLES = {name: table for name, (_, table) in FIGURES.items()}


@cache
def drawn(name, width, height=6.0):
    draw, table = FIGURES[name]
    return rendered(draw, table, width, height)


def written(fig):
    return [text.get_text() for ax in fig.axes for text in ax.texts]


@pytest.mark.parametrize("width", [WIDE_WIDTH, NARROW_WIDTH])
@pytest.mark.parametrize("name", FIGURES)
def test_every_axis_is_labelled_and_no_note_leaves_the_figure(name, width):
    fig = drawn(name, width)
    quantities = {f"{letter}: {label}" for letter, label in drawings.QUANTITIES.items()}
    for ax in fig.axes:
        shares_x = len(ax.get_shared_x_axes().get_siblings(ax)) > 1
        assert ax.get_xlabel() or (shares_x and fig.axes[-1].get_xlabel())
        assert ax.get_ylabel() or ax.get_title(loc="left") in quantities
        for text in ax.texts:
            box = text.get_window_extent()
            assert 0 <= box.x0 <= box.x1 <= fig.bbox.x1, text.get_text()
            assert 0 <= box.y0 <= box.y1 <= fig.bbox.y1, text.get_text()


@pytest.mark.parametrize("width", [WIDE_WIDTH, NARROW_WIDTH])
@pytest.mark.parametrize("name", FIGURES)
def test_notes_do_not_overlap(name, width):
    for ax in drawn(name, width).axes:
        boxes = [(text.get_text(), text.get_window_extent()) for text in ax.texts]
        for i, (words, box) in enumerate(boxes):
            hit = [other for other, place in boxes[i + 1 :] if box.overlaps(place)]
            assert not hit, f"{words!r} lies over {hit}"


@pytest.mark.parametrize("name", FIGURES)
def test_panels_lie_below_each_other_on_a_phone(name):
    wide, narrow = drawn(name, WIDE_WIDTH), drawn(name, NARROW_WIDTH, 9.0)
    assert len(wide.axes) == len(narrow.axes)
    assert len({round(ax.get_position().x0, 1) for ax in narrow.axes}) == 1


def test_curves_touch_the_frontier_where_they_should_stop():
    table = TABLES["curves"]
    stops = table[table["kind"] == "stop"]
    assert list(stops["N"]) == SIZES
    C = stops["C_pf_days"] * PF_DAY
    np.testing.assert_allclose(stops["loss"], TRAINING.loss(C), rtol=1e-10)
    np.testing.assert_allclose(stops["N"], TRAINING.N_opt(C), rtol=1e-9)
    np.testing.assert_allclose(stops["excess"], 0.1, rtol=1e-10)


def test_no_curve_goes_below_the_frontier():
    curves = TABLES["curves"].query("kind == 'curve'")
    C = curves["C_pf_days"] * PF_DAY
    assert (curves["loss"] >= TRAINING.loss(C) * (1 - 1e-12)).all()
    np.testing.assert_allclose(curves["loss"], TRAINING.loss_at(curves["N"], C), rtol=1e-10)


def test_stop_points_are_drawn_at_ten_per_cent():
    right = drawn("curves", WIDE_WIDTH).axes[1]
    points = [line for line in right.lines if line.get_marker() == "o"]
    assert len(points) == 1
    assert points[0].get_ydata() == pytest.approx([10.0] * len(SIZES))


def test_the_cheapest_run_is_the_one_that_is_marked():
    table = TABLES["longer"]
    best = table[table["mark"] == "optimum"].iloc[0]
    curve = table[table["mark"] == "curve"]
    assert tuple(best[1:]) == pytest.approx((0.1, 1, 1, 1))
    assert curve["compute_ratio"].min() >= 1
    assert curve["f"][curve["compute_ratio"].idxmin()] == pytest.approx(0.1, rel=0.05)


def test_training_to_two_per_cent_costs_what_b12_to_b14_say():
    # The inverses of B.12 to B.14 with the exponents of Table 5.
    practice = TABLES["longer"].query("mark == 'practice'").iloc[0]
    assert 1 / practice["size_ratio"] == pytest.approx((1.1 / 1.02) ** (1 / 0.076))
    assert practice["steps_ratio"] == pytest.approx((51 / 11) ** (1 / 0.76))
    assert practice["compute_ratio"] == pytest.approx(
        practice["size_ratio"] * practice["steps_ratio"]
    )
    assert {"× 7.5", "× 2.8", "× 0.37", "2 %"} <= set(written(drawn("longer", WIDE_WIDTH)))


def test_other_marks_follow_their_arguments():
    table = drawings.cost_of_training_longer_table(LAW, f_practice=0.05)
    assert table.query("mark == 'practice'")["f"].item() == 0.05
    band = drawings.wrong_size_table(LAW, extra_compute=0.5).query("mark == 'band'")
    assert band["compute_ratio"].to_numpy() == pytest.approx([1.5, 1.5])


def test_band_and_wall_stand_where_b16_puts_them():
    table = TABLES["size"].set_index("mark")
    wall = table.loc["wall", "size_ratio"]
    assert wall == pytest.approx(1.1 ** (-1 / 0.076))
    low, high = table.loc["band", "size_ratio"]
    assert (low, high) == pytest.approx((0.577, 2.184), abs=5e-4)
    assert (table.loc["curve", "size_ratio"] > wall).all()
    compute, steps = drawn("size", WIDE_WIDTH).axes
    for ax in (compute, steps):
        edges = [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in ax.patches]
        np.testing.assert_allclose(edges, [(wall / 2, wall), (low, high)])
    assert {"+20 %", "20 % band", "never below 0.285"} <= {t.get_text() for t in compute.texts}
    assert {"+108 %", "−45 %"} <= {t.get_text() for t in steps.texts}


def test_theory_and_table_6_at_one_pf_day():
    table = TABLES["table 6"].query("C_pf_days == 1").set_index(["quantity", "from"])["value"]
    assert table["N", "Table 6"] == 1.3e9
    assert table["S", "Table 6"] == 5.4e3
    assert table["N", "Appendix B"] == pytest.approx(6.0e8, rel=0.01)
    assert table["S", "Appendix B"] == pytest.approx(1.3e4, rel=0.02)
    # Steps times batch times six parameters is the budget, and the data is twice B S.
    N, B, S, D = (table[letter, "Appendix B"] for letter in "NBSD")
    np.testing.assert_allclose(6 * N * B * S, PF_DAY)
    np.testing.assert_allclose(2 * B * S, D)
    assert "1 PF-day: Table 6 = 2.2 × App. B" in written(drawn("table 6", NARROW_WIDTH, 9.0))


def test_kaplans_stop_is_level_and_those_with_a_floor_fall():
    laws = TABLES["budgets"].query("kind == 'law'")
    of = dict(iter(laws.groupby("name")))
    np.testing.assert_allclose(of[by_budget.KAPLAN]["excess"], 0.1)
    assert of[by_budget.KAPLAN].loc[of[by_budget.KAPLAN]["measured"], "C"].max() == PF_DAY
    for name, law in (("TeX", TEX), (by_budget.REFIT, refit().law)):
        assert (np.diff(of[name]["excess"]) < 0).all()
        best = law.optimal(of[name]["C"].to_numpy())
        above = best.loss / law.loss_infinite_data(best.N) - 1
        np.testing.assert_allclose(of[name]["excess"], above, rtol=1e-6)
        assert of[name].loc[of[name]["measured"], "C"].max() == RUNS.max()
    band = of[by_budget.REFIT]
    assert (band["low"] < band["excess"]).all()
    assert (band["excess"] < band["high"]).all()
    assert of["TeX"]["low"].isna().all()


def test_our_runs_are_those_of_the_ledger():
    table, ours = TABLES["budgets"], our_runs.above_convergence()
    squares = table[table["kind"] == "ours"]
    same = ours[ours["kind"] == our_runs.UNLIMITED]
    np.testing.assert_allclose(100 * squares["excess"], same["excess"])
    np.testing.assert_allclose(100 * squares["low"], same["low"])
    assert 100 * squares["excess"].mean() == pytest.approx(23.9, abs=0.1)  # the measured claim
    triangles = table[table["kind"] == "at least"]
    assert 100 * triangles["excess"].mean() == pytest.approx(15.5, abs=0.1)


@pytest.mark.parametrize("width", [WIDE_WIDTH, NARROW_WIDTH])
def test_best_stops_are_drawn_in_per_cent_with_their_names(width):
    fig = drawn("budgets", width)
    (ax,) = fig.axes
    table = TABLES["budgets"]
    words = [text.get_text() for text in fig.legends[0].get_texts()]
    assert set(words) == {by_budget.KAPLAN, "TeX", *NAMES}
    lines = {line.get_label(): line for line in ax.lines}
    for name in (by_budget.KAPLAN, "TeX", by_budget.REFIT):
        rows = table[(table["name"] == name) & table["measured"]]
        np.testing.assert_allclose(lines[name].get_xdata(), rows["C"])
        np.testing.assert_allclose(lines[name].get_ydata(), 100 * rows["excess"])
    triangles = table[table["kind"] == "at least"]
    np.testing.assert_allclose(lines[by_budget.AT_LEAST].get_ydata(), 100 * triangles["excess"])
    assert ax.get_xlabel() == "compute, FLOPs"
    assert ax.get_ylabel() == "best stop: % above the own floor"
    assert {text.get_text() for text in ax.texts} == {"1 PF-day", "Gopher"}
    at_gopher = table[(table["kind"] == "budget") & (table["name"] == "Gopher")]["C"].item()
    assert best_excess(refit().law, at_gopher) == pytest.approx(0.0406, abs=5e-4)
