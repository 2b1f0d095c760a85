"""The figures of chapter 4: what their tables hold, and what the drawings must show."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from rendering import rendered

from scaling_utils import published
from scaling_utils.drawings import generalisation_depth_and_shape as drawings
from scaling_utils.drawings import generalisation_depth_and_shape_tables as tables
from scaling_utils.figures import DARK, NARROW_WIDTH, WIDE_WIDTH
from scaling_utils.refit import resamples

SIZE_LAW = published.law("kaplan2020/L(N)")
OFFSET, GROWING = 0.3, 0.5
DRAW = {
    "shapes": (drawings.draw_shapes_tried, 4.6, 5.2),
    "worth": (drawings.draw_small_loss, 3.7, 7.0),
    "shares": (drawings.draw_shares, 3.7, 7.0),
    "context": (drawings.draw_context, 3.9, 7.2),
    "offsets": (drawings.draw_offsets, 3.4, 8.4),
}
EACH = [(name, width) for name in DRAW for width in (WIDE_WIDTH, NARROW_WIDTH)]


@pytest.fixture(scope="module")
def made():
    """The table of each figure."""
    return {
        "shapes": tables.shapes_tried_table(),
        "worth": tables.small_loss_table(resamples("budgets"), 0.03),
        "shares": tables.shares_table(),
        "context": tables.context_table(),
        "offsets": tables.offset_table(OFFSET, GROWING),
    }


@pytest.fixture(scope="module")
def drawn(made):
    """Every figure, drawn wide and narrow."""
    figures = {}
    for name, width in EACH:
        draw, wide, narrow = DRAW[name]
        fig = rendered(draw, made[name], width, wide if width == WIDE_WIDTH else narrow)
        figures[name, width] = fig
    return figures


@pytest.mark.parametrize(("name", "width"), EACH)
def test_axes_say_what_they_show_and_words_stay_on_the_figure(drawn, name, width):
    fig = drawn[name, width]
    for ax in fig.axes:
        assert ax.get_xlabel()
        assert ax.get_ylabel()
        for text in [*ax.texts, ax.xaxis.label, ax.yaxis.label, ax.title]:
            box = text.get_window_extent()
            assert -1 <= box.x0 <= box.x1 <= fig.bbox.x1 + 1, text.get_text()
            assert -1 <= box.y0 <= box.y1 <= fig.bbox.y1 + 1, text.get_text()


@pytest.mark.parametrize(("name", "width"), EACH)
def test_notes_do_not_cover_each_other(drawn, name, width):
    for ax in drawn[name, width].axes:
        boxes = [text.get_window_extent() for text in ax.texts]
        for i, box in enumerate(boxes):
            over = [ax.texts[j].get_text() for j in range(i) if box.overlaps(boxes[j])]
            assert not over, (ax.texts[i].get_text(), over)


@pytest.mark.parametrize("name", DRAW)
def test_every_colour_has_a_dark_partner(drawn, name):
    for ax in drawn[name, WIDE_WIDTH].axes:
        for line in ax.lines:
            assert to_hex(line.get_color()) in DARK


def test_shapes_lie_on_lines_of_their_size(made, drawn):
    table = made["shapes"]
    assert (12 * table["n_layers"] * table["d_model"] ** 2).to_numpy() == pytest.approx(
        table["N"].to_numpy()
    )
    named, fits = drawn["shapes", WIDE_WIDTH].axes[0].lines[-2:]
    assert len(named.get_xdata()) + len(fits.get_xdata()) == (table["kind"] != "line").sum()
    assert (6, 4288) in set(zip(named.get_xdata(), named.get_ydata(), strict=True))


def test_worth_of_three_per_cent(made, drawn):
    table = made["worth"]
    marked = table[table["excess"].eq(0.03) & (table["law"] == "compute")]
    assert marked["times"].item() == pytest.approx(1.03**20)
    floor = table[table["law"] == "floor"]
    assert ((floor["low"] <= floor["times"]) & (floor["times"] <= floor["high"])).all()
    assert floor["times"].is_monotonic_increasing
    assert floor["C"].max() == published.constant("hoffmann2022/Gopher", "C").value
    top = drawn["worth", WIDE_WIDTH].axes[1].get_ylim()[1]
    assert floor["high"].max() < top
    flat = drawn["worth", WIDE_WIDTH].axes[1].lines[0]
    assert set(flat.get_ydata()) == {marked["times"].item()}


def test_shares_of_the_operations_add_up(made):
    flops = made["shares"].query("part != 'embedding'")
    assert flops.groupby("N")["share"].sum().to_numpy() == pytest.approx(1.0)
    smallest = made["shares"].iloc[0]
    assert (smallest["part"], round(smallest["share"], 2)) == ("embedding", 0.94)


def test_means_lie_near_the_law_of_size(made, drawn):
    means = made["context"].query("kind == 'mean'")
    assert ((means["low"] < means["loss"]) & (means["loss"] < means["high"])).all()
    off = means["loss"] / SIZE_LAW.loss(means["N"].to_numpy()) - 1
    assert off.abs().max() < 0.032
    said = [text.get_text() for text in drawn["context", WIDE_WIDTH].axes[0].texts]
    assert said == ["4.12", "3.48", "2.99", "2.78", "2.47", "2.37"]


def test_each_reading_is_constant_where_it_says_so(made):
    by = dict(iter(made["offsets"].groupby("reading")))
    assert by["constant factor"]["ratio"].to_numpy() == pytest.approx(OFFSET / SIZE_LAW.loss(1e9))
    assert by["constant difference"]["difference"].to_numpy() == pytest.approx(OFFSET)
    assert by["growing difference"]["difference"].is_monotonic_increasing
    assert by["constant factor"]["difference"].is_monotonic_decreasing
    ends = [rows["loss"].iloc[-1] for name, rows in by.items() if name != "training text"]
    assert ends == pytest.approx([SIZE_LAW.loss(1e9) + OFFSET] * 3)


def test_only_laws_of_one_factor_have_a_line_in_table_5():
    with pytest.raises(ValueError, match="is not a law of one factor"):
        tables.table_5("L(N,D)")
    assert np.log(tables.table_5("L(N)").worth(0.01)) == pytest.approx(np.log(1.01) / 0.076)
