"""The figures of chapter 10: what their tables hold, and what the drawings must show."""

import numpy as np
import pytest
from rendering import rendered

from scaling_utils import gopher as q
from scaling_utils.drawings import what_if_parameters_were_free as drawings
from scaling_utils.drawings import what_if_parameters_were_free_evidence as evidence
from scaling_utils.drawings import what_if_parameters_were_free_tables as tables
from scaling_utils.figures import NARROW_WIDTH, WIDE_WIDTH
from scaling_utils.refit import refit, resamples

FIGURES = {
    "free": (drawings.draw_free_parameters, tables.free_parameters_table),
    "probability": (drawings.draw_probability, tables.decision_table),
    "iso-loss": (drawings.draw_iso_loss, tables.iso_loss_table),
    "repeated": (evidence.draw_repeated_data, tables.repeated_data_table),
    "experiment": (evidence.draw_natural_experiment, tables.natural_experiment_table),
}
UNITS = ("nats per token", "parameters", "tokens", "epochs", "share of draws", "points", "%")
CHINCHILLA = (70e9, 1.4e12)


@pytest.fixture(scope="module")
def made():
    return {name: table() for name, (_, table) in FIGURES.items()}


@pytest.fixture(scope="module")
def drawn(made):
    figures = {}
    for name, (draw, _) in FIGURES.items():
        for width in (WIDE_WIDTH, NARROW_WIDTH):
            height = 4.3 if width == WIDE_WIDTH else 7.4
            figures[name, width] = rendered(draw, made[name], width, height)
    return figures


@pytest.mark.parametrize("width", [WIDE_WIDTH, NARROW_WIDTH])
@pytest.mark.parametrize("name", FIGURES)
def test_axes_carry_units_and_nothing_leaves_the_figure(drawn, name, width):
    fig = drawn[name, width]
    for ax in fig.axes:
        assert any(unit in ax.get_xlabel() for unit in UNITS)
        for text in ax.texts:
            box = text.get_window_extent()
            assert box.x0 >= 0, text.get_text()
            assert box.x1 <= fig.bbox.x1, text.get_text()
    for legend in fig.legends:
        assert legend.get_window_extent().x1 <= fig.bbox.x1 + 1
    if name != "experiment":
        assert any(unit in fig.axes[0].get_ylabel() for unit in UNITS)


@pytest.mark.parametrize("width", [WIDE_WIDTH, NARROW_WIDTH])
@pytest.mark.parametrize("name", FIGURES)
def test_no_two_notes_overlap(drawn, name, width):
    for ax in drawn[name, width].axes:
        boxes = [text.get_window_extent() for text in ax.texts if text.get_text()]
        for i, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[i + 1 :]), ax.texts[i]


def test_infinite_model_is_the_limit_and_signs_are_as_the_chapter_says(made):
    table = made["free"]
    ends = table[np.isinf(table["N"])].set_index("law")["difference"]
    law = refit().law
    gap = law.loss_infinite_model(300e9) - law.loss(*CHINCHILLA)
    assert ends[tables.OURS] == pytest.approx(gap)
    losing = {law for law, difference in ends.items() if difference > 0}
    assert losing == {tables.PRINTED, tables.EXCESS}
    for _, rows in table.groupby("law"):
        assert (rows["difference"].diff().dropna() <= 1e-12).all()


def test_band_holds_the_refit_and_matches_the_resamples(made):
    table = made["free"]
    ours = table[table["law"] == tables.OURS]
    assert ((ours["low"] < ours["difference"]) & (ours["difference"] < ours["high"])).all()
    found = resamples("budgets").interval(
        lambda law: law.loss_infinite_model(300e9) - law.loss(*CHINCHILLA)
    )
    assert ours.iloc[-1][["low", "high"]].tolist() == pytest.approx([found.low, found.high])


