"""The figures of chapter 6: what their tables hold, and what the drawings must show."""

import numpy as np
import pytest
from drawn_values import made_up
from rendering import rendered

from scaling_utils import published
from scaling_utils.drawings import twenty_tokens_per_parameter as drawings
from scaling_utils.drawings import twenty_tokens_per_parameter_studies as studies
from scaling_utils.drawings import twenty_tokens_per_parameter_tables as tables
from scaling_utils.figures import NARROW_WIDTH, WIDE_WIDTH
from scaling_utils.laws.off_optimum import efficiency_of_size
from scaling_utils.studies import summary

GOPHER = published.constant("hoffmann2022/Gopher", "C").value
SIZES = np.unique(np.r_[np.geomspace(1 / 8, 8, 9), 2.0 ** np.arange(-3, 4)])
FIGURES = {
    "measured": (
        drawings.draw_measured_ratio,
        tables.measured_table(np.geomspace(3e18, 2e24, 9)),
    ),
    "ratio": (drawings.draw_ratio_by_budget, tables.ratio_table(np.geomspace(1e18, 1e28, 6))),
    "who": (studies.draw_who_says_what, tables.studies_table()),
    "trends": (studies.draw_trends, tables.trend_table()),
    "flat": (drawings.draw_flat_optimum, tables.efficiency_table(SIZES, 20)),
    "rounding": (
        drawings.draw_rounding,
        tables.rounding_table(GOPHER, np.geomspace(1e10, 2e11, 9)),
    ),
}
UNITS = ("FLOPs", "tokens per parameter", "no unit", "%", "nats", "parameters")


@pytest.fixture(scope="module")
def drawn():
    """Each figure, wide and narrow, drawn once."""
    figures = {}
    for name, (draw, table) in FIGURES.items():
        for width in (WIDE_WIDTH, NARROW_WIDTH):
            fig = rendered(draw, table, width, 7.0)
            figures[name, width] = fig
    return figures


def line_of(ax, label):
    return next(line for line in ax.lines if line.get_label().startswith(label))


def test_axes_carry_units_and_no_text_leaves_the_figure(drawn):
    for (name, width), fig in drawn.items():
        for ax in fig.axes:
            assert any(unit in ax.get_xlabel() for unit in UNITS), name
            assert ax.get_ylabel() == "" or any(unit in ax.get_ylabel() for unit in UNITS)
            for text in ax.texts:
                box = text.get_window_extent()
                assert 0 <= box.x0 <= box.x1 <= fig.bbox.x1, (name, width, text.get_text())
                assert 0 <= box.y0 <= box.y1 <= fig.bbox.y1, (name, width, text.get_text())
        for legend in fig.legends:
            box = legend.get_window_extent()
            assert 0 <= box.x0 <= box.x1 <= fig.bbox.x1, (name, width)


ROWS = {"who", "trends"}
ENDS_OF_AXES = {"who": (300.0,), "trends": (-0.17 + 0.008,)}


def test_nothing_is_drawn_that_is_not_in_the_table(drawn):
    for (name, width), fig in drawn.items():
        table, also = FIGURES[name][1], ENDS_OF_AXES.get(name, ())
        assert not made_up(fig, table, rows=name in ROWS, also=also), (name, width)


LABELS = {
    "measured": ("compute, C (FLOPs)", "tokens per parameter at the optimum"),
    "ratio": ("compute, C (FLOPs)", "tokens per parameter at the optimum"),
    "who": ("tokens per parameter at the optimum", ""),
    "trends": ("power of compute in tokens per parameter, $b - a$ (no unit)", ""),
    "flat": (
        "model size over the best size (no unit)\nand tokens per parameter if 20 is best",
        "compute that the best size needs\nfor the same loss (% of the budget)",
    ),
}


@pytest.mark.parametrize("name", LABELS)
def test_axes_are_named_for_what_they_show(drawn, name):
    (ax,) = drawn[name, WIDE_WIDTH].axes
    assert (ax.get_xlabel(), ax.get_ylabel()) == LABELS[name]


def test_sizes_are_in_billions(drawn):
    left, right = drawn["rounding", WIDE_WIDTH].axes
    assert left.get_xlabel() == "best size (billion parameters)"
    assert right.get_xlabel() == "model size (billion parameters)"
    assert right.get_ylabel() == "loss above the lowest (nats per token)"


