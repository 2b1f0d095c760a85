"""The figures of chapter 11: what their tables hold, and what the drawings must show."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from rendering import rendered

from scaling_utils import gopher as q
from scaling_utils import published
from scaling_utils.drawings import past_twenty_to_one as drawings
from scaling_utils.drawings import past_twenty_to_one_tables as tables
from scaling_utils.figures import DARK, NARROW_WIDTH, WIDE_WIDTH
from scaling_utils.laws.off_optimum import efficiency_of_size, size_wall
from scaling_utils.refit import refit, resamples

TABLES = {
    "models": tables.models_over_the_years_table(),
    "price": tables.price_of_being_off_table(),
    "use": tables.inference_table(),
    "llama": tables.llama_table(),
}
FIGURES = {
    "models": (drawings.draw_models_over_the_years, 5.0, 5.2),
    "price": (drawings.draw_price_of_being_off, 4.0, 7.4),
    "use": (drawings.draw_inference_moves_the_optimum, 3.6, 6.4),
    "llama": (drawings.draw_llama_by_the_law, 6.4, 8.2),
}
LAWS = q.laws()


@pytest.fixture(scope="module")
def figures():
    found = {}
    for name, (draw, wide, narrow) in FIGURES.items():
        for width, height in ((WIDE_WIDTH, wide), (NARROW_WIDTH, narrow)):
            fig = rendered(draw, TABLES[name], width, height)
            found[name, width] = fig
    return found


@pytest.mark.parametrize("name", FIGURES)
def test_axes_have_units_and_no_words_leave_the_figure_or_cover_each_other(figures, name):
    for width in (WIDE_WIDTH, NARROW_WIDTH):
        fig = figures[name, width]
        assert all(ax.get_xlabel() for ax in fig.axes)
        # An annotation with a line has a larger extent than its words.
        texts = [text for ax in fig.axes for text in ax.texts if not text.arrow_patch]
        boxes = [text.get_window_extent() for text in texts]
        for i, box in enumerate(boxes):
            assert -1 <= box.x0 <= box.x1 <= fig.bbox.x1 + 1, texts[i].get_text()
            assert not any(box.overlaps(other) for other in boxes[i + 1 :]), texts[i].get_text()
        for ax in fig.axes:
            assert all(to_hex(line.get_color()) in DARK for line in ax.lines)


@pytest.mark.parametrize("name", LAWS)
def test_four_times_the_ratio_at_one_budget_is_half_the_size(name):
    law = LAWS[name]
    for times, size in ((4, 0.5), (0.25, 2)):
        expected = 1 / efficiency_of_size(law, size)
        assert tables.cost_at_times_best(times)(law) == pytest.approx(expected)
        ratio = times * law.tokens_per_parameter(1e22)
        assert tables.cost_at_ratio(1e22, ratio)(law) == pytest.approx(expected)
    same = law.N_opt(law.equivalent_compute(7e9, 1e12))
    assert tables.saved_size(7e9, 1e12)(law) == pytest.approx(1 - 7e9 / same)


def test_every_case_of_sardana_shifts_the_same_way_under_the_refit():
    old = published.law("sardana2023")
    for N, use in ((7e9, 1e11), (13e9, 2e12), (30e9, 1e13), (70e9, 2e12), (70e9, 1e13)):
        ours, theirs = tables.owned(refit().law, N, use), tables.owned(old, N, use)
        assert ours.N < theirs.N
        assert ours.saving > theirs.saving


def test_a_size_beyond_the_wall_costs_infinitely_much():
    table = TABLES["price"]
    sizes = table[(table["panel"] == "size") & (table["law"] == q.OURS)]
    assert (np.isinf(sizes["cost"]) == (sizes["x"] <= size_wall(refit().law))).all()


def test_the_price_rises_on_both_sides_and_is_one_at_the_best():
    rows = TABLES["price"]
    for panel in ("ratio", "size"):
        for _, line in rows[rows["panel"] == panel].groupby("law"):
            cost = line["cost"].to_numpy()
            bottom = int(cost.argmin())
            assert 1 <= cost[bottom] < 1.01
            finite = np.isfinite(cost)
            assert (np.diff(cost[:bottom][finite[:bottom]]) < 0).all()
            assert (np.diff(cost[bottom:]) > 0).all()


def test_ratios_are_those_of_the_models():
    rows = TABLES["models"].set_index("model")
    assert rows.loc["Chinchilla", "ratio"] == 20
    assert rows.loc["DeepSeek-V3", "ratio"] == 400
    assert rows.loc["DeepSeek-V3", "kind"] == "active parameters"
    assert set(rows.index[rows["kind"] == "all parameters"]) == {"GShard", "GLaM"}
    assert set(tables.FAMILIES) <= set(rows.index)


def test_each_model_is_drawn_once_at_its_ratio(figures):
    for width in (WIDE_WIDTH, NARROW_WIDTH):
        (ax,) = figures["models", width].axes
        points = [line for line in ax.lines if line.get_marker() in "oD"]
        assert len(points) == len(TABLES["models"])
        drawn = sorted(float(line.get_ydata()[0]) for line in points)
        assert drawn == pytest.approx(sorted(TABLES["models"]["ratio"]))
        places = {(line.get_xdata()[0], line.get_ydata()[0]) for line in points}
        assert len(places) > len(points) - 2


def test_bars_start_at_one_and_end_at_the_cost(figures):
    (ax,) = figures["llama", WIDE_WIDTH].axes
    ends = [bar.get_x() + bar.get_width() for bar in ax.patches]
    assert all(bar.get_x() == 1 for bar in ax.patches)
    assert ends == pytest.approx(list(TABLES["llama"]["cost"]))
    words = [text.get_text() for text in ax.texts]
    assert (
        sum(word.endswith("short") for word in words) == (TABLES["llama"]["side"] == "short").sum()
    )


def test_intervals_are_those_of_the_bootstrap():
    found = resamples("budgets").interval(size_wall)
    assert q.ends(size_wall) == pytest.approx((found.low, found.high), abs=1e-3)


def test_fits_to_longer_runs_promise_less():
    gained = tables.extreme_ratios_table()["gained"]
    assert gained.is_monotonic_decreasing


def test_no_use_saves_nothing_and_nonsense_is_refused():
    assert tables.cheapest(8e9, 0).splitlines()[1] == "and never used:"
    assert tables.cheapest(8e9, 0).endswith(
        "Training costs 1.0 times as much, training and use together as much."
    )
    for N, use, word in (
        (-1, 1e12, "parameters"),
        (8e9, -1, "tokens of use"),
        (8e9, np.inf, "tokens of use"),
    ):
        with pytest.raises(ValueError, match=f"^{word} must"):
            tables.cheapest(N, use)


def test_the_legend_says_which_law_is_in_one_panel_only(figures):
    for width in (WIDE_WIDTH, NARROW_WIDTH):
        (legend,) = figures["price", width].legends
        words = [text.get_text() for text in legend.get_texts()]
        assert [word for word in words if "ratios only" in word] == [
            f"{tables.GADRE} (ratios only)"
        ]
        styles = {line.get_linestyle() for line in legend.get_lines()}
        patterns = {str(line._unscaled_dash_pattern) for line in legend.get_lines()}
        assert len(patterns) == len(words), styles


def test_the_sentence_names_size_ratio_and_price():
    said = tables.cheapest(8e9, 10e12)
    assert "2.39B parameters (2.2B to 2.7B)" in said
    assert "Training costs 2.6 times as much" in said
