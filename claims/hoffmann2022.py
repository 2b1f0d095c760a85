"""Claims of Hoffmann et al. 2022, *Training Compute-Optimal Large Language Models*.

What its Section 4 says of benchmarks stands in `claims.hoffmann2022_benchmarks`.
"""

import math
from functools import cache

import numpy as np
import pandas as pd

from claims.comparison import agrees, some_agree
from claims.hoffmann2022_benchmarks import BENCHMARKS
from claims.recompute import Recipe, Recomputed, digits, within_digits
from experiments.analysis.counts import ALL
from experiments.analysis.our_runs import best_sizes, measured
from reanalysis import figure4
from reanalysis.data_growth import SPENT_AT_CRITICAL_BATCH
from reanalysis.figure4 import NEAR, budgets
from reanalysis.refit import refit
from reanalysis.three_approaches import approach_2
from scaling_utils.check import FloatArray
from scaling_utils.constants import span
from scaling_utils.datasets import load
from scaling_utils.fitting.resample import subset_range
from scaling_utils.isoflop import nearest_budget
from scaling_utils.laws import training_flops
from scaling_utils.power_fit import PowerFit, fit_power
from scaling_utils.published import constant, constants, law
from scaling_utils.transformer import (
    SHAPE,
    Architecture,
    flops_ratio,
    hoffmann_flops,
    hoffmann_parameters,
)
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN


def _of(place: str, symbol: str) -> float:
    return constant(f"hoffmann2022/{place}", symbol).value


def _gopher() -> float:
    """FLOPs that Table 3 counts as one Gopher."""
    return _of("Gopher", "C")


@cache
def _rows(approach: int) -> pd.DataFrame:
    """Table 3 or A3: nine rows by params, with flops, tokens and what is printed."""
    table = load("hoffmann2022_table3_a3")
    return table[table["approach"] == approach].set_index("params")


def _size_line(approach: int) -> PowerFit:
    """N = scale * C ** exponent through the nine rows of one approach."""
    return fit_power(_rows(approach)["flops"], _rows(approach).index.to_numpy())


def _data_line(approach: int) -> PowerFit:
    return fit_power(_rows(approach)["flops"], _rows(approach)["tokens"])


def _cell(approach: int, N: float, column: str) -> float:
    return float(_rows(approach)[column].to_dict()[int(N)])


def _flops_as_printed(approach: int, N: float) -> str:
    return f"{_cell(approach, N, 'flops'):.2e}"


def _row_flops(approach: int, N: float) -> float:
    """The compute of a row, read with its three printed digits."""
    return digits(_flops_as_printed(approach, N), of=f"row of {N:.3g}")


def _tokens_as_printed(approach: int, N: float) -> str:
    """The tokens of a row as printed: one decimal of billions, or of trillions."""
    tokens = _cell(approach, N, "tokens")
    return f"{tokens / 1e12:.1f}e12" if tokens >= 1e12 else f"{tokens / 1e9:.1f}e9"


def _tokens_paid(approach: int, N: float) -> float:
    """Tokens that the compute of a row pays for."""
    return _row_flops(approach, N) / (FLOPS_PER_PARAMETER_TOKEN * N)


def _rows_that_pay(approach: int) -> float:
    """Rows whose tokens are C / 6N, each number being known to its printed digits."""
    found = 0
    for N in _rows(approach).index:
        ends = span(
            lambda C, N=N: C / (FLOPS_PER_PARAMETER_TOKEN * N), _flops_as_printed(approach, N)
        )
        found += some_agree(ends, _tokens_as_printed(approach, N))
    return float(found)


def _units(flops: float, gopher: float) -> float:
    """Compute of a row over Gopher's, or the inverse where that is printed."""
    return flops / gopher if flops > gopher else gopher / flops


def _rows_in_units_of_gopher() -> float:
    gopher = constant("hoffmann2022/Gopher", "C").printed
    table = _rows(1)
    found = 0
    for N, units in zip(table.index, table["gopher_units_as_printed"], strict=True):
        printed = str(units).replace(",", "").removeprefix("1/")
        found += some_agree(span(_units, _flops_as_printed(1, N), gopher), printed)
    return float(found)


