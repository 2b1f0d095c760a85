"""Profiles, budgets and draws of `isoflops`, each against numbers that were made to be found."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.interpolate import Akima1DInterpolator, PchipInterpolator

from scaling_utils.isoflop import (
    IsoFlops,
    _found,
    _minima,
    isoflops,
    lowest_point,
    nearest_budget,
)
from scaling_utils.power_fit import interval_around

X = np.log(np.geomspace(1e8, 1e10, 7))
MIDDLE = 1.3 * X.mean() - 0.3 * X[0]


def profiles(C=(1e18, 1e19, 1e20), sizes=7, noise=0.0, bend=0.05) -> pd.DataFrame:
    """Parabolas about N = C ** 0.5 with a loss of C ** -0.05 there, at D = C / (6 N)."""
    C = np.repeat(C, sizes)
    x = np.tile(np.linspace(-1.5, 1.5, sizes), C.size // sizes)
    off = np.random.default_rng(3).normal(0, noise, C.size)
    N = np.sqrt(C) * np.exp(x)
    return pd.DataFrame({"N": N, "D": C / 6 / N, "loss": C**-0.05 + bend * x**2 + off, "C": C})


def test_the_lowest_point_of_a_parabola_is_exact() -> None:
    at, lowest, status = lowest_point(X, 2.0 + 0.1 * (X - MIDDLE) ** 2, "parabola")
    assert (at, lowest, status) == (pytest.approx(MIDDLE), pytest.approx(2.0), "minimum")


def test_the_lowest_point_of_a_cubic_is_found_on_a_fine_grid() -> None:
    loss = 2.0 + 0.1 * (X - MIDDLE) ** 2 + 0.01 * (X - MIDDLE) ** 3
    at, lowest, status = lowest_point(X, loss, "cubic")
    assert at == pytest.approx(MIDDLE, abs=np.ptp(X) / 4000)
    assert (lowest, status) == (pytest.approx(2.0, abs=1e-6), "minimum")


@pytest.mark.parametrize(
    ("curve", "through"), [("akima", Akima1DInterpolator), ("pchip", PchipInterpolator)]
)
def test_interpolation_goes_through_the_mean_of_each_size(curve, through) -> None:
    loss = 2.0 + 0.1 * (X - MIDDLE) ** 2
    twice, both = np.repeat(X, 2), np.repeat(loss, 2) + np.tile([-0.01, 0.01], 7)
    at, lowest, status = lowest_point(twice[::-1], both[::-1], curve)
    fine = np.linspace(X[0], X[-1], 4001)
    expected = through(X, loss)(fine)
    assert at == pytest.approx(fine[expected.argmin()])
    assert (lowest, status) == (pytest.approx(expected.min()), "minimum")


@pytest.mark.parametrize("curve", ["parabola", "cubic", "akima", "pchip"])
@pytest.mark.parametrize("end", [0, -1])
def test_beyond_the_sizes_the_end_of_them_is_given(curve, end) -> None:
    loss = 2.0 + 0.1 * (X - X[end] - (0.5 if end else -0.5)) ** 2
    at, lowest, status = lowest_point(X, loss, curve)
    assert (at, status) == (X[end], "at the edge")
    assert lowest == pytest.approx(loss[end])


def test_a_profile_that_bends_down_or_is_short_has_no_lowest_point() -> None:
    for loss in (2.0 - 0.1 * (X - MIDDLE) ** 2, np.zeros(7)):
        at, lowest, status = lowest_point(X, loss, "parabola")
        assert np.isnan([at, lowest]).all()
        assert status == "not convex"
    for curve, enough in (("parabola", 3), ("cubic", 4), ("akima", 4), ("pchip", 3)):
        short = np.repeat(X[: enough - 1], 3)
        at, lowest, status = lowest_point(short, (short - X[1]) ** 2, curve)
        assert np.isnan([at, lowest]).all()
        assert status == "too few sizes", curve
        assert lowest_point(X[:enough], (X[:enough] - X[1]) ** 2, curve)[2] == "minimum"


def test_a_run_belongs_to_the_nearest_budget_within_the_tolerance() -> None:
    C = np.exp([-0.11, -0.09, 0.0, 0.29, 0.36, 0.5])
    assert nearest_budget(C, [1.0, np.exp(0.4)]).tolist() == [-1, 0, 0, -1, 1, 1]
    assert nearest_budget(C, [1.0, np.exp(0.4)], tolerance=0.15).tolist() == [0, 0, 0, 1, 1, 1]
    assert nearest_budget([[1.0, 2.0]], [1.0], tolerance=np.log(2.0)).tolist() == [0, 0]
    for name, given in (("C", ([-1.0], [1.0])), ("budgets", ([1.0], [0.0]))):
        with pytest.raises(ValueError, match=f"^{name} must be positive"):
            nearest_budget(*given)
    with pytest.raises(ValueError, match=r"^tolerance must be"):
        nearest_budget([1.0], [1.0], tolerance=-1.0)


def test_budgets_are_runs_without_a_gap_and_within_twice_the_tolerance() -> None:
    log_C = np.array([0.0, 0.09, 0.18, 5.0, 5.09, 5.11, 9.0, 9.09, 9.18, 9.22, 12.0])
    runs = pd.DataFrame({"C": np.exp(log_C), "N": np.arange(11.0)})
    label, why = _found(runs, 0.1)
    long, few = "C runs on without a gap", "fewer than 3 sizes at this C"
    assert label.tolist() == [0] * 3 + [1] * 3 + [-1] * 5
    assert why.tolist() == [""] * 6 + [long] * 4 + [few]
    assert (
        _found(runs[::-1].reset_index(drop=True), 0.1)[0].tolist() == [-1] * 5 + [1] * 3 + [0] * 3
    )
    said = (
        rf"^no budgets found \(4 runs: {long}; 7 runs: {few}\)\. Name them in budgets=, or change "
        r"tolerance=0\.1, or fit a law, which needs no budgets$"
    )
    with pytest.raises(ValueError, match=said):
        _found(runs.assign(N=[1, 1, 2] * 2 + [1, 2, 3, 4, 5]), 0.1)


def test_tokens_at_a_minimum_cost_what_those_of_the_nearest_sizes_cost() -> None:
    N = np.exp(np.repeat([1.0, 2.0, 3.0, 4.0], 2))
    C = np.exp(10.0 + np.tile([-0.05, 0.05], 4))
    price = np.exp(np.repeat([0.0, 1.0, 3.0, 7.0], 2) + np.tile([0.1, -0.1], 4))
    loss = 2.0 + (np.log(N) - 2.4) ** 2
    columns = np.stack([N, C / N / price, loss, C, np.full(8, 5.0)])
    other = np.stack([N, C / N, loss, np.e * C, np.zeros(8)])
    found = _minima(np.hstack([columns, other]), "parabola")
    assert list(found) == [0, 5]
    budget, runs, sizes, best, tokens, lowest, status = found[5]
    assert (runs, sizes, status) == (8, 4, "minimum")
    # Between the second and the third size a token's price rises from e to e ** 3.
    assert np.log([budget, best, tokens]) == pytest.approx([10.0, 2.4, 10.0 - 1.8 - 2.4])
    assert lowest == pytest.approx(2.0)
    assert np.log(found[0][0]) == pytest.approx(11.0)


def test_the_table_has_all_budgets_in_order_and_the_power_laws_go_through_the_minima() -> None:
    found = isoflops(profiles(), budgets=[1e20, 1e25, 1e18])
    table = found.table
    assert list(table) == ["C", "runs", "sizes", "N", "D", "loss", "status", "lean"]
    assert table["status"].tolist() == ["minimum", "no runs", "minimum"]
    assert table["C"].to_numpy() == pytest.approx([1e20, 1e25, 1e18])
    assert (table["runs"].tolist(), table["sizes"].tolist()) == ([7, 0, 7], [7, 0, 7])
    assert table["lean"].to_numpy()[[0, 2]] == pytest.approx(1.0, abs=1e-3)
    assert table[["N", "D", "loss", "lean"]].iloc[1].isna().all()
    assert table["loss"].to_numpy()[[0, 2]] == pytest.approx([0.1, 1e18**-0.05])
    assert (found.a, found.b) == (pytest.approx(0.5), pytest.approx(0.5))
    assert found.N_fit.scale == pytest.approx(1.0)
    assert found.D_fit.scale == pytest.approx(1 / 6)
    assert found.left_out["C"].unique() == pytest.approx([1e19])
    assert found.runs["budget"].tolist() == [2] * 7 + [0] * 7
    assert found.curve == "parabola"


def drawn_again(found: IsoFlops, draws: int, seed: int, share: float | None) -> list[float]:
    """Exponents of draws by another way: each a call of `isoflops`."""
    rng, runs, exponents = np.random.default_rng(seed), found.runs, []
    for _ in range(draws):
        if share is None:
            parts = [np.flatnonzero(runs["budget"] == k) for k in sorted(set(runs["budget"]))]
            chosen = []
            for part in parts:
                own = rng.choice(part, part.size)
                while runs["N"].iloc[own].nunique() < 3:
                    own = rng.choice(part, part.size)
                chosen.extend(own)
        else:
            chosen = rng.choice(len(runs), round(share * len(runs)), replace=False)
        some = runs.iloc[chosen]
        again = isoflops(some["N"], some["D"], some["loss"], some["C"], found.table["C"])
        if (again.table["status"] == "minimum").sum() >= 3:
            exponents.append((again.a, again.b))
    return exponents


@pytest.mark.parametrize("share", [None, 0.8])
def test_intervals_are_those_of_runs_drawn_again(share) -> None:
    found = isoflops(profiles(noise=0.006, sizes=6, bend=0.025))
    expected = np.array(drawn_again(found, 20, 3, share))
    assert 18 <= len(expected) < 20, len(expected)
    for place, name in enumerate("ab"):
        own = interval_around(getattr(found, name), expected[:, place], 0.8, 20 - len(expected))
        drawn = found.interval(name, draws=20, share=share, level=0.8, seed=3)
        assert (drawn.resamples, drawn.left_out, drawn.level) == (own.resamples, own.left_out, 0.8)
        assert [drawn.estimate, drawn.low, drawn.high] == pytest.approx(
            [own.estimate, own.low, own.high]
        )


def test_draws_have_as_many_sizes_as_the_curve_needs() -> None:
    """Two runs of each of three sizes: a draw of two sizes would have no parabola."""
    once = profiles(sizes=3, noise=0.002)
    twice = pd.concat([once, once.assign(C=1.02 * once["C"], D=1.02 * once["D"])])
    found = isoflops(twice.reset_index(drop=True))
    expected = np.array(drawn_again(found, 20, 3, None))
    drawn = found.interval("a", draws=20, level=0.8, seed=3)
    assert drawn.resamples == len(expected) == 20
    own = interval_around(found.a, expected[:, 0], 0.8, 0)
    assert [drawn.low, drawn.high] == pytest.approx([own.low, own.high])
    assert found.interval("a", draws=1).resamples == 1


def test_an_interval_that_is_asked_for_wrongly_is_refused_by_name() -> None:
    found = isoflops(profiles(noise=0.001))
    plain = found.interval(draws=30)
    assert (plain.level, plain.resamples + plain.left_out) == (0.95, 30)
    assert plain == found.interval("a", draws=30, seed=0)
    for name, wrong in (
        *(("exponent", "c"), ("draws", 0), ("draws", 10**6 + 1), ("seed", -1), ("level", 2)),
        *(("share", 0.0), ("share", 1.1)),
    ):
        with pytest.raises(ValueError, match=f"^{name} "):
            found.interval(**{"draws": 30, name: wrong})


def test_a_budget_needs_a_run_more_than_its_curve_has_constants() -> None:
    table = profiles(sizes=4)
    assert isoflops(table).interval(draws=2).resamples == 2
    for short in (table.drop(index=0), table.assign(C=table["C"].where(table["C"] < 1e20, 1e27))):
        found = isoflops(short, budgets=[1e18, 1e19, 1e20])
        said = (
            "an interval needs 3 budgets with a minimum and more than 3 runs, here are 2: what "
            "meets every point cannot miss. Add such budgets"
        )
        with pytest.raises(ValueError, match=f"^{said}$"):
            found.interval()


def test_notes_are_made_of_what_was_found() -> None:
    table = profiles(noise=0.004)
    found = isoflops(table.assign(D=table["D"] * 6 / 5.85), budgets=[1e18, 1e19, 1e20])
    lean = np.log(found.table["lean"])
    ends = stats.t.interval(0.95, 2, lean.mean(), stats.sem(lean))
    low, middle, high = np.exp([ends[0], lean.mean(), ends[1]])
    assert found.notes() == [
        "C / (N D) is 5.85 to 5.85; 6 is usual",
        f"lean of the parabolas: their N are {middle:.3g} ({low:.3g} to {high:.3g}, 95 %) times "
        "those of cubics; far from 1, the profiles are skew, as where alpha and beta differ, or "
        "sizes reach farther on one side: try curve='cubic'",
    ]
    for cost, said in ((5.92, False), (6.08, False), (6.12, True)):
        priced = isoflops(table.assign(D=table["D"] * 6 / cost), curve="pchip")
        assert priced.notes() == [f"C / (N D) is {cost:g} to {cost:g}; 6 is usual"] * said
    two = isoflops(table[table["C"] < 1e20])
    assert two.notes() == []
    assert isoflops(table, budgets=[1e18, 1e19]).notes() == [
        "7 runs left out: farther than 0.1 from every budget, as log C"
    ]
    cut = profiles()[(table["N"] < 7e8) | (table["C"] > 1e18)]
    edge = isoflops(cut).notes()[0]
    assert edge == "no minimum at 1e+18 FLOPs: at the edge of 6.065e+08 parameters, train beyond"


def test_it_prints_its_table_its_exponents_and_its_notes(monkeypatch) -> None:
    found = isoflops(profiles()[:14].iloc[list(range(14))], budgets=[1e18, 1e19, 1e24])
    lines = str(found).splitlines()
    assert lines[0] == "Approach 2 by parabola: 14 runs, 0 left out"
    assert lines[1].split() == ["C", "runs", "sizes", "N", "D", "loss", "status", "lean"]
    assert lines[2].split()[:6] == ["1e+18", "7", "7", "1e+09", "1.667e+08", "0.1259"]
    assert lines[5:7] == ["a = 0.5", "b = 0.5"]
    assert lines[7].startswith("no interval: an interval needs 3 budgets")
    assert lines[-1] == "- no minimum at 1e+24 FLOPs: no runs"
    assert max(map(len, lines[5:])) <= 80
    one = str(isoflops(profiles(C=[1e18]))).splitlines()
    assert one[3].startswith("no exponents: one budget has no slope: two with a minimum are")
    assert " ".join(one[3:]).endswith("here are 1 of 1. Add budgets, or sizes beyond the edge")
    monkeypatch.setattr(IsoFlops, "interval", lambda _, exponent: f"some {exponent}")
    lines = str(isoflops(profiles())).splitlines()
    assert lines[5:7] == ["a = some a, runs drawn again", "b = some b, runs drawn again"]
    many = isoflops(profiles(C=np.geomspace(1e18, 1e24, 25), noise=1e-4))
    lines = str(many).splitlines()
    assert lines.index("a = some a, runs drawn again") == 23  # twenty rows, and dots for the rest
    assert str(many).endswith(textwrap.fill(f"- {many.notes()[-1]}", 80))


def test_options_are_refused_by_name() -> None:
    table = profiles()
    with pytest.raises(ValueError, match=r"^curve 'spline' is not known"):
        isoflops(table, curve="spline")
    with pytest.raises(ValueError, match=r"^tolerance must be"):
        isoflops(table, tolerance=0.0)
    said = "^no run is near any of the budgets: check the units of C and budgets$"
    with pytest.raises(ValueError, match=said):
        isoflops(table, budgets=[1.0])
    with pytest.raises(
        ValueError, match=r"^isoflops takes N, D and loss of each run, or one Runs$"
    ):
        isoflops(table["N"])
    assert isoflops(table, budgets=[1e18]).table["status"].tolist() == ["minimum"]
    wide = isoflops(table, budgets=[1.15e18, 1e19], tolerance=0.2)
    assert wide.table["runs"].tolist() == [7, 7]
    assert wide.left_out["reason"].unique() == "farther than 0.2 from every budget, as log C"
