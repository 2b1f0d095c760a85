"""Figures: ids, words and tables that are wrong are refused; no cell becomes a formula."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import strategies as st
from judging import Kept, judged
from trying import tried
from values import NUMBERS, ODD_VALUES, TEXTS

from scaling_utils.figures import registry, style, touch
from scaling_utils.figures.style import count_label
from scaling_utils.figures.touch import Formula, pick

TRIED_HERE = ("publish", "PublishedFigure", "count_label", "pick", "Formula", "when")
DRAWING = ("record", "style", "is_narrow", "panels", "color_labels", "count_axis", "plain_axis")
DRAWING += ("note", "forest", "darken", "smaller")
INPUTS = ("Input", "Slider", "Choice", "Tick", "Button", "Touch")
"""What draws, and inputs: they take what Matplotlib and Altair take."""

ANY = NUMBERS | ODD_VALUES | TEXTS
GOOD: dict[str, Any] = {
    "figure_id": "a-figure",
    "title": "A title",
    "caption": "A caption.",
    "alt": "A line.",
    "columns": {"N": "parameters", "who": "which paper"},
}


@pytest.fixture
def publish(monkeypatch) -> Callable[..., Any]:
    """Checks what is given as `publish` does, and draws nothing."""
    monkeypatch.setattr(registry, "_draw", lambda *_: None)
    monkeypatch.setattr(registry, "_save", lambda *_, **__: b"")

    def call(data: Any = None, **changes: Any) -> Any:
        table = pd.DataFrame({"N": [1e9], "who": ["Kaplan"]}) if data is None else data
        words = {**GOOD, **changes}
        figure_id = words.pop("figure_id")
        return registry.publish(figure_id, lambda fig, data: None, table, **words)

    return call


@pytest.mark.parametrize("name", GOOD)
def test_words_of_a_figure_are_checked(name: str, publish, record_property) -> None:
    def look(value: Any) -> None:
        judged(lambda: Kept(publish(**{name: value})), [name, "describe every column", "figure"])

    tried("figures", ANY, look, record_property)


def test_an_id_is_no_path_and_no_other_spelling(publish, record_property) -> None:
    letters = st.text("ab-/.\\A 0_é\n", min_size=1, max_size=6)

    def look(figure_id: str) -> None:
        if judged(lambda: Kept(publish(figure_id=figure_id)), ["figure_id"]) is not None:
            assert Path(figure_id).name == figure_id == figure_id.strip().lower()
            assert figure_id.replace("-", "").isalnum()
            assert figure_id.isascii()

    tried("figures", letters, look, record_property)


@pytest.mark.parametrize(
    "begin", ["=1+1", "=cmd|' /C calc'!A0", "@SUM(A1)", "+1+1", "-2+3", "\t=1", "\r=1"]
)
@pytest.mark.parametrize("where", ["cell", "header"])
def test_no_text_of_a_table_becomes_a_formula(begin: str, where: str, publish) -> None:
    """A spreadsheet would compute it: numbers may begin with a sign, texts may not."""
    data, columns = pd.DataFrame({"N": [-1.5, 2.0], "who": ["Kaplan", begin]}), GOOD["columns"]
    if where == "header":
        data = pd.DataFrame({"N": [1.0], begin: ["Kaplan"]})
        columns = {"N": "parameters", begin: "which paper"}
    with pytest.raises(ValueError, match="would be taken for a formula"):
        publish(data, columns=columns)


@pytest.mark.parametrize("text", ["−1", "-1.5", "+3", "a=b", "1+1", "e@mail", ""])
def test_other_texts_and_numbers_pass(text: str, publish) -> None:
    assert publish(pd.DataFrame({"N": [-1.5, 2.0], "who": ["Kaplan", text]}))


def test_tables_that_are_none_are_refused(publish, record_property) -> None:
    def look(value: Any) -> None:
        judged(lambda: Kept(publish(value)), ["figure", "data"])

    tried("figures", ANY.filter(lambda x: x is not None), look, record_property)


def test_labels_of_counts_take_numbers(record_property) -> None:
    def look(value: float) -> None:
        said = count_label(value)
        units = {"T": 1e12, "B": 1e9, "M": 1e6, "K": 1e3}
        read = float(said.rstrip("TBMK").replace(",", "")) * units.get(said[-1], 1.0)
        assert read == pytest.approx(value, rel=0.006)

    tried("figures", st.floats(1e-9, 1e17) | st.floats(-1e17, -1e-9), look, record_property)


def test_a_formula_of_a_chart_is_refused_where_it_has_no_number() -> None:
    x = Formula("x", 2.0)
    assert pick(x, [1, 2]).vega == "[1, 2][x]"
    assert touch.when("x < 1", 1, 2).start == 1
    slider = touch.Slider("x", 0, 1, 0.5, 0, "an input", "{x:sci1}")
    with pytest.raises(ValueError, match="has 3 steps, got 2 values"):
        slider.look_up(np.ones(2))
    assert style.is_narrow is not None
