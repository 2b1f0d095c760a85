"""What is no list of numbers is refused in words at the doors of reanalysis, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from test_hostile_input import BAD, LAW, LOSS, D, N, refuses

from reanalysis.checks import log_likelihood, residuals_by_compute
from reanalysis.counting import Counting, SizeRelation, fit_relation
from reanalysis.envelope import TrainingCurve, simulated_profiles, vertex_factor
from reanalysis.usual import audit_repaired, objective_at

DOORS: dict[str, Callable[[Any], object]] = {
    "audit_repaired": lambda bad: audit_repaired(bad, D, LOSS),
    "objective_at": lambda bad: objective_at(N, D, LOSS, bad),
    "residuals_by_compute": lambda bad: residuals_by_compute(bad, D, LOSS, LAW),
    "log_likelihood": lambda bad: log_likelihood(N, D, bad, LAW),
    "training curve": lambda bad: TrainingCurve(1e9, bad, [2.0, 1.9]),
    "simulated_profiles": lambda bad: simulated_profiles(LAW, bad, span=4, sizes=9),
    "counting": lambda bad: Counting(SizeRelation(47491)).best(LAW, bad),
    "fit_relation": lambda bad: fit_relation(bad, [2e9, 3e9]),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_list_of_numbers_is_refused(door: str, kind: str) -> None:
    refuses(DOORS[door], kind)


LABELLED: dict[str, Callable[[Any, Any], object]] = {
    "residuals": lambda n, d: residuals_by_compute(n, d, LOSS, LAW),
    "fit_relation": lambda n, d: fit_relation(n, n.to_numpy() + d),
    "curve": lambda n, d: TrainingCurve(1e9, n, d),
}


@pytest.mark.parametrize("door", LABELLED)
def test_series_in_different_order_are_refused(door: str) -> None:
    n = pd.Series([k * 1e9 for k in range(1, 17)])
    d = pd.Series([k * 1e10 for k in range(1, 17)], index=n.index[::-1])
    with pytest.raises(ValueError, match=r"Series with different index.*to_numpy"):
        LABELLED[door](n, d)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: vertex_factor(1e10, 0.3, span=8, sizes=9), "beyond double precision"),
        (lambda: vertex_factor([0.3, 0.4], 0.3, span=8, sizes=9), "alpha must be one number"),
        (lambda: vertex_factor(0.3, 0.3, span=[8.0, 9.0], sizes=9), "span must be one number"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_words(
    call: Callable[[], object], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        call()
