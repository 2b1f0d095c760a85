"""The figures of the one-minute study: what their tables hold, and what the drawings must show.

The results are made from a law on the study's own grid, so that the right answers are known.
"""

from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from rendering import assert_notes_stay_on_the_figure_and_apart, rendered

from experiments.analysis.counts import ALL
from experiments.one_minute import FULL, Shape, StudyResult, marks
from scaling_utils.drawings import one_minute_rows as rows
from scaling_utils.drawings import one_minute_study as drawings
from scaling_utils.drawings import one_minute_tables as tables
from scaling_utils.figures import NARROW_WIDTH, WIDE_WIDTH
from scaling_utils.laws import ChinchillaLaw

LAW = ChinchillaLaw(1.0, 9.0, 22.0, 0.34, 0.34)
BATCH = 256
UNITS = ("FLOPs", "parameters", "bytes", "nats")


def made(seeds, noise=0.004):
    """A result whose losses follow the law in all parameters, each run with its own offset."""
    rng = np.random.default_rng(7)
    runs, curves = [], []
    for seed in seeds:
        for width in FULL.widths:
            shape = Shape(width, symbols=86)
            planned = FULL.bytes_planned(shape, 5_500_000, BATCH)
            steps = np.array(marks(planned, BATCH, shape.N))
            run, offset = f"h{width:04d}-s{seed}", rng.normal(0.0, noise)
            loss = LAW.loss(shape.N, steps * float(BATCH)) + offset
            counts = {name: getattr(shape, name) for name in ("N_embedding", "N_body", "N_head")}
            row = {"run": run, "seed": seed, "width": width, **counts}
            row |= {"flops_per_byte": shape.flops_per_byte, "status": "finished"}
            runs.append(row | {"bytes_seen": planned, "loss": loss[-1], "seconds": 1.0})
            curve = {"run": run, "step": steps, "bytes_seen": steps * BATCH, "loss": loss}
            curves.append(pd.DataFrame(curve))
    both = pd.DataFrame(runs), pd.concat(curves, ignore_index=True)
    return StudyResult("complete", "", *both, text_sha256="", versions={}, seconds=1.0)


@cache
def shipped():
    return made(range(5))


@cache
def one():
    return shipped().of_seed(0)


@cache
def found(which):
    return tables.allocations(one() if which == "one" else shipped(), resamples=100)


@cache
def table(name):
    if name == "curves":
        return tables.curves_table(tables.lower_edge(one(), resamples=5))
    both = found("one"), found("shipped")
    return (tables.isoflop_table if name == "isoflops" else tables.allocation_table)(*both)


DRAW = {
    "curves": drawings.draw_curves,
    "isoflops": drawings.draw_isoflops,
    "allocation": drawings.draw_allocation,
}


@cache
def drawn(name, width):
    return rendered(DRAW[name], table(name), width, 4.2 if width == WIDE_WIDTH else 6.6)


@pytest.mark.parametrize("width", [WIDE_WIDTH, NARROW_WIDTH])
@pytest.mark.parametrize("name", DRAW)
def test_axes_carry_units_and_notes_stay_on_the_figure_and_apart(name, width):
    fig = drawn(name, width)
    for ax in fig.axes:
        for word in (ax.get_xlabel(), ax.get_ylabel()):
            assert any(unit in word for unit in UNITS), (name, word)
    assert len(fig.legends) == 1
    assert_notes_stay_on_the_figure_and_apart(fig)


def test_the_lower_edge_lies_under_every_curve_and_names_the_best_size():
    data = table("curves")
    curves, edge = (data[data["kind"] == kind] for kind in ("curve", "edge"))
    assert curves["width"].nunique() == len(FULL.widths)
    assert edge["loss"].is_monotonic_decreasing
    assert set(edge["width"]) <= set(curves["width"])
    np.testing.assert_allclose(curves["C"], 6 * curves["N"] * curves["bytes"])
    np.testing.assert_allclose(edge["C"], 6 * edge["N"] * edge["bytes"])
    for _, curve in curves.groupby("N"):
        inside = curve[curve["C"].between(edge["C"].min(), edge["C"].max())]
        under = np.interp(np.log(inside["C"]), np.log(edge["C"]), edge["loss"])
        assert (under <= inside["loss"] + 1e-3).all()


def test_the_edge_falls_with_the_exponent_of_the_law_around_its_floor():
    found = tables.lower_edge(shipped(), resamples=100).exponent
    C = np.array(tables.BUDGETS)
    slope = np.polyfit(np.log(C), np.log([LAW.optimal(c).loss for c in C]), 1)[0]
    assert found.estimate == pytest.approx(slope, rel=0.05)
    assert found.low < found.estimate < found.high < 0


def test_a_study_that_was_stopped_early_has_no_edge():
    early = one().runs.head(4)
    part = replace(one(), runs=early, curves=one().curves.merge(early[["run"]], on="run"))
    with pytest.raises(ValueError, match="only 4 sizes have finished"):
        tables.lower_edge(part)