def test_notes_do_not_overlap(drawn):
    for (name, width), fig in drawn.items():
        for ax in fig.axes:
            boxes = [text.get_window_extent() for text in ax.texts if text.get_text()]
            for i, box in enumerate(boxes):
                assert not any(box.overlaps(other) for other in boxes[i + 1 :]), (name, width, i)


def test_the_nine_minima_are_drawn_with_their_intervals(drawn):
    table = FIGURES["measured"][1]
    nine = table[table["kind"] == "measured"]
    assert len(nine) == 9
    (ax,) = drawn["measured", WIDE_WIDTH].axes
    (bars,) = ax.containers
    dots, _, (stems,) = bars
    np.testing.assert_allclose(dots.get_xydata(), nine[["C", "ratio"]])
    for segment, (low, high) in zip(
        stems.get_segments(), nine[["low", "high"]].to_numpy(), strict=True
    ):
        np.testing.assert_allclose(segment[:, 1], (low, high))
    drawn_lines = {len(line.get_xdata()) for line in ax.lines}
    assert len(table[table["name"] == "our refit"]) in drawn_lines
    star = next(line for line in ax.lines if line.get_marker() == "*")
    assert star.get_xydata()[0] == pytest.approx((5.88e23, 20.0))
    said = {text.get_text() for text in ax.texts}
    assert {"Chinchilla", "the paper's formula", "our refit of all runs, 95 % band"} <= said


def test_only_our_refit_has_a_band_and_chinchilla_is_a_star(drawn):
    table = FIGURES["ratio"][1]
    laws = table[table["kind"] == "law"]
    assert set(laws.loc[laws["low"].notna(), "name"]) == {"our refit"}
    ours = laws[laws["name"] == "our refit"]
    assert (ours["low"] < ours["ratio"]).all()
    assert (ours["ratio"] < ours["high"]).all()
    star = table[table["kind"] == "model"].iloc[0]
    assert (star["C"], star["ratio"]) == pytest.approx((5.88e23, 20.0))
    (ax,) = drawn["ratio", WIDE_WIDTH].axes
    tex = published.law("hoffmann2022/tex")
    of_tex = laws.loc[laws["name"] == "Approach 3, TeX source", "C"]
    drawn_tex = tex.tokens_per_parameter(of_tex)
    assert any(
        len(line.get_ydata()) == len(drawn_tex) and np.allclose(line.get_ydata(), drawn_tex)
        for line in ax.lines
    )
    assert (table["kind"] == "row").sum() == 27
    words = [text.get_text() for text in ax.texts]
    for name in ("Approach 1", "Approach 2", "Approach 3", "our refit, 95 % band"):
        assert words.count(name) == 1


def test_the_table_of_constants_has_two_more_and_the_same_lines():
    budgets = np.geomspace(1e18, 1e28, 6)
    constants = tables.constants_table(budgets).set_index(["name", "C"])["ratio"]
    laws = tables.ratio_table(budgets).query("kind == 'law'").set_index(["name", "C"])["ratio"]
    assert set(constants.index.levels[0]) - set(laws.index.levels[0]) == {
        "Approach 3, printed",
        "Besiroglu 2024",
    }
    np.testing.assert_allclose(constants[laws.index], laws)


@pytest.mark.parametrize("width", [WIDE_WIDTH, NARROW_WIDTH])
def test_each_study_has_its_row_its_dot_and_its_bar(drawn, width):
    table = FIGURES["who"][1]
    (ax,) = drawn["who", width].axes
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert len(names) == len(table) == len(summary())
    if width == WIDE_WIDTH:
        assert names == table["study"].tolist()
    points = {
        (round(line.get_ydata()[0]), line.get_marker()): line.get_xdata()[0]
        for line in ax.lines
        if line.get_marker() in ("o", "D")
    }
    for y, row in enumerate(table.to_dict("records")):
        quoted = row["how"] == "quoted"
        x = row["quoted"] if quoted else row["at_common"]
        assert points[y, "D" if quoted else "o"] == pytest.approx(x)
    bars = {
        line.get_ydata()[0]: tuple(line.get_xdata())
        for line in ax.lines
        if line.get_marker() == "None" and len(set(line.get_ydata())) == 1
    }
    ends = table.loc[3, ["at_C_low", "at_C_high"]]
    assert bars[3] == pytest.approx(tuple(sorted(ends)))
    assert any(line.get_marker() == ">" for line in ax.lines)  # Kaplan's goes on
    if width == WIDE_WIDTH:
        assert "10¹⁸ to 10²²" in {text.get_text() for text in ax.texts}


