"""The figures of chapter 8: what their tables hold, and what the drawings must show."""

import numpy as np
import pytest
from drawn_values import made_up
from rendering import rendered

from scaling_utils import published
from scaling_utils.counting import ALL, Counting
from scaling_utils.counting.size_relation import SizeRelation
from scaling_utils.counting.sweep import sweep
from scaling_utils.drawings import why_the_papers_disagree as drawings
from scaling_utils.drawings import why_the_papers_disagree_tables as tables
from scaling_utils.figures import NARROW_WIDTH, WIDE_WIDTH
from scaling_utils.refit import refit
from scaling_utils.resample import bootstrap

LAW = published.law("besiroglu2024")
RELATION = SizeRelation(52991.0)
COUNTS = {
    "Embeddings left out": Counting(RELATION),
    "Everything counted": Counting(RELATION, ALL, ALL),
}
MODELS = ["GPT-3", "Gopher", "Chinchilla", "Llama-3.1-405B"]
UNITS = ("no unit", "FLOPs", "tokens", "parameters", "%")


@pytest.fixture(scope="module")
def data():
    sizes = np.geomspace(*tables.kaplan_sizes(), 25)
    seen = {name: sweep(LAW, count, sizes) for name, count in COUNTS.items()}
    resampled = bootstrap(refit(), resamples=50, seed=0)
    others = {"another": (COUNTS["Embeddings left out"], LAW)}
    left_out = COUNTS["Embeddings left out"]
    return {
        "optima": tables.optima_table(np.geomspace(1e14, 1e26, 49), {"our refit": LAW}, MODELS),
        "embeddings": tables.embedding_table(RELATION, SizeRelation(84000.0)),
        "exponent": tables.exponent_table(left_out, resampled, others),
        "simulated": tables.simulated_table(seen, COUNTS, LAW, np.geomspace(1e12, 1e24, 13)),
        "ladder": tables.ladder_table(),
    }


DRAW = {
    "optima": drawings.draw_two_optima,
    "embeddings": drawings.draw_embeddings,
    "exponent": drawings.draw_local_exponent,
    "simulated": drawings.draw_counting_simulated,
    "ladder": drawings.draw_porian_ladder,
}


@pytest.fixture(scope="module")
def figures(data):
    made = {}
    for name, draw in DRAW.items():
        for width in (WIDE_WIDTH, NARROW_WIDTH):
            fig = rendered(draw, data[name], width, 6.0)
            made[name, width] = fig
    return made


@pytest.mark.parametrize("width", [WIDE_WIDTH, NARROW_WIDTH])
@pytest.mark.parametrize("name", DRAW)
def test_axes_carry_units_and_no_text_leaves_the_figure(figures, name, width):
    fig = figures[name, width]
    for ax in fig.axes:
        assert any(unit in ax.get_xlabel() for unit in UNITS)
        siblings = ax.get_shared_y_axes().get_siblings(ax)
        if name != "ladder":
            assert any(unit in other.get_ylabel() for unit in UNITS for other in siblings)
        boxes = [text.get_window_extent() for text in ax.texts]
        for text, box in zip(ax.texts, boxes, strict=True):
            assert 0 <= box.x0 <= box.x1 <= fig.bbox.x1 + 1, text.get_text()
            assert 0 <= box.y0 <= box.y1 <= fig.bbox.y1 + 1, text.get_text()
        for i, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[i + 1 :])


@pytest.mark.parametrize("width", [WIDE_WIDTH, NARROW_WIDTH])
@pytest.mark.parametrize("name", DRAW)
def test_nothing_is_drawn_that_is_not_in_the_table(figures, data, name, width):
    assert not made_up(figures[name, width], data[name], rows=name == "ladder")


def test_one_grey_says_where_runs_were_made(figures):
    fig = figures["optima", WIDE_WIDTH]
    broad = {line.get_color() for ax in fig.axes for line in ax.lines if line.get_linewidth() > 3}
    key = {
        handle.get_color()
        for legend in fig.legends
        for handle in legend.get_lines()
        if handle.get_linewidth() > 3
    }
    assert broad == key
    assert len(key) == 1


