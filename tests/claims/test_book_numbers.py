"""The frozen numbers of the book: whole, and what compares with them can fail."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "reproduce"))
import book_numbers as numbers

import claims

FROZEN = numbers.frozen()
CLAIM = "claim kaplan-b12-size-ratio value"


def test_every_claim_is_frozen_with_its_verdict_and_no_other():
    of_verdicts = {n: v for n, (v, _) in FROZEN.items() if n.endswith(numbers.VERDICT)}
    stated = claims.stated().values()
    assert of_verdicts == {f"claim {claim.id} verdict": claim.verdict for claim in stated}


def test_values_of_claims_may_be_rounded_and_nothing_else():
    for name, (value, tolerance) in FROZEN.items():
        assert tolerance == numbers.tolerance(name)
        if tolerance:
            assert math.isfinite(float(value))
            assert 0 < float(tolerance) <= 1e-4
    assert sum(1 for _, tolerance in FROZEN.values() if tolerance == "0.0001") <= 2


@pytest.mark.parametrize(
    ("changed", "apart"),
    [
        ({}, []),
        ({CLAIM: repr(2.7012345 * (1 + 1e-9))}, []),
        ({CLAIM: repr(2.7012345 * (1 + 1e-6))}, [CLAIM]),
        ({CLAIM: "nan"}, [CLAIM]),
        ({CLAIM: None}, [CLAIM]),
        ({"text": "19 (6 to 87)"}, ["text"]),
        ({"claim x verdict": "differs"}, ["claim x verdict"]),
        ({"claim y value": "1.0"}, ["claim y value"]),
    ],
)
def test_a_number_that_moved_is_named(changed, apart):
    stated = {
        CLAIM: ("2.7012345", "1e-07"),
        "text": ("18 (6 to 87)", ""),
        "claim x verdict": ("reproduced", ""),
    }
    found = {name: value for name, (value, _) in stated.items()} | changed
    kept = {name: value for name, value in found.items() if value is not None}
    assert list(numbers.differences(kept, stated)) == apart


def test_the_short_answers_are_what_the_notebooks_say():
    quoted = {name.split(" ", 1)[0] for name in FROZEN if name[0].isdigit()}
    assert quoted == {path.stem for path in (numbers.ROOT / "notebooks").glob("*.ipynb")}
