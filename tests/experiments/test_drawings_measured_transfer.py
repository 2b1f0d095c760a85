"""Chapter 4's figures of our own models: what their tables hold, what the drawings show."""

import made_up_study as made
import numpy as np
import pytest
from matplotlib.colors import to_hex
from rendering import rendered

from experiments.analysis.other_text import text_transfer
from experiments.analysis.travel import PROSE, UNLIKE
from scaling_utils.datasets import load
from scaling_utils.drawings import measured_depth as depth_figure
from scaling_utils.drawings import measured_transfer as drawings
from scaling_utils.drawings import measured_transfer_tables as tables
from scaling_utils.figures import DARK, NARROW_WIDTH, WIDE_WIDTH

DRAW = {
    "elsewhere": (drawings.draw_elsewhere, 4.0, 7.4),
    "offsets": (drawings.draw_offsets_measured, 3.7, 7.0),
    "far": (drawings.draw_far_text, 3.4, 6.4),
    "depth": (depth_figure.draw_depth, 3.8, 7.2),
}
EACH = [(name, width) for name in DRAW for width in (WIDE_WIDTH, NARROW_WIDTH)]


@pytest.fixture(scope="module")
def sizes():
    """Twelve sizes whose seeds differ."""
    return made.sizes(noise=0.004)


@pytest.fixture(scope="module")
def transfers(sizes):
    """The lines of every text."""
    return {text: text_transfer(sizes.study, text, resamples=50) for text in made.TEXTS}


@pytest.fixture(scope="module")
def made_tables(sizes, transfers):
    """The table of each figure."""
    return {
        "elsewhere": tables.elsewhere_table(sizes),
        "offsets": tables.offsets_table(sizes, transfers),
        "far": tables.far_text_table(load("text_distances"), sizes),
        "depth": depth_figure.depth_table(made.depths(noise=0.003), sizes),
    }


@pytest.fixture(scope="module")
def drawn(made_tables):
    """Every figure, drawn wide and narrow."""
    figures = {}
    for name, width in EACH:
        draw, wide, narrow = DRAW[name]
        height = wide if width == WIDE_WIDTH else narrow
        figures[name, width] = rendered(draw, made_tables[name], width, height)
    return figures


@pytest.mark.parametrize(("name", "width"), EACH)
def test_axes_say_what_they_show_and_words_stay_on_the_figure(drawn, name, width):
    fig = drawn[name, width]
    for ax in fig.axes:
        assert ax.get_xlabel()
        # Panels side by side may share the names of the texts on the left.
        ticks = [tick.get_text() for each in fig.axes for tick in each.get_yticklabels()]
        assert ax.get_ylabel() or set(PROSE) <= set(ticks)
        for text in [*ax.texts, ax.xaxis.label, ax.yaxis.label, ax.title]:
            if not text.get_text():
                continue
            box = text.get_window_extent()
            assert -1 <= box.x0 <= box.x1 <= fig.bbox.x1 + 1, text.get_text()
            assert -1 <= box.y0 <= box.y1 <= fig.bbox.y1 + 1, text.get_text()


@pytest.mark.parametrize("name", DRAW)
def test_every_colour_has_a_dark_partner(drawn, name):
    for ax in drawn[name, WIDE_WIDTH].axes:
        for line in ax.lines:
            assert to_hex(line.get_color()) in DARK


def test_every_text_has_its_finished_models_and_one_in_training(made_tables, sizes):
    table = made_tables["elsewhere"]
    counts = table.groupby(["text", "kind"]).size().unstack()
    assert set(counts.index) == {*PROSE, *UNLIKE}
    assert (counts["finished"] == 12).all()
    assert (counts.loc[list(PROSE), "line"] == 2).all()
    assert counts.loc[list(UNLIKE), "line"].isna().all()
    under_way = table[table["kind"] == "in training"]
    assert set(under_way["N"]) == {sizes.setups["N_body"].max()}
    novel = table[(table["text"] == "novel") & (table["kind"] == "finished")]
    slope, start = made.TEXTS["novel"]
    np.testing.assert_allclose(novel["loss"], slope * novel["validation"] + start)


def test_better_models_stand_on_the_right(drawn):
    for ax in (*drawn["elsewhere", WIDE_WIDTH].axes, drawn["offsets", WIDE_WIDTH].axes[0]):
        left, right = ax.get_xlim()
        assert left > right
        assert "better →" in ax.get_xlabel()


def test_slopes_are_those_of_the_lines(made_tables, transfers, drawn):
    table = made_tables["offsets"]
    for text in PROSE:
        row = table[(table["text"] == text) & (table["kind"] == tables.SLOPE)].iloc[0]
        assert row["value"] == pytest.approx(made.TEXTS[text][0], abs=0.01)
        assert row["low"] - 1e-9 <= row["value"] <= row["high"] + 1e-9
    offsets = table[table["kind"] == tables.OFFSET]
    assert len(offsets) == 4 * 12
    assert (offsets["low"] <= offsets["high"]).all()
    said = [label.get_text() for label in drawn["offsets", WIDE_WIDTH].axes[1].get_yticklabels()]
    assert said[::-1] == list(PROSE)


def test_the_reader_s_table_has_every_text(sizes, transfers):
    shown = tables.slopes_table(sizes, transfers)
    assert list(shown.index) == [*PROSE, *UNLIKE]
    assert shown["slope"]["novel"] == pytest.approx(0.65, abs=0.01)
    assert shown["correlation"]["novel"] == pytest.approx(1.0, abs=1e-3)


def test_parts_of_a_text_s_loss_add_up(made_tables, sizes):
    table = made_tables["far"].set_index("text")
    total = table["from_rare_pairs"] + table["from_others"]
    np.testing.assert_allclose(total, table["trigram_loss"])
    assert table["rare_pairs"]["code"] > 10 * table.loc[list(PROSE), "rare_pairs"].max()
    assert table["best"]["code"] == sizes.ends("loss_code")[0].min()
    assert table["first"]["validation"] > table["best"]["validation"]


def test_depths_stand_where_they_were_made(made_tables, drawn):
    table = made_tables["depth"]
    shape = table[(table["kind"] == depth_figure.SHAPE) & (table["N"] < 5e4)]
    assert shape["layers"].tolist() == [1, 2, 3, 4, 8]
    assert shape["value"].iloc[-1] == pytest.approx(5.0, abs=1.0)
    seeds = table[table["kind"] == depth_figure.SEED]
    assert len(seeds) == 30
    mean = seeds.groupby(["N", "layers"])["value"].mean()
    assert mean.to_numpy() == pytest.approx(
        table[table["kind"] == depth_figure.SHAPE].sort_values(["N", "layers"])["value"], abs=1e-6
    )
    elsewhere = table[table["kind"] == depth_figure.ELSEWHERE]
    assert set(elsewhere["text"]) == set(PROSE)
    labels = [t.get_text() for t in drawn["depth", WIDE_WIDTH].axes[0].get_legend().get_texts()]
    assert labels == ["24K parameters", "97K parameters"]
    # 0.02 nats are nine thousandths of the loss of Kaplan's largest model.
    noise = table[table["kind"] == depth_figure.NOISE].iloc[0]
    assert (noise["low"], noise["high"]) == pytest.approx((-0.87, 0.87), abs=0.005)
    assert table.loc[table["kind"] == depth_figure.PRINTED, "value"].tolist() == [3.0]