def _space_of_wikipedia() -> Recomputed:
    """Its share of the tokens over its epochs, at the bytes per token of MassiveWeb.

    Both parts are shares of the same 1.4 trillion tokens, which cancel.
    """
    table = load("hoffmann2022_table_a1").set_index("subset").to_dict("index")
    web, wikipedia = table["MassiveWeb"], table["Wikipedia"]
    return within_digits(
        lambda space, web, web_epochs, own, epochs: space * (web_epochs / web) * (own / epochs),
        f"{web['disk_terabytes']:.1f}",
        f"{web['share']:.0f}",
        f"{web['epochs']:.2f}",
        f"{wikipedia['share']:.0f}",
        f"{wikipedia['epochs']:.2f}",
    )


def _unrounded(symbol: str) -> float:
    """One of Eq. 10's constants with the digits of the paper's TeX source."""
    if symbol in ("alpha", "beta"):
        return _of("notebook", symbol)
    return float(np.exp(_of("notebook", f"log_{symbol}")))


def _unrounded_b() -> float:
    return _unrounded("alpha") / (_unrounded("alpha") + _unrounded("beta"))


def _constants_that_are_rounded() -> float:
    printed = constants("hoffmann2022/printed")
    return float(sum(agrees(_unrounded(c.symbol), c.printed) for c in printed))


def _budgets_in_figure_4() -> float:
    # A budget is there if at least five runs of different size lie near it.
    runs = figure4.points()
    near = nearest_budget(runs["C"], budgets(), tolerance=NEAR)
    return float((runs[near >= 0].groupby(near[near >= 0])["N"].nunique() >= 5).sum())


def _width_by_the_papers_own_procedure() -> float:
    found = subset_range(refit())
    return found.high - found.low


def _drawn_line(column: str) -> float:
    lines = load("hoffmann2022_figure4_frontiers")
    return float(lines.loc[lines["opacity"] == 1, column].iloc[0])


def _size_on_the_drawn_line() -> float:
    growth = (_gopher() / _drawn_line("C_left")) ** _drawn_line("exponent")
    return _drawn_line("N_left") * float(growth)


def _flops(model: str) -> float:
    return float(training_flops(_of(model, "N"), _of(model, "D")))


def _architectures(table: str) -> list[Architecture]:
    """The models of one table of architectures, in its order."""
    shapes = load(table)[list(SHAPE)].to_dict("records")
    return [
        Architecture.hoffmann(**{str(k): int(v) for k, v in shape.items()}) for shape in shapes
    ]


def _architecture(model: str) -> Architecture:
    """One of the two models of Table 4."""
    models = load("hoffmann2022_table4")["model"].tolist()
    return _architectures("hoffmann2022_table4")[models.index(model)]


def _flops_ratio(row: int, *, vocabulary_terms: bool = False) -> float:
    shape = _architectures("hoffmann2022_table_a4")[row]
    return flops_ratio(shape, vocabulary_terms=vocabulary_terms)


def _millions_of_table_a9() -> FloatArray:
    return load("hoffmann2022_table_a9")["params_millions"].to_numpy(dtype=float)


def _rows_of_table_a9() -> float:
    counted = [
        hoffmann_parameters(shape) / 1e6 for shape in _architectures("hoffmann2022_table_a9")
    ]
    return float((np.abs(np.array(counted) / _millions_of_table_a9() - 1) < 0.01).sum())


