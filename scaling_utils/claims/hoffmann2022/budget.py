"""Sections 1, 3.4 and 4, Appendix D.4: what the text says about sizes and budgets."""

from scaling_utils.claims.hoffmann2022._tables import (
    architecture,
    gopher_budget,
    law_of,
    printed_flops,
    printed_tokens,
)
from scaling_utils.claims.recompute import Recomputed, digits, recomputes
from scaling_utils.data_growth import SPENT_AT_CRITICAL_BATCH
from scaling_utils.published import constant, law
from scaling_utils.transformer import hoffmann_parameters
from scaling_utils.units import training_flops

_GOPHER, _CHINCHILLA = "hoffmann2022/Gopher", "hoffmann2022/Chinchilla"


def _flops(model: str) -> float:
    N, D = (constant(model, symbol).value for symbol in ("N", "D"))
    return float(training_flops(N, D))


@recomputes("hoffmann-s4-chinchilla-compute")
def chinchilla_compute() -> float:
    return _flops(_CHINCHILLA)


@recomputes("hoffmann-table3-gopher-compute")
def gopher_compute() -> float:
    return _flops(_GOPHER)


@recomputes("hoffmann-s1-smaller")
def times_smaller() -> float:
    return constant(_GOPHER, "N").value / constant(_CHINCHILLA, "N").value


@recomputes("hoffmann-s1-more-data")
def times_the_data() -> float:
    return constant(_CHINCHILLA, "D").value / constant(_GOPHER, "D").value


@recomputes("hoffmann-s34-gopher-units")
def gopher_units_in_text() -> float:
    return printed_flops(1, 1e12) / gopher_budget()


@recomputes("hoffmann-s34-flops-175b")
def flops_175b() -> float:
    return printed_flops(1, 175e9)


@recomputes("hoffmann-s34-tokens-175b")
def tokens_175b() -> float:
    return digits(printed_tokens(1, 175e9))


@recomputes("hoffmann-s34-flops-280b")
def flops_280b() -> float:
    return printed_flops(1, 280e9)


@recomputes("hoffmann-s34-tokens-280b")
def tokens_280b() -> float:
    return digits(printed_tokens(1, 280e9))


@recomputes("hoffmann-s34-flops-1t")
def flops_1t() -> float:
    return printed_flops(1, 1e12)


@recomputes("hoffmann-s1-kaplan-size")
def kaplan_size_per_decade() -> float:
    return float(10.0 ** constant("hoffmann2022/Table 2 Kaplan", "a").value)


@recomputes("hoffmann-s1-kaplan-data")
def kaplan_data_per_decade() -> Recomputed:
    exact = 10.0 ** constant("hoffmann2022/Table 2 Kaplan", "b").value
    return Recomputed(exact, from_rounded=10 / 5.5)  # what the printed 5.5 leaves for data


@recomputes("hoffmann-d4-approach-1-size")
def head_to_head_size() -> float:
    return law_of(1).N(constant("hoffmann2022/Appendix D.4", "C").value)


@recomputes("hoffmann-d4-kaplan-size")
def head_to_head_kaplan_size() -> float:
    budget = constant("hoffmann2022/Appendix D.4", "C").value
    return float(law("kaplan2020/allocation").N_opt(budget / SPENT_AT_CRITICAL_BATCH))


@recomputes("hoffmann-table4-gopher-size")
def gopher_size() -> float:
    return hoffmann_parameters(architecture("Gopher"))


@recomputes("hoffmann-table4-chinchilla-size")
def chinchilla_size() -> float:
    return hoffmann_parameters(architecture("Chinchilla"))
