"""Section 3, Tables 2, 3 and A3: the three approaches against each other and themselves."""

from scaling_utils.claims.hoffmann2022._tables import gopher_budget, law_of, printed_flops
from scaling_utils.claims.recompute import Recomputed, digits, recomputes
from scaling_utils.published import constant, law
from scaling_utils.units import training_flops


@recomputes("hoffmann-table2-size-exponent-1")
def size_exponent_1() -> float:
    return law_of(1).exponent


@recomputes("hoffmann-table2-size-exponent-2")
def size_exponent_2() -> float:
    return law_of(2).exponent


@recomputes("hoffmann-table2-size-exponent-3")
def size_exponent_3() -> Recomputed:
    return Recomputed(law("hoffmann2022/printed").a, from_rounded=law("hoffmann2022/tex").a)


@recomputes("hoffmann-table2-data-exponent-3")
def data_exponent_3() -> Recomputed:
    return Recomputed(law("hoffmann2022/printed").b, from_rounded=law("hoffmann2022/tex").b)


@recomputes("hoffmann-table-a3-size-exponent-3")
def table_size_exponent_3() -> float:
    return law_of(3).exponent


def _unrounded_b() -> float:
    """Approach 3's b from the coefficients with the most digits."""
    alpha = constant("hoffmann2022/notebook", "alpha").value
    return alpha / (alpha + constant("hoffmann2022/notebook", "beta").value)


@recomputes("hoffmann-table2-interval-data-1")
def interval_data_1() -> float:
    # More digits of b than Table 2 prints: the slope of Table 3.
    return 1 - law_of(1).exponent


@recomputes("hoffmann-table2-interval-size-3")
def interval_size_3() -> float:
    return 1 - _unrounded_b()


@recomputes("hoffmann-table2-interval-data-3")
def interval_data_3() -> float:
    return _unrounded_b()


@recomputes("hoffmann-s1-doubling")
def doubling() -> float:
    exponent = law_of(1).exponent
    return float(2 ** ((1 - exponent) / exponent))


@recomputes("hoffmann-fig2-tokens")
def tokens_at_gopher_budget_1() -> float:
    return gopher_budget() / (6 * constant("hoffmann2022/Fig. 2", "N").value)


@recomputes("hoffmann-fig3-size")
def size_at_gopher_budget_2() -> float:
    return law_of(2).N(gopher_budget())


@recomputes("hoffmann-fig3-tokens")
def tokens_at_gopher_budget_2() -> float:
    return gopher_budget() / (6 * constant("hoffmann2022/Fig. 3", "N").value)


@recomputes("hoffmann-fig4-size")
def size_at_gopher_budget_3() -> Recomputed:
    return Recomputed(
        float(law("hoffmann2022/printed").N_opt(gopher_budget())),
        from_rounded=float(law("hoffmann2022/tex").N_opt(gopher_budget())),
    )


@recomputes("hoffmann-table3-tokens-1t")
def tokens_for_1t() -> float:
    return printed_flops(1, 1e12) / (6 * 1e12)


@recomputes("hoffmann-table-a3-flops-175b")
def flops_for_175b() -> float:
    return float(training_flops(digits("175e9"), digits("12.0e12")))