VALUES: dict[str, Recipe] = {
    # Section 3, Tables 2, 3 and A3: the three approaches against each other and themselves.
    "hoffmann-table2-size-exponent-1": lambda: _size_line(1).exponent,
    "hoffmann-table2-size-exponent-2": lambda: _size_line(2).exponent,
    "hoffmann-table2-size-exponent-3": lambda: Recomputed(
        law("hoffmann2022/printed").a, from_rounded=law("hoffmann2022/tex").a
    ),
    "hoffmann-table2-data-exponent-3": lambda: Recomputed(
        law("hoffmann2022/printed").b, from_rounded=law("hoffmann2022/tex").b
    ),
    "hoffmann-table-a3-size-exponent-3": lambda: _size_line(3).exponent,
    # More digits of b than Table 2 prints: the slope of Table 3.
    "hoffmann-table2-interval-data-1": lambda: 1 - _size_line(1).exponent,
    "hoffmann-table2-interval-size-3": lambda: 1 - _unrounded_b(),
    "hoffmann-table2-interval-data-3": lambda: _unrounded_b(),
    "hoffmann-s1-doubling": lambda: 2 ** (1 / _size_line(1).exponent - 1),
    "hoffmann-fig2-tokens": lambda: _gopher() / (6 * _of("Fig. 2", "N")),
    "hoffmann-fig3-size": lambda: _size_line(2).predict(_gopher()),
    "hoffmann-fig3-tokens": lambda: _gopher() / (6 * _of("Fig. 3", "N")),
    "hoffmann-fig4-size": lambda: Recomputed(
        law("hoffmann2022/printed").N_opt(_gopher()),
        from_rounded=float(law("hoffmann2022/tex").N_opt(_gopher())),
    ),
    "hoffmann-table3-tokens-1t": lambda: _row_flops(1, 1e12) / (6 * 1e12),
    "hoffmann-table-a3-flops-175b": lambda: training_flops(digits("175e9"), digits("12.0e12")),
    # Section 3 and Appendix D: the runs of Figure 4, the fits to them, and the intervals.
    "hoffmann-abstract-smallest-model": lambda: _millions_of_table_a9().min() * 1e6,
    "hoffmann-abstract-largest-model": lambda: figure4.points()["N"].max(),
    "hoffmann-abstract-fewest-tokens": lambda: figure4.points(outliers=True)["D"].min(),
    "hoffmann-s32-budgets": _budgets_in_figure_4,
    "hoffmann-table2-data-exponent-1": lambda: _data_line(1).exponent,
    "hoffmann-table2-data-exponent-2": lambda: _data_line(2).exponent,
    # a + b = 1, so the middle of b's interval says where a's should lie.
    "hoffmann-table2-intervals-sum-3": lambda: (
        1 - (_of("Approach 3", "b_low") + _of("Approach 3", "b_high")) / 2
    ),
    "hoffmann-fig2-size": lambda: _size_line(1).predict(_gopher()),
    "hoffmann-fig3-exponent": lambda: approach_2().a,
    "hoffmann-fig4-exponent": lambda: refit().law.a,
    "hoffmann-table2-width-3": _width_by_the_papers_own_procedure,
    "hoffmann-fig4-line-exponent": lambda: _drawn_line("exponent"),
    "hoffmann-fig4-line-size": _size_on_the_drawn_line,
    "hoffmann-eq10-digits": _constants_that_are_rounded,
    # Approach 3 fitted again: what Figure 4's own points give in place of Eq. 10.
    "hoffmann-eq10-refit-e": lambda: refit().law.E,
    "hoffmann-eq10-refit-a": lambda: refit().law.A,
    "hoffmann-eq10-refit-b": lambda: refit().law.B,
    "hoffmann-eq10-refit-alpha": lambda: refit().law.alpha,
    "hoffmann-eq10-refit-beta": lambda: refit().law.beta,
    "hoffmann-fig4-refit-size": lambda: refit().law.N_opt(_gopher()),
    # Tables 3, A1 and A3: which rows hold together, those that do not, and bytes.
    "hoffmann-table3-tokens": lambda: _rows_that_pay(1),
    "hoffmann-table-a3-tokens-2": lambda: _rows_that_pay(2),
    # The misprint of the row of 175 billion is corrected in the column of numbers.
    "hoffmann-table-a3-tokens-3": lambda: _rows_that_pay(3),
    "hoffmann-table-a3-tokens-67b-3": lambda: _tokens_paid(3, 67e9),
    "hoffmann-table-a3-tokens-280b-3": lambda: _tokens_paid(3, 280e9),
    "hoffmann-table3-units": _rows_in_units_of_gopher,
    "hoffmann-table3-gopher-units-10b": lambda: Recomputed(
        _units(_cell(1, 10e9, "flops"), _gopher()),
        from_rounded=int(_units(_cell(1, 10e9, "flops"), _gopher())),
    ),
    "hoffmann-table-a1-wikipedia": _space_of_wikipedia,
    # Sections 1, 3.4 and 4, Appendix D.4: what the text says about sizes and budgets.
    "hoffmann-s4-chinchilla-compute": lambda: _flops("Chinchilla"),
    "hoffmann-table3-gopher-compute": lambda: _flops("Gopher"),
    "hoffmann-s1-smaller": lambda: _of("Gopher", "N") / _of("Chinchilla", "N"),
    "hoffmann-s1-more-data": lambda: _of("Chinchilla", "D") / _of("Gopher", "D"),
    "hoffmann-s34-gopher-units": lambda: _row_flops(1, 1e12) / _gopher(),
    "hoffmann-s34-flops-175b": lambda: _row_flops(1, 175e9),
    "hoffmann-s34-tokens-175b": lambda: digits(_tokens_as_printed(1, 175e9)),
    "hoffmann-s34-flops-280b": lambda: _row_flops(1, 280e9),
    "hoffmann-s34-tokens-280b": lambda: digits(_tokens_as_printed(1, 280e9)),
    "hoffmann-s34-flops-1t": lambda: _row_flops(1, 1e12),
    "hoffmann-s1-kaplan-size": lambda: 10.0 ** _of("Table 2 Kaplan", "a"),
    # What the printed 5.5 leaves for data.
    "hoffmann-s1-kaplan-data": lambda: Recomputed(
        10.0 ** _of("Table 2 Kaplan", "b"), from_rounded=10 / 5.5
    ),
    "hoffmann-d4-approach-1-size": lambda: _size_line(1).predict(_of("Appendix D.4", "C")),
    "hoffmann-d4-kaplan-size": lambda: law("kaplan2020/allocation").N_opt(
        _of("Appendix D.4", "C") / SPENT_AT_CRITICAL_BATCH
    ),
    "hoffmann-table4-gopher-size": lambda: hoffmann_parameters(_architecture("Gopher")),
    "hoffmann-table4-chinchilla-size": lambda: hoffmann_parameters(_architecture("Chinchilla")),
    # Appendix F, Tables A4 and A9: parameters and FLOPs of the architectures.
    "hoffmann-table-a9-rows": _rows_of_table_a9,
    "hoffmann-table-a4-73m": lambda: _flops_ratio(0),
    "hoffmann-table-a4-305m": lambda: _flops_ratio(1),
    "hoffmann-table-a4-552m": lambda: _flops_ratio(2),
    "hoffmann-table-a4-1-1b": lambda: _flops_ratio(3),
    "hoffmann-table-a4-1-6b": lambda: _flops_ratio(4),
    "hoffmann-table-a4-6-8b": lambda: _flops_ratio(5),
    "hoffmann-app-f-embedding-flops": lambda: _flops_ratio(0, vocabulary_terms=True),
    "hoffmann-app-f-gopher-flops": lambda: (
        hoffmann_flops(_architecture("Gopher"))
        * (_of("Gopher", "D") / _architecture("Gopher").context)
    ),
    # Section 2 and Appendices B to E: what sets them apart from Kaplan et al.
    "hoffmann-s2-kaplan-schedule": lambda: math.prod(
        constant("kaplan2020/training", s).value for s in ("steps", "batch_sequences", "context")
    ),
    "hoffmann-s2-large-runs": lambda: (
        100 * (figure4.points()["N"] > _of("Section 2", "N_half")).mean()
    ),
    # Section 3 and Table 2, on our runs: the best size at equal compute, all parameters counted.
    "hoffmann-equal-growth-measured": lambda: measured(
        best_sizes(ALL).a, len(best_sizes(ALL).cut.study.runs)
    ),
    **BENCHMARKS,
}
