"""The registry of figures: words required, files complete, bytes repeatable."""

from __future__ import annotations

import json
import re

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from scaling_utils import figures
from scaling_utils.figures import style as house

TABLE = pd.DataFrame({"N": [1e6, 1e9], "loss": [4.0, 2.4]})
WORDS = {
    "title": "Loss and size",
    "caption": "Loss falls with size.",
    "alt": "A straight line that falls from left to right.",
    "columns": {"N": "parameters", "loss": "nats per token"},
}


def draw(fig, data):
    axes = figures.panels(fig, 2)
    for ax in axes:
        ax.loglog(data["N"], data["loss"])
        figures.count_axis(ax.xaxis)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Everything that is written for one figure."""
    path = tmp_path_factory.mktemp("figures")
    figures.publish("loss-and-size", draw, TABLE, **WORDS, directory=path)
    return path


def test_publish_writes_every_file_and_a_card_that_describes_the_table(folder):
    endings = {path.name.removeprefix("loss-and-size.") for path in folder.iterdir()}
    assert endings == {
        "svg", "dark.svg", "narrow.svg", "narrow.dark.svg", "png", "pdf", "csv", "json"
    }  # fmt: skip
    card = json.loads((folder / "loss-and-size.json").read_text("utf-8"))
    assert card["rows"] == 2
    pd.testing.assert_frame_equal(pd.read_csv(folder / "loss-and-size.csv"), TABLE)


def test_two_runs_give_the_same_bytes(folder, tmp_path):
    figures.publish("loss-and-size", draw, TABLE, **WORDS, directory=tmp_path)
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()


def test_files_say_whose_they_are_only_where_a_build_tells(folder, tmp_path, monkeypatch):
    """Anybody may publish figures: these are not ours, and are under no licence of ours."""
    card = json.loads((folder / "loss-and-size.json").read_text("utf-8"))
    assert not {"book", "authors", "license", "commit"} & set(card)
    quiet = (folder / "loss-and-size.svg").read_text("utf-8")
    assert "<title>Loss and size</title>" in quiet
    assert "<dc:identifier>loss-and-size</dc:identifier>" in quiet
    assert "<dc:creator>" not in quiet
    told = {"book": "A book", "authors": "Somebody", "version": "1", "date": "2026-01-02"}
    told |= {"license": "CC0", "address": "", "commit": "abc"}
    monkeypatch.setenv("SCALING_UTILS_PROVENANCE", json.dumps(told))
    figures.publish("loss-and-size", draw, TABLE, **WORDS, directory=tmp_path)
    card = json.loads((tmp_path / "loss-and-size.json").read_text("utf-8"))
    assert {name: card[name] for name in told if name != "address"}.items() <= told.items()
    assert "address" not in card
    loud = (tmp_path / "loss-and-size.svg").read_text("utf-8")
    for said in ("Somebody", "CC0", "2026-01-02", "A book, version 1, commit abc"):
        assert f">{said}<" in loud


def test_nothing_is_written_outside_a_build(tmp_path, monkeypatch):
    monkeypatch.delenv(figures.FIGURES_DIR, raising=False)
    monkeypatch.chdir(tmp_path)
    shown = figures.publish("quiet", draw, TABLE, **WORDS)._repr_mimebundle_()
    assert not list(tmp_path.iterdir())
    assert "data:image/svg+xml" in shown["text/html"]
    assert WORDS["alt"] in shown["text/html"]


def test_a_build_gets_the_id_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setenv(figures.FIGURES_DIR, str(tmp_path))
    shown = figures.publish("in-book", draw, TABLE, **WORDS)._repr_mimebundle_()
    assert shown == {"text/markdown": "```{companion-figure} in-book\n```\n"}


def test_the_narrow_drawing_is_as_wide_as_a_phone(folder):
    widths = {
        kind: float(re.search(rb'width="([\d.]+)pt"', (folder / name).read_bytes()).group(1))
        for kind, name in (("wide", "loss-and-size.svg"), ("narrow", "loss-and-size.narrow.svg"))
    }
    assert widths["wide"] == pytest.approx(72 * house.WIDE_WIDTH)
    assert widths["narrow"] == pytest.approx(72 * house.NARROW_WIDTH)


def test_panels_stack_on_a_phone():
    wide, narrow = Figure(figsize=(7.2, 4)), Figure(figsize=(4, 4))
    tops = [
        {ax.get_subplotspec().rowspan.start for ax in figures.panels(f, 2)} for f in (wide, narrow)
    ]
    assert tops == [{0}, {0, 1}]


def test_the_dark_drawing_has_no_ink_of_the_light_page(folder):
    light = (folder / "loss-and-size.svg").read_text("utf-8")
    dark = (folder / "loss-and-size.dark.svg").read_text("utf-8")
    for colour in (figures.INK, figures.GRID, figures.PALETTE["blue"]):
        assert colour in light
        assert colour not in dark


def test_every_house_colour_has_a_dark_twin_that_reads_on_its_page():
    colours = [figures.INK, figures.MUTED, *figures.PALETTE.values()]
    for colour in colours:
        assert _contrast(colour, "#ffffff") >= 3, colour
        assert _contrast(house.DARK[colour], "#121212") >= 3, colour


def _contrast(one: str, other: str) -> float:
    """Contrast ratio of the Web Content Accessibility Guidelines."""

    def luminance(colour: str) -> float:
        rgb = np.array(mpl.colors.to_rgb(colour))
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_users_own_style_is_left_alone_and_keeps_out():
    mpl.rcParams["lines.linewidth"] = 9.0
    try:
        with house.style():
            assert mpl.rcParams["lines.linewidth"] == 2.0
        assert mpl.rcParams["lines.linewidth"] == 9.0
    finally:
        mpl.rcdefaults()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"figure_id": "Has Capitals"}, "lower-case words joined by hyphens"),
        ({"caption": " "}, "has no caption"),
        ({"alt": ""}, "has no alt"),
        ({"data": TABLE.iloc[:0]}, "the table is empty"),
        ({"columns": {"N": "parameters"}}, "loss"),
        ({"columns": {**WORDS["columns"], "extra": "?"}}, "extra"),
    ],
)
def test_what_is_missing_is_named(change, message):
    call = {"figure_id": "bad", "draw": draw, "data": TABLE, **WORDS} | change
    with pytest.raises(ValueError, match=message):
        figures.publish(**call)


@pytest.mark.parametrize(
    ("value", "label"),
    [(1.4e12, "1.4T"), (70e9, "70B"), (2**19, "524K"), (999, "999"), (1e3, "1K"), (0.5, "0.5")],
)
def test_count_labels(value, label):
    assert figures.count_label(value) == label


def test_several_tables_reach_the_drawing_by_name_and_one_file(tmp_path):
    curve = pd.DataFrame({"N": [10, 20], "loss": [3.0, 2.5]})
    best = pd.DataFrame({"N": [20], "name": ["the best"]})
    seen = {}

    def draw_both(fig, curve, best):
        seen.update(curve=curve, best=best)
        fig.subplots().plot(curve["N"], curve["loss"])

    words = {"title": "Loss", "caption": "Loss falls.", "alt": "A falling line."}
    columns = {"N": "parameters", "loss": "nats per token", "name": "which"}
    tables = {"curve": curve, "best": best}
    figures.publish("both", draw_both, tables, columns=columns, directory=tmp_path, **words)
    assert seen["curve"] is curve
    assert seen["best"] is best
    assert (tmp_path / "both.csv").read_text().splitlines() == [
        "table,N,loss,name",
        "curve,10,3.0,",
        "curve,20,2.5,",
        "best,20,,the best",
    ]
    card = json.loads((tmp_path / "both.json").read_text())
    assert card["columns"]["table"] == "which of the tables: curve, best"
    assert card["rows"] == 3
