"""Faults in what a figure draws and says: it is drawn anew, and a test that looks at it fails."""

from __future__ import annotations

import bookfaults
import pytest
from bookfaults import in_drawing

LOOK, SAID = "test_figures.py::", "test_pictures.py::"
UNITS = f"{LOOK}test_axes_have_labels_with_the_units_of_their_columns"
LEGEND = f"{LOOK}test_a_legend_names_the_rows_that_are_drawn"
TABLE = f"{LOOK}test_all_that_is_drawn_is_in_the_table"
APART = f"{LOOK}test_texts_stay_on_the_figure_and_apart"
NUMBERS = f"{SAID}test_numbers_in_a_picture_are_those_of_its_table"
WAY = f"{SAID}test_a_difference_goes_the_way_its_column_says"
LABEL = 'label=f"the {what}, {name}")'
CAPTION = (
    "The loss above $E$ by four sets of constants for Eq. 2 of Hoffmann et al. (2022), and its"
)
ANOTHERS = (
    "Right answers of Chinchilla minus those of Gopher, sorted. Dashed: the mean over the tasks."
)
ALT = (
    "Four rows of dots fall from left to right and flatten. In each a short stretch is orange, "
    "well before the row flattens; the orange stretches form one falling line."
)
DOG = "A photograph of a brown dog, asleep on a beach at noon."
ROW = "note(ax, f\"{row['both']:.3f}\""

FAULTS = [
    in_drawing(
        "an axis's unit",
        "an axis of PF-days is called FLOPs",
        "01",
        "three-laws",
        "compute, PF-days",
        "compute, FLOPs",
        UNITS,
        "'FLOP'",
    ),
    in_drawing(
        "an axis's unit",
        "bits per byte are called nats per token",
        "09",
        "pile-subsets",
        'xlabel="bits per byte"',
        'xlabel="nats per token"',
        UNITS,
        "'nats'",
    ),
    in_drawing(
        "an axis's unit",
        "nats per byte are called nats per token",
        "02",
        "measured-stops",
        'ylabel="loss (nats per byte)"',
        'ylabel="loss (nats per token)"',
        UNITS,
        "'token'",
    ),
    in_drawing(
        "a column's unit",
        "the words of two columns change places",
        "02",
        "measured-stops",
        '"parameters without embeddings", "C": "compute, FLOPs"',
        '"compute, FLOPs", "C": "parameters without embeddings"',
        UNITS,
        "'FLOP'",
    ),
    in_drawing(
        "a legend",
        "two models change places in a legend",
        "09",
        "pile-subsets",
        'color=BLUE, ms=6.5, label="Chinchilla")',
        'color=BLUE, ms=6.5, label="Gopher")',
        LEGEND,
        "'Gopher'",
    ),
    in_drawing(
        "a legend",
        "the labels of a group change places",
        "09",
        "four-times-from-here",
        LABEL,
        LABEL.replace("what", "('tokens', 'parameters')[what == 'tokens']"),
        LEGEND,
        "the tokens",
    ),
    in_drawing(
        "a difference turned round",
        "Chinchilla − Gopher becomes Gopher − Chinchilla",
        "09",
        "tasks-won-and-lost",
        'xlabel="Chinchilla − Gopher (',
        'xlabel="Gopher − Chinchilla (',
        WAY,
        "Gopher − Chinchilla",
    ),
    in_drawing(
        "plotted values",
        "points are drawn 5 % too high",
        "09",
        "pile-subsets",
        'ax.plot(pile["gopher"], y',
        'ax.plot(1.05 * pile["gopher"], y',
        TABLE,
        "'line'",
    ),
    in_drawing(
        "plotted values",
        "a curve is drawn a tenth too low",
        "09",
        "four-times-from-here",
        'ax.plot(rows["ratio"], rows["nats"], line',
        'ax.plot(rows["ratio"], 0.9 * rows["nats"], line',
        TABLE,
        "'line'",
    ),
    in_drawing(
        "plotted values",
        "a band is too narrow",
        "09",
        "four-times-from-here",
        'rows["low"], rows["high"], color=color',
        'rows["low"], 0.9 * rows["high"], color=color',
        TABLE,
        "'band'",
    ),
    in_drawing(
        "plotted values",
        "whiskers are too short",
        "09",
        "gopher-against-chinchilla",
        'ax.plot([row["low"], row["high"]]',
        'ax.plot([row["low"], 0.9 * row["high"]]',
        TABLE,
        "'line'",
    ),
    in_drawing(
        "plotted values",
        "bars are too long",
        "09",
        "gopher-against-chinchilla",
        'ax.barh(y, row["size"], 0.8',
        'ax.barh(y, 1.1 * row["size"], 0.8',
        TABLE,
        "'bar'",
    ),
    in_drawing(
        "a number in a picture",
        "the number beside a bar is not the bar's",
        "09",
        "gopher-against-chinchilla",
        ROW,
        ROW.replace("row[", "1.1 * row["),
        NUMBERS,
        "0.334",
    ),
    in_drawing(
        "texts that cannot be read",
        "a note lies on another",
        "09",
        "gopher-against-chinchilla",
        "ax.text(0, y - 0.55, name[0]",
        "ax.text(0, 0.45, name[0]",
        APART,
        " on '",
    ),
    in_drawing(
        "a caption of another figure",
        "a caption is that of the figure before it",
        "09",
        "gopher-against-chinchilla",
        CAPTION + " two reasons. Whiskers: the sum by our refit, 95 %, budgets drawn again.",
        ANOTHERS,
        f"{SAID}caption",
        "does this caption belong to its figure?",
    ),
    in_drawing(
        "a wrong alternative text",
        "an alternative text shows a dog",
        "02",
        "measured-stops",
        ALT,
        DOG,
        f"{SAID}alt",
        "does this alt belong to its figure?",
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_a_fault_in_a_picture_is_caught(fault, tmp_path):
    bookfaults.assert_caught(fault, tmp_path / "copy")
