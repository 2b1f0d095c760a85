"""Figures that can be touched, as files: how they open, and what their sentence calls a number."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from about import SITE

TOUCH = {
    path.stem: json.loads(path.read_text("utf-8"))
    for path in sorted((SITE / "figures" / "touch").glob("*.json"))
}
STARTS: dict[str, dict[str, float]] = {
    "count-the-embeddings": {"logn": 3, "counted": 0},
    "leave-a-budget-out": {"k": 2, "beyond": 0},
    "lifetime-bill": {"logI": 12, "quality": 1, "logk": 0},
    "move-the-stop": {"law": 0, "logN": 9, "logx": 1},
    "my-budget": {"logC": 23.75, "logk": 1},
    "one-budget": {"logC": 23.25, "logN": 10.95},
    "our-budgets": {"way": 0, "b0": 1, "b1": 1, "b2": 1, "b3": 1, "b4": 1, "b5": 1},
    "own-plan": {"text": 0, "logC": 22.6},
    "parameters-without-end": {"logN": 11.44716, "logD": 11.47712, "whose": 3},
    "planner": {"kind": 0, "logC": 23.75, "logA": 3, "logh": 2.6, "use": 0.4, "logN": 11.25},
    "swap-parameters-for-text": {"logN": 10.8451, "logD": 12.14613, "whose": 3},
    "what-doubling-buys": {"what": 0, "logk": 0.3},
}
"""The settings with which each opens, typed a second time: what a reader sees who touches nothing.

`parameters-without-end` opens at Gopher, `swap-parameters-for-text` at Chinchilla.
"""
LETTERS = {
    "parameters": {"N", "asked"},
    "tokens per parameter": {"ratio"},
    "tokens for each": {"ratio"},
    "tokens": {"D", "I"},
    "FLOPs": {"C"},
}
"""What a sentence calls a number -> names of results that may be called so."""


def wrong_words(say: str) -> list[str]:
    """Numbers of a sentence that are called what another quantity is."""
    called = "|".join(sorted(LETTERS, key=len, reverse=True))
    found = re.findall(rf"\{{(\w+):[^}}]*\}}\*{{0,2}} ({called})", say)
    return [f"{name} {word}" for name, word in found if not LETTERS[word] & set(name.split("_"))]


@pytest.mark.parametrize("figure_id", TOUCH)
def test_it_opens_with_the_settings_that_were_meant(figure_id):
    inputs: list[dict[str, Any]] = TOUCH[figure_id]["inputs"]
    starts = {each["name"]: each["start"] for each in inputs if each["kind"] != "button"}
    assert starts == pytest.approx(STARTS[figure_id], abs=1e-5)


@pytest.mark.parametrize("figure_id", TOUCH)
def test_its_sentence_calls_a_number_what_it_is(figure_id):
    assert wrong_words(TOUCH[figure_id]["say"]) == []


def test_a_number_that_is_called_something_else_is_found():
    say = "**blue|{N:count2} parameters** on {D_mine:count2} tokens: {ratio:.0f} tokens for each"
    assert wrong_words(say) == []
    assert wrong_words(say.replace("N:", "D:")) == ["D parameters"]
    assert wrong_words(say.replace("ratio", "C")) == ["C tokens for each"]
