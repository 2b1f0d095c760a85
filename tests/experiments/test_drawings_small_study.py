"""The figures of chapter 12: what their tables hold, and what the drawings must show.

The tables are made from runs that follow a law, so that the right answers are known.
"""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from rendering import assert_notes_stay_on_the_figure_and_apart, rendered
from simulated import simulated_tables

from experiments.analysis import our_runs
from experiments.analysis.best_sizes import BUDGETS, best_sizes, exponent_shift
from experiments.analysis.converged import own_floors
from experiments.analysis.counts import ALL, BODY, COUNTINGS
from experiments.analysis.draws import Drawn
from experiments.analysis.frontier import measured_frontier
from experiments.analysis.our_runs import SEEN_LATER, UNLIMITED
from experiments.analysis.parametric import parametric_fit
from experiments.analysis.study import Study
from scaling_utils.drawings import small_study as drawings
from scaling_utils.drawings import small_study_controls as controls
from scaling_utils.drawings import small_study_limits as limits
from scaling_utils.drawings import small_study_limits_tables as limit_tables
from scaling_utils.drawings import small_study_tables as tables
from scaling_utils.figures import NARROW_WIDTH, WIDE_WIDTH
from scaling_utils.laws import ChinchillaLaw

LAW = ChinchillaLaw(1.0, 20.0, 60.0, 0.34, 0.34)
UNITS = ("no unit", "FLOPs", "parameters", "bytes", "nats", "%")
OVERFIT, FASTER, DECAYED = 0.5, 0.04, -0.01
"""Nats by which the made-up runs on little text end above their best; fractions of the loss."""


def side_runs(runs, curves, widths, end, group, seeds=2, **columns):
    """Runs of some widths cut at so many bytes, as a group of their own."""
    own = runs[runs["width"].isin(widths) & (runs["seed"] < seeds)]
    new = own.assign(group=group, run=own["run"] + f"-{group}-{columns}", **columns)
    names = dict(zip(own["run"], new["run"], strict=True))
    cut = curves[curves["run"].isin(names) & (curves["bytes_seen"] <= end * 1.001)]
    return new, cut.assign(run=cut["run"].map(names))


@cache
def study():
    runs, curves = simulated_tables(LAW, noise=0.004, compute=1.4e13)
    runs = runs.assign(unique_bytes=runs["bytes_seen"], rate=8e-3)
    parts = [(runs, curves)]
    for amount in (2**15, 2**19):
        own, curve = side_runs(
            runs, curves, (8, 32, 64), 2e6, "fixed data", unique_bytes=float(amount)
        )
        late = np.maximum(np.log(curve["bytes_seen"] / 5e5), 0) * (amount < 2**16)
        parts.append((own, curve.assign(loss=curve["loss"] + OVERFIT * late)))
    for rate in (4e-3, 8e-3, 16e-3):
        own, curve = side_runs(runs, curves, (16, 64), 6e5, "learning rate", rate=rate)
        worse = 1 + FASTER * abs(np.log2(rate / 8e-3))
        parts.append((own, curve.assign(loss=curve["loss"] * worse)))
    own, curve = side_runs(runs, curves, (16, 64), 2**21, "dedicated decay", seeds=3)
    parts.append((own, curve.assign(loss=curve["loss"] * (1 + DECAYED))))
    both = zip(*parts, strict=True)
    tables_of = (pd.concat(each, ignore_index=True) for each in both)
    return Study.of(*tables_of).since(tables.FIRST_BYTES)


@cache
def sizes():
    return study().group("sizes")


@cache
def found():
    own = Drawn.of(sizes(), 100)
    return {counting: best_sizes(own, counting, BUDGETS) for counting in COUNTINGS}


@cache
def fits():
    return {counting: parametric_fit(sizes(), counting, resamples=40) for counting in COUNTINGS}


@cache
def frontier():
    return measured_frontier(Drawn.of(sizes(), 100), BODY, tables.FIRST_BYTES)


@cache
def above():
    """What the ledger would say of these runs, by the law that they follow."""
    own = sizes().sizes
    N = own["N_body"].to_numpy(float)[[1, 3, 5]]
    C = 6 * N * 3e6 * np.array([0.1, 0.2, 0.3])
    later = {"kind": SEEN_LATER, "C": C, "N": N, "excess": [12.0, 11.0, 10.0]}
    rest = {"kind": UNLIMITED, "C": C, "N": N, "excess": [30.0, 25.0, 20.0]}
    rest |= {"low": [25.0, 20.0, 15.0], "high": [35.0, 30.0, 25.0]}
    return pd.concat([pd.DataFrame(later), pd.DataFrame(rest)], ignore_index=True)


