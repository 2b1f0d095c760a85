"""How many inputs are tried, and how they are counted.

`make test` tries the same ones each time; the long run, `HYPOTHESIS_PROFILE=long`, more of them,
and others each time but in continuous integration.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"

PLAN = {
    "doors": (8, 80),
    "right answers": (15, 60),
    "fits": (60, 250),
    "answers of a fit": (8, 40),
    "resamples": (8, 30),
    "commands": (40, 120),
    "runs": (50, 250),
    "columns": (50, 200),
    "saved fits": (20, 100),
    "data": (20, 100),
    "figures": (20, 60),
}
"""Inputs of each test of a kind, in `make test` and in the long run."""

LEAST = 10_000 if LONG else 1_000
"""So many inputs are tried in all, or a test fails."""


def number(kind: str) -> int:
    """How many inputs a test of a kind tries."""
    return PLAN[kind][LONG]


def tried(
    kind: str, inputs: st.SearchStrategy[Any], look: Callable[[Any], None], note: Any
) -> None:
    """Look at as many inputs as planned, note how many there were, and refuse fewer."""
    count = 0

    @settings(
        max_examples=number(kind),
        deadline=None,
        database=None,
        derandomize=not LONG or bool(os.environ.get("CI")),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(inputs)
    def attempt(value: Any) -> None:
        nonlocal count
        count += 1
        look(value)

    attempt()
    note("inputs", count)
    assert count >= number(kind), f"only {count} of {number(kind)} inputs were tried"
