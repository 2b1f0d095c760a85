"""Every kind of interval that is printed has been simulated, and the table is that of the code."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from reanalysis import refit
from scaling_utils import datasets

ROOT = Path(__file__).resolve().parents[2]
PLACES = ("scaling_utils", "reanalysis", "experiments/analysis", "claims")
MAKES_ONE = {
    *("interval", "interval_around", "over_draws", "measured", "over_texts", "bootstrap"),
    *("quantile", "nanquantile", "percentile", "nanpercentile"),
    *("stdtrit", "ndtri", "ppf", "sf", "std", "standard_error"),
}
"""Calls out of which an interval, a standard error or a p-value is made."""

IS_ONE = ("Interval", "Measured", "Profile", "Plan", "Bootstrap")


@pytest.fixture(scope="module")
def benchmarks():
    """The modules beside this one that simulate, found last: one has the name of a package."""
    before = list(sys.path)
    sys.path.append(str(ROOT / "benchmarks"))
    names = "kinds", "table", "own", "figure4", "studies", "sizes"
    yield {name: importlib.import_module(f"coverage_{name}") for name in names}
    sys.path[:] = before


@pytest.fixture(scope="module")
def table():
    return datasets.load("interval_kinds")


def functions(tree, name):
    """Functions and methods of a module with their dotted names; inner ones are parts of them."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield f"{name}.{node.name}", node
        elif isinstance(node, ast.ClassDef):
            yield from functions(node, f"{name}.{node.name}")


def makes_an_interval(function):
    said = ast.unparse(function.returns) if function.returns else ""
    called = {
        getattr(node.func, "attr", getattr(node.func, "id", ""))
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
    }
    return bool(called & MAKES_ONE) or any(word in said for word in IS_ONE)


def makers():
    found = set()
    for place in PLACES:
        for path in sorted((ROOT / place).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            tree = ast.parse(path.read_text("utf-8"))
            found |= {each for each, node in functions(tree, name) if makes_an_interval(node)}
    return found


def test_a_function_that_makes_an_interval_is_found():
    source = "class A:\n    def f(self):\n        def g():\n            return interval(x)\n"
    source += "def h() -> list[Interval]: ...\ndef k(): return mean(x)\n"
    found = [name for name, node in functions(ast.parse(source), "m") if makes_an_interval(node)]
    assert found == ["m.A.f", "m.h"]


def test_every_function_that_makes_an_interval_is_simulated_or_says_why_not(benchmarks):
    kinds = benchmarks["kinds"]
    simulated = {name for kind in kinds.KINDS.values() for name in kind.makes}
    found = makers()
    assert found - simulated == set(kinds.NOT_SIMULATED), "name it in coverage_kinds"
    assert simulated <= found
    assert all(kinds.NOT_SIMULATED.values())


def test_the_table_has_every_kind_and_no_other(benchmarks, table):
    assert list(table["kind"].unique()) == list(benchmarks["kinds"].KINDS)


def test_the_table_says_which_chapters_have_a_kind(benchmarks, table):
    kinds, of_code = benchmarks["kinds"].KINDS, benchmarks["table"].chapters_of
    for kind, rows in table.groupby("kind"):
        printed = set(rows["chapters"].fillna("").astype(str))
        assert printed == {" ".join(map(str, of_code(kind)))}, kind
        assert (rows["level"] == kinds[kind].level).all()


def test_a_chapter_that_makes_an_interval_is_named_by_a_kind(benchmarks, table):
    named = set(" ".join(table["chapters"].fillna("").astype(str)).split())
    for number, source in benchmarks["table"].chapters().items():
        called = {name for name in MAKES_ONE if re.search(rf"\b{name}\(", source)}
        assert not called or str(number) in named, called


def test_the_verdict_follows_from_level_coverage_and_error(benchmarks, table):
    own = benchmarks["table"]
    for row in table.itertuples():
        assert row.error == own.error(row.level, row.data_sets)
        assert row.verdict == own.verdict(row.level, row.coverage, row.data_sets)
        held = row.coverage * row.intervals
        assert abs(held - round(held)) <= 1e-4 * row.intervals
    assert own.verdict(0.95, 0.75, 200) == "too narrow"
    assert own.verdict(0.95, 1.0, 400) == "too wide"
    assert own.verdict(0.95, 0.97, 400) == "as said"


def test_the_rows_of_own_runs_are_those_of_chapter_13(benchmarks, table):
    shown = datasets.load("interval_coverage").query("way == 'default'")
    kinds = [benchmarks["kinds"].OWN, benchmarks["kinds"].ONE_MORE]
    rows = table[table["kind"].isin(kinds)]
    rows = rows.assign(design=rows["design"].str.partition(":")[0])
    both = shown.merge(rows, on=["design", "quantity"], validate="one_to_one")
    assert len(both) == len(shown) == len(rows)
    assert (both["coverage_x"] == both["coverage_y"]).all()
    assert (both["fits"] == both["data_sets"]).all()


def test_a_row_is_made_again_from_its_seeds(benchmarks, table):
    sizes, own = benchmarks["sizes"], benchmarks["table"]
    design = sizes.OTHER_TEXTS
    rows = table[table["design"] == design]
    number = rows["data_sets"].max()
    counted = own.count(design, [sizes.simulate(design, k, 0) for k in range(number)])
    assert len(counted) == len(rows)
    for row in rows.itertuples():
        found = own.share(counted[design, row.kind, row.quantity])
        assert found == pytest.approx(row.coverage, abs=0.01)


def test_a_simulated_figure_4_gives_the_intervals_of_the_refit(benchmarks, table):
    figure4, kind = benchmarks["figure4"], benchmarks["kinds"].REFIT
    before = refit.refit().law.constants()
    for design in figure4.DESIGNS:
        every = [figure4.simulate(design, k, 100) for k in range(figure4.MORE, figure4.MORE + 3)]
        rows = table[(table["design"] == design) & (table["kind"] == kind)]
        held = [each for one in every for each in one if each[0] == kind]
        assert {quantity for _, quantity, _ in held} == set(rows["quantity"])
        assert 0.6 < sum(ok for *_, ok in held) / len(held) <= 1.0
    assert refit.refit().law.constants() == before  # the shipped figure is back


def test_other_seeds_have_the_means_of_the_shipped_study_and_its_scatter(benchmarks):
    studies = benchmarks["studies"]
    exact = studies.tables(None)["transformer_curves"]["loss"].to_numpy()
    shipped = studies.shipped("transformer_curves")["loss"].to_numpy()
    some = [studies.tables(np.random.default_rng(k))["transformer_curves"] for k in range(20)]
    away = np.log(np.stack([each["loss"].to_numpy() for each in some]) / exact)
    found = np.log(shipped / exact)
    seeds = 3  # of every set-up: deviations from a mean of three are too small by this
    wanted = np.sqrt((found**2).mean() * seeds / (seeds - 1))
    assert np.sqrt((away**2).mean()) == pytest.approx(wanted, rel=0.15)
    assert abs(away.mean()) < 0.2 * wanted
