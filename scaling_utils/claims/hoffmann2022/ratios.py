"""Tables 3, A1 and A3: which rows hold together, those that do not, and bytes."""

from scaling_utils.claims.comparison import some_agree
from scaling_utils.claims.hoffmann2022._tables import cell, printed_flops, printed_tokens, rows
from scaling_utils.claims.recompute import Recomputed, recomputes, span
from scaling_utils.datasets import load
from scaling_utils.published import constant
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN


def _rows_that_pay(approach: int) -> float:
    """Rows whose tokens are C / 6N, each number being known to its printed digits."""
    found = 0
    for N in rows(approach).index:
        low, high = span(lambda C, N=N: C / (FLOPS_PER_PARAMETER_TOKEN * N), _flops(approach, N))
        found += some_agree((low, high), printed_tokens(approach, N))
    return float(found)


def _flops(approach: int, N: float) -> str:
    return f"{cell(approach, N, 'flops'):.2e}"


@recomputes("hoffmann-table3-tokens")
def rows_of_approach_1() -> float:
    return _rows_that_pay(1)


@recomputes("hoffmann-table-a3-tokens-2")
def rows_of_approach_2() -> float:
    return _rows_that_pay(2)


@recomputes("hoffmann-table-a3-tokens-3")
def rows_of_approach_3() -> float:
    # The misprint of the row of 175 billion is corrected in the column of numbers.
    return _rows_that_pay(3)


def _tokens(approach: int, N: float) -> float:
    """Tokens that the compute of a row pays for."""
    return printed_flops(approach, N) / (FLOPS_PER_PARAMETER_TOKEN * N)


@recomputes("hoffmann-table-a3-tokens-67b-3")
def tokens_3_67b() -> float:
    return _tokens(3, 67e9)


@recomputes("hoffmann-table-a3-tokens-280b-3")
def tokens_3_280b() -> float:
    return _tokens(3, 280e9)


def _units(flops: float, gopher: float) -> float:
    """Compute of a row over Gopher's, or the inverse where that is printed."""
    return flops / gopher if flops > gopher else gopher / flops


@recomputes("hoffmann-table3-units")
def rows_in_units_of_gopher() -> float:
    gopher = constant("hoffmann2022/Gopher", "C")
    table = rows(1)
    found = 0
    for N, units in zip(table.index, table["gopher_units_as_printed"], strict=True):
        printed = str(units).replace(",", "").removeprefix("1/")
        found += some_agree(span(_units, _flops(1, N), gopher), printed)
    return float(found)


@recomputes("hoffmann-table3-gopher-units-10b")
def gopher_units_10b() -> Recomputed:
    found = _units(cell(1, 10e9, "flops"), constant("hoffmann2022/Gopher", "C").value)
    return Recomputed(found, from_rounded=int(found))


@recomputes("hoffmann-table-a1-wikipedia")
def space_of_wikipedia() -> Recomputed:
    """Its share of the tokens over its epochs, at the bytes per token of MassiveWeb.

    Both parts are shares of the same 1.4 trillion tokens, which cancel.
    """

    def terabytes(web: float, web_share: float, web_epochs: float, *rest: float) -> float:
        share, epochs = rest
        return web * (web_epochs / web_share) * (share / epochs)

    table = load("hoffmann2022_table_a1").set_index("subset").to_dict("index")
    web, wikipedia = table["MassiveWeb"], table["Wikipedia"]
    given = [
        f"{web['disk_terabytes']:.1f}",
        f"{web['share']:.0f}",
        f"{web['epochs']:.2f}",
        f"{wikipedia['share']:.0f}",
        f"{wikipedia['epochs']:.2f}",
    ]
    return Recomputed(terabytes(*map(float, given)), from_rounded=span(terabytes, *given))