def test_parts_give_the_lead_and_the_diagonal_is_a_tie(made, drawn):
    table = made["probability"]
    won = resamples("budgets").probability(
        lambda law: law.loss_infinite_model(300e9) < law.loss(*CHINCHILLA)
    )
    size, data = tables.parts_of_gap("budgets")
    assert np.mean(size > data) == won
    law = table[table["name"] == tables.PRINTED].iloc[0]
    assert law["lead"] == pytest.approx(1.9366 - 1.9411, abs=2e-4)
    _, right = drawn["probability", WIDE_WIDTH].axes
    diagonal = next(line for line in right.lines if len(line.get_xdata()) == 2)
    np.testing.assert_array_equal(diagonal.get_xdata(), diagonal.get_ydata())


def test_walls_and_the_exchange_at_chinchilla(made, drawn):
    table, law = made["iso-loss"], refit().law
    loss = law.loss(*CHINCHILLA)
    walls = table[table["kind"] == "wall"]
    assert walls["N"].max() == pytest.approx(law.smallest_model(loss))
    assert walls["D"].max() == pytest.approx(law.fewest_tokens(loss))
    curves = table[table["kind"] == "curve"]
    np.testing.assert_allclose(law.loss(curves["N"], curves["D"]), curves["loss"])
    left, right = drawn["iso-loss", WIDE_WIDTH].axes
    assert {"GPT-3", "Gopher", "MT-NLG", "Chinchilla"} <= {t.get_text() for t in left.texts}
    (note,) = [t for t in right.texts if t.get_text().startswith("70B")]
    assert float(note.get_text().split(": ")[1]) == pytest.approx(21, abs=1)


def test_repeating_stops_at_its_limit(made):
    table = made["repeated"]
    value = table[table["kind"] == "value"]
    assert value["effective"].max() == pytest.approx(16.39, abs=0.01)
    infinite = table[np.isinf(table["N"])]
    assert infinite["difference"].iloc[0] > 0 > infinite["difference"].iloc[-1]


def test_four_models_against_gopher(made):
    table = made["experiment"].set_index(["kind", "row", "model"])["value"]
    assert table["predicted", tables.KAPLAN, "Chinchilla"] < 0
    assert table["predicted", tables.OURS, "MT-NLG 530B"] == pytest.approx(0.005, abs=5e-4)
    assert table["predicted", tables.EXCESS, "MT-NLG 530B"] < 0
    assert table["measured", "PIQA", "MT-NLG 530B"] == pytest.approx(0.2)
    assert (table.xs("Gopher", level="model") == 0).all()


def test_kaplans_lead_and_chinchillas_lead_are_those_of_chapter_9(made):
    table = made["experiment"].set_index(["kind", "row", "model"])
    losses = q.kaplan_losses()["L(N, D)"]
    lead = losses["Chinchilla"] - losses["Gopher"]
    row = table.loc[("predicted", tables.KAPLAN, "Chinchilla")]
    assert -row["value"] == pytest.approx(lead, abs=1e-12)
    row = table.loc[("predicted", tables.OURS, "Chinchilla")]
    assert (row["low"], row["high"]) == q.ends(q.gap)
    assert row["value"] == pytest.approx(q.gap(refit().law))


def test_a_point_off_the_scale_is_named_with_its_number(made, drawn):
    for width in (WIDE_WIDTH, NARROW_WIDTH):
        _, right = drawn["experiment", width].axes
        least = right.get_xlim()[0]
        rows = made["experiment"][made["experiment"]["kind"] == "measured"]
        off = rows[rows["value"] < least]
        assert [f"{value:+.1f}".replace("-", "−") for value in off["value"]] == [
            text.get_text().split(": ")[1] for text in right.texts
        ]


def test_handles_of_the_legend_show_a_whole_period_of_each_dash(drawn):
    for width in (WIDE_WIDTH, NARROW_WIDTH):
        (legend,) = drawn["free", width].legends
        for line in legend.get_lines():
            (_, on_off), lw = line._unscaled_dash_pattern, line.get_linewidth()
            x = line.get_window_extent().width * 72 / drawn["free", width].dpi
            assert on_off is None or x >= lw * sum(on_off), line.get_label()


def test_unknown_law_is_named():
    with pytest.raises(ValueError, match=r"law 'Llama' is not known; expected one of"):
        tables.loss_on("Llama", 1e9, 1e9)