@pytest.mark.parametrize("width", [WIDE_WIDTH, NARROW_WIDTH])
def test_a_trend_without_an_interval_is_open_and_one_without_a_number_an_arrow(drawn, width):
    table = FIGURES["trends"][1]
    assert table["exponent"].isna().sum() == 1
    (ax,) = drawn["trends", width].axes
    assert len(ax.get_yticklabels()) == len(table)
    rows = {}
    for line in ax.lines:
        if len(set(line.get_ydata())) == 1 and line.get_marker() in ("o", "|", "<"):
            rows.setdefault(line.get_ydata()[0], []).append(line)
    for y, row in enumerate(table.to_dict("records")):
        if np.isnan(row["exponent"]):
            assert y not in rows
        elif np.isnan(row["level"]):
            (mark,) = rows[y]
            assert mark.get_markerfacecolor() == "none"
        else:
            bar, _ = rows[y]
            assert tuple(bar.get_xdata()) == pytest.approx((row["low"], row["high"]))
            assert bar.get_linewidth() == (1.2 if row["level"] == 0.8 else 3)
    assert "−0.46" in {text.get_text() for text in ax.texts}


def test_the_optimum_is_flat_and_its_marks_are_on_the_line(drawn):
    table = FIGURES["flat"][1].set_index(["law", "size_ratio"])
    for k in (0.5, 2.0):
        assert table.loc[("our refit", k), "useful"] == pytest.approx(0.845, abs=0.01)
    tied = published.law("muennighoff2023")
    assert table.loc[("Muennighoff 2023", 4.0), "useful"] == pytest.approx(
        efficiency_of_size(tied, 4.0)
    )
    assert table.loc[("our refit", 0.5), "tokens_per_parameter"] == 80
    (ax,) = drawn["flat", WIDE_WIDTH].axes
    assert [label.get_text() for label in ax.get_xticklabels()][:4] == [
        "1/8\n1280",
        "1/4\n320",
        "1/2\n80",
        "1\n20",
    ]
    assert "if 20 is best" in ax.get_xlabel()
    assert "for the same loss (% of the budget)" in ax.get_ylabel()


def test_rounding_spans_both_sizes(drawn):
    table = FIGURES["rounding"][1]
    ranges = table[table["kind"] == "range"].set_index("name")
    best = table[table["kind"] == "best"].set_index("name")["N"]
    assert best["printed constants"] == pytest.approx(32.2e9, rel=1e-3)
    assert best["TeX source"] == pytest.approx(40.3e9, rel=1e-3)
    for name in ranges.index:
        assert ranges.loc[name, "N"] < best["printed constants"] < ranges.loc[name, "N_high"]
    everything = ranges.loc["A B alpha beta"]
    assert everything["N"] < ranges["N"].drop("A B alpha beta").min()
    assert best["TeX source"] < everything["N_high"]
    left, right = drawn["rounding", WIDE_WIDTH].axes
    # A and B move it by less than a line is wide, and are still to be seen.
    (diamond,) = (line for line in left.lines if line.get_marker() == "D")
    assert diamond.get_xdata()[0] == pytest.approx(ranges.loc["A B", "N"] / 1e9)
    assert {"32.2B", "40.3B"} <= {text.get_text() for text in left.texts}
    curves = table[table["kind"] == "curve"]
    assert (curves["excess"] >= 0).all()
    assert line_of(right, "TeX source").get_ydata().min() < 1e-3


def test_the_corners_of_the_digits_hold_the_extremes():
    """The best size is monotonic in each constant, so a grid finds nothing beyond the corners."""
    printed = published.law("hoffmann2022/printed")
    found = [
        printed.with_values(alpha=alpha, beta=beta).N_opt(GOPHER)
        for alpha in np.linspace(0.335, 0.345, 7)
        for beta in np.linspace(0.275, 0.285, 7)
    ]
    ranges = FIGURES["rounding"][1].set_index("name").loc["A B alpha beta"]
    assert ranges["N"] < min(found) < 1.002 * ranges["N"]
    assert ranges["N_high"] / 1.002 < max(found) < ranges["N_high"]
