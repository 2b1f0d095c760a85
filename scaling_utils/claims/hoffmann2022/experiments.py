"""Section 3 and Appendix D: the runs of Figure 4, the fits to them, and the intervals."""

import numpy as np

from scaling_utils import figure4
from scaling_utils.bootstrap.subsets import subset_range
from scaling_utils.claims.comparison import agrees
from scaling_utils.claims.hoffmann2022._tables import gopher_budget, law_of, rows
from scaling_utils.claims.recompute import recomputes
from scaling_utils.datasets import load
from scaling_utils.frontier import fit_power, nearest_budget
from scaling_utils.published import constant
from scaling_utils.refit import refit
from scaling_utils.three_approaches import NEAR, approach_2, budgets


@recomputes("hoffmann-abstract-smallest-model")
def smallest_model() -> float:
    return float(load("hoffmann2022_table_a9")["params_millions"].min() * 1e6)


@recomputes("hoffmann-abstract-largest-model")
def largest_model() -> float:
    return float(figure4.points()["N"].max())


@recomputes("hoffmann-abstract-fewest-tokens")
def fewest_tokens() -> float:
    return float(figure4.points(outliers=True)["D"].min())


@recomputes("hoffmann-s32-budgets")
def budgets_in_figure_4() -> float:
    # A budget is there if at least five runs of different size lie near it.
    runs = figure4.points()
    near = nearest_budget(runs["C"], budgets(), tolerance=NEAR)
    return float((runs[near >= 0].groupby(near[near >= 0])["N"].nunique() >= 5).sum())


@recomputes("hoffmann-table2-data-exponent-1")
def data_exponent_1() -> float:
    return fit_power(rows(1)["flops"], rows(1)["tokens"]).exponent


@recomputes("hoffmann-table2-data-exponent-2")
def data_exponent_2() -> float:
    return fit_power(rows(2)["flops"], rows(2)["tokens"]).exponent


@recomputes("hoffmann-table2-intervals-sum-3")
def interval_of_size_from_that_of_data() -> float:
    # a + b = 1, so the middle of b's interval says where a's should lie.
    low, high = (constant("hoffmann2022/Approach 3", end).value for end in ("b_low", "b_high"))
    return 1 - (low + high) / 2


@recomputes("hoffmann-fig2-size")
def size_at_gopher_budget_1() -> float:
    return law_of(1).N(gopher_budget())


@recomputes("hoffmann-fig3-exponent")
def approach_2_on_figure_4() -> float:
    return approach_2().a


@recomputes("hoffmann-fig4-exponent")
def approach_3_on_figure_4() -> float:
    return refit().law.a


@recomputes("hoffmann-table2-width-3")
def width_by_the_papers_own_procedure() -> float:
    found = subset_range(refit())
    return found.high - found.low


@recomputes("hoffmann-fig4-line-exponent")
def exponent_of_the_drawn_line() -> float:
    lines = load("hoffmann2022_figure4_frontiers")
    return float(lines.loc[lines["opacity"] == 1, "exponent"].iloc[0])


@recomputes("hoffmann-fig4-line-size")
def size_on_the_drawn_line() -> float:
    lines = load("hoffmann2022_figure4_frontiers")
    line = lines[lines["opacity"] == 1].iloc[0]
    return float(line["N_left"] * (gopher_budget() / line["C_left"]) ** line["exponent"])


_CONSTANTS = ("E", "A", "B", "alpha", "beta")


def _unrounded(symbol: str) -> float:
    """One of Eq. 10's constants with the digits of the paper's TeX source."""
    if symbol in ("alpha", "beta"):
        return constant("hoffmann2022/notebook", symbol).value
    return float(np.exp(constant("hoffmann2022/notebook", f"log_{symbol}").value))


@recomputes("hoffmann-eq10-digits")
def constants_that_are_rounded() -> float:
    printed = {symbol: constant("hoffmann2022/printed", symbol).printed for symbol in _CONSTANTS}
    return float(sum(agrees(_unrounded(symbol), digits) for symbol, digits in printed.items()))