def test_every_model_stands_where_it_was_trained(data, figures):
    models = data["optima"].query("kind == 'model'").set_index("name")
    assert models.loc["Chinchilla", ["C", "N", "D"]].tolist() == pytest.approx(
        [5.88e23, 70e9, 1.4e12]
    )
    left, right = figures["optima", WIDE_WIDTH].axes
    for ax, column in ((left, "N"), (right, "D")):
        drawn = {
            (line.get_xdata()[0], line.get_ydata()[0])
            for line in ax.lines
            if len(line.get_xdata()) == 1
        }
        assert drawn == set(zip(models["C"], models[column], strict=True))


def test_broad_strokes_end_where_the_runs_end(data):
    rules = data["optima"].query("kind == 'rule' and measured == 'yes'")
    kaplan, hoffmann = tables.measured_budgets()["Kaplan"], tables.measured_budgets()["Hoffmann"]
    for name, rows in rules.groupby("name"):
        low, high = kaplan if name.startswith("Kaplan") else hoffmann
        assert low <= rows["C"].min() <= rows["C"].max() <= high
    assert kaplan[1] == pytest.approx(2 * 8.64e19)


def test_models_lie_along_the_relation(data):
    table = data["embeddings"]
    fitted = table.query("name == 'Hoffmann, Table A9'")
    np.testing.assert_allclose(fitted["share"], 100 * RELATION.share(fitted["N"]), atol=4.5)
    assert table["share"].between(0, 100).all()


def test_band_holds_its_line_and_widens_with_the_level(data):
    band = data["exponent"].query("kind == 'law' and name == 'our refit'")
    assert ((band["low"] < band["exponent"]) & (band["exponent"] < band["high"])).all()
    assert data["exponent"].query("name == 'another'")["low"].isna().all()


def test_local_exponent_marks_both_papers_and_their_models(figures, data):
    (ax,) = figures["exponent", WIDE_WIDTH].axes
    written = {text.get_text() for text in ax.texts}
    assert {"Kaplan 0.73", "Hoffmann 0.50", "Kaplan's models", "Hoffmann's models"} == written
    ranges = data["exponent"].query("kind == 'range'").groupby("name")["N"].agg(["min", "max"])
    assert ranges.loc["Kaplan's models"].tolist() == [768, 1.5e9]


def test_simulated_runs_lie_on_the_closed_form_and_leave_the_straight_line(data):
    table = data["simulated"]
    for count, counting in COUNTS.items():
        runs = table[(table["count"] == count) & (table["kind"] == "simulated")]
        exact = counting.at(LAW, runs["C"].to_numpy()).N
        np.testing.assert_allclose(runs["N"], exact, rtol=0.1)
    lines = table[table["C"] == table["C"].max()].set_index(["count", "kind"])["N"]
    assert (
        lines["Embeddings left out", "fitted"] > 10 * lines["Embeddings left out", "closed form"]
    )
    assert lines["Everything counted", "fitted"] == pytest.approx(
        lines["Everything counted", "closed form"], rel=0.1
    )


def test_table_6_lies_on_the_simulated_world(data):
    printed = data["simulated"].query("kind == 'printed'")
    world = COUNTS["Embeddings left out"].at(LAW, printed["C"].to_numpy()).N
    assert np.abs(np.log(printed["N"] / world)).max() < np.log(2.5)


def test_ladder_falls_from_kaplan_to_hoffmann(data, figures):
    steps = data["ladder"].query("kind == 'step'")
    for _, rows in steps.groupby("name"):
        assert (rows["a"].diff().dropna() < 0).all()
        assert ((rows["a_low"] <= rows["a"]) & (rows["a"] <= rows["a_high"])).all()
    (ax,) = figures["ladder", WIDE_WIDTH].axes
    assert [text.get_text().split("\n")[-1] for text in ax.texts] == ["0.88", "0.73", "0.50"]
    assert len(ax.get_yticks()) == 5
    assert ax.yaxis_inverted()
