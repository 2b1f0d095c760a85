"""A fit of damaged runs, or with absurd wishes, is refused in words or says what it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st
from judging import Kept, judged
from trying import tried
from values import EXTREME, FACTORS, LAW, NUMBERS, ODD_VALUES, TEXTS

from scaling_utils import Runs, fit
from scaling_utils.fitting.fit import fit_chinchilla, fit_law
from scaling_utils.fitting.resample import bootstrap, subset_range
from scaling_utils.fitting.result import USABLE
from scaling_utils.isoflop import isoflops

N = np.repeat(np.geomspace(1e8, 1e10, 4), 4)
D = np.tile(np.geomspace(1e9, 1e11, 4), 4)
LOSS = np.asarray(LAW.loss(N, D)) * np.exp(np.random.default_rng(0).normal(0, 0.003, 16))
ANY = NUMBERS | ODD_VALUES | TEXTS
KEYS = st.sampled_from(["E", "A", "B", "alpha", "beta", "x", "N", "", 1, None]) | TEXTS

TRIED_HERE = ("fit_chinchilla", "fit_law", "bootstrap", "subset_range", "fit")
RESULTS = {
    "Bootstrap": "made by bootstrap",
    "Certificate": "part of a fit",
    "certify": "part of a fit",
    "separable": "part of a fit",
    "undetermined": "part of a fit",
    "FitError": "an error",
    "Problem": "part of a fit",
    "LawFit": "made by fit_law",
    "Fit": "made by fit, asked in test_fit_answers",
    "load": "tried in test_damaged_fits",
}
"""What is no door, or tried elsewhere."""


def held(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Dictionaries of wishes, right and wrong."""
    return st.dictionaries(KEYS, values, min_size=1, max_size=2)


@st.composite
def column(draw: st.DrawFn, good: np.ndarray) -> Any:
    """A column with a fault: a cell, the unit, its length, or all of it."""
    x, kind = np.array(good, dtype=float), draw(st.integers(0, 3))
    if kind == 0:
        x[draw(st.integers(0, len(x) - 1))] = draw(st.sampled_from(EXTREME))
    if kind == 1:
        return x * draw(st.sampled_from(FACTORS))
    if kind == 2:
        return x[: draw(st.integers(0, len(x)))]
    return x if kind == 0 else draw(ANY)


WISHES: dict[str, st.SearchStrategy[Any]] = {
    "objective": ANY | st.just("absolute"),
    "delta": ANY,
    "fix": held(ANY) | ANY,
    "tie": held(KEYS | ANY) | ANY,
    "bounds": held(st.tuples(ANY, ANY) | ANY) | ANY,
}
GIVEN: dict[str, st.SearchStrategy[Any]] = {
    "N": column(N),
    "D": column(D),
    "loss": column(LOSS),
    "weights": column(np.ones(16)),
    "loss_low": column(LOSS),
    "loss_high": column(LOSS),
}


@st.composite
def wishes(draw: st.DrawFn, *others: str) -> dict[str, Any]:
    """One or two faults in what is given to a fit."""
    every = {**GIVEN, **WISHES}
    names = st.sampled_from([*every, *others])
    return {name: draw(every.get(name, ANY)) for name in sorted({draw(names), draw(names)})}


def certified(found: Any) -> None:
    """A fit that says it can be used has a law whose constants and losses are numbers."""
    if found.status in USABLE:
        assert all(map(np.isfinite, found.constants().values()))
        assert np.isfinite(found.law.loss(1e9, 1e10))
    else:
        assert len(found.message) > 20


def test_a_fit_is_refused_or_says_what_it_is(record_property) -> None:
    def look(given: dict[str, Any]) -> None:
        asked = {"N": N, "D": D, "loss": LOSS, **given}
        found = judged(lambda: Kept(fit_chinchilla(**asked)), asked | dict.fromkeys("EAB"))
        if found is not None:
            certified(found.held)

    tried("fits", wishes(), look, record_property)


def test_a_form_and_its_columns_are_checked(record_property) -> None:
    forms = st.sampled_from(["power", "kaplan-nd", "kaplan-ns", "repeated"])
    shapes = st.fixed_dictionaries({"form": forms | ANY, "columns": held(column(N)) | ANY})

    def look(given: dict[str, Any]) -> None:
        judged(lambda: Kept(fit_law(loss=LOSS, **given)), ["form", "column", "N", "loss", "x"])

    tried("columns", shapes, look, record_property)


def test_runs_and_wishes_of_a_reader_are_checked(record_property) -> None:
    def look(given: dict[str, Any]) -> None:
        columns = {name: given.pop(name) for name in [*given] if name in ("N", "D", "loss", "C")}
        for name in ("weights", "loss_low", "loss_high"):
            given.pop(name, None)
        names = {"N", "D", "loss", "C", "x", "form", "E", "A", "B", *columns, *WISHES}

        def call() -> Any:
            return Kept(fit(Runs(**{"N": N, "D": D, "loss": LOSS, **columns}), **given))

        judged(call, names)

    tried("fits", wishes("C", "x", "form"), look, record_property)


def test_isoflops_refuses_or_answers(record_property) -> None:
    others = {"C": column(6 * N * D), "budgets": ANY, "curve": ANY, "tolerance": ANY}
    every = {**{x: GIVEN[x] for x in ("N", "D", "loss")}, **others}

    @st.composite
    def faults(draw: st.DrawFn) -> dict[str, Any]:
        names = st.sampled_from([*every])
        return {name: draw(every[name]) for name in sorted({draw(names), draw(names)})}

    def look(given: dict[str, Any]) -> None:
        asked = {"N": N, "D": D, "loss": LOSS, **given}
        judged(lambda: Kept(str(isoflops(**asked))), [*every, "budgets"])

    tried("fits", faults(), look, record_property)


@pytest.mark.parametrize("name", ["resamples", "kind", "clusters", "seed", "draws", "share"])
def test_what_resamples_are_asked_for_is_checked(name: str, record_property) -> None:
    found = fit_chinchilla(N, D, LOSS)
    asked = bootstrap if name in ("resamples", "kind", "clusters", "seed") else subset_range
    few: dict[str, Any] = {"resamples": 3} if asked is bootstrap else {"draws": 3}
    few |= {"kind": "clusters"} if name == "clusters" else {}
    # Ten million resamples are allowed, and take an hour.
    small = ANY.filter(lambda x: not isinstance(x, int | float) or not 50 < x <= 1e7)

    def look(value: Any) -> None:
        judged(lambda: Kept(asked(found, **{**few, name: value})), [name, "resamples", "draws"])

    tried("resamples", small, look, record_property)