@cache
def table(name):
    if name == "curves":
        return tables.curves_table(frontier())
    if name == "stops short":
        return tables.stops_short_table(Drawn.of(sizes(), 5), above(), 0.1)
    if name == "isoflops":
        return tables.isoflop_table({counting: found()[counting] for counting in (BODY, ALL)})
    if name == "allocation":
        return tables.allocation_table(found())
    if name == "exponents":
        intervals = {counting: fit.interval("a") for counting, fit in found().items()}
        return tables.exponents_table(intervals, intervals, intervals)
    if name == "floor":
        return limit_tables.floor_table(fits())
    return limit_tables.fixed_data_table(study())


DRAW = {
    "curves": drawings.draw_curves,
    "stops short": drawings.draw_stops_short,
    "isoflops": drawings.draw_isoflops,
    "allocation": drawings.draw_allocation,
    "exponents": drawings.draw_exponents,
    "floor": limits.draw_floor,
    "fixed data": limits.draw_fixed_data,
}


@cache
def drawn(name, width):
    return rendered(DRAW[name], table(name), width, 4.2 if width == WIDE_WIDTH else 8.6)


@pytest.mark.parametrize("width", [WIDE_WIDTH, NARROW_WIDTH])
@pytest.mark.parametrize("name", DRAW)
def test_axes_carry_units_and_notes_stay_on_the_figure_and_apart(name, width):
    fig = drawn(name, width)
    for k, ax in enumerate(fig.axes):
        shared = width == WIDE_WIDTH and k and name in ("curves", "isoflops", "fixed data")
        words = [ax.get_xlabel()] + ([] if shared or name == "exponents" else [ax.get_ylabel()])
        for word in words:
            assert any(unit in word for unit in UNITS), (name, word)
    assert_notes_stay_on_the_figure_and_apart(fig)


def test_curves_begin_after_the_warm_up_and_lie_above_the_lower_edge():
    data = table("curves")
    curves, edge = (data[data["kind"] == kind] for kind in ("curve", "edge"))
    assert tables.FIRST_BYTES <= curves["bytes"].min() < 2 * tables.FIRST_BYTES
    assert curves["N"].nunique() == 12
    assert ((curves["low"] <= curves["loss"]) & (curves["loss"] <= curves["high"])).all()
    assert edge["loss"].is_monotonic_decreasing
    for _, curve in curves.groupby("N"):
        inside = curve[curve["C"].between(edge["C"].min(), edge["C"].max())]
        under = np.interp(np.log(inside["C"]), np.log(edge["C"]), edge["loss"])
        assert (under <= inside["loss"] + 1e-3).all()


def test_the_best_sizes_stand_on_their_curves_and_their_distances_are_those_of_the_ledger():
    data = table("stops short")
    for kind in (SEEN_LATER, UNLIMITED):
        own = above()[above()["kind"] == kind]
        shown = data[data["kind"] == kind]
        assert shown["excess"].tolist() == own["excess"].tolist()
        assert shown["C"].tolist() == own["C"].tolist()
    best = data[data["kind"] == "best"]
    assert len(best) == 3
    np.testing.assert_allclose(6 * best["N"] * best["bytes"], best["C"])
    for _, row in best.iterrows():
        run = data[(data["kind"] == "run") & (data["N"] == row["N"])]
        on_curve = np.interp(np.log(row["bytes"]), np.log(run["bytes"]), run["loss"])
        assert row["loss"] == pytest.approx(on_curve, rel=2e-3)
        assert run["bytes"].min() >= tables.FIRST_BYTES
    line = drawn("stops short", WIDE_WIDTH).axes[1].lines[-1]
    assert line.get_ydata()[0] == pytest.approx(10.0)


def test_each_definition_of_the_distance_is_a_row_named_so():
    own = own_floors(frontier())
    rows = tables.convergence_rows("16 (14 to 19)", "24 (18 to 31)", own)
    clear = own[own["longer"] >= tables.FAR]["excess"]
    values = rows["the loss lies above it by (%)"].tolist()
    assert values[:2] == ["16 (14 to 19)", "24 (18 to 31)"]
    assert values[2] == f"{100 * clear.min():.0f} to {100 * clear.max():.0f}"
    assert "floors are identified" in rows["extrapolated"].iloc[2]


def test_minima_are_the_lowest_points_of_parabolas_through_the_runs_shown():
    data = table("isoflops")
    for (counting, C), own in data.groupby(["counting", "C"]):
        curve, best = own[own["kind"] == "parabola"], own[own["kind"] == "minimum"].iloc[0]
        runs = own[own["kind"] == "run"]
        assert best["loss"] <= curve["loss"].min() + 1e-9
        assert best["N_low"] <= best["N"] <= best["N_high"]
        assert runs["N"].nunique() >= 5, (counting, C)
        assert curve["N"].min() == pytest.approx(runs["N"].min())
        assert curve["N"].max() == pytest.approx(runs["N"].max())


