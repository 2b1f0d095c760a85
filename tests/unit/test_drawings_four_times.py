"""The figures of chapter 9: what their tables hold, and what the drawings must show."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from rendering import rendered

from scaling_utils import datasets, published
from scaling_utils import gopher as quantities
from scaling_utils.drawings import four_times as drawings
from scaling_utils.drawings import four_times_tables as tables
from scaling_utils.figures import DARK, NARROW_WIDTH, WIDE_WIDTH
from scaling_utils.laws.base import UnreachableLossError
from scaling_utils.refit import refit, resamples
from scaling_utils.transformer import Architecture, kaplan_parameters

GOPHER, CHINCHILLA = quantities.GOPHER, quantities.CHINCHILLA
TABLES = {
    "parts": tables.gopher_against_chinchilla_table(),
    "slightly": tables.how_big_is_slightly_table(),
    "here": tables.four_times_from_here_table(),
    "pile": tables.pile_subsets_table(),
    "tasks": tables.tasks_won_and_lost_table(),
}
FIGURES = {
    "parts": (drawings.draw_gopher_against_chinchilla, 4.6, 4.8),
    "slightly": (drawings.draw_how_big_is_slightly, 3.6, 6.4),
    "here": (drawings.draw_four_times_from_here, 4.0, 5.0),
    "pile": (drawings.draw_pile_subsets, 5.4, 5.4),
    "tasks": (drawings.draw_tasks_won_and_lost, 5.2, 9.4),
}


@pytest.fixture(scope="module")
def figures():
    found = {}
    for name, (draw, wide, narrow) in FIGURES.items():
        for width, height in ((WIDE_WIDTH, wide), (NARROW_WIDTH, narrow)):
            fig = rendered(draw, TABLES[name], width, height)
            found[name, width] = fig
    return found


def notes(fig):
    return [text for ax in fig.axes for text in ax.texts]


@pytest.mark.parametrize("name", FIGURES)
def test_axes_have_units_and_no_words_leave_the_figure_or_cover_each_other(figures, name):
    for width in (WIDE_WIDTH, NARROW_WIDTH):
        fig = figures[name, width]
        assert all(ax.get_xlabel() for ax in fig.axes)
        boxes = [text.get_window_extent() for text in notes(fig)]
        for i, box in enumerate(boxes):
            assert -1 <= box.x0 <= box.x1 <= fig.bbox.x1 + 1, notes(fig)[i].get_text()
            assert not any(box.overlaps(other) for other in boxes[i + 1 :]), notes(fig)[
                i
            ].get_text()
        for ax in fig.axes:
            assert all(to_hex(line.get_color()) in DARK for line in ax.lines)


def test_laws_agree_with_the_functions_of_tradeoffs():
    predicted = tables.predicted_table()
    for name, law in quantities.laws().items():
        row = predicted.loc[name]
        aim = law.loss(*CHINCHILLA)
        assert row["difference"] == pytest.approx(law.loss(*GOPHER) - aim)
        compute = [law.equivalent_compute(*model) for model in (CHINCHILLA, GOPHER)]
        assert row["compute"] == pytest.approx(compute[0] / compute[1])
        tokens = law.tokens_for_loss(GOPHER[0], aim)
        assert row["tokens"] == pytest.approx(tokens / GOPHER[1])
        if np.isfinite(row["parameters"]):
            size = law.parameters_for_loss(GOPHER[1], aim)
            assert row["parameters"] == pytest.approx(size / GOPHER[0])
        else:
            with pytest.raises(UnreachableLossError):
                law.parameters_for_loss(GOPHER[1], aim)


def test_only_the_printed_constants_need_endless_parameters():
    needed = tables.predicted_table()["parameters"]
    assert list(needed.index[np.isinf(needed)]) == ["Hoffmann, printed"]


def test_intervals_are_those_of_the_bootstrap():
    low, high = quantities.ends(quantities.gap)
    found = resamples().interval(lambda law: law.loss(*GOPHER) - law.loss(*CHINCHILLA))
    assert (low, high) == pytest.approx((found.low, found.high), abs=1e-4)


def test_four_times_the_tokens_cost_as_much_as_gopher():
    law = refit().law
    expected = law.loss(*GOPHER) - law.loss(70e9, 1.2e12)
    assert quantities.gap_at_equal_cost(law) == pytest.approx(expected)


def test_the_same_swap_costs_more_each_time():
    table = tables.repeated_swaps_table()
    law = refit().law
    assert table["rise"].to_numpy() == pytest.approx(
        law.loss(table["parameters"], table["tokens"]) - law.loss(*CHINCHILLA), abs=1e-12
    )
    assert (table["parameters"] * table["tokens"]).to_numpy() == pytest.approx(70e9 * 1.4e12)
    onwards = table.loc[table["swaps"] >= 0, "rise"]
    assert (onwards.diff().dropna().diff().dropna() > 0).all()
    assert (table["low"] <= table["rise"]).all()
    assert (table["rise"] <= table["high"]).all()


def test_every_measured_budget_rises_towards_more_parameters():
    table = tables.measured_swaps_table()
    assert len(table) == 9
    assert (table["rise"] > 0).all()
    assert (table["times"] > 2).all()
    # On the largest budget the smallest model tried has the lowest loss.
    assert (table["rise_smaller"] > 0).sum() == 8


def test_the_size_needed_is_one_number_in_two_units():
    assert quantities.in_words(quantities.parameter_factor, ".1f").endswith("to no size at all)")
    ends = (
        quantities.ends(q) for q in (quantities.parameter_factor, quantities.parameters_needed)
    )
    (low, high), (low_size, high_size) = ends
    assert low_size == pytest.approx(low * GOPHER[0])
    assert np.isinf(high)
    assert np.isinf(high_size)


def test_nonsense_is_refused_in_words():
    for N, D in ((70e9, -5), (70e9, 0), (np.nan, 1e9)):
        with pytest.raises(ValueError, match=r"^(tokens|parameters) must be"):
            tables.which_is_better(N, D)


def test_from_the_even_ratio_both_take_the_same_off():
    law = refit().law
    ratio = quantities.even_ratio(70e9)(law)
    start = (70e9, 70e9 * ratio)
    by_size, by_data = (quantities.gain(s, start)(law) for s in "ND")
    assert by_size == pytest.approx(by_data)


def test_the_sentence_names_the_winner():
    assert "The tokens win" in tables.which_is_better(70e9, 300e9)
    assert "The parameters win" in tables.which_is_better(70e9, 7e12)


def test_kaplan_puts_gopher_ahead_in_both_laws():
    losses = quantities.kaplan_losses()
    law = published.law("kaplan2020/L(N,D)")
    size = kaplan_parameters(Architecture.hoffmann(16384, 80, 128, 128))
    assert losses.loc["Gopher", "N"] == size
    assert losses.loc["Gopher", "L(N, D)"] == law.loss(size, GOPHER[1])
    assert (losses.loc["Gopher"] < losses.loc["Chinchilla"])[["L(N, D)", "L(N, S)"]].all()


def test_loss_of_steps_solves_equation_1_6_with_the_steps_of_equation_5_4():
    by_steps, critical = (published.law(f"kaplan2020/{name}") for name in ("L(N,S)", "B_crit"))
    losses = quantities.kaplan_losses()
    loss, N = losses.loc["Chinchilla", "L(N, S)"], losses.loc["Chinchilla", "N"]
    halves = [(0.7e12 / batch, batch) for batch in (1.5e6, 3e6)]
    least = sum(steps / critical.steps(1.0, batch, loss) for steps, batch in halves)
    assert by_steps.loss(N, least) == pytest.approx(loss)


def test_parts_are_stacked_to_the_number_beside_the_bar(figures):
    (ax,) = figures["parts", WIDE_WIDTH].axes
    said = {text.get_text() for text in ax.texts}
    ends = sorted(bar.get_x() + bar.get_width() for bar in ax.patches[1::2])
    assert {f"{end:.3f}" for end in ends} < said


def test_slightly_says_where_there_is_no_factor(figures):
    words = [text.get_text() for text in notes(figures["slightly", WIDE_WIDTH])]
    assert words.count("none: Gopher is ahead") == 2
    assert sum(word.startswith("−") for word in words) == 2


def test_pile_is_sorted_and_every_subset_is_better():
    changes = TABLES["pile"]["change"]
    assert changes.is_monotonic_decreasing
    assert changes.max() < 0


def test_tasks_won_and_lost_are_counted_in_the_titles(figures):
    titles = [ax.get_title(loc="left") for ax in figures["tasks", WIDE_WIDTH].axes]
    assert titles == ["MMLU: 51 won, 4 lost, 2 equal", "BIG-bench: 58 won, 4 lost"]
    mmlu = TABLES["tasks"][TABLES["tasks"]["benchmark"] == "MMLU"]
    assert len(mmlu) == len(datasets.load("hoffmann2022_table_a6"))
    assert mmlu["difference"].is_monotonic_increasing