def test_every_budget_has_a_minimum_inside():
    data = table("isoflops")
    best = data[data["kind"] == "minimum"]
    budgets = best.groupby("source")["C"].apply(list)
    assert budgets[tables.ALL_SEEDS] == budgets[tables.ONE_SEED] == list(tables.BUDGETS)
    for (source, C), own in data.groupby(["source", "C"]):
        low = own[own["kind"] == "minimum"].iloc[0]
        assert low["loss"] <= own.loc[own["kind"] == "parabola", "loss"].min() + 1e-9
        runs = own[own["kind"] == "run"]
        assert runs["N"].min() < low["N"] < runs["N"].max(), (source, C)


def test_the_law_is_found_if_all_is_counted_and_a_steeper_one_if_the_table_is_not():
    fits = found("shipped")
    assert fits[ALL].a[0] == pytest.approx(LAW.a, abs=0.02)
    assert fits[tables.WITHOUT].a[0] > LAW.a + 0.02
    ratio = fits[ALL].table()["bytes_per_parameter"]
    np.testing.assert_allclose(ratio, LAW.tokens_per_parameter(1e10), rtol=0.2)
    less = fits[tables.WITHOUT].table()["bytes_per_parameter"].to_numpy()
    assert (np.diff(less) < 0).all()
    shift = tables.exponent_shift(fits)
    assert 0 < shift.low < shift.estimate < shift.high
    assert shift.estimate == pytest.approx(fits[tables.WITHOUT].a[0] - fits[ALL].a[0])


def test_size_and_ratio_belong_to_the_same_compute_and_only_seeds_have_intervals():
    data = table("allocation")
    best = data[data["kind"] == "minimum"]
    np.testing.assert_allclose(best["C"] / 6 / best["N"] ** 2, best["ratio"], rtol=1e-6)
    assert best.loc[best["source"] == tables.ONE_SEED, ["N_low", "ratio_high"]].isna().all().all()
    assert (
        best.loc[best["source"] == tables.ALL_SEEDS, ["N_low", "ratio_high"]].notna().all().all()
    )
    assert set(data.loc[data["kind"] == "line", "source"]) == {tables.ALL_SEEDS}


@pytest.mark.parametrize(
    ("a", "words"),
    [
        (0.5, "stays about the same"),
        (0.507, "stays about the same"),  # a factor of 1.08 over two and a half decades
        (0.52, "falls a little"),
        (0.48, "rises a little"),
        (0.58, "falls"),
        (0.42, "rises"),
    ],
)
def test_the_trend_of_the_ratio_is_named_by_its_size(a, words):
    fit = found("shipped")[ALL]
    assert rows.trend(SimpleNamespace(cut=fit.cut, a=[a], b=[1 - a])) == words


def test_minima_inside_are_counted_among_the_budgets_that_are_reached():
    assert rows.inside(found("one")[ALL]) == "all 6"
    fit = found("one")[ALL]
    less = SimpleNamespace(status=fit.status | {1e9: "at the edge"})
    assert rows.inside(less) == "5 of the 6"


def test_rows_hold_both_countings_of_all_studies():
    shown = rows.exponent_rows(found("one"), found("shipped"))
    assert shown.index.tolist() == [
        (counting, study)
        for counting in (ALL, tables.WITHOUT)
        for study in ("one seed", "all seeds")
    ]
    assert shown["budgets"].tolist() == [6] * 4
    own = shown.loc[(ALL, "one seed"), "exponent a"]
    assert own == f"{found('one')[ALL].a[0]:.2f}"
    whole = found("shipped")[ALL].interval("a")
    assert shown.loc[(ALL, "all seeds"), "exponent a"].endswith(
        f"({whole.low:.2f} to {whole.high:.2f})"
    )


def test_the_same_run_agrees_to_the_decimals_that_ship():
    rounded = replace(shipped(), curves=shipped().curves.round({"loss": rows.DECIMALS}))
    found = rows.agreement(shipped().of_seed(3), rounded)
    assert (found.seed, found.points) == (3, len(shipped().of_seed(3).curves))
    assert found.largest == 0
    assert "largest difference is zero" in str(found)
    # Offsets of 0.004 for each run.
    assert found.spread == pytest.approx(0.004, rel=0.3)


def test_a_difference_in_one_loss_is_found():
    curves = one().curves.copy()
    curves.loc[10, "loss"] += 0.0123
    off = replace(one(), curves=curves)
    found = rows.agreement(off, one())
    assert found.largest == pytest.approx(0.0123, abs=2e-5)
    assert found.words == "0.0123 nats"
    assert found.points == len(curves)
    assert rows.Agreement(0, 9, 2e-5, 0.1).words == "0.00002 nats"


def test_a_seed_that_is_not_shipped_is_compared_with_nothing():
    found = rows.agreement(made([11]), shipped())
    assert found.points == 0
    assert found.words == "not known"
    assert str(found) == "Seed 11 is not among the shipped ones: nothing to compare."


def test_runs_are_shown_without_anything_that_was_timed():
    shown = rows.shown_runs(one())
    assert not any("second" in column for column in shown.columns)
    assert shown.index.tolist() == list(FULL.widths)
    assert shown.loc[4, "parameters"] == Shape(4, symbols=86).N
    assert shown.loc[4, "in the table"] == "50 %"