def test_allocation_finds_the_law_in_the_counting_it_was_made_in():
    assert found()[ALL].a[0] == pytest.approx(LAW.a, abs=0.02)
    assert found()[BODY].a[0] > LAW.a + 0.03
    data = table("allocation")
    assert set(data["counting"]) == set(COUNTINGS)
    best = data[data["kind"] == "minimum"]
    np.testing.assert_allclose(best["C"] / 6 / best["N"] ** 2, best["ratio"], rtol=1e-6)
    shift = exponent_shift(found()[ALL], found()[BODY])
    assert 0 < shift.low < shift.estimate < shift.high
    rows = tables.counting_rows({each: our_runs.best_sizes(each) for each in COUNTINGS})
    whole = our_runs.best_sizes(ALL).a[0]
    assert rows.loc[ALL, "exponent a"].startswith(f"{whole:.2f} (")


def test_printed_exponents_stand_beside_ours():
    data = table("exponents").set_index(["approach", "counting"])
    assert data.loc[(3, tables.HOFFMANN), "high"] < data.loc[(3, tables.HOFFMANN), "a"]
    assert data.loc[(0, tables.KAPLAN), "a"] == 0.73
    (ax,) = drawn("exponents", WIDE_WIDTH).axes
    upright = [line for line in ax.lines if line.get_label() == tables.KAPLAN]
    assert [float(line.get_xdata()[0]) for line in upright] == [0.73]


def test_the_floor_of_the_law_lies_where_the_misfit_is_least():
    data = table("floor")
    own = data[(data["kind"] == "profile") & (data["counting"] == ALL)]
    least = own.loc[own["misfit"].idxmin()]
    assert least["E"] == pytest.approx(LAW.E, abs=0.06)
    assert least["a"] == pytest.approx(LAW.a, abs=0.02)
    fit = data[(data["kind"] == "fit") & (data["counting"] == ALL)].iloc[0]
    assert fit["E_low"] < fit["E"] < fit["E_high"]
    assert limit_tables.fit_rows(fits()).loc[ALL, "E"].startswith(f"{fit['E']:.2f} (")


def test_little_text_ends_above_its_best_and_much_text_does_not():
    data = table("fixed data").set_index(["unique_bytes", "kind", "N"])["loss"].unstack("kind")
    little, much = data.loc[2**15], data.loc[2**19]
    end, best, fresh = limit_tables.LAST, limit_tables.BEST, limit_tables.FRESH
    gap = OVERFIT * np.log(study().group("fixed data").last.min() / 5e5)
    assert (little[end] - little[fresh]).to_numpy() == pytest.approx(gap, abs=0.02)
    assert (little[best] < little[end]).all()
    np.testing.assert_allclose(much[best], much[end], atol=1e-9)
    assert limit_tables.size_exponent(table("fixed data"), 2**19, best) < 0


def test_lines_over_the_text_share_one_scale_and_end_at_fresh_text():
    data = table("fixed data")
    axes = drawn("fixed data", WIDE_WIDTH).axes
    assert axes[0].get_ylim() == axes[1].get_ylim()
    largest = data["N"].max()
    for ax, kind in zip(axes, (limit_tables.BEST, limit_tables.LAST), strict=True):
        own = data[(data["N"] == largest) & (data["kind"] == kind)].sort_values("unique_bytes")
        fresh = data[(data["N"] == largest) & (data["kind"] == limit_tables.FRESH)].iloc[0]
        lines = [line for line in ax.lines if len(line.get_xdata()) == len(own) + 1]
        assert lines[-1].get_xdata().tolist() == [*own["unique_bytes"], fresh["bytes"]]
        assert lines[-1].get_ydata().tolist() == [*own["loss"], fresh["loss"]]


def test_the_best_formula_stands_at_its_own_floor_misfit_and_exponent():
    fits_shown = table("floor").query("kind == 'fit'")
    left, right = drawn("floor", WIDE_WIDTH).axes
    for ax, y in ((left, "misfit"), (right, "a")):
        marks = {
            (float(line.get_xdata()[0]), float(line.get_ydata()[0]))
            for line in ax.lines
            if len(line.get_xdata()) == 1
        }
        assert set(zip(fits_shown["E"], fits_shown[y], strict=True)) <= marks


def test_controls_give_back_what_was_put_in():
    data = controls.controls_table(study())
    rates = data[data["control"].str.startswith("rate")]
    assert rates["change"].to_numpy() == pytest.approx(100 * FASTER, rel=0.02)
    assert (rates["low"] <= rates["change"]).all()
    # Runs end at a mark of their own grid, a little before the bytes of the comparison.
    assert controls.mean_change(data, "decay") == pytest.approx(100 * DECAYED, abs=0.3)
    decay = data[data["control"] == "decay"]
    assert (decay["low"] < decay["change"]).all()
    noise = data.loc[data["control"] == "seeds", "change"]
    assert len(noise) == 12
    assert 0 < noise.mean() < 1
    rows = controls.control_rows(data)
    assert rows.index.tolist() == [16, 64]
    assert rows.loc[16, "rate × 2"].startswith("+4.0 (")
